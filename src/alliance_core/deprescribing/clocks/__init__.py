"""
When each medicine is due for review: base, guideline and caps joined; law kept apart.

The base interval depends on class and phase, a guideline is never exceeded, caps only shorten, a floor keeps the date
from coming too soon unless a guideline is shorter, a ceiling keeps it from going too far. An interval counts from the
last completed review, or from the start if there was none. What is unknown leaves a span of days: before it the
review is not due, after it it is, between them nobody can tell.
"""

from datetime import date

from alliance_core.base.dates import earliest
from alliance_core.base.day import Day
from alliance_core.base.kinds import value
from alliance_core.deprescribing.clocks.due import hedges, soonest, unknown_of
from alliance_core.deprescribing.clocks.reaches import Course, Reach, reaches_of
from alliance_core.deprescribing.context import YES, Context, reviews_of
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.phases import Phase
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.deprescribing.records import PastReview


@value
class Clock:
    """
    When one medicine is due for review, why, and what would make the day certain.

    `due_on` is the day by which it is due on everything recorded, `possible_on` the earliest day that something
    unrecorded could make it. `driver` and `possible_driver` are the rows that set them.
    """

    medicine: str
    phases: tuple[str, ...]
    anchor_on: date | None
    anchored_at: str
    due_on: date | None
    possible_on: date | None
    driver: IntervalRow | None
    possible_driver: IntervalRow | None
    binds: bool
    missing: tuple[str, ...]


def clocks_of(context: Context) -> tuple[Clock, ...]:
    """Return the clock of each medicine that is taken or watched; a course begun anew ends the watch over the last."""
    clocks = {
        episode.id: clock
        for episode, groups in zip(context.episodes, context.groups, strict=True)
        if (clock := clock_of(episode, groups, context)) is not None
    }
    return tuple(clocks.values())


def clock_of(episode: Episode, groups: frozenset[str], context: Context) -> Clock | None:
    """Return when one medicine is due for review; None if no phase of it asks for one."""
    phases = context.phases(episode, groups)
    if not episode.is_open and not _is_watched(phases, context.day):
        return None
    reviews = tuple([one for one in reviews_of(episode, context) if _is_since(episode.started_on, one)])
    review = max(reviews, key=_review_order, default=None)
    anchor = review.completed_on if review is not None else episode.started_on
    if anchor is None:
        return _clock(episode, phases, review, anchor, (), context)
    course = Course(episode=episode, groups=groups, phases=phases, reviews=reviews, review=review, anchor=anchor)
    return _clock(episode, phases, review, anchor, tuple(reaches_of(course, context)), context)


def _is_watched(phases: tuple[Phase, ...], day: Day) -> bool:
    return bool(phases) and not day.has_reached(phases[-1].end)


def _is_since(started_on: date | None, review: PastReview) -> bool:
    return started_on is None or review.completed_on >= started_on


def _review_order(review: PastReview) -> tuple[date, str]:
    return review.completed_on, review.id


def _clock(
    episode: Episode,
    phases: tuple[Phase, ...],
    review: PastReview | None,
    anchor: date | None,
    reaches: tuple[Reach, ...],
    context: Context,
) -> Clock:
    certain = [one for one in reaches if one.applies is YES]
    due = soonest([*certain, *hedges(reaches)], anchor, context)
    is_clock = any(one.row.kind == "base" or (one.applies is YES and one.row.kind != "cap") for one in reaches)
    possible = soonest(list(reaches), anchor, context) if is_clock else None
    return Clock(
        medicine=episode.id,
        phases=tuple(one.name for one in phases if _is_now(one, context.day)),
        anchor_on=anchor,
        anchored_at="review" if review is not None else "start",
        due_on=due.due_on if due else None,
        possible_on=possible.due_on if possible else None,
        driver=due.row if due else None,
        possible_driver=possible.row if possible else None,
        binds=due is not None and context.binds(due.row),
        missing=unknown_of(reaches, due) if is_clock and reaches else _needed(anchor),
    )


def _is_now(phase: Phase, day: Day) -> bool:
    return day.has_reached(phase.start) and not (phase.end is not None and day.has_reached(phase.end))


def _needed(anchor: date | None) -> tuple[str, ...]:
    """A cap alone only shortens: where no row says how long an interval is, it is the table that is silent."""
    return ("medications.started_on",) if anchor is None else ("policy.review_intervals",)


def first_due(clocks: tuple[Clock, ...]) -> date | None:
    """Return the earliest day on which any medicine is due."""
    return earliest(*(clock.due_on for clock in clocks))


__all__ = ["Clock", "clock_of", "clocks_of", "first_due"]
