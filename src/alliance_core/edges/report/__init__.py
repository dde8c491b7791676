"""One HTML page of reviews: what is due when, why, on what basis, and what would change it."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from alliance_core.base.findings import Audience, Weight
from alliance_core.base.kinds import value
from alliance_core.edges.plain import harmless
from alliance_core.edges.report.ahead import Day, Drawing, Lane, Outlook, Span, Window, drawing
from alliance_core.edges.report.sheets import Sheet, listed, sheet_of
from alliance_core.explanation import words
from alliance_core.policy import CONTENT_EDITION
from alliance_core.review import ChartReview

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})")


def write_report(
    reviews: Iterable[ChartReview], *, audience: Audience = Audience.PORTAL, remarks: Iterable[str] = ()
) -> str:
    """
    Return one HTML page of these reviews, for this audience: by default the most careful one.

    Of several charts, those with the heaviest open findings come first. `remarks` are lines on what could not be read;
    they stand on the clinician's page only, for they may name files and patients. The page asks for nothing from
    anywhere, runs no script, and holds nothing that a browser would obey: what comes from a chart is text. Needs jinja2
    (the extra `cli`); raises `ModuleNotFoundError` without it.
    """
    ordered = sorted((one.for_audience(audience) for one in reviews), key=_heaviest)
    sheets = tuple(sheet_of(number, one) for number, one in enumerate(ordered, 1))
    return (
        _template()
        .get_template("page.html")
        .render(
            sheets=sheets,
            clinic=_clinic(sheets) if len(sheets) > 1 else None,
            sources=listed(source for one in sheets for source in one.sources),
            remarks=tuple(map(harmless, remarks)) if audience is Audience.CLINICIAN else (),
            audience=audience.value,
            edition=CONTENT_EDITION,
            say=_say,
        )
    )


def _heaviest(review: ChartReview) -> tuple[int, ...]:
    """The chart with most open findings of the heaviest weight comes first, then by the next weight."""
    weights = [one.weight for one in review.open]
    return tuple(-weights.count(weight) for weight in Weight)


@cache
def _template() -> "Environment":
    from jinja2 import BaseLoader, Environment, StrictUndefined  # noqa: PLC0415  # an extra

    class Shipped(BaseLoader):
        def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
            del environment
            return (files("alliance_core.edges.report") / template).read_text("utf-8"), None, None

    made = Environment(
        loader=Shipped(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"css": css_text, "dates": _dates}
    return made


def _dates(text: str) -> "Markup":
    """Return text in which no day is broken over two lines; all else in it is escaped, as everywhere."""
    from markupsafe import Markup  # noqa: PLC0415  # comes with jinja2

    day = Markup('<span class="day">{}</span>')
    parts = _DAY.split(text)
    return Markup("").join(day.format(part) if place % 2 else part for place, part in enumerate(parts))


def css_text(text: str) -> str:
    """Return text as the inside of a string of a style sheet: all but plain letters and digits as their codes."""
    return "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):06x}" for one in text[:60])


def _say(key: str, **parts: object) -> str:
    return words()[f"report.{key}"].format(**parts)


# -- several charts --------------------------------------------------------------------------------------------------


@value
class Clinic:
    """Several charts at one sight: how many findings are open over the months, and each day to come."""

    drawing: Drawing | None
    days: tuple[tuple[Sheet, Day], ...]
    until: str


def _clinic(sheets: tuple[Sheet, ...]) -> Clinic:
    windows = [one.outlook.window for one in sheets]
    window = Window(first=min(one.first for one in windows), last=max(one.last for one in windows))
    ahead = [(sheet, day) for sheet in sheets for day in sheet.days if day.on > sheet.outlook.window.first]
    lanes = [Lane(label=one.chart, who="", spans=tuple(_counted(one.outlook, window))) for one in sheets]
    return Clinic(
        drawing=drawing(lanes, window, most=len(lanes)),
        days=tuple(sorted(ahead, key=lambda one: (one[1].on, one[0].number))),
        until=window.last.isoformat(),
    )


def _counted(outlook: Outlook, window: Window) -> Iterator[Span]:
    """Yield how many findings are open from a day until another."""
    counted: list[tuple[date, int]] = []
    for one in outlook.reviews:
        if not counted or counted[-1][1] != len(one.open):
            counted.append((one.on, len(one.open)))
    ends = [day for day, _ in counted[1:]] + [outlook.window.last]
    for (day, number), end in zip(counted, ends, strict=True):
        yield window.span(day, end, str(number), "some" if number else "none")


__all__ = ["css_text", "write_report"]
