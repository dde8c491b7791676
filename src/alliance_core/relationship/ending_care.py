"""
Missed visits, and care that is to end: reaching out first, and what is done so that nobody is left alone.

Substance use, smoking, relapse, a missed goal or missed visits are never sufficient reasons here [seed: Risky
Behaviors]. Where care ends for another reason, what is left of the lawful way is listed; nothing here ends care.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.relationship.policy import EndingRow, RelationshipView
from alliance_core.relationship.records import BehaviorPlan, EndingCare, MissedVisits

YES, NO = Recorded.YES, Recorded.NO

ENDING: Final = Rule(
    id="relationship.ending-care",
    basis=Basis.SEED,
    source="seed",
    locator="Risky Behaviors",
    says="Care is not ended for a risky behavior; where it ends, nobody is left without the next step.",
)
MISSED: Final = Rule(
    id="relationship.missed-visits",
    basis=Basis.PRACTICE,
    source="practice",
    locator="risky behaviors",
    says="A missed visit is answered by reaching out and asking what stood in the way.",
)


class Ending(Enum):
    """How a planned end of care stands."""

    FOR_BEHAVIOR = "for-the-behavior-alone"
    REASON_UNKNOWN = "reason-not-known"
    IN_CRISIS = "in-crisis"
    STEPS_LEFT = "steps-left"
    STEPS_UNKNOWN = "steps-not-known"
    PREPARED = "prepared"


@value
class Ended:
    """What a case gives."""

    ending: Ending
    answer: Answer


@value
class Planned:
    """An end of care as it stands: which steps are left, which not known, and whether a reason can be one."""

    ending: EndingCare
    sufficient: bool
    left: tuple[str, ...]
    unknown: tuple[str, ...]


def _case(id: str, says: str, when: Callable[[Planned], bool], ending: Ending, answer: Answer) -> Case[Planned, Ended]:  # noqa: A002
    gives = Ended(ending=ending, answer=answer)
    return Case(id=id, says=says, when=when, gives=gives, source="seed", locator="Risky Behaviors")


CASES: Final[tuple[Case[Planned, Ended], ...]] = (
    _case(
        "E01",
        "why care is to end is not recorded",
        lambda p: not p.ending.reasons,
        Ending.REASON_UNKNOWN,
        Answer.CANNOT_TELL,
    ),
    _case(
        "E02",
        "for use, smoking, relapse, a missed goal or missed visits alone",
        lambda p: not p.sufficient,
        Ending.FOR_BEHAVIOR,
        Answer.NOT_MET,
    ),
    _case("E03", "the patient is in a crisis", lambda p: p.ending.in_crisis is YES, Ending.IN_CRISIS, Answer.NOT_MET),
    _case("E04", "a step of the lawful way was not taken", lambda p: bool(p.left), Ending.STEPS_LEFT, Answer.NOT_MET),
    _case(
        "E05",
        "whether a step was taken, or whether there is a crisis, is not known",
        lambda p: bool(p.unknown),
        Ending.STEPS_UNKNOWN,
        Answer.CANNOT_TELL,
    ),
    _case("E06", "each step is recorded", always, Ending.PREPARED, Answer.MET),
)

#: Reasons that leave no time for notice: the emergency route is still given.
_EXCEPTION: Final = "exception"
_SUFFICIENT: Final = frozenset({"exception", "sufficient"})
_NOTICE: Final = "notice"


def ending_finding(plan: BehaviorPlan, view: RelationshipView) -> Iterator[Finding]:
    """Return the finding about an end of care, if one is planned."""
    if plan.ending is None:
        return
    rows = _rows(plan.ending, view)
    planned = _planned(plan.ending, rows, view)
    gives = first(CASES, planned).gives
    yield Finding(
        rule=ENDING.id,
        about=plan.id,
        answer=gives.answer,
        weight=Weight.ESSENTIAL,
        because=(("ending", gives.ending.value),),
        missing=_missing(gives.ending, planned),
        rows=tuple(row.row_id for row in rows),
    )


def _reasons(ending: EndingCare, view: RelationshipView) -> tuple[EndingRow, ...]:
    names = {one.value for one in ending.reasons or ()}
    kinds = ("never", *sorted(_SUFFICIENT))
    return tuple(row for kind in kinds for row in view.endings.get(kind, ()) if row.name in names)


def _rows(ending: EndingCare, view: RelationshipView) -> tuple[EndingRow, ...]:
    """The reasons that were given, and the steps that they ask for: an exception asks for the emergency route alone."""
    reasons = _reasons(ending, view)
    part = "exception-step" if any(row.part == _EXCEPTION for row in reasons) else "step"
    return (*reasons, *view.endings.get(part, ()))


def _planned(ending: EndingCare, rows: tuple[EndingRow, ...], view: RelationshipView) -> Planned:
    steps = tuple(row for row in rows if row.part.endswith("step"))
    told = {row.name: _step(ending, row, view) for row in steps}
    crisis = () if ending.in_crisis is NO else ("ending.in_crisis",)
    return Planned(
        ending=ending,
        sufficient=any(row.part in _SUFFICIENT for row in rows),
        left=tuple(f"ending.{name}" for name, fact in told.items() if fact is NO),
        unknown=(*crisis, *(f"ending.{name}" for name, fact in told.items() if fact not in {YES, NO})),
    )


def _step(ending: EndingCare, row: EndingRow, view: RelationshipView) -> Recorded:
    if row.name == "notice_on":
        return _notice(ending, view)
    if row.name == "referrals":
        if ending.referrals is None or row.fewest is None:
            return Recorded.NOT_RECORDED
        return YES if ending.referrals >= row.fewest else NO
    fact: Recorded = getattr(ending, row.name)
    return fact


def _notice(ending: EndingCare, view: RelationshipView) -> Recorded:
    """Notice is given long enough before the day on which care ends."""
    row = view.clocks.get(_NOTICE)
    if ending.notice_on is None or ending.ends_on is None or row is None:
        return Recorded.NOT_RECORDED
    earliest = row.interval.after(ending.notice_on)
    return YES if earliest is not None and earliest <= ending.ends_on else NO


def _missing(ending: Ending, planned: Planned) -> tuple[str, ...]:
    match ending:
        case Ending.REASON_UNKNOWN:
            return ("ending.reasons",)
        case Ending.STEPS_LEFT:
            return planned.left
        case Ending.STEPS_UNKNOWN:
            return planned.unknown
        case _:
            return ()


# -- missed visits ---------------------------------------------------------------------------------------------------

#: What follows a missed visit, in order. The greeting at the return comes before the backlog.
OUTREACH: Final = ("reached_out", "preferred_channel", "barriers_asked", "telehealth_offered", "medicines_bridged")


def missed_finding(plan: BehaviorPlan, view: RelationshipView, day: Day) -> Iterator[Finding]:
    """Return the finding about missed visits, if there were any."""
    missed = plan.missed_visits
    if missed is None or (missed.missed_on is not None and not day.has_reached(missed.missed_on)):
        return
    answer, names = _outreach(missed)
    rows = tuple(row.row_id for row in view.endings.get("outreach", ()))
    yield Finding(
        rule=MISSED.id,
        about=plan.id,
        answer=answer,
        weight=Weight.REQUIRED,
        because=(("missed_visits.ultimatum_given", "yes"),) if missed.ultimatum_given is YES else (),
        missing=tuple(f"missed_visits.{name}" for name in names),
        rows=rows,
    )


def _outreach(missed: MissedVisits) -> tuple[Answer, tuple[str, ...]]:
    """An ultimatum is never an answer; what nobody could do because nobody was reached is not asked twice."""
    left = tuple(name for name in OUTREACH if getattr(missed, name) is NO)
    if missed.ultimatum_given is YES or left:
        return Answer.NOT_MET, left
    unknown = tuple(name for name in OUTREACH if getattr(missed, name) is not YES)
    if missed.ultimatum_given is not NO:
        unknown = (*unknown, "ultimatum_given")
    return (Answer.CANNOT_TELL if unknown else Answer.MET), unknown


__all__ = ["CASES", "ENDING", "MISSED", "OUTREACH", "Ending", "ending_finding", "missed_finding"]
