"""Which rows of the table are about this medicine and this patient: yes, no, or not known for want of a fact."""

from collections.abc import Iterator
from decimal import Decimal

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.doses import DoseUnit
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded, negate
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.equivalents import dose_band
from alliance_core.deprescribing.tapers.policy import Role, TaperPolicy, TaperRow, TaperView
from alliance_core.deprescribing.tapers.records import DispensableProduct, Release, TakenFor, WithdrawalRisk
from alliance_core.medicines import MedicineRow
from alliance_core.records import MedicationStatement, Person, has_age

#: A word of the sources for every use but one.
_NOT_EPILEPSY = "not-epilepsy"
#: A release that is a route of its own.
_INTRATHECAL = "intrathecal"


@value
class Subject:
    """What a row's conditions are asked of."""

    person: Person
    medication: MedicationStatement
    medicine: MedicineRow
    scopes: frozenset[str]
    taken_for: TakenFor | None
    products: tuple[DispensableProduct, ...] | None
    withdrawal_risk: WithdrawalRisk | None
    policy: TaperPolicy
    view: TaperView
    day: Day


def daily_milligrams(medication: MedicationStatement) -> Decimal | None:
    """Return the recorded dose in milligrams a day; None if none is recorded, it is no mass, or it is a depot's."""
    dose = medication.dose
    if dose is None or dose.every_days != 1:
        return None
    try:
        return dose.in_unit(DoseUnit.MILLIGRAM).amount
    except AllianceError:
        return None


def rows_for(subject: Subject, *roles: Role) -> tuple[tuple[TaperRow, tuple[str, ...]], ...]:
    """Return the rows of these roles that are, or may be, about this subject, each with what would tell."""
    found: list[tuple[TaperRow, tuple[str, ...]]] = []
    for row in subject.view.methods_of(subject.scopes):
        facts = tuple(_asked(row, subject)) if row.role in roles else ((Recorded.NO, ""),)
        if all(fact is not Recorded.NO for fact, _ in facts):
            found.append((row, tuple(dict.fromkeys(path for fact, path in facts if fact is not Recorded.YES))))
    return tuple(found)


def _asked(row: TaperRow, subject: Subject) -> Iterator[tuple[Recorded, str]]:
    """Return each condition of the row: whether it holds, and the path that says so."""
    if row.taken_for:
        yield is_taken_for(subject.taken_for, row.taken_for), "taken_for"
    if row.release:
        yield _has_release(row.release, subject), "medication.route" if row.release == _INTRATHECAL else "products"
    if row.age_from is not None:
        yield has_age(subject.person, row.age_from, subject.day), "person.born_on"
    if row.age_below is not None:
        yield negate(has_age(subject.person, row.age_below, subject.day)), "person.born_on"
    if row.used_from is not None:
        yield _used_for(row.used_from, subject), "medication.started_on"
    if row.used_below is not None:
        yield negate(_used_for(row.used_below, subject)), "medication.started_on"
    if row.dose_from is not None or row.dose_to is not None:
        yield _has_dose(row, subject), "medication.dose"
    if row.withdrawal_risk:
        yield _has_risk(row.withdrawal_risk, subject.withdrawal_risk), "withdrawal_risk"
    if row.dose_band:
        yield _has_band(row.dose_band, subject), "medication.dose"


def _told(holds: bool) -> Recorded:  # noqa: FBT001  # the answer itself
    return Recorded.YES if holds else Recorded.NO


def is_taken_for(use: TakenFor | None, asked: str) -> Recorded:
    """Return whether the medicine is taken for what a row asks."""
    if use is None:
        return Recorded.NOT_RECORDED
    if asked == _NOT_EPILEPSY:
        return _told(use is not TakenFor.EPILEPSY)
    return _told(use.value == asked)


def _has_release(asked: str, subject: Subject) -> Recorded:
    if asked == _INTRATHECAL:
        return _told((subject.medication.route or "").lower() == _INTRATHECAL)
    if subject.products is None:
        return Recorded.NOT_RECORDED
    releases = {one.release for one in subject.products}
    if Release(asked) in releases:
        return Recorded.YES
    return Recorded.NOT_RECORDED if None in releases else Recorded.NO


def _used_for(length: CalendarDuration, subject: Subject) -> Recorded:
    start = subject.medication.started_on
    if start is None:
        return Recorded.NOT_RECORDED
    return _told(subject.day.has_reached(length.after(start)))


def _has_dose(row: TaperRow, subject: Subject) -> Recorded:
    dose = daily_milligrams(subject.medication)
    if dose is None:
        return Recorded.NOT_RECORDED
    return _told((row.dose_from is None or row.dose_from <= dose) and (row.dose_to is None or dose <= row.dose_to))


def _has_risk(asked: str, risk: WithdrawalRisk | None) -> Recorded:
    return Recorded.NOT_RECORDED if risk is None else _told(risk.value == asked)


def _has_band(asked: str, subject: Subject) -> Recorded:
    dose = daily_milligrams(subject.medication)
    if dose is None:
        return Recorded.NOT_RECORDED
    band = dose_band(subject.medicine, dose, view=subject.view)
    return Recorded.NOT_RECORDED if band is None else _told(band == asked)
