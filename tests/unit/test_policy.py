"""A policy: every dated row of one place, what a site may add to it, and what it may not."""

import hashlib
import pickle
import subprocess
import sys
import time  # noqa: TID251  # how long loading takes is what is asked here
from datetime import date

import pytest

from alliance_core import CalendarDuration, PolicyError, load_policy, review_chart
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis, Seen
from alliance_core.chart import Chart
from alliance_core.competency.policy import AbilityRow, DecisionRow, SurrogateRow
from alliance_core.deprescribing import (
    ApartReading,
    FirstDayReading,
    LaterYearsReading,
    MedicationStatement,
    MonthReading,
    Product,
    QuarterReading,
)
from alliance_core.diagnosis import DiagnosisRevision, DiagnosisRow
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.medicines import MedicineRow
from alliance_core.records import Coding, Person

ON = date(2026, 11, 24)
US = load_policy("US")
LOCAL = "https://harbor.example/formulary"
PRODUCT = Product(system=LOCAL, code="E-10", medicine="escitalopram")


def own(row, **fields):
    """Return a site's own row, like a shipped one."""
    base = {"row_id": "harbor-1", "source_id": "site:Harbor", "basis": Basis.PRACTICE, "seen": Seen.PRIMARY}
    return changed(row, **{**base, **fields})


ASKED = US.row("DXE-3")


class TestLoad:
    """A policy holds the rows of its place, of the places above it, and of the overlays that are switched on."""

    def test_the_same_policy(self):
        """A policy is made once for a place and its overlays, in whatever order they are named."""
        both = ("part-d-mtm", "nursing-facility")

        assert load_policy("US", both) is load_policy("US", both[::-1]) is load_policy("US", (*both, *both))

    def test_a_narrower_place_holds_the_wider_rows(self):
        rows = {row.row_id for row in US.rows()}

        assert rows < {row.row_id for row in load_policy("US-NH").rows()}

    def test_an_overlay_adds_rows(self):
        added = {row.row_id for row in load_policy("US", ["nursing-facility"]).rows()} - {r.row_id for r in US.rows()}

        assert "US-DRR" in added
        assert {"nursing-facility"} == {load_policy("US", ["nursing-facility"]).row(one).overlay for one in added}

    def test_no_such_place(self):
        """An error says what can be chosen."""
        with pytest.raises(PolicyError, match="choose one of .*GB-EAW.*US-NH"):
            load_policy("US-ZZ")

    @pytest.mark.parametrize("overlays", [["nursing"], "nursing-facility", ["nursing-facility", ""]])
    def test_no_such_overlay(self, overlays):
        """A word that no table has switches nothing on, and says so; a bare text is not a list of names."""
        with pytest.raises(PolicyError, match="choose among .*nursing-facility"):
            load_policy("US", overlays)

    def test_soon(self):
        """The tables load in far less than a person notices, and a second time in nothing."""
        code = (
            "import time; from alliance_core import load_policy\n"
            "start = time.perf_counter(); load_policy('US'); print(time.perf_counter() - start)"
        )
        runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in "123"]
        start = time.perf_counter()
        load_policy("US")

        assert min(float(run.stdout) for run in runs) < 0.2
        assert time.perf_counter() - start < 0.02


