"""
What is measured while a medicine is taken: lithium levels and bloods, metabolic checks, movements, neutrophils.

Each row gives a day: so many measurements by so long after the start, or one so long after the last. The earliest day
counts, and guidelines of other countries are suggestions. It is asked only where the chart holds measurements at all: a
chart without any says nothing of whether they were made elsewhere.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, negate
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.base.tables import grouped
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.rows import MonitoringRow
from alliance_core.records import Observation, has_age

MONITORING: Final = Rule(
    id="deprescribing.monitoring",
    basis=Basis.PRACTICE,
    source="practice",
    locator="monitoring",
    says="What is measured while a medicine is taken was measured in its time.",
)
_CHANGED: Final = "start-or-change"
_STEP: Final = "step"


@value
class Measured:
    """
    One measure of one medicine: when it was last measured, and by when it is due.

    `due_on` is the day on all that is recorded, `possible_on` the earliest that something unrecorded could make it.
    """

    medicine: str
    measure: str
    last_on: date | None
    due_on: date | None
    possible_on: date | None
    row: MonitoringRow | None
    answer: Answer
    missing: tuple[str, ...] = ()


@value
class _Series:
    """The measurements of one kind in a chart; whether one of them has no day, or there may be more without a code."""

    seen: tuple[Observation, ...]
    is_open: bool

    def days(self, start: date) -> list[date]:
        """The days on which it was measured since the start."""
        return sorted(one.observed_on for one in self.seen if one.observed_on is not None and one.observed_on >= start)

    def is_high(self, row: MonitoringRow, limit: Decimal) -> Recorded:
        """Whether the last amount was at least so much; one without day, amount or code may be the last and as high."""
        dated = [one for one in self.seen if one.observed_on is not None]
        last = max(dated, key=lambda one: (one.observed_on or date.min, one.id), default=None)
        perhaps = [*(one for one in self.seen if one.observed_on is None), *((last,) if last is not None else ())]
        amounts = [one.amount if row.compares(one.unit) else None for one in perhaps]
        if last is not None and len(amounts) == 1 and amounts[0] is not None and amounts[0] >= limit:
            return YES
        is_open = self.is_open or any(amount is None or amount >= limit for amount in amounts)
        return SILENT if is_open else NO


def monitoring_of(context: Context) -> tuple[Measured, ...]:
    """Return every measure of every medicine that is taken, if the chart holds measurements at all."""
    series = _series(context)
    if series is None:
        return ()
    found: list[Measured] = []
    for episode, groups in context.running():
        for measure, rows in _rows(episode, groups, context).items():
            found.append(_measured(episode, measure, rows, series[measure], context))
    return tuple(found)


def monitoring_findings(measured: tuple[Measured, ...], context: Context) -> Iterator[Finding]:
    """Return one line a medicine: the measures that are due, or the next day."""
    for medicine, mine in grouped_by_medicine(measured).items():
        answer = next(one for one in _ORDER if any(each.answer is one for each in mine))
        named = [one for one in mine if one.answer is answer]
        due = min((one for one in named if one.due_on is not None), key=_due_order, default=None)
        rows = tuple(dict.fromkeys(one.row.row_id for one in named if one.row is not None))
        binds = due is not None and due.row is not None and context.binds(due.row)
        yield Finding(
            rule=MONITORING.id,
            about=context.regimen.id,
            item=medicine,
            answer=answer,
            weight=Weight.REQUIRED if binds else Weight.RECOMMENDED,
            because=tuple(("measure", one.measure) for one in named) if answer is not Answer.MET else (),
            missing=tuple(dict.fromkeys(path for one in named for path in one.missing)),
            due_on=due.due_on if due is not None else None,
            rows=rows if answer is not Answer.MET else (due.row.row_id,) if due is not None and due.row else (),
        )


_ORDER: Final = (Answer.NOT_MET, Answer.CANNOT_TELL, Answer.MET)


def grouped_by_medicine(measured: tuple[Measured, ...]) -> Mapping[str, list[Measured]]:
    """Return the measures by medicine."""
    found: dict[str, list[Measured]] = {}
    for one in measured:
        found.setdefault(one.medicine, []).append(one)
    return found


def _due_order(one: Measured) -> tuple[date, str]:
    return one.due_on or date.max, one.measure


def _series(context: Context) -> Mapping[str, _Series] | None:
    """Whatever has no code may be any measure."""
    codes = context.view.triggers.measures
    if not context.regimen.observations or not codes:
        return None
    kinds = {measure: list[Observation]() for measure in codes.values()}
    is_open = False
    for one in context.regimen.observations:
        mine = {codes[each.system, each.code] for each in one.codes if (each.system, each.code) in codes}
        for measure in mine:
            kinds[measure].append(one)
        is_open = is_open or not one.codes
    if not is_open and not any(kinds.values()):
        return None
    return {measure: _Series(seen=tuple(mine), is_open=is_open) for measure, mine in kinds.items()}


def _rows(episode: Episode, groups: frozenset[str], context: Context) -> Mapping[str, tuple[MonitoringRow, ...]]:
    mine = [
        row
        for row in context.view.triggers.monitoring
        if (row.drug_group in groups or row.medicine == episode.medicine.name)
    ]
    return grouped(mine, lambda row: row.measure)


# -- one measure of one medicine -------------------------------------------------------------------------------------


@value
class _Due:
    row: MonitoringRow
    due_on: date
    applies: Recorded
    missing: tuple[str, ...]


def _measured(
    episode: Episode, measure: str, rows: tuple[MonitoringRow, ...], series: _Series, context: Context
) -> Measured:
    start = episode.started_on
    days = series.days(start) if start is not None else []
    reaches = [one for row in rows for one in _reach(row, start, days, series, episode, context)] if start else []
    sure = min((one for one in reaches if one.applies is YES), key=_order, default=None)
    maybe = min(reaches, key=_order, default=None)
    answer, missing = _answer(start, sure, maybe, series, context)
    return Measured(
        medicine=episode.id,
        measure=measure,
        last_on=days[-1] if days else None,
        due_on=sure.due_on if sure is not None else None,
        possible_on=maybe.due_on if maybe is not None else None,
        row=(sure or maybe).row if (sure or maybe) is not None else None,  # type: ignore[union-attr]
        answer=answer,
        missing=missing,
    )


def _order(one: _Due) -> tuple[date, str]:
    return one.due_on, one.row.row_id


def _reach(
    row: MonitoringRow, start: date, days: list[date], series: _Series, episode: Episode, context: Context
) -> Iterator[_Due]:
    due_on = _due_on(row, start, days, episode, context.day)
    if due_on is None:
        return
    facts = tuple(_facts(row, series, context))
    applies = all_yes(*(fact for fact, _ in facts))
    if applies is not NO:
        yield _Due(
            row=row, due_on=due_on, applies=applies, missing=tuple(path for fact, path in facts if fact is not YES)
        )


def _facts(row: MonitoringRow, series: _Series, context: Context) -> Iterator[tuple[Recorded, str]]:
    person = context.regimen.person
    if row.last_at_least is not None:
        yield series.is_high(row, row.last_at_least), "observations.amount"
    if row.age_from is not None:
        yield has_age(person, row.age_from, context.day), "person.born_on"
    if row.age_below is not None:
        yield negate(has_age(person, row.age_below, context.day)), "person.born_on"
    if row.problem:
        yield context.has(row.problem), "problems"
    if row.circumstance:
        mine = context.present(row.circumstance)
        fact = YES if any(one.present is YES for one in mine) else Recorded.UNCLEAR if mine else NO
        yield fact, f"circumstances.{row.circumstance}"


def _due_on(row: MonitoringRow, start: date, days: list[date], episode: Episode, day: Day) -> date | None:
    """A step is due until so many were held, or one after its day; what comes again counts from the last."""
    if row.kind == _STEP:
        return _step_due(row, start, days, episode, day)
    due_on = latest(row.interval.after(days[-1] if days else start), _after(row.since, start))
    until = row.until.after(start) if row.until is not None else None
    return due_on if until is None or (due_on is not None and due_on <= until) else None


def _after(length: CalendarDuration | None, start: date) -> date | None:
    return length.after(start) if length is not None else None


def _step_due(row: MonitoringRow, start: date, days: list[date], episode: Episode, day: Day) -> date | None:
    anchor = latest(start, _last_change(episode, day)) if row.counted_from == _CHANGED else start
    due_on = row.interval.after(anchor) if anchor is not None else None
    held = [one for one in days if anchor is not None and one > anchor]
    is_done = due_on is None or len(held) >= (row.step or 1) or any(one >= due_on for one in held)
    return None if is_done else due_on


def _last_change(episode: Episode, day: Day) -> date | None:
    days = [change.changed_on for entry in episode.entries for change in entry.dose_changes]
    return latest(*(one for one in days if day.has_reached(one)))


def _answer(
    start: date | None, sure: _Due | None, maybe: _Due | None, series: _Series, context: Context
) -> tuple[Answer, tuple[str, ...]]:
    """Nobody can tell of what was never recorded, or without its day; before any day that is possible it is in time."""
    if start is None:
        return Answer.CANNOT_TELL, ("medications.started_on",)
    if maybe is None or not context.day.has_reached(maybe.due_on):
        return Answer.MET, ()
    undated = any(one.observed_on is None for one in series.seen)
    if not series.seen or series.is_open or undated:
        return Answer.CANNOT_TELL, ("observations.observed_on" if undated else "observations",)
    if sure is not None and context.day.has_reached(sure.due_on):
        return Answer.NOT_MET, ()
    return Answer.CANNOT_TELL, maybe.missing
