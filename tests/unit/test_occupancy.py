"""Published curves, read as they are: nothing beyond what was observed, nothing above all or below nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core.base.tables import read_table
from alliance_core.occupancy import CURVE, Occupancy, OccupancyRow, occupancy_at, rows_of

ROWS = {row.row_id: row for row in read_table("occupancy", OccupancyRow)}
CURVES = sorted(row.row_id for row in ROWS.values() if row.model == CURVE)
OLANZAPINE = ROWS["OCC-olanzapine-striatum-curve"]


def test_half_of_the_most_at_the_half_dose():
    """At 3.2 mg olanzapine takes up 46 of at most 92 percent, give or take ten points."""
    assert occupancy_at(OLANZAPINE, Decimal("3.2")) == Occupancy(
        percent=Decimal(46), lower=Decimal(36), upper=Decimal(56)
    )


@pytest.mark.parametrize("dose", ["-1", "60.1"])
def test_nothing_is_extrapolated(dose):
    """Outside what was observed there is no estimate."""
    assert occupancy_at(OLANZAPINE, Decimal(dose)) is None


def test_a_maximum_gives_no_dose():
    """A published maximum has no dose beside it."""
    assert occupancy_at(ROWS["OCC-quetiapine-striatum-most"], Decimal(1)) is None


def test_more_than_all_is_all():
    """A fit above 100 percent is cut there."""
    found = occupancy_at(ROWS["OCC-desvenlafaxine-amygdala-curve"], Decimal(140))

    assert found.upper == 100
    assert found.percent <= 100


def test_the_curve_that_is_drawn_first():
    """Where several are published, one is marked to come first."""
    assert rows_of("escitalopram", ROWS.values())[0].region == "thalamus"
    assert rows_of("nothing", ROWS.values()) == ()


@given(st.sampled_from(CURVES), st.decimals(0, 1000, places=1), st.decimals(0, 1000, places=1))
def test_more_takes_up_no_less(name, one, other):
    """A higher dose never takes up less."""
    low, high = (occupancy_at(ROWS[name], dose) for dose in sorted((one, other)))

    assert low is None or high is None or low.percent <= high.percent


def test_our_fit_meets_the_points_that_it_was_made_from():
    """Within the 1.2 points that it claims."""
    fit = ROWS["OCC-citalopram-striatum-curve-2"]
    points = [row for row in ROWS.values() if row.source_id == "horowitz-taylor-2019"]

    assert len(points) == 10
    assert all(abs(occupancy_at(fit, row.point_dose).percent - row.lower) <= Decimal("1.2") for row in points)
