"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from alliance_core import invitations
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer
from alliance_core.base.tables import applicable, read_table
from alliance_core.invitations import (
    CASES,
    INVITATION_TABLES,
    RULES,
    Cautions,
    InformationKind,
    InvitationPolicy,
    InvitationProposal,
    JointMeeting,
    MinorCare,
    OtherPerson,
    PatientChoice,
    Person,
    ReceivedInformation,
    Representative,
    RequestKind,
    SafetyGate,
    SafetyScreen,
    ScreenScale,
    SubstanceUseConsent,
    ThreatJudgement,
    review_invitation,
)

ROWS = tuple(row for name, kind in INVITATION_TABLES.items() for row in read_table(name, kind))
NESTED = {
    "gate": SafetyGate,
    "cautions": Cautions,
    "threat": ThreatJudgement,
    "representative": Representative,
    "minor": MinorCare,
    "substance_consent": SubstanceUseConsent,
    "meeting": JointMeeting,
}
ASIDE = ("policy", "on", "rule", "item", "born_on", "emancipated")


def _read():
    with (Path(__file__).parent / "invitations.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


VIGNETTES = _read()
FIRST = next(iter(VIGNETTES.values()))
EXPECTED = [column for column in FIRST if column.startswith("=")]
ASKED = [column for column in FIRST if column not in {"id", "basis", "sentence", "twin", *EXPECTED}]


@cache
def _policy(jurisdiction, left_out=None):
    rows = applicable(ROWS, jurisdiction=jurisdiction, overlays=())
    return InvitationPolicy.of(*(row for row in rows if row.row_id != left_out))


# -- a row of cells into a proposal: an empty cell is not recorded -------------------------------------------------


def _proposal(row):
    cells = {name: _value(name, row[name]) for name in ASKED if name not in ASIDE and row[name]}
    own = {name: found for name, found in cells.items() if "." not in name}
    nested = {name: kind(**_within(name, cells)) for name, kind in NESTED.items() if _within(name, cells)}
    received = _within("received", cells)
    return InvitationProposal(
        id="proposal",
        person=Person(id="person", born_on=row["born_on"] or None, emancipated=_fact(row["emancipated"])),
        nominee_person=OtherPerson(id="nominee", **_within("nominee_person", cells)),
        received=(ReceivedInformation(**received),) if received else None,
        **own,
        **nested,
    )


def _within(name, cells):
    return {path.partition(".")[2]: found for path, found in cells.items() if path.startswith(f"{name}.")}


def _fact(text):
    return Recorded(text or "not-recorded")


def _value(name, text):
    if name.endswith("_on"):
        return date.fromisoformat(text)
    readers = {
        "nominee": str,
        "gate.screens": _screens,
        "meeting.minutes": int,
        "patient_choice": PatientChoice,
        "request": RequestKind,
        "scope_share": _kinds,
        "scope_exclude": _kinds,
    }
    return readers.get(name, Recorded)(text)


def _screens(text):
    if text == "none":
        return ()
    scale, _, total = text.partition(":")
    return (SafetyScreen(scale=ScreenScale(scale), total=int(total)),)


def _kinds(text):
    return () if text == "none" else tuple(InformationKind(kind) for kind in text.split("|"))


# -- the tests -----------------------------------------------------------------------------------------------------


def _answered(row, left_out=None):
    """Return what the review says about the vignette's rule, in the words of its expected columns."""
    policy = _policy(row["policy"], left_out)
    review = review_invitation(_proposal(row), policy=policy, on=date.fromisoformat(row["on"]))
    found = next((one for one in review.findings if (one.rule, one.item) == (row["rule"], row["item"])), None)
    return {
        "=advice": review.advice.value,
        "=ceiling": review.ceiling.value,
        "=told": "|".join(kind.value for kind in review.told),
        "=threat": review.threat_disclosure.value,
        "=listen": review.may_listen.value,
        "=answer": found.answer.value if found else Answer.NOT_APPLICABLE.value,
        "=missing": "|".join(found.missing) if found else "",
        "=row": "|".join(found.rows) if found else "",
        "=due_on": found.due_on.isoformat() if found and found.due_on else "",
        "=draft": "|".join(review.draft.rows) if review.draft else "",
    }


def _expected(row):
    return {column: row[column] for column in EXPECTED}


@pytest.mark.parametrize("name", VIGNETTES)
def test_the_review_answers_as_its_source_says(name):
    row = VIGNETTES[name]

    assert _expected(row) == _answered(row)


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which fact turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]

    assert len([column for column in ASKED if row[column] != twin[column]]) == 1
    assert _expected(row) != _expected(twin)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.id != "invitations.threat"])
def test_every_rule_is_met_not_met_and_open_somewhere(rule):
    """Each rule has a vignette that meets it, one that does not, and one that cannot tell."""
    answers = {row["=answer"] for row in VIGNETTES.values() if row["rule"] == rule}

    assert {"met", "not-met", "cannot-tell"} <= answers


def test_a_threat_is_weighed_and_never_a_duty():
    """A permission is not met or left undone: it is weighed, not known, or there is no threat."""
    answers = {row["=answer"] for row in VIGNETTES.values() if row["rule"] == "invitations.threat"}

    assert answers == {"judgement", "cannot-tell", "not-applicable"}


@pytest.mark.parametrize("case", [case.id for case in CASES])
def test_every_case_matters(case, monkeypatch):
    """Without any one case of the table, some vignette has another answer, or none."""
    monkeypatch.setattr(invitations, "CASES", tuple(one for one in CASES if one.id != case))

    assert any(_differs(row) for row in VIGNETTES.values())


@pytest.mark.parametrize("row_id", [row.row_id for row in ROWS])
def test_every_row_matters(row_id):
    """Without any one row of the tables, some vignette has another answer."""
    assert any(_differs(row, row_id) for row in VIGNETTES.values())


def _differs(row, left_out=None):
    try:
        return _expected(row) != _answered(row, left_out)
    except StopIteration:  # no case holds
        return True
