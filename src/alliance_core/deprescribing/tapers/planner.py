"""
Options for a lower dose, the first of which is to stay. Drafts for a prescriber, never an order.

Only the step up to the next check-in has a day; the days of later steps are the earliest, if each check-in allows it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.cases import first
from alliance_core.base.day import Day
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded
from alliance_core.deprescribing.tapers.course import Move, Standing, changes_of, standing_of
from alliance_core.deprescribing.tapers.drafts import options_for, step_back
from alliance_core.deprescribing.tapers.fitting import Subject, daily_milligrams, rows_for
from alliance_core.deprescribing.tapers.holds import Reason, holds_of, no_schedule
from alliance_core.deprescribing.tapers.plans import (
    CASES,
    OptionKind,
    PlanFacts,
    TaperOption,
    TaperPlan,
    TaperVerdict,
)
from alliance_core.deprescribing.tapers.policy import Role, TaperPolicy, TaperView
from alliance_core.deprescribing.tapers.records import ProductForm, TaperRequest
from alliance_core.medicines import MedicineRow
from alliance_core.records import MedicationStatement

#: The settings without which nothing is planned.
NEEDED: Final = frozenset(
    {
        "half-lives",
        "longest-wait",
        "interval-agreed",
        "most-pieces",
        "most-volume",
        "least-volume",
        "slower-cut",
        "slower-interval",
        "final-share",
        "final-share-of-lowest",
        "most-steps",
    }
)


_MOVE_REASONS: Final = frozenset({Move.HOLD, Move.AWAIT_CHECK_IN, Move.REVIEW, Move.ABORT, Move.STEP_BACK})


def plan_taper(request: TaperRequest, *, policy: TaperPolicy, on: date) -> TaperPlan:
    """
    Return the options for a lower dose, the first of which is to stay; or why there is no draft and what would help.

    Methods, caps, holds and numbers come from the tables `tapers`, `taper_holds`, `never_abrupt`, `taper_settings`;
    strengths from the products at hand. Doses are milligrams a day. What is not recorded is named, and no draft is
    made without it. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    medicine = medicine_of(request, policy)
    if medicine is None or not view.settings.keys() >= NEEDED:
        return _unplanned(request, medicine, day)
    subject = subject_of(request, medicine, policy, view, day)
    standing = standing_of(request, medicine=medicine, scopes=subject.scopes, view=view, day=day)
    return _planned(request, subject, standing)


def subject_of(request: TaperRequest, medicine: MedicineRow, policy: TaperPolicy, view: TaperView, day: Day) -> Subject:
    """Return what the conditions of rows are asked of."""
    return Subject(
        person=request.person,
        medication=request.medication,
        medicine=medicine,
        scopes=view.scopes_of(medicine),
        taken_for=request.taken_for,
        products=request.products,
        withdrawal_risk=request.withdrawal_risk,
        policy=policy,
        view=view,
        day=day,
    )


def medicine_of(request: TaperRequest, policy: TaperPolicy) -> MedicineRow | None:
    """Return the one medicine that the request is about; None if no row knows it, or it is a combination."""
    found = policy.medicines.resolve(request.medication)
    return found.medicines[0] if len(found.medicines) == 1 and not found.partly_unknown else None


def _stay(request: TaperRequest) -> TaperOption:
    return TaperOption(id="stay", kind=OptionKind.STAY, amount=daily_milligrams(request.medication))


def _unplanned(request: TaperRequest, medicine: MedicineRow | None, day: Day) -> TaperPlan:
    return TaperPlan(
        about=request.id,
        medicine=medicine.name if medicine is not None else "",
        verdict=TaperVerdict.CANNOT_TELL,
        move=Move.CANNOT_TELL,
        case="missing",
        options=(_stay(request),),
        reasons=(),
        missing=("policy.taper_settings" if medicine is not None else "medication.codes",),
        valid_until=day.valid_until,
    )


