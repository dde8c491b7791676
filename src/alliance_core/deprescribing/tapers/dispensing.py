"""
Which doses the products at hand can make exactly, and of what: an exhaustive search in whole numbers.

Tablets and capsules are taken whole; a half only of an immediate-release tablet whose score is confirmed; liquids in
steps of a tenth of a milliliter. What cannot be made exactly is not made.
"""

from bisect import bisect_left, bisect_right
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
    return _EXACT.divide(Decimal(amount.numerator), Decimal(amount.denominator))


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
    product: int
    halves: int


@value
class _Liquid:
    unit: int
    product: int


@value
class _Handful:
    """Some solids, as places in the list of solids, and how many of them are halves."""

    places: tuple[int, ...]
    halves: int


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


_Sums = Mapping[int, _Handful]


class Kit:
    """
    The products at hand, and every dose up to `most` milligrams that they can make.

    Doses are whole numbers of 1/`scale` milligrams, fine enough for every product and for the amounts given, so that
    nothing is ever rounded.
    """

    __slots__ = (
        "_all",
        "_liquids",
        "_most_units",
        "_own",
        "_scale",
        "_solids",
        "_unit",
        "_whole",
        "achievable",
        "scale",
    )

    def __init__(
        self,
        products: Iterable[DispensableProduct],
        *,
        most: Decimal,
        limits: Limits,
        amounts: Iterable[Decimal] = (),
    ) -> None:
        self._own: Final = sorted(set(products), key=_canonical)
        self._unit: Final = limits.least_volume
        parts = [
            (n, Fraction(one.strength), 0) for n, one in enumerate(self._own) if one.form is not ProductForm.LIQUID
        ]
        parts += [(n, size * _HALF, 1) for n, size, _ in parts if may_be_halved(self._own[n])]
        units = [
            (n, Fraction(one.strength) * Fraction(limits.least_volume))
            for n, one in enumerate(self._own)
            if one.form is ProductForm.LIQUID
        ]
        given = [Fraction(one) for one in (most, *amounts)]
        sizes = [*given, *(size for _, size, _ in parts), *(unit for _, unit in units)]
        self.scale: Final = lcm(*(one.denominator for one in sizes))
        self._scale: Final = Decimal(self.scale)
        # Whole ones first, large ones first: of equally many pieces the first found is kept.
        self._solids: Final = sorted(
            (_Solid(size=int(size * self.scale), product=n, halves=halves) for n, size, halves in parts),
            key=lambda one: (one.halves, -one.size),
        )
        self._liquids: Final = [_Liquid(unit=int(unit * self.scale), product=n) for n, unit in units]
        self._most_units: Final = int(limits.volume / limits.least_volume)
        top = self.whole(most)
        self._whole: Final = _sums([one for one in self._solids if not one.halves], top, limits.pieces)
        self._all: Final = _sums(self._solids, top, limits.pieces)
        self.achievable: Final = self._achievable(top)

    def whole(self, amount: Decimal) -> int:
        """Return one of the amounts that the kit was built with as a whole number of its scale."""
        return int(Fraction(amount) * self.scale)

    def milligrams(self, dose: int) -> Decimal:
        """Return a dose in milligrams, exactly."""
        return _EXACT.divide(Decimal(dose), self._scale)

    def _achievable(self, top: int) -> list[int]:
        found = set(self._all)
        for liquid in self._liquids:
            for total in self._all:
                last = min(total + self._most_units * liquid.unit, top)
                found.update(range(total, last + 1, liquid.unit))
        found.discard(0)
        return sorted(found)

    # -- choosing a dose -------------------------------------------------------------------------------------------

    def nearest(self, target: int, parts: int, *, least: int, below: int) -> int | None:
        """
        Return the dose nearest to `target` / `parts` among those from `least` and below `below`; the larger of two.

        The target is given as a numerator and a denominator: most are no whole number of the scale.
        """
        begin, end = bisect_left(self.achievable, least), bisect_left(self.achievable, below)
        place = bisect_right(self.achievable, target // parts, begin, end)
        if place == begin:
            return self.achievable[place] if place < end else None
        under = self.achievable[place - 1]
        if place == end:
            return under
        above = self.achievable[place]
        return above if above * parts - target <= target - under * parts else under

    # -- making it -------------------------------------------------------------------------------------------------

    def make(self, amount: Decimal) -> tuple[Piece, ...] | None:
        """Return what makes an amount in milligrams exactly; None if the products cannot."""
        dose = Fraction(amount) * self.scale
        return self.made_of(int(dose)) if dose.denominator == 1 else None

    def made_of(self, dose: int) -> tuple[Piece, ...] | None:
        """
        Return what makes a dose exactly: whole tablets and capsules if they do, else the fewest things to handle.

        None if the products cannot make it.
        """
        whole = self._whole.get(dose)
        if whole is not None:
            return self._pieces(whole, None, 0)
        best = self._all.get(dose)
        cost = (len(best.places), best.halves, 0) if best is not None else _NO_WAY
        with_liquid: tuple[_Liquid | None, int] = (None, 0)
        for liquid in self._liquids:
            unit = liquid.unit
            for total, handful in self._all.items():
                units, rest = divmod(dose - total, unit)
                if rest or not 0 < units <= self._most_units:
                    continue
                asked = (len(handful.places) + 1, handful.halves, units)
                if asked < cost:
                    best, cost, with_liquid = handful, asked, (liquid, units)
        return None if best is None else self._pieces(best, *with_liquid)

    def _pieces(self, handful: _Handful, liquid: _Liquid | None, units: int) -> tuple[Piece, ...]:
        halves: dict[int, int] = {}
        for place in handful.places:
            solid = self._solids[place]
            halves[solid.product] = halves.get(solid.product, 0) + 2 - solid.halves
        made = [
            Piece(product=self._own[number], count=_EXACT.divide(Decimal(halves[number]), _TWO))
            for number in sorted(halves, reverse=True)
        ]
        if liquid is not None:
            made.append(Piece(product=self._own[liquid.product], count=_EXACT.multiply(Decimal(units), self._unit)))
        return tuple(made)


_TWO: Final = Decimal(2)
#: More than any way costs.
_NO_WAY: Final = (10**6, 0, 0)


def _sums(solids: list[_Solid], top: int, most: int) -> _Sums:
    """Return each sum that so many solids can make, with the fewest of them."""
    found = {0: _Handful(places=(), halves=0)}
    layer = [0]
    for _ in range(most):
        following: list[int] = []
        for total in layer:
            handful = found[total]
            for place, solid in enumerate(solids):
                made = total + solid.size
                if made <= top and made not in found:
                    found[made] = _Handful(places=(*handful.places, place), halves=handful.halves + solid.halves)
                    following.append(made)
        layer = following
    return found


def _canonical(product: DispensableProduct) -> tuple[str, Decimal, str, str]:
    """The order of products on a list changes nothing."""
    return (
        product.form.value,
        product.strength,
        product.release.value if product.release is not None else "",
        product.scored.value,
    )
