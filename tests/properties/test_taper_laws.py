"""What holds for every request for a lower dose, on every day, and for every kit of products."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations_with_replacement, pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core import Dose, DoseUnit, Recorded, load_policy
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.deprescribing.tapers import (
    REASSURING,
    CheckIn,
    DispensableProduct,
    Kit,
    Limits,
    OptionKind,
    PatientWish,
    ProductForm,
    Release,
    StepStanding,
    TakenFor,
    TaperReadiness,
    TaperRequest,
    TaperSchedule,
    TaperVerdict,
    Withdrawal,
    as_schedule,
    dependence_risk,
    equivalent_dose,
    plan_taper,
    verify_taper,
)
from alliance_core.deprescribing.tapers.dispensing import may_be_halved
from alliance_core.deprescribing.tapers.policy import EquivalentRow, TaperRow
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement, Person
from alliance_core.testing import days, records

POLICY = load_policy("US").tapers
ROWS = {row.name: row for row in read_table("tapers", TaperRow)}
ON = date(2026, 11, 24)
FACTS = tuple(one.name for one in dataclasses.fields(TaperReadiness))
NONE_THERE = TaperReadiness(**dict.fromkeys(FACTS, Recorded.NO))
TABLET, CAPSULE, LIQUID = ProductForm.TABLET, ProductForm.CAPSULE, ProductForm.LIQUID


def product(form, strength, scored=Recorded.YES, release=Release.IMMEDIATE):
    return DispensableProduct(form=form, strength=Decimal(strength), scored=scored, release=release)


#: A medicine, what for, its usual doses, and products of it.
MEDICINES = (
    ("diazepam", TakenFor.ANXIETY, ("1", "2", "5", "10", "40"), ("t2", "t5", "t10", "l1")),
    ("lorazepam", TakenFor.ANXIETY, ("1", "2", "4"), ("t0.5", "t1", "l2")),
    ("temazepam", TakenFor.INSOMNIA, ("15", "30"), ("c7.5", "c15", "l1.5")),
    ("zolpidem", TakenFor.INSOMNIA, ("5", "10"), ("t5", "t10", "l1")),
    ("sertraline", TakenFor.ANXIETY, ("50", "100", "150"), ("t25", "t50", "t100", "l20")),
    ("fluoxetine", TakenFor.ANXIETY, ("20", "40"), ("c20", "t10", "l4")),
    ("risperidone", TakenFor.PSYCHOSIS, ("1", "2", "4"), ("t0.25", "t0.5", "t1", "l1")),
    ("quetiapine", TakenFor.BEHAVIOR_IN_DEMENTIA, ("50", "100", "300"), ("t25", "t50", "t100")),
    ("lithium", TakenFor.BIPOLAR_DISORDER, ("600", "900", "1200"), ("c150", "c300")),
    ("lamotrigine", TakenFor.BIPOLAR_DISORDER, ("100", "200"), ("t25", "t100", "l1")),
    ("morphine", TakenFor.PAIN, ("30", "60"), ("t15", "t30", "l2")),
    ("donepezil", TakenFor.DEMENTIA, ("5", "10", "23"), ("t5", "t10", "t23")),
    ("guanfacine", TakenFor.ATTENTION_DEFICIT_DISORDER, ("1", "2", "4"), ("x1", "x2")),
    ("bupropion", TakenFor.DEPRESSION, ("300",), ("x150", "x300")),
)
FORMS = {"t": TABLET, "c": CAPSULE, "x": CAPSULE, "l": LIQUID}


def _product(text, scored):
    release = Release.EXTENDED if text[0] == "x" else Release.IMMEDIATE
    return product(FORMS[text[0]], text[1:], scored, release)


@st.composite
def requests(draw):
    """Draw a request of which everything is known, the taper not begun or one step old."""
    name, use, doses, products = draw(st.sampled_from(MEDICINES))
    dose = Dose(amount=Decimal(draw(st.sampled_from(doses))), unit=DoseUnit.MILLIGRAM)
    scored = draw(st.sampled_from((Recorded.YES, Recorded.YES, Recorded.NOT_RECORDED)))
    hand = draw(st.lists(st.sampled_from(products), min_size=1, unique=True))
    ago = draw(st.none() | st.integers(10, 100))
    changes, check_ins, original = (), (), None
    if ago is not None:
        step = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=ON - timedelta(days=ago), to_dose=dose)
        check_in = CheckIn(
            id="check-in",
            held_on=ON - timedelta(days=draw(st.integers(0, 20))),
            withdrawal=draw(st.sampled_from(Withdrawal)),
            signs=(),
            illness_returned=Recorded.NO,
            wish=PatientWish.GO_ON,
        )
        changes, check_ins = (step,), (check_in,)
        original = changed(dose, amount=dose.amount * 2)
    return TaperRequest(
        id="request",
        person=Person(id="person", born_on=draw(st.sampled_from(("1940-01-01", "1985-06-30")))),
        medication=MedicationStatement(
            id="medication",
            text=name,
            dose=dose,
            route="oral",
            as_needed=Recorded.NO,
            started_on=ON - timedelta(days=draw(st.sampled_from((20, 80, 400, 3000)))),
            remission_on=date(2024, 1, 1),
            dose_changes=changes,
        ),
        taken_for=use,
        products=tuple(_product(one, scored) for one in hand),
        readiness=NONE_THERE,
        original_dose=original,
        check_ins=check_ins,
    )


def plan_of(request, on=ON):
    return plan_taper(request, policy=POLICY, on=on)


def a_day(step):
    return Fraction(step.amount) / step.every_days


class TestDispensed:
    """Every dispensed dose adds up exactly to its step."""

    @given(requests())
    def test_sums(self, request):
        for draft in plan_of(request).drafts:
            for step in draft.steps:
                assert step.amount == sum((one.amount for one in step.pieces), Decimal(0))
                assert {one.product for one in step.pieces} <= set(request.products)

    @given(requests())
    def test_halves_and_tenths(self, request):
        """A half only of a scored tablet; a liquid only in tenths of a milliliter."""
        pieces = [one for draft in plan_of(request).drafts for step in draft.steps for one in step.pieces]
        for one in pieces:
            finest = 10 if one.product.form is LIQUID else 2 if may_be_halved(one.product) else 1
            assert (Fraction(one.count) * finest).denominator == 1


class TestFalling:
    """A taper falls at every step, and no cut exceeds its method's own cap after rounding, over any window."""

    @given(requests())
    def test_strictly(self, request):
        for draft in plan_of(request).drafts:
            doses = [Fraction(draft.amount), *map(a_day, draft.steps)]
            assert all(later < earlier for earlier, later in pairwise(doses))
            assert doses[-1] == 0

    @given(requests())
    def test_caps_day_by_day(self, request):
        """On every day the dose is compared with that of so many days before, as a pharmacist would count."""
        for draft in plan_of(request).drafts:
            row = ROWS[draft.id.partition(".")[0]]
            cap = row.cap_percent or row.cut
            if cap is None:
                continue
            window = (row.cap_interval or row.interval_lower).days if row.interval_lower else 1
            first = Fraction((request.original_dose or request.medication.dose).amount)
            daily, begins = _daily(request, draft)
            for place in range(begins, len(daily)):
                before, now = daily[place - window], daily[place]
                of = first if row.percent_of == "original" else before
                if now or row.percent_of == "original":
                    assert before - now <= Fraction(cap) / 100 * of


