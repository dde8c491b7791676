"""Which rows reach how far: for one course of a medicine, each row's day and whether it applies."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import latest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, negate
from alliance_core.base.kinds import changed, value
from alliance_core.deprescribing.context import (
    NO,
    SILENT,
    YES,
    Context,
    asks_beside,
    counted_as,
    joined,
    news_since,
)
from alliance_core.deprescribing.episodes import Episode, last_increase
from alliance_core.deprescribing.phases import MAINTENANCE, STABILIZATION, Phase
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, IntervalRow
from alliance_core.deprescribing.records import PastReview, ReviewResult
from alliance_core.records import Circumstance, Setting, has_age

_AWAY: Final = frozenset({Setting.INPATIENT, Setting.NURSING_FACILITY, Setting.EMERGENCY})


@value
class Reach:
    """
    One row's day, if it applies; `applies` unclear or not recorded leaves the day possible.

    `is_one_of` = one of several phases of which one must hold.
    """

    row: IntervalRow
    due_on: date
    applies: Recorded
    missing: tuple[str, ...] = ()
    is_one_of: bool = False


@value
class Course:
    """One medicine's course as its rows see it: phases, reviews, the last of them, and where intervals count from."""

    episode: Episode
    groups: frozenset[str]
    phases: tuple[Phase, ...]
    reviews: tuple[PastReview, ...]
    review: PastReview | None
    anchor: date

    def held_after(self, day: date) -> int:
        """Count the reviews after a day: what was said on the day on which a course began is no review of it."""
        return sum(one.completed_on > day for one in self.reviews)


def reaches_of(course: Course, context: Context) -> Iterator[Reach]:
    """Return the day of every row that asks about this course, with what leaves it open."""
    doubts = _doubts_of(course, context)
    for one in _standing(course, context):
        yield only_if(one, SILENT, doubts) if doubts else one


def _doubts_of(course: Course, context: Context) -> tuple[str, ...]:
    """A course without a start may have begun after the last review, and a watch may be over: no day is certain."""
    if course.episode.started_on is None:
        return ("medications.started_on",)
    last = course.phases[-1]
    is_doubtful = not course.episode.is_open and context.day.has_reached(last.start)
    return last.missing if is_doubtful else ()


def _standing(course: Course, context: Context) -> Iterator[Reach]:
    agreed = _agreed_on(course, context)
    if agreed is None:
        yield from _rows(course, context)
        return
    yield agreed
    bound, free = _split(_rows(course, context), context)
    yield from bound
    stands, missing = news_since(course.anchor, course.groups, context)
    if stands is not NO:
        yield from (only_if(reach, stands, missing) for reach in free)


def _split(reaches: Iterable[Reach], context: Context) -> tuple[list[Reach], list[Reach]]:
    """An answer does not put off what a guideline of this country asks; what is our own suggestion waits."""
    bound: list[Reach] = []
    free: list[Reach] = []
    for reach in reaches:
        (bound if reach.row.kind == "guideline" and context.binds(reach.row) else free).append(reach)
    return bound, free


def only_if(reach: Reach, fact: Recorded, missing: tuple[str, ...]) -> Reach:
    """Return the row's day under a further condition."""
    if fact is YES:
        return reach
    paths = tuple(dict.fromkeys((*reach.missing, *missing)))
    return changed(reach, applies=all_yes(reach.applies, fact), missing=paths, is_one_of=False)


def _rows(course: Course, context: Context) -> Iterator[Reach]:
    ordered = sorted(course.groups)
    for row in context.view.of("base", ordered):
        if is_at_home(row, context):
            yield from _in_phases(row, course, context)
    for row in context.view.of("guideline", ordered):
        yield from _guideline(row, course, context)
    for row in context.caps():
        if row.drug_group == WHOLE_REGIMEN or row.drug_group in course.groups:
            yield from _cap(row, course, context)


def is_at_home(row: IntervalRow, context: Context) -> bool:
    """A row for outpatients holds wherever the patient is not in a ward or a facility."""
    if row.setting in {"", "any"}:
        return True
    if row.setting == "outpatient":
        return context.setting not in _AWAY
    return context.setting is not None and context.setting.value == row.setting


def _agreed_on(course: Course, context: Context) -> Reach | None:
    """A decline, or "stay on it", is an answer: the next talk is on the day agreed, else when the revisit row says."""
    review = course.review
    row = next(iter(context.view.of("revisit", [*sorted(course.groups), WHOLE_REGIMEN])), None)
    if review is None or row is None or (review.revisit_on is None and review.result is not ReviewResult.DECLINED):
        return None
    due_on = review.revisit_on or row.interval.after(review.completed_on)
    return Reach(row=row, due_on=due_on, applies=YES) if due_on is not None else None


def _in_phases(row: IntervalRow, course: Course, context: Context) -> Iterator[Reach]:
    """The phase at the last review sets the date; a phase that began later can only bring it forward."""
    if not row.phase:
        yield from reach(row, course.anchor)
        return
    if _may_be_in_any_phase(course):
        yield from reach(row, course.anchor)
    for phase in course.phases:
        if row.phase != phase.name or not context.day.has_reached(phase.start):
            continue
        if (phase.end is not None and phase.end <= course.anchor) or not _is_step(row, phase, course, context):
            continue
        yield from _in_phase(row, phase, course)


