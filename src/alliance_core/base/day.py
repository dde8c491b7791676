"""The review day, which remembers the earliest later day that would matter."""

from datetime import date
from typing import Final

from alliance_core.base.errors import ChartError, Problem


class Day:
    """
    One review's day. Every comparison goes through it, so that the answer knows until when it holds.

    `valid_until` is the earliest day not yet reached that was asked about: the same facts give the same answer on
    every day before it. A `Day` lives inside one call and is never part of a result.
    """

    __slots__ = ("_later", "on")

    def __init__(self, on: date) -> None:
        if type(on) is not date:  # a datetime is a date, and its time zone would decide the day
            raise ChartError((Problem(path="on", reason="is the review day: pass a datetime.date, not a datetime"),))
        self.on: Final = on
        self._later: date | None = None

    def has_reached(self, day: date | None) -> bool:
        """Return whether the review day is `day` or later; a day that does not exist (None) is never reached."""
        if day is None:
            return False
        if day <= self.on:
            return True
        if self._later is None or day < self._later:
            self._later = day
        return False

    def has_passed(self, day: date | None) -> bool:
        """Return whether the review day is later than `day`."""
        if day is None or day == date.max:
            return False
        return self.has_reached(date.fromordinal(day.toordinal() + 1))

    @property
    def valid_until(self) -> date | None:
        """The first day on which the answer may differ; None if no later day was asked about."""
        return self._later
