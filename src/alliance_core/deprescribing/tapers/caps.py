"""
The caps of a source's own row, in exact fractions: what a planned ladder keeps and what any schedule is held to.

A cap holds over every window of its days: the dose on a day is compared with the dose so many days before. Falls
happen only at steps, so it is enough to look from each step back. The step to nothing of a method that counts from
the current dose is always a fall of all of it; instead its last dose has to be low enough.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Generic, TypeVar

from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.policy import Method, TaperPolicy, TaperRow, TaperView
from alliance_core.deprescribing.tapers.records import DispensableProduct, ProductForm
from alliance_core.medicines import MedicineRow

_HUNDRED = Fraction(100)
#: A dose: a whole number of a kit's scale, or a fraction of a milligram.
N = TypeVar("N", bound=int | Fraction)


def share(percent: Decimal | None) -> Fraction | None:
    """Return a percentage as a fraction of one."""
    return None if percent is None else Fraction(percent) / _HUNDRED


@value
class Caps:
    """
    How far a dose may fall within `window` days: at most `percent` of it (or of the first dose), or `milligrams`.

    `shortest` is the least number of days between two steps, `last` the highest last dose, `total` the least number
    of days from the first cut to the end. None = the source sets none.
    """

    of_first: bool
    percent: Fraction | None
    milligrams: Fraction | None
    window: int
    shortest: int
    last: Fraction | None
    total: int

    def scaled(self, first: int, scale: int) -> "Bounds":
        """Return the same caps for doses that are whole numbers of 1/`scale` milligrams."""
        percent = Fraction(1) if self.percent is None else self.percent
        return Bounds(
            kept=Fraction(0) if self.of_first else 1 - percent,
            fall=percent * first if self.of_first else None,
            milligrams=None if self.milligrams is None else self.milligrams * scale,
            last=None if self.last is None else floor(self.last * scale),
        )

    def least(self, reference: Fraction, first: Fraction) -> Fraction:
        """Return the lowest dose that a fall from `reference` within the window may reach."""
        bounds = [Fraction(0)]
        if self.percent is not None:
            bounds.append(reference - self.percent * (first if self.of_first else reference))
        if self.milligrams is not None:
            bounds.append(reference - self.milligrams)
        return max(bounds)


@value
class About:
    """What a row's caps are read for: the medicine, the first dose in milligrams a day, and the products at hand."""

    medicine: MedicineRow
    first: Decimal
    at_hand: tuple[DispensableProduct, ...]
    policy: TaperPolicy
    view: TaperView


@value
class Bounds:
    """The caps in whole numbers: the share that is kept, or how far the dose may fall; and the highest last dose."""

    kept: Fraction
    fall: Fraction | None
    milligrams: Fraction | None
    last: int | None

    def least(self, reference: int) -> int:
        """Return the lowest dose that a fall from `reference` within the window may reach."""
        least = -(-reference * self.kept.numerator // self.kept.denominator)
        if self.fall is not None:
            least = reference - floor(self.fall)
        if self.milligrams is not None:
            least = max(least, reference - floor(self.milligrams))
        return max(least, 0)

    def ends(self, dose: int, fall: int, parts: int, least: int) -> bool:
        """
        Return whether the next step is the last.

        A method that counts from the current dose ends at its last dose; any other when no more than a step of
        `fall` / `parts` is left. Less than half a step is not left over, as far as the cap allows: rounding would
        make a step of a crumb.
        """
        if self.last is not None:
            return dose <= self.last
        return dose * parts <= fall or (not least and 2 * (dose * parts - fall) < fall)


def caps_of(row: TaperRow, about: About) -> Caps:
    """Return the caps of a row."""
    percent = share(row.cap_percent if row.cap_percent is not None else row.cut)
    shortest = row.interval_lower.days if row.interval_lower is not None else 0
    window = row.cap_interval.days if row.cap_interval is not None else shortest
    return Caps(
        of_first=row.method is Method.PROPORTIONAL_ORIGINAL,
        percent=percent,
        milligrams=None if row.step_mg is None else Fraction(row.step_mg),
        window=max(window, 1),
        shortest=shortest,
        last=_last(row, about) if row.method is Method.PROPORTIONAL_CURRENT else None,
        total=row.total_lower.days if row.total_lower is not None else 0,
    )


def _last(row: TaperRow, about: About) -> Fraction:
    """Return the highest last dose; 0 if the source goes by strengths and none is known of this medicine."""
    if row.final_mg is not None:
        return Fraction(row.final_mg)
    if row.final == "share-of-first":
        return Fraction(about.first) * Fraction(about.view.amount("final-share"))
    lowest = lowest_strength(about)
    if row.final == "lowest-strength":
        return lowest
    return lowest * Fraction(about.view.amount("final-share-of-lowest"))


def lowest_strength(about: About) -> Fraction:
    """Return the lowest strength of a tablet or capsule that the table knows, else of those at hand; 0 if none."""
    known = [Fraction(row.strength) for row in about.policy.strengths.get(about.medicine.name, ()) if row.unit == "mg"]
    mine = [Fraction(one.strength) for one in about.at_hand if one.form is not ProductForm.LIQUID]
    return min(known or mine, default=Fraction(0))


class Course(Generic[N]):
    """Which dose was taken on which day: earlier changes, then planned steps, in the order of their days."""

    __slots__ = ("_days", "_doses", "_first")

    def __init__(self, first: N, changes: Sequence[tuple[int, N]] = ()) -> None:
        self._first = first
        self._days = [day for day, _ in changes]
        self._doses = [dose for _, dose in changes]

    def add(self, day: int, dose: N) -> None:
        """Add a later step."""
        self._days.append(day)
        self._doses.append(dose)

    def on(self, day: int) -> N:
        """Return the dose on a day, a step of that very day included."""
        place = bisect_right(self._days, day)
        return self._doses[place - 1] if place else self._first
