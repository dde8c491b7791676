"""Policy: all tables for one jurisdiction and its overlays, on every day."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from typing import Any, ClassVar, Final

from alliance_core.base.errors import PolicyError
from alliance_core.base.kinds import changed, fields_of, value
from alliance_core.base.sources import Basis, Source
from alliance_core.base.tables import SITE, R, Row, applicable, prevailing, read_sources, read_table
from alliance_core.competency.policy import COMPETENCY_TABLES, CompetencyPolicy, SurrogateRow
from alliance_core.consent.policy import CONSENT_TABLES, SHARED_TABLES, ConsentPolicy
from alliance_core.deprescribing.policy import (
    DEPRESCRIBING_TABLES,
    ApartReading,
    DeprescribingPolicy,
    FirstDayReading,
    LaterYearsReading,
    MonthReading,
    QuarterReading,
)
from alliance_core.deprescribing.tapers.policy import TAPER_TABLES, TaperPolicy
from alliance_core.diagnosis import DIAGNOSIS_TABLES, DiagnosisPolicy
from alliance_core.invitations.policy import INVITATION_TABLES, InvitationPolicy
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.medicines import MEDICINE_TABLES, Medicines, Product, StrengthRow
from alliance_core.occupancy import OCCUPANCY_TABLES
from alliance_core.relationship.policy import RELATIONSHIP_TABLES, RelationshipPolicy
from alliance_core.visit import VISIT_TABLES, VisitPolicy

#: The edition of the clinical content: when it was last changed, apart from the version of the code.
CONTENT_EDITION: Final = "2026.11.0"

#: Every table of rows, by the name of its file.
TABLES: Final[Mapping[str, type[Row]]] = {
    **COMPETENCY_TABLES,
    **CONSENT_TABLES,
    **DEPRESCRIBING_TABLES,
    **DIAGNOSIS_TABLES,
    **INVITATION_TABLES,
    **MEDICINE_TABLES,
    **OCCUPANCY_TABLES,
    **RELATIONSHIP_TABLES,
    **TAPER_TABLES,
    **VISIT_TABLES,
}


@value
class OverlayRow(Row):
    """A set of further rules that a site switches on."""

    KEY: ClassVar = ("name",)

    name: str
    says: str


@value
class Policy:
    """
    What is asked, in one jurisdiction, on every day.

    `with_rows` and `with_products` return a changed copy; a policy is never changed.
    """

    jurisdiction: str
    overlays: tuple[str, ...]
    competency: CompetencyPolicy
    consent: ConsentPolicy
    deprescribing: DeprescribingPolicy
    diagnosis: DiagnosisPolicy
    invitations: InvitationPolicy
    relationship: RelationshipPolicy
    tapers: TaperPolicy
    visit: VisitPolicy
    site_rows: tuple[Row, ...] = ()

    @property
    def medicines(self) -> Medicines:
        """The medicines table, with the host's own products."""
        return self.deprescribing.medicines

    def rows(self) -> Iterator[Row]:
        """Return every row that this policy holds, on any day."""
        yield from self._area_rows
        yield from medicine_rows()

    @cached_property
    def _area_rows(self) -> tuple[Row, ...]:
        areas = (
            self.competency,
            self.consent,
            self.deprescribing,
            self.diagnosis,
            self.invitations,
            self.relationship,
            self.tapers,
            self.visit,
        )
        rows = (row for area in areas for row in area.timeline.rows)
        return tuple({row.row_id: row for row in rows}.values())  # some tables are read by several areas

    def row(self, row_id: str) -> Row:
        """Return a row by its id; raises `PolicyError` if this policy has none."""
        found = self._by_id.get(row_id)
        if found is None:
            raise PolicyError(f"no row {row_id} in this policy; is it from another jurisdiction or overlay?")
        return found

    @cached_property
    def _by_id(self) -> Mapping[str, Row]:
        return {row.row_id: row for row in self._area_rows}

    def source(self, row: Row) -> Source | None:
        """Return the source that a row cites; None for a site's own."""
        return read_sources().get(row.source_id)

    def in_force(self, on: date) -> tuple[Row, ...]:
        """Return the rows in force on a day, in table order."""
        return tuple(row for row in self.rows() if row.in_force(on))

    def with_rows(self, rows: Iterable[Row]) -> "Policy":
        """
        Return the policy with a site's own rows, which count before the shipped ones of the same key.

        Raises `PolicyError` for a row that does not cite `site:<name>`, that claims to be law, that reuses an id, that
        no rule would read, that shares its key and a day with another of the site's, or that would stand in the place
        of law: a site may add to law, never loosen it.
        """
        own = tuple(rows)
        taken = {row.row_id: row for row in (*self.rows(), *self.site_rows)}
        law = {(type(row), row.key) for row in taken.values() if row.is_law}
        for row in own:
            _check_site_row(row, taken, law)
            taken[row.row_id] = row
        made = _policy(self, (*self.site_rows, *own))
        _check_days(made._area_rows)  # noqa: SLF001  # a policy of this very class
        return made

    def with_products(self, products: Iterable[Product]) -> "Policy":
        """
        Return the policy with a host's own products and codes, which beat the medicines table.

        Raises `PolicyError` naming a medicine that the table does not have.
        """
        own = tuple(products)
        unknown = sorted({one.medicine for one in own} - self.medicines.by_name.keys())
        if unknown:
            raise PolicyError(f"no medicine {', '.join(unknown)}: choose a name of the table `medicines`")
        medicines = self.medicines.with_products(own)
        return _with_medicines(self, medicines)

    def with_readings(
        self,
        *,
        month: MonthReading | None = None,
        first_day: FirstDayReading | None = None,
        quarter: QuarterReading | None = None,
        apart: ApartReading | None = None,
        later_years: LaterYearsReading | None = None,
    ) -> "Policy":
        """Return the policy with another reading of what law, or the guidance under it, leaves open."""
        given = {
            "month_reading": month,
            "first_day_reading": first_day,
            "quarter_reading": quarter,
            "apart_reading": apart,
            "later_years_reading": later_years,
        }
        chosen = {name: one for name, one in given.items() if one is not None}
        return changed(self, deprescribing=changed(self.deprescribing, **chosen)) if chosen else self

    @cached_property
    def digest(self) -> str:
        """A SHA-256 of every row and setting: two policies that may answer differently differ in it."""
        rows = [_rows_digest(rows) for rows in (self._area_rows, medicine_rows(), _every_surrogate())]
        return hashlib.sha256("\n".join([*self._settings, *rows]).encode()).hexdigest()

    @cached_property
    def choices(self) -> str:
        """A SHA-256 of what a site chose: place, overlays, readings, and products and rows of its own."""
        return hashlib.sha256("\n".join([*self._settings, _rows_digest(self.site_rows)]).encode()).hexdigest()

    @property
    def _settings(self) -> list[str]:
        return [
            self.jurisdiction,
            ",".join(self.overlays),
            self.relationship.language,
            *(one.value for one in self.deprescribing.readings.values()),
            *(repr((one.system, one.code, one.medicine)) for one in self.medicines.products),
        ]


