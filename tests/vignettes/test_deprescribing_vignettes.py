"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
from datetime import date
from pathlib import Path

import pytest

from alliance_core import Recorded, load_policy, review_regimen
from alliance_core.deprescribing import (
    ChangeKind,
    DoseChange,
    MedicationStatement,
    MedicationStatus,
    PastReview,
    Regimen,
    ReviewKind,
    ReviewResult,
)
from alliance_core.records import Circumstance, CircumstanceKind, Coding, Encounter, Person, Problem, Setting

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
    return date.fromisoformat(text) if text else None


def regimen(row):
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=row["born_on"] or None),
        medications=(_medicine(row), *(_beside(name) for name in row["also"].split("+") if name)),
        reviews=_reviews(row),
        problems=_problems(row["problem"]),
        circumstances=_circumstances(row),
        encounters=(Encounter(id="visit", setting=Setting(row["setting"]), started_on=date(2019, 1, 1)),),
    )


def _medicine(row):
    changes = (DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=day(row["taper_on"])),) if row["taper_on"] else ()
    return MedicationStatement(
        id="medicine",
        text=row["medicine"],
        status=MedicationStatus.ACTIVE,
        started_on=day(row["started_on"]),
        remission=Recorded(row["remission"] or "not-recorded"),
        remission_on=day(row["remission_on"]),
        dose_changes=changes,
    )


def _beside(name):
    return MedicationStatement(id=name, text=name, status=MedicationStatus.ACTIVE, started_on=date(2020, 1, 1))


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
    if not kind:
        return ()
    system, code = CODES[kind]
    return (Problem(id="problem", codes=(Coding(system=system, code=code),)),)


def _circumstances(row):
    if not row["circumstance"]:
        return ()
    present = Recorded.NOT_RECORDED if row["circumstance"].endswith("?") else Recorded.YES
    kind = CircumstanceKind(row["circumstance"].rstrip("?"))
    return (Circumstance(id="circumstance", kind=kind, present=present, recorded_on=day(row["since"])),)


@pytest.mark.parametrize("row", vignettes("deprescribing_clocks.csv"))
def test_the_review_clock_answers_as_its_source_says(row):
    policy = load_policy(row["policy"], tuple(filter(None, [row["overlay"]]))).deprescribing

    review = review_regimen(regimen(row), policy=policy, on=day(row["on"]))
    finding = next(one for one in review.findings if one.rule == "deprescribing.review" and one.item == row["medicine"])

    assert (row["=answer"], day(row["=due_on"])) == (finding.answer.value, finding.due_on)
    assert row["=missing"] in "|".join(finding.missing)
    if row["=row"]:
        assert (row["=row"],) == finding.rows
