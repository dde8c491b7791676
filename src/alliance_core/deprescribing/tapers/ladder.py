"""From a dose to none by one source's method: each step dispensable, each cap kept after rounding."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.caps import Caps, Course, share
from alliance_core.deprescribing.tapers.dispensing import Kit, plain
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
    """The doses of the steps, each a whole number of the kit's scale and the last 0; or at how many milligrams it is stuck, or that it is too long."""

    doses: tuple[int, ...]
    stuck_at: Decimal | None = None
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
    kit, caps, day = climb.kit, climb.caps, climb.began
    course = Course(Fraction(climb.first), climb.history)
    first, dose = Fraction(climb.first), Fraction(climb.now)
    doses: list[int] = []
    while len(doses) < climb.most_steps:  # each round lowers the dose by a grain or more, or ends
        fall = _fall(row, climb.pace, dose, first)
        least = caps.least(course.on(day - caps.window), first)
        if _ends(caps, dose, fall, least):
            return Ladder(doses=(*doses, 0))
        target, lowest = (dose - fall) * kit.scale, max(ceil(least * kit.scale), 1)
        found = kit.nearest(target, least=lowest, below=ceil(dose * kit.scale))
        if found is None:
            return Ladder(doses=tuple(doses), stuck_at=plain(dose))
        dose = Fraction(found, kit.scale)
        course.add(day, dose)
        day += climb.pace.interval
        doses.append(found)
    return Ladder(doses=tuple(doses), too_long=True)


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
