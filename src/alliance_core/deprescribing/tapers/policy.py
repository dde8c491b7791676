"""The rows that a taper rests on: methods and their caps, holds, what never ends at once, equivalents."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline, grouped, lineage
from alliance_core.medicines import MedicineRow, Medicines, StrengthRow


@value
class ScopeRow(Row):
    """A class or a medicine that a source means by its own word."""

    KEY: ClassVar = ("scope", "drug_class", "medicine")

    scope: str
    drug_class: str
    medicine: str


class Role(Enum):
    """What a row is for: a method to plan by, a ceiling that is no target, a least total, or no schedule at all."""

    PLAN = "plan"
    CEILING = "ceiling"
    TOTAL = "total"
    NONE = "none"


class Method(Enum):
    """How a source counts its steps; a row without a method gives none."""

    PROPORTIONAL_CURRENT = "proportional-current"
    PROPORTIONAL_ORIGINAL = "proportional-original"
    LINEAR = "linear"
    TABLE = "table"
    STOP = "stop"
    NOT_GIVEN = ""


@value
class TaperRow(Row):
    """
    One source's way to a lower dose, for whom, and its caps. Percentages; milligrams; intervals in days.

    `cut` is the largest cut and `interval_lower` the shortest interval of the source's own range, `cut_lower` and
    `interval` its slower end. `cut_later` holds once the dose is at or below `later_below` percent of the first.
    """

    KEY: ClassVar = ("name",)

    name: str
    scope: str
    role: Role
    method: Method
    percent_of: str
    cut_lower: Decimal | None
    cut: Decimal | None
    cut_later: Decimal | None
    later_below: Decimal | None
    step_mg: Decimal | None
    interval_lower: CalendarDuration | None
    interval: CalendarDuration | None
    cap_percent: Decimal | None
    cap_interval: CalendarDuration | None
    total_lower: CalendarDuration | None
    final: str
    final_mg: Decimal | None
    taken_for: str
    release: str
    age_from: int | None
    age_below: int | None
    used_from: CalendarDuration | None
    used_below: CalendarDuration | None
    dose_from: Decimal | None
    dose_to: Decimal | None
    withdrawal_risk: str
    dose_band: str
    binds_in: str
    says: str


@value
class TaperStepRow(Row):
    """One step of a published table: milligrams (0 ends it), every so many days, for how long."""

    KEY: ClassVar = ("method_name", "step")

    method_name: str
    step: int
    amount: Decimal
    every_days: int
    interval: CalendarDuration


@value
class NeverAbruptRow(Row):
    """What does not end at once, unless a danger is recorded."""

    KEY: ClassVar = ("scope",)

    scope: str


@value
class HoldRow(Row):
    """What speaks for staying on the dose now, for whom it is asked, and what would change that."""

    KEY: ClassVar = ("name",)

    name: str
    fact: str
    scope: str
    taken_for: str
    interval: CalendarDuration | None
    says: str
    until: str


@value
class TaperSettingRow(Row):
    """One number of the planner."""

    KEY: ClassVar = ("name",)

    name: str
    amount: Decimal | None
    interval: CalendarDuration | None
    says: str


@value
class ActiveHalfLifeRow(Row):
    """The half-life of a medicine's active metabolite, in hours."""

    KEY: ClassVar = ("medicine",)

    medicine: str
    metabolite: str
    hours: Decimal


@value
class EquivalentRow(Row):
    """In one published table, how much of a medicine stands for how much of the table's own reference."""

    KEY: ClassVar = ("table", "medicine", "route")

    table: str
    drug_group: str
    medicine: str
    route: str
    amount_lower: Decimal
    amount: Decimal
    per: str
    interval: CalendarDuration | None
    reference: str
    reference_lower: Decimal
    reference_amount: Decimal
    use: str


@value
class BandRow(Row):
    """A band of dose (milligrams of diazepam above and up to), or the risk at a band after so long."""

    KEY: ClassVar = ("kind", "dose_band", "used_from")

    kind: str
    dose_band: str
    above: Decimal | None
    up_to: Decimal | None
    used_from: CalendarDuration | None
    used_below: CalendarDuration | None
    risk: str


