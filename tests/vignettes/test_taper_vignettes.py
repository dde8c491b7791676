"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
import dataclasses
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from alliance_core import Dose, DoseUnit, Recorded, load_policy
from alliance_core.base.tables import applicable, read_table
from alliance_core.deprescribing.tapers import (
    TAPER_TABLES,
    CheckIn,
    DispensableProduct,
    PatientWish,
    ProductForm,
    Release,
    SafetyReason,
    StopSign,
    TakenFor,
    TaperPolicy,
    TaperReadiness,
    TaperRequest,
    TaperVerdict,
    Withdrawal,
    WithdrawalRisk,
    course,
    plan_taper,
    planner,
)
from alliance_core.deprescribing.tapers.policy import HoldRow, Role, TaperRow, TaperStepRow
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement, Person

# -- from a line of cells to a request: an empty cell is not recorded ------------------------------------------------

FACTS = tuple(one.name for one in dataclasses.fields(TaperReadiness))


def day(text):
    return date.fromisoformat(text) if text else None


def dose(text):
    """Read `20`, or `40/14` for forty milligrams every fourteen days, or `2 g`."""
    if not text:
        return None
    amount, _, unit = text.partition(" ")
    amount, _, every = amount.partition("/")
    return Dose(amount=Decimal(amount), unit=DoseUnit(unit or "mg"), every_days=int(every or 1))


def product(text):
    """Read `t2` a tablet, `T2` a scored one, `c30` a capsule, `x37.5` an extended-release capsule, `l1` a liquid."""
    kinds = {"t": ProductForm.TABLET, "c": ProductForm.CAPSULE, "x": ProductForm.CAPSULE, "l": ProductForm.LIQUID}
    return DispensableProduct(
        form=kinds[text[0].lower()],
        strength=Decimal(text[1:]),
        release=Release.EXTENDED if text[0] == "x" else Release.IMMEDIATE,
        scored=Recorded.YES if text[0] == "T" else Recorded.NOT_RECORDED,
    )


def readiness(text):
    """Read `none` as all asked and none there, then `fact=yes` or `fact=` for one that differs."""
    parts = text.split("|") if text else []
    facts = dict.fromkeys(FACTS, Recorded.NO) if "none" in parts else {}
    changes = dict(part.split("=") for part in parts if part != "none")
    return TaperReadiness(**facts | {name: Recorded(said or "not-recorded") for name, said in changes.items()})


def changes(text):
    """Read `2026-09-01:18` as a taper step; a sign before the amount makes it another kind of change."""
    kinds = {"+": ChangeKind.INCREASE, "-": ChangeKind.DECREASE}
    parts = [part.split(":") for part in text.split("|") if part]
    return tuple(
        DoseChange(kind=kinds.get(to[0], ChangeKind.TAPER_STEP), changed_on=day(on), to_dose=dose(to.lstrip("+-")))
        for on, to in parts
    )


def check_ins(text):
    """Read `2026-10-01:tolerable:none:no:go-on`; `-` is not recorded, `not-begun` says that there are none."""
    if not text:
        return None
    return tuple(_check_in(number, *part.split(":")) for number, part in enumerate(text.split("|")) if ":" in part)


def _check_in(number, held_on, withdrawal, signs, illness, wish):
    return CheckIn(
        id=f"check-in-{number}",
        held_on=day(held_on),
        withdrawal=None if withdrawal == "-" else Withdrawal(withdrawal),
        signs=None if signs == "-" else () if signs == "none" else (StopSign(signs),),
        illness_returned=Recorded("not-recorded" if illness == "-" else illness),
        wish=None if wish == "-" else PatientWish(wish),
    )


def request(row):
    return TaperRequest(
        id="request",
        person=Person(id="person", born_on=row["born_on"] or None),
        medication=MedicationStatement(
            id="medication",
            text=row["medicine"] or None,
            dose=dose(row["dose"]),
            route=row["route"] or None,
            started_on=day(row["started_on"]),
            as_needed=Recorded(row["as_needed"] or "not-recorded"),
            remission_on=day(row["remission_on"]),
            dose_changes=changes(row["changes"]),
        ),
        taken_for=TakenFor(row["taken_for"]) if row["taken_for"] else None,
        products=tuple(product(one) for one in row["products"].split()) if row["products"] else None,
        readiness=readiness(row["readiness"]),
        original_dose=dose(row["original_dose"]),
        check_ins=check_ins(row["check_ins"]),
        withdrawal_risk=WithdrawalRisk(row["risk"]) if row["risk"] else None,
        safety_reason=SafetyReason(row["safety"]) if row["safety"] else None,
        planned_on=day(row["planned_on"]),
    )


