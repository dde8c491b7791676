"""What fires, on which facts, and what answers it: each case beside a twin that differs in one fact."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from alliance_core import Dose, Recorded, explain, load_policy, review_regimen
from alliance_core.base.doses import DoseUnit
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.deprescribing import (
    ChangeKind,
    DoseChange,
    Evidence,
    MedicationHistory,
    MedicationStatement,
    MedicationStatus,
    Origin,
    PastReview,
    Regimen,
    ReviewKind,
    ReviewResult,
    candidates,
)
from alliance_core.deprescribing.rows import TRIGGER_TABLES
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Coding,
    Encounter,
    Person,
    Problem,
    ProblemStatus,
    Setting,
)

CODES = {
    "anxiety": "F41.1",
    "autism": "F84.0",
    "bipolar": "F31.9",
    "delirium": "F05",
    "dementia": "F03.90",
    "epilepsy": "G40.9",
    "insomnia": "F51.01",
    "psychosis": "F20.9",
    "recurrent": "F33.1",
    "severe": "F32.2",
    "single": "F32.1",
    "substance": "F11.20",
}
SYSTEMS = {
    "cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "who": "http://hl7.org/fhir/sid/icd-10",
    "sct": "http://snomed.info/sct",
}
POLICIES = {code: load_policy(code) for code in ("any", "US", "GB", "CA", "AU")}


def table(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def vignettes(name):
    return [pytest.param(row, id=row["id"]) for row in table(name)]


def day(text):
    return date.fromisoformat(text) if text else None


def dose(text):
    """Milligrams, unless a unit follows."""
    amount, _, unit = (text or "").partition(" ")
    return Dose(amount=Decimal(amount), unit=DoseUnit(unit or "mg")) if amount else None


def given(text, number):
    """One entry, or with `daily=n` so many doses given on days in a row; `x` marks one that nobody dated."""
    head, _, count = text.partition(";daily=")
    one = medicine(head, number)
    if not count:
        return [one]
    days = [one.started_on + timedelta(days=place) for place in range(int(count.rstrip("x")))]
    undated = [None] * count.count("x")
    return [
        changed(one, id=f"{one.id}-{place}", evidence=Evidence.ADMINISTRATION, started_on=on)
        for place, on in enumerate([*days, *undated])
    ]


def medicine(text, number):
    """`name@start;key=value...`: what the rules read of one entry."""
    head, *rest = text.split(";")
    name, _, started = head.partition("@")
    said = dict(one.split("=") for one in rest)
    changes = [(ChangeKind.INCREASE, said.get("raised")), (ChangeKind.TAPER_STEP, said.get("cut"))]
    purposes = said.get("for")
    return MedicationStatement(
        id=f"{number}-{name}",
        text=name,
        evidence=Evidence(said.get("kind", "order")),
        status=MedicationStatus.ACTIVE,
        started_on=day(started),
        as_needed=Recorded(said.get("needed", "not-recorded")),
        dose=dose(said.get("dose")),
        stops_on=day(said.get("stops")),
        dose_changes=tuple(
            DoseChange(kind=kind, changed_on=day(on), to_dose=dose(said.get("to"))) for kind, on in changes if on
        ),
        indications=None if purposes is None else tuple(f"problem-{one}" for one in purposes.split("&") if one),
        indication_text=said.get("text"),
        origin=Origin(said["origin"]) if "origin" in said else None,
        prescriber=said.get("by"),
        response_on=day(said.get("response")),
        remission=Recorded(said.get("remission", "not-recorded")),
        remission_on=day(said.get("since")),
    )


def problem(text):
    """`kind@noted`, with `!` for one that is recorded as not recurrent, and `~day` for one that was over then."""
    text, over, ended = text.partition("~")
    name, _, noted = text.partition("@")
    kind = name.rstrip("!")
    place, _, raw = kind.partition("-")
    system, code = (place, raw) if place in SYSTEMS else ("cm", CODES.get(kind))
    codes = (Coding(system=SYSTEMS[system], code=code),) if code else ()
    recurrent = Recorded.NO if name.endswith("!") else Recorded.NOT_RECORDED
    return Problem(
        id=f"problem-{kind}",
        codes=codes,
        text=kind,
        recurrent=recurrent,
        recorded_on=day(noted),
        status=ProblemStatus.RESOLVED if over else None,
        resolved_on=day(ended),
    )


def circumstance(text, entries):
    """`kind@noted`, with `?` for one that is unclear and `:name` for the medicine it is about."""
    head, _, about = text.partition(":")
    name, _, noted = head.partition("@")
    return Circumstance(
        id=f"circumstance-{name.rstrip('?')}",
        kind=CircumstanceKind(name.rstrip("?")),
        present=Recorded.UNCLEAR if name.endswith("?") else Recorded.YES,
        recorded_on=day(noted),
        medicines=tuple(one.id for one in entries if one.text == about) if about else None,
    )


def stays(text):
    """`setting@start~end`."""
    for one in filter(None, text.split("|")):
        setting, _, days = one.partition("@")
        start, _, end = days.partition("~")
        yield Encounter(id=f"stay-{setting}", setting=Setting(setting), started_on=day(start), ended_on=day(end))


def reviews(row):
    if not row["reviewed_on"]:
        return () if row["reviews"] == "none" else None
    kind = ReviewKind(row["kind"] or "regimen")
    result = ReviewResult(row["result"]) if row["result"] else None
    revisit = day(row["revisit_on"])
    return (PastReview(id="r", kind=kind, completed_on=day(row["reviewed_on"]), result=result, revisit_on=revisit),)


def regimen(row):
    written = enumerate(row["medicines"].split("|"))
    entries = tuple(entry for number, one in written for entry in given(one, number))
    named = [one for one in row["problems"].split("|") if one not in {"", "none"}]
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=row["born_on"] or None),
        medications=entries,
        asked=MedicationHistory(asked_on=day(row["asked_on"])) if row["asked_on"] else None,
        reviews=reviews(row),
        problems=tuple(map(problem, named)) if row["problems"] else None,
        circumstances=tuple(circumstance(one, entries) for one in row["circumstances"].split("|") if one),
        encounters=tuple(stays(row["stays"])),
        wants_fewer_medicines=Recorded.YES if row["wish_on"] else Recorded.NOT_RECORDED,
        wish_recorded_on=day(row["wish_on"]),
    )


@pytest.mark.parametrize("row", vignettes("deprescribing_triggers.csv"))
def test_a_trigger_answers_as_its_source_says(row):
    """Answer, day agreed, rows and what is missing are those of the vignette; what does not fire has no finding."""
    policy = POLICIES[row["policy"] or "any"]
    review = review_regimen(regimen(row), policy=policy.deprescribing, on=day(row["on"]))
    found = [one for one in review.findings if (one.rule, one.item) == (row["rule"], row["item"])]
    if row["=answer"] == "not-applicable":
        assert [] == found
        return
    [finding] = found

    assert (row["=answer"], row["=weight"]) == (finding.answer.value, finding.weight.value)
    assert (day(row["=due_on"]), row["=missing"]) == (finding.due_on, "|".join(finding.missing))
    assert row["=rows"] == "|".join(finding.rows)
    assert explain(finding, policy=policy, on=day(row["on"])).summary


@pytest.mark.parametrize("rule", ["together", "candidate", "indication", "reconciliation"])
def test_every_answer_has_its_vignettes(rule):
    """Every rule is met, not met, cannot be told, and stands beside a contrast."""
    rows = [row for row in table("deprescribing_triggers.csv") if row["rule"] == f"deprescribing.{rule}"]
    met = set() if rule == "indication" else {"met"}  # an indication that is there asks nothing

    assert met | {"not-met", "cannot-tell", "not-applicable"} <= {row["=answer"] for row in rows} | (
        {"not-applicable"} if rule == "reconciliation" else set()
    )
    assert any(row["basis"].startswith("contrast") for row in rows)


def test_every_case_of_a_candidate_is_reached():
    """Each case of the decision table gives an answer that a vignette has."""
    rows = [row for row in table("deprescribing_triggers.csv") if row["rule"] == "deprescribing.candidate"]

    assert {case.gives.answer.value for case in candidates.CASES} <= {row["=answer"] for row in rows}


# -- every row -------------------------------------------------------------------------------------------------------

MEASURED = {"monitoring", "measures"}
ROWS = {
    row.row_id: row for name, kind in TRIGGER_TABLES.items() if name not in MEASURED for row in read_table(name, kind)
}
EMPTY = dict.fromkeys(
    ("born_on", "problems", "circumstances", "stays", "reviewed_on", "reviews", "asked_on", "wish_on")
)
FIRED = table("deprescribing_fired.csv")


def facts(row, medicines, **changes):
    return regimen({**dict.fromkeys(EMPTY, ""), **row, "medicines": medicines, **changes})


def fired(row, policy, on=date(2026, 6, 30), **changes):
    record = facts(row, changes.pop("medicines", row["medicines"]), **changes)
    review = review_regimen(record, policy=policy, on=on)
    triggers = {one.row.row_id for one in review.triggers if one.applies is Recorded.YES}
    return triggers | {hold.row.row_id for hold in review.hold_reasons if hold.present is Recorded.YES}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["row_id"]) for row in FIRED])
def test_a_row_fires_on_its_facts_and_not_without_one_of_them(row):
    """With all that the row asks it fires, and without the one fact of the contrast it does not."""
    policy = load_policy("any").deprescribing
    name, _, value = row["without"].partition("=")

    assert row["row_id"] in fired(row, policy)
    assert row["row_id"] not in fired(row, policy, **{name: value})


def test_every_row_is_fired():
    """No row of these tables is there for nothing."""
    elsewhere = {name for name, row in ROWS.items() if type(row).__name__ in {"UnlessRow", "FeatureRow"}}
    listed = {"T09-none", "T11-age", "T11-transition"}

    assert ROWS.keys() - elsewhere - listed == {row["row_id"] for row in FIRED}


@pytest.mark.parametrize("row", [pytest.param(row, id=row["row_id"]) for row in table("deprescribing_spared.csv")])
def test_an_exception_spares_its_trigger(row):
    """What the exception names keeps the trigger from firing; without it, it fires."""
    policy = load_policy("any").deprescribing
    name, _, value = row["with"].partition("=")

    assert row["trigger"] in fired(row, policy)
    assert row["trigger"] not in fired(row, policy, **{name: value})


def test_every_exception_is_used():
    """No exception and no feature of a problem is there for nothing."""
    named = {row["row_id"] for row in table("deprescribing_spared.csv")}

    assert {name for name, row in ROWS.items() if type(row).__name__ in {"UnlessRow", "FeatureRow"}} == named
