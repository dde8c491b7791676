"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
import dataclasses
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from alliance_core import Chart, load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.facts import Recorded
from alliance_core.base.tables import read_sources, read_table
from alliance_core.competency.records import CapacityAssessment, Decider, DecisionCapacity
from alliance_core.consent import (
    RULES,
    ConsentDiscussion,
    ConsentEvent,
    ConsentPolicy,
    EmergencyBasis,
    Waiver,
    Withheld,
    authority,
    review_consent,
)
from alliance_core.consent.policy import FreshnessRow, ItemRow, RiskRow, SettingRow, TreatmentRow
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.links import RULES as LINKS
from alliance_core.links import review_links
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Coding,
    EffectTolerance,
    Horizon,
    MedicationStatement,
    MedicationStatus,
    Person,
    PreferenceRecord,
    Problem,
    TreatmentOption,
)
from alliance_core.relationship.records import Note

FILES = ("authority", "completeness", "freshness", "preferences", "links")
#: Every element that a table knows: in a cell, `*` means all of them, and `* -word` all but one.
EVERYTHING = (
    *(row.element for row in read_table("consent_items", ItemRow)),
    *dict.fromkeys(row.element for row in read_table("consent_risks", RiskRow)),
)
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
TEXT = ("id", "source", "locator", "basis", "sentence", "twin")


