"""
Leaving against advice: one finding, what is missing in it, and the route. Never an answer about a hold.

Decision table (d) of the capacity sheet, seed S11: the patient with mania who recompensates, can plan treatment and
asks to leave while relapse is foreseeable. Careful assessment; all treatment providers and the outside support are
consulted. A foreseeable relapse is a reason to consult and never, by itself, a lack of capacity.
"""

from datetime import date
from typing import Final

from alliance_core.base.cases import first
from alliance_core.base.dates import CalendarDuration, working_days_after
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.competency.determination import Evidence, Outcome
from alliance_core.competency.leaving.table import CASES, Advice, Departure, Leave
from alliance_core.competency.policy import ClockRow, CompetencyView, DocumentationRow
from alliance_core.competency.records import LeavingRequest

YES, NO, SILENT = Recorded.YES, Recorded.NO, Recorded.NOT_RECORDED

LEAVING: Final = Rule(
    id="competency.leaving",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Leaving against advice: a decision of its own; everyone is heard, a plan goes along, nothing obstructs.",
)

#: The word of `capacity_decisions` for leaving, which is a decision of its own.
_LEAVING: Final = "leaving-against-advice"

#: The documentation row's element, and the fact of the request that holds it.
_HOLDS: Final = {
    "ama-reason-asked": "reason_asked",
    "ama-capacity": "capacity_assessed",
    "ama-risk-assessed": "risk_assessed",
    "ama-risks-told": "risks_told",
    "ama-alternatives": "alternatives_offered",
    "ama-team-consulted": "team_consulted",
    "ama-outside-support": "outside_support_consulted",
    "ama-followup": "follow_up_arranged",
    "ama-medicines": "medicines_arranged",
    "ama-crisis-plan": "crisis_plan",
    "ama-harm-reduction": "harm_reduction_offered",
    "ama-dependents": "dependents_considered",
    "ama-form": "form_signed",
}


@value
class Leaving:
    """What comes next for someone who asked to leave, and the finding about it."""

    next: Departure
    finding: Finding
    case: str


def depart(evidence: Evidence, own: Outcome, view: CompetencyView, day: Day) -> Leaving | None:
    """Return what comes next about leaving against advice; None if nothing was recorded about it."""
    request = evidence.record.leaving
    if request is None or not _is_made(request, day):
        return None
    leave = _leave(request, evidence.record.decision, own, view)
    advice = first(CASES, leave).gives
    return Leaving(next=advice.next, finding=_finding(leave, advice, evidence.record.id, day), case=advice.case)


def _is_made(request: LeavingRequest, day: Day) -> bool:
    """A request dated after the day is not seen yet."""
    return request.requested_on is None or day.has_reached(request.requested_on)


def _finding(leave: Leave, advice: Advice, about: str, day: Day) -> Finding:
    rows = leave.unfinished or leave.silent if advice.next is Departure.FINISH_WITH_PATIENT else ()
    notice_end = _notice_end(leave, day)
    return Finding(
        rule=LEAVING.id,
        about=about,
        item=_LEAVING,
        answer=advice.answer,
        weight=min((row.weight for row in rows), key=lambda w: w.rank, default=advice.weight),
        because=_because(leave, advice),
        missing=_missing(leave, advice, rows),
        due_on=notice_end if advice.answer is not Answer.NOT_APPLICABLE else None,
        rows=(*(row.row_id for row in rows), *((leave.notice.row_id,) if leave.notice is not None else ())),
    )


def _leave(request: LeavingRequest, decision: str | None, own: Outcome, view: CompetencyView) -> Leave:
    asked = [
        row
        for row in view.documentation.get("leaving", ())
        if row.element in _HOLDS and row.weight is not Weight.RECOMMENDED
    ]
    facts = {row.row_id: _fact(request, row) for row in asked}
    notices = view.clocks.get("voluntary-discharge-request", ())
    known = [row for row in notices if row.kind != "unknown"]
    return Leave(
        request=request,
        about_leaving=decision == _LEAVING,
        own=own,
        support=any_yes(request.outside_support_consulted, request.support_permission_refused),
        notice=known[0] if known else notices[0] if notices else None,
        notice_table=bool(known),
        notice_needed=bool(known) and known[0].kind != "none",
        unfinished=tuple(row for row in asked if facts[row.row_id] is NO),
        silent=tuple(row for row in asked if not facts[row.row_id].known),
    )


def _fact(request: LeavingRequest, row: DocumentationRow) -> Recorded:
    """Support that the patient would not have asked counts as asked: permission is theirs to refuse."""
    if _HOLDS[row.element] == "outside_support_consulted":
        return any_yes(request.outside_support_consulted, request.support_permission_refused)
    fact: Recorded = getattr(request, _HOLDS[row.element])
    return fact


def _missing(leave: Leave, advice: Advice, rows: tuple[DocumentationRow, ...]) -> tuple[str, ...]:
    if rows:
        return tuple(f"leaving.{_HOLDS[row.element]}" for row in rows)
    if advice.next is Departure.CONSULT_EVERYONE:
        facts = (
            ("team_consulted", leave.request.team_consulted),
            ("outside_support_consulted", leave.support),
            ("consultation_documented", leave.request.consultation_documented),
        )
        return tuple(f"leaving.{name}" for name, fact in facts if fact is not YES)
    if advice.next is Departure.RECORD_COURSE:
        return tuple(path for path in advice.missing if not getattr(leave.request, path.partition(".")[2]).known)
    return leave.own.missing if advice.next is Departure.COMPLETE_ASSESSMENT else advice.missing


def _because(leave: Leave, advice: Advice) -> tuple[tuple[str, str], ...]:
    request = leave.request
    facts = (
        ("leaving.danger", request.danger),
        ("leaving.recompensating", request.recompensating),
        ("leaving.foreseeable_relapse", request.foreseeable_relapse),
        ("leaving.team_consulted", request.team_consulted),
        ("leaving.outside_support_consulted", leave.support),
    )
    read = tuple((path, fact.value) for path, fact in facts if fact is not SILENT)
    return (("next", advice.next.value), ("determination", leave.own.determination.value), *read)


#: How a row counts that leaves out Saturdays, Sundays and public holidays.
_BUSINESS_DAYS: Final = "business-days"


def _counted(row: ClockRow, length: CalendarDuration, given: date) -> date | None:
    """Hours end on the day they reach; where only business days count, a public holiday is not known here."""
    if row.counts == _BUSINESS_DAYS:
        return working_days_after(given, length.days)
    return CalendarDuration(months=length.months, days=length.days + (length.hours + 23) // 24).after(given)


def _notice_end(leave: Leave, day: Day) -> date | None:
    """Return the day on which a running notice ends, counted as its row says."""
    given = leave.request.notice_on
    row = leave.notice
    if given is None or row is None or row.interval is None or leave.request.notice_given is not YES:
        return None
    ends = _counted(row, row.interval, given)
    day.has_reached(ends)
    return ends


__all__ = ["CASES", "LEAVING", "Departure", "Leave", "Leaving", "depart"]
