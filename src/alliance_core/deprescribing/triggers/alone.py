"""One medicine that has been taken so long, or for something that is over."""

from collections.abc import Iterator
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.facts import Recorded
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import Episode, entries_now
from alliance_core.deprescribing.phases import remission_of, responded_on
from alliance_core.deprescribing.rows import TriggerRow
from alliance_core.deprescribing.triggers.facts import (
    ALONE,
    Fact,
    Fired,
    Taken,
    age,
    circumstance,
    fired,
    joined,
    problem,
    spared,
)
from alliance_core.records import Problem, ProblemStatus

_REMISSION: Final = "remission"
_RESOLUTION: Final = "resolution"
_OVER: Final = frozenset({ProblemStatus.RESOLVED, ProblemStatus.INACTIVE})


def alone(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Return what has been taken so long, or for something that is over."""
    for row in context.view.triggers.triggers.get(ALONE, ()):
        for one in taken:
            if row.drug_group in one.groups and not (row.lapses_if_working and _works(one.episode, context)):
                fact = joined(
                    _long_enough(row, one.episode, context),
                    *age(row, context),
                    *problem(row.problem, context),
                    *_only_for(row.only_for, one.episode, context),
                    *circumstance(row.circumstance, context),
                    *spared(row, one.episode, context),
                )
                yield from fired(row, row.stage, [one], fact, context)


def _works(episode: Episode, context: Context) -> bool:
    """Duration alone makes no candidate of a medicine that is recorded as working."""
    return responded_on(episode, context.day) is not None or remission_of(episode, context.day)[0] is YES


def _long_enough(row: TriggerRow, episode: Episode, context: Context) -> Fact:
    """The length counts from the start, or from remission; until it is over nothing fires."""
    length = row.after or CalendarDuration()
    if row.counted_from == _REMISSION:
        return _in_remission(length, episode, context)
    if row.counted_from == _RESOLUTION:
        return _since_over(length, row.only_for, context)
    start, path = episode.started_on, ("medications.started_on",)
    if start is None:
        return Fact(holds=SILENT, since=None, missing=path, undated=path)
    until = length.after(start)
    return Fact(holds=YES if context.day.has_reached(until) else NO, since=until)


def _in_remission(length: CalendarDuration, episode: Episode, context: Context) -> Fact:
    fact, since = remission_of(episode, context.day)
    if since is not None:
        until = length.after(since)
        return Fact(holds=YES if context.day.has_reached(until) else NO, since=until)
    start, path = episode.started_on, ("medications.remission",)
    is_early = start is not None and not context.day.has_reached(length.after(start))
    return Fact(holds=NO if fact is NO or is_early else SILENT, since=None, missing=path, undated=path)


def _since_over(length: CalendarDuration, kind: str, context: Context) -> Fact:
    """The length counts from when the last problem of the kind was over; one that goes on answers it."""
    facts = [_over(length, one, context) for one in _problems_of(kind, context)]
    going = [one for one in facts if one.holds is NO]
    return going[0] if going else joined(*facts)


def _over(length: CalendarDuration, problem: Problem, context: Context) -> Fact:
    path = ("problems.status", "problems.resolved_on")
    ended = problem.resolved_on
    if ended is not None:
        until = length.after(ended)
        return Fact(holds=YES if context.day.has_reached(until) else NO, since=until)
    if problem.status is None:
        return Fact(holds=SILENT, since=None, missing=path, undated=path)
    return Fact(holds=YES if problem.status in _OVER else NO, since=None, undated=path[1:])


def _problems_of(kind: str, context: Context) -> list[Problem]:
    """Every problem of a kind that nobody refuted, also one that is over."""
    listed = context.regimen.problems or ()
    if kind not in context.problem_kinds and len(listed) == len(context.problems):
        return []
    told = (one for one in listed if one.confirmed is not NO)
    return [one for one in told if kind in context.view.problems.kinds_of(one)]


def _only_for(kind: str, episode: Episode, context: Context) -> Iterator[Fact]:
    """Whether it is taken for this and nothing else, as far as the record says what for."""
    if kind:
        now = entries_now(episode.entries, context.day)
        ids = [entry.indications for entry in now if entry.indications is not None]
        holds = _indicated(kind, ids, context) if ids else _perhaps_for(kind, context)
        yield Fact(holds=holds, missing=("medications.indications",))


def _perhaps_for(kind: str, context: Context) -> Recorded:
    """Also for one that is over: what was begun for it may go on."""
    return NO if context.has(kind) is NO and not _problems_of(kind, context) else SILENT


def _indicated(kind: str, ids: list[tuple[str, ...]], context: Context) -> Recorded:
    wanted = {each for one in ids for each in one}
    found = [one for one in context.regimen.problems or () if one.id in wanted]
    kinds = [context.view.problems.kinds_of(one) for one in found]
    if any(each and kind not in each for each in kinds) or not wanted:
        return NO
    return YES if len({one.id for one in found}) == len(wanted) and all(kinds) else SILENT
