"""The review day, and the earliest later day that would matter."""

from datetime import date, datetime, timedelta

import pytest

from alliance_core.base.day import Day
from alliance_core.base.errors import ChartError

ON = date(2026, 11, 24)
DAY = timedelta(days=1)


@pytest.mark.parametrize("on", [datetime(2026, 11, 24), "2026-11-24", None, 20_261_124])  # noqa: DTZ001
def test_refuses_all_but_a_date(on):
    """A datetime is a date to Python, and its time zone would decide the day: it is refused."""
    with pytest.raises(ChartError) as caught:
        Day(on)

    assert str(caught.value) == "on: is the review day: pass a datetime.date, not a datetime"


@pytest.mark.parametrize(("day", "reached"), [(ON - DAY, True), (ON, True), (ON + DAY, False), (None, False)])
def test_has_reached(day, reached):
    """A day is reached when it comes; one beyond the calendar never is."""
    assert reached is Day(ON).has_reached(day)


@pytest.mark.parametrize(("day", "passed"), [(ON - DAY, True), (ON, False), (ON + DAY, False), (None, False)])
def test_has_passed(day, passed):
    """A day has passed when the next one comes."""
    assert passed is Day(ON).has_passed(day)


def test_the_last_day_never_passes():
    """The last day of the calendar can be reached, and has no day after."""
    day = Day(date.max)

    assert day.has_reached(date.max)
    assert not day.has_passed(date.max)
    assert day.valid_until is None


def test_valid_until_is_the_earliest_day_not_reached():
    """Of all days that were asked about and have not come, the first one bounds the answer."""
    day = Day(ON)
    for asked in (ON + 9 * DAY, ON + 2 * DAY, ON - DAY, ON + 5 * DAY, None):
        day.has_reached(asked)

    assert day.valid_until == ON + 2 * DAY


def test_valid_until_of_passing_is_the_day_after():
    """An answer about a day having passed changes on the day after it."""
    day = Day(ON)
    day.has_passed(ON)

    assert day.valid_until == ON + DAY


def test_valid_until_of_nothing():
    """Who asked about no later day has an answer for good."""
    day = Day(ON)
    day.has_reached(ON)

    assert day.valid_until is None
