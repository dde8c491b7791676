"""Which of several days counts: the earliest, above the floor, below the ceiling."""

from datetime import date
from typing import Final

from alliance_core.base.kinds import changed
from alliance_core.base.sources import Seen
from alliance_core.deprescribing.clocks.reaches import Reach
from alliance_core.deprescribing.context import YES, Context
from alliance_core.deprescribing.policy import IntervalRow


def hedges(reaches: tuple[Reach, ...]) -> list[Reach]:
    """Of phases of which one must hold, the later day of each class is the certain one."""
    open_ones = [one for one in reaches if one.is_one_of and one.row.kind == "base"]
    groups = dict.fromkeys(one.row.drug_group for one in open_ones)
    return [max((one for one in open_ones if one.row.drug_group == group), key=_reach_order) for group in groups]


def _reach_order(one: Reach) -> tuple[date, str]:
    return one.due_on, one.row.row_id


def soonest(reaches: list[Reach], anchor: date | None, context: Context) -> Reach | None:
    """Return the earliest day, kept above the floor unless a guideline is shorter, and below the ceiling."""
    if not reaches or anchor is None:
        return None
    floor, lowest = _bound("floor", anchor, context)
    kept = reaches
    if floor is not None and lowest is not None:
        kept = [
            one if one.due_on >= lowest or one.row.kind in _FREE_OF_FLOOR else changed(one, row=floor, due_on=lowest)
            for one in reaches
        ]
    first = min(kept, key=lambda one: _preference(one, context))
    ceiling, top = _bound("ceiling", anchor, context)
    if ceiling is not None and top is not None and top < first.due_on and first.row.kind != "revisit":
        return Reach(row=ceiling, due_on=top, applies=YES)
    return first


#: What a guideline asks, or the patient and the clinician agreed, may come as soon as it says.
_FREE_OF_FLOOR: Final = frozenset({"guideline", "revisit"})


def _bound(kind: str, anchor: date, context: Context) -> tuple[IntervalRow | None, date | None]:
    row = context.view.one(kind)
    return row, row.interval.after(anchor) if row is not None else None


def _preference(one: Reach, context: Context) -> tuple[date, bool, bool, str]:
    """Of rows that give one day, name the one that binds here, then one that someone has read."""
    return one.due_on, not context.binds(one.row), one.row.seen is Seen.NOT_READ, one.row.row_id


def unknown_of(reaches: tuple[Reach, ...], due: Reach | None) -> tuple[str, ...]:
    """Return the facts that could bring the day forward."""
    sooner = (one for one in reaches if one.applies is not YES and (due is None or one.due_on < due.due_on))
    return tuple(dict.fromkeys(path for one in sooner for path in one.missing))
