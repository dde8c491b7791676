"""Several medicines that raise a risk together, by count."""

from collections.abc import Iterator

from alliance_core.deprescribing.context import YES, Context, counted
from alliance_core.deprescribing.episodes import first_cut, runs_on
from alliance_core.deprescribing.policy import WHOLE_REGIMEN
from alliance_core.deprescribing.rows import TriggerRow
from alliance_core.deprescribing.triggers.facts import (
    TOGETHER,
    Fired,
    Taken,
    age,
    begun,
    fired,
    joined,
    problem,
    spared,
)


def together(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Of rows of one trigger that fire on the same medicines the first is enough."""
    certain: set[tuple[str, tuple[str, ...]]] = set()
    for one in _counting(taken, context):
        what = (one.trigger, one.medicines)
        if what not in certain:
            yield one
        if one.applies is YES:
            certain.add(what)


def _counting(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    for row in context.view.triggers.triggers.get(TOGETHER, ()):
        mine = [one for one in taken if row.drug_group in {WHOLE_REGIMEN, *one.groups}]
        members = [(one, counted(row.count_of, one.episode, one.groups)) for one in mine]
        numbers = {one.episode.medicine.name: number for one, number in members if not _leaves(row, one, context)}
        if sum(numbers.values()) < (row.count_at_least or 1):
            continue
        counting = [one for one, number in members if number and one.episode.medicine.name in numbers]
        fact = joined(
            *(begun(one) for one in counting),
            *age(row, context),
            *problem(row.problem, context),
            *spared(row, None, context),
        )
        yield from fired(row, row.stage, counting, fact, context)


def _leaves(row: TriggerRow, one: Taken, context: Context) -> bool:
    """Whether it is on its way out: a taper of it is under way, with an end that is planned soon enough."""
    cut = first_cut(one.episode, context.day)
    if row.after is None or cut is None:
        return False
    ends = [entry.stops_on for entry in one.episode.entries if runs_on(entry, context.day)]
    until = row.after.after(cut)
    return bool(ends) and until is not None and all(end is not None and end <= until for end in ends)
