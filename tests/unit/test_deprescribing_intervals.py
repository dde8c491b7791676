"""
Every published row of the intervals is used: with that row alone, its day is the one that the sheet gives.

The days were worked out by hand from the sources' own intervals. Everything counts from 31 January 2026, so that a
month without a 31st shows; a row that vanishes, or a number that changes, makes one of these cases fail.
"""

import csv
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from alliance_core import Recorded, load_policy, review_regimen
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.tables import read_table
from alliance_core.deprescribing import (
    ChangeKind,
    DeprescribingPolicy,
    DoseChange,
    Evidence,
    MedicationStatement,
    MedicationStatus,
    PastReview,
    Regimen,
    ReviewKind,
    ReviewResult,
)
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.problems import ProblemKindRow
from alliance_core.records import Circumstance, CircumstanceKind, Coding, Encounter, Person, Problem, Setting

TESTS = Path(__file__).parents[1]
ANCHOR = date(2026, 1, 31)
YES = Recorded.YES
ROWS = {row.row_id: row for row in read_table("review_intervals", IntervalRow)}
#: The frame in which any interval counts: phases, and which entries are one course.
FRAME = {"phase-end", "episode-gap", "look-back"}
#: A medicine of each group, and the others that a count asks for beside it.
DRUGS = {
    "adhd-nonstimulant": "atomoxetine",
    "anticholinergic": "benztropine",
    "antidepressant": "sertraline",
    "antipsychotic": "quetiapine",
    "any": "gabapentin",
    "benzodiazepine": "lorazepam",
    "cholinesterase-inhibitor": "donepezil",
    "gabapentinoid": "gabapentin",
    "lithium": "lithium",
    "memantine": "memantine",
    "mood-stabilizer-aed": "valproate",
    "opioid": "oxycodone",
    "psychotropic": "sertraline",
    "psychotropic-non-antipsychotic": "lorazepam",
    "sedating-antihistamine": "hydroxyzine",
    "stimulant": "methylphenidate",
    "supplement": "valerian",
    "z-drug": "zolpidem",
}
COUNTED = {
    "cns-active": ("gabapentin", "lorazepam", "oxycodone"),
    "antipsychotic": ("quetiapine", "haloperidol"),
    "anticholinergic-burden": ("benztropine",),
}
WHOLE = {"ENG-whole-regimen-outpatient-stabilisation", "ENG-whole-regimen-outpatient-maintenance"}


def table(path):
    with (TESTS / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


PUBLISHED = [one["row_id"] for one in table("policy/published_rows.csv") if one["table"] == "review_intervals"]
DUE_ON = {one["row_id"]: date.fromisoformat(one["=due_on"]) for one in table("vignettes/deprescribing_intervals.csv")}


def of_kind(*kinds):
    return [name for name in PUBLISHED if ROWS[name].kind in kinds and name not in WHOLE]


def policy_of(*own, without=()):
    """Every row but the intervals, the frame of these, and the rows given."""
    jurisdiction = next((row.jurisdiction for row in own if row.jurisdiction != "any"), "any")
    shipped = load_policy(jurisdiction).deprescribing
    frame = [
        row
        for row in shipped.timeline.rows
        if (not isinstance(row, IntervalRow) or row.kind in FRAME) and row.row_id not in without
    ]
    kept = [row for row in own if row.kind not in FRAME]
    return DeprescribingPolicy.of(*frame, *kept, medicines=shipped.medicines, jurisdiction=jurisdiction)


def entry(name, **fields):
    return MedicationStatement(**{"id": name, "text": name, "status": MedicationStatus.ACTIVE, **fields})


def review(number, on, **fields):
    return PastReview(**{"id": f"review-{number}", "kind": ReviewKind.REGIMEN, "completed_on": on, **fields})


def course(row):
    """The fields of the medicine, and the days of its reviews, for which the row's phase and step hold on."""
    cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2025, 12, 1))
    if row.anchor in {"start", "start-or-increase"}:
        return {"started_on": ANCHOR}, [date(2026, 2, 1)][: (row.step or 1) - 1]
    return {
        "initiation": ({"started_on": ANCHOR}, []),
        "acute": ({"started_on": date(2026, 1, 1)}, [ANCHOR]),
        "stabilization": ({"started_on": date(2025, 1, 1), "remission": Recorded.NO}, [ANCHOR]),
        "taper": ({"started_on": date(2020, 1, 1), "dose_changes": (cut,)}, [ANCHOR]),
        "post-taper": (
            {
                "started_on": date(2020, 1, 1),
                "dose_changes": (cut,),
                "stopped_on": ANCHOR,
                "status": MedicationStatus.STOPPED,
            },
            [date(2026, 2, 28), date(2026, 3, 31)][: (row.step or 1) - 1],
        ),
    }.get(row.phase, ({"started_on": date(2020, 1, 1), "remission_on": date(2025, 1, 1)}, [ANCHOR]))


