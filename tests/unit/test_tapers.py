"""Schedules by anyone are held to every rule; equivalents and bands are as published; each row of the tables counts."""

import dataclasses
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from alliance_core import AllianceError, ChartError, Dose, DoseUnit, Recorded, load_policy
from alliance_core.base.day import Day
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis
from alliance_core.base.tables import applicable, read_table
from alliance_core.deprescribing.tapers import (
    TAPER_TABLES,
    CheckIn,
    DispensableProduct,
    Kit,
    Limits,
    ProductForm,
    Release,
    SafetyReason,
    ScheduledPiece,
    ScheduledStep,
    StepStanding,
    TakenFor,
    TaperPolicy,
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
from alliance_core.deprescribing.tapers.course import wait_days
from alliance_core.deprescribing.tapers.policy import (
    ActiveHalfLifeRow,
    BandRow,
    EquivalentRow,
    NeverAbruptRow,
    Role,
    ScopeRow,
    TaperRow,
    TaperSettingRow,
    TaperStepRow,
)
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement, Person

POLICY = load_policy("US").tapers
ON = date(2026, 11, 24)
VIEW = POLICY.timeline.at(Day(ON))
ALL = tuple(row for name, kind in TAPER_TABLES.items() for row in read_table(name, kind))
NONE_THERE = TaperReadiness(**{one.name: Recorded.NO for one in dataclasses.fields(TaperReadiness)})
TABLET, CAPSULE, LIQUID = ProductForm.TABLET, ProductForm.CAPSULE, ProductForm.LIQUID


def without(*row_ids):
    rows = (row for row in applicable(ALL, jurisdiction="US", overlays=()) if row.row_id not in row_ids)
    strengths = (row for group in POLICY.strengths.values() for row in group)
    return TaperPolicy.of(*rows, medicines=POLICY.medicines, strengths=strengths, jurisdiction="US")


def product(form, strength, scored=Recorded.NOT_RECORDED, release=Release.IMMEDIATE):
    return DispensableProduct(form=form, strength=Decimal(strength), scored=scored, release=release)


T1, T2, T5 = (product(TABLET, strength, Recorded.YES) for strength in ("1", "2", "5"))
L1 = product(LIQUID, "1")


def milligrams(amount, every_days=1):
    return Dose(amount=Decimal(amount), unit=DoseUnit.MILLIGRAM, every_days=every_days)


def request(medicine="diazepam", dose="10", products=(T2, T5, L1), taken_for=TakenFor.ANXIETY, **fields):
    medication = MedicationStatement(
        id="medication",
        text=medicine,
        dose=milligrams(dose) if dose else None,
        route="oral",
        as_needed=Recorded.NO,
        started_on=date(2020, 1, 1),
    )
    own = {"person": Person(id="person", born_on="1980-01-01"), "medication": medication, "products": products}
    own |= {"taken_for": taken_for, "readiness": NONE_THERE, "check_ins": ()}
    return TaperRequest(id="request", **own | fields)


def piece(one, count="1"):
    return ScheduledPiece(product=one, count=Decimal(count))


def written(amounts, every=14, asked=None, method=None, begins=ON, **fields):
    """Return a schedule of these amounts, one every so many days, as a bare table gives it."""
    steps = tuple(
        ScheduledStep(amount=Decimal(amount), starts_on=begins + timedelta(days=every * number), **fields)
        for number, amount in enumerate(amounts)
    )
    return TaperSchedule(id="schedule", request=asked or request(products=None), steps=steps, method=method)


def check(schedule, policy=POLICY):
    return verify_taper(schedule, policy=policy, on=ON)


def standings(result):
    return [one.standing for one in result.steps]


def codes(result):
    return {fault.code for step in result.steps for fault in step.faults} | {one.code for one in result.faults}


HOLDS, DISPUTED, BROKEN = StepStanding.HOLDS, StepStanding.DISPUTED, StepStanding.BROKEN


class TestPublishedTable:
    """A linear table that is fine at the top breaks the cap of a quarter in 14 days below 4 mg, and only there."""

    TABLE = ("9", "8", "7", "6", "5", "4", "3", "2", "1", "0")

    def test_exactly_the_low_doses_are_broken(self):
        result = check(written(self.TABLE, method="benzodiazepine-joint"))
        broken = [self.TABLE[one.number - 1] for one in result.steps if one.standing is BROKEN]

        assert ["2", "1"] == broken

    def test_sources_that_disagree_are_both_named(self):
        """From 7 to 6 mg is a seventh: one source allows a quarter, another an eighth."""
        result = check(written(self.TABLE))
        (fault,) = result.steps[3].faults

        assert [HOLDS] * 3 + [DISPUTED] * 4 + [BROKEN] * 2 + [HOLDS] == standings(result)
        assert ("TPR-benzodiazepine-cks",) == fault.rows
        assert ("TPR-benzodiazepine-joint",) == fault.allowed_by

    def test_what_is_not_written_is_named(self):
        result = check(written(self.TABLE, method="benzodiazepine-joint"))

        assert ("products", "steps.pieces", "steps.check_in_on", "steps.only_earliest") == result.missing

    def test_the_label_is_a_ceiling_that_another_source_lowers(self):
        """Half a milligram of alprazolam every 3 days: the label allows it, the guideline's cap does not."""
        result = check(written(("1.5", "1", "0.5"), every=3, asked=request("alprazolam", "2", products=None)))

        assert [DISPUTED] * 3 == standings(result)
        assert "TPR-alprazolam-label" in result.steps[1].faults[-1].allowed_by

    @pytest.mark.parametrize(
        ("medicine", "dose", "amounts", "every", "row"),
        [
            ("alprazolam", "2", ("1.5", "1"), 4, "TPR-alprazolam-label"),
            ("clonazepam", "2", ("1.75", "1.5"), 8, "TPR-clonazepam-label"),
            ("paroxetine", "40", ("30", "20"), 7, "TPR-paroxetine-label"),
            ("venlafaxine", "225", ("150", "75"), 7, "TPR-venlafaxine-label"),
            ("lamotrigine", "200", ("100", "50"), 7, "TPR-lamotrigine-label"),
        ],
    )
    def test_each_ceiling_has_a_word(self, medicine, dose, amounts, every, row):
        """What a label allows is named; without its row nobody allows it."""
        use = TakenFor.BIPOLAR_DISORDER if medicine == "lamotrigine" else TakenFor.ANXIETY
        schedule = written(amounts, every, request(medicine, dose, products=None, taken_for=use))
        allowed = {one for step in check(schedule).steps for fault in step.faults for one in fault.allowed_by}

        assert row in allowed
        assert check(schedule) != check(schedule, without(row))


class TestPublicTool:
    """Tablets that add up to 3 mg for a step of 5.5 mg are found, with what they do add up to."""

    def test_it_is_found(self):
        steps = (ScheduledStep(amount=Decimal("5.5"), starts_on=ON, pieces=(piece(T2), piece(T1))),)
        schedule = TaperSchedule(id="tool", request=request(dose="6", products=(T1, T2, T5)), steps=steps)
        (step,) = check(schedule).steps

        assert (BROKEN, [("pieces-do-not-add-up", Decimal(3))]) == (
            step.standing,
            [(one.code, one.amount) for one in step.faults],
        )

    def test_without_products_at_hand_the_schedule_is_taken_at_its_word(self):
        steps = (ScheduledStep(amount=Decimal("5.5"), starts_on=ON, pieces=(piece(T5), piece(T1, "0.5"))),)
        schedule = TaperSchedule(id="tool", request=request(dose="6", products=None), steps=steps)

        assert ([HOLDS], True) == (standings(check(schedule)), "products" in check(schedule).missing)

    def test_the_right_sum_holds(self):
        steps = (ScheduledStep(amount=Decimal("5.5"), starts_on=ON, pieces=(piece(T5), piece(T1, "0.5"))),)
        schedule = TaperSchedule(id="tool", request=request(dose="6", products=(T1, T2, T5)), steps=steps)

        assert [HOLDS] == standings(check(schedule))


# -- seeded faults ---------------------------------------------------------------------------------------------------


def _drafted(asked):
    plan = plan_taper(asked, policy=POLICY, on=ON)
    return as_schedule(plan.drafts[0], asked)


SOUND = _drafted(request())
X5 = product(TABLET, "5", Recorded.YES, Release.EXTENDED)
C5 = product(CAPSULE, "5")
U5 = product(TABLET, "5")


def step(number, schedule=SOUND, **fields):
    """Return the schedule with one step changed."""
    steps = list(schedule.steps)
    steps[number] = changed(steps[number], **fields)
    return changed(schedule, steps=tuple(steps))


def made_of(*pieces, hand=(T2, T5, L1)):
    """Return one step from 10 mg, made of just these pieces."""
    total = sum((one.product.strength * one.count for one in pieces), Decimal(0))
    one = changed(SOUND.steps[0], amount=total, pieces=pieces)
    return TaperSchedule(id="one", request=request(products=hand), steps=(one,), method=None)


def at_once(medicine, dose="10", use=TakenFor.ANXIETY, **fields):
    asked = request(medicine, dose, products=(T5,), taken_for=use, **fields)
    return TaperSchedule(id="at-once", request=asked, steps=(ScheduledStep(amount=Decimal(0), starts_on=ON),))


DAY = timedelta(days=1)
FAULTS = {
    "pieces-do-not-add-up": step(1, pieces=(piece(T2),)),
    "halved-capsule": made_of(piece(C5, "1.5"), hand=(C5,)),
    "halved-unscored": made_of(piece(U5, "1.5"), hand=(U5,)),
    "halved-extended-release": made_of(piece(X5, "1.5"), hand=(X5,)),
    "finer-than-half": made_of(piece(T5, "1.75")),
    "finer-than-measured": made_of(piece(T5), piece(L1, "3.75")),
    "not-at-hand": made_of(piece(T1, "8")),
    "too-many-pieces": made_of(piece(T1, "9"), hand=(T1,)),
    "too-much-volume": made_of(piece(L1, "10.5"), hand=(L1,)),
    "mixed-release": made_of(piece(T2, "2"), piece(X5), hand=(T2, X5)),
    "dose-rises": step(2, amount=Decimal("9.7"), pieces=(piece(L1, "9.7"),)),
    "dose-does-not-fall": step(1, amount=SOUND.steps[0].amount, pieces=SOUND.steps[0].pieces),
    "out-of-order": step(2, starts_on=SOUND.steps[0].starts_on),
    "step-before-judged": step(1, starts_on=ON + 5 * DAY),
    "speeds-up": step(2, starts_on=SOUND.steps[2].starts_on - 12 * DAY),
    "dated-ahead": step(3, only_earliest=Recorded.NO),
    "step-before-check-in": step(1, starts_on=SOUND.steps[1].starts_on - DAY),
    "check-in-too-early": step(0, check_in_on=ON + 3 * DAY),
    "alternate-days": step(1, every_days=2),
    "ends-at-once": at_once("diazepam"),
    "cut-above-cap": step(0, amount=Decimal(7), pieces=(piece(L1, "7"),)),
    "interval-too-short": changed(SOUND, steps=(SOUND.steps[0], changed(SOUND.steps[1], starts_on=ON + 11 * DAY))),
    "last-dose-too-high": changed(
        SOUND, steps=(*SOUND.steps[:5], changed(SOUND.steps[-1], starts_on=SOUND.steps[5].starts_on))
    ),
    "total-too-short": written(
        ("450", "300", "150", "0"),
        every=8,
        asked=request("lithium", "600", (product(CAPSULE, "150"),), TakenFor.BIPOLAR_DISORDER),
        method="lithium",
    ),
    "unknown-method": changed(SOUND, method="by-feeling"),
    "not-as-the-table": written(
        ("20", "0"), asked=request("fluoxetine", "20", None), method="fluoxetine-alternate", every_days=1
    ),
    "no-schedule": written(("50",), asked=request("phenobarbital", "60", None)),
    "hold.pregnancy": changed(
        SOUND, request=request(readiness=changed(NONE_THERE, pregnant_planning_or_postpartum=Recorded.YES))
    ),
    "as-needed": changed(SOUND, request=request(medication=changed(SOUND.request.medication, as_needed=Recorded.YES))),
}


class TestSeededFaults:
    """A sound draft holds; with any one fault of these kinds it is found."""

    def test_the_draft_is_sound(self):
        assert (HOLDS, set(), ()) == (check(SOUND).standing, codes(check(SOUND)), check(SOUND).missing)

    @pytest.mark.parametrize("code", FAULTS)
    def test_it_is_found(self, code):
        result = check(FAULTS[code])

        assert code in codes(result)
        assert BROKEN is result.standing

    def test_there_are_twenty_kinds(self):
        assert len(FAULTS) >= 20

    def test_rows_that_ask_for_a_release_or_a_dose_are_not_told_without(self):
        """Extended release and 20 mg are what some rows ask for: not recorded, they are named."""
        guanfacine = written(("3",), asked=request("guanfacine", "4", None, TakenFor.OTHER))
        fluoxetine = written(("20", "10"), asked=request("fluoxetine", None, None))

        assert "products" in check(guanfacine).missing
        assert "medication.dose" in check(fluoxetine).missing

    def test_a_schedule_may_end_on_a_lower_dose(self):
        """A lower dose that is kept is an end too."""
        assert HOLDS is check(changed(SOUND, steps=SOUND.steps[:3])).standing

    def test_only_an_unknown_makes_it_unknown(self):
        unknown = step(0, check_in_on=None)

        assert (StepStanding.CANNOT_TELL, ("steps.check_in_on",)) == (check(unknown).standing, check(unknown).missing)

    def test_without_a_dose_the_first_step_cannot_be_told(self):
        result = check(changed(SOUND, request=request(dose=None), method=None))

        assert (StepStanding.CANNOT_TELL, "medication.dose" in result.missing) == (result.steps[0].standing, True)
        assert HOLDS is result.steps[1].standing

    def test_without_a_start_and_a_use(self):
        bare = changed(SOUND.request, taken_for=None, medication=changed(SOUND.request.medication, started_on=None))

        assert {"taken_for", "medication.started_on"} <= set(check(changed(SOUND, request=bare)).missing)

    def test_a_medicine_that_no_row_knows(self):
        result = check(changed(SOUND, request=request("sugar")))

        assert (StepStanding.CANNOT_TELL, ("medication.codes",)) == (result.standing, result.missing)

    def test_without_the_settings(self):
        result = check(SOUND, without("TST-alternate-days"))

        assert ("policy.taper_settings",) == result.missing

    def test_a_named_method_is_judged_even_if_it_is_about_others(self):
        """A schedule that follows a source is held to that source."""
        schedule = written(("5",), method="benzodiazepine-insomnia-older", asked=request(products=None))

        assert "TPR-benzodiazepine-insomnia-older" in {
            row for step in check(schedule).steps for fault in step.faults for row in fault.rows
        }

    def test_fluoxetine_on_every_other_day_follows_its_table(self):
        schedule = written(
            ("20", "0"), every=56, asked=request("fluoxetine", "20", None), method="fluoxetine-alternate"
        )
        alternate = step(0, schedule, every_days=2)

        assert BROKEN not in standings(check(alternate))

    def test_only_a_draft_has_a_schedule(self):
        plan = plan_taper(request(), policy=POLICY, on=ON)
        with pytest.raises(AllianceError, match="draft"):
            as_schedule(plan.options[0], request())


class TestNeverAtOnce:
    """What must not end abruptly does not, unless a danger is recorded or a source allows it."""

    @pytest.mark.parametrize("row", [row for row in ALL if isinstance(row, NeverAbruptRow)], ids=lambda row: row.row_id)
    def test_each_row(self, row):
        scopes = [one for one in ALL if isinstance(one, ScopeRow) and one.scope == row.scope]
        names = POLICY.medicines.by_name.items()
        one = scopes[0]
        medicine = next(name for name, found in names if name == one.medicine or found.drug_class == one.drug_class)
        faults = [fault for step in check(at_once(medicine)).steps for fault in step.faults]

        assert row.row_id in {found for fault in faults if fault.code == "ends-at-once" for found in fault.rows}

    def test_a_danger_is_not_held_up(self):
        result = check(at_once("diazepam", safety_reason=SafetyReason.TOXICITY))

        assert "ends-at-once" not in codes(result)

    def test_a_source_that_allows_it_is_named(self):
        result = check(at_once("fluoxetine", "20"))
        fault = next(one for one in result.steps[0].faults if one.code == "ends-at-once")

        assert (DISPUTED, ("TPR-fluoxetine-stop",)) == (result.steps[0].standing, fault.allowed_by)


# -- requests that vignettes do not reach ----------------------------------------------------------------------------


class TestPlan:
    """What is at the edges of a plan."""

    def test_the_dead_have_no_options(self):
        for person in (
            Person(id="person", deceased=Recorded.YES),
            Person(id="person", deceased_on=date(2026, 1, 1)),
        ):
            plan = plan_taper(request(person=person), policy=POLICY, on=ON)
            assert (TaperVerdict.NO_SCHEDULE, ()) == (plan.verdict, plan.options)

    def test_without_a_setting_nothing_is_planned(self):
        plan = plan_taper(request(), policy=without("TST-most-pieces"), on=ON)

        assert (TaperVerdict.CANNOT_TELL, ("policy.taper_settings",)) == (plan.verdict, plan.missing)

    def test_a_datetime_is_refused(self):
        with pytest.raises(ChartError):
            plan_taper(request(), policy=POLICY, on=datetime(2026, 11, 24))  # noqa: DTZ001  # the mistake itself

    def test_too_many_steps(self):
        own = next(one for one in POLICY.timeline.rows if one.row_id == "TST-most-steps")
        few = load_policy("US").with_rows([_site(own, amount=Decimal(3))]).tapers
        plan = plan_taper(request(), policy=few, on=ON)

        assert {"too-many-steps"} == {reason.code for one in plan.options[1:] for reason in one.reasons}

    def test_days_past_the_calendar(self):
        """A step that would come later than the calendar has no day, and its schedule leaves it out."""
        asked = request(planned_on=date(9999, 12, 1))
        draft = plan_taper(asked, policy=POLICY, on=ON).drafts[0]

        assert draft.steps[-1].earliest_on is None
        assert len(as_schedule(draft, asked).steps) < len(draft.steps)

    def test_an_original_dose_that_is_no_mass_is_not_used(self):
        tablets = Dose(amount=Decimal(5), unit=DoseUnit.TABLET)

        assert plan_taper(request(original_dose=tablets), policy=POLICY, on=ON).drafts

    @pytest.mark.parametrize("before", [None, Dose(amount=Decimal(5), unit=DoseUnit.TABLET)])
    def test_a_step_back_needs_a_dose(self, before):
        severe = CheckIn(id="c", held_on=ON, withdrawal=Withdrawal.SEVERE)
        asked = request(check_ins=(severe,), original_dose=before)
        plan = plan_taper(asked, policy=POLICY, on=ON)

        assert (TaperVerdict.STEP_BACK, ("original_dose",)) == (plan.verdict, plan.options[1].missing)

    def test_a_change_in_another_unit_is_no_part_of_the_course(self):
        odd = DoseChange(
            kind=ChangeKind.DECREASE, changed_on=date(2026, 1, 1), to_dose=Dose(amount=Decimal(1), unit=DoseUnit.TABLET)
        )
        medication = changed(request().medication, dose_changes=(odd,))

        assert plan_taper(request(medication=medication), policy=POLICY, on=ON).drafts

    def test_without_known_strengths_those_at_hand_count(self):
        """Zopiclone is in no strengths table of ours: half of the lowest tablet at hand is the last dose."""
        hand = (product(TABLET, "3.75", Recorded.YES), L1)
        plan = plan_taper(request("zopiclone", "7.5", hand), policy=POLICY, on=ON)

        assert Decimal("1.875") >= plan.drafts[0].steps[-2].amount

    def test_without_any_strength_no_last_dose_is_known(self):
        plan = plan_taper(request("zopiclone", "7.5", (L1,)), policy=POLICY, on=ON)

        assert plan.drafts == ()

    def test_remission_that_is_denied_holds(self):
        medication = changed(request("sertraline", "100").medication, remission=Recorded.NO)
        asked = request("sertraline", "100", taken_for=TakenFor.DEPRESSION, medication=medication)
        plan = plan_taper(asked, policy=POLICY, on=ON)

        assert ["hold.remission"] == [one.code for one in plan.reasons]

    def test_a_site_may_bring_its_own_method(self):
        joint = next(row for row in ALL if row.row_id == "TPR-benzodiazepine-joint")
        own = _site(joint, name="clinic-slow", cut=Decimal(5), binds_in="")
        plan = plan_taper(request(), policy=load_policy("US").with_rows([own]).tapers, on=ON)

        assert "clinic-slow.quicker" in [one.id for one in plan.drafts]


def _site(row, **fields):
    """Return a site's own row like a shipped one."""
    return changed(row, row_id="clinic-1", source_id="site:clinic", basis=Basis.PRACTICE, **fields)


class TestKit:
    """What products can make."""

    LIMITS = Limits.of(VIEW)

    def test_nothing_at_hand_makes_nothing(self):
        kit = Kit((), most=Decimal(10), limits=self.LIMITS)

        assert ([], None) == (kit.achievable, kit.make(Decimal(5)))

    def test_an_amount_between_the_grains_is_not_made(self):
        kit = Kit((T2,), most=Decimal(10), limits=self.LIMITS)

        assert kit.make(Decimal("0.33")) is None

    def test_five_and_a_half_of_scored_tablets(self):
        kit = Kit((T1, T2, T5), most=Decimal(10), limits=self.LIMITS)

        assert [(T5, Decimal(1)), (T1, Decimal("0.5"))] == [
            (one.product, one.count) for one in kit.make(Decimal("5.5"))
        ]

    def test_whole_tablets_before_halves_before_liquids(self):
        kit = Kit((T2, T5, L1), most=Decimal(10), limits=self.LIMITS)

        assert [(T5, Decimal(1)), (T2, Decimal(1))] == [(one.product, one.count) for one in kit.make(Decimal(7))]


# -- equivalents and bands -------------------------------------------------------------------------------------------


def diazepam(medicine, amount="1", **fields):
    return equivalent_dose(medicine, Decimal(amount), policy=POLICY, on=ON, **fields)


class TestEquivalents:
    """A range over named tables, never an average; the published pairs as given."""

    @pytest.mark.parametrize(
        ("medicine", "ashton", "va_dod"),
        [
            ("alprazolam", "0.5", "1"),
            ("clonazepam", "0.5", "1"),
            ("lorazepam", "1", "2"),
            ("oxazepam", "20", "30"),
            ("temazepam", "20", "15"),
            ("triazolam", "0.5", "0.25"),
            ("quazepam", "20", "10"),
            ("chlordiazepoxide", "25", "25"),
            ("clorazepate", "15", "15"),
        ],
    )
    def test_ten_of_diazepam(self, medicine, ashton, va_dod):
        by_table = {one.table: one for one in diazepam(medicine, ashton).tables}
        other = {one.table: one for one in diazepam(medicine, va_dod).tables}

        assert Fraction(10) == by_table["ashton"].lower == by_table["ashton"].upper
        assert Fraction(10) == other["va-dod"].lower == other["va-dod"].upper

    @pytest.mark.parametrize(("medicine", "lower", "upper"), [("estazolam", "1", "2"), ("flurazepam", "15", "30")])
    def test_a_published_range_stays_a_range(self, medicine, lower, upper):
        (ashton,) = [one for one in diazepam(medicine, upper).tables if one.table == "ashton"]

        assert (Fraction(10), Fraction(10) * 2) == (ashton.lower, ashton.upper)

    def test_the_ends_are_those_of_two_tables_and_nothing_between(self):
        found = diazepam("lorazepam", "2")

        assert (Fraction(10), Fraction(20)) == (found.lower, found.upper)
        assert {"ashton", "va-dod", "medscape", "joint-example"} == {one.table for one in found.tables}
        assert ("EQV-ashton-lorazepam",) == found.tables[0].rows

    @pytest.mark.parametrize(("table", "amount"), [("leucht-2016", "133.33"), ("gardner", "125"), ("woods", "75")])
    def test_quetiapine_for_a_hundred_of_chlorpromazine(self, table, amount):
        found = {one.table: one for one in diazepam("quetiapine", amount, to="chlorpromazine").tables}

        assert Fraction(100) == found[table].lower == found[table].upper

    def test_a_depot_by_its_interval(self):
        """One consensus gives haloperidol decanoate per 28 days; at another interval it says nothing."""
        right = diazepam("haloperidol decanoate", "150", to="olanzapine", every_days=28)
        wrong = diazepam("haloperidol decanoate", "150", to="olanzapine", every_days=14)

        assert [Fraction(20)] == [one.lower for one in right.tables]
        assert ((), None, None) == (wrong.tables, wrong.lower, wrong.upper)

    def test_a_depot_by_its_mean_day(self):
        found = {one.table: one for one in diazepam("olanzapine", "28", to="olanzapine", every_days=14).tables}

        assert Fraction(2) / Fraction("1.31") == found["leucht-2020"].lower

    def test_no_table_has_both(self):
        assert diazepam("sertraline", "50").tables == ()

    @pytest.mark.parametrize("row", [row for row in ALL if isinstance(row, EquivalentRow)], ids=lambda row: row.row_id)
    def test_each_row_is_found_as_it_stands(self, row):
        """The row's own amount stands for its reference; without the row its table says nothing of the medicine."""
        every = row.interval.days if row.interval is not None else 1 if row.route == "oral" else 28
        amount = row.amount if row.per == "interval" else row.amount * every
        found = [
            one
            for one in equivalent_dose(
                row.medicine, amount, policy=POLICY, on=ON, to=row.reference, every_days=every
            ).tables
            if one.table == row.table
        ]
        missing = equivalent_dose(
            row.medicine, amount, policy=without(row.row_id), on=ON, to=row.reference, every_days=every
        )

        assert [Fraction(row.reference_lower)] == [one.lower for one in found]
        assert row.table not in {one.table for one in missing.tables}


def risk(medicine, amount, started="2020-01-01", days=7, policy=POLICY):
    started_on = date.fromisoformat(started) if started else None
    return dependence_risk(medicine, Decimal(amount), started_on=started_on, days_a_week=days, policy=policy, on=ON)


class TestDependence:
    """By the joint guideline's table of dose and time; the higher equivalent counts; unknown is named."""

    @pytest.mark.parametrize(
        ("amount", "started", "band", "said", "rows"),
        [
            ("10", "2026-11-10", "low", "lower", ("DPB-dose-low", "DPB-month-low")),
            ("10.1", "2026-11-10", "moderate", "lower", ("DPB-dose-moderate", "DPB-month-moderate")),
            ("15.1", "2026-11-10", "high", "lower", ("DPB-dose-high", "DPB-month-high")),
            ("10", "2026-10-24", "low", "lower", ("DPB-dose-low", "DPB-quarter-low")),
            ("15", "2026-10-01", "moderate", "likely", ("DPB-dose-moderate", "DPB-quarter-moderate")),
            ("16", "2026-10-01", "high", "likely", ("DPB-dose-high", "DPB-quarter-high")),
            ("5", "2026-08-24", "low", "likely", ("DPB-dose-low", "DPB-long-low")),
            ("12", "2026-08-24", "moderate", "likely", ("DPB-dose-moderate", "DPB-long-moderate")),
            ("40", "2020-01-01", "high", "likely", ("DPB-dose-high", "DPB-long-high")),
        ],
    )
    def test_dose_and_time(self, amount, started, band, said, rows):
        found = risk("diazepam", amount, started)

        assert (band, said, rows) == (found.band, found.risk, found.rows)
        for row in rows:
            assert found != risk("diazepam", amount, started, policy=without(row))

    def test_few_days_a_week(self):
        assert ("rare", "TST-few-days") == (risk("diazepam", "40", days=3).risk, risk("diazepam", "40", days=3).rows[1])
        assert risk("diazepam", "40", days=3, policy=without("TST-few-days")).risk == "likely"

    def test_the_examples_as_they_are_given(self):
        """One milligram of alprazolam is low in the guideline's example and high by another of its tables."""
        found = risk("alprazolam", "1")

        assert ("high", {"ashton": "high", "va-dod": "low", "joint-example": "low"}) == (found.band, dict(found.bands))

    @pytest.mark.parametrize(
        ("medicine", "started", "days", "missing"),
        [
            ("sertraline", "2020-01-01", 7, ("policy.equivalents",)),
            ("diazepam", None, 7, ("medication.started_on",)),
            ("diazepam", "2020-01-01", None, ("days_a_week",)),
        ],
    )
    def test_unknown(self, medicine, started, days, missing):
        found = risk(medicine, "10", started, days)

        assert (None, missing) == (found.risk, found.missing)

    def test_it_says_until_when_it_holds(self):
        assert date(2026, 12, 10) == risk("diazepam", "10", "2026-11-10").valid_until


# -- each row counts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [row for row in ALL if isinstance(row, ScopeRow)], ids=lambda row: row.row_id)
def test_each_scope_row_means_a_medicine(row):
    """A word of the sources means a medicine by this row, and by no other."""
    names = POLICY.medicines.by_name.values()
    medicine = next(one for one in names if one.name == row.medicine or one.drug_class == row.drug_class)
    left = without(row.row_id).timeline
    left_view = left.at(Day(ON))

    assert row.scope in VIEW.scopes_of(medicine)
    assert row.scope not in left_view.scopes_of(medicine)


@pytest.mark.parametrize("row", [row for row in ALL if isinstance(row, ActiveHalfLifeRow)], ids=lambda row: row.row_id)
def test_each_metabolite_counts(row):
    """A dose is judged later, or no half-life of the medicine alone would be known to be as long."""
    medicine = POLICY.medicines.by_name[row.medicine]
    left = without(row.row_id).timeline
    alone = changed(medicine, half_life_hours=None)

    assert wait_days(medicine, VIEW) >= wait_days(medicine, left.at(Day(ON)))
    assert wait_days(alone, VIEW) == min(-(-int(row.hours * 5) // 24), 56)
    assert wait_days(alone, left.at(Day(ON))) == 56


@pytest.mark.parametrize("row", [row for row in ALL if isinstance(row, TaperSettingRow)], ids=lambda row: row.row_id)
def test_each_setting_counts(row):
    """Without it there is no plan, no check, or another risk."""
    left = without(row.row_id)
    answers = (
        plan_taper(request(), policy=left, on=ON),
        check(SOUND, left),
        risk("diazepam", "40", days=3, policy=left),
    )

    assert answers != (
        plan_taper(request(), policy=POLICY, on=ON),
        check(SOUND),
        risk("diazepam", "40", days=3),
    )


def test_every_row_of_steps_has_a_method_and_every_scope_a_row():
    names = {row.name for row in ALL if isinstance(row, TaperRow)}
    scopes = {row.scope for row in ALL if isinstance(row, ScopeRow)}

    assert {row.method_name for row in ALL if isinstance(row, TaperStepRow)} <= names
    assert {row.scope for row in ALL if isinstance(row, TaperRow | NeverAbruptRow)} <= scopes
    assert {row.kind for row in ALL if isinstance(row, BandRow)} == {"dose", "risk"}


def test_intervals_of_methods_are_in_days():
    """Steps are counted in days: a calendar month would drift."""
    rows = [row for row in ALL if isinstance(row, TaperRow)]
    lengths = [
        length for row in rows for length in (row.interval_lower, row.interval, row.cap_interval, row.total_lower)
    ]

    assert [] == [length for length in lengths if length is not None and (length.months or length.hours)]
    assert [] == [row.row_id for row in rows if row.role is Role.PLAN and row.interval_lower and not row.interval]


def test_a_product_whose_release_is_not_recorded():
    """Nobody knows whether it may be halved or taken with another: it is asked for, and no draft is made."""
    for one in (product(TABLET, "2", Recorded.YES, release=None), product(LIQUID, "1", release=None)):
        plan = plan_taper(request(products=(one, T5, L1)), policy=POLICY, on=ON)
        is_solid = one.form is TABLET

        assert ("products.release" in plan.missing) is is_solid
        assert (len(plan.options) == 1) is is_solid
