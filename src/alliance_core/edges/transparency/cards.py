"""What is told about each rule: its source attributes, its logic, whom it is for, and what it reads."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any, Final

from alliance_core.base.cases import Case
from alliance_core.base.findings import Rule
from alliance_core.base.kinds import value
from alliance_core.base.sources import Seen, Source
from alliance_core.base.tables import Row, grouped, read_sources
from alliance_core.edges.cases import BESIDE, CASES, FURTHER, outcome
from alliance_core.edges.transparency.records import is_text
from alliance_core.edges.transparency.tables import AttributeRow, attributes, carriers, inputs, tables, use
from alliance_core.explanation import cited, words
from alliance_core.policy import CONTENT_EDITION, TABLES, Policy
from alliance_core.review import LIBRARY, RULES

#: Who made it is told for every rule alike.
DEVELOPER: Final = "developer"
FUNDING: Final = "funding"


@value
class Maker:
    """Who developed the intervention and who paid for it; empty = what the table says of this library."""

    developer: str = ""
    funding: str = ""


@value
class Attribute:
    """One source attribute of one rule. `uses`: the fields that carry it and are read; None where it is no such use."""

    number: int
    name: str
    says: str
    locator: str
    value: str
    uses: tuple[str, ...] | None = None


@value
class Logic:
    """One case of a rule's decision table, and where it comes from."""

    table: str
    id: str
    says: str
    gives: str
    source: str


@value
class Authority:
    """The rows of one table that a rule's findings may cite: how many are in force, and how many nobody has read."""

    table: str
    rows: int
    not_read: int


@value
class Card:
    """All that is told about one rule, under one policy on one day."""

    rule: str
    says: str
    basis: str
    cases: tuple[Logic, ...]
    tables: tuple[Authority, ...]
    attributes: tuple[Attribute, ...]
    user: tuple[str, ...]
    population: tuple[str, ...]
    exclusions: tuple[str, ...]
    limits: tuple[str, ...]
    reads: tuple[str, ...]


def cards(policy: Policy, *, on: date, maker: Maker | None = None) -> tuple[Card, ...]:
    """Return the card of every rule, in the order of `RULES`; rows are those in force on the day."""
    by_table = grouped(policy.in_force(on), lambda row: _names()[type(row)])
    return tuple(_card(rule, by_table, maker or Maker()) for rule in RULES)


@cache
def _names() -> dict[type[Row], str]:
    return {kind: name for name, kind in TABLES.items()}


def _card(rule: Rule, by_table: dict[str, tuple[Row, ...]], maker: Maker) -> Card:
    rows = {name: by_table.get(name, ()) for name in tables(rule.id)}
    return Card(
        rule=rule.id,
        says=rule.says,
        basis=rule.basis.value,
        cases=tuple(_cases(rule.id)),
        tables=tuple(_authority(name, found) for name, found in rows.items()),
        attributes=tuple(
            _attribute(row, rule, [r for found in rows.values() for r in found], maker) for row in attributes()
        ),
        user=use(rule.id, "user"),
        population=use(rule.id, "population"),
        exclusions=use(rule.id, "exclusion"),
        limits=use(rule.id, "limit"),
        reads=reads(rule.id),
    )


def reads(rule: str) -> tuple[str, ...]:
    """Return the fields that a rule reads, as `Record.field`."""
    return tuple(f"{record}.{field}" for record, field in inputs(rule))


# -- the logic -------------------------------------------------------------------------------------------------------


def _cases(rule: str) -> Iterator[Logic]:
    for table, found in (("beside", BESIDE), ("first", CASES), ("minors", FURTHER)):
        yield from (_case(table, case) for case in found.get(rule, ()))


def _case(table: str, case: Case[Any, Any]) -> Logic:
    source = cited(_title(case.source), case.locator)
    return Logic(table=table, id=case.id, says=case.says, gives=outcome(case.gives), source=source)


def _authority(table: str, rows: tuple[Row, ...]) -> Authority:
    return Authority(table=table, rows=len(rows), not_read=sum(row.seen is Seen.NOT_READ for row in rows))


# -- the attributes --------------------------------------------------------------------------------------------------


def _attribute(row: AttributeRow, rule: Rule, rows: list[Row], maker: Maker) -> Attribute:
    uses, told = None, row.value
    match row.name:
        case "citation":
            told = "; ".join(_citations(rule, rows))
        case "dates":
            told = "; ".join(_dates(rule, rows))
        case "developer":
            told = maker.developer or row.value
        case "funding":
            told = maker.funding or row.value
        case _:
            uses = tuple(field for field in reads(rule.id) if field in carriers(row.name))
            told = _use(row.name, rule.id, uses)
    return Attribute(number=row.number, name=row.name, says=row.says, locator=row.locator, value=told, uses=uses)


def _citations(rule: Rule, rows: list[Row]) -> Iterator[str]:
    """Return the rule's own source, then those of the rows that its findings may cite."""
    yield f"{cited(_named(rule.source), rule.locator)} ({words()[f'basis.{rule.basis.value}']})"
    yield from (_named(source) for source in _sources(rule, rows) if source != rule.source)


def _dates(rule: Rule, rows: list[Row]) -> Iterator[str]:
    """Return what is released here, then the date or edition of each source, and when its rows were last checked."""
    yield words()["transparency.released"].format(library=LIBRARY, content=CONTENT_EDITION)
    checked = [row.checked_on for row in rows if row.checked_on is not None]
    if checked:
        yield words()["transparency.checked"].format(first=min(checked), last=max(checked))
    for name in _sources(rule, rows):
        source = read_sources().get(name)
        dated = (source.published_on or source.edition) if source is not None else ""
        yield f"{_title(name)}: {dated or words()['transparency.no-date']}"


def _sources(rule: Rule, rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((rule.source, *sorted({row.source_id for row in rows}))))


def _named(source_id: str) -> str:
    source = read_sources().get(source_id)
    return source_id if source is None else ", ".join(_parts(source))


def _parts(source: Source) -> Iterator[str]:
    yield from (part for part in (source.title, source.publisher, source.edition) if part)


def _title(source_id: str) -> str:
    source = read_sources().get(source_id)
    return source.title if source is not None else source_id


def _use(attribute: str, rule: str, uses: tuple[str, ...]) -> str:
    """Return whether a rule reads what carries the attribute; words as it was written may say anything."""
    if uses:
        return words()["transparency.used"].format(fields=", ".join(uses))
    told = words()["transparency.unused" if carriers(attribute) else "transparency.no-field"]
    text = [field for field in reads(rule) if is_text(field)]
    return f"{told}; {words()['transparency.text'].format(fields=', '.join(text))}" if text else told
