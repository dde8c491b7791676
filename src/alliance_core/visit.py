"""
Which one or two things fit into this visit: chosen, booked, deferred, and why. Nothing is dropped.

The order: what is about safety first; then what the patient brings, which nothing but safety comes before; then by the
rank of the table, the longest unaddressed first, then by name. One or two are chosen whose minutes fit into what is
left after the reserve. What needs more room than the visit has is booked. [seed: closing]
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Annotated, ClassVar, Final

from pydantic import Field

from alliance_core.base.day import Day
from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.findings import Finding, Weight
from alliance_core.base.kinds import record, value
from alliance_core.base.tables import Row, Timeline
from alliance_core.records import Label, PlannedVisit, RecordId

#: At most so many things are taken into one visit, so that each gets its due.
MOST: Final = 2
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
    """How many minutes a kind of item takes, its rank, and whether it is booked rather than fitted in."""

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

    def of(self, finding: Finding) -> VisitRow:
        """Return the kind of item that takes up a finding: safety by its weight, any other by its rule."""
        if finding.weight is Weight.SAFETY:
            return self.kinds[_SAFETY]
        return self.by_rule.get(finding.rule, self.kinds[_OTHER])


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
    """An item, why it stands there, and for one that is booked the visit that has room, if there is one."""

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
    Raises `ChartError` for a visit of no minutes.
    """
    if minutes < 1:
        raise ChartError((Problem(path="minutes", reason="is the length of the visit: at least one minute"),))
    view = policy.timeline.at(Day(on))
    items = sorted((*_of_findings(findings, view, addressed or {}), *_of_patient(own, view)), key=_order)
    reserve = view.kinds[_RESERVE].minutes
    return _placed(items, minutes, max(minutes - reserve, 1), visits)


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
    row = view.kinds[_OWN]
    once = {one.id: one for one in own}.values()
    return [
        VisitItem(kind=_OWN, about=one.id, minutes=one.minutes or row.minutes, rank=row.rank, row=row.row_id)
        for one in once
    ]


def _order(one: VisitItem) -> tuple[int, date, str, str]:
    return one.rank, one.addressed_on or date.min, one.kind, one.about


# -- the plan --------------------------------------------------------------------------------------------------------


def _placed(items: list[VisitItem], minutes: int, room: int, visits: tuple[PlannedVisit, ...]) -> VisitPlan:
    chosen: list[Placed] = []
    booked: list[Placed] = []
    deferred: list[Placed] = []
    left = room
    for one in items:
        if _is_taken(one, chosen, left):
            chosen.append(Placed(item=one, because=_why(one)))
            left -= one.minutes
        elif _is_booked(one, chosen, room):
            booked.append(Placed(item=one, because=_why_booked(one, room), visit=_visit_with_room(one, visits)))
        else:
            deferred.append(Placed(item=one, because=Because.NO_ROOM_LEFT))
    return VisitPlan(minutes=minutes, chosen=tuple(chosen), booked=tuple(booked), deferred=tuple(deferred))


def _is_taken(one: VisitItem, chosen: list[Placed], left: int) -> bool:
    """What is about safety is taken up whatever it takes; anything else if it fits."""
    if one.kind == _SAFETY:
        return not chosen
    return not one.booked and len(chosen) < MOST and one.minutes <= left


def _is_booked(one: VisitItem, chosen: list[Placed], room: int) -> bool:
    """Booked is what no visit like this has room for, and what the patient brings and safety left no room for."""
    safety = any(each.item.kind == _SAFETY for each in chosen)
    return one.booked or one.minutes > room or (one.kind == _OWN and safety)


def _why(one: VisitItem) -> Because:
    return {_SAFETY: Because.SAFETY_FIRST, _OWN: Because.PATIENT_BRINGS_IT}.get(one.kind, Because.NEXT_BY_RANK)


def _why_booked(one: VisitItem, room: int) -> Because:
    return Because.NEEDS_MORE_ROOM if one.booked or one.minutes > room else Because.SAFETY_TOOK_THE_VISIT


def _visit_with_room(one: VisitItem, visits: tuple[PlannedVisit, ...]) -> str:
    """Return the first visit already planned that is long enough; empty if none is."""
    fitting = [each for each in visits if each.minutes is not None and each.minutes >= one.minutes and each.planned_on]
    return min(fitting, key=lambda each: (each.planned_on or date.max, each.id)).id if fitting else ""


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
