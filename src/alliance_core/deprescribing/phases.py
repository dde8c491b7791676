"""
The phases of a course of treatment, as far as the record shows; an unknown one leaves several that are possible.

Lengths are policy rows (practice): initiation, acute until response, stabilization until some months of remission,
maintenance; a taper from its first cut; after a taper a time of watching.
"""

from collections.abc import Callable
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, earliest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.kinds import changed, value
from alliance_core.deprescribing.episodes import Episode, end_of, first_cut
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, DeprescribingView, IntervalRow

INITIATION: Final = "initiation"
ACUTE: Final = "acute"
STABILIZATION: Final = "stabilization"
MAINTENANCE: Final = "maintenance"
TAPER: Final = "taper"
POST_TAPER: Final = "post-taper"


@value
class Phase:
    """A phase of one episode: from when, until when (half-open), and what was not recorded that would make it sure."""

    name: str
    start: date
    end: date | None
    missing: tuple[str, ...] = ()

    @property
    def is_certain(self) -> bool:
        """Whether the record shows that the episode is in this phase between its days."""
        return not self.missing


def phases_of(
    episode: Episode, view: DeprescribingView, *, groups: frozenset[str], has: Callable[[str], Recorded], day: Day
) -> tuple[Phase, ...]:
    """Return the phases of an episode in order; `has` tells whether the patient has a kind of problem."""
    lengths = _Lengths(view, groups, has)
    cut = first_cut(episode, day)
    if not episode.is_open:
        return _after(episode, cut, lengths)
    courses = _course(episode, lengths, day)
    if cut is None:
        return courses
    kept = tuple(_cut_at(phase, cut) for phase in courses if phase.start < cut)
    return (*kept, Phase(name=TAPER, start=cut, end=None))


class _Lengths:
    """The lengths of phases in force, the most particular first."""

    def __init__(self, view: DeprescribingView, groups: frozenset[str], has: Callable[[str], Recorded]) -> None:
        self._rows = view.by_kind.get("phase-end", ())
        self._groups, self._has = groups, has

    def of(self, phase: str) -> CalendarDuration:
        return self.possible(phase)[0]

    def possible(self, phase: str) -> tuple[CalendarDuration, ...]:
        """Return the length that holds, then those that would hold if the patient had a problem nobody ruled out."""
        rows = [row for row in self._rows if row.phase == phase and self._is_mine(row)]
        sure = [row for row in rows if self._asks(row) is Recorded.YES]
        best = max(sure, key=self._particular, default=None)
        holding = best.interval if best is not None else CalendarDuration()
        return (holding, *(row.interval for row in rows if not self._asks(row).known))

    def _is_mine(self, row: IntervalRow) -> bool:
        return row.drug_group == WHOLE_REGIMEN or row.drug_group in self._groups

    def _asks(self, row: IntervalRow) -> Recorded:
        return self._has(row.problem) if row.problem else Recorded.YES

    def _particular(self, row: IntervalRow) -> tuple[bool, bool]:
        return row.drug_group in self._groups, bool(row.problem)


def _after(episode: Episode, cut: date | None, lengths: _Lengths) -> tuple[Phase, ...]:
    """A medicine that was tapered off is watched for a time; one that simply ended is not."""
    if cut is None:
        return ()
    if episode.ended_on is None:
        return (Phase(name=POST_TAPER, start=cut, end=None, missing=("medications.stopped_on",)),)
    ends = [length.after(episode.ended_on) or date.max for length in lengths.possible(POST_TAPER)]
    if episode.started_on is None and len(episode.entries) > 1:  # one without its day may be of another course
        first = earliest(*map(end_of, episode.entries)) or episode.ended_on
        return (Phase(name=POST_TAPER, start=first, end=max(ends), missing=("medications.started_on",)),)
    sure = Phase(name=POST_TAPER, start=episode.ended_on, end=min(ends))
    if min(ends) == max(ends):
        return (sure,)
    return (sure, Phase(name=POST_TAPER, start=min(ends), end=max(ends), missing=("problems",)))


def _course(episode: Episode, lengths: _Lengths, day: Day) -> tuple[Phase, ...]:
    start = episode.started_on
    if start is None:
        return ()
    initiated = lengths.of(INITIATION).after(start)
    settled = earliest(lengths.of(ACUTE).after(start), responded_on(episode, day))
    early = [Phase(name=INITIATION, start=start, end=initiated)]
    if initiated is None or settled is None:
        return tuple(early)
    settled = max(settled, initiated)
    if settled > initiated:
        early.append(Phase(name=ACUTE, start=initiated, end=settled))
    return (*early, *_late(start, settled, remission_of(episode, day), lengths.of(STABILIZATION)))


def responded_on(episode: Episode, day: Day) -> date | None:
    """Return the first day on which a response was recorded; None if there is none."""
    return earliest(*(one.response_on for one in episode.entries if day.has_reached(one.response_on)))


def _late(
    start: date, settled: date, remission: tuple[Recorded, date | None], needed: CalendarDuration
) -> tuple[Phase, ...]:
    """Stabilization lasts until some months of remission. An unrecorded remission leaves both phases possible."""
    remitted, remission_on = remission
    turn = needed.after(remission_on or start)
    if remitted is Recorded.NO or turn is None:
        return (Phase(name=STABILIZATION, start=settled, end=None),)
    turn = max(turn, settled)
    is_sure = remission_on is not None
    stabilizing = Phase(name=STABILIZATION, start=settled, end=turn if is_sure else None)
    missing = () if is_sure else ("medications.remission",)
    return (stabilizing, Phase(name=MAINTENANCE, start=turn, end=None, missing=missing))


def remission_of(episode: Episode, day: Day) -> tuple[Recorded, date | None]:
    """Return what the last entries say: remission that an older one knew of may be over, if the last is silent."""
    last_on = max(entry.started_on or date.min for entry in episode.entries)
    last = [entry for entry in episode.entries if entry.started_on == last_on]
    since = [entry.remission_on for entry in last if day.has_reached(entry.remission_on)]
    days = [one for one in since if one is not None]
    if days and len(days) == len(last):
        return Recorded.YES, max(days)
    facts = (Recorded.YES if day.has_reached(entry.remission_on) else entry.remission for entry in last)
    return all_yes(*facts), None


def _cut_at(phase: Phase, cut: date) -> Phase:
    return changed(phase, end=cut if phase.end is None else min(phase.end, cut))
