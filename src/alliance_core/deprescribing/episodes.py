"""
Episodes: entries of one ingredient and route, close together, are one course of treatment.

A renewal is no duplicate and restarts no phase. Orders, statements, supplies and doses given all count.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.kinds import value
from alliance_core.deprescribing.medicines import MedicineRow, Medicines
from alliance_core.deprescribing.records import ChangeKind, Evidence, MedicationStatement, MedicationStatus

_OVER: Final = frozenset({MedicationStatus.STOPPED, MedicationStatus.COMPLETED, MedicationStatus.NOT_TAKEN})


@value
class Episode:
    """
    One course of one ingredient by one route, as far as the record shows.

    `started_on` None = no entry says since when. `ended_on` None with `is_open` no = it ended, nobody wrote when.
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
    def as_needed(self) -> Recorded:
        """Whether it is taken as needed; several entries that differ are joined by any yes."""
        return any_yes(*(entry.as_needed for entry in self.entries))

    @property
    def entry_ids(self) -> frozenset[str]:
        """The ids of the entries that make the episode."""
        return frozenset(entry.id for entry in self.entries)


@value
class Span:
    """What one entry says: from when, until when, and whether it still runs."""

    entry: MedicationStatement
    start: date | None
    end: date | None
    runs: bool


def _span(entry: MedicationStatement, day: Day) -> Span:
    end = entry.stopped_on or _supply_end(entry) or entry.stops_on
    over = entry.status in _OVER or entry.evidence in {Evidence.SUPPLY, Evidence.ADMINISTRATION}
    if end is not None:
        return Span(entry=entry, start=entry.started_on, end=end, runs=not over and not day.has_passed(end))
    return Span(entry=entry, start=entry.started_on, end=None, runs=not over)


def _supply_end(entry: MedicationStatement) -> date | None:
    """The last day that a supply covers; the day it is handed over is the first."""
    if entry.started_on is None or not entry.supply_days:
        return entry.started_on if entry.evidence is Evidence.ADMINISTRATION else None
    return CalendarDuration(days=entry.supply_days - 1).after(entry.started_on)


def find_episodes(
    entries: Iterable[MedicationStatement], *, medicines: Medicines, gap: CalendarDuration, day: Day
) -> tuple[tuple[Episode, ...], tuple[MedicationStatement, ...]]:
    """Return the episodes, and the entries that no row of the medicines table knows, in whole or in part."""
    by_key: dict[tuple[str, str], list[Span]] = {}
    rows: dict[str, MedicineRow] = {}
    unknown: list[MedicationStatement] = []
    for entry in entries:
        resolved = medicines.resolve(entry)
        if resolved.partly_unknown:
            unknown.append(entry)
        for row in resolved.medicines:
            rows[row.name] = row
            by_key.setdefault((row.name, (entry.route or "").lower()), []).append(_span(entry, day))
    for name in rows:
        _join_unrouted(by_key, name)
    found = [
        episode for (name, route), spans in by_key.items() for episode in _joined(rows[name], route, spans, gap, day)
    ]
    return tuple(sorted(found, key=lambda one: (one.id, one.started_on or date.min))), tuple(unknown)


def _join_unrouted(by_key: dict[tuple[str, str], list[Span]], name: str) -> None:
    """An entry without a route belongs to the only route that the other entries of its ingredient have."""
    routes = [route for medicine, route in by_key if medicine == name and route]
    if len(routes) == 1 and (name, "") in by_key:
        by_key[name, routes[0]] += by_key.pop((name, ""))


def _joined(row: MedicineRow, route: str, spans: list[Span], gap: CalendarDuration, day: Day) -> list[Episode]:
    ordered = sorted(spans, key=lambda one: (one.start or date.min, one.end or date.max, one.entry.id))
    groups: list[list[Span]] = []
    reach: date | None = None
    for span in ordered:
        if groups and _is_near(span, reach, gap):
            groups[-1].append(span)
            reach = latest(reach, span.end, span.start)
        else:
            groups.append([span])
            reach = span.end or span.start
        if span.runs and span.end is None:
            reach = date.max
    return [_episode(row, route, group, gap, day) for group in groups]


def _is_near(span: Span, reach: date | None, gap: CalendarDuration) -> bool:
    if span.start is None or reach is None:
        return True
    return span.start <= (gap.after(reach) or date.max)


def _episode(row: MedicineRow, route: str, group: list[Span], gap: CalendarDuration, day: Day) -> Episode:
    runs = any(span.runs for span in group)
    ends = latest(*(span.end or span.start for span in group))
    supplied = [span.end for span in group if span.entry.evidence is Evidence.SUPPLY]
    carried = _may_go_on(latest(*supplied), gap, day) and not _is_stopped(group)
    is_open = runs or carried
    return Episode(
        medicine=row,
        route=route,
        entries=tuple(span.entry for span in group),
        started_on=min((span.start for span in group if span.start is not None), default=None),
        ended_on=None if is_open else ends,
        is_open=is_open,
    )


def _may_go_on(last_supply_end: date | None, gap: CalendarDuration, day: Day) -> bool:
    """A supply that has run out within the gap may still be renewed."""
    return last_supply_end is not None and not day.has_passed(gap.after(last_supply_end))


def _is_stopped(group: list[Span]) -> bool:
    return group[-1].entry.status in {MedicationStatus.STOPPED, MedicationStatus.NOT_TAKEN}


def first_cut(episode: Episode, day: Day) -> date | None:
    """Return the first step of the taper that is under way on the day; None if there is none."""
    steps = [
        change.changed_on
        for entry in episode.entries
        for change in entry.dose_changes
        if change.kind is ChangeKind.TAPER_STEP and day.has_reached(change.changed_on)
    ]
    return min(steps, default=None)


def last_increase(episode: Episode, day: Day) -> date | None:
    """Return the last increase of the dose up to the day."""
    raises = (
        change.changed_on
        for entry in episode.entries
        for change in entry.dose_changes
        if change.kind is ChangeKind.INCREASE and day.has_reached(change.changed_on)
    )
    return max(raises, default=None)
