"""
Which doses the products at hand can make exactly, and of what: an exhaustive search in whole numbers.

Tablets and capsules are taken whole; a half only of an immediate-release tablet whose score is confirmed; liquids in
steps of a tenth of a milliliter. What cannot be made exactly is not made.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from fractions import Fraction
from math import lcm
from typing import Final

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.policy import TaperView
from alliance_core.deprescribing.tapers.records import DispensableProduct, ProductForm, Release

_EXACT: Final = Context(prec=40)
_HALF: Final = Fraction(1, 2)


def plain(amount: Fraction) -> Decimal:
    """Return a fraction of powers of ten as a decimal, exactly, written without an exponent."""
    made = _EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator)).normalize(_EXACT)
    return _EXACT.add(made, Decimal(0))  # so that ten is written 10


@value
class Piece:
    """So many of a tablet or capsule (halves as .5), or so many milliliters of a liquid."""

    product: DispensableProduct
    count: Decimal

    @property
    def amount(self) -> Decimal:
        """Milligrams, exactly."""
        return _EXACT.multiply(self.product.strength, self.count)


def may_be_halved(product: DispensableProduct) -> bool:
    """Whether a half may be dispensed: of an immediate-release tablet whose score is confirmed."""
    return (
        product.form is ProductForm.TABLET and product.release is Release.IMMEDIATE and product.scored is Recorded.YES
    )


@value
class _Solid:
    size: int
    product: DispensableProduct
    halves: int


@value
class _Liquid:
    unit: int
    product: DispensableProduct


@value
class Limits:
    """What one day's dose may be made of at most, and how finely a liquid is measured."""

    pieces: int
    volume: Decimal
    least_volume: Decimal

    @classmethod
    def of(cls, view: TaperView) -> "Limits":
        """Return the limits of the settings in force."""
        return cls(
            pieces=int(view.amount("most-pieces")),
            volume=view.amount("most-volume"),
            least_volume=view.amount("least-volume"),
        )


#: For each sum of solids: which ones, as places in the list of solids.
_Sums = Mapping[int, tuple[int, ...]]


