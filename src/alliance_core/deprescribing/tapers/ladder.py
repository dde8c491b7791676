"""From a dose to none by one source's method: each step dispensable, each cap kept after rounding."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil

from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.caps import Caps, Course, share
from alliance_core.deprescribing.tapers.dispensing import Kit
from alliance_core.deprescribing.tapers.policy import Method, TaperRow


@value
class Pace:
    """How fast within the source's own range: its quicker or its slower end, slowed down after severe withdrawal."""

    cut: Fraction
    cut_later: Fraction | None
    later_below: Fraction
    milligrams: Fraction
    interval: int


@value
class Ladder:
    """The doses of the steps, each a whole number of the kit's scale and the last 0; or where it ended and why."""

    doses: tuple[int, ...]
    stuck_at: int | None = None
    too_long: bool = False


@value
class Climb:
    """What one ladder is made from: the kit, the caps, the dose now and the dose at first, in milligrams."""

    kit: Kit
    caps: Caps
    pace: Pace
    now: Decimal
    first: Decimal
    began: int
    history: tuple[tuple[int, Fraction], ...]
    most_steps: int


def pace_of(row: TaperRow, *, slower: bool, interval: int, slow: Fraction) -> Pace:
    """Return the pace at one end of the row's range, its cuts made smaller by `slow`."""
    cut = row.cut_lower if slower and row.cut_lower is not None else row.cut
    later = share(row.cut_later)
    return Pace(
        cut=(share(cut) or Fraction(0)) * slow,
        cut_later=None if later is None else later * slow,
        later_below=share(row.later_below) or Fraction(0),
        milligrams=Fraction(row.step_mg or 0) * slow,
        interval=interval,
    )


def climb_down(row: TaperRow, climb: Climb) -> Ladder:
    """
    Return the ladder of a row's method.

    Each step is the achievable dose nearest to the method's target, the larger of two, strictly below the one before
    and within every cap; where none is left, the ladder says at which dose it is stuck.
    """
    doses: list[int] = []
    course = Course(Fraction(climb.first), climb.history)
    for dose in _steps(row, climb, course):
        if dose is None:
            return Ladder(doses=tuple(doses), stuck_at=doses[-1] if doses else climb.kit.whole(climb.now))
        if len(doses) == climb.most_steps:
            return Ladder(doses=tuple(doses), too_long=True)
        doses.append(dose)
    return Ladder(doses=tuple(doses))


def _steps(row: TaperRow, climb: Climb, course: Course) -> Iterator[int | None]:
    kit, caps, day = climb.kit, climb.caps, climb.began
    first, dose = Fraction(climb.first), Fraction(climb.now)
    while dose:
        fall = _fall(row, climb.pace, dose, first)
        least = caps.least(course.on(day - caps.window), first)
        if _ends(caps, dose, fall, least):
            yield 0
            return
        found = kit.nearest(
            (dose - fall) * kit.scale, least=max(ceil(least * kit.scale), 1), below=ceil(dose * kit.scale)
        )
        if found is None:
            yield None
            return
        dose = Fraction(found, kit.scale)
        course.add(day, dose)
        day += climb.pace.interval
        yield found


def _ends(caps: Caps, dose: Fraction, fall: Fraction, least: Fraction) -> bool:
    """
    A method that counts from the current dose ends at its last dose; any other when no more than a step is left.

    Less than half a step is not left over, as far as the cap allows: rounding would make a step of a crumb.
    """
    if caps.last is not None:
        return dose <= caps.last
    return dose <= fall or (not least and dose - fall < fall / 2)


def _fall(row: TaperRow, pace: Pace, dose: Fraction, first: Fraction) -> Fraction:
    if row.method is Method.LINEAR:
        return pace.milligrams
    is_late = pace.cut_later is not None and dose <= pace.later_below * first
    cut = pace.cut_later if is_late and pace.cut_later is not None else pace.cut
    return cut * (first if row.method is Method.PROPORTIONAL_ORIGINAL else dose)