TAPER_TABLES: Final[Mapping[str, type[Row]]] = {
    "tapers": TaperRow,
    "taper_steps": TaperStepRow,
    "taper_scopes": ScopeRow,
    "never_abrupt": NeverAbruptRow,
    "taper_holds": HoldRow,
    "taper_settings": TaperSettingRow,
    "taper_half_lives": ActiveHalfLifeRow,
    "equivalents": EquivalentRow,
    "dependence_bands": BandRow,
}


@value
class TaperView:
    """The rows in force on one day, indexed by what the rules look up."""

    scopes_by_class: Mapping[str, tuple[ScopeRow, ...]]
    scopes_by_medicine: Mapping[str, tuple[ScopeRow, ...]]
    methods: Mapping[str, tuple[TaperRow, ...]]
    steps: Mapping[str, tuple[TaperStepRow, ...]]
    never_abrupt: Mapping[str, NeverAbruptRow]
    holds: tuple[HoldRow, ...]
    settings: Mapping[str, TaperSettingRow]
    half_lives: Mapping[str, ActiveHalfLifeRow]
    equivalents: tuple[EquivalentRow, ...]
    bands: tuple[BandRow, ...]

    def scopes_of(self, medicine: MedicineRow) -> frozenset[str]:
        """Return the sources' words that mean this medicine."""
        rows = (
            *self.scopes_by_class.get(medicine.drug_class, ()),
            *self.scopes_by_medicine.get(medicine.name, ()),
        )
        return frozenset([row.scope for row in rows])

    def methods_of(self, scopes: frozenset[str]) -> tuple[TaperRow, ...]:
        """Return the rows about a medicine of these scopes, in the order of their names."""
        return tuple(sorted((row for one in scopes for row in self.methods.get(one, ())), key=lambda row: row.name))

    def amount(self, name: str) -> Decimal:
        """Return a number of the planner."""
        found = self.settings[name].amount
        return found if found is not None else Decimal(0)

    def days(self, name: str) -> int:
        """Return a length of the planner, in days."""
        found = self.settings[name].interval
        return found.days if found is not None else 0


def _view(rows: tuple[Row, ...]) -> TaperView:
    def of(kind: type[R]) -> list[R]:
        return [row for row in rows if isinstance(row, kind)]

    return TaperView(
        scopes_by_class=grouped((row for row in of(ScopeRow) if row.drug_class), lambda row: row.drug_class),
        scopes_by_medicine=grouped((row for row in of(ScopeRow) if row.medicine), lambda row: row.medicine),
        methods=grouped(of(TaperRow), lambda row: row.scope),
        steps=grouped(sorted(of(TaperStepRow), key=lambda row: row.step), lambda row: row.method_name),
        never_abrupt={row.scope: row for row in of(NeverAbruptRow)},
        holds=tuple(of(HoldRow)),
        settings={row.name: row for row in of(TaperSettingRow)},
        half_lives={row.medicine: row for row in of(ActiveHalfLifeRow)},
        equivalents=tuple(of(EquivalentRow)),
        bands=tuple(of(BandRow)),
    )


@value
class TaperPolicy:
    """The rows of one jurisdiction on every day, the medicines, and which strengths are known of each."""

    jurisdiction: str
    timeline: Timeline[Row, TaperView]
    medicines: Medicines
    strengths: Mapping[str, tuple[StrengthRow, ...]]

    @classmethod
    def of(
        cls, *rows: Row, medicines: Medicines, strengths: Iterable[StrengthRow] = (), jurisdiction: str = "any"
    ) -> "TaperPolicy":
        """Return a policy of just these rows, medicines and strengths."""
        return cls(
            jurisdiction=jurisdiction,
            timeline=Timeline(rows, _view),
            medicines=medicines,
            strengths=grouped(strengths, lambda row: row.medicine),
        )

    def binds(self, row: TaperRow) -> bool:
        """Whether a row is of this country; elsewhere it is a suggestion, after that source."""
        return bool(row.binds_in) and row.binds_in in lineage(self.jurisdiction)
