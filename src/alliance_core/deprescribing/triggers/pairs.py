"""Two medicines that are looked at together: interactions, and prescribing cascades."""

from collections.abc import Iterator
from typing import Final

from alliance_core.base.dates import latest
from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.kinds import changed
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import Episode, last_increase
from alliance_core.deprescribing.rows import CascadeRow, InteractionRow
from alliance_core.deprescribing.triggers.facts import (
    HARM,
    Fact,
    Fired,
    Taken,
    begun,
    circumstance,
    fired,
    joined,
    weight,
)

_CIRCUMSTANCE: Final = "circumstance"
_CASCADE: Final = "T15"
_LOWERED: Final = "both"


def interactions(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Return the pairs that are looked at together."""
    rows = context.view.triggers.interactions
    for tag in sorted({tag for one in taken for tag in one.tags} & rows.keys()):
        for row in rows[tag]:
            lefts = [one for one in taken if tag in one.tags and row.except_group not in one.groups]
            yield from _interaction(row, lefts, taken, context)


def _interaction(
    row: InteractionRow, lefts: list[Taken], taken: tuple[Taken, ...], context: Context
) -> Iterator[Fired]:
    kind, _, name = row.right.partition(":")
    if kind == _CIRCUMSTANCE:
        rights, beside = list[Taken](), circumstance(name, context)
    else:
        rights = [one for one in taken if row.right in one.tags and row.except_group not in one.groups]
        beside = iter(())
    members = [*lefts, *(one for one in rights if one not in lefts)]
    if kind != _CIRCUMSTANCE and not _are_two(lefts, rights):
        return
    fact = joined(*(begun(one) for one in members), *beside, *_newly(row, members, context))
    for one in fired(row, HARM, members, fact, context):
        lowered = members if row.candidate == _LOWERED else lefts if row.candidate == "left" else []
        yield changed(one, candidates=tuple(sorted({each.episode.id for each in lowered})), act=row.act)


def _are_two(lefts: list[Taken], rights: list[Taken]) -> bool:
    """Two sides of one ingredient are none: it does not stand beside itself."""
    names = {one.episode.medicine.name for one in rights}
    return any(names - {one.episode.medicine.name} for one in lefts)


def _newly(row: InteractionRow, members: list[Taken], context: Context) -> Iterator[Fact]:
    """Whether one of them was begun, or raised, so shortly ago."""
    if row.newly is None:
        return
    days = [latest(one.episode.started_on, last_increase(one.episode, context.day)) for one in members]
    ends = [row.newly.after(day) for day in days if day is not None]
    if any(end is not None and not context.day.has_reached(end) for end in ends):
        yield Fact(holds=YES)
        return
    unknown = any(one.episode.started_on is None for one in members)
    yield Fact(holds=SILENT if unknown else NO, missing=("medications.started_on",))


def cascades(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Return the medicines that may have been added for an effect of another one."""
    rows = context.view.triggers.cascades
    for added in taken:
        for tag in sorted(added.tags & rows.keys()):
            for row in rows[tag]:
                causes = [one for one in taken if row.cause in one.tags and one is not added]
                yield from _cascade(row, added, causes, context)


def _cascade(row: CascadeRow, added: Taken, causes: list[Taken], context: Context) -> Iterator[Fired]:
    """It was begun after the other one, and within so long: that it treats an effect of it is only possible."""
    facts = [(one, _follows(row, one.episode, added.episode)) for one in causes]
    holding = [(one, fact) for one, fact in facts if fact is not NO]
    if holding:
        applies = any_yes(*(fact for _, fact in holding))
        yield Fired(
            trigger=_CASCADE,
            row=row,
            stage=HARM,
            weight=weight(row, context),
            medicines=(added.episode.id,),
            candidates=(added.episode.id,),
            applies=applies,
            since=added.episode.started_on,
            missing=() if applies is YES else ("medications.started_on",),
            undated=("medications.started_on",),
            beside=tuple(sorted(one.episode.id for one, _ in holding)),
        )


def _follows(row: CascadeRow, cause: Episode, added: Episode) -> Recorded:
    if cause.started_on is None or added.started_on is None:
        return SILENT
    until = row.within.after(cause.started_on)
    is_within = until is None or added.started_on <= until
    return YES if cause.started_on < added.started_on and is_within else NO