class TestRows:
    """Every row can be found by its id; what is not there says so."""

    def test_row_and_source(self):
        assert US.row("DXE-1").element == "told"
        assert US.source(US.row("DXE-1")).source_id == "seed"

    def test_a_sites_row_has_no_source_of_ours(self):
        assert US.source(own(ASKED)) is None

    def test_no_such_row(self):
        with pytest.raises(PolicyError, match="no row US-DRR .* another jurisdiction or overlay"):
            US.row("US-DRR")

    @pytest.mark.parametrize(
        ("on", "expected"), [(date(2026, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)]
    )
    def test_in_force(self, on, expected):
        """A row is in force from its first day to the day before it ends."""
        row = own(ASKED, effective_from=date(2026, 1, 1), effective_to=date(2026, 7, 1))
        rows = US.with_rows([row]).in_force(on)

        assert expected is (row in rows)
        assert ASKED in rows

    def test_medicines_are_rows_too(self):
        assert any(isinstance(row, MedicineRow) for row in US.in_force(ON))


class TestSiteRows:
    """A site's own value counts before the shipped one of the same key, and nothing of it loosens law."""

    def test_it_counts(self):
        policy = US.with_rows([own(ASKED, weight=Weight.ESSENTIAL)])
        found = _diagnosis(policy)["diagnosis.fallibility"]

        assert (found.weight, found.rows) == (Weight.ESSENTIAL, ("harbor-1",))
        assert _diagnosis(US)["diagnosis.fallibility"].rows == ("DXE-3",)

    def test_rows_add_up(self):
        """A second set is added to the first, and the policy before stays as it was."""
        first = US.with_rows([own(ASKED)])
        second = first.with_rows([own(US.row("DXE-4"), row_id="harbor-2")])

        assert [row.row_id for row in second.site_rows] == ["harbor-1", "harbor-2"]
        assert (len(first.site_rows), len(US.site_rows)) == (1, 0)
        assert second.row("harbor-1") == first.row("harbor-1")

    def test_what_was_set_before_stays(self):
        policy = US.with_products([PRODUCT]).with_readings(
            month=MonthReading.SINCE_LAST, first_day=FirstDayReading.START_IS_DAY_ZERO
        )
        changed_later = policy.with_rows([own(ASKED)]).deprescribing

        assert changed_later.medicines.products == (PRODUCT,)
        assert changed_later.month_reading is MonthReading.SINCE_LAST
        assert changed_later.first_day_reading is FirstDayReading.START_IS_DAY_ZERO

    def test_it_begins_on_its_day(self):
        """A dated row counts from its first day, and the answer before it knows when that is."""
        begins = date(2026, 12, 24)
        policy = US.with_rows([own(ASKED, effective_from=begins)])
        review = review_chart(_revised(), policy=policy, on=ON, areas=["diagnosis"])

        assert review.valid_until == begins
        assert _diagnosis(policy, begins)["diagnosis.fallibility"].rows == ("harbor-1",)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"source_id": "practice"}, "source_id has to be site:<name>"),
            ({"source_id": "seed"}, "source_id has to be site:<name>"),
            ({"basis": Basis.LAW}, "basis has to be practice"),
            ({"basis": Basis.SEED}, "basis has to be practice"),
            ({"row_id": "DXE-3"}, "this id is taken"),
        ],
    )
    def test_whose_it_is(self, fields, reason):
        """A site's row cites the site, is its own judgement, and has an id of its own."""
        with pytest.raises(PolicyError, match=f"row .*: {reason}"):
            US.with_rows([own(ASKED, **fields)])

    def test_an_id_is_used_once(self):
        """Neither in one set nor over several may two rows have one id."""
        one, other = own(ASKED), own(US.row("DXE-4"))

        with pytest.raises(PolicyError, match="harbor-1: this id is taken"):
            US.with_rows([one, other])
        with pytest.raises(PolicyError, match="harbor-1: this id is taken"):
            US.with_rows([one]).with_rows([other])

    def test_an_id_of_a_row_that_does_not_apply_here_is_used_too(self):
        """A row of another place is kept, and its id with it."""
        elsewhere = own(ASKED, jurisdiction="GB")
        policy = US.with_rows([elsewhere])

        assert _diagnosis(policy)["diagnosis.fallibility"].rows == ("DXE-3",)
        with pytest.raises(PolicyError, match="taken"):
            policy.with_rows([own(ASKED)])

    def test_two_of_one_key_on_one_day(self):
        """What no review could settle is refused when it is said, not when a chart is read."""
        other = own(ASKED, row_id="harbor-2", effective_from=date(2027, 1, 1))

        with pytest.raises(PolicyError, match="harbor-1 and harbor-2 claim one key"):
            US.with_rows([own(ASKED), other])

    def test_one_after_the_other(self):
        """The first ends where the second begins."""
        turn = date(2027, 1, 1)
        rows = [own(ASKED, effective_to=turn), own(ASKED, row_id="harbor-2", effective_from=turn)]

        assert len(US.with_rows(rows).site_rows) == 2

    def test_a_row_that_no_rule_reads(self):
        """A medicine comes as a product: a row of it would be lost without a word."""
        medicine = next(row for row in US.rows() if isinstance(row, MedicineRow))

        with pytest.raises(PolicyError, match="with_products"):
            US.with_rows([own(medicine)])