def _read(name):
    with (Path(__file__).parent / f"consent_{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: {"file": name, **row} for row in csv.DictReader(file)}


VIGNETTES = {name: row for file in FILES for name, row in _read(file).items()}


def _of(file):
    return {name: row for name, row in VIGNETTES.items() if row["file"] == file}


# -- cells into records ----------------------------------------------------------------------------------------------


def _dose(text):
    amount, unit = text.split()
    return Dose(amount=Decimal(amount), unit=DoseUnit(unit))


def _elements(text):
    """Read names; `*` is every name of the tables, and a name after a minus is left out."""
    names = text.split()
    left_out = {name[1:] for name in names if name.startswith("-")}
    given = EVERYTHING if "*" in names else names
    return tuple(name for name in given if name not in left_out and not name.startswith("-"))


def _cell(kind, text):
    """Read a cell as its field is annotated."""
    plain = next((one for one in get_args(kind) if one is not NoneType), kind) if NoneType in get_args(kind) else kind
    if plain is Dose:
        return _dose(text)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return plain(text)
    if isinstance(plain, type) and issubclass(plain, date):
        return plain.fromisoformat(text)
    return _elements(text) if getattr(plain, "__origin__", None) is tuple else text


def _fields(kind, row, prefix=""):
    """Return the fields of a record for which a column has a cell; an empty cell is not recorded."""
    hints = get_type_hints(kind)
    names = (field.name for field in dataclasses.fields(kind))
    return {name: _cell(hints[name], row[prefix + name]) for name in names if row.get(prefix + name)}


def _part(kind, row, prefix):
    found = _fields(kind, row, prefix)
    return kind(**found) if found else None


def _others(row):
    """Read `name@started`; the word *none* says that nothing else is taken."""
    if not row.get("others"):
        return None
    pairs = (entry.partition("@") for entry in row["others"].split("|") if entry != "none")
    return tuple(
        MedicationStatement(id=f"other-{name}", text=name, started_on=date.fromisoformat(on) if on else None)
        for name, _, on in pairs
    )


def _problems(row):
    if not row.get("problems"):
        return None
    codes = (code for code in row["problems"].split("|") if code != "none")
    return tuple(Problem(id=f"problem-{code}", codes=(Coding(system=ICD, code=code),)) for code in codes)


def _circumstances(row):
    """Read `kind:fact@day`."""
    made = []
    for text in row.get("circumstances", "").split("|"):
        if text:
            kind, _, rest = text.partition(":")
            fact, _, on = rest.partition("@")
            day = date.fromisoformat(on) if on else None
            made.append(
                Circumstance(
                    id=f"circumstance-{text}", kind=CircumstanceKind(kind), present=Recorded(fact), recorded_on=day
                )
            )
    return tuple(made)


def _said(text):
    """Read `word:fact` pairs; the word *none* is an empty list."""
    return [tuple(pair.split(":")) for pair in text.split("|") if pair != "none"]


def _preferences(row):
    if not row.get("preferences"):
        return None
    effects, options = row.get("effects"), row.get("options")
    return PreferenceRecord(
        id="preferences",
        effects=None
        if not effects
        else tuple(
            EffectTolerance(effect=word, horizon=Horizon.LONG_TERM, acceptable=Recorded(fact))
            for word, fact in _said(effects)
        ),
        options=None
        if not options
        else tuple(
            TreatmentOption(id=f"option-{word}", text=word, acceptable=Recorded(fact)) for word, fact in _said(options)
        ),
    )


def _discussion(row, prefix="", name="discussion"):
    withheld = _part(Withheld, row, f"{prefix}withheld.")
    return ConsentDiscussion(
        id=name,
        **{key: cell for key, cell in _fields(ConsentDiscussion, row, prefix).items() if key != "id"},
        waiver=_part(Waiver, row, f"{prefix}waiver."),
        withheld=(withheld,) if withheld is not None else (),
        emergency_basis=_part(EmergencyBasis, row, f"{prefix}basis."),
    )


def _medicine(row):
    taken = _dose(row["taken"]) if row.get("taken") else None
    return MedicationStatement(id="medicine", text=row["medicine"], dose=taken) if row.get("medicine") else None


def _event(row):
    """Return the record of a vignette: a blank `undiscussed` cell means that a discussion is recorded."""
    person = _fields(Person, {key: cell for key, cell in row.items() if key != "id"})
    earlier = _discussion(row, "earlier.", "earlier") if row.get("earlier.decision") else None
    event = {key: cell for key, cell in _fields(ConsentEvent, row).items() if key in EVENT_FIELDS}
    return ConsentEvent(
        id="event",
        **event,
        medicine=_medicine(row),
        discussion=None if row.get("undiscussed") else _discussion(row),
        earlier=earlier,
        person=Person(id="person", **person),
        others=_others(row),
        problems=_problems(row),
        circumstances=_circumstances(row),
        preferences=_preferences(row),
    )


EVENT_FIELDS = ("event", "kind", "occurred_on", "first_discussed_on", "ongoing")


@cache
def _policy(place, overlays):
    return load_policy(place, tuple(overlays.split()))


def _day(text):
    return date.fromisoformat(text) if text else None


# -- answers ---------------------------------------------------------------------------------------------------------


def _review(row, policy=None):
    policy = policy or _policy(row["place"], row["overlays"]).consent
    return review_consent(_event(row), policy=policy, on=_day(row["on"]))


def _told(found):
    """Return one finding in the words of the expected columns."""
    if found is None:
        return {"=answer": "not-applicable", "=weight": "", "=missing": "", "=because": "", "=row": "", "=due_on": ""}
    return {
        "=answer": found.answer.value,
        "=weight": found.weight.value,
        "=missing": "|".join(found.missing),
        "=because": "|".join(value for _, value in found.because),
        "=row": "|".join(found.rows),
        "=due_on": found.due_on.isoformat() if found.due_on else "",
    }


def _answered(row, policy=None):
    """Return what the review says about the vignette's rule."""
    if row["file"] == "links":
        review = review_links(_chart(row), policy=_policy(row["place"], row["overlays"]), on=_day(row["on"]))
        return _told({one.rule: one for one in review.findings}.get(row["rule"]))
    review = _review(row, policy)
    found = {one.rule: one for one in review.findings}.get(row["rule"])
    return _told(found) | {
        "=authority": review.authority.value,
        "=completeness": review.completeness.value,
        "=waived": "|".join(review.waived),
        "=valid_until": review.valid_until.isoformat() if review.valid_until else "",
    }


def _expected(row):
    return {column: cell for column, cell in row.items() if column.startswith("=")}


def _differs(row, policy=None):
    try:
        answered = _answered(row, policy)
    except StopIteration:  # no case holds
        return True
    return any(answered[column] != cell for column, cell in _expected(row).items())


# -- charts, for what needs two areas --------------------------------------------------------------------------------


def _chart(row):
    assessed = _fields(CapacityAssessment, row, "assessment.")
    assessment = CapacityAssessment(id="assessment", **assessed) if assessed else None
    decider = _fields(Decider, row, "decider.")
    capacity = DecisionCapacity(
        id="capacity",
        decision=row["capacity.decision"],
        person=Person(id="person", born_on="1970"),
        assessments=(assessment,) if assessment is not None else None,
        deciders=(Decider(id="decider-1", decider_class="guardian", **decider),) if decider else None,
    )
    revised = _fields(DiagnosisRevision, row, "revision.")
    note = _fields(Note, row, "note.")
    return Chart(
        id="chart",
        person=Person(id="person", born_on="1970"),
        medications=(
            MedicationStatement(
                id="medicine", text="sertraline", status=MedicationStatus.ACTIVE, started_on=date(2026, 11, 1)
            ),
        ),
        decisions=(capacity,) if row["capacity.decision"] else (),
        consents=(_discussion(row),),
        revisions=(DiagnosisRevision(id="revision", **revised),) if revised else (),
        notes=(Note(id="note", **note),) if note else (),
    )


# -- the vignettes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VIGNETTES)
def test_the_review_answers_as_its_source_says(name):
    row = VIGNETTES[name]
    answered = _answered(row)

    assert _expected(row) == {column: answered[column] for column in _expected(row)}


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which fact turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]
    facts = [column for column in row if not column.startswith("=") and column not in TEXT]

    assert len([column for column in facts if row[column] != twin.get(column)]) == 1
    assert _expected(row) != _expected(twin)


