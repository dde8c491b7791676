"""The tables of what is told about each rule: source attributes, intended use, and what it reads."""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Final

from alliance_core.base.kinds import value
from alliance_core.base.tables import Row, read_table
from alliance_core.edges.feedback import OVERRIDE_TABLES


@value
class AttributeRow(Row):
    """One source attribute of 45 CFR 170.315(b)(11)(iv)(A); `value` where it is one for every rule."""

    KEY: ClassVar = ("number",)

    number: int
    name: str
    says: str
    value: str


@value
class AttributeFieldRow(Row):
    """A field of a record that carries what an attribute asks about, as we read it."""

    KEY: ClassVar = ("attribute", "record", "field")

    attribute: str
    record: str
    field: str


@value
class UseRow(Row):
    """Who a rule, an area or all of it is for, and where it ends; several rows of one aspect stand side by side."""

    about: str
    aspect: str
    says: str


@value
class RuleInput:
    """A field of a record that a rule reads: whose findings differ when it does."""

    rule: str
    record: str
    field: str


@value
class RuleTable:
    """A table whose rows a rule's findings cite."""

    rule: str
    table: str


TRANSPARENCY_TABLES: Final[Mapping[str, type[Row]]] = {
    "source_attributes": AttributeRow,
    "attribute_fields": AttributeFieldRow,
    "intended_use": UseRow,
    **OVERRIDE_TABLES,
}


@cache
def attributes() -> tuple[AttributeRow, ...]:
    """Return the thirteen attributes in the order of the regulation."""
    return tuple(sorted(read_table("source_attributes", AttributeRow), key=lambda row: row.number))


@cache
def carriers(attribute: str) -> tuple[str, ...]:
    """Return the fields that carry an attribute, as `Record.field`; none where a chart has no such field."""
    rows = read_table("attribute_fields", AttributeFieldRow)
    return tuple(f"{row.record}.{row.field}" for row in rows if row.attribute == attribute)


def use(rule: str, aspect: str) -> tuple[str, ...]:
    """Return what is said of a rule: what holds for all, for its area and for it; of populations the narrowest."""
    chain = [_said(about, aspect) for about in ("any", rule.partition(".")[0], rule)]
    if aspect == "population":
        chain = [texts for texts in chain if texts][-1:]
    return tuple(text for texts in chain for text in texts)


@cache
def _said(about: str, aspect: str) -> tuple[str, ...]:
    rows = read_table("intended_use", UseRow)
    return tuple(row.says for row in rows if (row.about, row.aspect) == (about, aspect))


@cache
def inputs(rule: str) -> tuple[tuple[str, str], ...]:
    """Return the fields that a rule reads, each as the record's class and the field."""
    return tuple((one.record, one.field) for one in read_table("rule_inputs", RuleInput) if one.rule == rule)


@cache
def tables(rule: str) -> tuple[str, ...]:
    """Return the tables whose rows a rule's findings cite."""
    return tuple(one.table for one in read_table("rule_tables", RuleTable) if one.rule == rule)


__all__ = [
    "TRANSPARENCY_TABLES",
    "AttributeFieldRow",
    "AttributeRow",
    "UseRow",
    "attributes",
    "carriers",
    "inputs",
    "tables",
    "use",
]
