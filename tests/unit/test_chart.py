"""A chart: one patient's records, each once, as they stood on a day."""

import dataclasses
from datetime import date, timedelta

import pytest

from alliance_core.base.day import Day
from alliance_core.base.errors import ChartError
from alliance_core.base.facts import Recorded
from alliance_core.chart import SCHEMA, Chart
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing.records import MedicationHistory, PastReview, ReviewKind
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.invitations.records import InvitationProposal
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Encounter,
    MedicationStatement,
    Observation,
    OtherPerson,
    Person,
    PlannedVisit,
    PreferenceRecord,
    Problem,
    Setting,
)
from alliance_core.relationship.records import Note

ON = date(2026, 11, 24)
LATER = ON + timedelta(days=3)
PERSON = Person(id="person")


def chart(**more):
    return Chart(id="chart", person=PERSON, **more)


def test_nothing_recorded():
    """A chart needs an id and a person; everything else is not recorded, or nothing has happened."""
    fields = {field.name: getattr(chart(), field.name) for field in dataclasses.fields(Chart)}

    assert {k: v for k, v in fields.items() if v} == {"schema": SCHEMA, "id": "chart", "person": PERSON}
    assert [name for name, found in fields.items() if found is None] == [
        "problems",
        "medications",
        "asked",
        "reviews",
        "preferences",
        "people",
    ]


@pytest.mark.parametrize(
    "schema", ["alliance-chart/2", "alliance-chart/10", "alliance-chart", "alliance-chart/1.x", ""]
)
def test_refuses_another_schema(schema):
    """A chart of another major version is not this chart."""
    with pytest.raises(ChartError, match="^schema: "):
        chart(schema=schema)


def test_takes_a_minor_schema():
    """A minor version may only add."""
    assert chart(schema="alliance-chart/1.7") == chart(schema="alliance-chart/1.7")


# -- ids -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lists", "where"),
    [
        ({"problems": (Problem(id="x"), Problem(id="x", text="other"))}, "problems[1]"),
        ({"problems": (Problem(id="x"),), "notes": (Note(id="y"), Note(id="x"))}, "notes[1]"),
        ({"visits": (PlannedVisit(id="x"),), "people": (OtherPerson(id="x"),)}, "visits[0]"),
        ({"people": (OtherPerson(id="x"),), "preferences": PreferenceRecord(id="x")}, "preferences"),
    ],
)
def test_two_records_under_one_id(lists, where):
    """Two different records under one id are an error that names the place."""
    with pytest.raises(ChartError) as caught:
        chart(**lists)

    assert str(caught.value) == f"{where} has the id of another, different record"


def test_identical_records_are_read_once():
    """A record that stands twice is one record."""
    statement, note = MedicationStatement(id="m"), Note(id="n")
    twice = chart(medications=(statement, MedicationStatement(id="m")), notes=(note, note))

    assert (statement,) == twice.regimen.medications


# -- the regimen -----------------------------------------------------------------------------------------------------


def test_regimen():
    """The regimen is what the deprescribing rules read, under the chart's own id."""
    lists = {
        "medications": (MedicationStatement(id="m"),),
        "reviews": (),
        "problems": (Problem(id="p"),),
        "circumstances": (Circumstance(id="c", kind=CircumstanceKind.FALL),),
        "encounters": (Encounter(id="e"),),
        "observations": (Observation(id="o"),),
        "asked": MedicationHistory(herbals=Recorded.NO),
    }
    regimen = chart(**lists, notes=(Note(id="n"),)).regimen

    assert (regimen.id, regimen.person) == ("chart", PERSON)
    assert lists == {name: getattr(regimen, name) for name in lists}


def test_regimen_keeps_silence():
    """What was not recorded stays not recorded, and what was asked and empty stays empty."""
    assert (chart().regimen.medications, chart().regimen.reviews, chart().regimen.problems) == (None, None, None)
    assert chart(medications=()).regimen.medications == ()


# -- as of a day -----------------------------------------------------------------------------------------------------

