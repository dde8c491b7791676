"""
Gradual dose reduction in a nursing facility: what is recorded, what can still be reached, and the last useful day.

The regulation asks for reductions and gives no interval [42 CFR 483.45(e)(2)]. The guidance gives an example for the
first year: attempts in two separate quarters, at least a month apart, unless a prescriber documents for this medicine
why not. "Quarter" and "month" are left open there: both readings are settings of the policy. A contraindication is
only ever what a prescriber stated; nothing is inferred.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from itertools import combinations
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.law import placed, stay_begun_on
from alliance_core.deprescribing.policy import (
    ApartReading,
    DeprescribingPolicy,
    LaterYearsReading,
    QuarterReading,
    ReductionRow,
)
from alliance_core.records import ChangeKind

REDUCTION: Final = Rule(
    id="deprescribing.gradual-reduction",
    basis=Basis.LAW,
    source="cfr-42-483-45",
    locator="483.45(e)(2)",
    says="A psychotropic in a nursing facility is gradually reduced, unless the prescriber documented why it is not.",
)

FIRST_YEAR: Final = "first-year"
LATER: Final = "after-first-year"
_LOWERED: Final = frozenset({ChangeKind.DECREASE, ChangeKind.TAPER_STEP})
_DAY: Final = timedelta(days=1)


class ReductionState(Enum):
    """How far a gradual dose reduction is, on the day."""

    ATTEMPTED = "attempted"
    CONTRAINDICATED_DOCUMENTED = "contraindicated-documented"
    REACHABLE = "reachable"
    STATEMENT_OPEN = "statement-open"
    OUT_OF_REACH = "out-of-reach"
    NO_SCHEDULE = "no-schedule"
    NOT_TOLD = "not-told"


@value
class Window:
    """The days in which attempts count, and the first days of its quarters as the policy reads them."""

    begins_on: date
    ends_on: date
    parts: tuple[date, ...]
    apart: CalendarDuration

    def part(self, day: date) -> int:
        """Return the number of the quarter that a day lies in."""
        return bisect_right(self.parts, day)

    def holds(self, day: date) -> bool:
        """Whether a day lies in the window."""
        return self.begins_on <= day <= self.ends_on

    def are_two(self, one: date, other: date) -> bool:
        """Whether two attempts, in their order, lie in separate quarters and far enough apart."""
        since = self.apart.after(one)
        return self.part(one) != self.part(other) and since is not None and since <= other

    def next_by(self, attempts: tuple[date, ...]) -> date | None:
        """Return the last day on which another attempt still leads to two that count; None if there is none."""
        second = self.ends_on if any(self.are_two(one, self.ends_on) for one in attempts) else None
        return latest(second, self._first_by())

    def next_from(self, attempts: tuple[date, ...]) -> date | None:
        """Return the first day on which another attempt makes two that count; None without a first one."""
        days = (self._second_from(one) for one in attempts)
        return min((one for one in days if one is not None and one <= self.ends_on), default=None)

    def _first_by(self) -> date | None:
        """The last day of a first attempt after which a second one, on the last day of all, is one more."""
        day = self.parts[-1] - _DAY
        while day >= self.begins_on and not self.are_two(day, self.ends_on):
            day -= _DAY
        return day if day >= self.begins_on else None

    def _second_from(self, one: date) -> date | None:
        place = self.part(one)
        return latest(self.apart.after(one), self.parts[place]) if place < len(self.parts) else None


@value
class Reduction:
    """
    The gradual dose reduction of one medicine.

    `next_by` is the last useful day of the next attempt, `next_from` the first day on which it would be the second of
    two that count. `state` contraindicated-documented says that a prescriber stated it, never that attempts were made.
    """

    medicine: str
    state: ReductionState
    answer: Answer
    attempts: tuple[date, ...]
    started_on: date | None
    ends_on: date | None
    next_from: date | None
    next_by: date | None
    row: ReductionRow
    unknown: tuple[str, ...] = ()


@value
class Facts:
    """What the cases ask: of the first year and of the time after it."""

    is_over: bool
    is_yearly: bool
    is_attempted: bool
    is_stated: bool
    is_statement_open: bool
    is_in_time: bool


@value
class Told:
    """What a case gives."""

    state: ReductionState
    answer: Answer


_SOURCE: Final = "cms-som-pp"
_PLACE: Final = "F605 Gradual Dose Reduction"
CASES: Final[tuple[Case[Facts, Told], ...]] = (
    Case(
        id="attempted",
        says="Two attempts in separate quarters, a month apart, are recorded; or after the first year, one in time.",
        when=lambda one: one.is_attempted,
        gives=Told(state=ReductionState.ATTEMPTED, answer=Answer.MET),
        source=_SOURCE,
        locator=_PLACE,
    ),
    Case(
        id="contraindicated-documented",
        says="The prescriber's dated statement for this medicine is recorded.",
        when=lambda one: one.is_stated,
        gives=Told(state=ReductionState.CONTRAINDICATED_DOCUMENTED, answer=Answer.MET),
        source=_SOURCE,
        locator=_PLACE,
    ),
    Case(
        id="no-schedule",
        says="The first year is over without the two, and this policy has no schedule after it.",
        when=lambda one: one.is_over and not one.is_yearly,
        gives=Told(state=ReductionState.NO_SCHEDULE, answer=Answer.JUDGEMENT),
        source=_SOURCE,
        locator=_PLACE,
    ),
    Case(
        id="reachable",
        says="What is asked can still be reached.",
        when=lambda one: one.is_in_time,
        gives=Told(state=ReductionState.REACHABLE, answer=Answer.MET),
        source=_SOURCE,
        locator=_PLACE,
    ),
    Case(
        id="statement-open",
        says="A statement of the prescriber is recorded without its day, or is unclear.",
        when=lambda one: one.is_statement_open,
        gives=Told(state=ReductionState.STATEMENT_OPEN, answer=Answer.CANNOT_TELL),
        source=_SOURCE,
        locator=_PLACE,
    ),
    Case(
        id="out-of-reach",
        says="Neither the attempts nor a statement are recorded, and they can no longer be reached in time.",
        when=always,
        gives=Told(state=ReductionState.OUT_OF_REACH, answer=Answer.NOT_MET),
        source=_SOURCE,
        locator=_PLACE,
    ),
)


def reductions_of(context: Context) -> tuple[Reduction, ...]:
    """Return the gradual dose reduction of each medicine that may be asked for one."""
    row = context.view.reductions.get(FIRST_YEAR)
    if row is None or placed(row, context) is NO:
        return ()
    mine = [episode for episode, groups in context.running() if row.drug_group in groups and _is_regular(episode)]
    return tuple([_reduction(row, episode, context) for episode in mine])


def reduction_findings(reductions: tuple[Reduction, ...], context: Context) -> Iterator[Finding]:
    """Return one finding for each medicine that may be asked for a gradual dose reduction."""
    for one in reductions:
        yield Finding(
            rule=REDUCTION.id,
            about=context.regimen.id,
            item=one.medicine,
            answer=one.answer,
            weight=Weight.RECOMMENDED if one.row.lane is Basis.PRACTICE else Weight.REQUIRED,
            because=tuple(_because(one)),
            missing=tuple(_missing(one)),
            due_on=one.next_by,
            rows=(one.row.row_id,),
        )


def _because(one: Reduction) -> Iterator[tuple[str, str]]:
    yield "reduction", one.state.value
    for day in one.attempts:
        yield "medications.dose_changes", day.isoformat()


def _missing(one: Reduction) -> Iterator[str]:
    if one.state is ReductionState.STATEMENT_OPEN:
        yield "medications.reduction_contraindicated_on"
    if one.state is ReductionState.OUT_OF_REACH:
        yield "medications.dose_changes"
        yield "medications.reduction_contraindicated"
    if one.state is ReductionState.NOT_TOLD:
        yield from one.unknown


def _is_regular(episode: Episode) -> bool:
    """What is only given as needed has a limit of its own."""
    return any(entry.as_needed is not YES for entry in episode.entries)


# -- one medicine ----------------------------------------------------------------------------------------------------


def _reduction(row: ReductionRow, episode: Episode, context: Context) -> Reduction:
    stay = stay_begun_on(context)
    start = latest(stay, episode.started_on) if stay is not None and episode.started_on is not None else None
    unknown = tuple(_unknown(row, episode, stay, context))
    if start is None or unknown:
        return _untold(row, episode, start, unknown)
    window = window_of(row, start, context.policy)
    attempts = tuple([one for one in _attempts(episode, context) if one >= start])
    counted = tuple([one for one in attempts if window.holds(one)])
    is_done = any(window.are_two(*pair) for pair in combinations(counted, 2))
    later = context.view.reductions.get(LATER)
    is_over = context.day.has_passed(window.ends_on)
    is_yearly = later is not None and context.policy.later_years_reading is LaterYearsReading.YEARLY
    if is_over and later is not None and is_yearly:
        return _yearly(later, episode, start, attempts, context)
    next_by = None if is_over or is_done else window.next_by(counted)
    facts = Facts(
        is_over=is_over,
        is_yearly=is_yearly,
        is_attempted=is_done,
        is_stated=any(one >= start for one in _stated(episode, context)),
        is_statement_open=_is_open(episode),
        is_in_time=next_by is not None and not context.day.has_passed(next_by),
    )
    told = first(CASES, facts).gives
    return Reduction(
        medicine=episode.id,
        state=told.state,
        answer=told.answer,
        attempts=counted,
        started_on=start,
        ends_on=window.ends_on,
        next_from=window.next_from(counted) if told.state is ReductionState.REACHABLE else None,
        next_by=next_by if told.state in _DATED else None,
        row=row,
    )


#: The states that have a last useful day.
_DATED: Final = frozenset({ReductionState.REACHABLE, ReductionState.OUT_OF_REACH, ReductionState.STATEMENT_OPEN})


def _unknown(row: ReductionRow, episode: Episode, stay: date | None, context: Context) -> Iterator[str]:
    if placed(row, context) is not YES:
        yield "encounters.setting"
    if stay is None:
        yield "encounters.started_on"
    if episode.started_on is None:
        yield "medications.started_on"


def _untold(row: ReductionRow, episode: Episode, start: date | None, unknown: tuple[str, ...]) -> Reduction:
    return Reduction(
        medicine=episode.id,
        state=ReductionState.NOT_TOLD,
        answer=Answer.CANNOT_TELL,
        attempts=(),
        started_on=start,
        ends_on=None,
        next_from=None,
        next_by=None,
        row=row,
        unknown=unknown,
    )


def _yearly(
    row: ReductionRow, episode: Episode, start: date, attempts: tuple[date, ...], context: Context
) -> Reduction:
    """After the first year, where a site keeps the older wording: an attempt, or a statement, in each year."""
    anchor = max(attempts, default=start)
    due_on = row.window.after(anchor)
    stated = [row.window.after(one) for one in _stated(episode, context) if one >= start]
    facts = Facts(
        is_over=True,
        is_yearly=True,
        is_attempted=bool(attempts) and not context.day.has_passed(due_on),
        is_stated=any(not context.day.has_passed(until) for until in stated),
        is_statement_open=_is_open(episode),
        is_in_time=not context.day.has_passed(due_on),
    )
    told = first(CASES, facts).gives
    is_stated = told.state is ReductionState.CONTRAINDICATED_DOCUMENTED
    return Reduction(
        medicine=episode.id,
        state=told.state,
        answer=told.answer,
        attempts=attempts,
        started_on=start,
        ends_on=None,
        next_from=None,
        next_by=latest(*stated) if is_stated else due_on,
        row=row,
    )


def window_of(row: ReductionRow, start: date, policy: DeprescribingPolicy) -> Window:
    """Return the first year from a day on, with its quarters as the policy reads them."""
    after = row.window.after(start)
    end = after - _DAY if after is not None else date.max
    in_days = policy.apart_reading is ApartReading.IN_DAYS
    apart = row.apart_in_days if in_days else row.apart
    return Window(
        begins_on=start,
        ends_on=end,
        parts=(start, *_later_parts(row.part or row.window, start, end, policy.quarter_reading)),
        apart=apart or CalendarDuration(),
    )


def _later_parts(part: CalendarDuration, start: date, end: date, reading: QuarterReading) -> Iterator[date]:
    """The first day of each further quarter: always so many months from the anchor, so that none drifts."""
    anchor = date(start.year, 1, 1) if reading is QuarterReading.CALENDAR else start
    number = 1
    while (day := _times(part, number).after(anchor)) is not None and day <= end:
        if day > start:
            yield day
        number += 1


def _times(length: CalendarDuration, number: int) -> CalendarDuration:
    return CalendarDuration(months=length.months * number, days=length.days * number)


def _attempts(episode: Episode, context: Context) -> list[date]:
    """The days on which the dose was lowered; one that did not last was an attempt too."""
    days = {
        change.changed_on
        for entry in episode.entries
        for change in entry.dose_changes
        if change.kind in _LOWERED and context.day.has_reached(change.changed_on)
    }
    return sorted(days)


def _stated(episode: Episode, context: Context) -> list[date]:
    return [
        entry.reduction_contraindicated_on
        for entry in episode.entries
        if entry.reduction_contraindicated is YES
        and entry.reduction_contraindicated_on is not None
        and context.day.has_reached(entry.reduction_contraindicated_on)
    ]


def _is_open(episode: Episode) -> bool:
    """A statement without its day, or an unclear one: nobody can tell whether it holds."""
    return any(
        entry.reduction_contraindicated not in {NO, SILENT}
        and (entry.reduction_contraindicated is not YES or entry.reduction_contraindicated_on is None)
        for entry in episode.entries
    )
