"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
from datetime import date
from pathlib import Path

import pytest

from alliance_core import diagnosis
from alliance_core.base.facts import Recorded
from alliance_core.base.tables import read_table
from alliance_core.diagnosis import RULES, DiagnosisPolicy, DiagnosisRevision, DiagnosisRow, RevisionKind

ROWS = read_table("diagnosis_elements", DiagnosisRow)
POLICY = DiagnosisPolicy.of(*ROWS)
DAYS = ("planned_on", "revised_on", "told_on", "released_on")
FACTS = ("told", "reasons_recorded", "fallibility_told")
ASKED = ("rule", "on", "kind", *DAYS, *FACTS)


def _read():
    with (Path(__file__).parent / "diagnosis.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


VIGNETTES = _read()


def _day(text):
    return date.fromisoformat(text) if text else None


def _revision(row):
    return DiagnosisRevision(
        id="revision",
        kind=RevisionKind(row["kind"]),
        **{name: _day(row[name]) for name in DAYS},
        **{name: Recorded(row[name] or "not-recorded") for name in FACTS},
    )


def _answered(row, policy=POLICY):
    """Return what the review says about the vignette's rule, in the words of its expected columns."""
    review = diagnosis.review_diagnosis(_revision(row), policy=policy, on=_day(row["on"]))
    found = {one.rule: one for one in review.findings}.get(row["rule"])
    return {
        "=answer": found.answer.value if found else "not-applicable",
        "=telling": review.telling.value,
        "=missing": "|".join(found.missing) if found else "",
        "=row": "|".join(found.rows) if found else "",
        "=valid_until": review.valid_until.isoformat() if review.valid_until else "",
    }


@pytest.mark.parametrize("name", VIGNETTES)
def test_the_review_answers_as_its_source_says(name):
    row = VIGNETTES[name]

    assert {column: cell for column, cell in row.items() if column.startswith("=")} == _answered(row)


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which fact turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]

    assert len([column for column in ASKED if row[column] != twin[column]]) == 1
    assert (row["=answer"], row["=telling"]) != (twin["=answer"], twin["=telling"])


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_is_met_not_met_and_open_somewhere(rule):
    """Each rule has a vignette that meets it, one that does not, and one that cannot tell."""
    answers = {row["=answer"] for row in VIGNETTES.values() if row["rule"] == rule}

    assert {"met", "not-met", "cannot-tell"} <= answers


@pytest.mark.parametrize("case", [case.id for case in diagnosis.CASES])
def test_every_case_matters(case, monkeypatch):
    """Without any one case of the table, some vignette has another answer, or none."""
    monkeypatch.setattr(diagnosis, "CASES", tuple(one for one in diagnosis.CASES if one.id != case))

    assert [name for name, row in VIGNETTES.items() if _differs(row)]


@pytest.mark.parametrize("row_id", [row.row_id for row in ROWS])
def test_every_row_matters(row_id):
    """Without any one row of the table, some vignette has another answer."""
    policy = DiagnosisPolicy.of(*(row for row in ROWS if row.row_id != row_id))

    assert [name for name, row in VIGNETTES.items() if _differs(row, policy)]


def _differs(row, policy=POLICY):
    try:
        return any(row[column] != cell for column, cell in _answered(row, policy).items())
    except StopIteration:  # no case holds
        return True
