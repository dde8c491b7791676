"""What the library rests on: its rules and their cases, the rows of its tables, who decides where, and the sources."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, Final, cast

from rich.text import Text

from alliance_core import consent, diagnosis, invitations
from alliance_core.base.cases import Case
from alliance_core.base.day import Day
from alliance_core.base.errors import PolicyError
from alliance_core.base.findings import Rule
from alliance_core.base.kinds import fields_of
from alliance_core.base.sources import Source
from alliance_core.base.tables import Row, grouped, read_sources, read_table
from alliance_core.competency import deciders, determination, escalation, leaving
from alliance_core.competency.policy import SurrogateRow
from alliance_core.deprescribing import candidates, reductions
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.screen import HEAD, line
from alliance_core.edges.fhir.codes import TABLE as CODES
from alliance_core.edges.fhir.codes import CodeRow
from alliance_core.explanation import cite, words
from alliance_core.invitations.asking import ASKED
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.policy import TABLES, OverlayRow, Policy
from alliance_core.review import AREAS, RULES

#: Every table that has the frame of a policy row.
ALL_TABLES: Final[Mapping[str, type[Row]]] = {**TABLES, "overlays": OverlayRow, CODES: CodeRow}
#: The decision tables, by the rule whose answer they give.
CASES: Final[Mapping[str, tuple[Case[Any, Any], ...]]] = {
    determination.DETERMINATION.id: determination.CASES,
    deciders.DECIDER.id: deciders.CASES,
    escalation.ESCALATION.id: escalation.CASES,
    leaving.LEAVING.id: leaving.CASES,
    diagnosis.TOLD.id: diagnosis.CASES,
    consent.AUTHORITY.id: consent.CASES,
    candidates.CANDIDATE.id: candidates.CASES,
    reductions.REDUCTION.id: reductions.CASES,
    ASKED.id: invitations.CASES,
}
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
    if name == DECIDER:
        return _deciders(policy, on)
    if name == PROFILE:
        return _profile(policy, on)
    return _table(name, policy) if name in ALL_TABLES else _row(_found(name))


def _found(name: str) -> Row:
    row = _rows().get(name)
    if row is None:
        known = (*(rule.id for rule in RULES), *AREAS, *ALL_TABLES, DECIDER, PROFILE, *_rows())
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
    yield line("  ", say("explain.source", source=f"{_title(rule.source)}, {rule.locator} ({basis})"))
    yield from _url(read_sources().get(rule.source))
    cases = CASES.get(rule.id, ())
    if cases:
        yield line("  ", say("explain.cases"))
    yield from (line("    ", _case(case)) for case in cases)


def _case(case: Case[Any, Any]) -> str:
    return say(
        "explain.case",
        id=case.id,
        says=case.says,
        gives=_outcome(case.gives),
        source=_title(case.source),
        locator=case.locator,
    )


def _outcome(gives: object) -> str:
    """Return the words of an outcome: its verdict, then its answer and weight."""
    return ", ".join(_word(one) for one in fields_of(gives).values() if isinstance(one, Enum))


def _word(one: Enum) -> str:
    return words().get(f"{type(one).__name__.lower()}.{one.value}", str(one.value))


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


def _table(name: str, policy: Policy) -> Iterator[Text]:
    held = {row.row_id for row in policy.rows()} if name in TABLES else set(_rows())
    rows = [row for row in read_table(name, ALL_TABLES[name]) if row.row_id in held]
    yield line((say("explain.table", table=name, number=len(rows), policy=policy_name(policy)), HEAD))
    yield from (line("  ", _one_line(row)) for row in rows)


def _one_line(row: Row) -> str:
    own = [f"{name}={text}" for name, text in _cells(row) if name not in _FRAME]
    citation = cite(row)
    where = [f"{name}={text}" for name, text in (("jurisdiction", row.jurisdiction), ("overlay", row.overlay)) if text]
    return say(
        "explain.row",
        row=row.row_id,
        cells=" ".join((*where, *own)),
        source=citation.title,
        basis=citation.basis,
        seen=citation.seen,
    )


# -- who decides where -----------------------------------------------------------------------------------------------


def _deciders(policy: Policy, on: date) -> Iterator[Text]:
    ranks = policy.competency.timeline.at(Day(on)).ranks
    name = policy_name(policy)
    if not ranks:
        yield line(say("explain.decider.none", policy=name, day=on))
        return
    yield line((say("explain.decider", policy=name, day=on), HEAD))
    yield from (line("  ", _decider(row)) for rank in ranks for row in rank)


def _decider(row: SurrogateRow) -> str:
    parts = {"rank": row.rank, "class": row.decider_class, "says": row.says, "source": str(cite(row))}
    return say("explain.decider.line", **parts)


def _profile(policy: Policy, on: date) -> Iterator[Text]:
    """Return the switches of the jurisdiction, its decider order, and how many rows each table has for it."""
    yield line((say("explain.profile", policy=policy_name(policy), day=on), HEAD))
    yield from _switches(policy.competency.timeline.at(Day(on)).jurisdiction)
    yield from _deciders(policy, on)
    yield line((say("explain.in-force", policy=policy_name(policy), day=on), HEAD))
    for table, rows in _by_table(row for row in policy.rows() if row.in_force(on)).items():
        yield line("  ", say("explain.column", name=table, value=len(rows)))


def _switches(home: JurisdictionRow | None) -> Iterator[Text]:
    for name, text in _cells(home) if home is not None else ():
        yield line("  ", say("explain.column", name=name, value=text))


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


__all__ = ["ALL_TABLES", "CASES", "list_sources", "list_stale", "tell"]
