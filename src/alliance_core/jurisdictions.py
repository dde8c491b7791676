"""Where the law of a place differs: a code, and the few switches that follow from it."""

from typing import ClassVar

from alliance_core.base.kinds import value
from alliance_core.base.tables import Row, lineage


@value
class JurisdictionRow(Row):
    """A jurisdiction and the few switches in which it differs."""

    KEY: ClassVar = ("code",)

    code: str
    name: str
    parent: str
    majority_age: int
    stale_lack_reading: str
    activation: str
    nexus_asked: bool
    decider_list: str
    list_settings: str
    sliding_scale: str


def home(rows: tuple[Row, ...]) -> JurisdictionRow | None:
    """Return the narrowest jurisdiction among these rows; None if none is."""
    found = [row for row in rows if isinstance(row, JurisdictionRow)]
    return max(found, key=lambda row: (len(lineage(row.code)), row.is_site), default=None)
