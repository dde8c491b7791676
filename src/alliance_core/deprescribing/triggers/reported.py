"""What the patient says, and what was recorded about a medicine."""

from collections.abc import Iterator
from typing import Final

from alliance_core.deprescribing.context import YES, Context
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.rows import TriggerRow
from alliance_core.deprescribing.triggers.facts import REPORTED, Fact, Fired, Taken, fired, joined, present
from alliance_core.records import Circumstance

_WISH: Final = "wants-fewer-medicines"


def reported(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """What is put down to a medicine is about that one; what names none is about the regimen."""
    for row in context.view.triggers.triggers.get(REPORTED, ()):
        if row.circumstance == _WISH:
            yield from _wished(row, context)
            continue
        mine = context.present(row.circumstance)
        named = [(one, each) for each in taken for one in mine if _is_about(one, each.episode)]
        for episode_id in sorted({each.episode.id for _, each in named}):
            about = tuple([one for one, each in named if each.episode.id == episode_id])
            members = [each for _, each in named if each.episode.id == episode_id]
            yield from fired(row, row.stage, members, joined(present(about, row.circumstance)), context)
        rest = tuple([one for one in mine if not any(_is_about(one, each.episode) for each in taken)])
        if rest:
            yield from fired(row, row.stage, [], joined(present(rest, row.circumstance)), context)


def _is_about(one: Circumstance, episode: Episode) -> bool:
    return one.medicines is not None and not episode.entry_ids.isdisjoint(one.medicines)


def _wished(row: TriggerRow, context: Context) -> Iterator[Fired]:
    if context.regimen.wants_fewer_medicines is YES:
        wish = Fact(holds=YES, since=context.regimen.wish_recorded_on, undated=("preferences.recorded_on",))
        yield from fired(row, row.stage, [], wish, context)
