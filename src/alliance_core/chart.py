"""A chart: all that was recorded about one patient."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, TypeGuard

from pydantic import StringConstraints

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed, record
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing.records import MedicationHistory, PastReview, Regimen
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.invitations.records import InvitationProposal
from alliance_core.records import (
    Circumstance,
    Encounter,
    MedicationStatement,
    Observation,
    OtherPerson,
    Person,
    PlannedVisit,
    PreferenceRecord,
    Problem,
    RecordId,
    Setting,
    setting_on,
)
from alliance_core.relationship.records import BehaviorPlan, Note

SCHEMA: Final = "alliance-chart/1"


@record
class Chart:
    """
    All records of one patient.

    A field that is None was never recorded; `()` was asked about and is empty. An id is unique among all records of a
    chart: identical records are read once, two different ones under one id are an error.
    """

    schema: Annotated[str, StringConstraints(pattern=r"^alliance-chart/1(\.[0-9]+)?$")] = SCHEMA
    id: RecordId
    person: Person
    problems: tuple[Problem, ...] | None = None
    medications: tuple[MedicationStatement, ...] | None = None
    asked: MedicationHistory | None = None
    reviews: tuple[PastReview, ...] | None = None
    circumstances: tuple[Circumstance, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    observations: tuple[Observation, ...] = ()
    decisions: tuple[DecisionCapacity, ...] = ()
    consents: tuple[ConsentDiscussion, ...] = ()
    revisions: tuple[DiagnosisRevision, ...] = ()
    invitations: tuple[InvitationProposal, ...] = ()
    preferences: PreferenceRecord | None = None
    people: tuple[OtherPerson, ...] | None = None
    visits: tuple[PlannedVisit, ...] = ()
    notes: tuple[Note, ...] = ()
    behaviors: tuple[BehaviorPlan, ...] = ()

    def __post_init__(self) -> None:
        ids: dict[str, object] = {}
        for where, one in _records(self):
            other = ids.setdefault(one.id, one)
            if other is not one and other != one:
                raise ValueError(f"{where} has the id of another, different record")

    @property
    def regimen(self) -> Regimen:
        """What the deprescribing rules read."""
        wish = self.preferences
        return Regimen(
            id=self.id,
            person=self.person,
            medications=_once(self.medications),
            asked=self.asked,
            reviews=_once(self.reviews),
            problems=_once(self.problems),
            circumstances=_once(self.circumstances) or (),
            encounters=_once(self.encounters) or (),
            observations=_once(self.observations) or (),
            wants_fewer_medicines=wish.wants_fewer_medicines if wish is not None else Recorded.NOT_RECORDED,
            wish_recorded_on=wish.recorded_on if wish is not None else None,
        )

    def setting_on(self, day: Day) -> Setting | None:
        """Return where the patient is cared for on the day; None = not recorded, or open between several."""
        return setting_on(self.encounters, day)

    def placed(self, record: DecisionCapacity, day: Day) -> DecisionCapacity:
        """Return a decision as this patient's, where the patient is on the day, unless the record says otherwise."""
        person, setting = record.person or self.person, record.setting or self.setting_on(day)
        if person is record.person and setting is record.setting:
            return record
        return changed(record, person=person, setting=setting)

    def as_of(self, day: Day) -> "tuple[Chart, int]":
        """
        Return the chart as it stood on the day, and how many records lie after it.

        A record dated after the day is not seen; it is counted, and bounds the day's `valid_until`. Plans may lie
        ahead: they are facts of the day on which they were made.
        """
        seen: dict[str, Any] = {}
        later = 0
        for name, names in _DATED.items():
            records = getattr(self, name)
            if records and (kept := _seen(records, names, day)) is not records:
                later += _count(records) - _count(kept)
                seen[name] = kept
        return (changed(self, **seen), later) if seen else (self, 0)


#: For each field, the date that says from when on its records are facts.
_DATED: Final = {
    "problems": ("recorded_on", "onset_on"),
    "medications": ("started_on",),
    "reviews": ("completed_on",),
    "circumstances": ("recorded_on",),
    "encounters": ("started_on",),
    "observations": ("observed_on",),
    "decisions": ("recorded_on",),
    "consents": ("recorded_on", "discussed_on"),
    "revisions": ("revised_on",),
    "invitations": ("asked_on",),
    "preferences": ("recorded_on",),
    "notes": ("written_on",),
    "behaviors": ("recorded_on",),
}


def _seen(records: Any, names: tuple[str, ...], day: Day) -> Any:  # noqa: ANN401  # a list, or one record
    if not _is_list(records):
        return records if _is_seen(records, names, day) else None
    kept = tuple([one for one in records if _is_seen(one, names, day)])
    return records if len(kept) == len(records) else kept


def _count(records: Any) -> int:  # noqa: ANN401
    """Count identical records once."""
    if _is_list(records):
        return len({one.id for one in records})
    return 0 if records is None else 1


def _is_list(records: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(records, tuple)


def _is_seen(one: object, names: tuple[str, ...], day: Day) -> bool:
    for name in names:
        written: date | None = getattr(one, name)
        if written is not None:
            return day.has_reached(written)
    return True


_LISTS: Final = (
    "problems",
    "medications",
    "reviews",
    "circumstances",
    "encounters",
    "observations",
    "decisions",
    "consents",
    "revisions",
    "invitations",
    "people",
    "visits",
    "notes",
    "behaviors",
)


def _records(chart: Chart) -> Iterator[tuple[str, Any]]:
    for name in _LISTS:
        for place, one in enumerate(getattr(chart, name) or ()):
            yield f"{name}[{place}]", one
    if chart.preferences is not None:
        yield "preferences", chart.preferences


def _once(records: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """Read identical records once."""
    if not records or len({one.id for one in records}) == len(records):
        return records
    return tuple({one.id: one for one in records}.values())