def _daily(request, draft):
    """Return the dose of each day, from long before the first step to the last, and where the first step is."""
    history = [(one.changed_on, Fraction(one.to_dose.amount)) for one in request.medication.dose_changes]
    steps = [*history, *((step.earliest_on, a_day(step)) for step in draft.steps)]
    start = min(day for day, _ in steps) - timedelta(days=400)
    dose = Fraction((request.original_dose or request.medication.dose).amount)
    by_day = dict(steps)
    daily = []
    for place in range((steps[-1][0] - start).days + 1):
        dose = by_day.get(start + timedelta(days=place), dose)
        daily.append(dose)
    return daily, (draft.steps[0].earliest_on - start).days


class TestGated:
    """A taper never advances by itself, and staying on the dose is always among the options."""

    @given(requests())
    def test_only_the_first_step_has_a_day(self, request):
        for draft in plan_of(request).drafts:
            assert [None] * (len(draft.steps) - 1) == [step.on for step in draft.steps[1:]]
            assert ON <= draft.steps[0].on
            for step, following in pairwise(draft.steps):
                assert step.check_in_on <= following.earliest_on

    @given(records(TaperRequest))
    def test_staying_comes_first(self, request):
        plan = plan_of(request)

        assert plan.options == () or plan.options[0].kind is OptionKind.STAY
        assert bool(plan.options) or [one.code for one in plan.reasons] == ["deceased"]

    @given(requests())
    def test_no_step_without_a_check_in(self, request):
        """Once a step was made, there is no draft before someone has looked."""
        assume(request.check_ins)

        assert plan_of(changed(request, check_ins=())).drafts == ()


