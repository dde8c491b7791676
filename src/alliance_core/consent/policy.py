"""The policy rows that the consent rules read."""

from collections.abc import Mapping
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline
from alliance_core.jurisdictions import JurisdictionRow, home
from alliance_core.medicines import ClassRow, MedicineRow, Medicines, groups_by_class
from alliance_core.problems import ProblemKindRow, ProblemKinds

ANY: Final = "any"


@value
class ItemRow(Row):
    """One element of a discussion: where it stands in a conversation, how it is asked, whether it can be waived."""

    KEY: ClassVar = ("element",)

    element: str
    topic: str
    step: int
    says: str
    waivable: bool
    waiver_core: bool


@value
class ElementRow(Row):
    """Who asks for an element: for which treatment and event, of whom, how much it weighs."""

    KEY: ClassVar = ("element", "treatment", "event", "drug_group", "medicine", "asked_when")

    element: str
    treatment: str
    event: str
    drug_group: str
    medicine: str
    asked_when: str
    weight: Weight
    in_range: str

    @property
    def key(self) -> tuple[object, ...]:
        """Sources stand beside each other; within one source the most particular row counts."""
        return (*(getattr(self, name) for name in self.KEY), self.source_id)

    @property
    def is_unconditional(self) -> bool:
        """Whether it asks whatever the medicine and whoever the patient is."""
        return not (self.asked_when or self.drug_group or self.medicine)


@value
class TreatmentRow(Row):
    """A kind of treatment, or a medicine, and the column of the matrix that asks for it."""

    KEY: ClassVar = ("kind",)

    kind: str
    matrix: str


@value
class RiskRow(Row):
    """
    One material risk of a class, a medicine or a procedure, for whom, and since when someone warns of it.

    `salt` narrows it to one salt of the medicine, `not_route` is a way of giving that rules that salt out.
    `with_drug_group` is a medicine without which there is no such risk; `renewed_by` names those that raise it: groups,
    names, or marks of the medicines table. When one of either is begun after the talk, the talk is held again.
    """

    KEY: ClassVar = ("row_id",)

    risk: str
    treatment: str
    drug_group: str
    medicine: str
    salt: str
    not_route: str
    with_drug_group: str
    renewed_by: str
    age_from: int | None
    age_below: int | None
    sex: str
    problem: str
    circumstance: str
    event: str
    boxed: bool
    dose_related: bool
    effect: str
    says: str

    @property
    def element(self) -> str:
        """The element that tells it."""
        return f"risks.{self.risk}"

    @property
    def renewing(self) -> frozenset[str]:
        """The words of the medicines that, begun later, ask for the talk again."""
        return frozenset({self.with_drug_group, *self.renewed_by.split("|")}) - {""}


@value
class FreshnessRow(Row):
    """After what, or after how long, a discussion is asked for again."""

    KEY: ClassVar = ("trigger", "treatment", "drug_group", "medicine", "asked_when", "circumstance")

    trigger: str
    treatment: str
    drug_group: str
    medicine: str
    asked_when: str
    circumstance: str
    interval: CalendarDuration | None
    weight: Weight
    says: str


@value
class SettingRow(Row):
    """A length of time or a switch."""

    KEY: ClassVar = ("setting",)

    setting: str
    interval: CalendarDuration | None
    says: str


@value
class ConsentView:
    """The rows in force on one day, indexed by what the rules look up."""

    majority_age: int | None
    items: Mapping[str, ItemRow]
    elements: tuple[ElementRow, ...]
    matrix: Mapping[str, str]
    risks: tuple[RiskRow, ...]
    freshness: tuple[FreshnessRow, ...]
    settings: Mapping[str, SettingRow]
    groups: Mapping[str, frozenset[str]]
    kinds: ProblemKinds

    def groups_of(self, medicine: MedicineRow) -> frozenset[str]:
        """Return the drug groups and the class that a medicine belongs to."""
        return self.groups.get(medicine.drug_class, frozenset()) | {medicine.drug_class}

    def words_of(self, medicine: MedicineRow) -> frozenset[str]:
        """Return every word by which a row may mean a medicine: its name, class, groups, and marks of its table."""
        marks = {"serotonergic": medicine.serotonergic, "cns-depressant": medicine.cns_depressant}
        return self.groups_of(medicine) | {medicine.name} | {mark for mark, has in marks.items() if has}

    def interval(self, setting: str) -> CalendarDuration | None:
        """Return the length of a setting; None if there is none."""
        row = self.settings.get(setting)
        return row.interval if row is not None else None


def _view(rows: tuple[Row, ...]) -> ConsentView:
    def of(kind: type[R]) -> list[R]:
        return [row for row in rows if isinstance(row, kind)]

    place = home(rows)
    return ConsentView(
        majority_age=place.majority_age if place is not None else None,
        items={row.element: row for row in of(ItemRow)},
        elements=tuple(of(ElementRow)),
        matrix={row.kind: row.matrix for row in of(TreatmentRow)},
        risks=tuple(of(RiskRow)),
        freshness=tuple(of(FreshnessRow)),
        settings={row.setting: row for row in of(SettingRow)},
        groups=groups_by_class(of(ClassRow)),
        kinds=ProblemKinds.of(of(ProblemKindRow)),
    )


@value
class ConsentPolicy:
    """What is asked of a consent discussion, in one jurisdiction, on every day."""

    timeline: Timeline[Row, ConsentView]
    medicines: Medicines

    @classmethod
    def of(cls, *rows: Row, medicines: Medicines) -> "ConsentPolicy":
        """Return a policy of just these rows and medicines."""
        return cls(timeline=Timeline(rows, _view), medicines=medicines)


CONSENT_TABLES: Mapping[str, type[Row]] = {
    "consent_items": ItemRow,
    "consent_elements": ElementRow,
    "consent_treatments": TreatmentRow,
    "consent_risks": RiskRow,
    "consent_freshness": FreshnessRow,
    "consent_settings": SettingRow,
}
#: What the rules read beside their own tables.
SHARED_TABLES: Mapping[str, type[Row]] = {
    "jurisdictions": JurisdictionRow,
    "drug_classes": ClassRow,
    "problem_kinds": ProblemKindRow,
}