class Kit:
    """
    The products at hand, and every dose up to `most` milligrams that they can make.

    Doses are whole numbers of 1/`scale` milligrams, so that nothing is ever rounded.
    """

    __slots__ = ("_all", "_limits", "_liquids", "_most_units", "_solids", "_whole", "achievable", "scale")

    def __init__(self, products: Iterable[DispensableProduct], *, most: Decimal, limits: Limits) -> None:
        own = sorted(set(products), key=_canonical)
        solids = [one for one in own if one.form is not ProductForm.LIQUID]
        liquids = [one for one in own if one.form is ProductForm.LIQUID]
        parts = [(one, Fraction(one.strength), 0) for one in solids]
        parts += [(one, Fraction(one.strength) * _HALF, 1) for one in solids if may_be_halved(one)]
        units = [(one, Fraction(one.strength) * Fraction(limits.least_volume)) for one in liquids]
        self.scale: Final = lcm(
            Fraction(most).denominator, *(size.denominator for _, size, _ in parts), *(u.denominator for _, u in units)
        )
        self._limits: Final = limits
        # Whole ones first, large ones first: of equally many pieces the first found is kept.
        self._solids: Final = sorted(
            (_Solid(size=int(size * self.scale), product=one, halves=halves) for one, size, halves in parts),
            key=lambda one: (one.halves, -one.size),
        )
        self._liquids: Final = [_Liquid(unit=int(unit * self.scale), product=one) for one, unit in units]
        self._most_units: Final = int(limits.volume / limits.least_volume)
        top = self.whole(most)
        whole = [one for one in range(len(self._solids)) if not self._solids[one].halves]
        self._whole: Final = self._sums(whole, top)
        self._all: Final = self._sums(list(range(len(self._solids))), top)
        self.achievable: Final = self._achievable(top)

    def whole(self, amount: Decimal | Fraction) -> int:
        """Return an amount in milligrams as a whole number of the scale; it is rounded down if it is none."""
        return int(Fraction(amount) * self.scale)

    def milligrams(self, dose: int) -> Decimal:
        """Return a dose in milligrams, exactly."""
        return plain(Fraction(dose, self.scale))

    def _sums(self, places: list[int], top: int) -> _Sums:
        """Return each sum that so many solids can make, with the fewest of them."""
        found: dict[int, tuple[int, ...]] = {0: ()}
        layer: list[int] = [0]
        for _ in range(self._limits.pieces):
            following: list[int] = []
            for total in layer:
                for place in places:
                    made = total + self._solids[place].size
                    if made <= top and made not in found:
                        found[made] = (*found[total], place)
                        following.append(made)
            layer = following
        return found

    def _achievable(self, top: int) -> list[int]:
        found = set(self._all)
        for liquid in self._liquids:
            for total in self._all:
                last = min(total + self._most_units * liquid.unit, top)
                found.update(range(total, last + 1, liquid.unit))
        found.discard(0)
        return sorted(found)

    # -- choosing a dose -------------------------------------------------------------------------------------------

    def nearest(self, target: Fraction, *, least: int, below: int) -> int | None:
        """Return the dose nearest to the target among those from `least` and below `below`; the larger of two."""
        begin, end = bisect_left(self.achievable, least), bisect_left(self.achievable, below)
        place = bisect_right(self.achievable, target, begin, end)
        above = self.achievable[place] if place < end else None
        under = self.achievable[place - 1] if place > begin else None
        if above is None or under is None:
            return under if above is None else above
        return above if above - target <= target - under else under

    # -- making it -------------------------------------------------------------------------------------------------

    def made_of(self, dose: int) -> tuple[Piece, ...] | None:
        """
        Return what makes a dose exactly: whole tablets and capsules if they do, else the fewest things to handle.

        None if the products cannot make it.
        """
        if dose in self._whole:
            return self._pieces(self._whole[dose], None, 0)
        best: tuple[tuple[int, int, int], tuple[int, ...], _Liquid | None, int] | None = None
        for places, liquid, units in self._ways(dose):
            halves = sum(self._solids[place].halves for place in places)
            cost = (len(places) + (liquid is not None), halves, units)
            if best is None or cost < best[0]:
                best = (cost, places, liquid, units)
        return None if best is None else self._pieces(*best[1:])

    def make(self, amount: Decimal) -> tuple[Piece, ...] | None:
        """Return what makes an amount in milligrams exactly; None if the products cannot."""
        dose = Fraction(amount) * self.scale
        return self.made_of(int(dose)) if dose.denominator == 1 else None

    def _ways(self, dose: int) -> Iterable[tuple[tuple[int, ...], _Liquid | None, int]]:
        if dose in self._all:
            yield self._all[dose], None, 0
        for liquid in self._liquids:
            for total, places in self._all.items():
                units, rest = divmod(dose - total, liquid.unit)
                if not rest and 0 < units <= self._most_units:
                    yield places, liquid, units

    def _pieces(self, places: tuple[int, ...], liquid: _Liquid | None, units: int) -> tuple[Piece, ...]:
        counts = Counter[DispensableProduct]()
        for place in places:
            counts[self._solids[place].product] += 2 - self._solids[place].halves
        made = [Piece(product=one, count=_EXACT.divide(Decimal(count), Decimal(2))) for one, count in counts.items()]
        if liquid is not None:
            made.append(Piece(product=liquid.product, count=_EXACT.multiply(units, self._limits.least_volume)))
        return tuple(sorted(made, key=_order))


def _canonical(product: DispensableProduct) -> tuple[str, Decimal, str, str]:
    """The order of products on a list changes nothing."""
    return product.form.value, product.strength, product.release.value, product.scored.value


def _order(piece: Piece) -> tuple[bool, Decimal]:
    return piece.product.form is ProductForm.LIQUID, -piece.product.strength
