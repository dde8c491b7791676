"""What is told about each rule, as JSON, CSV and Markdown."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any, Final

from alliance_core.base.kinds import fields_of, value
from alliance_core.base.tables import Row
from alliance_core.edges.transparency.cards import Attribute, Card, Logic, Maker, cards
from alliance_core.edges.transparency.requirements import Requirements, requirements
from alliance_core.edges.transparency.tables import attributes
from alliance_core.explanation import words
from alliance_core.policy import CONTENT_EDITION, Policy
from alliance_core.review import LIBRARY

TRANSPARENCY_SCHEMA: Final = "alliance-transparency/1"
_HEADER: Final = ("rule", "part", "name", "value")


@value
class Disclosure:
    """The cards of all rules under one policy on one day, with what each needs by FHIR."""

    jurisdiction: str
    overlays: tuple[str, ...]
    on: date
    cards: tuple[Card, ...]
    needs: tuple[Requirements, ...]


def disclose(policy: Policy, *, on: date, maker: Maker | None = None) -> Disclosure:
    """Return what is told about every rule."""
    made = cards(policy, on=on, maker=maker)
    return Disclosure(
        jurisdiction=policy.jurisdiction,
        overlays=policy.overlays,
        on=on,
        cards=made,
        needs=tuple(requirements(one.rule) for one in made),
    )


def notice() -> str:
    """Return where the attributes come from, who read it, and that they may go."""
    row: Row = attributes()[0]
    return words()["transparency.notice"].format(seen=words()[f"seen.{row.seen.value}"])


# -- JSON ------------------------------------------------------------------------------------------------------------


def write_json(told: Disclosure) -> str:
    """Return it as one JSON document."""
    document = {
        "schema": TRANSPARENCY_SCHEMA,
        "notice": notice(),
        "library": LIBRARY,
        "content": CONTENT_EDITION,
        "jurisdiction": told.jurisdiction,
        "overlays": told.overlays,
        "on": told.on.isoformat(),
        "rules": [_object(card, needs) for card, needs in zip(told.cards, told.needs, strict=True)],
    }
    return json.dumps(document, indent=2)


def _object(card: Card, needs: Requirements) -> dict[str, Any]:
    made = dict(fields_of(card))
    for name in ("cases", "tables", "attributes"):
        made[name] = [dict(fields_of(one)) for one in getattr(card, name)]
    return made | {"dataRequirement": needs.fhir, "elsewhere": needs.elsewhere}


# -- CSV -------------------------------------------------------------------------------------------------------------


def write_csv(told: Disclosure) -> str:
    """Return it as CSV: one line for each attribute, case, table, statement, field and requirement of each rule."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_HEADER)
    for card, needs in zip(told.cards, told.needs, strict=True):
        lines.writerows((card.rule, *line) for line in (*_lines(card), *_needed(needs)))
    return text.getvalue()


def _lines(card: Card) -> Iterator[tuple[str, str, str]]:
    yield "logic", "says", card.says
    yield from (("logic", f"{one.table}: {one.id}", _logic(one)) for one in card.cases)
    yield from (("rows", one.table, _rows(one.rows, one.not_read)) for one in card.tables)
    yield from (("attribute", str(one.number), f"{one.says}: {one.value}") for one in card.attributes)
    yield from (("user", "", text) for text in card.user)
    yield from (("population", "", text) for text in card.population)
    yield from (("exclusion", "", text) for text in card.exclusions)
    yield from (("limit", "", text) for text in card.limits)
    yield from (("reads", path, "") for path in card.reads)


def _needed(needs: Requirements) -> Iterator[tuple[str, str, str]]:
    yield from (("data-requirement", one["type"], json.dumps(one)) for one in needs.fhir)
    yield from (("elsewhere", path, words()["transparency.elsewhere"]) for path in needs.elsewhere)


def _logic(one: Logic) -> str:
    return f"{one.says} -> {one.gives} ({one.source})"


def _rows(rows: int, not_read: int) -> str:
    return words()["transparency.rows"].format(rows=rows, not_read=not_read)


# -- Markdown --------------------------------------------------------------------------------------------------------


def write_markdown(told: Disclosure) -> str:
    """Return it as one page of Markdown, a section a rule."""
    place = ", ".join((told.jurisdiction, *told.overlays))
    head = [
        f"# {words()['transparency.title']}",
        "",
        notice(),
        "",
        f"{LIBRARY}; {CONTENT_EDITION}; {place}; {told.on}",
        "",
    ]
    sections = [_section(card, needs) for card, needs in zip(told.cards, told.needs, strict=True)]
    return "\n".join([*head, *(line for section in sections for line in section)])


def _section(card: Card, needs: Requirements) -> Iterator[str]:
    yield from (f"## {card.rule}", "", _plain(card.says), "")
    yield from _list("cases", (_logic(one) for one in card.cases))
    yield from _list("rows", (f"{one.table}: {_rows(one.rows, one.not_read)}" for one in card.tables))
    yield from ("| | | |", "| --- | --- | --- |")
    yield from (_cells(one) for one in card.attributes)
    yield ""
    for name, texts in (
        ("user", card.user),
        ("population", card.population),
        ("exclusion", card.exclusions),
        ("limit", card.limits),
        ("elsewhere", needs.elsewhere),
    ):
        yield from _list(name, iter(texts))
    yield from _list("needs", (f"{one['type']}: {', '.join(_paths(one))}" for one in needs.fhir))


def _paths(requirement: Any) -> list[str]:  # noqa: ANN401  # JSON
    items = [one["valueString"] for one in requirement.get("extension", ()) if "valueString" in one]
    return items or requirement["mustSupport"]


def _list(name: str, texts: Iterator[str]) -> Iterator[str]:
    lines = [f"- {_plain(text)}" for text in texts]
    if lines:
        yield from (f"{words()[f'transparency.head.{name}']}:", "", *lines, "")


def _cells(one: Attribute) -> str:
    return f"| ({one.number}) | {_plain(one.says)} | {_plain(one.value)} |"


def _plain(text: str) -> str:
    """Return text in which a bar ends no cell."""
    return text.replace("|", "\\|")


__all__ = ["TRANSPARENCY_SCHEMA", "Disclosure", "disclose", "notice", "write_csv", "write_json", "write_markdown"]
