"""
Any schedule, step by step: what breaks which rule, and where sources disagree, both.

A step that the schedule's own source forbids is broken; one that some sources allow and others do not is disputed.
"""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.caps import About, Caps, Course, caps_of
from alliance_core.deprescribing.tapers.checks import Before, Fault, Rules, a_day, step_faults
from alliance_core.deprescribing.tapers.course import wait_days
from alliance_core.deprescribing.tapers.drafts import first_dose, history_of
from alliance_core.deprescribing.tapers.fitting import Subject, daily_milligrams, rows_for
from alliance_core.deprescribing.tapers.holds import holds_of, no_schedule
from alliance_core.deprescribing.tapers.planner import NEEDED, medicine_of, subject_of, unfit
from alliance_core.deprescribing.tapers.policy import Method, Role, TaperPolicy, TaperRow
from alliance_core.deprescribing.tapers.records import ScheduledStep, TaperSchedule

_NEEDED: Final = NEEDED | {"alternate-days"}


class StepStanding(Enum):
    """What came of checking one step, or a whole schedule."""

    HOLDS = "holds"
    DISPUTED = "disputed"
    BROKEN = "broken"
    CANNOT_TELL = "cannot-tell"


#: What a missing fact never leads to.
REASSURING: Final = frozenset({StepStanding.HOLDS})


@value
class StepCheck:
    """One step: how it stands, and what breaks which rule. `dose_before` and `dose` are milligrams on the mean day."""

    number: int
    standing: StepStanding
    faults: tuple[Fault, ...]


@value
class TaperCheck:
    """
    A schedule checked. `faults` are those of the whole; `missing` names what to record before all can be checked.

    `standing` is the heaviest: broken, then disputed, then cannot tell.
    """

    about: str
    standing: StepStanding
    steps: tuple[StepCheck, ...]
    faults: tuple[Fault, ...]
    missing: tuple[str, ...]
    valid_until: date | None


