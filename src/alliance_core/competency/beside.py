"""
What stands beside the determination: waiting, more evidence where the stakes are high, a second look, a low score.

None of these is ever evidence of a lack of capacity, and none changes the determination.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.competency.consulted import held
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.policy import CompetencyView, ScoreRow
from alliance_core.competency.records import Course, Score, Stakes
from alliance_core.records import ConsultedRole

YES, NO = Recorded.YES, Recorded.NO
_D, _A, _W = Determination, Answer, Weight

WAIT: Final = Rule(
    id="competency.wait",
    basis=Basis.PRACTICE,
    source="mca-2005",
    locator="s.4(3)",
    says="Where ability is expected to return, what can wait waits.",
)
SCALE: Final = Rule(
    id="competency.scale",
    basis=Basis.GUIDELINE,
    source="drane-1985",
    locator="sliding scale",
    says="High stakes ask for more evidence for either conclusion: a second opinion, and never for more ability.",
)
ORDER: Final = Rule(
    id="competency.order",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="An order of a court stands, and an assessor found capacity for this very decision: counsel is asked.",
)
RECHECK: Final = Rule(
    id="competency.recheck",
    basis=Basis.PRACTICE,
    source="practice",
    locator="recheck",
    says="An activation that stands is looked at again after some time; that time takes nothing away by itself.",
)
SCORE: Final = Rule(
    id="competency.score",
    basis=Basis.EVIDENCE,
    source="sessums-2011",
    locator="abstract",
    says="A low score asks that capacity is looked at. No score answers the question.",
)


def beside(e: Evidence, own: Outcome, view: CompetencyView, day: Day) -> tuple[Finding, ...]:
    """Return what stands beside the determination."""
    return (*_wait(e, own), *_scale(e, day), *_order(e, own), *_recheck(e, own, day), *_score(e, own, view))


def _finding(
    e: Evidence,
    rule: Rule,
    answer: Answer,
    weight: Weight,
    because: tuple[tuple[str, str], ...],
    missing: tuple[str, ...] = (),
    *,
    due_on: date | None = None,
    rows: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        rule=rule.id,
        about=e.record.id,
        item=e.record.decision or "",
        answer=answer,
        weight=weight,
        because=because,
        missing=missing,
        due_on=due_on,
        rows=rows,
    )


# -- waiting ---------------------------------------------------------------------------------------------------------

_RETURNS: Final = (Course.TEMPORARY, Course.FLUCTUATING)


def _wait(e: Evidence, own: Outcome) -> Iterator[Finding]:
    """Yield whether the decision waits, where a lack was concluded that is expected to pass or to come and go."""
    course = e.latest.expected_course if e.latest is not None else None
    if course not in _RETURNS or NO not in e.conclusions or own.determination in _SETTLED or e.record.can_wait is NO:
        return
    known = e.record.can_wait is YES
    because = (("assessments.expected_course", course.value), ("can_wait", e.record.can_wait.value))
    yield _finding(
        e,
        WAIT,
        _A.JUDGEMENT if known else _A.CANNOT_TELL,
        _W.REQUIRED,
        because,
        () if known else ("can_wait",),
    )


_SETTLED: Final = frozenset({_D.OUT_OF_SCOPE, _D.MINOR_PATH, _D.DECIDED_BY_COURT})


# -- high stakes -----------------------------------------------------------------------------------------------------


def _scale(e: Evidence, day: Day) -> Iterator[Finding]:
    """Yield whether a second opinion is recorded, where the stakes are high and someone assessed the decision."""
    if not e.scaled or e.record.stakes is not Stakes.HIGH or not e.considered:
        return
    found = any_yes(_second_assessor(e, day), held(e.record.consultations, day, ConsultedRole.COLLEAGUE))
    answer = {YES: _A.MET, NO: _A.NOT_MET}.get(found, _A.CANNOT_TELL)
    missing = () if found is YES else ("consultations.colleague",)
    yield _finding(e, SCALE, answer, _W.RECOMMENDED, (("stakes", Stakes.HIGH.value),), missing)


def _second_assessor(e: Evidence, day: Day) -> Recorded:
    """Return whether two people assessed this decision, whenever it was; an assessment without a day is nobody's."""
    dated = (one for one in e.record.assessments or () if one.assessed_on is not None)
    assessors = {one.assessed_by for one in dated if one.assessed_by and day.has_reached(one.assessed_on)}
    return YES if len(assessors) > 1 else NO


# -- an order, and an assessor who found capacity --------------------------------------------------------------------


def is_overruled(e: Evidence, own: Outcome) -> bool:
    """Return whether a court decided, and an assessment that still counts concludes capacity for this decision."""
    return own.determination is _D.DECIDED_BY_COURT and YES in e.conclusions and not e.stale


def _order(e: Evidence, own: Outcome) -> Iterator[Finding]:
    if is_overruled(e, own):
        because = (("determination", own.determination.value), ("assessments.conclusion", YES.value))
        yield _finding(e, ORDER, _A.JUDGEMENT, _W.REQUIRED, because)


# -- looking again ---------------------------------------------------------------------------------------------------


def _recheck(e: Evidence, own: Outcome, day: Day) -> Iterator[Finding]:
    """Yield the day by which an activation that stands was to be looked at again, once it has passed."""
    due_on = _due_on(e, day)
    if own.case != "D05C" or e.recheck is None or due_on is None or not day.has_passed(due_on):
        return
    because = (("determination", own.determination.value),)
    rows = (e.recheck.row_id,)
    yield _finding(e, RECHECK, _A.CANNOT_TELL, _W.RECOMMENDED, because, ("assessments",), due_on=due_on, rows=rows)


def _due_on(e: Evidence, day: Day) -> date | None:
    """Count from the assessment, or from a later line that nothing has changed."""
    assessed = e.latest.assessed_on if e.latest is not None else None
    if e.recheck is None or e.recheck.interval is None or assessed is None:
        return None
    line = e.record.changed_since_on if e.changed_since is NO else None
    return e.recheck.interval.after(max(assessed, line) if line is not None and day.has_reached(line) else assessed)


# -- scores ----------------------------------------------------------------------------------------------------------


def _score(e: Evidence, own: Outcome, view: CompetencyView) -> Iterator[Finding]:
    """Yield the question that a low score raises, where the patient would otherwise decide without another look."""
    if own.determination is not _D.CAPACITY_RECORDED:
        return
    asking = tuple(row for row in view.scores if _asks(row, e))
    if asking:
        because = tuple(("assessments.scores", row.tool) for row in asking)
        yield _finding(e, SCORE, _A.JUDGEMENT, _W.RECOMMENDED, because, rows=tuple(row.row_id for row in asking))


def _asks(row: ScoreRow, e: Evidence) -> bool:
    if row.effect != "raise-question" or row.decision not in {"any", e.record.decision}:
        return False
    return any(_is_low(row, score) for one in e.considered for score in one.scores)


def _is_low(row: ScoreRow, score: Score) -> bool:
    """Return whether a whole result of this tool reaches the cut; a part of it is no result."""
    if score.part is not None or score.tool.strip().casefold() != row.tool:
        return False
    return score.amount < row.cut or (row.bound == "at-most" and score.amount == row.cut)
