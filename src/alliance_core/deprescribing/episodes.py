"""
Episodes: entries of one ingredient and route, close together, are one course of treatment.

A renewal is no duplicate and restarts no phase. Orders, statements, supplies and doses given all count. An entry
without a start belongs to the latest course, and leaves open since when that course runs.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.day import Day
from alliance_core.base.kinds import value
from alliance_core.medicines import MedicineRow, Medicines, Resolved
from alliance_core.records import ChangeKind, Evidence, MedicationStatement, MedicationStatus

_OVER: Final = frozenset({MedicationStatus.STOPPED, MedicationStatus.COMPLETED, MedicationStatus.NOT_TAKEN})
_GIVEN_UP: Final = frozenset({MedicationStatus.STOPPED, MedicationStatus.NOT_TAKEN})
_HANDED_OVER: Final = frozenset({Evidence.SUPPLY, Evidence.ADMINISTRATION})
_NO_LENGTH: Final = CalendarDuration()


@value
class Episode:
    """
    One course of one ingredient by one route, as far as the record shows.

    `started_on` None = not every entry says since when. `ended_on` None with `is_open` no = it ended, nobody wrote
    when. `entries` are in the order of their starts.
    """

    medicine: MedicineRow
    route: str
    entries: tuple[MedicationStatement, ...]
    started_on: date | None
    ended_on: date | None
    is_open: bool

    @property
    def id(self) -> str:
        """The medicine's name, with the route if the record has one: stable across renewals."""
        return f"{self.medicine.name} ({self.route})" if self.route else self.medicine.name

    @property
    def entry_ids(self) -> frozenset[str]:
        """The ids of the entries that make the episode."""
        return frozenset(entry.id for entry in self.entries)


@value
class Span:
    """What one entry says: from when, until when, how far it may reach, and whether it may still run."""

    entry: MedicationStatement
    start: date | None
    end: date | None
    reach: date | None
    runs: bool


@value
class _Reading:
    """How entries are read on one day: how close two have to be, how far an entry of unknown length is looked for."""

    gap: CalendarDuration
    look_back: CalendarDuration
    day: Day

    def span(self, entry: MedicationStatement) -> Span:
        end, start = end_of(entry), entry.started_on
        if entry.evidence not in _HANDED_OVER:
            runs = runs_on(entry, self.day)
            return Span(entry=entry, start=start, end=end, reach=date.max if runs and end is None else end, runs=runs)
        # What was handed over for nobody knows how long may last as far as an entry is looked for.
        reach = end if end is not None or start is None else self.look_back.after(start)
        last = reach if end is None or reach is None else self.gap.after(reach)
        runs = entry.status not in _GIVEN_UP and not self.day.has_passed(last)
        return Span(entry=entry, start=start, end=end, reach=reach, runs=runs)

    def is_near(self, span: Span, reach: date | None) -> bool:
        return reach is None or span.start is None or span.start <= (self.gap.after(reach) or date.max)


def end_of(entry: MedicationStatement) -> date | None:
    """Return the last day that an entry covers, by what happened or else by what was planned; None = not recorded."""
    planned = _supply_end(entry) if entry.evidence in _HANDED_OVER else entry.stops_on
    return entry.stopped_on or planned


def runs_on(entry: MedicationStatement, day: Day) -> bool:
    """Whether an order or a statement is not over on the day; one that was stopped later still ran."""
    if entry.status in _OVER and entry.stopped_on is None:
        return False
    return entry.status is not MedicationStatus.NOT_TAKEN and not day.has_passed(end_of(entry))


def is_open_supply(entry: MedicationStatement) -> bool:
    """Whether it was handed over for nobody knows how long."""
    return entry.evidence in _HANDED_OVER and end_of(entry) is None


def entries_now(entries: tuple[MedicationStatement, ...], day: Day) -> tuple[MedicationStatement, ...]:
    """Return the entries that are not over on the day: what one that is over says is of the past; all if none runs."""
    return tuple([one for one in entries if runs_on(one, day)]) or entries


def _supply_end(entry: MedicationStatement) -> date | None:
    """The last day that a supply covers; the day it is handed over is the first. A dose given covers its day."""
    if entry.evidence is Evidence.ADMINISTRATION:
        return entry.started_on
    if entry.started_on is None or not entry.supply_days:
        return None
    return CalendarDuration(days=entry.supply_days - 1).after(entry.started_on)


