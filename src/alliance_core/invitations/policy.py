"""The policy rows that the invitation rules read."""

from collections.abc import Mapping
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline, grouped, lineage


@value
class PlaceRow(Row):
    """A place whose rules are known here; without one nobody is told anything."""

    KEY: ClassVar = ("place",)

    place: str
    majority_age: int


@value
class TriggerRow(Row):
    """A reason to ask the patient to consider inviting someone, and the fact that records it."""

    KEY: ClassVar = ("trigger",)

    trigger: str
    fact: str
    question: str
    weight: Weight


@value
class RuleRow(Row):
    """What law or guidance says on one topic."""

    KEY: ClassVar = ("topic",)

    topic: str
    says: str


@value
class InformationRow(Row):
    """A kind of information that needs more than agreement before anyone is told."""

    KEY: ClassVar = ("category",)

    category: str
    needs: str


@value
class ConsentElementRow(Row):
    """One thing that a written consent for records of a substance use program is asked to hold."""

    KEY: ClassVar = ("element",)

    element: str
    question: str


@value
class GateRow(Row):
    """One fact that is looked for before an invitation: a check, a hard stop or a caution."""

    KEY: ClassVar = ("fact",)

    fact: str
    kind: str
    question: str
    weight: Weight


@value
class ScreenRow(Row):
    """From which total on a scale is positive, and from which it is a caution. A low total shows nothing."""

    KEY: ClassVar = ("scale",)

    scale: str
    lower: int | None
    upper: int | None
    positive_at: int
    caution_at: int | None


@value
class InvitationClockRow(Row):
    """How long a private check counts, and when to come back to an answer if no day was agreed."""

    KEY: ClassVar = ("subject",)

    subject: str
    interval: CalendarDuration
    says: str


@value
class WordingRow(Row):
    """One sentence of a draft invitation to the patient, in its place."""

    KEY: ClassVar = ("part", "trigger")

    part: str
    trigger: str
    step: int
    says: str


@value
class MeetingRow(Row):
    """One step of a joint meeting, or the time that it takes."""

    KEY: ClassVar = ("element",)

    element: str
    step: int
    question: str
    weight: Weight
    minutes_lower: int | None
    minutes_upper: int | None


@value
class ListeningRow(Row):
    """One thing that matters when someone tells the clinician something without being asked."""

    KEY: ClassVar = ("element",)

    element: str
    question: str
    weight: Weight


@value
class InvitationView:
    """The rows in force on one day, indexed by what the rules look up. Of law, every row of a topic stays."""

    place: PlaceRow | None
    triggers: tuple[TriggerRow, ...]
    topics: Mapping[str, tuple[RuleRow, ...]]
    information: Mapping[str, tuple[InformationRow, ...]]
    consent_elements: tuple[ConsentElementRow, ...]
    gate: Mapping[str, tuple[GateRow, ...]]
    screens: Mapping[str, ScreenRow]
    clocks: Mapping[str, InvitationClockRow]
    wording: tuple[WordingRow, ...]
    meeting: tuple[MeetingRow, ...]
    listening: tuple[ListeningRow, ...]

    def topic(self, name: str) -> tuple[str, ...]:
        """Return the ids of the rows on a topic."""
        return tuple(row.row_id for row in self.topics.get(name, ()))

    def gate_rows(self, *facts: str) -> tuple[str, ...]:
        """Return the ids of the rows that ask for these facts."""
        return tuple(row.row_id for fact in facts for row in self.gate.get(fact, ()))


def _view(rows: tuple[Row, ...]) -> InvitationView:
    def of(kind: type[R]) -> list[R]:
        return sorted((row for row in rows if isinstance(row, kind)), key=lambda row: row.row_id)

    return InvitationView(
        place=max(of(PlaceRow), key=lambda row: len(lineage(row.place)), default=None),
        triggers=tuple(of(TriggerRow)),
        topics=grouped(of(RuleRow), lambda row: row.topic),
        information=grouped(of(InformationRow), lambda row: row.category),
        consent_elements=tuple(of(ConsentElementRow)),
        gate=grouped(of(GateRow), lambda row: row.fact),
        screens={row.scale: row for row in of(ScreenRow)},
        clocks={row.subject: row for row in of(InvitationClockRow) if not row.interval.hours},  # records hold days
        wording=tuple(sorted(of(WordingRow), key=lambda row: row.step)),
        meeting=tuple(sorted(of(MeetingRow), key=lambda row: row.step)),
        listening=tuple(of(ListeningRow)),
    )


@value
class InvitationPolicy:
    """What is asked about inviting someone, in one jurisdiction, on every day."""

    timeline: Timeline[Row, InvitationView]

    @classmethod
    def of(cls, *rows: Row) -> "InvitationPolicy":
        """Return a policy of just these rows."""
        return cls(timeline=Timeline(rows, _view))


INVITATION_TABLES: Final[Mapping[str, type[Row]]] = {
    "invitation_places": PlaceRow,
    "invitation_triggers": TriggerRow,
    "invitation_rules": RuleRow,
    "invitation_overlays": InformationRow,
    "invitation_consent_elements": ConsentElementRow,
    "invitation_gate": GateRow,
    "invitation_screens": ScreenRow,
    "invitation_clocks": InvitationClockRow,
    "invitation_wording": WordingRow,
    "invitation_meeting": MeetingRow,
    "invitation_listening": ListeningRow,
}