def beside(row):
    names = COUNTED.get(row.count_of, ())[1:] or ((DRUGS[row.with_drug_group],) if row.with_drug_group else ())
    return [entry(name, started_on=date(2020, 1, 1)) for name in names]


def long_row(row):
    """A cap only shortens: beside it stands a base row of two years for the same medicine."""
    group = next(group for group, name in DRUGS.items() if name == medicine_of(row) and group != "any")
    return attrs.evolve(
        ROWS["ENG-gabapentinoid-maintenance"], drug_group=group, phase="", interval=CalendarDuration(months=24)
    )


def medicine_of(row):
    return COUNTED[row.count_of][0] if row.count_of else DRUGS[row.drug_group]


def born_on(row):
    return "2004-06-01" if row.age_below else "1940-06-01" if row.age_from == 65 else "1990-06-01"


def problems(row):
    kinds = [one for one in read_table("problem_kinds", ProblemKindRow) if one.problem == row.problem]
    return tuple(Problem(id="problem", codes=(Coding(system=one.system, code=one.code),)) for one in kinds[:1])


def circumstances(row):
    kind = CircumstanceKind(row.circumstance) if row.circumstance else None
    return (Circumstance(id="news", kind=kind, present=YES, recorded_on=ANCHOR),) if kind else ()


def regimen(row, *, medicine=None, reviews=None, **fields):
    name = medicine_of(row)
    said, held = course(row)
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=born_on(row)),
        medications=(medicine or entry(name, **said), *beside(row)),
        reviews=tuple(review(*one) for one in enumerate(held)) if reviews is None else reviews,
        problems=problems(row),
        circumstances=circumstances(row),
        encounters=(Encounter(id="visit", setting=Setting.OUTPATIENT, started_on=date(2019, 1, 1)),),
        **fields,
    )


def found(record, policy, on, rule="deprescribing.review"):
    [finding] = [
        one
        for one in review_regimen(record, policy=policy, on=on).findings
        if one.rule == rule and (rule != "deprescribing.review" or one.item == record.medications[0].text)
    ]
    return finding


def assert_turns(record, policy, row, due_on, rule="deprescribing.review", *, grace=0):
    """Not yet on the day before; on the day given (law: the day after) it is asked for, and the row is named."""
    turn = due_on + timedelta(days=grace)
    before, then = (found(record, policy, day, rule) for day in (turn - timedelta(days=1), turn))

    assert ("met", "not-met") == (before.answer.value, then.answer.value)
    assert (due_on, (row.row_id,)) == (then.due_on, then.rows)
    assert (due_on, (row.row_id,)) == (before.due_on, before.rows)


def test_every_published_interval_has_a_day():
    """The cases of this file and the published rows are the same rows."""
    assert set(PUBLISHED) == set(DUE_ON)


@pytest.mark.parametrize("name", of_kind("base", "guideline", "cap"))
def test_the_row_alone_sets_the_day(name):
    """A regimen for which only this row speaks is due on the row's day, and the finding names the row."""
    row = ROWS[name]
    policy = policy_of(row, *([long_row(row)] if row.kind == "cap" else []))
    if row.circumstance == "mtm-enrolled":
        assert_turns(regimen(row), policy, row, DUE_ON[name], "deprescribing.whole-regimen", grace=1)
    else:
        assert_turns(regimen(row), policy, row, DUE_ON[name])


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_the_row_alone_sets_the_day_of_the_whole_regimen(name):
    """The whole regimen is due on the row's day while its least settled medicine is in the row's phase."""
    row = ROWS[name]

    assert_turns(regimen(row), policy_of(row), row, DUE_ON[name], "deprescribing.whole-regimen")


@pytest.mark.parametrize("name", of_kind("revisit"))
def test_a_decline_is_taken_up_again_on_the_rows_day(name):
    """After a decline without a day agreed, the row gives the day."""
    row = ROWS[name]
    declined = (review(1, ANCHOR, result=ReviewResult.DECLINED),)

    assert_turns(regimen(row, reviews=declined), policy_of(row), row, DUE_ON[name])


def test_the_floor_holds_a_shorter_row():
    """No day of ours comes sooner than the floor."""
    row = ROWS["FLOOR-DEFAULT"]
    short = attrs.evolve(ROWS["ENG-gabapentinoid-maintenance"], interval=CalendarDuration(days=1))

    assert_turns(regimen(short), policy_of(short, row), row, DUE_ON[row.row_id])


def test_the_ceiling_stops_a_longer_row():
    """No day of ours goes further than the ceiling."""
    row = ROWS["CEILING-DEFAULT"]
    long = attrs.evolve(ROWS["ENG-gabapentinoid-maintenance"], interval=CalendarDuration(months=24))

    assert_turns(regimen(long), policy_of(long, row), row, DUE_ON[row.row_id])


