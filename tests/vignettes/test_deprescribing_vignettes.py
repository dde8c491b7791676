"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
from datetime import date
from pathlib import Path

import pytest

from alliance_core import Recorded, load_policy, review_regimen
from alliance_core.deprescribing import (
    ApartReading,
    ChangeKind,
    DoseChange,
    Evidence,
    FirstDayReading,
    LaterYearsReading,
    MedicationHistory,
    MedicationStatement,
    MedicationStatus,
    MonthReading,
    Origin,
    PastReview,
    QuarterReading,
    Regimen,
    ReviewKind,
    ReviewResult,
    reductions,
)
from alliance_core.records import Circumstance, CircumstanceKind, Coding, Encounter, Person, Problem, Setting

ACTIVE = MedicationStatus.ACTIVE
CODES = {
    "dementia": ("http://hl7.org/fhir/sid/icd-10-cm", "F03.90"),
    "psychosis": ("http://hl7.org/fhir/sid/icd-10-cm", "F20.9"),
    "generalized-anxiety-disorder": ("http://hl7.org/fhir/sid/icd-10-cm", "F41.1"),
    "intellectual-disability-or-autism": ("http://hl7.org/fhir/sid/icd-10-cm", "F84.0"),
}


def vignettes(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["id"]) for row in csv.DictReader(file)]


def day(text):
    """A question mark says that there is such a fact without a day."""
    return date.fromisoformat(text) if text not in {"", "?"} else None


def fact(text):
    return Recorded(text or "not-recorded")


def place(setting, started_on, ended_on=None):
    return Encounter(
        id="visit", setting=Setting(setting) if setting else None, started_on=started_on, ended_on=ended_on
    )


def assert_told(row, review, rule, item, row_id):
    """Answer, day, row and what is missing are those of the vignette; what is not asked has no finding."""
    found = [one for one in review.findings if (one.rule, one.item) == (rule, item)]
    if row["=answer"] == "not-applicable":
        assert [] == found
        return
    [finding] = found

    assert (row["=answer"], day(row["=due_on"])) == (finding.answer.value, finding.due_on)
    assert row["=missing"] == "|".join(finding.missing)
    assert not row_id or (row_id,) == finding.rows


# -- clocks ----------------------------------------------------------------------------------------------------------


def regimen(row):
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=row["born_on"] or None),
        medications=(_medicine(row), *(_beside(name) for name in row["also"].split("+") if name)),
        reviews=_reviews(row),
        problems=_problems(row["problem"]),
        circumstances=_circumstances(row),
        encounters=(place(row["setting"], date(2019, 1, 1)),),
    )


def _medicine(row):
    changes = [(ChangeKind.TAPER_STEP, row["taper_on"]), (ChangeKind.INCREASE, row["increased_on"])]
    return MedicationStatement(
        id="medicine",
        text=row["medicine"],
        status=MedicationStatus.STOPPED if row["stopped_on"] else ACTIVE,
        started_on=day(row["started_on"]),
        stopped_on=day(row["stopped_on"]),
        remission=fact(row["remission"]),
        remission_on=day(row["remission_on"]),
        dose_changes=tuple(DoseChange(kind=kind, changed_on=day(on)) for kind, on in changes if on),
    )


def _beside(text):
    name, _, started = text.partition("@")
    return MedicationStatement(id=text, text=name, status=ACTIVE, started_on=day(started or "2020-01-01"))


def _reviews(row):
    if not row["reviewed_on"]:
        return () if row["reviews"] == "none" else None
    return (
        PastReview(
            id="review",
            kind=ReviewKind.REGIMEN,
            completed_on=day(row["reviewed_on"]),
            result=ReviewResult(row["result"]),
            revisit_on=day(row["revisit_on"]),
        ),
    )


def _problems(kind):
    if kind in {"", "none"}:
        return () if kind else None
    if kind == "words":
        return (Problem(id="problem", text="forgetful"),)
    system, code = CODES[kind]
    return (Problem(id="problem", codes=(Coding(system=system, code=code),)),)