@pytest.mark.parametrize("name", VIGNETTES)
def test_every_vignette_has_a_source(name):
    """What a vignette says can be looked up."""
    assert VIGNETTES[name]["source"] in read_sources()
    assert VIGNETTES[name]["locator"]


@pytest.mark.parametrize("rule", [rule.id for rule in (*RULES, *LINKS) if rule.id != "consent.discussion"])
def test_every_rule_is_met_and_open_somewhere(rule):
    """Each rule has a vignette that meets it, one that speaks against it, one that cannot tell."""
    answers = {row["=answer"] for row in VIGNETTES.values() if row["rule"] == rule}

    assert {"met", "cannot-tell"} <= answers
    assert {"not-met", "judgement"} & answers


@pytest.mark.parametrize("case", [case.id for case in authority.CASES])
def test_every_case_matters(case, monkeypatch):
    """Without any one case of the table, some vignette has another answer, or none."""
    monkeypatch.setattr(authority, "CASES", tuple(one for one in authority.CASES if one.id != case))

    assert [name for name, row in _of("authority").items() if _differs(row)]


SMALL = [
    (name, row.row_id)
    for name, kind in (
        ("consent_freshness", FreshnessRow),
        ("consent_settings", SettingRow),
        ("consent_treatments", TreatmentRow),
    )
    for row in read_table(name, kind)
    if row.row_id != "CNS-look-back"  # read by the links, and held by their tests
]


@pytest.mark.parametrize("row_id", [row_id for _, row_id in SMALL])
def test_every_small_row_matters(row_id):
    """Without any one row on freshness, settings or kinds of treatment, some vignette has another answer."""
    rows = [row for file in FILES if file != "links" for row in _of(file).values()]

    assert [row["id"] for row in rows if _differs(row, _without(row["place"], row["overlays"], row_id))]


@cache
def _without(place, overlays, row_id):
    policy = _policy(place, overlays).consent
    kept = (row for row in policy.timeline.rows if row.row_id != row_id)
    return ConsentPolicy.of(*kept, medicines=policy.medicines)


def test_a_length_in_the_settings_is_a_length():
    """A setting is a length of time, or a switch without one."""
    lengths = {row.setting: row.interval for row in read_table("consent_settings", SettingRow)}

    assert CalendarDuration(hours=24) == lengths["waiting-period"]
    assert lengths["withholding-weighs-less"] is lengths["patient-may-waive"] is None