def verify_taper(schedule: TaperSchedule, *, policy: TaperPolicy, on: date) -> TaperCheck:
    """
    Return what of a schedule breaks which rule, step by step, and where sources disagree.

    Rules: sums of tablets and liquids, halves, order and check-ins, what never ends at once, and the caps of every
    source of the table `tapers` that is about this medicine and person. Raises `ChartError` only for a datetime.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    medicine = medicine_of(schedule.request, policy)
    if medicine is None or not view.settings.keys() >= _NEEDED:
        return TaperCheck(
            about=schedule.id,
            standing=StepStanding.CANNOT_TELL,
            steps=(),
            faults=(),
            missing=("policy.taper_settings" if medicine is not None else "medication.codes",),
            valid_until=day.valid_until,
        )
    return _checked(schedule, subject_of(schedule.request, medicine, policy, view, day))


def _checked(schedule: TaperSchedule, subject: Subject) -> TaperCheck:
    never, unsure = no_schedule(subject)
    held, unasked = holds_of(schedule.request.readiness, subject)
    rows = _sources(schedule, subject)
    steps = tuple(_steps(schedule, subject, [row for row, open_ in rows if not open_]))
    faults = (
        *(Fault(code=one.code, rows=one.rows) for one in (*never, *held, *unfit(schedule.request))),
        *_whole(schedule, subject),
    )
    missing = tuple(
        dict.fromkeys((*_missing(schedule), *unsure, *unasked, *(path for _, open_ in rows for path in open_)))
    )
    return TaperCheck(
        about=schedule.id,
        standing=_heaviest(steps, faults, missing),
        steps=steps,
        faults=faults,
        missing=missing,
        valid_until=subject.day.valid_until,
    )


def _heaviest(steps: tuple[StepCheck, ...], faults: tuple[Fault, ...], missing: tuple[str, ...]) -> StepStanding:
    standings = {one.standing for one in steps}
    if faults or StepStanding.BROKEN in standings:
        return StepStanding.BROKEN
    if StepStanding.DISPUTED in standings:
        return StepStanding.DISPUTED
    return StepStanding.CANNOT_TELL if missing or StepStanding.CANNOT_TELL in standings else StepStanding.HOLDS


def _missing(schedule: TaperSchedule) -> Iterator[str]:
    request = schedule.request
    if daily_milligrams(request.medication) is None:
        yield "medication.dose"
    if request.medication.started_on is None:
        yield "medication.started_on"
    if request.taken_for is None:
        yield "taken_for"
    if request.products is None:
        yield "products"
    if any(one.pieces is None for one in schedule.steps):
        yield "steps.pieces"
    if any(one.check_in_on is None for one in schedule.steps):
        yield "steps.check_in_on"
    if any(not one.only_earliest.known for one in schedule.steps[1:]):
        yield "steps.only_earliest"


# -- the sources -----------------------------------------------------------------------------------------------------


def _sources(schedule: TaperSchedule, subject: Subject) -> tuple[tuple[TaperRow, tuple[str, ...]], ...]:
    """Return the rows that say something of this medicine and person; the one that is named always does."""
    rows = rows_for(subject, Role.PLAN, Role.CEILING)
    named = [row for row in subject.view.methods_of(subject.scopes) if row.name == schedule.method]
    return (*((row, ()) for row in named), *((row, open_) for row, open_ in rows if row not in named))


def _whole(schedule: TaperSchedule, subject: Subject) -> Iterator[Fault]:
    named = {row.name for row in subject.view.methods_of(subject.scopes)}
    if schedule.method is not None and schedule.method not in named:
        yield Fault(code="unknown-method")
    if schedule.steps[-1].amount:
        return
    length = (schedule.steps[-1].starts_on - schedule.steps[0].starts_on).days
    for row, open_ in rows_for(subject, Role.PLAN, Role.TOTAL, Role.CEILING):
        own = row.role is not Role.PLAN or row.name == schedule.method
        if own and not open_ and row.total_lower is not None and length < row.total_lower.days:
            yield Fault(code="total-too-short", rows=(row.row_id,))


@value
class _Source:
    """A row with its caps for this schedule."""

    row: TaperRow
    caps: Caps
    named: bool


def _steps(schedule: TaperSchedule, subject: Subject, rows: list[TaperRow]) -> Iterator[StepCheck]:
    request, view = schedule.request, subject.view
    now = daily_milligrams(request.medication)
    start = schedule.steps[0].amount if now is None else now
    about = About(
        medicine=subject.medicine,
        first=first_dose(request, start),
        at_hand=request.products or (),
        policy=subject.policy,
        view=view,
    )
    sources = [_Source(row=row, caps=caps_of(row, about), named=row.name == schedule.method) for row in rows]
    rules = Rules(
        products=request.products,
        view=view,
        wait=wait_days(subject.medicine, view),
        every_days=frozenset(
            one.every_days for row in view.methods_of(subject.scopes) for one in view.steps.get(row.name, ())
        ),
    )
    history = [(on, Fraction(amount)) for on, amount in history_of(request, subject.day)]
    course = Course(Fraction(about.first), history)
    before = Before(dose=Fraction(start), on=None, longest=None, check_in_on=None)
    for number, step in enumerate(schedule.steps, 1):
        if number == 1 and now is None:
            yield StepCheck(number=1, standing=StepStanding.CANNOT_TELL, faults=())
        else:
            asked = _Asked(step=step, number=number, before=before, first=Fraction(about.first), schedule=schedule)
            yield _step(asked, sources, course, rules, subject)
        course.add(step.starts_on.toordinal(), a_day(step))
        before = _after(step, before)


def _after(step: ScheduledStep, before: Before) -> Before:
    interval = (step.starts_on - before.on).days if before.on is not None else None
    known = [one for one in (before.longest, interval) if one is not None and one > 0]
    return Before(dose=a_day(step), on=step.starts_on, longest=max(known, default=None), check_in_on=step.check_in_on)


@value
class _Asked:
    """One step, and what it follows."""

    step: ScheduledStep
    number: int
    before: Before
    first: Fraction
    schedule: TaperSchedule


def _step(asked: _Asked, sources: list[_Source], course: Course[Fraction], rules: Rules, subject: Subject) -> StepCheck:
    told = [(one, code) for one in sources for code in _said(one, asked, course, subject)]
    against = [(one, code) for one, code in told if code]
    allowed = tuple(one.row.row_id for one, code in told if not code)
    own = [*step_faults(asked.step, asked.before, rules), *_at_once(asked, allowed, subject)]
    faults = tuple(
        Fault(
            code=code,
            rows=tuple(one.row.row_id for one, said in against if said == code),
            allowed_by=allowed,
        )
        for code in dict.fromkeys(code for _, code in against)
    )
    is_broken = any(not one.allowed_by for one in own) or any(one.named for one, _ in against)
    if is_broken or (against and not allowed):
        standing = StepStanding.BROKEN
    else:
        standing = StepStanding.DISPUTED if own or against else StepStanding.HOLDS
    return StepCheck(number=asked.number, standing=standing, faults=(*own, *faults))


def _at_once(asked: _Asked, allowed: tuple[str, ...], subject: Subject) -> Iterator[Fault]:
    """What never ends at once is not ended by the first step, unless a danger is recorded or a source allows it."""
    never = [row.row_id for scope, row in subject.view.never_abrupt.items() if scope in subject.scopes]
    if asked.number > 1 or asked.step.amount or not never or asked.schedule.request.safety_reason is not None:
        return
    yield Fault(code="ends-at-once", rows=tuple(never), allowed_by=allowed)


def _said(source: _Source, asked: _Asked, course: Course[Fraction], subject: Subject) -> Iterator[str]:
    """Return what one source says of a step: what it breaks, nothing ("") if it allows it; no word if it has none."""
    row, caps, step = source.row, source.caps, asked.step
    if row.method in {Method.STOP, Method.TABLE}:
        yield from _by_table(source, asked, subject)
        return
    broken = False
    interval = (step.starts_on - asked.before.on).days if asked.before.on is not None else caps.shortest
    if 0 < interval < caps.shortest:
        broken = True
        yield "interval-too-short"
    dose = a_day(step)
    if not dose and caps.last is not None:
        if asked.before.dose > caps.last:
            broken = True
            yield "last-dose-too-high"
    elif dose < caps.least(course.on(step.starts_on.toordinal() - caps.window), asked.first):
        broken = True
        yield "cut-above-cap"
    if not broken:
        yield ""


def _by_table(source: _Source, asked: _Asked, subject: Subject) -> Iterator[str]:
    """A table or a stop has a word on its own steps, and on others only if the schedule means to follow it."""
    table = subject.view.steps.get(source.row.name, ())
    step = asked.step
    if source.row.method is Method.STOP:
        follows = asked.number == 1 and not step.amount
    else:
        follows = any(
            (one.step, one.amount, one.every_days) == (asked.number, step.amount, step.every_days) for one in table
        )
    if follows:
        yield ""
    elif source.named:
        yield "not-as-the-table"
