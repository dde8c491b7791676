"""What is measured while a medicine is taken: each case beside a twin, and each row with the day that it gives."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from alliance_core import Recorded, explain, load_policy, review_regimen
from alliance_core.base.kinds import changed
from alliance_core.base.tables import Timeline, read_table
from alliance_core.deprescribing import ChangeKind, DoseChange, MedicationStatement, Regimen
from alliance_core.deprescribing.rows import MeasureRow, MonitoringRow
from alliance_core.records import Circumstance, CircumstanceKind, Coding, Observation, Person, Problem

OWN = "urn:alliance-core:measure"
ROWS = {row.row_id: row for row in read_table("monitoring", MonitoringRow)}
MEASURES = read_table("measures", MeasureRow)
START = date(2026, 1, 31)
DRUGS = {"antipsychotic-sga": "quetiapine", "antipsychotic": "haloperidol", "lithium": "lithium", "": "clozapine"}
PSYCHOSIS = Problem(id="p", codes=(Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="F20.9"),))


def table(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text):
    return date.fromisoformat(text) if text else None


def measured(text):
    """`measure@day=amount`, with `?` for the measure of one that has no code."""
    for number, one in enumerate(filter(None, text.split("|"))):
        head, _, amount = one.partition("=")
        name, _, on = head.partition("@")
        codes = () if name == "?" else (Coding(system=OWN, code=name),)
        given = Decimal(amount) if amount else None
        yield Observation(id=f"o{number}", codes=codes, observed_on=day(on), amount=given)


def regimen(row):
    raised = (DoseChange(kind=ChangeKind.INCREASE, changed_on=day(row["raised_on"])),) if row["raised_on"] else ()
    kind, _, noted = row["circumstance"].partition("@")
    present = Recorded.UNCLEAR if kind.endswith("?") else Recorded.YES
    said = CircumstanceKind(kind.rstrip("?") or "fall")
    news = (Circumstance(id="c", kind=said, present=present, recorded_on=day(noted)),)
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=row["born_on"] or None),
        medications=(
            MedicationStatement(id="m", text=row["medicine"], started_on=day(row["started_on"]), dose_changes=raised),
        ),
        problems={"": None, "none": ()}.get(row["problem"], (PSYCHOSIS,)),
        circumstances=news if kind else (),
        observations=tuple(measured(row["measured"])),
    )


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in table("deprescribing_monitoring.csv")])
def test_monitoring_answers_as_its_source_says(row):
    """One line a medicine: what is due, else the next day."""
    policy = load_policy(row["policy"])
    review = review_regimen(regimen(row), policy=policy.deprescribing, on=day(row["on"]))
    found = [one for one in review.findings if one.rule == "deprescribing.monitoring"]
    if row["=answer"] == "not-applicable":
        assert [] == found
        return
    [finding] = found

    assert (row["=answer"], day(row["=due_on"])) == (finding.answer.value, finding.due_on)
    assert row["=missing"] == "|".join(finding.missing)
    assert row["=measures"] == "|".join(said for _, said in finding.because)
    assert (row["=weight"], row["=row"] in (*finding.rows, "")) == (finding.weight.value, True)
    assert explain(finding, policy=policy, on=day(row["on"])).summary


def test_every_answer_has_its_vignettes():
    """Monitoring is met, not met, cannot be told, and is not asked where nothing was measured."""
    answers = {row["=answer"] for row in table("deprescribing_monitoring.csv")}

    assert {"met", "not-met", "cannot-tell", "not-applicable"} == answers


# -- every row -------------------------------------------------------------------------------------------------------

DUE_ON = {row["row_id"]: date.fromisoformat(row["=due_on"]) for row in table("deprescribing_monitoring_rows.csv")}


def only(row):
    """The policy with this row as the only one of its kind."""
    shipped = load_policy("any").deprescribing
    kept = [one for one in shipped.timeline.rows if not isinstance(one, MonitoringRow)]
    return changed(shipped, timeline=Timeline((*kept, row), shipped.timeline._build))


def facts_of(row):
    born = {None: "1990-01-01", 65: "1950-01-01"}.get(row.age_from, "1990-01-01") if row.age_below is None else "2015"
    news = Circumstance(id="c", kind=CircumstanceKind.FALL, present=Recorded.YES, recorded_on=START)
    if row.circumstance:
        news = changed(news, kind=CircumstanceKind(row.circumstance))
    before = [START] if row.kind == "every" else [date(2026, 2, 1)] * ((row.step or 1) - 1)
    seen = [
        Observation(
            id=f"o{number}",
            codes=(Coding(system=OWN, code=row.measure),),
            observed_on=on,
            amount=row.last_at_least,
        )
        for number, on in enumerate(before or [date(2026, 1, 1)])
    ]
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=born),
        medications=(MedicationStatement(id="m", text=row.medicine or DRUGS[row.drug_group], started_on=START),),
        problems=(PSYCHOSIS,),
        circumstances=(news,),
        observations=tuple(seen),
    )


@pytest.mark.parametrize("row_id", ROWS)
def test_a_row_gives_its_day(row_id):
    """With that row alone, the day is the one that its source gives."""
    row = ROWS[row_id]
    [one] = review_regimen(facts_of(row), policy=only(row), on=date(2026, 2, 2)).monitoring

    assert (DUE_ON[row_id], row_id) == (one.due_on, one.row.row_id)


@pytest.mark.parametrize("row_id", ROWS)
def test_a_row_asks_what_its_source_asks(row_id):
    """Of another age, without the problem, the circumstance or the level, the row asks nothing."""
    row = ROWS[row_id]
    facts = facts_of(row)
    away = {}
    if row.age_from is not None:
        away["person"] = Person(id="person", born_on="2015" if row.age_from < 65 else "1990")
    if row.age_below is not None:
        away["person"] = Person(id="person", born_on="1990")
    if row.problem:
        away["problems"] = ()
    if row.circumstance:
        away["circumstances"] = ()
    if row.last_at_least is not None:
        low = row.last_at_least - Decimal("0.1")
        away["observations"] = tuple(changed(one, amount=low) for one in facts.observations)
    for name, value in away.items():
        [one] = review_regimen(changed(facts, **{name: value}), policy=only(row), on=date(2026, 2, 2)).monitoring

        assert (None, None) == (one.due_on, one.possible_on)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.row_id) for row in MEASURES])
def test_a_code_means_its_measure(row):
    """Each code is found as its measure."""
    wanted = next(one for one in ROWS.values() if one.measure == row.measure)
    facts = facts_of(wanted)
    coded = tuple(changed(one, codes=(Coding(system=row.system, code=row.code),)) for one in facts.observations)
    policy = only(attrs.evolve(wanted, kind="every", step=None, since=None, until=None))
    [one] = review_regimen(changed(facts, observations=coded), policy=policy, on=date(2026, 2, 2)).monitoring

    assert row.measure == one.measure
    assert not one.missing


@pytest.mark.parametrize(
    ("amount", "unit", "possible"),
    [
        ("0.9", "meq/L", True),
        ("0.9", "mEq/L", True),
        ("0.5", "mmol/L", False),
        ("0.5", None, False),
        ("5", "mg/L", True),
    ],
)
def test_a_level_in_another_unit_may_be_high(amount, unit, possible):
    """A level is compared in the units of its row, or without one; in any other it may be high."""
    row = next(one for one in ROWS.values() if one.last_at_least is not None)
    facts = facts_of(row)
    seen = tuple(changed(one, amount=Decimal(amount), unit=unit) for one in facts.observations)
    [one] = review_regimen(changed(facts, observations=seen), policy=only(row), on=date(2026, 2, 2)).monitoring

    assert possible == (one.possible_on is not None)
    assert (unit in {"meq/L", "mEq/L"}) == (one.due_on is not None)
