"""
Which one or two things fit into this visit: chosen, booked, deferred, and why. Nothing is dropped.

The order: what is about safety first; then what the patient brings, which nothing but safety comes before; then by the
rank of the table, the longest unaddressed first, then by name. One or two are chosen whose minutes fit into what is
left after the reserve. What needs more room than the visit has is booked. Every visit has room for something: what the
patient brings is begun even if it needs more time than there is, and so is the first thing where nothing fits whole.
[seed: closing]
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import Field

from alliance_core.base.day import Day
from alliance_core.base.errors import ChartError, PolicyError, Problem
from alliance_core.base.findings import Finding, Weight
from alliance_core.base.kinds import record, value
from alliance_core.base.tables import Row, Timeline
from alliance_core.records import Label, PlannedVisit, RecordId

#: One or two things are taken into one visit, so that each gets its due [seed: closing].
MOST: Final = 2
#: No visit is longer than a day.
_LONGEST: Final = 1440
_OWN: Final = "own-item"
_OTHER: Final = "other"
_RESERVE: Final = "reserve"
_SAFETY: Final = "safety"


@record
class OwnItem:
    """One thing that the patient brings to the visit, and how many minutes it may take; None = not estimated."""

    id: RecordId
    text: Label | None = None
    minutes: Annotated[int, Field(ge=1, le=240)] | None = None


@value
class VisitRow(Row):
    """
    How many minutes a kind of item takes, its rank, and whether it fills a visit of its own.

    What is `booked` is a visit of its own, greeting and margin included: it is taken up in a visit that has the room,
    and booked in any other.
    """

    KEY: ClassVar = ("kind",)

    kind: str
    rules: str
    rank: int
    minutes: int
    booked: bool
    says: str


@value
class VisitView:
    """The rows in force on one day, by kind and by rule."""

    kinds: Mapping[str, VisitRow]
    by_rule: Mapping[str, VisitRow]

    def row(self, kind: str) -> VisitRow:
        """Return the row of a kind; raises `PolicyError` if none is in force: nothing is planned by guess."""
        if kind not in self.kinds:
            raise PolicyError(f"visit_items: no row of the kind {kind} is in force; add one")
        return self.kinds[kind]

    def of(self, finding: Finding) -> VisitRow:
        """Return the kind of item that takes up a finding: safety by its weight, any other by its rule."""
        if finding.weight is Weight.SAFETY:
            return self.row(_SAFETY)
        return self.by_rule.get(finding.rule) or self.row(_OTHER)


VISIT_TABLES: Final[Mapping[str, type[VisitRow]]] = {"visit_items": VisitRow}


def _view(rows: tuple[VisitRow, ...]) -> VisitView:
    return VisitView(
        kinds={row.kind: row for row in rows},
        by_rule={rule: row for row in rows for rule in row.rules.split("|") if rule},
    )


@value
class VisitPolicy:
    """How long things take, on every day."""

    timeline: Timeline[VisitRow, VisitView]

    @classmethod
    def of(cls, *rows: VisitRow) -> "VisitPolicy":
        """Return a policy of just these rows."""
        return cls(timeline=Timeline(rows, _view))


class Because(Enum):
    """Why an item stands where it does."""

    SAFETY_FIRST = "safety-first"
    PATIENT_BRINGS_IT = "patient-brings-it"
    NEXT_BY_RANK = "next-by-rank"
    BEGUN_TODAY = "begun-today"
    NEEDS_MORE_ROOM = "needs-more-room"
    SAFETY_TOOK_THE_VISIT = "safety-took-the-visit"
    NO_ROOM_LEFT = "no-room-left"


@value
class VisitItem:
    """One thing to take up: its kind, its minutes, and the findings (by key) or the patient's item it is for."""

    kind: str
    about: str
    minutes: int
    rank: int
    findings: tuple[tuple[str, str, str], ...] = ()
    addressed_on: date | None = None
    booked: bool = False
    row: str = ""


