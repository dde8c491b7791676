"""The codes of other code systems that this reader turns into facts, from `fhir_codes.csv`."""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Final

from alliance_core.base.kinds import value
from alliance_core.base.tables import Row, grouped, read_table
from alliance_core.deprescribing.rows import MeasureRow

TABLE: Final = "fhir_codes"
DATA_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
#: What a reason for absent data says about a yes-or-no fact; a reason that is not here was not understood.
FACT_OF_ABSENCE: Final[Mapping[str, str]] = {
    "asked-unknown": "unclear",
    "temp-unknown": "unclear",
    "asked-declined": "unclear",
    "unknown": "not-recorded",
    "not-asked": "not-recorded",
}


@value
class CodeRow(Row):
    """One code, and what it means here."""

    KEY: ClassVar[tuple[str, ...]] = ("element", "system", "code")

    element: str
    system: str
    code: str
    display: str
    meaning: str


@cache
def meanings(element: str) -> Mapping[tuple[str, str], str]:
    """Return what each (system, code) of an element means."""
    rows = grouped(read_table(TABLE, CodeRow), lambda row: row.element)
    return {(row.system, row.code): row.meaning for row in rows.get(element, ())}


@cache
def measured() -> frozenset[tuple[str, str]]:
    """Return the codes that mean a measure which is monitored."""
    return frozenset((row.system, row.code) for row in read_table("measures", MeasureRow))