class TestLaw:
    """A row that would stand in the place of law is refused; one that asks for more is not."""

    @pytest.mark.parametrize("code", ["US-NH", "US-CA", "GB-EAW"])
    def test_the_key_of_a_law(self, code):
        policy = load_policy(code)
        law = next(row for row in policy.rows() if row.is_law and not isinstance(row, SurrogateRow))

        with pytest.raises(PolicyError, match="a row of law has this key"):
            policy.with_rows([own(law)])

    def test_nobody_comes_between_in_the_order_of_deciders(self):
        """Where law says who decides, a site's own class would be asked before the lawful one."""
        policy = load_policy("US-NH", ["nursing-facility"])
        spouse = next(row for row in policy.rows() if isinstance(row, SurrogateRow))
        between = own(spouse, decider_class="clinic-committee", rank=0, overlay="nursing-facility")

        with pytest.raises(PolicyError, match="law sets the order of deciders here"):
            policy.with_rows([between])

    def test_where_no_law_sets_the_order_a_site_may(self):
        policy = load_policy("any")
        row = next(row for row in load_policy("US-NH").rows() if isinstance(row, SurrogateRow))
        mine = own(row, jurisdiction="any", decider_class="clinic-committee")

        assert policy.with_rows([mine]).row("harbor-1") == mine

    @pytest.mark.parametrize(
        "fields", [{"majority_age": 12}, {"activation": "each-decision"}, {"nexus_asked": True}, {"code": "US-NH-1"}]
    )
    def test_a_jurisdiction_is_what_its_law_made_it(self, fields):
        policy = load_policy("US-NH")

        with pytest.raises(PolicyError, match="only in sliding_scale"):
            policy.with_rows([own(policy.row("JUR-US-NH"), **fields)])

    def test_its_one_switch_of_ours(self):
        """Whether high stakes ask for more evidence is a site's own choice."""
        policy = load_policy("US-NH")
        mine = own(policy.row("JUR-US-NH"), sliding_scale="off")
        view = policy.with_rows([mine]).competency.timeline.rows

        assert isinstance(mine, JurisdictionRow)
        assert mine in view

    def test_a_site_may_ask_for_more(self):
        """Another ability or decision loosens nothing."""
        rows = [
            own(next(one for one in US.rows() if isinstance(one, kind)), row_id=f"harbor-{kind.__name__}", **named)
            for kind, named in ((AbilityRow, {"ability": "repeats"}), (DecisionRow, {"decision": "acupuncture"}))
        ]

        assert len(US.with_rows(rows).site_rows) == 2


class TestProducts:
    """A host's own products and codes beat the medicines table."""

    def test_a_local_code(self):
        policy = US.with_products([PRODUCT])
        chart = Chart(
            id="c",
            person=Person(id="p"),
            medications=(MedicationStatement(id="m", codes=(Coding(system=LOCAL, code="E-10"),)),),
        )
        rules = [
            {one.rule for one in review_chart(chart, policy=each, on=ON, areas=["deprescribing"]).findings}
            for each in (US, policy)
        ]

        assert ["deprescribing.medicine-known" in found for found in rules] == [True, False]
        assert policy.medicines.products == (PRODUCT,)
        assert US.medicines.products == ()

    def test_no_such_medicine(self):
        """A product of a medicine that no row knows is refused by its name."""
        with pytest.raises(PolicyError, match="no medicine panacea, snake oil: choose a name of the table `medicines`"):
            US.with_products(changed(PRODUCT, medicine=name) for name in ("snake oil", "panacea"))


class TestReadings:
    """What a rule of law leaves open is a setting of the policy."""

    def test_each_by_itself(self):
        month = US.with_readings(month=MonthReading.SINCE_LAST).deprescribing
        first = US.with_readings(first_day=FirstDayReading.START_IS_DAY_ZERO).deprescribing

        assert (month.month_reading, month.first_day_reading) == (
            MonthReading.SINCE_LAST,
            FirstDayReading.START_IS_DAY_ONE,
        )
        assert (first.month_reading, first.first_day_reading) == (
            MonthReading.CALENDAR_MONTH,
            FirstDayReading.START_IS_DAY_ZERO,
        )

    def test_none(self):
        assert US.with_readings() == US