def told(plan, option_id):
    """Return what a plan says, in the words of the expected columns."""
    option = next((one for one in plan.options if one.id == option_id), None)
    steps = option.steps if option else ()
    return {
        "=verdict": plan.verdict.value,
        "=case": plan.case,
        "=move": plan.move.value,
        "=kind": option.kind.value if option else "",
        "=doses": " ".join(
            f"{step.amount}" if step.every_days == 1 else f"{step.amount}/{step.every_days}" for step in steps
        ),
        "=first_on": steps[0].on.isoformat() if steps else "",
        "=last_on": steps[-1].earliest_on.isoformat() if len(steps) > 1 else "",
        "=made_of": "; ".join(" + ".join(map(_piece, step.pieces)) for step in steps[:2]),
        "=reasons": "|".join(one.code for one in (*plan.reasons, *(option.reasons if option else ()))),
        "=missing": "|".join(dict.fromkeys((*plan.missing, *(option.missing if option else ())))),
        "=rows": "|".join(
            dict.fromkeys((*(row for one in plan.reasons for row in one.rows), *(option.rows if option else ())))
        ),
    }


def _piece(piece):
    unit = "mL" if piece.product.form is ProductForm.LIQUID else "x"
    return f"{piece.count} {unit} {piece.product.strength}"


# -- the tests -------------------------------------------------------------------------------------------------------


def _read():
    with (Path(__file__).parent / "tapers.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


VIGNETTES = _read()
FIRST = next(iter(VIGNETTES.values()))
EXPECTED = [column for column in FIRST if column.startswith("=")]
ASKED = [column for column in FIRST if column not in {"id", "basis", "sentence", "twin", *EXPECTED}]
ROWS = tuple(row for name, kind in TAPER_TABLES.items() for row in read_table(name, kind))
#: Ceilings are no method to plan by: the verifier's tests meet them.
PLANNED = [
    row.row_id
    for row in ROWS
    if isinstance(row, HoldRow | TaperStepRow)
    or (isinstance(row, TaperRow) and (row.role is not Role.CEILING or row.total_lower is not None))
]


@cache
def _policy(jurisdiction, left_out=None):
    whole = load_policy(jurisdiction).tapers
    rows = (row for row in applicable(ROWS, jurisdiction=jurisdiction, overlays=()) if row.row_id != left_out)
    strengths = (row for group in whole.strengths.values() for row in group)
    return TaperPolicy.of(*rows, medicines=whole.medicines, strengths=strengths, jurisdiction=jurisdiction)


def _answered(row, left_out=None):
    plan = plan_taper(request(row), policy=_policy(row["policy"], left_out), on=date.fromisoformat(row["on"]))
    return told(plan, row["option"])


def _expected(row):
    return {column: row[column] for column in EXPECTED}


@pytest.mark.parametrize("name", VIGNETTES)
def test_the_plan_answers_as_its_source_says(name):
    row = VIGNETTES[name]

    assert _expected(row) == _answered(row)


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which fact turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]

    assert len([column for column in ASKED if row[column] != twin[column]]) == 1
    assert _expected(row) != _expected(twin)


def test_every_verdict_is_met():
    assert {one.value for one in TaperVerdict} == {row["=verdict"] for row in VIGNETTES.values()}


@pytest.mark.parametrize("case", [case.id for case in planner.CASES])
def test_every_case_matters(case, monkeypatch):
    """Without any one case of the table, some vignette has another answer, or none."""
    monkeypatch.setattr(planner, "CASES", tuple(one for one in planner.CASES if one.id != case))

    assert any(_differs(row) for row in VIGNETTES.values())


@pytest.mark.parametrize("case", [case.id for case in course.CASES])
def test_every_move_matters(case, monkeypatch):
    """Without any one case of the table of moves, some vignette has another answer, or none."""
    monkeypatch.setattr(course, "CASES", tuple(one for one in course.CASES if one.id != case))

    assert any(_differs(row) for row in VIGNETTES.values())


@pytest.mark.parametrize("row_id", PLANNED)
def test_every_row_matters(row_id):
    """Without any one row of the methods, their steps and the holds, some vignette has another answer."""
    likely = sorted(VIGNETTES.values(), key=lambda row: row_id not in row["=rows"].split("|"))

    assert any(_differs(row, row_id) for row in likely)


def _differs(row, left_out=None):
    try:
        return _expected(row) != _answered(row, left_out)
    except StopIteration:  # no case holds
        return True