def _may_be_in_any_phase(course: Course) -> bool:
    """Nobody wrote when the course began: at the last review it may have been in any phase before a taper."""
    is_undated = course.episode.is_open and course.episode.started_on is None
    return is_undated and (not course.phases or course.anchor < course.phases[0].start)


def _in_phase(row: IntervalRow, phase: Phase, course: Course) -> Iterator[Reach]:
    missing = _doubts(phase, course)
    for one in reach(row, max(course.anchor, phase.start), SILENT if missing else YES, missing):
        yield changed(one, is_one_of=True) if missing and phase.name in _SETTLING else one


#: Of these two, one holds as long as remission was not recorded.
_SETTLING: Final = frozenset({STABILIZATION, MAINTENANCE})


def _doubts(phase: Phase, course: Course) -> tuple[str, ...]:
    """Stabilization beside a possible maintenance is only possible itself, once the anchor lies in both."""
    if phase.name != STABILIZATION:
        return phase.missing
    late = course.phases[-1]
    return late.missing if late.name == MAINTENANCE and course.anchor >= late.start else ()


def reach(row: IntervalRow, start: date, applies: Recorded = YES, missing: tuple[str, ...] = ()) -> Iterator[Reach]:
    """Return the row's day; a day past the calendar is no day."""
    due_on = row.interval.after(start)
    if due_on is not None:
        yield Reach(row=row, due_on=due_on, applies=applies, missing=missing)


def _is_step(row: IntervalRow, phase: Phase, course: Course, context: Context) -> bool:
    """A sequence of intervals goes one step on with each review held in its phase; its last step repeats."""
    if row.step is None:
        return True
    last = context.view.last_steps[row.kind, row.drug_group, row.phase]
    return row.step == min(course.held_after(phase.start) + 1, last)


def _guideline(row: IntervalRow, course: Course, context: Context) -> Iterator[Reach]:
    applies, missing = context.applies(row)
    if applies is NO or not is_at_home(row, context):
        return
    since_start = row.anchor in {"start", "start-or-increase"}
    reaches = _since_start(row, course, context) if since_start else _in_phases(row, course, context)
    yield from (only_if(one, applies, missing) for one in reaches)


def _since_start(row: IntervalRow, course: Course, context: Context) -> Iterator[Reach]:
    """Due once, so long after the start (or the last increase), until as many reviews as the row asks were held."""
    if not course.episode.is_open:
        return
    start = course.episode.started_on
    if start is None:  # it may have begun on any day, and at the earliest the row counts from the last review
        yield from reach(row, course.anchor)
    if row.anchor == "start-or-increase":
        start = latest(start, last_increase(course.episode, context.day))
    if start is None or _is_past(row, start, course):
        return
    young = _is_young(row, start, context)
    if young is not NO and course.held_after(start) < (row.step or 1):
        yield from reach(row, start, young, () if young.known else ("person.born_on",))


def _is_past(row: IntervalRow, start: date, course: Course) -> bool:
    """What a phase asks at its beginning lapses once a review was held after that phase."""
    phase = next((one for one in course.phases if one.name == row.phase), None)
    ended = phase is not None and phase.end is not None and course.anchor >= phase.end
    return ended and course.anchor > start


def _is_young(row: IntervalRow, start: date, context: Context) -> Recorded:
    """An upper age is asked on the day the clock starts: a birthday in between does not stop it."""
    if row.age_below is None:
        return YES
    return negate(has_age(context.regimen.person, row.age_below, Day(start)))


# -- caps ------------------------------------------------------------------------------------------------------------


def _cap(row: IntervalRow, course: Course, context: Context) -> Iterator[Reach]:
    """A cap counts from the last review, or from when the circumstance appeared if that was later; it only shortens."""
    if row.anchor in {"start", "start-or-increase"}:
        yield from _guideline(row, course, context)
    elif not course.episode.is_open or (row.count_of and not counted_as(row, course.episode, course.groups)):
        return
    elif row.circumstance:
        for one in context.present(row.circumstance):
            yield from _since_noted(row, one, course, context)
    else:
        yield from reach(row, course.anchor, *context.applies(row))


def _since_noted(row: IntervalRow, one: Circumstance, course: Course, context: Context) -> Iterator[Reach]:
    """What a later review dealt with counts no more; without a day nobody can tell whether one did."""
    noted_on = one.recorded_on
    is_reviewed = row.applies == "until-reviewed" and course.review is not None
    if is_reviewed and noted_on is not None and noted_on < course.anchor:
        return
    applies, missing = joined(*_asked_of(row, one), *asks_beside(row, context))
    yield from reach(row, latest(course.anchor, noted_on) or course.anchor, applies, missing)


def _asked_of(row: IntervalRow, one: Circumstance) -> tuple[tuple[str, Recorded], tuple[str, Recorded]]:
    return (
        (f"circumstances.{row.circumstance}", one.present),
        ("circumstances.recorded_on", SILENT if one.recorded_on is None else YES),
    )
