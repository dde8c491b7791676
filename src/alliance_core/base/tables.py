"""Policy tables: rows from CSV in one frame, and the view of them in force on a day."""

import csv
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, ClassVar, Final, Generic, TypeVar, cast, get_args, get_type_hints

import attrs

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.errors import AllianceError, PolicyError
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis, Seen, Source

ANYWHERE: Final = "any"
SITE: Final = "site:"


@value
class Row:
    """The frame that every row of every table has around its own columns. Dates are half-open."""

    KEY: ClassVar[tuple[str, ...]] = ("row_id",)

    row_id: str
    jurisdiction: str
    overlay: str = ""
    basis: Basis
    seen: Seen
    effective_from: date | None = None
    effective_to: date | None = None
    source_id: str
    locator: str
    checked_on: date | None = None
    review_by: date | None = None
    reviewed_by: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.row_id})"

    @property
    def key(self) -> tuple[object, ...]:
        """What two rows about the same thing have in common."""
        return tuple(getattr(self, name) for name in self.KEY)

    @property
    def is_site(self) -> bool:
        """Whether a site added this row itself."""
        return self.source_id.startswith(SITE)

    @property
    def is_law(self) -> bool:
        """Whether the row states law, read or not."""
        return self.basis is Basis.LAW

    @property
    def lane(self) -> Basis:
        """The basis to show: what nobody has read is shown as practice, unverified."""
        return Basis.PRACTICE if self.seen is Seen.NOT_READ else self.basis

    def in_force(self, on: date) -> bool:
        """Return whether `on` lies within the row's own dates."""
        return (self.effective_from is None or self.effective_from <= on) and (
            self.effective_to is None or on < self.effective_to
        )


R = TypeVar("R", bound=Row)
V = TypeVar("V")


def lineage(jurisdiction: str) -> tuple[str, ...]:
    """Return the codes that apply, widest first: `any`, `US`, `US-NH`."""
    if jurisdiction == ANYWHERE:
        return (ANYWHERE,)
    parts = jurisdiction.split("-")
    return (ANYWHERE, *("-".join(parts[: n + 1]) for n in range(len(parts))))


# -- reading ---------------------------------------------------------------------------------------------------------


def _yes(text: str) -> bool:
    if text not in {"yes", "no"}:
        raise ValueError("write yes or no")
    return text == "yes"


_PLAIN: Final[dict[object, Callable[[str], object]]] = {
    str: str,
    int: int,
    bool: _yes,
    Decimal: Decimal,
    date: date.fromisoformat,
    CalendarDuration: CalendarDuration.parse,
}


def _optional(read: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: read(text) if text else None


def _reader(annotation: Any) -> Callable[[str], object]:  # noqa: ANN401  # an annotation may be any object
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    inner = next(kind for kind in get_args(annotation) if kind is not type(None))
    return _optional(_reader(inner))


@cache
def _columns(kind: Any) -> dict[str, Callable[[str], object]]:  # noqa: ANN401  # the cache cannot carry a type variable
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in attrs.fields(kind)}


def _rows(text: str, kind: type[V], table: str) -> tuple[V, ...]:
    cells = csv.reader(StringIO(text, newline=""))  # a cell may hold line ends
    header = next(cells, list[str]())
    shape: Any = kind
    readers = _columns(shape)
    wrong = sorted(set(header) ^ set(readers)) or sorted({name for name in header if header.count(name) > 1})
    if wrong:
        raise PolicyError(f"{table}: columns {', '.join(wrong)} are unknown, missing or twice; compare the header")
    plan = [(name, readers[name]) for name in header]
    return tuple(_row(line, kind, plan, table) for line in cells)


def _row(line: list[str], kind: type[V], plan: list[tuple[str, Callable[[str], object]]], table: str) -> V:
    if len(line) != len(plan):
        raise PolicyError(f"{table} row {line[0] if line else ''}: has {len(line)} cells for {len(plan)} columns")
    made: dict[str, object] = {}
    for (name, read), text in zip(plan, line, strict=True):
        try:
            made[name] = read(text)
        except (ValueError, AllianceError, InvalidOperation) as error:
            raise PolicyError(f"{table} row {line[0]}: {name} cannot be read: {error}") from error
    return kind(**made)


