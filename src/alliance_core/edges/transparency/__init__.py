"""
What is told about each rule: source attributes, logic, whom it is for, what it reads, and what it needs by FHIR.

Needs the extra `fhir`.
"""

from alliance_core.edges.transparency.cards import Attribute, Card, Maker, cards
from alliance_core.edges.transparency.requirements import Requirements, requirements
from alliance_core.edges.transparency.writing import (
    TRANSPARENCY_SCHEMA,
    Disclosure,
    disclose,
    notice,
    write_csv,
    write_json,
    write_markdown,
)

__all__ = [
    "TRANSPARENCY_SCHEMA",
    "Attribute",
    "Card",
    "Disclosure",
    "Maker",
    "Requirements",
    "cards",
    "disclose",
    "notice",
    "requirements",
    "write_csv",
    "write_json",
    "write_markdown",
]