def _circumstances(row):
    kind, _, ended = row["circumstance"].partition(":")
    if not kind:
        return ()
    present = Recorded.NOT_RECORDED if kind.endswith("?") else Recorded.YES
    said = CircumstanceKind(kind.rstrip("?"))
    return (Circumstance(id="news", kind=said, present=present, recorded_on=day(row["since"]), ended_on=day(ended)),)


@pytest.mark.parametrize("row", vignettes("deprescribing_clocks.csv"))
def test_the_review_clock_answers_as_its_source_says(row):
    """A medicine is due on the day that its rows give, and what is unknown is named."""
    policy = load_policy(row["policy"], tuple(filter(None, [row["overlay"]]))).deprescribing
    review = review_regimen(regimen(row), policy=policy, on=day(row["on"]))

    assert_told(row, review, "deprescribing.review", row["medicine"], row["=row"])


# -- what law asks ---------------------------------------------------------------------------------------------------


def under_law(row):
    enrolled = fact(row["enrolled"])
    circumstance = Circumstance(
        id="enrolled",
        kind=CircumstanceKind.MTM_ENROLLED,
        present=enrolled,
        recorded_on=day(row["enrolled_on"]),
        ended_on=day(row["enrolled_until"]),
    )
    return Regimen(
        id="regimen",
        person=Person(id="person"),
        reviews=_reviews_of_law(row),
        circumstances=(circumstance,) if row["enrolled"] else (),
        encounters=(place(row["setting"], day(row["stay_started_on"]), day(row["stay_ended_on"])),),
    )


def _reviews_of_law(row):
    if not row["reviewed_on"]:
        return () if row["reviews"] == "none" else None
    part = ("one", "other") if row["part"] else None
    return (
        PastReview(id="review", kind=ReviewKind(row["kind"]), completed_on=day(row["reviewed_on"]), medicines=part),
    )


@pytest.mark.parametrize("row", vignettes("deprescribing_law.csv"))
def test_what_law_asks_answers_as_its_source_says(row):
    """A review that law asks for has its own day; what a program only advises stands under another rule."""
    policy = load_policy(row["policy"], tuple(filter(None, [row["overlay"]])))
    policy = policy.with_readings(month=MonthReading(row["month_reading"]) if row["month_reading"] else None)
    review = review_regimen(under_law(row), policy=policy.deprescribing, on=day(row["on"]))
    advised = row["basis"] == "regulator_guidance" or row["row"] == "US-MTM-CMR1"
    rule = "deprescribing.whole-regimen" if advised else "deprescribing.required-review"

    assert_told(row, review, rule, row["row"], row["row"])


# -- as-needed orders ------------------------------------------------------------------------------------------------


def as_needed(row):
    order = MedicationStatement(
        id="order",
        text=row["medicine"],
        evidence=Evidence(row["evidence"]),
        as_needed=fact(row["as_needed"]),
        started_on=day(row["started_on"]),
        stopped_on=day(row["stopped_on"]),
        rationale_documented=fact(row["rationale"]),
        duration_documented=fact(row["duration"]),
        examined_on=day(row["examined_on"]),
    )
    earlier = MedicationStatement(
        id="earlier",
        text=row["medicine"],
        evidence=Evidence.ORDER,
        as_needed=fact(row["earlier_as_needed"]),
        started_on=day(row["earlier_on"]),
        stopped_on=day(row["earlier_stopped_on"]),
    )
    return Regimen(
        id="regimen",
        person=Person(id="person"),
        medications=(order, earlier) if row["earlier_on"] else (order,),
        encounters=(place(row["setting"], date(2026, 1, 1)),),
    )


