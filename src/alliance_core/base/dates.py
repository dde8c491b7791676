"""Calendar arithmetic: itemized durations, always added from the anchor, clamped at month end."""

import calendar
import re
from datetime import date, timedelta
from typing import Final, NoReturn

from alliance_core.base.errors import AllianceError
from alliance_core.base.kinds import value

_ISO: Final = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?", re.ASCII
)
_MONTHS_A_YEAR: Final = 12
_DAYS_A_WEEK: Final = 7
_IN_EVERY_MONTH: Final = 28
_WORKING_DAYS: Final = 5
#: So that whatever was parsed is written in as many digits as it may be read with.
_MOST_MONTHS: Final = 9999 * _MONTHS_A_YEAR + 11
_MOST_DAYS: Final = 99_999


def _months_after(anchor: date, months: int) -> date | None:
    year, month = divmod(anchor.year * _MONTHS_A_YEAR + anchor.month - 1 + months, _MONTHS_A_YEAR)
    if not date.min.year <= year <= date.max.year:
        return None
    if anchor.day <= _IN_EVERY_MONTH:
        return date(year, month + 1, anchor.day)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


@value
class CalendarDuration:
    """
    A length of time in calendar months, days and hours, as ISO 8601 writes it (`P3M`, `P6W`, `PT72H`).

    A month is a calendar month, never 30 days, so two durations are not ordered: compare the dates they reach.
    """

    months: int = 0
    days: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, text: str) -> "CalendarDuration":
        """Return the duration that an ISO 8601 text such as `P3M` names; years become months, weeks days."""
        match = _ISO.fullmatch(text)
        if match is None:
            raise AllianceError(
                "not a duration: write ISO 8601 in whole years, months, weeks, days or hours, such as P3M, P6W, PT72H"
            )
        years, months, weeks, days, hours = (int(part or 0) for part in match.groups())
        made = cls(months=years * _MONTHS_A_YEAR + months, days=weeks * _DAYS_A_WEEK + days, hours=hours)
        if made.months > _MOST_MONTHS or made.days > _MOST_DAYS:
            raise AllianceError("a duration longer than the calendar: write at most 9999 years and 99999 days")
        return made

    def after(self, anchor: date) -> date | None:
        """
        Return the day this long after `anchor`: the same day of the month, or the month's last; None past the calendar.

        Hours are counted by the clock, which a date does not have: a duration with hours raises `AllianceError`.
        """
        if self.hours:
            raise AllianceError("a duration in hours needs a time of day; with dates alone compare the days")
        day = anchor if not self.months else _months_after(anchor, self.months)
        if day is None or not self.days:
            return day
        try:
            return day + timedelta(days=self.days)
        except OverflowError:
            return None

    def __str__(self) -> str:
        years, months = divmod(self.months, _MONTHS_A_YEAR)
        weeks, days = divmod(self.days, _DAYS_A_WEEK)
        if days:
            weeks, days = 0, self.days
        body = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (weeks, "W"), (days, "D")) if n)
        hours = f"T{self.hours}H" if self.hours else ""
        return f"P{body}{hours}" if body or hours else "P0D"

    def __repr__(self) -> str:
        return f"CalendarDuration.parse({str(self)!r})"

    def __lt__(self, other: object) -> NoReturn:
        raise TypeError("a month has no fixed number of days: compare the dates that two durations reach")

    __gt__ = __le__ = __ge__ = __lt__


def earliest(*days: date | None) -> date | None:
    """Return the first of the days that are there; None if none is."""
    return min((day for day in days if day is not None), default=None)


def latest(*days: date | None) -> date | None:
    """Return the last of the days that are there; None if none is."""
    return max((day for day in days if day is not None), default=None)


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def working_days_after(day: date, number: int) -> date:
    """Return the day so many weekdays later, the first day not counted; public holidays are not known here."""
    while number and day < date.max:
        day += timedelta(days=1)
        number -= day.weekday() < _WORKING_DAYS
    return day