@value
class Placed:
    """
    An item, why it stands there, and the planned visit that has room for it.

    For what is begun today, the visit is for the rest of it. Empty: no visit that is planned has the room; book one.
    """

    item: VisitItem
    because: Because
    visit: str = ""


@value
class VisitPlan:
    """What is taken up in this visit, what is booked, and what waits; together they hold everything that was asked."""

    minutes: int
    chosen: tuple[Placed, ...]
    booked: tuple[Placed, ...]
    deferred: tuple[Placed, ...]


def plan_visit(
    findings: Iterable[Finding],
    *,
    minutes: int,
    policy: VisitPolicy,
    on: date,
    own: tuple[OwnItem, ...] = (),
    visits: tuple[PlannedVisit, ...] = (),
    addressed: Mapping[str, date] | None = None,
) -> VisitPlan:
    """
    Return one or two things that fit, what is booked, and what waits and why; the same input gives the same plan.

    `minutes` is the length of the visit, `own` what the patient brings, `visits` what is already booked, `addressed`
    the day on which each kind of item was last taken up. Even a short visit has room for one thing [seed: closing].
    Raises `ChartError` for a length that no visit has, for two different things under one id, and for a kind in
    `addressed` that no row has; `PolicyError` where the table lacks a kind.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    _check(minutes, addressed or {}, view)
    taken_up = {kind: last for kind, last in (addressed or {}).items() if day.has_reached(last)}
    items = sorted((*_of_findings(findings, view, taken_up), *_of_patient(_once(own, "own"), view)), key=_order)
    ahead = tuple(one for one in _once(visits, "visits") if one.planned_on is not None and one.planned_on > on)
    return _Desk(minutes, view.row(_RESERVE).minutes, ahead).plan(items)


def _check(minutes: int, addressed: Mapping[str, date], view: VisitView) -> None:
    if type(minutes) is not int or not 1 <= minutes <= _LONGEST:
        raise ChartError((Problem(path="minutes", reason=f"is the length of the visit: from 1 to {_LONGEST}"),))
    if not addressed.keys() <= view.kinds.keys():
        raise ChartError((Problem(path="addressed", reason="names a kind that no row of visit_items has"),))


Named = TypeVar("Named", OwnItem, PlannedVisit)


def _once(things: tuple[Named, ...], path: str) -> tuple[Named, ...]:
    """Read identical things once; of two different ones under one id nobody could say which counts."""
    known: dict[str, Named] = {}
    for one in things:
        if known.setdefault(one.id, one) != one:
            raise ChartError((Problem(path=path, reason="holds two different things under one id"),))
    return tuple(known.values())


# -- items -----------------------------------------------------------------------------------------------------------


def _of_findings(findings: Iterable[Finding], view: VisitView, addressed: Mapping[str, date]) -> list[VisitItem]:
    """Return one item for each kind of thing that is open: what is taken up together takes its minutes once."""
    kinds: dict[str, list[Finding]] = {}
    for one in findings:
        if one.is_open:
            kinds.setdefault(view.of(one).kind, []).append(one)
    return [
        _item(view.kinds[kind], tuple(sorted(one.key for one in group)), addressed) for kind, group in kinds.items()
    ]


def _item(row: VisitRow, keys: tuple[tuple[str, str, str], ...], addressed: Mapping[str, date]) -> VisitItem:
    return VisitItem(
        kind=row.kind,
        about="",
        minutes=row.minutes,
        rank=row.rank,
        findings=keys,
        addressed_on=addressed.get(row.kind),
        booked=row.booked,
        row=row.row_id,
    )


def _of_patient(own: tuple[OwnItem, ...], view: VisitView) -> list[VisitItem]:
    return [_own_item(one, view.row(_OWN)) for one in own]


def _own_item(one: OwnItem, row: VisitRow) -> VisitItem:
    return VisitItem(kind=_OWN, about=one.id, minutes=one.minutes or row.minutes, rank=row.rank, row=row.row_id)


#: No row of a site moves these two: safety first, then what the patient brings.
_FIRST: Final = (_SAFETY, _OWN)


def _order(one: VisitItem) -> tuple[int, int, date, str, str]:
    before = _FIRST.index(one.kind) if one.kind in _FIRST else len(_FIRST)
    return before, one.rank, one.addressed_on or date.min, one.kind, one.about


# -- the plan --------------------------------------------------------------------------------------------------------


class _Desk:
    """What one visit, and those planned after it, still have room for while its items are placed one by one."""

    def __init__(self, minutes: int, reserve: int, visits: tuple[PlannedVisit, ...]) -> None:
        self._minutes = minutes
        self._reserve = reserve
        self._room = self._left = max(minutes - reserve, 1)
        self._visits = sorted(visits, key=lambda one: (one.planned_on or date.max, one.id))
        self._free = {one.id: one.minutes or 0 for one in visits}
        self._chosen: list[Placed] = []
        self._booked: list[Placed] = []
        self._deferred: list[Placed] = []

    def plan(self, items: list[VisitItem]) -> VisitPlan:
        """Place every item in its order; where nothing fits whole, begin the first."""
        for one in items:
            self._place(one)
        if not self._chosen and self._booked:
            first = self._booked.pop(0)
            self._chosen.append(Placed(item=first.item, because=Because.BEGUN_TODAY, visit=first.visit))
        return VisitPlan(
            minutes=self._minutes,
            chosen=tuple(self._chosen),
            booked=tuple(self._booked),
            deferred=tuple(self._deferred),
        )

    def _place(self, one: VisitItem) -> None:
        if self._is_taken(one):
            self._choose(one, _WHY.get(one.kind, Because.NEXT_BY_RANK))
        elif one.kind == _OWN and not self._chosen:
            self._choose(one, Because.BEGUN_TODAY, self._visit_for(one))
        elif self._is_booked(one):
            self._booked.append(Placed(item=one, because=self._why_booked(one), visit=self._visit_for(one)))
        else:
            self._deferred.append(Placed(item=one, because=Because.NO_ROOM_LEFT))

    def _choose(self, one: VisitItem, because: Because, visit: str = "") -> None:
        self._chosen.append(Placed(item=one, because=because, visit=visit))
        self._left -= one.minutes

    def _is_taken(self, one: VisitItem) -> bool:
        """What is about safety is taken up whatever it takes; anything else if it fits."""
        if one.kind == _SAFETY:
            return not self._chosen
        return len(self._chosen) < MOST and one.minutes <= self._left + self._margin(one)

    def _margin(self, one: VisitItem) -> int:
        """The minutes of what fills a visit of its own hold its greeting and margin."""
        return self._reserve if one.booked else 0

    def _is_booked(self, one: VisitItem) -> bool:
        """Booked is what no visit like this has room for, and what the patient brings and safety left no room for."""
        safety = any(each.item.kind == _SAFETY for each in self._chosen)
        return one.booked or one.minutes > self._room or (one.kind == _OWN and safety)

    def _why_booked(self, one: VisitItem) -> Because:
        is_large = one.booked or one.minutes > self._room
        return Because.NEEDS_MORE_ROOM if is_large else Because.SAFETY_TOOK_THE_VISIT

    def _visit_for(self, one: VisitItem) -> str:
        """Return the first visit ahead that is long enough, and take the time there; empty if none is."""
        found = next((each.id for each in self._visits if self._free[each.id] >= one.minutes), "")
        if found:
            self._free[found] -= one.minutes
        return found


_WHY: Final = {_SAFETY: Because.SAFETY_FIRST, _OWN: Because.PATIENT_BRINGS_IT}


__all__ = [
    "VISIT_TABLES",
    "Because",
    "OwnItem",
    "Placed",
    "VisitItem",
    "VisitPlan",
    "VisitPolicy",
    "VisitRow",
    "plan_visit",
]