@pytest.mark.parametrize("row", vignettes("deprescribing_as_needed.csv"))
def test_an_as_needed_order_answers_as_its_source_says(row):
    """An as-needed psychotropic in a nursing facility ends in its limit, or what law asks is on record."""
    reading = FirstDayReading(row["first_day"]) if row["first_day"] else None
    policy = load_policy("US", ["nursing-facility"]).with_readings(first_day=reading).deprescribing
    review = review_regimen(as_needed(row), policy=policy, on=day(row["on"]))

    assert_told(row, review, "deprescribing.as-needed-limit", row["medicine"], row["=row"])


# -- gradual dose reduction ------------------------------------------------------------------------------------------


def in_a_facility(row):
    lowered = tuple(
        DoseChange(kind=ChangeKind(kind), changed_on=day(on))
        for kind, _, on in (one.partition("@") for one in row["changes"].split("|") if one)
    )
    entry = MedicationStatement(
        id="order",
        text=row["medicine"],
        evidence=Evidence.ORDER,
        as_needed=fact(row["as_needed"]),
        started_on=day(row["started_on"]),
        dose_changes=lowered,
        reduction_contraindicated=fact(row["stated"]),
        reduction_contraindicated_on=day(row["stated_on"]),
    )
    return Regimen(
        id="regimen",
        person=Person(id="person"),
        medications=(entry,),
        reviews=(),
        encounters=(place(row["setting"], day(row["stay_started_on"])),),
    )


def read_as(row):
    kinds = {"quarter": QuarterReading, "apart": ApartReading, "later_years": LaterYearsReading}
    given = dict(one.split("=") for one in row["readings"].split("|") if one)
    return {name: kinds[name](one) for name, one in given.items()}


@pytest.mark.parametrize("row", vignettes("deprescribing_reductions.csv"))
def test_a_gradual_dose_reduction_answers_as_the_guidance_says(row):
    """Two attempts in separate quarters, or the prescriber's statement; what can be reached has a last day."""
    policy = load_policy("US", ["nursing-facility"]).with_readings(**read_as(row)).deprescribing
    review = review_regimen(in_a_facility(row), policy=policy, on=day(row["on"]))

    assert_told(row, review, "deprescribing.gradual-reduction", row["medicine"], row["=row"])
    assert row["=state"] == "".join(one.state.value for one in review.reductions)


def test_every_state_of_a_reduction_has_its_vignette():
    """Each case of the decision table is reached by a vignette."""
    reached = {param.values[0]["=state"] for param in vignettes("deprescribing_reductions.csv")}

    assert {case.id for case in reductions.CASES} | {"not-told", ""} == reached


# -- what was asked --------------------------------------------------------------------------------------------------

LISTS = {
    "": None,
    "none": (),
    "some": (MedicationStatement(id="one", text="sertraline"),),
    "herbal": (MedicationStatement(id="one", text="valerian", origin=Origin.HERBAL),),
}


@pytest.mark.parametrize("row", vignettes("deprescribing_history.csv"))
def test_the_history_answers_as_the_seed_says(row):
    """The review covers every prescriber, the shop, supplements and herbals: each was asked about."""
    names = ("other_prescribers", "over_the_counter", "supplements", "herbals")
    asked = MedicationHistory(asked_on=day(row["asked_on"]), **{name: fact(row[name]) for name in names})
    record = Regimen(id="regimen", person=Person(id="person"), medications=LISTS[row["medications"]], asked=asked)
    review = review_regimen(record, policy=load_policy("any").deprescribing, on=day(row["on"]))

    assert_told({"=due_on": "", **row}, review, "deprescribing.history", "", "")


@pytest.mark.parametrize("name", ["clocks", "law", "as_needed", "reductions", "history"])
def test_every_answer_has_its_vignettes(name):
    """Every kind of question is met, not met, cannot be told, and stands beside a contrast."""
    rows = [param.values[0] for param in vignettes(f"deprescribing_{name}.csv")]

    assert {"met", "not-met", "cannot-tell"} <= {row["=answer"] for row in rows}
    assert any(row["basis"].startswith("contrast") for row in rows)
    assert len(rows) == len({row["id"] for row in rows})
