"""The joint meeting, and what someone tells the clinician without being asked."""

from collections.abc import Iterator
from enum import Enum
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, negate
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.invitations.advice import Advice, Outcome
from alliance_core.invitations.facts import Situation
from alliance_core.invitations.policy import ListeningRow, MeetingRow
from alliance_core.invitations.records import JointMeeting, PatientChoice, ReceivedInformation

YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED

MEETING: Final = Rule(
    id="invitations.meeting",
    basis=Basis.SEED,
    source="seed",
    locator="Significant Others",
    says="In the joint meeting the patient comes first, everyone is heard with evenly hovering attention, and the "
    "patient is seen alone at the end.",
)
RECEIVED: Final = Rule(
    id="invitations.received",
    basis=Basis.PRACTICE,
    source="practice",
    locator="invitation table",
    says="What others tell without being asked is heard, and written apart with its source.",
)


class Listening(Enum):
    """Whether the clinician may listen. It is never blocked; the second also weighs the patient's trust."""

    YES = "listen"
    WEIGH_TRUST = "listen-and-weigh-trust"


def may_listen(s: Situation) -> Listening:
    """Return that listening is open, as always, and where guidance asks for it that trust is weighed."""
    trust = any(row.element == _TRUST for row in s.view.listening)
    return Listening.WEIGH_TRUST if trust and s.said.choice is PatientChoice.NOT_TO_LISTEN else Listening.YES


# -- the meeting -----------------------------------------------------------------------------------------------------


@value
class MeetingPlan:
    """The steps of a joint meeting in order, the minutes it takes, and the rows these stand in."""

    steps: tuple[str, ...]
    minutes_lower: int | None
    minutes_upper: int | None
    rows: tuple[str, ...]


_MINUTES: Final = "minutes"


def plan_of(s: Situation, outcome: Outcome) -> MeetingPlan | None:
    """Return how to hold the meeting, where one may come about."""
    if outcome.advice is not Advice.INVITE:
        return None
    times = [row for row in s.view.meeting if row.element == _MINUTES]
    return MeetingPlan(
        steps=tuple(row.element for row in s.view.meeting if row.element != _MINUTES),
        minutes_lower=next((row.minutes_lower for row in times), None),
        minutes_upper=next((row.minutes_upper for row in times), None),
        rows=tuple(row.row_id for row in s.view.meeting),
    )


def meeting_finding(s: Situation, day: Day) -> Finding:
    """Return whether a meeting that was held had each of its steps; before it is held nothing is asked."""
    is_held = day.has_reached(s.record.met_on)
    meeting = s.record.meeting or JointMeeting()
    facts = {row: _step(meeting, row) for row in s.view.meeting} if is_held else {}
    return Finding(
        rule=MEETING.id,
        about=s.record.id,
        answer=_answer(list(facts.values())),
        weight=_heaviest([row.weight for row, fact in facts.items() if fact is not YES]),
        missing=tuple(f"meeting.{row.element}" for row, fact in facts.items() if fact is not YES),
        rows=tuple(row.row_id for row, fact in facts.items() if fact is not YES) or tuple(r.row_id for r in facts),
    )


def _step(meeting: JointMeeting, row: MeetingRow) -> Recorded:
    if row.element != _MINUTES:
        fact = getattr(meeting, row.element, SILENT)
        return fact if isinstance(fact, Recorded) else SILENT
    if meeting.minutes is None:
        return SILENT
    return NO if row.minutes_lower is not None and meeting.minutes < row.minutes_lower else YES


def _answer(facts: list[Recorded]) -> Answer:
    if not facts:
        return Answer.NOT_APPLICABLE
    found = all_yes(*facts)
    if found is YES:
        return Answer.MET
    return Answer.NOT_MET if found is NO else Answer.CANNOT_TELL


def _heaviest(weights: list[Weight]) -> Weight:
    return min(weights, key=lambda weight: weight.rank, default=Weight.RECOMMENDED)


# -- information received --------------------------------------------------------------------------------------------

_TRUST: Final = "trust"
_SHIELD: Final = "source-shield"


def received_finding(s: Situation, day: Day) -> Finding:
    """
    Return how what was heard without asking was received.

    A promise of secrecy is not to be made in one place and protects a source in another: the rows say which.
    """
    heard = [one for one in s.record.received or () if one.received_on is None or day.has_reached(one.received_on)]
    facts = dict(_listening(s, heard)) if heard else {}
    opened = {row: fact for row, fact in facts.items() if fact is not YES}
    return Finding(
        rule=RECEIVED.id,
        about=s.record.id,
        answer=_received_answer(facts),
        weight=_heaviest([row.weight for row in opened]),
        missing=tuple(_path(row.element) for row, fact in opened.items() if fact is not UNCLEAR),
        rows=(*(row.row_id for row in opened or facts), *(s.view.topic("listen") if facts else ())),
    )


_PATHS: Final = {
    "kept-apart": "received.kept_apart",
    "limits-told": "received.limits_told",
    "no-promise": "received.secrecy_promised",
    _TRUST: "patient_choice",
    _SHIELD: "received.secrecy_promised",
}


def _path(element: str) -> str:
    return _PATHS.get(element, f"received.{element}")


def _listening(s: Situation, heard: list[ReceivedInformation]) -> Iterator[tuple[ListeningRow, Recorded]]:
    """Yield each row that applies with its fact; UNCLEAR stands for what a person weighs."""
    for row in s.view.listening:
        if row.element == _TRUST:
            yield row, _TRUSTED.get(s.said.choice, YES)
        else:
            yield row, all_yes(*(_heard(one, row.element) for one in heard))


#: Trust is weighed where the patient asked that this person is not heard; without the patient's word nobody knows.
_TRUSTED: Final = {PatientChoice.NOT_TO_LISTEN: UNCLEAR, None: SILENT}


def _heard(one: ReceivedInformation, element: str) -> Recorded:
    if element == "kept-apart":
        return one.kept_apart
    if element == "limits-told":
        return one.limits_told
    if element == "no-promise":
        return negate(one.secrecy_promised)
    return _shield(one) if element == _SHIELD else SILENT


def _shield(one: ReceivedInformation) -> Recorded:
    """Return YES where no source needs shielding, UNCLEAR where a person weighs it, else that nobody recorded it."""
    if one.secrecy_promised is NO or (one.secrecy_promised is YES and one.would_reveal_source is NO):
        return YES
    return UNCLEAR if one.secrecy_promised is YES else SILENT


def _received_answer(facts: dict[ListeningRow, Recorded]) -> Answer:
    """Not done comes first, then what a person weighs, then what is not known."""
    found = set(facts.values())
    if NO not in found and UNCLEAR in found:
        return Answer.JUDGEMENT
    return _answer(list(facts.values()))