class TestListed:
    """No plan for a medicine or state on the list, and no end at once of what is not to end abruptly."""

    @given(requests(), st.sampled_from(FACTS))
    def test_a_state(self, request, fact):
        """Whatever speaks for staying is asked of this medicine, or changes nothing."""
        plan, held = plan_of(request), plan_of(changed(request, readiness=changed(NONE_THERE, **{fact: Recorded.YES})))

        assert held == plan or held.drafts == ()

    @given(
        requests(),
        st.sampled_from(
            (
                "phenobarbital",
                "primidone",
                "meprobamate",
                "butalbital",
                "clozapine",
                "buprenorphine",
                "phenelzine",
                "esketamine",
            )
        ),
    )
    def test_a_medicine(self, request, name):
        plan = plan_of(changed(request, medication=changed(request.medication, text=name)))

        assert (plan.drafts, "no-schedule" in {one.code for one in plan.reasons}) == ((), True)

    @given(requests())
    def test_never_at_once(self, request):
        """A first step to nothing is at the source's last dose, or a source lets the medicine end."""
        for draft in plan_of(request).drafts:
            check = verify_taper(as_schedule(draft, request), policy=POLICY, on=ON)
            at_once = [fault for fault in check.steps[0].faults if fault.code == "ends-at-once"]
            assert all(draft.rows[0] in fault.allowed_by for fault in at_once)


class TestUnknownSafe:
    """What is not recorded never makes a draft; it is named."""

    @given(requests(), st.sampled_from(FACTS))
    def test_readiness(self, request, fact):
        unknown = changed(request, readiness=changed(NONE_THERE, **{fact: Recorded.NOT_RECORDED}))
        plan = plan_of(unknown)

        assert plan == plan_of(request) or plan.verdict not in REASSURING
        assert plan.drafts == plan_of(request).drafts or f"readiness.{fact}" in plan.missing

    @given(requests(), st.sampled_from(("taken_for", "products", "check_ins")))
    def test_request(self, request, field):
        plan = plan_of(changed(request, **{field: None}))

        assert (plan.drafts, field in plan.missing) == ((), True)

    @given(requests(), st.sampled_from(("dose", "started_on", "route", "as_needed", "text")))
    def test_medication(self, request, field):
        silent = Recorded.NOT_RECORDED if field == "as_needed" else None
        plan = plan_of(changed(request, medication=changed(request.medication, **{field: silent})))
        named = "medication.codes" if field == "text" else f"medication.{field}"

        assert (plan.drafts, named in plan.missing) == ((), True)

    @given(requests())
    def test_age(self, request):
        """An age that nobody recorded adds no draft."""
        unknown = plan_of(changed(request, person=changed(request.person, born_on=None)))

        assert {one.id for one in unknown.drafts} <= {one.id for one in plan_of(request).drafts}