def _check_site_row(row: Row, taken: Mapping[str, Row], law: set[tuple[type[Row], tuple[object, ...]]]) -> None:
    if not row.is_site:
        raise PolicyError(f"row {row.row_id}: source_id has to be {SITE}<name>, a site's rows are its own")
    if row.basis is not Basis.PRACTICE:
        raise PolicyError(f"row {row.row_id}: basis has to be practice, a site's rows are its own judgement")
    if row.row_id in taken:
        raise PolicyError(f"row {row.row_id}: this id is taken by another row; choose another")
    if not isinstance(row, _SITE_KINDS):
        raise PolicyError(f"row {row.row_id}: no rule reads such a row of a site; for medicines use with_products")
    if (type(row), row.key) in law:
        raise PolicyError(f"row {row.row_id}: a row of law has this key, and nothing may stand in its place")
    if isinstance(row, SurrogateRow) and any(kind is SurrogateRow for kind, _ in law):
        raise PolicyError(f"row {row.row_id}: law sets the order of deciders here, and nothing may come between")
    if isinstance(row, JurisdictionRow):
        _check_switches(row, taken.values())


#: What a site may add to; medicines come as products.
_SITE_KINDS: Final = tuple(
    {**COMPETENCY_TABLES, **CONSENT_TABLES, **DEPRESCRIBING_TABLES, **DIAGNOSIS_TABLES, **TAPER_TABLES}.values()
)
#: The one column of a jurisdiction that is not law's: whether high stakes ask for more evidence.
_SITE_SWITCHES: Final = frozenset({"sliding_scale"})


def _check_switches(row: JurisdictionRow, taken: Iterable[Row]) -> None:
    """A jurisdiction is what its law made it: a site may turn a switch of ours, and nothing else."""
    like = next((one for one in taken if isinstance(one, JurisdictionRow) and one.key == row.key), None)
    own = JurisdictionRow.__annotations__.keys() - _SITE_SWITCHES
    if like is None or any(getattr(like, name) != getattr(row, name) for name in own):
        switches = ", ".join(sorted(_SITE_SWITCHES))
        raise PolicyError(f"row {row.row_id}: a jurisdiction's row may differ from the shipped one only in {switches}")


