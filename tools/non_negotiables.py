"""
Each statement of the seed with its rules, rows and vignettes, or why it is no rule: the table of a page of the docs.

What belongs to which statement stands in `non_negotiables.csv`; that it exists, and how much of it there is, is counted
here. `python tools/decision_tables.py` writes the page.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from alliance_core.base.tables import Row, read_table
from alliance_core.policy import TABLES
from alliance_core.review import RULES

HERE: Final = Path(__file__).resolve().parent
VIGNETTES: Final = HERE.parent / "tests" / "vignettes"
HEADER: Final = ("id", "strength", "what it says", "rules", "rows", "vignettes", "if no rule, why")


class Statement(NamedTuple):
    """One statement and what holds it."""

    id: str
    section: str
    strength: str
    says: str
    rules: tuple[str, ...]
    rows: tuple[str, ...]
    vignettes: tuple[str, ...]
    why_no_rule: str


def statements() -> tuple[Statement, ...]:
    """Return every statement in order; raises `ValueError` if it names a rule that is not there."""
    with (HERE / "non_negotiables.csv").open(encoding="utf-8", newline="") as file:
        made = tuple(_statement(row) for row in csv.DictReader(file))
    known = {rule.id for rule in RULES}
    unknown = sorted({rule for one in made for rule in one.rules} - known)
    if unknown:
        raise ValueError(f"no rule {', '.join(unknown)}")
    return made


def _statement(row: dict[str, str]) -> Statement:
    lists = {name: tuple(filter(None, row[name].split("|"))) for name in ("rules", "rows", "vignettes")}
    plain = {name: row[name] for name in ("id", "section", "strength", "says", "why_no_rule")}
    return Statement(**plain, **lists)


def rows_of(reference: str) -> tuple[Row, ...]:
    """Return the rows of a table, or those whose id begins with what comes after the colon."""
    table, _, prefix = reference.partition(":")
    return tuple(row for row in read_table(table, TABLES[table]) if row.row_id.startswith(prefix))


def vignettes_of(name: str) -> int:
    """Return how many vignettes a file holds."""
    with (VIGNETTES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def lines() -> Iterator[tuple[str, ...]]:
    """Return a line for each statement."""
    for one in statements():
        yield (
            one.id,
            one.strength,
            one.says,
            ", ".join(f"`{rule}`" for rule in one.rules) or "-",
            ", ".join(f"`{_named(name)}` ({len(rows_of(name))})" for name in one.rows) or "-",
            ", ".join(f"`{name}.csv` ({vignettes_of(name)})" for name in one.vignettes) or "-",
            one.why_no_rule or "-",
        )


def _named(reference: str) -> str:
    table, _, prefix = reference.partition(":")
    return f"{table}: {prefix}" if prefix else table
