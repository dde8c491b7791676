"""What the library rests on: its rules and their cases, the rows of its tables, who decides where, and the sources."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from rich.text import Text

from alliance_core.base.cases import Case
from alliance_core.base.day import Day
from alliance_core.base.errors import PolicyError
from alliance_core.base.findings import Rule
from alliance_core.base.kinds import fields_of
from alliance_core.base.sources import Source
from alliance_core.base.tables import Row, grouped, read_sources, read_table
from alliance_core.deprescribing.tapers import course, plans
from alliance_core.edges.cases import BESIDE, CASES, FURTHER, outcome
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.deciders import deciders as deciders_of
from alliance_core.edges.cli.discussion import discussion
from alliance_core.edges.cli.marks import dates, tally
from alliance_core.edges.cli.screen import HEAD, line
from alliance_core.edges.fhir.codes import TABLE as CODES
from alliance_core.edges.fhir.codes import CodeRow
from alliance_core.edges.transparency.tables import TRANSPARENCY_TABLES
from alliance_core.explanation import cite, cited, words
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.policy import TABLES, OverlayRow, Policy
from alliance_core.review import AREAS, RULES

#: Every table that has the frame of a policy row.
ALL_TABLES: Final[Mapping[str, type[Row]]] = {
    **TABLES,
    **TRANSPARENCY_TABLES,
    "overlays": OverlayRow,
    CODES: CodeRow,
}
#: The decision tables of a plan for a lower dose, which are no rule's.
PLANS: Final[Mapping[str, tuple[Case[Any, Any], ...]]] = {"taper": plans.CASES, "taper.moves": course.CASES}
DECIDER: Final = "decider"
PROFILE: Final = "profile"
_FRAME: Final = frozenset(Row.__annotations__) - {"KEY"}


def tell(name: str, policy: Policy, on: date) -> Iterable[Text]:
    """Return the lines about a rule, an area, a row, a table, the decider order or the profile of a jurisdiction."""
    rules = {rule.id: rule for rule in RULES}
    if name in rules:
        return _rule(rules[name])
    if name in AREAS:
        return _area(name)
    if name in PLANS:
        return _cases(name)
    if name in PLACES:
        return PLACES[name](policy, on)
    return _table(name, policy, on) if name in ALL_TABLES else _row(_found(name))


def _found(name: str) -> Row:
    row = _rows().get(name)
    if row is None:
        known = (*(rule.id for rule in RULES), *AREAS, *ALL_TABLES, *PLANS, DECIDER, PROFILE, *_rows())
        close = get_close_matches(name, known, n=3) or [one for one in known if name and name in one][:3]
        hint = (
            f"did you mean {', '.join(close)}" if close else "see `alliance explain profile`, or name a rule or table"
        )
        raise PolicyError(f"no rule, area, row or table of this name; {hint}")
    return row


@cache
def _rows() -> Mapping[str, Row]:
    return {row.row_id: row for name, kind in ALL_TABLES.items() for row in read_table(name, kind)}


# -- rules -----------------------------------------------------------------------------------------------------------


def _rule(rule: Rule) -> Iterator[Text]:
    yield line((rule.id, HEAD))
    yield line("  ", rule.says)
    basis = words()[f"basis.{rule.basis.value}"]
    yield line("  ", say("explain.source", source=f"{cited(_title(rule.source), rule.locator)} ({basis})"))
    yield from _url(read_sources().get(rule.source))
    for title, tables in _TABLES.items():
        cases = tables.get(rule.id, ())
        if cases:
            yield line("  ", words()[title])
        yield from (line("    ", _case(case)) for case in cases)


#: The tables of a rule, each under its title.
_TABLES: Final = {"cases.beside": BESIDE, "cases.first": CASES, "cases.minors": FURTHER}


def _cases(name: str) -> Iterator[Text]:
    yield line((name, HEAD))
    yield line("  ", words()["cases.first"])
    yield from (line("    ", _case(case)) for case in PLANS[name])


def _case(case: Case[Any, Any]) -> str:
    source = cited(_title(case.source), case.locator)
    return say("explain.case", id=case.id, says=case.says, gives=outcome(case.gives), source=source)


def _area(name: str) -> Iterator[Text]:
    yield line((name, HEAD))
    yield from (
        line("  ", say("explain.area", rule=rule.id, says=rule.says))
        for rule in RULES
        if rule.id.startswith(f"{name}.")
    )


def _title(source_id: str) -> str:
    source = read_sources().get(source_id)
    return source.title if source is not None else source_id


def _url(source: Source | None) -> Iterator[Text]:
    if source is not None and source.url:
        yield line("  ", say("explain.url", url=source.url))


# -- rows and tables -------------------------------------------------------------------------------------------------


def _row(row: Row) -> Iterator[Text]:
    yield line((row.row_id, HEAD))
    yield from (line("  ", say("explain.column", name=name, value=cell)) for name, cell in _cells(row))
    yield line("  ", say("explain.source", source=str(cite(row))))
    yield from _url(read_sources().get(row.source_id))


def _cells(row: Row) -> Iterator[tuple[str, str]]:
    """Return every column that is filled, in its order."""
    for name, cell in fields_of(row).items():
        text = _text(cell)
        if text and name != "row_id":
            yield name, text


def _text(cell: object) -> str:
    if isinstance(cell, Enum):
        return str(cell.value)
    if isinstance(cell, bool):
        return words()["say.yes" if cell else "say.no"]
    return "" if cell is None else str(cell)


def _table(name: str, policy: Policy, on: date) -> Iterator[Text]:
    held = {row.row_id for row in policy.rows()} if name in TABLES else set(_rows())
    rows = [row for row in read_table(name, ALL_TABLES[name]) if row.row_id in held]
    yield line((say("explain.table", table=name, number=len(rows), policy=policy_name(policy)), HEAD))
    yield tally(rows)
    yield from (line("  ", _one_line(row, on)) for row in rows)


def _one_line(row: Row, on: date) -> str:
    """Return a row on one line: what it says, its other cells, its source; and whether it counts on the day."""
    cells = dict(_cells(row))
    says = cells.pop("says", cells.pop("question", ""))
    own = " ".join(f"{name}={text}" for name, text in cells.items() if name not in _FRAME or name in _WHERE)
    parts = (says, own, str(cite(row)), dates(row), row.note, "" if row.in_force(on) else say("explain.not-in-force"))
    return say("explain.column", name=row.row_id, value="; ".join(part for part in parts if part))


_WHERE: Final = frozenset({"jurisdiction", "overlay"})


# -- who decides where -----------------------------------------------------------------------------------------------


def _profile(policy: Policy, on: date) -> Iterator[Text]:
    """Return the switches of the jurisdiction, its decider order, and how many rows each table has for it."""
    yield line((say("explain.profile", policy=policy_name(policy), day=on), HEAD))
    yield from _switches(policy.competency.timeline.at(Day(on)).jurisdiction)
    yield line("  ", say("explain.profile.discussion"))
    yield from deciders_of(policy, on)
    yield line((say("explain.in-force", policy=policy_name(policy), day=on), HEAD))
    for table, rows in _by_table(row for row in policy.rows() if row.in_force(on)).items():
        yield line("  ", say("explain.column", name=table, value=len(rows)))


def _switches(home: JurisdictionRow | None) -> Iterator[Text]:
    """Return how a place reads a few questions, in words."""
    if home is None:
        return
    yield line("  ", say("explain.place", name=home.name, code=home.code))
    yield line("  ", say("explain.majority", age=home.majority_age))
    for name, value in (
        ("stale-lack", home.stale_lack_reading),
        ("activation", home.activation),
        ("nexus", _text(home.nexus_asked)),
        ("scale", home.sliding_scale),
    ):
        yield line("  ", words()[f"switch.{name}.{value}"])
    note = f"; {home.note}" if home.note else ""
    yield line("  ", say("explain.source", source=f"{cite(home)}{note}"))


#: What is told of a place by itself: two of its tables too, for as rows by themselves nobody could read them.
PLACES: Final[Mapping[str, Callable[[Policy, date], Iterable[Text]]]] = {
    DECIDER: deciders_of,
    "surrogate_order": deciders_of,
    "consent_elements": discussion,
    PROFILE: _profile,
}


# -- sources ---------------------------------------------------------------------------------------------------------


def list_sources(policy: Policy | None) -> Iterator[Text]:
    """Return every source, or every source that a policy's rows and the rules cite."""
    cited = {rule.source for rule in RULES} | {row.source_id for row in _rows_of(policy)}
    yield from (
        line(
            say(
                "sources.line",
                id=one.source_id,
                title=one.title,
                publisher=one.publisher,
                edition=one.edition,
                published=one.published_on,
                licence=one.licence,
            )
        )
        for one in read_sources().values()
        if policy is None or one.source_id in cited
    )


def list_stale(policy: Policy | None, on: date) -> Iterator[Text]:
    """Return the rows that someone should have looked at again by this day, table by table."""
    stale = [row for row in _rows_of(policy) if row.review_by is not None and row.review_by <= on]
    for table, rows in _by_table(stale).items():
        yield line((say("sources.stale", table=table, number=len(rows), day=on), HEAD))
        yield from (line("  ", _stale(row)) for row in rows)
    if not stale:
        yield line(say("sources.fresh", day=on))


def _stale(row: Row) -> str:
    citation = cite(row)
    return say("sources.stale.row", row=row.row_id, day=row.review_by, source=citation.title, seen=citation.seen)


def _rows_of(policy: Policy | None) -> tuple[Row, ...]:
    return tuple(_rows().values() if policy is None else policy.rows())


def _by_table(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    names = {kind: name for name, kind in ALL_TABLES.items()}
    return cast("dict[str, tuple[Row, ...]]", grouped(rows, lambda row: names[type(row)]))


__all__ = ["ALL_TABLES", "BESIDE", "CASES", "FURTHER", "list_sources", "list_stale", "tell"]
