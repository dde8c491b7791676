"""
How much of a transporter or a receptor a dose takes up, as published: for a picture, never for a rule.

Fits of different regions and of different authors differ by up to 20 points, and none says how a patient fares on a
dose. So no taper is computed from them, and whatever shows them shows their doubt as well.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from alliance_core.base.kinds import value
from alliance_core.base.tables import Row

CURVE: Final = "curve"
POINT: Final = "point"
MOST: Final = "most"

_ALL: Final = Decimal(100)


@value
class OccupancyRow(Row):
    """
    One published relation of dose (mg a day) and occupancy (percent) in one region.

    `model` is `curve` (`most_percent` and the `half_dose` at which half of it is reached), `point` (between `lower` and
    `upper` at `point_dose`) or `most` (a maximum, with no dose beside it). `doubt` is how many points an estimate may
    be off on either side; `is_first` marks the curve that is drawn where one has to be chosen.
    """

    KEY: ClassVar = ("row_id",)

    target: str
    medicine: str
    region: str
    model: str
    most_percent: Decimal | None = None
    half_dose: Decimal | None = None
    point_dose: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    most_observed_dose: Decimal | None = None
    doubt: Decimal
    is_first: bool


@value
class Occupancy:
    """An estimate in percent of what is there, and how far it may be off."""

    percent: Decimal
    lower: Decimal
    upper: Decimal


def occupancy_at(row: OccupancyRow, dose: Decimal) -> Occupancy | None:
    """
    Return the occupancy that a published curve gives for a dose in mg a day, between 0 and 100 percent.

    None where the row is no curve, and for a dose below 0 or above what was observed: nothing is extrapolated.
    """
    most, half, limit = row.most_percent, row.half_dose, row.most_observed_dose
    if row.model != CURVE or most is None or half is None or limit is None or not 0 <= dose <= limit:
        return None
    percent = most * dose / (half + dose)
    return Occupancy(percent=_kept(percent), lower=_kept(percent - row.doubt), upper=_kept(percent + row.doubt))


def _kept(percent: Decimal) -> Decimal:
    return min(max(percent, Decimal()), _ALL)


def rows_of(medicine: str, rows: Iterable[OccupancyRow]) -> tuple[OccupancyRow, ...]:
    """Return what is published of one medicine, the curve that is drawn first at the head."""
    return tuple(sorted((row for row in rows if row.medicine == medicine), key=_place))


def _place(row: OccupancyRow) -> tuple[bool, str]:
    return not row.is_first, row.row_id


OCCUPANCY_TABLES: Final[Mapping[str, type[Row]]] = {"occupancy": OccupancyRow}

__all__ = ["CURVE", "MOST", "OCCUPANCY_TABLES", "POINT", "Occupancy", "OccupancyRow", "occupancy_at", "rows_of"]
