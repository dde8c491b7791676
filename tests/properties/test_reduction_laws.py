"""Gradual dose reduction: what the rule says equals what walking through every day of the year would find."""

from datetime import date, timedelta
from functools import cache
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_core import Recorded, load_policy, review_regimen
from alliance_core.base.dates import CalendarDuration
from alliance_core.deprescribing import (
    ApartReading,
    ChangeKind,
    DoseChange,
    LaterYearsReading,
    MedicationStatement,
    QuarterReading,
    Regimen,
)
from alliance_core.deprescribing.reductions import ReductionState
from alliance_core.records import Encounter, Person, Setting

POLICY = load_policy("US", ["nursing-facility"])
DAY = timedelta(days=1)
STARTS = st.dates(date(2023, 1, 1), date(2025, 12, 31)) | st.sampled_from(
    (date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2024, 12, 31), date(2025, 1, 1), date(2025, 10, 1))
)
READINGS = {
    (quarter, apart): POLICY.with_readings(quarter=quarter, apart=apart).deprescribing
    for quarter in QuarterReading
    for apart in ApartReading
}


def regimen(start, attempts, stated=None):
    changes = tuple(DoseChange(kind=ChangeKind.DECREASE, changed_on=one) for one in attempts)
    entry = MedicationStatement(
        id="one",
        text="quetiapine",
        as_needed=Recorded.NO,
        started_on=start,
        dose_changes=changes,
        reduction_contraindicated=Recorded.YES if stated else Recorded.NOT_RECORDED,
        reduction_contraindicated_on=stated,
    )
    stay = Encounter(id="stay", setting=Setting.NURSING_FACILITY, started_on=date(2022, 1, 1))
    return Regimen(id="r", person=Person(id="p"), medications=(entry,), reviews=(), encounters=(stay,))


def reduction(record, policy, on):
    [found] = review_regimen(record, policy=policy, on=on).reductions
    return found


class Walk:
    """One year, day by day, with nothing but the sentences of the guidance."""

    def __init__(self, start, quarter, apart):
        self.days = list(self._year(start))
        self.quarter = {day: self._quarter(start, day, quarter) for day in self.days}
        self.month_later = {day: self._month_later(day, apart) for day in self.days}
        self.can_begin = {one: any(self.are_two(one, other) for other in self.days) for one in self.days}

    @staticmethod
    def _year(start):
        day = start
        while day < CalendarDuration.parse("P1Y").after(start):
            yield day
            day += DAY

    @staticmethod
    def _quarter(start, day, reading):
        if reading is QuarterReading.CALENDAR:
            return day.year, (day.month - 1) // 3
        return sum(CalendarDuration(months=3 * n).after(start) <= day for n in (1, 2, 3))

    @staticmethod
    def _month_later(day, reading):
        return day + 30 * DAY if reading is ApartReading.IN_DAYS else CalendarDuration(months=1).after(day)

    def are_two(self, one, other):
        return self.quarter[one] != self.quarter[other] and self.month_later[one] <= other

    def is_useful(self, day, attempts):
        return self.can_begin[day] or any(self.are_two(one, day) for one in attempts)

    def state(self, on, attempts):
        """What stands on a day, and the last useful day of the next attempt."""
        known = sorted({one for one in attempts if one <= on and one in self.quarter})
        if any(self.are_two(*pair) for pair in combinations(known, 2)):
            return ReductionState.ATTEMPTED, None
        if on > self.days[-1]:
            return ReductionState.NO_SCHEDULE, None
        last = max((day for day in self.days if self.is_useful(day, known)), default=None)
        is_open = last is not None and on <= last
        return (ReductionState.REACHABLE if is_open else ReductionState.OUT_OF_REACH), last

    def second_from(self, on, attempts):
        known = [one for one in attempts if one <= on and one in self.quarter]
        return min((day for day in self.days if any(self.are_two(one, day) for one in known)), default=None)


@cache
def walk(start, quarter, apart):
    return Walk(start, quarter, apart)


