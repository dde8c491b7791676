"""Durations are itemized, added from the anchor, and clamped at month end."""

from datetime import date

import pytest

from alliance_core.base.dates import (
    CalendarDuration,
    earliest,
    latest,
    month_end,
)
from alliance_core.base.errors import AllianceError

parse = CalendarDuration.parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P3M", CalendarDuration(months=3)),
        ("P1Y", CalendarDuration(months=12)),
        ("P1Y2M", CalendarDuration(months=14)),
        ("P6W", CalendarDuration(days=42)),
        ("P28D", CalendarDuration(days=28)),
        ("P1W2D", CalendarDuration(days=9)),
        ("PT72H", CalendarDuration(hours=72)),
        ("P1DT12H", CalendarDuration(days=1, hours=12)),
        ("P0D", CalendarDuration()),
        ("PT0H", CalendarDuration()),
        ("P9999Y11M", CalendarDuration(months=119_999)),
        ("P99999D", CalendarDuration(days=99_999)),
    ],
)
def test_parse(text, expected):
    """An ISO 8601 text names one duration; years become months and weeks become days."""
    assert expected == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "P", "PT", "3M", "P3", "P1.5M", "P-3M", "-P3M", "+P3M", "p3m", "P3M ", " P3M", "P3M\n", "P1D1M"),
        *("PT30M", "PT5S", "P3M/P4M", "P1YT", "P٣M", "P12345Y", "3 months", "P12345678901234567890D"),
    ],
)
def test_parse_refuses(text):
    """What is not a duration in whole calendar units is refused, and the sentence shows the form, not the text."""
    with pytest.raises(AllianceError) as caught:
        parse(text)

    assert str(caught.value) == (
        "not a duration: write ISO 8601 in whole years, months, weeks, days or hours, such as P3M, P6W, PT72H"
    )


@pytest.mark.parametrize("text", ["P9999Y12M", "P99999W", "P9999W99999D"])
def test_parse_refuses_longer_than_the_calendar(text):
    """What could not be written again in as many digits is refused."""
    with pytest.raises(AllianceError) as caught:
        parse(text)

    assert str(caught.value) == "a duration longer than the calendar: write at most 9999 years and 99999 days"


@pytest.mark.parametrize(
    ("anchor", "text", "expected"),
    [
        # Month ends are clamped, from the anchor and not from the step before.
        (date(2026, 1, 31), "P1M", date(2026, 2, 28)),
        (date(2026, 1, 31), "P2M", date(2026, 3, 31)),
        (date(2025, 11, 30), "P3M", date(2026, 2, 28)),
        (date(2027, 11, 30), "P3M", date(2028, 2, 29)),
        (date(2026, 2, 28), "P1M", date(2026, 3, 28)),
        # 29 February.
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2024, 2, 29), "P4Y", date(2028, 2, 29)),
        (date(2096, 2, 29), "P4Y", date(2100, 2, 28)),
        # Months first, then days.
        (date(2026, 1, 31), "P1M1D", date(2026, 3, 1)),
        (date(2026, 12, 31), "P2W", date(2027, 1, 14)),
        # Nothing at all.
        (date(2026, 2, 28), "P0D", date(2026, 2, 28)),
        # The end of the calendar.
        (date.max, "P0D", date.max),
        (date.max, "P1D", None),
        (date.max, "P1M", None),
        (date(9999, 12, 30), "P1D", date.max),
        (date(9999, 11, 30), "P1M", date(9999, 12, 30)),
        (date(9999, 11, 30), "P1M2D", None),
        (date.min, "P9998Y", date(9999, 1, 1)),
    ],
)
def test_after(anchor, text, expected):
    """A month later is the same day of the month, or the month's last; past the calendar there is no day."""
    assert expected == parse(text).after(anchor)


def test_hours_need_a_clock():
    """A date has no clock, so a duration in hours reaches no date."""
    with pytest.raises(AllianceError) as caught:
        parse("PT24H").after(date(2026, 1, 1))

    assert str(caught.value) == "a duration in hours needs a time of day; with dates alone compare the days"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (CalendarDuration(), "P0D"),
        (CalendarDuration(months=14), "P1Y2M"),
        (CalendarDuration(days=14), "P2W"),
        (CalendarDuration(days=10), "P10D"),
        (CalendarDuration(months=1, days=9, hours=3), "P1M9DT3H"),
        (CalendarDuration(hours=72), "PT72H"),
    ],
)
def test_str(made, expected):
    """A duration is written in the fewest words that read back the same."""
    assert expected == str(made)


@pytest.mark.parametrize("compare", ["__lt__", "__le__", "__gt__", "__ge__"])
def test_refuses_order(compare):
    """A month has no fixed number of days, so no duration is shorter than another."""
    with pytest.raises(TypeError) as caught:
        getattr(parse("P3M"), compare)(parse("P90D"))

    assert str(caught.value) == "a month has no fixed number of days: compare the dates that two durations reach"


def test_refuses_order_by_operator():
    """Sorting durations is refused too."""
    with pytest.raises(TypeError):
        sorted([parse("P3M"), parse("P90D")])


ANCHOR = date(2026, 1, 1)


def test_earliest_and_latest():
    """Days that are not there do not count; of none there is none."""
    first, last = date(2026, 1, 1), date(2026, 2, 1)

    assert first == earliest(None, last, first)
    assert last == latest(last, None, first)
    assert earliest(None) is None
    assert latest() is None


def test_month_end():
    """The last day of a month is its own month end."""
    assert [date(2024, 2, 29), date(2026, 2, 28), date.max] == [
        month_end(date(2024, 2, 1)),
        month_end(date(2026, 2, 28)),
        month_end(date(9999, 12, 1)),
    ]