@pytest.mark.parametrize(
    ("name", "medicine", "said"),
    [
        ("PHASE-INITIATION", "sertraline", {"started_on": ANCHOR}),
        ("PHASE-ACUTE", "sertraline", {"started_on": ANCHOR}),
        ("PHASE-STABILIZATION", "sertraline", {"started_on": date(2025, 1, 1), "remission_on": ANCHOR}),
        ("PHASE-POST-TAPER", "sertraline", "off"),
        ("PHASE-POST-TAPER-ANTIPSYCHOTIC", "quetiapine", "off"),
        ("PHASE-POST-TAPER-LITHIUM", "lithium", "off"),
    ],
)
def test_a_phase_ends_on_the_rows_day(name, medicine, said):
    """Up to the day before, the medicine is in the row's phase; from the row's day it is not."""
    row, ends_on = ROWS[name], DUE_ON[name]
    record = regimen(row, medicine=entry(medicine, **(course(row)[0] if said == "off" else said)))
    policy = load_policy("US").deprescribing

    assert [row.phase] == phases_on(record, policy, ends_on - timedelta(days=1))
    assert row.phase not in phases_on(record, policy, ends_on)


def phases_on(record, policy, on):
    return [phase for clock in review_regimen(record, policy=policy, on=on).clocks for phase in clock.phases]


def test_supplies_within_the_gap_are_one_course():
    """A supply that begins on the last day of the gap goes on with its course; a day later it is a new one."""
    policy = load_policy("US").deprescribing
    last = DUE_ON["EPISODE-GAP"]

    assert [date(2026, 1, 2)] == anchors(supplies(last), policy, last)
    assert [last + timedelta(days=1)] == anchors(supplies(last + timedelta(days=1)), policy, last + timedelta(days=1))


def supplies(again):
    """Thirty days' supply, the last of them 31 January; and another later."""
    fields = {"text": "sertraline", "evidence": Evidence.SUPPLY, "supply_days": 30}
    return (
        MedicationStatement(id="first", started_on=date(2026, 1, 2), **fields),
        MedicationStatement(id="again", started_on=again, **fields),
    )


def anchors(medications, policy, on):
    record = Regimen(id="regimen", person=Person(id="person"), medications=medications, reviews=())
    return [clock.anchor_on for clock in review_regimen(record, policy=policy, on=on).clocks]


def test_a_supply_of_unknown_length_is_looked_for_as_far_back_as_the_row_says():
    """Nobody wrote for how many days it was: it may still be taken until the row's day, and then no longer."""
    policy = load_policy("US").deprescribing
    supply = (MedicationStatement(id="supply", text="sertraline", evidence=Evidence.SUPPLY, started_on=ANCHOR),)
    last = DUE_ON["LOOK-BACK"]

    assert [ANCHOR] == anchors(supply, policy, last)
    assert [] == anchors(supply, policy, last + timedelta(days=1))


def law_policy(row):
    return load_policy(row.jurisdiction, [row.overlay]).deprescribing


def test_a_pharmacist_reviews_each_month_of_a_stay():
    """The first calendar month of a stay ends with a review: begun in February, due on its last day."""
    row = ROWS["US-DRR"]
    stay = Encounter(id="stay", setting=Setting.NURSING_FACILITY, started_on=date(2026, 2, 3))
    record = Regimen(id="regimen", person=Person(id="person"), reviews=(), encounters=(stay,))

    assert_turns(record, law_policy(row), row, DUE_ON["US-DRR"], "deprescribing.required-review", grace=1)


@pytest.mark.parametrize("name", ["US-MTM-CMR", "US-MTM-TMR"])
def test_a_program_asks_for_its_reviews(name):
    """Enrolled and never reviewed, the review is due on the row's day."""
    row = ROWS[name]
    record = Regimen(id="regimen", person=Person(id="person"), reviews=(), circumstances=circumstances(row))
    policy = DeprescribingPolicy.of(row, medicines=load_policy("US").medicines, jurisdiction="US")

    assert_turns(record, policy, row, DUE_ON[name], "deprescribing.required-review", grace=1)


@pytest.mark.parametrize("name", of_kind("limit"))
def test_an_as_needed_order_has_its_days(name):
    """The day of the order counts as the first: the fourteenth is the last."""
    row = ROWS[name]
    order = entry(
        DRUGS[row.drug_group],
        evidence=Evidence.ORDER,
        as_needed=YES,
        started_on=ANCHOR,
        rationale_documented=Recorded.NO,
        duration_documented=Recorded.NO,
    )
    stay = Encounter(id="stay", setting=Setting.NURSING_FACILITY, started_on=date(2026, 1, 1))
    record = Regimen(id="regimen", person=Person(id="person"), medications=(order,), encounters=(stay,))

    assert_turns(record, law_policy(row), row, DUE_ON[name], "deprescribing.as-needed-limit", grace=1)
