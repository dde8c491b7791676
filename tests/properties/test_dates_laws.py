"""The laws of calendar arithmetic."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core.base.dates import CalendarDuration, month_end
from alliance_core.testing import days, durations

MONTHS = st.integers(0, 60)
ANY_DAY = st.dates()


class TestFromTheAnchor:
    """Durations are added from the anchor and clamped to month end."""

    @given(days(), MONTHS)
    def test_same_day_of_the_month_or_its_last(self, anchor, months):
        reached = CalendarDuration(months=months).after(anchor)

        assert (reached.year - anchor.year) * 12 + reached.month - anchor.month == months
        assert reached.day == min(anchor.day, month_end(reached).day)

    @given(days(), st.lists(MONTHS, min_size=1, max_size=6))
    def test_steps_from_the_anchor_never_drift(self, anchor, steps):
        one_by_one = anchor
        for months in steps:
            one_by_one = CalendarDuration(months=months).after(one_by_one)

        at_once = CalendarDuration(months=sum(steps)).after(anchor)

        assert one_by_one <= at_once
        assert at_once.day == min(anchor.day, month_end(at_once).day)

    @given(days(), MONTHS, st.integers(0, 400))
    def test_months_first_then_days(self, anchor, months, more):
        both = CalendarDuration(months=months, days=more).after(anchor)

        assert both == CalendarDuration(months=months).after(anchor) + timedelta(days=more)

    @given(days(), days(), durations())
    def test_a_later_anchor_never_reaches_an_earlier_day(self, first, second, duration):
        first, second = sorted((first, second))

        assert duration.after(first) <= duration.after(second)


class TestNothingPastTheCalendar:
    """A date beyond the calendar is None, never an error, and never a day before the anchor."""

    @given(ANY_DAY, durations())
    def test_total(self, anchor, duration):
        reached = duration.after(anchor)

        assert reached is None or anchor <= reached <= date.max

    @given(st.dates(min_value=date(9990, 1, 1)), st.integers(0, 200_000), st.integers(0, 200_000))
    def test_total_near_the_end(self, anchor, months, more):
        reached = CalendarDuration(months=months, days=more).after(anchor)

        assert reached is None or anchor <= reached

    @given(ANY_DAY)
    def test_nothing_stays(self, anchor):
        assert anchor == CalendarDuration().after(anchor)


class TestWriting:
    """What is written reads back as the same duration."""

    @given(durations(hours=True))
    def test_round_trip(self, duration):
        assert duration == CalendarDuration.parse(str(duration))

    @given(st.from_regex(r"P([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,3}W)?([0-9]{1,4}D)(T[0-9]{1,5}H)?", fullmatch=True))
    def test_one_way_to_write_each(self, text):
        written = str(CalendarDuration.parse(text))

        assert written == str(CalendarDuration.parse(written))


class TestNoOrder:
    """Two durations are not ordered: compare the dates they reach."""

    @given(durations(), durations())
    def test_refused(self, one, other):
        for compare in (one.__lt__, one.__le__, one.__gt__, one.__ge__):
            with pytest.raises(TypeError):
                compare(other)