def _check_days(rows: tuple[Row, ...]) -> None:
    """Raise `PolicyError` if on some day two rows of equal standing claim one key."""
    days = {day for row in rows for day in (row.effective_from, row.effective_to) if day is not None}
    for on in (date.min, *sorted(days)):
        prevailing(row for row in rows if row.in_force(on))


def _rows_digest(rows: tuple[Row, ...]) -> str:
    made = hashlib.sha256()
    for row in rows:
        made.update(repr(sorted(fields_of(row).items(), key=lambda one: one[0])).encode())
    return made.hexdigest()


@cache
def shipped_digest() -> str:
    """Return a SHA-256 of every row that is shipped, for any place."""
    return _rows_digest(tuple(row for name, kind in TABLES.items() for row in read_table(name, kind)))


@cache
def medicine_rows() -> tuple[Row, ...]:
    """Return the rows of the medicines tables, which hold everywhere."""
    return tuple(row for name, kind in MEDICINE_TABLES.items() for row in read_table(name, kind))


def _every_surrogate() -> tuple[Row, ...]:
    """Return the deciders of every place: a class means the same person wherever a list ranks it."""
    return read_table("surrogate_order", SurrogateRow)


@cache
def _medicines() -> Medicines:
    return Medicines.of(medicine_rows())


def _check_place(jurisdiction: str, overlays: tuple[str, ...]) -> None:
    codes = {row.code for row in read_table("jurisdictions", JurisdictionRow)}
    if jurisdiction not in codes:
        raise PolicyError(f"no jurisdiction of this name: choose one of {', '.join(sorted(codes))}")
    names = {row.name for row in read_table("overlays", OverlayRow)}
    if not set(overlays) <= names:
        raise PolicyError(f"no overlay of this name: choose among {', '.join(sorted(names))}")


def load_policy(jurisdiction: str = "any", overlays: Iterable[str] = ()) -> Policy:
    """
    Return the policy of a jurisdiction (`any`, or an ISO 3166 code such as `US`, `US-NH`, `GB-EAW`) and its overlays.

    Raises `PolicyError` naming what can be chosen, or the rows of two overlays that cannot both be in force, such as
    two editions of one act. The tables are read once, on first use.
    """
    chosen = tuple(sorted(set(overlays)))
    _check_place(jurisdiction, chosen)
    return _loaded(jurisdiction, chosen)


@cache
def _loaded(jurisdiction: str, overlays: tuple[str, ...]) -> Policy:
    made = _built(jurisdiction, overlays, ())
    if len(overlays) > 1:  # two editions of one act cannot both be in force
        _check_days(made._area_rows)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return made


def _built(jurisdiction: str, overlays: tuple[str, ...], own: tuple[Row, ...]) -> Policy:
    def of(tables: Mapping[str, type[R]]) -> tuple[R, ...]:
        shipped = tuple(row for name, kind in tables.items() for row in read_table(name, kind))
        mine = tuple(row for row in own for kind in tables.values() if isinstance(row, kind))
        return applicable((*shipped, *mine), jurisdiction=jurisdiction, overlays=overlays)

    surrogates: Any = _every_surrogate()
    return Policy(
        jurisdiction=jurisdiction,
        overlays=overlays,
        competency=CompetencyPolicy.of(*of(COMPETENCY_TABLES), every=surrogates),
        consent=ConsentPolicy.of(*of({**CONSENT_TABLES, **SHARED_TABLES}), medicines=_medicines()),
        deprescribing=DeprescribingPolicy.of(
            *of(DEPRESCRIBING_TABLES), medicines=_medicines(), jurisdiction=jurisdiction, overlays=overlays
        ),
        diagnosis=DiagnosisPolicy.of(*of(DIAGNOSIS_TABLES)),
        invitations=InvitationPolicy.of(*of(INVITATION_TABLES)),
        relationship=RelationshipPolicy.of(*of(RELATIONSHIP_TABLES)),
        tapers=TaperPolicy.of(
            *of(TAPER_TABLES),
            medicines=_medicines(),
            strengths=read_table("strengths", StrengthRow),
            jurisdiction=jurisdiction,
        ),
        visit=VisitPolicy.of(*of(VISIT_TABLES)),
        site_rows=own,
    )


def _policy(policy: Policy, own: tuple[Row, ...]) -> Policy:
    made = _built(policy.jurisdiction, policy.overlays, own)
    kept = changed(made.deprescribing, **policy.deprescribing.readings)
    spoken = changed(made.relationship, language=policy.relationship.language)
    return _with_medicines(changed(made, deprescribing=kept, relationship=spoken), policy.medicines)


def _with_medicines(policy: Policy, medicines: Medicines) -> Policy:
    return changed(
        policy,
        consent=changed(policy.consent, medicines=medicines),
        deprescribing=changed(policy.deprescribing, medicines=medicines),
        tapers=changed(policy.tapers, medicines=medicines),
    )