VARIANTS = {
    "US": US,
    "another place": load_policy("US-NH"),
    "an overlay": load_policy("US", ["nursing-facility"]),
    "a row": US.with_rows([own(ASKED)]),
    "another weight": US.with_rows([own(ASKED, weight=Weight.ESSENTIAL)]),
    "another day": US.with_rows([own(ASKED, effective_from=ON)]),
    "an interval": US.with_rows([own(US.row("ENG-antidepressant-maintenance"), interval=CalendarDuration(months=3))]),
    "a product": US.with_products([PRODUCT]),
    "another code": US.with_products([changed(PRODUCT, code="E-20")]),
    "another medicine": US.with_products([changed(PRODUCT, medicine="citalopram")]),
    "two products": US.with_products([PRODUCT, changed(PRODUCT, medicine="citalopram")]),
    "two products, the other last": US.with_products([changed(PRODUCT, medicine="citalopram"), PRODUCT]),
    "a month": US.with_readings(month=MonthReading.SINCE_LAST),
    "a first day": US.with_readings(first_day=FirstDayReading.START_IS_DAY_ZERO),
    "a quarter": US.with_readings(quarter=QuarterReading.CALENDAR),
    "a month apart": US.with_readings(apart=ApartReading.IN_DAYS),
    "later years": US.with_readings(later_years=LaterYearsReading.YEARLY),
}


class TestDigest:
    """Two policies that may answer differently differ in their digest; one policy has one, in every process."""

    def test_all_differ(self):
        digests = {policy.digest for policy in VARIANTS.values()}

        assert len(digests) == len(VARIANTS)
        assert {len(hashlib.sha256().hexdigest())} == {len(one) for one in digests}

    @pytest.mark.parametrize("seed", ["0", "1", "4242"])
    def test_another_process(self, seed):
        code = "from alliance_core import load_policy; print(load_policy('US-NH', ['nursing-facility']).digest)"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment(seed)
        )

        assert run.stdout.strip() == load_policy("US-NH", ["nursing-facility"]).digest

    def test_made_again(self):
        """The same additions give the same policy and the same digest."""
        again = US.with_rows([own(ASKED)])

        assert again == VARIANTS["a row"]
        assert again.digest == VARIANTS["a row"].digest


def _environment(seed):
    import os

    return {**os.environ, "PYTHONHASHSEED": seed}  # noqa: TID251  # a child process needs its own


@pytest.mark.parametrize("name", VARIANTS)
def test_a_policy_pickles(name):
    """A host ships a policy to other processes once: it comes out equal, and answers as before."""
    policy = VARIANTS[name]
    sent = pickle.loads(pickle.dumps(policy))

    assert sent == policy
    assert sent.digest == policy.digest
    assert _diagnosis(sent) == _diagnosis(policy)


def test_a_policy_is_never_changed():
    """Every change makes a copy."""
    with pytest.raises(AttributeError):
        US.jurisdiction = "GB"


def _revised():
    return Chart(id="c", person=Person(id="p"), revisions=(DiagnosisRevision(id="r", revised_on=date(2026, 11, 1)),))


def _diagnosis(policy, on=ON):
    return {one.rule: one for one in review_chart(_revised(), policy=policy, on=on, areas=["diagnosis"]).findings}


def test_no_rows_of_a_table_are_asked_nothing():
    """A policy without a row for a question does not ask it."""
    assert isinstance(ASKED, DiagnosisRow)
    assert set(_diagnosis(US)) == {"diagnosis.told", "diagnosis.reasons", "diagnosis.fallibility"}


def test_two_editions_of_one_act():
    """Two overlays that cannot both be in force are refused when they are chosen, and the rows are named."""
    with pytest.raises(PolicyError, match="SUR-U93-1 and SUR-U23-1"):
        load_policy("US", ("uhcda-1993", "uhcda-2023"))