class TestMonotone:
    """A modifier never makes a step come sooner."""

    @given(requests())
    def test_severe_withdrawal_slows(self, request):
        assume(request.check_ins)
        earlier = changed(
            request.check_ins[0], id="earlier", held_on=ON - timedelta(days=200), withdrawal=Withdrawal.SEVERE
        )
        slowed = {one.id: one for one in plan_of(changed(request, check_ins=(*request.check_ins, earlier))).drafts}
        for draft in plan_of(request).drafts:
            if draft.id in slowed and len(draft.steps) > 1:
                assert slowed[draft.id].interval_days >= draft.interval_days
                assert slowed[draft.id].steps[0].amount >= draft.steps[0].amount

    @given(requests(), st.integers(1, 2000))
    def test_a_longer_half_life_slows(self, request, hours):
        rows = [
            changed(row, half_life_hours=max(row.half_life_hours or 0, Decimal(hours)))
            for row in POLICY.medicines.by_name.values()
        ]
        named = {row.name: row for row in rows}
        longer = changed(
            POLICY,
            medicines=changed(
                POLICY.medicines,
                by_name={name: named[row.name] for name, row in POLICY.medicines.by_name.items()},
                by_code={},
            ),
        )
        slowed = {one.id: one for one in plan_taper(request, policy=longer, on=ON).drafts}
        for draft in plan_of(request).drafts:
            if draft.id in slowed:
                assert slowed[draft.id].interval_days >= draft.interval_days

    @given(requests())
    def test_the_slower_end_is_slower(self, request):
        drafts = {one.id: one for one in plan_of(request).drafts}
        for name, quicker in drafts.items():
            slower = drafts.get(name.replace(".quicker", ".slower"), quicker)
            assert slower.interval_days >= quicker.interval_days


class TestVerified:
    """The verifier accepts every draft of the planner."""

    @given(requests())
    def test_accepted(self, request):
        for draft in plan_of(request).drafts:
            check = verify_taper(as_schedule(draft, request), policy=POLICY, on=ON)
            assert check.standing in {StepStanding.HOLDS, StepStanding.DISPUTED}
            assert check.faults == ()


class TestTotal:
    """Any request can be planned and any schedule checked; the order of lists changes nothing."""

    @given(records(TaperRequest), days())
    def test_plan(self, request, on):
        assert plan_of(request, on).verdict in TaperVerdict

    @given(records(TaperSchedule), days())
    def test_check(self, schedule, on):
        assert verify_taper(schedule, policy=POLICY, on=on).standing in StepStanding

    @given(requests())
    def test_order(self, request):
        turned = changed(request, products=request.products[::-1])

        assert plan_of(request) == plan_of(turned)


class TestValidity:
    """A plan holds on every day before `valid_until`."""

    @given(requests(), days(), st.integers(0, 400))
    def test_until(self, request, on, ahead):
        plan = plan_of(request, on)
        span = (plan.valid_until - on).days if plan.valid_until else 400
        later = on + timedelta(days=ahead % span)

        assert plan == plan_of(request, later)


LIMITS = Limits(pieces=4, volume=Decimal(2), least_volume=Decimal("0.1"))
KITS = st.lists(
    st.builds(
        product,
        st.sampled_from((TABLET, CAPSULE, LIQUID)),
        st.sampled_from(("0.5", "1", "2", "2.5", "5", "7.5", "10")),
        st.sampled_from((Recorded.YES, Recorded.NO)),
    ),
    min_size=1,
    max_size=3,
    unique=True,
)


class TestExhaustive:
    """A dose is achievable if, and only if, some handful of pieces makes it."""

    @given(KITS)
    def test_against_every_handful(self, products):
        kit = Kit(products, most=Decimal(20), limits=LIMITS)

        assert _every_sum(products) == {Fraction(dose, kit.scale) for dose in kit.achievable}

    @given(KITS)
    def test_what_is_achievable_is_made(self, products):
        kit = Kit(products, most=Decimal(20), limits=LIMITS)
        for dose in kit.achievable:
            assert kit.milligrams(dose) == sum(one.amount for one in kit.made_of(dose))

    @given(KITS, st.integers(0, 200), st.integers(1, 201))
    def test_nearest_by_looking_at_all(self, products, tenths, below):
        kit = Kit(products, most=Decimal(20), limits=LIMITS)
        target, end = Fraction(tenths, 10) * kit.scale, below * kit.scale // 10
        inside = [dose for dose in kit.achievable if dose < end]
        best = min(inside, key=lambda dose: (abs(dose - target), -dose), default=None)

        assert best == kit.nearest(target.numerator, target.denominator, least=1, below=end)