def _planned(request: TaperRequest, subject: Subject, standing: Standing) -> TaperPlan:
    if _has_died(subject):
        return _closed(request, subject, standing)
    never, unsure = no_schedule(subject)
    held, unasked = holds_of(request.readiness, subject)
    not_fit = tuple(unfit(request))
    missing = (*_missing(request, subject), *unsure, *unasked, *standing.missing)
    may_step = standing.move in {Move.FIRST_STEP, Move.NEXT_STEP} and request.safety_reason is None
    drafted = () if never or held or not_fit or missing or not may_step else options_for(request, subject, standing)
    if not any(one.kind is OptionKind.DRAFT for one in drafted):  # what one of them waits for may make a draft
        missing = (*missing, *(path for one in drafted for path in one.missing))
    back = (step_back(request, subject),) if standing.move is Move.STEP_BACK else ()
    facts = PlanFacts(
        safety=request.safety_reason is not None,
        move=standing.move,
        no_schedule=bool(never),
        held=bool(held or not_fit),
        missing=bool(missing) or standing.move is Move.CANNOT_TELL,
        drafts=any(one.kind is OptionKind.DRAFT for one in drafted),
    )
    case = first(CASES, facts)
    return TaperPlan(
        about=request.id,
        medicine=subject.medicine.name,
        verdict=case.gives.verdict,
        move=standing.move,
        case=case.id,
        options=(_stay(request), *back, *drafted),
        reasons=(*_at_once(request), *never, *_moved(standing), *held, *not_fit, *_none_known(drafted, facts, subject)),
        missing=tuple(dict.fromkeys(missing)),
        valid_until=subject.day.valid_until,
    )


def _closed(request: TaperRequest, subject: Subject, standing: Standing) -> TaperPlan:
    return TaperPlan(
        about=request.id,
        medicine=subject.medicine.name,
        verdict=TaperVerdict.NO_SCHEDULE,
        move=standing.move,
        case="no-schedule",
        options=(),
        reasons=(Reason(code="deceased"),),
        missing=(),
        valid_until=subject.day.valid_until,
    )


def _at_once(request: TaperRequest) -> Iterator[Reason]:
    if request.safety_reason is not None:
        yield Reason(code=f"safety.{request.safety_reason.value}")


def _moved(standing: Standing) -> Iterator[Reason]:
    if standing.move in _MOVE_REASONS:
        yield Reason(code=f"move.{standing.case}")


def _none_known(options: tuple[TaperOption, ...], facts: PlanFacts, subject: Subject) -> Iterator[Reason]:
    """No row has a method: what the sources do say, in their own words."""
    if options or first(CASES, facts).gives.verdict is not TaperVerdict.NO_DRAFT:
        return
    told = [row for row, open_ in rows_for(subject, Role.TOTAL) if not open_]
    yield Reason(code="no-method", rows=tuple(row.row_id for row in told), says="; ".join(row.says for row in told))


def _missing(request: TaperRequest, subject: Subject) -> Iterator[str]:
    medication = request.medication
    if not _is_depot(medication) and (daily_milligrams(medication) is None or _speak_apart(request, subject.day)):
        yield "medication.dose"
    if medication.started_on is None:
        yield "medication.started_on"
    if not medication.as_needed.known:
        yield "medication.as_needed"
    if request.taken_for is None:
        yield "taken_for"
    if not request.products:
        yield "products"
    elif any(one.release is None for one in request.products if one.form is not ProductForm.LIQUID):
        yield "products.release"
    if subject.medication.route is None:
        yield "medication.route"


def unfit(request: TaperRequest) -> Iterator[Reason]:
    """What is recorded and fits no schedule of daily doses by mouth."""
    medication = request.medication
    if _is_depot(medication):
        yield Reason(code="depot")
    if medication.as_needed is Recorded.YES:
        yield Reason(code="as-needed")
    if medication.route is not None and medication.route.lower() not in _BY_MOUTH:
        yield Reason(code="not-oral")
    releases = {one.release for one in request.products or () if one.form is not ProductForm.LIQUID}
    if len(releases) > 1:
        yield Reason(code="mixed-release")


#: How a record says that a medicine is swallowed.
_BY_MOUTH: Final = frozenset({"oral", "oral route", "by mouth", "po"})


def _speak_apart(request: TaperRequest, day: Day) -> bool:
    """Whether the dose and the last change of it say two things: a step down from the wrong one could be a step up."""
    changes, dose = changes_of(request, day), request.medication.dose
    last = changes[-1].to_dose if changes else None
    if last is None or dose is None:
        return False
    try:
        return last.compared(dose) != 0
    except AllianceError:
        return False


def _is_depot(medication: MedicationStatement) -> bool:
    return medication.dose is not None and medication.dose.every_days != 1


def _has_died(subject: Subject) -> bool:
    died = subject.person.deceased_on
    return subject.day.has_reached(died) if died is not None else subject.person.deceased is Recorded.YES
