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
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.episodes import Episode, first_cut
from alliance_core.deprescribing.policy import DeprescribingView, IntervalRow

INITIATION: Final = "initiation"
ACUTE: Final = "acute"
STABILIZATION: Final = "stabilization"
MAINTENANCE: Final = "maintenance"
TAPER: Final = "taper"
POST_TAPER: Final = "post-taper"


@value
class Phase:
    """A phase of one episode: from when, until when (half-open), and whether it is certain."""

    name: str
    start: date
    end: date | None
    is_certain: bool = True


def phases_of(
    episode: Episode, view: DeprescribingView, *, groups: frozenset[str], has: Callable[[str], Recorded], day: Day
) -> tuple[Phase, ...]:
    """Return the phases of an episode in order; `has` tells whether the patient has a kind of problem."""
    lengths = _Lengths(view, groups, has)
    cut = first_cut(episode, day)
    if not episode.is_open:
        return _after(episode, cut, lengths)
    courses = _course(episode, lengths)
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
        rows = [row for row in self._rows if row.phase == phase and self._fits(row)]
        best = max(rows, key=lambda row: (row.drug_group in self._groups, bool(row.problem)), default=None)
        return best.interval if best is not None else CalendarDuration()

    def _fits(self, row: IntervalRow) -> bool:
        group = row.drug_group in {"", "any"} or row.drug_group in self._groups
        return group and (not row.problem or self._has(row.problem) is Recorded.YES)


def _after(episode: Episode, cut: date | None, lengths: _Lengths) -> tuple[Phase, ...]:
    """A medicine that was tapered off is watched for a time; one that simply ended is not."""
    if cut is None or episode.ended_on is None:
        return ()
    return (Phase(name=POST_TAPER, start=episode.ended_on, end=lengths.of(POST_TAPER).after(episode.ended_on)),)


def _course(episode: Episode, lengths: _Lengths) -> tuple[Phase, ...]:
    start = episode.started_on
    if start is None:
        return ()
    initiated = lengths.of(INITIATION).after(start)
    response = min((entry.response_on for entry in episode.entries if entry.response_on is not None), default=None)
    settled = earliest(lengths.of(ACUTE).after(start), response)
    early = [Phase(name=INITIATION, start=start, end=initiated)]
    if initiated is None or settled is None:
        return tuple(early)
    settled = max(settled, initiated)
    if settled > initiated:
        early.append(Phase(name=ACUTE, start=initiated, end=settled))
    return (*early, *_late(episode, settled, lengths.of(STABILIZATION)))


def _late(episode: Episode, settled: date, needed: CalendarDuration) -> tuple[Phase, ...]:
    """Stabilization lasts until some months of remission. An unrecorded remission leaves both phases possible."""
    remitted, remission_on = _remission(episode)
    if remitted is Recorded.NO:
        return (Phase(name=STABILIZATION, start=settled, end=None),)
    since = remission_on if remitted is Recorded.YES and remission_on is not None else episode.started_on
    turn = needed.after(since) if since is not None else None
    if turn is None:
        return (Phase(name=STABILIZATION, start=settled, end=None),)
    turn = max(turn, settled)
    certain = remitted is Recorded.YES and remission_on is not None
    stabilizing = Phase(name=STABILIZATION, start=settled, end=turn if certain else None)
    return (stabilizing, Phase(name=MAINTENANCE, start=turn, end=None, is_certain=certain))


def _remission(episode: Episode) -> tuple[Recorded, date | None]:
    """The last entry that says anything about remission stands."""
    said = [entry for entry in episode.entries if entry.remission is not Recorded.NOT_RECORDED or entry.remission_on]
    if not said:
        return Recorded.NOT_RECORDED, None
    last = max(said, key=lambda entry: (entry.started_on or date.min, entry.id))
    return (Recorded.YES if last.remission_on else last.remission), last.remission_on


def _cut_at(phase: Phase, cut: date) -> Phase:
    end = cut if phase.end is None else min(phase.end, cut)
    return Phase(name=phase.name, start=phase.start, end=end, is_certain=phase.is_certain)