def find_episodes(
    entries: Iterable[MedicationStatement],
    *,
    medicines: Medicines,
    gap: CalendarDuration,
    day: Day,
    look_back: CalendarDuration = _NO_LENGTH,
) -> tuple[tuple[Episode, ...], tuple[MedicationStatement, ...]]:
    """Return the episodes, and the entries that no row of the medicines table knows, in whole or in part."""
    reading = _Reading(gap=gap, look_back=look_back, day=day)
    by_key: dict[tuple[str, str], list[Span]] = {}
    rows: dict[str, MedicineRow] = {}
    unknown: list[MedicationStatement] = []
    # Renewals repeat a name: each is resolved once, in this call alone, so that no patient's text outlives it.
    resolved: dict[object, Resolved] = {}
    for entry in entries:
        named = (entry.codes, entry.text)
        meant = resolved.get(named) or resolved.setdefault(named, medicines.resolve(entry))
        if meant.partly_unknown:
            unknown.append(entry)
        for row in meant.medicines:
            rows[row.name] = row
            by_key.setdefault((row.name, (entry.route or "").lower()), []).append(reading.span(entry))
    for name in rows:
        _join_unrouted(by_key, name)
    found = [
        episode for (name, route), spans in by_key.items() for episode in _joined(rows[name], route, spans, reading)
    ]
    return tuple(sorted(found, key=_place)), tuple(unknown)


def _place(episode: Episode) -> tuple[str, date, tuple[str, ...]]:
    return episode.id, episode.started_on or date.max, tuple(entry.id for entry in episode.entries)


def _join_unrouted(by_key: dict[tuple[str, str], list[Span]], name: str) -> None:
    """An entry without a route belongs to the only route that the other entries of its ingredient have."""
    routes = [route for medicine, route in by_key if medicine == name and route]
    if len(routes) == 1 and (name, "") in by_key:
        by_key[name, routes[0]] += by_key.pop((name, ""))


def _joined(row: MedicineRow, route: str, spans: list[Span], reading: _Reading) -> list[Episode]:
    ordered = sorted(spans, key=lambda one: (one.start or date.max, one.end or date.max, one.entry.id))
    groups: list[list[Span]] = []
    reach: date | None = None
    for span in ordered:
        if groups and reading.is_near(span, reach):
            groups[-1].append(span)
            reach = latest(reach, span.reach, span.start)
        else:
            groups.append([span])
            reach = span.reach or span.start
    return [_episode(row, route, group) for group in groups]


def _episode(row: MedicineRow, route: str, group: list[Span]) -> Episode:
    is_open = _is_open(group)
    starts = [span.start for span in group if span.start is not None]
    ends = [span.end for span in group if span.end is not None]
    return Episode(
        medicine=row,
        route=route,
        entries=tuple(span.entry for span in group),
        started_on=min(starts) if len(starts) == len(group) else None,
        ended_on=max(ends) if len(ends) == len(group) and not is_open else None,
        is_open=is_open,
    )


def _is_open(group: list[Span]) -> bool:
    """What was handed over goes no further once a later entry says that it was stopped or is not taken."""
    dated = [span for span in group if span.start is not None]
    if not dated or dated[-1].entry.status not in _GIVEN_UP:
        return any(span.runs for span in group)
    return any(span.runs and (span.start is None or span.entry.evidence not in _HANDED_OVER) for span in group)


def first_cut(episode: Episode, day: Day) -> date | None:
    """Return the first step of the taper that is under way on the day; None if there is none."""
    return min(_changes(episode, ChangeKind.TAPER_STEP, day), default=None)


def last_increase(episode: Episode, day: Day) -> date | None:
    """Return the last increase of the dose up to the day."""
    return max(_changes(episode, ChangeKind.INCREASE, day), default=None)


def _changes(episode: Episode, kind: ChangeKind, day: Day) -> list[date]:
    """What is dated after an entry was stopped is no change of it."""
    return [
        change.changed_on
        for entry in episode.entries
        for change in entry.dose_changes
        if change.kind is kind
        and day.has_reached(change.changed_on)
        and (entry.stopped_on is None or change.changed_on <= entry.stopped_on)
    ]