@st.composite
def histories(draw):
    start = draw(STARTS)
    ago = st.integers(-40, 380) | st.sampled_from((0, 27, 28, 30, 31, 59, 89, 90, 91, 181, 272, 273, 274, 364, 365))
    attempts = draw(st.lists(ago.map(lambda n: start + n * DAY), max_size=4, unique=True))
    return start, sorted(attempts)


class TestEveryDay:
    """Attempts in two separate quarters, at least a month apart, in the first year: under each reading, on each day."""

    @settings(max_examples=25)
    @given(histories(), st.sampled_from(sorted(READINGS, key=str)))
    def test_the_rule_equals_the_walk(self, history, reading):
        start, attempts = history
        by_hand = walk(start, *reading)
        # What lies before the course cannot be recorded as a change of it after the start.
        record = regimen(start, attempts)
        on = start
        while on < start + timedelta(days=380):
            found = reduction(record, READINGS[reading], on)
            state, last = by_hand.state(on, [one for one in attempts if one >= start])

            assert (state, last) == (found.state, found.next_by), on
            if state is ReductionState.REACHABLE:
                assert by_hand.second_from(on, attempts) == found.next_from
            on += DAY

    @settings(max_examples=25)
    @given(histories(), st.sampled_from(sorted(READINGS, key=str)))
    def test_jumping_equals_stepping(self, history, reading):
        start, attempts = history
        record, on = regimen(start, attempts), start
        while on < start + timedelta(days=380):
            review = review_regimen(record, policy=READINGS[reading], on=on)
            until = review.valid_until or on + 400 * DAY
            day = on + DAY
            while day < min(until, start + timedelta(days=380)):
                assert review.reductions == review_regimen(record, policy=READINGS[reading], on=day).reductions
                day += 7 * DAY
            on = until


class TestAnAttemptNeverHarms:
    """One more attempt that was made never turns an answer for the worse."""

    @given(histories(), st.integers(0, 364), st.integers(0, 400), st.sampled_from(sorted(READINGS, key=str)))
    def test_one_more(self, history, more, later, reading):
        start, attempts = history
        on = start + later * DAY
        before, after = (
            reduction(regimen(start, each), READINGS[reading], on)
            for each in (attempts, sorted({*attempts, start + more * DAY}))
        )
        rank = (ReductionState.ATTEMPTED, ReductionState.REACHABLE, ReductionState.OUT_OF_REACH)
        order = (*rank, ReductionState.NO_SCHEDULE)

        assert order.index(after.state) <= order.index(before.state)


class TestNothingIsInferred:
    """Only a dated statement since the course began in this facility stands in the place of attempts."""

    @given(histories(), st.integers(-100, 500), st.integers(0, 500))
    def test_only_a_statement_of_this_course_counts(self, history, said, later):
        start, attempts = history
        on, stated = start + later * DAY, start + said * DAY
        policy = READINGS[QuarterReading.FROM_START, ApartReading.CALENDAR_MONTH]
        plain, told = (reduction(regimen(start, attempts, one), policy, on) for one in (None, stated))
        counts = start <= stated <= on and plain.state is not ReductionState.ATTEMPTED

        assert (told.state is ReductionState.CONTRAINDICATED_DOCUMENTED) == counts
        if not counts:
            assert told == plain


class TestLaterYears:
    """After the first year there is no schedule, unless a site keeps the older wording: then one attempt a year."""

    YEARLY = POLICY.with_readings(later_years=LaterYearsReading.YEARLY).deprescribing

    @given(histories(), st.integers(366, 1500), st.lists(st.integers(366, 1500), max_size=3, unique=True))
    def test_an_attempt_a_year(self, history, later, more):
        start, attempts = history
        made = sorted({*attempts, *(start + one * DAY for one in more)})
        on = start + later * DAY
        known = [one for one in made if start <= one <= on]
        due = CalendarDuration.parse("P1Y").after(max(known, default=start))
        found = reduction(regimen(start, made), self.YEARLY, on)

        in_time = ReductionState.ATTEMPTED if known else ReductionState.REACHABLE
        assert (due, in_time if on <= due else ReductionState.OUT_OF_REACH) == (found.next_by, found.state)
