"""
Equivalent doses: a range over published tables, each named, never an average. Dependence by dose and time.

The tables disagree by up to two times. For a switch the lower equivalent is where to begin and observe; for a band of
dependence risk the higher one counts.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.kinds import value
from alliance_core.base.tables import grouped
from alliance_core.deprescribing.tapers.policy import BandRow, EquivalentRow, TaperPolicy, TaperView
from alliance_core.medicines import MedicineRow

DIAZEPAM: Final = "diazepam"
POINT: Final = "point"
EXAMPLE: Final = "example"
ORAL: Final = "oral"
DEPOT: Final = "depot"


@value
class Equivalent:
    """What one table says: milligrams from `lower` to `upper`, exactly, and the rows it rests on."""

    table: str
    use: str
    lower: Fraction
    upper: Fraction
    rows: tuple[str, ...]


@value
class EquivalentRange:
    """
    What all tables say. `lower` and `upper` span those that give a single number; None if no table has both medicines.

    Ranges for ranges and a guideline's own examples are listed in `tables` too, and counted in neither end.
    """

    medicine: str
    to: str
    lower: Fraction | None
    upper: Fraction | None
    tables: tuple[Equivalent, ...]


def equivalent_dose(  # the field's own word
    medicine: str, amount: Decimal, *, policy: TaperPolicy, on: date, to: str = DIAZEPAM, every_days: int = 1
) -> EquivalentRange:
    """
    Return what `amount` milligrams a day of a medicine stand for in another, table by table.

    A depot is given with `every_days`: tables of a mean a day divide it, tables of an interval ask for just that one.
    Raises `ChartError` if `on` is not a plain date.
    """
    return _ranged(medicine, amount, view=policy.timeline.at(Day(on)), to=to, every_days=every_days)


def _ranged(medicine: str, amount: Decimal, *, view: TaperView, to: str, every_days: int) -> EquivalentRange:
    route = ORAL if every_days == 1 else DEPOT
    tables = tuple(
        found
        for table, rows in grouped(view.equivalents, lambda row: row.table).items()
        for found in _in_table(table, rows, (medicine, route, amount, every_days), to)
    )
    points = [one for one in tables if one.use == POINT]
    return EquivalentRange(
        medicine=medicine,
        to=to,
        lower=min((one.lower for one in points), default=None),
        upper=max((one.upper for one in points), default=None),
        tables=tables,
    )


def _in_table(
    table: str, rows_of: Iterable[EquivalentRow], asked: tuple[str, str, Decimal, int], to: str
) -> Iterable[Equivalent]:
    medicine, route, amount, every_days = asked
    by_key = {(row.medicine, row.route): row for row in rows_of}
    source = by_key.get((medicine, route))
    if source is None or (source.interval is not None and source.interval.days != every_days):
        return
    dose = Fraction(amount) if source.per == "interval" else Fraction(amount) / every_days
    target = by_key.get((to, ORAL))
    ends: tuple[Fraction, Fraction]
    rows: tuple[str, ...] = (source.row_id,)
    if source.reference == to:
        ends = Fraction(source.reference_lower), Fraction(source.reference_amount)
    elif target is not None and target.reference == source.reference:
        ends = Fraction(target.amount_lower), Fraction(target.amount)
        rows = (source.row_id, target.row_id)
    else:
        return
    yield Equivalent(
        table=table,
        use=source.use,
        lower=dose * ends[0] / Fraction(source.amount),
        upper=dose * ends[1] / Fraction(source.amount_lower),
        rows=rows,
    )


# -- dependence ------------------------------------------------------------------------------------------------------


@value
class DependenceRisk:
    """
    How likely dependence is, by the joint guideline's table of dose and time, with the rows that say so.

    `band` goes by the highest of the equivalents; `bands` says what each table gives. `risk` is `rare`, `lower` or
    `likely`; None while the medicine, the time or the days a week leave it open, which `missing` names.
    """

    band: str | None
    bands: tuple[tuple[str, str], ...]
    risk: str | None
    rows: tuple[str, ...]
    missing: tuple[str, ...]
    valid_until: date | None


def dependence_risk(
    medicine: str,
    amount: Decimal,
    *,
    started_on: date | None,
    days_a_week: int | None,
    policy: TaperPolicy,
    on: date,
) -> DependenceRisk:
    """Return the band of a benzodiazepine's dose and the risk of dependence; raises `ChartError` for a datetime."""
    day = Day(on)
    view = policy.timeline.at(day)
    found = _ranged(medicine, amount, view=view, to=DIAZEPAM, every_days=1)
    bands = tuple(
        (one.table, row.dose_band) for one in found.tables if one.use != "band" for row in _band(one.upper, view)
    )
    used = next(iter(_band(found.upper, view)), None) if found.upper is not None else None
    risk = _risk(used, started_on, days_a_week, view, day)
    missing = [
        path
        for path, known in (
            ("policy.equivalents", used is not None),
            ("medication.started_on", started_on is not None),
            ("days_a_week", days_a_week is not None),
        )
        if not known
    ]
    return DependenceRisk(
        band=used.dose_band if used is not None else None,
        bands=bands,
        risk=risk[0] if risk is not None and not missing else None,
        rows=((used.row_id,) if used is not None else ()) + ((risk[1],) if risk is not None and not missing else ()),
        missing=tuple(missing),
        valid_until=day.valid_until,
    )


def _band(amount: Fraction, view: TaperView) -> Iterable[BandRow]:
    return (
        row
        for row in view.bands
        if row.above is not None and row.above < amount and (row.up_to is None or amount <= row.up_to)
    )


def _risk(
    band: BandRow | None, started_on: date | None, days_a_week: int | None, view: TaperView, day: Day
) -> tuple[str, str] | None:
    few = view.settings.get("few-days")
    if few is not None and few.amount is not None and days_a_week is not None and days_a_week <= few.amount:
        return "rare", few.row_id
    if band is None or started_on is None:
        return None
    rows = [row for row in view.bands if row.risk and row.dose_band == band.dose_band]
    found = [row for row in rows if _lasts(row, started_on, day)]
    return (found[-1].risk, found[-1].row_id) if found else None


def _lasts(row: BandRow, started_on: date, day: Day) -> bool:
    begins = row.used_from is None or _reached(row.used_from, started_on, day)
    return begins and not (row.used_below is not None and _reached(row.used_below, started_on, day))


def _reached(length: CalendarDuration, started_on: date, day: Day) -> bool:
    return day.has_reached(length.after(started_on))


def dose_band(medicine: MedicineRow, amount: Decimal, *, view: TaperView) -> str | None:
    """Return the band of a dose by the highest of its equivalents; None if no table has the medicine."""
    upper = _ranged(medicine.name, amount, view=view, to=DIAZEPAM, every_days=1).upper
    return None if upper is None else next((row.dose_band for row in _band(upper, view)), None)
