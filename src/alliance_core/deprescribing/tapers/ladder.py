"""From a dose to none by one source's method: each step dispensable, each cap kept after rounding."""

from decimal import Decimal
from fractions import Fraction
from math import floor

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
    """
    The doses of the steps, each a whole number of the kit's scale and the last 0.

    A ladder that does not reach it says at how many milligrams it is stuck, or that it is too long.
    """

    doses: tuple[int, ...]
    stuck_at: Decimal | None = None
    too_long: bool = False


@value
class Climb:
    """What one ladder is made from: the kit, the caps, the dose now and the dose at first, in milligrams."""

    kit: Kit
    caps: Caps
    pace: Pace
    here: Decimal
    first: Decimal
    began: int
    history: tuple[tuple[int, Decimal], ...]
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
    first, dose = kit.whole(climb.first), kit.whole(climb.here)
    course = Course(first, [(on, kit.whole(amount)) for on, amount in climb.history])
    bounds, falls = caps.scaled(first, kit.scale), _Falls(row, climb.pace, first, kit.scale)
    doses: list[int] = []
    while len(doses) < climb.most_steps:  # each round lowers the dose by a grain or more, or ends
        fall, parts = falls.of(dose)
        least = bounds.least(course.on(day - caps.window))
        if bounds.ends(dose, fall, parts, least):
            return Ladder(doses=(*doses, 0))
        found = kit.nearest(dose * parts - fall, parts, least=max(least, 1), below=dose)
        if found is None:
            return Ladder(doses=tuple(doses), stuck_at=kit.milligrams(dose))
        dose = found
        course.add(day, dose)
        day += climb.pace.interval
        doses.append(found)
    return Ladder(doses=tuple(doses), too_long=True)


class _Falls:
    """How far the method would fall from a dose, as a numerator and a denominator of the scale."""

    __slots__ = ("_early", "_fixed", "_late", "_turn")

    def __init__(self, row: TaperRow, pace: Pace, first: int, scale: int) -> None:
        late = pace.cut if pace.cut_later is None else pace.cut_later
        self._turn = floor(pace.later_below * first) if pace.cut_later is not None else -1
        self._fixed = row.method is not Method.PROPORTIONAL_CURRENT
        by_first = row.method is Method.PROPORTIONAL_ORIGINAL
        self._early = pace.cut * first if by_first else pace.milligrams * scale if self._fixed else pace.cut
        self._late = late * first if by_first else self._early if self._fixed else late

    def of(self, dose: int) -> tuple[int, int]:
        cut = self._late if dose <= self._turn else self._early
        return (cut.numerator if self._fixed else dose * cut.numerator), cut.denominator