def read_table(name: str, kind: type[V]) -> tuple[V, ...]:
    """Return the shipped table `name` as rows of `kind`, read once; raises `PolicyError` naming table, row, column."""
    table: Any = kind
    rows: tuple[V, ...] = _read_once(name, table)
    return rows


@cache
def _read_once(name: str, kind: Any) -> Any:  # noqa: ANN401  # the cache cannot carry a type variable
    return _rows((files("alliance_core") / "data" / f"{name}.csv").read_text("utf-8"), kind, name)


def rows_from_csv(text: str, kind: type[R], *, table: str = "rows") -> tuple[R, ...]:
    """Return rows of `kind` from CSV text with the table's full header, for a site's own values."""
    return _rows(text, kind, table)


@cache
def read_sources() -> Mapping[str, Source]:
    """Return every source by id."""
    return {source.source_id: source for source in read_table("sources", Source)}


# -- choosing --------------------------------------------------------------------------------------------------------


def applicable(rows: Iterable[R], *, jurisdiction: str, overlays: tuple[str, ...]) -> tuple[R, ...]:
    """Return the rows of this jurisdiction, its parents and these overlays, on any day."""
    codes = frozenset(lineage(jurisdiction))
    wanted = frozenset(overlays) | {""}
    return tuple(row for row in rows if row.jurisdiction in codes and row.overlay in wanted)


def _particular(row: Row) -> tuple[bool, bool, int]:
    """How particular a row is: a site's own, then an overlay's, then the narrower code."""
    depth = 0 if row.jurisdiction == ANYWHERE else 1 + row.jurisdiction.count("-")
    return (row.is_site, bool(row.overlay), depth)


def prevailing(rows: Iterable[R]) -> tuple[R, ...]:
    """
    Return the rows that count among those in force: all law, and of the others the most particular of each key.

    Law is never merged with, or replaced by, any other row. Rows of different tables never share a key. Raises
    `PolicyError` naming both rows when two of equal standing claim one key, whether or not a third outranks them.
    """
    laws: list[R] = []
    claims: dict[tuple[object, ...], dict[tuple[bool, bool, int], R]] = {}
    for row in rows:
        if row.is_law:
            laws.append(row)
            continue
        other = claims.setdefault((type(row), *row.key), {}).setdefault(_particular(row), row)
        if other is not row:
            raise PolicyError(f"rows {other.row_id} and {row.row_id} claim one key on the same day; end one of them")
    return (*laws, *(max(ranked.items(), key=lambda item: item[0])[1] for ranked in claims.values()))


class Timeline(Generic[R, V]):
    """Dated rows, and what is built from those in force between one change and the next."""

    __slots__ = ("_build", "_edges", "_views", "rows")

    def __init__(self, rows: Iterable[R], build: Callable[[tuple[R, ...]], V]) -> None:
        self.rows: Final = tuple(rows)
        self._build = build
        days = {day for row in self.rows for day in (row.effective_from, row.effective_to) if day is not None}
        self._edges = tuple(sorted(days))
        self._views: dict[int, V] = {}  # a cache of a pure function of rows and interval

    def at(self, day: Day) -> V:
        """Return the view in force on the day, and let the day know when it next changes."""
        place = bisect_right(self._edges, day.on)
        if place < len(self._edges):
            day.has_reached(self._edges[place])
        view = self._views.get(place)
        if view is None:
            view = self._views[place] = self._build(prevailing(row for row in self.rows if row.in_force(day.on)))
        return view

    def __getstate__(self) -> tuple[tuple[R, ...], Callable[[tuple[R, ...]], V]]:
        return self.rows, self._build

    def __setstate__(self, state: tuple[tuple[R, ...], Callable[[tuple[R, ...]], V]]) -> None:
        type(self).__init__(self, *state)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timeline):
            return NotImplemented
        same = cast("Timeline[Row, object]", other)
        return self.rows == same.rows and self._build is same._build

    def __hash__(self) -> int:
        return hash(self.rows)


def grouped(rows: Iterable[R], key: Callable[[R], Any]) -> dict[Any, tuple[R, ...]]:
    """Return the rows by key, each group in table order."""
    groups: dict[Any, list[R]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: tuple(group) for name, group in groups.items()}
