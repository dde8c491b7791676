"""
What to do next about a doubtful, contested or recorded lack: steps with who, what and by when.

Decision table (c) of the capacity sheet. The seed: a recorded lack means that the guardian is fully engaged; a gray
area means that a colleague or legal counsel is consulted; both are documented.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import OPEN, Answer, Finding, Rule, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.competency.beside import is_overruled
from alliance_core.competency.consulted import held
from alliance_core.competency.deciders import EMERGENCY, DeciderKind, Decides
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.policy import ClockRow, CompetencyView, StepRow
from alliance_core.competency.records import DecisionCapacity, Engagement, ReservedFacts
from alliance_core.records import ConsultedRole

YES, NO = Recorded.YES, Recorded.NO
_D, _A, _W, _K = Determination, Answer, Weight, DeciderKind

ESCALATION: Final = Rule(
    id="competency.escalation",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="A recorded lack: the guardian is fully engaged. Gray: a colleague or counsel is consulted. Both documented.",
)


class Step(Enum):
    """What comes next."""

    NONE = "none"
    EMERGENCY = "emergency-path"
    CONSULT_EVERYONE = "consult-team-and-support"
    RECORD_FIRST = "record-first"
    OPTIMIZE_AND_REASSESS = "optimize-and-reassess"
    ENGAGE_DECIDER = "engage-decider"
    CONSULT = "consult-colleague-or-counsel"
    COUNSEL = "consult-counsel"
    ETHICS_OR_COUNSEL = "consult-ethics-or-counsel"
    COURT = "ask-court-or-statute"
    ROUTE = "other-route"


@value
class Situation:
    """What the table asks for."""

    record: DecisionCapacity
    settled: bool
    own: Outcome
    decides: Decides
    colleague_or_counsel: Recorded
    counsel: Recorded
    ethics_or_counsel: Recorded
    engaged: Recorded
    court: Recorded
    ruled: str
    overruled: bool
    court_only: bool


@value
class Escalates:
    """The step of a case, and what answers it: a fixed answer, or the fact that shows that it was done."""

    step: Step
    weight: Weight
    done: Callable[[Situation], Recorded] | None = None
    when_done: Answer = Answer.MET
    missing: tuple[str, ...] = ()
    clock: tuple[str, str] | None = None
    case: str = ""


#: What it is to engage a lawful decider fully.
_ENGAGED: Final = (
    "identity_seen",
    "assessment_discussed",
    "options_discussed",
    "questions_answered",
    "decision_recorded",
    "patient_view_carried",
)


def engaged(engagement: Engagement | None) -> Recorded:
    """Return whether the lawful decider was fully engaged: all of it, not only notified or asked to sign."""
    done = engagement or Engagement()
    return all_yes(*(getattr(done, name) for name in _ENGAGED))


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Situation], bool],
    gives: Escalates,
    source: str = "practice",
    locator: str = "capacity table c",
) -> Case[Situation, Escalates]:
    return Case(id=id, says=says, when=when, gives=changed(gives, case=id), source=source, locator=locator)


_COUNSEL_CASES: Final = frozenset(
    {"W07", "W07-open", "W10", "W10-unclear", "W11", "W13", "W14-reserved", "W14-objected", "W15", "W19", "W26"}
)
_COURT_CASES: Final = frozenset({"W07", "W07-open", "W15"})
#: Cases of the table for minors in which a court or the parents' difference asks for counsel.
_COUNSEL_FOR_MINORS: Final = frozenset({"M02", "M06"})
_SEED: Final = ("seed", "Lack of Competency")


def _is_disputed(s: Situation) -> bool:
    """Return whether who decides is disputed, which is of no matter while the patient decides."""
    return s.record.decider_dispute is YES and s.decides.kind not in {_K.PATIENT, _K.ROUTE}


def _is_deadlocked_for_court(s: Situation) -> bool:
    """Return whether those who may decide differ where only a court settles that."""
    return s.decides.case == "W26" and s.court_only


#: Determinations in which nothing follows once they answer well.
_SETTLED: Final = frozenset({_D.PRESUMED, _D.CAPACITY_RECORDED, _D.MINOR_PATH})

#: What is asked beside the next step: done or not, who decides stays a matter to weigh.
BESIDE: Final[tuple[Case[Situation, Escalates], ...]] = (
    _case(
        "C02",
        "a directive, an order, a reserved decision, a conflict or a dispute about the decider: counsel is asked",
        lambda s: s.decides.case in _COUNSEL_CASES or s.ruled in _COUNSEL_FOR_MINORS or _is_disputed(s) or s.overruled,
        Escalates(
            step=Step.COUNSEL,
            weight=_W.REQUIRED,
            done=lambda s: s.counsel,
            when_done=_A.JUDGEMENT,
            missing=("consultations.counsel",),
        ),
    ),
    _case(
        "C02-court",
        "a decision for a court or a statute, or a dispute that a court settles: its authority is sought",
        lambda s: s.decides.case in _COURT_CASES or _is_deadlocked_for_court(s),
        Escalates(
            step=Step.COURT,
            weight=_W.REQUIRED,
            done=lambda s: s.court,
            when_done=_A.JUDGEMENT,
            missing=("reserved.court_authority",),
        ),
    ),
    _case(
        "C06-majority",
        "most of those who may decide want the same, but not all: ethics may be asked",
        lambda s: s.decides.case == "W25",
        Escalates(
            step=Step.ETHICS_OR_COUNSEL,
            weight=_W.RECOMMENDED,
            done=lambda s: s.ethics_or_counsel,
            missing=("consultations.ethics", "consultations.counsel"),
        ),
    ),
    _case(
        "C06",
        "nobody lawful to decide is recorded, or only the last row of the list: ethics or counsel is asked",
        lambda s: s.decides.kind in {_K.UNREPRESENTED, _K.FALLBACK},
        Escalates(
            step=Step.ETHICS_OR_COUNSEL,
            weight=_W.REQUIRED,
            done=lambda s: s.ethics_or_counsel,
            when_done=_A.JUDGEMENT,
            missing=("consultations.ethics", "consultations.counsel"),
        ),
    ),
)
#: What comes next: the first that holds.
NEXT: Final[tuple[Case[Situation, Escalates], ...]] = (
    _case(
        "C02-route",
        "the decision is outside these rules: counsel names the route",
        lambda s: s.decides.kind is _K.ROUTE,
        Escalates(
            step=Step.ROUTE,
            weight=_W.REQUIRED,
            done=lambda s: s.counsel,
            when_done=_A.JUDGEMENT,
            missing=("consultations.counsel",),
        ),
    ),
    _case(
        "C04",
        "the record is contested, or a minor's own say is unclear: a colleague or counsel is consulted, and documented",
        lambda s: s.own.determination is _D.CONTESTED or s.ruled in {"M04", "M06-refusal"},
        Escalates(
            step=Step.CONSULT,
            weight=_W.REQUIRED,
            done=lambda s: s.colleague_or_counsel,
            missing=("consultations.colleague", "consultations.counsel"),
            clock=("consultation", "contested-recorded"),
        ),
        *_SEED,
    ),
    _case(
        "C05",
        "no lack is established: support first, finish the record, assess again",
        lambda s: s.own.determination in {_D.NOT_ESTABLISHED, _D.REASSESS},
        Escalates(step=Step.OPTIMIZE_AND_REASSESS, weight=_W.REQUIRED),
        "mca-2005",
        "s.1(3)",
    ),
    _case(
        "C07",
        "a lack is recorded or another decides: the lawful decider is fully engaged",
        lambda s: s.own.determination in {_D.LACK_RECORDED, _D.ACTIVATED, _D.DECIDED_BY_COURT},
        Escalates(
            step=Step.ENGAGE_DECIDER,
            weight=_W.ESSENTIAL,
            done=lambda s: s.engaged,
            missing=("engagement",),
            clock=("guardian-engagement", "lack-recorded"),
        ),
        *_SEED,
    ),
    _case(
        "C08",
        "capacity is presumed or recorded, or the rules for minors say who decides, and nothing is open",
        lambda s: s.own.determination in _SETTLED and s.own.answer not in OPEN,
        Escalates(step=Step.NONE, weight=_W.RECOMMENDED),
    ),
    _case(
        "C09", "anything else: finish the record first", always, Escalates(step=Step.RECORD_FIRST, weight=_W.REQUIRED)
    ),
)
CASES: Final[tuple[Case[Situation, Escalates], ...]] = (*BESIDE, *NEXT)


@value
class Obligation:
    """One step: who takes it, by when, what is then in the record, how it stands, and the rows that say so."""

    step: str
    name: str
    who: str
    by: str
    record: str
    answer: Answer
    weight: Weight
    due_on: date | None
    rows: tuple[str, ...]


@value
class Escalation:
    """The next step, how it stands, and what is asked beside it."""

    step: Step
    findings: tuple[Finding, ...]
    cases: tuple[str, ...]


def obligations(findings: Iterable[Finding], view: CompetencyView) -> tuple[Obligation, ...]:
    """
    Return every step that these findings ask for, in the order of the table of steps.

    A finding names its step as `step` or `next`, or is the emergency itself. A step that a site's table does not have
    is not made up.
    """
    made = [_obligation(row, one) for one in findings for row in _steps_of(one, view)]
    return tuple(sorted(made, key=lambda one: (one.name, one.weight.rank)))


def _steps_of(finding: Finding, view: CompetencyView) -> Iterator[StepRow]:
    told = Step.EMERGENCY.value if finding.rule == EMERGENCY.id and finding.answer is _A.JUDGEMENT else ""
    words = {told} | {said for path, said in finding.because if path in {"step", "next"}}
    yield from (view.steps[word] for word in sorted(_ROWS_OF.get(one, one) for one in words) if word in view.steps)


#: A step that stands in the row of another: the route to a lawful decider is counsel's to name.
_ROWS_OF: Final = {Step.ROUTE.value: Step.COUNSEL.value}


def _obligation(row: StepRow, finding: Finding) -> Obligation:
    return Obligation(
        step=row.step,
        name=row.name,
        who=row.who,
        by=row.by,
        record=row.record,
        answer=finding.answer,
        weight=finding.weight,
        due_on=finding.due_on,
        rows=(row.row_id, *finding.rows),
    )


def escalate(evidence: Evidence, own: Outcome, decides: Decides, view: CompetencyView, day: Day) -> Escalation:
    """Return the next step for one decision. Every obligation that holds is returned; the first is the step."""
    situation = _situation(evidence, own, decides, view, day)
    beside = [case.gives for case in BESIDE if case.when(situation)]
    gives = first(NEXT, situation).gives
    return Escalation(
        step=(*beside, gives)[0].step,
        findings=(
            *(_finding(situation, one, evidence, view, item=one.step.value) for one in beside),
            _finding(situation, gives, evidence, view, item=evidence.record.decision or ""),
        ),
        cases=tuple(one.case for one in (*beside, gives)),
    )


def _situation(evidence: Evidence, own: Outcome, decides: Decides, view: CompetencyView, day: Day) -> Situation:
    record, role = evidence.record, ConsultedRole
    row = view.by_class.get(decides.decider_class)
    return Situation(
        record=record,
        settled=evidence.settled,
        own=own,
        decides=decides,
        colleague_or_counsel=held(record.consultations, day, role.COLLEAGUE, role.COUNSEL),
        counsel=held(record.consultations, day, role.COUNSEL),
        ethics_or_counsel=held(record.consultations, day, role.ETHICS, role.COUNSEL),
        engaged=engaged(record.engagement),
        court=(record.reserved or ReservedFacts()).court_authority,
        ruled=evidence.minor.case if evidence.minor is not None else "",
        overruled=is_overruled(evidence, own),
        court_only=row is not None and row.disagreement == _COURT_ONLY,
    )


_COURT_ONLY: Final = "court-only"


def _finding(s: Situation, gives: Escalates, evidence: Evidence, view: CompetencyView, *, item: str) -> Finding:
    answer, missing = _answer(s, gives)
    clock = _clock(gives, view, s.record)
    due_on = _due_on(clock, evidence) if answer is not _A.MET else None
    return Finding(
        rule=ESCALATION.id,
        about=s.record.id,
        item=item,
        answer=answer,
        weight=s.own.weight if gives.done is None and s.own.answer in OPEN else gives.weight,
        because=(("step", gives.step.value), ("determination", s.own.determination.value)),
        missing=missing,
        due_on=due_on,
        rows=(clock.row_id,) if clock is not None and due_on is not None else (),
    )


def _answer(s: Situation, gives: Escalates) -> tuple[Answer, tuple[str, ...]]:
    if gives.step is Step.NONE:
        return _A.NOT_APPLICABLE, ()
    if gives.done is None:  # nothing to do but to finish the record: it answers as the determination does
        return s.own.answer, s.own.missing
    done = gives.done(s)
    if done is YES:
        return _answer_done(s, gives)
    return (_A.NOT_MET if done is NO else _A.CANNOT_TELL), _missing(s, gives)


def _answer_done(s: Situation, gives: Escalates) -> tuple[Answer, tuple[str, ...]]:
    """Return how a step stands that was done: no surer than what it was done about."""
    if gives.step is Step.ENGAGE_DECIDER and s.own.answer in OPEN:
        return s.own.answer, s.own.missing
    if gives.step is Step.CONSULT and not s.settled:
        return _A.CANNOT_TELL, ("changed_since",)
    return gives.when_done, ()


def _missing(s: Situation, gives: Escalates) -> tuple[str, ...]:
    if gives.step is not Step.ENGAGE_DECIDER:
        return gives.missing
    engagement = s.record.engagement or Engagement()
    return tuple(f"engagement.{name}" for name in _ENGAGED if getattr(engagement, name) is not YES)


def _clock(gives: Escalates, view: CompetencyView, record: DecisionCapacity) -> ClockRow | None:
    if gives.clock is None:
        return None
    subject, trigger = gives.clock
    setting = record.setting.value if record.setting is not None else ""
    return view.clock(subject, trigger, setting=setting)


def _due_on(clock: ClockRow | None, evidence: Evidence) -> date | None:
    """Within so many days of the assessment that made it so. An undated one gives no day."""
    assessed = evidence.latest.assessed_on if evidence.latest is not None else None
    if clock is None or clock.interval is None or assessed is None or clock.interval.hours:
        return None
    return clock.interval.after(assessed)