DATED = [
    ("problems", lambda on: Problem(id="x", recorded_on=on, onset_on=ON)),
    ("problems", lambda on: Problem(id="x", onset_on=on)),
    ("medications", lambda on: MedicationStatement(id="x", started_on=on)),
    ("reviews", lambda on: PastReview(id="x", kind=ReviewKind.REGIMEN, completed_on=on)),
    ("circumstances", lambda on: Circumstance(id="x", kind=CircumstanceKind.FALL, recorded_on=on)),
    ("encounters", lambda on: Encounter(id="x", started_on=on)),
    ("observations", lambda on: Observation(id="x", observed_on=on)),
    ("decisions", lambda on: DecisionCapacity(id="x", recorded_on=on)),
    ("consents", lambda on: ConsentDiscussion(id="x", recorded_on=on, discussed_on=ON)),
    ("consents", lambda on: ConsentDiscussion(id="x", discussed_on=on)),
    ("revisions", lambda on: DiagnosisRevision(id="x", revised_on=on)),
    ("invitations", lambda on: InvitationProposal(id="x", asked_on=on)),
    ("notes", lambda on: Note(id="x", written_on=on)),
]


@pytest.mark.parametrize(("name", "make"), DATED)
def test_a_later_record_is_not_seen(name, make):
    """A record dated after the day is not seen, is counted, and bounds the answer."""
    made, day = chart(**{name: (make(LATER),)}), Day(ON)

    assert (chart(**{name: ()}), 1) == made.as_of(day)
    assert day.valid_until == LATER


@pytest.mark.parametrize(("name", "make"), DATED)
def test_a_record_of_the_day_is_seen(name, make):
    """A record of the day itself is seen."""
    made, day = chart(**{name: (make(ON),)}), Day(ON)

    assert (made, 0) == made.as_of(day)
    assert day.valid_until is None


def test_later_preferences_are_not_seen():
    """What the patient came to prefer later is not known yet."""
    made, day = chart(preferences=PreferenceRecord(id="x", recorded_on=LATER)), Day(ON)

    assert (chart(), 1) == made.as_of(day)
    assert day.valid_until == LATER
    assert (made, 0) == made.as_of(Day(LATER))


def test_undated_records_are_seen():
    """A record without a date is not hidden: nobody said that it is late."""
    made = chart(
        problems=(Problem(id="a"),), consents=(ConsentDiscussion(id="b"),), preferences=PreferenceRecord(id="c")
    )

    assert (made, 0) == made.as_of(Day(ON))


def test_plans_may_lie_ahead():
    """A plan is a fact of the day on which it was made."""
    made = chart(
        visits=(PlannedVisit(id="v", planned_on=LATER),),
        reviews=(PastReview(id="r", kind=ReviewKind.REGIMEN, completed_on=ON, revisit_on=LATER),),
        medications=(MedicationStatement(id="m", started_on=ON, stops_on=LATER),),
    )

    assert (made, 0) == made.as_of(Day(ON))


def test_one_later_record_is_counted_once():
    """A later record that stands twice is one, and those that are seen keep their order."""
    later = Note(id="z", written_on=LATER)
    notes = (Note(id="b"), later, Note(id="a"), later)

    assert (chart(notes=(notes[0], notes[2])), 1) == chart(notes=notes).as_of(Day(ON))


# -- the setting -----------------------------------------------------------------------------------------------------


def stay(name, setting, started_on=None, ended_on=None):
    return Encounter(id=name, setting=setting, started_on=started_on, ended_on=ended_on)


WARD = stay("ward", Setting.INPATIENT, date(2026, 1, 1))
VISIT = stay("visit", Setting.OUTPATIENT, date(2026, 5, 1), date(2026, 5, 1))
HOME = stay("home", Setting.NURSING_FACILITY, date(2026, 2, 1))
LEFT = stay("left", Setting.INPATIENT, date(2026, 3, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("encounters", "expected"),
    [
        ((), None),
        ((Encounter(id="x", started_on=ON),), None),
        ((WARD, VISIT), Setting.INPATIENT),
        ((LEFT, VISIT), Setting.OUTPATIENT),
        ((LEFT, WARD, HOME), Setting.NURSING_FACILITY),
        ((stay("undated", Setting.INPATIENT), VISIT), Setting.INPATIENT),
        ((stay("open", Setting.VIRTUAL, date(2026, 6, 1)), VISIT), Setting.VIRTUAL),
        ((VISIT, stay("longer", Setting.HOME, date(2026, 5, 1), date(2026, 5, 2))), Setting.HOME),
    ],
)
def test_setting(encounters, expected):
    """The open stay counts, else the last encounter that says where it was; the order of records counts for nothing."""
    day, other = Day(ON), chart(encounters=encounters[::-1])

    assert expected is chart(encounters=encounters).setting_on(day) is other.setting_on(day)
