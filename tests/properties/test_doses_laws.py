"""The laws of doses."""

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import ChartError
from alliance_core.testing import doses

MASS = (DoseUnit.GRAM, DoseUnit.MILLIGRAM, DoseUnit.MICROGRAM)
BY_MASS = st.sampled_from(MASS).flatmap(lambda unit: doses(unit=unit))
IN_TABLETS = doses(unit=DoseUnit.TABLET)


def converted(dose, unit):
    try:
        return dose.in_unit(unit)
    except ChartError:
        return assume(False)


class TestExact:
    """A dose in another unit is the same dose: nothing is rounded."""

    @given(BY_MASS, st.sampled_from(MASS))
    def test_there_and_back(self, dose, unit):
        there = converted(dose, unit)

        assert dose == there.in_unit(dose.unit)

    @given(BY_MASS, st.sampled_from(MASS))
    def test_still_as_much(self, dose, unit):
        assert converted(dose, unit).compared(dose) == 0

    @given(doses())
    def test_itself_in_its_own_unit(self, dose):
        assert dose.in_unit(dose.unit) is dose


class TestOrder:
    """Doses whose units meet are ordered by what they come to in a day."""

    @given(BY_MASS, BY_MASS)
    def test_opposite(self, one, other):
        assert one.compared(other) == -other.compared(one)

    @given(BY_MASS, BY_MASS, BY_MASS)
    def test_transitive(self, a, b, c):
        if a.compared(b) <= 0 and b.compared(c) <= 0:
            assert a.compared(c) <= 0

    @given(IN_TABLETS, IN_TABLETS)
    def test_by_the_day(self, one, other):
        mine, theirs = (Fraction(dose.amount) / dose.every_days for dose in (one, other))

        assert one.compared(other) == (mine > theirs) - (mine < theirs)

    @given(doses())
    def test_equal_to_itself(self, dose):
        again = Dose(amount=dose.amount, unit=dose.unit, every_days=dose.every_days)

        assert (dose == again, hash(dose) == hash(again), dose.compared(again)) == (True, True, 0)