def _every_sum(products):
    solids = [one for one in products if one.form is not LIQUID]
    sizes = {Fraction(one.strength) for one in solids} | {
        Fraction(one.strength) / 2 for one in solids if may_be_halved(one)
    }
    handfuls = {sum(some, Fraction(0)) for n in range(5) for some in combinations_with_replacement(sorted(sizes), n)}
    liquids = {Fraction(one.strength) / 10 * n for one in products if one.form is LIQUID for n in range(21)} | {
        Fraction(0)
    }
    return {total for a in handfuls for b in liquids if 0 < (total := a + b) <= 20}


NAMED = sorted({row.medicine for row in read_table("equivalents", EquivalentRow)})
AMOUNTS = st.decimals("0.25", 60, places=2)
RISKS = ("rare", "lower", "likely")


class TestEquivalents:
    """A range with a table behind each end: never a number that no table gives."""

    @given(st.sampled_from(NAMED), AMOUNTS, st.sampled_from(("diazepam", "olanzapine", "chlorpromazine")))
    def test_each_end_is_a_tables(self, medicine, amount, to):
        found = equivalent_dose(medicine, amount, policy=POLICY, on=ON, to=to)
        points = [one for one in found.tables if one.use == "point"]

        assert all(one.lower <= one.upper and one.rows for one in found.tables)
        assert found.lower == min((one.lower for one in points), default=None)
        assert found.upper == max((one.upper for one in points), default=None)

    @given(st.sampled_from(NAMED), AMOUNTS, st.integers(2, 5))
    def test_in_proportion(self, medicine, amount, times):
        one, many = (equivalent_dose(medicine, dose, policy=POLICY, on=ON) for dose in (amount, amount * times))

        assert [(each.lower * times, each.upper * times) for each in one.tables] == [
            (each.lower, each.upper) for each in many.tables
        ]


class TestDependence:
    """More and longer is never less of a risk, and what is not recorded is named instead of a risk."""

    @given(st.sampled_from(NAMED), AMOUNTS, AMOUNTS, st.integers(0, 400), st.integers(0, 400), st.integers(0, 7))
    def test_never_less(self, medicine, one, other, days_, more, a_week):
        (low, high), (short, long_) = sorted((one, other)), sorted((days_, more))
        little, much = (
            dependence_risk(
                medicine,
                amount,
                started_on=ON - timedelta(days=length),
                days_a_week=a_week,
                policy=POLICY,
                on=ON,
            )
            for amount, length in ((low, short), (high, long_))
        )

        assert little.risk is None or RISKS.index(little.risk) <= RISKS.index(much.risk)

    @given(st.sampled_from(NAMED), AMOUNTS, st.none() | days(), st.none() | st.integers(0, 7))
    def test_silence(self, medicine, amount, started_on, a_week):
        found = dependence_risk(medicine, amount, started_on=started_on, days_a_week=a_week, policy=POLICY, on=ON)

        assert ("medication.started_on" in found.missing) is (started_on is None)
        assert ("days_a_week" in found.missing) is (a_week is None)
        assert found.risk is None or found.missing == ()

    @given(st.sampled_from(NAMED), AMOUNTS, st.integers(0, 400), st.integers(0, 7), st.integers(1, 400))
    def test_same_until(self, medicine, amount, since, a_week, later):
        def on(day):
            started_on = ON - timedelta(days=since)
            return dependence_risk(medicine, amount, started_on=started_on, days_a_week=a_week, policy=POLICY, on=day)

        day = ON + timedelta(days=later)
        assume(on(ON).valid_until is None or day < on(ON).valid_until)

        assert (on(ON).risk, on(ON).band) == (on(day).risk, on(day).band)
