"""Doses: an exact amount with a UCUM unit, per interval for depots."""

from decimal import Context, Decimal
from enum import Enum
from fractions import Fraction
from typing import Annotated, Final

from pydantic import Field

from alliance_core.base.errors import AllianceError
from alliance_core.base.kinds import record


class DoseUnit(Enum):
    """The UCUM units a dose may have; another unit is not understood, never converted by guess."""

    MILLIGRAM = "mg"
    GRAM = "g"
    MICROGRAM = "ug"
    MILLILITER = "mL"
    MILLIMOLE = "mmol"
    INTERNATIONAL_UNIT = "[iU]"
    TABLET = "{tbl}"


_MASS: Final = {DoseUnit.GRAM: Decimal(1000), DoseUnit.MILLIGRAM: Decimal(1), DoseUnit.MICROGRAM: Decimal("0.001")}
#: Wide enough for any amount in any unit: a host's own decimal context must not round a dose.
_EXACT: Final = Context(prec=28)

Amount = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=6)]


@record
class Dose:
    """
    An amount of medicine: `Decimal` in a UCUM unit, each day or, for a depot, each `every_days` days.

    Amounts are above zero with at most 12 digits, 6 of them decimal. Equality is exact and per unit as written:
    use `in_unit` before comparing. Raises `ChartError` when built from anything else.
    """

    amount: Amount
    unit: DoseUnit
    every_days: Annotated[int, Field(ge=1, le=366)] = 1

    def in_unit(self, unit: DoseUnit) -> "Dose":
        """
        Return the same dose in `unit`; raises `AllianceError` unless both are units of mass, or the same.

        Raises `ChartError` for an amount that the other unit cannot write within the bounds of a dose.
        """
        if unit is self.unit:
            return self
        milligrams = _EXACT.multiply(self.amount, _mass(self.unit, unit))
        return Dose(amount=_EXACT.divide(milligrams, _mass(unit, self.unit)), unit=unit, every_days=self.every_days)

    def compared(self, other: "Dose") -> int:
        """Return -1, 0 or 1 as this dose a day is below, equal to or above the other; raises if units do not meet."""
        mine = Fraction(self.amount) / self.every_days
        theirs = Fraction(other.amount) / other.every_days
        if self.unit is not other.unit:  # as fractions: not every amount can be written in the other's unit
            mine *= Fraction(_mass(self.unit, other.unit))
            theirs *= Fraction(_mass(other.unit, self.unit))
        return (mine > theirs) - (mine < theirs)


def _mass(unit: DoseUnit, other: DoseUnit) -> Decimal:
    """Return how many milligrams `unit` is, provided that `other` is a unit of mass too."""
    if unit not in _MASS or other not in _MASS:
        raise AllianceError(f"a dose in {unit.value} and one in {other.value} do not meet: no conversion exists")
    return _MASS[unit]
