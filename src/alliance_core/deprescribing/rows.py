"""The policy rows of a regimen review: triggers, interactions, cascades, and what speaks against a lower dose now."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, grouped


@value
class TriggerRow(Row):
    """
    What makes a medicine, or several together, worth a look.

    `after` counts from the start, or from remission where `counted_from` says so; for several at once it is how long a
    change from one to another may take. `lapses_if_working` says that a recorded response answers it. `above` is the
    maximum of a label in milligrams a day.
    """

    KEY: ClassVar = (
        "trigger",
        "kind",
        "drug_group",
        "medicine",
        "age_from",
        "problem",
        "only_for",
        "circumstance",
        "count_of",
        "counted_from",
    )

    trigger: str
    kind: str
    stage: str
    drug_group: str
    medicine: str
    above: Decimal | None
    age_from: int | None
    problem: str
    only_for: str
    circumstance: str
    count_of: str
    count_at_least: int | None
    after: CalendarDuration | None
    counted_from: str
    lapses_if_working: bool
    binds_in: str
    weight: Weight
    says: str


@value
class UnlessRow(Row):
    """What keeps a trigger of a drug group from firing: a problem, what is known of one, or a circumstance."""

    KEY: ClassVar = ("trigger", "drug_group", "problem", "circumstance", "feature", "medicine")

    trigger: str
    drug_group: str
    problem: str
    circumstance: str
    feature: str
    medicine: str


@value
class FeatureRow(Row):
    """A code that says of a problem that it is recurrent or severe; `match` is exact, or prefix for a category."""

    KEY: ClassVar = ("feature", "system", "code")

    feature: str
    system: str
    code: str
    match: str


@value
class InteractionRow(Row):
    """
    Two things that are looked at together: each a `group:`, a `medicine:`, a `mark:`, a `burden:` or a `circumstance:`.

    With `newly`, only while one of them was begun or raised so shortly ago. `candidate` says which side may be lower.
    """

    KEY: ClassVar = ("trigger", "left", "right")

    trigger: str
    left: str
    right: str
    except_group: str
    newly: CalendarDuration | None
    candidate: str
    act: str
    binds_in: str
    weight: Weight
    says: str


@value
class CascadeRow(Row):
    """A medicine that may have been added for an effect of another one, within so long of its start."""

    KEY: ClassVar = ("cause", "effect", "added")

    cause: str
    effect: str
    added: str
    within: CalendarDuration
    weight: Weight
    says: str


@value
class HoldRow(Row):
    """What speaks against a lower dose now: a review is held all the same, and no lower dose is proposed."""

    KEY: ClassVar = ("reason", "kind", "drug_group", "medicine", "problem", "circumstance")

    reason: str
    kind: str
    drug_group: str
    medicine: str
    problem: str
    circumstance: str
    within: CalendarDuration | None
    says: str


@value
class MonitoringRow(Row):
    """
    What is measured while a medicine is taken: `step` measurements by `interval` after the start, or one each interval.

    An interval that comes again holds between `since` and `until` after the start; `last_at_least` asks about the last
    amount, in one of `last_units`, which is what an amount without a unit is in.
    """

    KEY: ClassVar = (
        "measure",
        "drug_group",
        "medicine",
        "kind",
        "step",
        "since",
        "problem",
        "age_from",
        "age_below",
        "circumstance",
        "last_at_least",
        "source_id",
    )

    measure: str
    drug_group: str
    medicine: str
    kind: str
    step: int | None
    interval: CalendarDuration
    since: CalendarDuration | None
    until: CalendarDuration | None
    problem: str
    age_from: int | None
    age_below: int | None
    circumstance: str
    last_at_least: Decimal | None
    last_units: str
    counted_from: str
    binds_in: str

    def compares(self, unit: str | None) -> bool:
        """Whether an amount in this unit can be held against `last_at_least`."""
        return unit is None or unit.lower() in self.last_units.lower().split("|")


@value
class MeasureRow(Row):
    """A code that means one measure."""

    KEY: ClassVar = ("system", "code")

    measure: str
    system: str
    code: str


#: The tables of a regimen review, by the name of their file.
TRIGGER_TABLES: Final[Mapping[str, type[Row]]] = {
    "regimen_triggers": TriggerRow,
    "trigger_exceptions": UnlessRow,
    "problem_features": FeatureRow,
    "interactions": InteractionRow,
    "cascades": CascadeRow,
    "hold_reasons": HoldRow,
    "monitoring": MonitoringRow,
    "measures": MeasureRow,
}


@value
class TriggerView:
    """The rows in force on one day, indexed by what the rules look up."""

    triggers: Mapping[str, tuple[TriggerRow, ...]]
    unless: Mapping[tuple[str, str], tuple[UnlessRow, ...]]
    features: tuple[FeatureRow, ...]
    interactions: Mapping[str, tuple[InteractionRow, ...]]
    cascades: Mapping[str, tuple[CascadeRow, ...]]
    holds: tuple[HoldRow, ...]
    monitoring: tuple[MonitoringRow, ...]
    measures: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "TriggerView":
        """Return the index of these rows; rows of other tables are none of it."""
        kept = tuple(rows)

        def every(kind: type[R]) -> list[R]:
            return [row for row in kept if isinstance(row, kind)]

        return cls(
            triggers=grouped(every(TriggerRow), lambda row: row.kind),
            unless=grouped(every(UnlessRow), lambda row: (row.trigger, row.drug_group)),
            features=tuple(every(FeatureRow)),
            interactions=grouped(every(InteractionRow), lambda row: row.left),
            cascades=grouped(every(CascadeRow), lambda row: row.added),
            holds=tuple(every(HoldRow)),
            monitoring=tuple(every(MonitoringRow)),
            measures={(row.system, row.code): row.measure for row in every(MeasureRow)},
        )
