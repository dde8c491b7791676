"""Doses are exact, in UCUM units, each day or each so many days."""

from decimal import ROUND_UP, Decimal, localcontext

import pytest

from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import AllianceError, ChartError

G, MG, UG, ML, TABLET = (
    DoseUnit.GRAM,
    DoseUnit.MILLIGRAM,
    DoseUnit.MICROGRAM,
    DoseUnit.MILLILITER,
    DoseUnit.TABLET,
)


def dose(amount, unit=MG, every_days=1):
    return Dose(amount=Decimal(amount), unit=unit, every_days=every_days)


@pytest.mark.parametrize("amount", ["0.000001", "999999.999999", "1", "12.5", "1E+5"])
def test_bounds_hold(amount):
    """Above zero, twelve digits, six of them decimal."""
    assert Decimal(amount) == dose(amount).amount


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (Decimal(0), "Input should be greater than 0"),
        (Decimal(-1), "Input should be greater than 0"),
        (Decimal("NaN"), "Input should be a finite number"),
        (Decimal("sNaN"), "Input should be a finite number"),
        (Decimal("Infinity"), "Input should be a finite number"),
        (Decimal("1E+999999"), "Decimal input should have no more than 12 digits in total"),
        (Decimal(1000000000000), "Decimal input should have no more than 12 digits in total"),
        (Decimal(1000000), None),
        (Decimal("0.0000001"), "Decimal input should have no more than 6 decimal places"),
        (5, "Input should be an instance of Decimal"),
        (5.0, "Input should be an instance of Decimal"),
        ("5", "Input should be an instance of Decimal"),
    ],
)
def test_bounds_refuse(amount, reason):
    """Anything else is refused with the rule it breaks; no number is coerced."""
    with pytest.raises(ChartError) as caught:
        Dose(amount=amount, unit=MG)

    reason = reason or "Decimal input should have no more than 6 digits before the decimal point"
    assert str(caught.value) == f"amount: {reason}"


@pytest.mark.parametrize("every_days", [0, -1, 367, True, 1.0])
def test_interval_refuses(every_days):
    """A dose comes at least once in 366 days."""
    with pytest.raises(ChartError) as caught:
        dose("1", every_days=every_days)

    assert [problem.path for problem in caught.value.problems] == ["every_days"]


@pytest.mark.parametrize(
    ("given", "unit", "expected"),
    [
        (dose("500"), G, dose("0.5", G)),
        (dose("0.5", G), MG, dose("500")),
        (dose("12.5", UG), MG, dose("0.0125")),
        (dose("0.125"), UG, dose("125", UG)),
        (dose("300", every_days=28), G, dose("0.3", G, 28)),
        (dose("2", TABLET), TABLET, dose("2", TABLET)),
    ],
)
def test_in_unit(given, unit, expected):
    """Mass converts exactly, and every dose is itself in its own unit."""
    assert expected == given.in_unit(unit)


@pytest.mark.parametrize(("given", "unit"), [(MG, ML), (TABLET, MG), (ML, TABLET), (DoseUnit.INTERNATIONAL_UNIT, MG)])
def test_in_unit_refuses(given, unit):
    """No unit is converted by guess, and the sentence names the two units only."""
    with pytest.raises(AllianceError) as caught:
        dose("7", given).in_unit(unit)

    assert str(caught.value).endswith("do not meet: no conversion exists")
    assert "7" not in str(caught.value)


def test_in_unit_keeps_the_bounds():
    """An amount that the other unit cannot write is refused, never rounded."""
    with pytest.raises(ChartError):
        dose("0.5", UG).in_unit(G)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (dose("5"), dose("10"), -1),
        (dose("10"), dose("10.00"), 0),
        (dose("1", G), dose("999.999999"), 1),
        (dose("0.5", UG), dose("1", G), -1),
        (dose("1", G), dose("0.5", UG), 1),
        # A depot counts by the day: 280 mg each 28 days is 10 mg a day; 100 mg each 3 days is more than 33.3.
        (dose("280", every_days=28), dose("10"), 0),
        (dose("100", every_days=3), dose("33.333333"), 1),
        (dose("2", TABLET), dose("3", TABLET), -1),
    ],
)
def test_compared(one, other, expected):
    """Doses compare by what they come to in a day, exactly."""
    assert (expected, -expected) == (one.compared(other), other.compared(one))


def test_compared_refuses():
    """What has no conversion has no order."""
    with pytest.raises(AllianceError):
        dose("1", TABLET).compared(dose("1"))


def test_a_host_cannot_round():
    """The decimal context of whoever calls changes no dose."""
    with localcontext() as context:
        context.prec = 2
        context.rounding = ROUND_UP

        assert dose("123.456", MG).in_unit(UG) == dose("123456", UG)
        assert dose("123.456").compared(dose("0.123457", G)) == -1
