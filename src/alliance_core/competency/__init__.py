"""Competency: who decides this decision. The determination is read, never computed; a class is named, and a proof."""

from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Finding, Rule, canonical
from alliance_core.base.kinds import value
from alliance_core.competency.beside import ORDER, RECHECK, SCALE, SCORE, WAIT, beside
from alliance_core.competency.deciders import (
    DECIDER,
    EMERGENCY,
    DeciderKind,
    decide,
    decider_finding,
    emergency_finding,
)
from alliance_core.competency.determination import (
    DETERMINATION,
    GROUNDS,
    OBJECTION,
    Determination,
    determination_findings,
    determine,
    gather,
)
from alliance_core.competency.documentation import DOCUMENTATION, Gap, Held, documentation_finding, gaps
from alliance_core.competency.escalation import ESCALATION, Escalation, Obligation, Step, escalate, obligations
from alliance_core.competency.leaving import LEAVING, Departure, Leaving, depart
from alliance_core.competency.policy import COMPETENCY_TABLES, CompetencyPolicy
from alliance_core.competency.records import (
    CapacityAssessment,
    CapacityEvent,
    Course,
    Decider,
    DecisionCapacity,
    Engagement,
    LeavingRequest,
    LegalStatus,
    MinorFacts,
    PriorWishes,
    ReservedFacts,
    Score,
    Stakes,
)
from alliance_core.records import has_died

RULES: Final[tuple[Rule, ...]] = (
    *(DETERMINATION, GROUNDS, OBJECTION, WAIT, SCALE, ORDER, RECHECK, SCORE),
    *(DECIDER, EMERGENCY, ESCALATION, LEAVING, DOCUMENTATION),
)
#: Verdicts that reassure where their finding is met or does not apply: beside an open question neither does.
REASSURING: Final = frozenset({Determination.PRESUMED, Determination.CAPACITY_RECORDED})


@value
class CapacityReview:
    """
    What the record supports about one decision, on one day.

    `determination` is of the record, never of the person; `decider_class` names a class, never a person; `step` is
    what comes next. `obligations` are all steps that are asked for, each with who takes it and by when;
    `documentation` is what the record still lacks. The same record gives the same review on every day before
    `valid_until`.
    """

    about: str
    decision: str
    determination: Determination
    decider: DeciderKind
    decider_class: str
    step: Step
    obligations: tuple[Obligation, ...]
    documentation: tuple[Gap, ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_capacity(record: DecisionCapacity, *, policy: CompetencyPolicy, on: date) -> CapacityReview:
    """
    Return who decides this decision, what is missing, and what comes next.

    When a lack is recorded, the guardian is fully engaged; when it is gray, a colleague or counsel is consulted; both
    are documented [seed: Lack of Competency]. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    if record.person is not None and has_died(record.person, day):
        return _closed(record, day)
    evidence = gather(record, view, day, policy=policy)
    own = determine(evidence)
    decides = decide(evidence, own, view, policy, day)
    escalation = escalate(evidence, own, decides, view, day)
    emergency = emergency_finding(evidence, determination=own.determination)
    departure = depart(evidence, own, view, day)
    written = Held(evidence=evidence, own=own, decides=decides, day=day)
    lacking = gaps(written, view)
    found = (
        *determination_findings(evidence, own),
        *beside(evidence, own, view, day),
        decider_finding(evidence, decides),
        *emergency,
        *escalation.findings,
        *((departure.finding,) if departure is not None else ()),
    )
    found = (*found, *documentation_finding(written, lacking, found))
    answered = canonical([one for one in found if one.answer is not Answer.NOT_APPLICABLE])
    return CapacityReview(
        about=record.id,
        decision=record.decision or "",
        determination=own.determination,
        decider=decides.kind,
        decider_class=decides.decider_class,
        step=_step(escalation, emergency, departure),
        obligations=obligations(answered, view),
        documentation=lacking,
        findings=answered,
        not_applicable=tuple(one.rule for one in found if one.answer is Answer.NOT_APPLICABLE),
        valid_until=day.valid_until,
    )


def _closed(record: DecisionCapacity, day: Day) -> CapacityReview:
    """After a death nobody decides for the patient any more: nothing is asked, and no verdict is given."""
    return CapacityReview(
        about=record.id,
        decision=record.decision or "",
        determination=Determination.OUT_OF_SCOPE,
        decider=DeciderKind.ROUTE,
        decider_class="",
        step=Step.NONE,
        obligations=(),
        documentation=(),
        findings=(),
        not_applicable=tuple(rule.id for rule in RULES),
        valid_until=day.valid_until,
    )


def documentation_gaps(record: DecisionCapacity, *, policy: CompetencyPolicy, on: date) -> tuple[Gap, ...]:
    """
    Return what the record of this decision still lacks, element by element, heaviest first.

    Each gap names its row of `capacity_documentation`. Raises `ChartError` only if `on` is not a plain date.
    """
    return review_capacity(record, policy=policy, on=on).documentation


def _step(escalation: Escalation, emergency: tuple[Finding, ...], departure: Leaving | None) -> Step:
    """Return the first step: what is urgent, then who names the lawful decider, then the gray case of leaving."""
    if any(one.answer is Answer.JUDGEMENT for one in emergency):
        return Step.EMERGENCY
    if departure is None or departure.next is not Departure.CONSULT_EVERYONE or escalation.step in _BEFORE_LEAVING:
        return escalation.step
    return Step.CONSULT_EVERYONE


_BEFORE_LEAVING: Final = frozenset({Step.ROUTE, Step.COUNSEL, Step.COURT})

__all__ = [
    "COMPETENCY_TABLES",
    "REASSURING",
    "RULES",
    "CapacityAssessment",
    "CapacityEvent",
    "CapacityReview",
    "CompetencyPolicy",
    "Course",
    "Decider",
    "DeciderKind",
    "DecisionCapacity",
    "Determination",
    "Engagement",
    "Gap",
    "LeavingRequest",
    "LegalStatus",
    "MinorFacts",
    "Obligation",
    "PriorWishes",
    "ReservedFacts",
    "Score",
    "Stakes",
    "Step",
    "documentation_gaps",
    "review_capacity",
]
