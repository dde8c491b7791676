"""When the whole regimen is due for review: by its least settled medicine, whether or not the tables know it."""

from collections.abc import Iterator
from datetime import date

from alliance_core.base.dates import latest
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.deprescribing.clocks import Clock
from alliance_core.deprescribing.clocks.due import soonest, unknown_of
from alliance_core.deprescribing.clocks.reaches import Reach, is_at_home, only_if, reach
from alliance_core.deprescribing.context import NO, SILENT, YES, Context, news_since
from alliance_core.deprescribing.episodes import Episode, runs_on
from alliance_core.deprescribing.phases import MAINTENANCE, STABILIZATION
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, IntervalRow
from alliance_core.deprescribing.records import PastReview, ReviewKind


def regimen_clock(context: Context) -> Clock | None:
    """Return when the whole regimen is due for review, by its least settled medicine; None if nothing is taken."""
    running = [episode for episode, _ in context.running()]
    others = [entry for entry in context.unknown if runs_on(entry, context.day)]
    rows = {row.phase: row for row in context.view.of("base", [WHOLE_REGIMEN]) if is_at_home(row, context)}
    if not rows or not (running or others):
        return None
    review = max(
        (one for one in context.reviews if _is_whole(one)), key=lambda one: (one.completed_on, one.id), default=None
    )
    begun = [*(one.started_on for one in running), *(one.started_on for one in others)]
    anchor, is_sure = _anchor(begun, review.completed_on if review is not None else None)
    if anchor is None:
        return _clock((), None, review, context)
    settled = [*(_is_settled(one, anchor, context) for one in running), *(SILENT for _ in others)]
    reaches = tuple(_reaches(rows, settled, anchor, review, context))
    if not is_sure:
        reaches = tuple(only_if(one, SILENT, ("medications.started_on",)) for one in reaches)
    return _clock(reaches, anchor, review, context)


def _anchor(begun: list[date | None], reviewed_on: date | None) -> tuple[date | None, bool]:
    """The last review counts, or the first start if the regimen began after it; an unknown start may be the first."""
    known = [one for one in begun if one is not None]
    if len(known) == len(begun):
        return latest(reviewed_on, min(known)), True
    return reviewed_on, reviewed_on is not None and any(one <= reviewed_on for one in known)


def _clock(reaches: tuple[Reach, ...], anchor: date | None, review: PastReview | None, context: Context) -> Clock:
    due = soonest([one for one in reaches if one.applies is YES], anchor, context)
    possible = soonest(list(reaches), anchor, context)
    return Clock(
        medicine="",
        phases=(),
        anchor_on=anchor,
        anchored_at="review" if review is not None else "start",
        due_on=due.due_on if due else None,
        possible_on=possible.due_on if possible else None,
        driver=due.row if due else None,
        possible_driver=possible.row if possible else None,
        binds=False,
        missing=("medications.started_on",) if anchor is None else unknown_of(reaches, due),
    )


def _is_whole(review: PastReview) -> bool:
    return review.kind in {ReviewKind.REGIMEN, ReviewKind.COMPREHENSIVE} and review.medicines is None


def _reaches(
    rows: dict[str, IntervalRow], settled: list[Recorded], anchor: date, review: PastReview | None, context: Context
) -> Iterator[Reach]:
    stands, missing = YES, tuple[str, ...]()
    for agreed in _agreed_on(review, context):
        yield agreed
        every = frozenset(group for groups in context.groups for group in groups)
        stands, missing = news_since(anchor, every, context)
    if stands is NO:
        return
    if MAINTENANCE in rows:
        yield from reach(rows[MAINTENANCE], anchor, stands, missing)
    if STABILIZATION in rows and not all(one is YES for one in settled):
        unsettled = YES if NO in settled else SILENT
        why = () if unsettled is YES else ("medications.remission",)
        yield from reach(rows[STABILIZATION], anchor, all_yes(stands, unsettled), (*missing, *why))


def _agreed_on(review: PastReview | None, context: Context) -> Iterator[Reach]:
    """The day agreed for the next talk stands, unless something came up since."""
    for row in context.view.of("revisit", [WHOLE_REGIMEN])[:1]:
        if review is not None and review.revisit_on is not None:
            yield Reach(row=row, due_on=review.revisit_on, applies=YES)


def _is_settled(episode: Episode, anchor: date, context: Context) -> Recorded:
    """Whether a medicine was in maintenance on the day of the last review."""
    phases = context.phases(episode, context.view.groups_of(episode.medicine.drug_class))
    late = next((one for one in phases if one.name == MAINTENANCE), None)
    if late is None:
        return SILENT if not phases else NO
    if anchor < late.start:
        return NO
    return YES if late.is_certain else SILENT
