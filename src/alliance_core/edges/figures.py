"""
Figures as Vega-Lite specifications: when each medicine is due, a dose over time, what is published of occupancy.

A specification is plain JSON values with its data within. `as_altair` and `as_svg` need the extra `viz`.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.errors import PolicyError
from alliance_core.base.sources import Basis
from alliance_core.base.tables import read_sources, read_table
from alliance_core.deprescribing import Clock, RegimenReview
from alliance_core.deprescribing.tapers import OptionKind, TaperOption, TaperPlan, TaperStep
from alliance_core.edges.plain import harmless
from alliance_core.explanation import cite, words
from alliance_core.occupancy import CURVE, MOST, POINT, OccupancyRow, occupancy_at, rows_of
from alliance_core.review import ChartReview

if TYPE_CHECKING:
    import altair as alt

Figure = dict[str, Any]

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
#: How far ahead a due day is drawn; how many points make a curve; a bar has words in it from this part of the width.
_AHEAD: Final = CalendarDuration(months=12)
_POINTS: Final = 60
_ROOM: Final = 5
_WIDTH: Final = 640
_LANE: Final = 28
#: Of the Okabe-Ito palette, which people with any kind of color vision can tell apart; dashes and words say the same.
_COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2])
_STATES: Final = {"waiting": "#F0F0F0", "possible": "#E69F00", "due": "#0072B2"}
_BOTTOM: Final = {"orient": "bottom", "labelLimit": 0}


def as_altair(figure: Figure) -> "alt.LayerChart | alt.FacetChart":
    """Return a figure as an Altair chart; raises `ModuleNotFoundError` without the extra `viz`."""
    import altair as alt  # noqa: PLC0415  # an extra

    kind = alt.FacetChart if "facet" in figure else alt.LayerChart
    return kind.from_dict(figure)


def as_svg(figure: Figure) -> str:
    """
    Return a figure as an SVG image, drawn here: nothing is asked for from anywhere.

    Raises `ModuleNotFoundError` without the extra `viz`.
    """
    import vl_convert  # noqa: PLC0415  # an extra

    return vl_convert.vegalite_to_svg(figure)


def _say(key: str, **parts: object) -> str:
    return words()[f"figure.{key}"].format(**parts)


def _figure(layers: list[Figure], height: int, title: str, *lines: str) -> Figure:
    return {
        "$schema": _SCHEMA,
        "description": ". ".join((title, *lines[:1])),
        "title": {"text": title, "subtitle": list(lines), "anchor": "start", "subtitleFontSize": 10},
        "width": _WIDTH,
        "height": height,
        "layer": layers,
    }


def _layer(values: list[Figure], mark: Figure, **encoding: Figure) -> Figure:
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


# -- when each medicine is due ---------------------------------------------------------------------------------------


def clock_figure(review: ChartReview) -> Figure | None:
    """
    Return when each medicine of a reviewed chart is due: not before one day, by another, and perhaps between them.

    None when no medicine has a clock. Days beyond a year ahead are cut off there. What was found of a patient is in
    the figure: it is for whoever may read the review.
    """
    clocks = [clock for one in review.areas.get("deprescribing", ()) for clock in cast("RegimenReview", one).clocks]
    last = _AHEAD.after(review.on) or date.max
    spans = [span for clock in clocks for span in _spans(clock, review.on, last)]
    if not spans:
        return None
    start = {"field": "from", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": {"format": "%Y-%m"}}
    lane = {"field": "medicine", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 220}}
    scale = {"domain": [_say(f"clock.{state}") for state in _STATES], "range": list(_STATES.values())}
    told = [{"field": name, "type": "nominal", "title": name} for name in ("medicine", "state", "first", "end", "row")]
    white = {"test": f"datum.state === {_say('clock.due')!r}", "value": "white"}
    bars = _layer(
        spans,
        {"type": "bar", "height": 14, "stroke": "black", "strokeWidth": 0.5},
        x=start,
        x2={"field": "until"},
        y=lane,
        color={"field": "state", "type": "nominal", "title": None, "scale": scale, "legend": _BOTTOM},
        tooltip=cast("Figure", told),
    )
    letters = _layer(
        [span for span in spans if span["letter"]],
        {"type": "text", "align": "left", "dx": 3, "fontSize": 10},
        x=start,
        y=lane,
        text={"field": "letter", "type": "nominal"},
        color={"condition": white, "value": "black"},
    )
    height = _LANE * len({span["medicine"] for span in spans})
    return _figure([bars, letters], height, _say("clock.title"), _say("clock.subtitle", on=review.on.isoformat()))


def _spans(clock: Clock, on: date, last: date) -> Iterator[Figure]:
    """The days that are surely too early, those that may be due, and those that are, until the end of the figure."""
    if clock.possible_on is None and clock.due_on is None:
        return
    possible = min(max(clock.possible_on or clock.due_on or last, on), last)
    due = min(max(clock.due_on or last, possible), last)
    told = {"waiting": possible, "possible": possible, "due": clock.due_on or last}
    driver = clock.driver or clock.possible_driver
    row = str(cite(driver)) if driver is not None else ""
    for state, start, end in (("waiting", on, possible), ("possible", possible, due), ("due", due, last)):
        if start < end:
            has_room = (end - start).days * _ROOM > (last - on).days
            yield {
                "medicine": harmless(clock.medicine),
                "state": _say(f"clock.{state}"),
                "letter": _say(f"clock.{state}.short", day=told[state]) if has_room else "",
                "from": f"{start.isoformat()}T00:00:00Z",
                "until": f"{end.isoformat()}T00:00:00Z",
                "first": start.isoformat(),
                "end": end.isoformat(),
                "row": row,
            }


# -- a dose over time ------------------------------------------------------------------------------------------------

_PANELS: Final = 2
_PANEL: Final = {"width": 300, "height": 150}


def taper_figure(plan: TaperPlan, *, on: date) -> Figure | None:
    """
    Return the dose over time of each option of a plan, side by side, the first of which is to stay on the dose.

    Only the next step has a day; each later one is drawn open, on the earliest day that it could have. None when the
    plan has no draft. It is about a patient: it goes where the plan may go.
    """
    drawn = [one for one in plan.options if one.kind is not OptionKind.REFUSED and one.amount is not None]
    last = max((_day(step) or on for one in plan.drafts for step in one.steps), default=on)
    points = [point for one in drawn for point in _course(one, on, last)]
    if not plan.drafts or not points:
        return None
    facet = {
        "field": "option",
        "type": "nominal",
        "title": None,
        "sort": list(dict.fromkeys(point["option"] for point in points)),
        "header": {"labelAnchor": "start", "labelLimit": 300},
    }
    title, lines = _say("taper.title", medicine=harmless(plan.medicine)), _say("taper.subtitle").split("; ")
    return {
        "$schema": _SCHEMA,
        "description": f"{title}. {lines[0]}",
        "title": {"text": title, "subtitle": lines, "anchor": "start", "subtitleFontSize": 10},
        "data": {"values": points},
        "facet": facet,
        "columns": _PANELS,
        "resolve": {"axis": {"x": "independent"}},
        "spec": {**_PANEL, "layer": _doses()},
    }


def _doses() -> list[Figure]:
    time = {"field": "day", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": {"format": "%Y-%m"}}
    dose = {"field": "dose", "type": "quantitative", "title": _say("taper.dose"), "scale": {"domainMin": 0}}
    named = [_say("taper.on"), _say("taper.earliest")]
    kind = {"field": "state", "type": "nominal", "title": None, "legend": _BOTTOM}
    fill = {**kind, "scale": {"domain": named, "range": [_COLORS[0], "white"]}}
    shape = {**kind, "scale": {"domain": named, "range": ["square", "circle"]}}
    told = [{"field": name, "type": "nominal"} for name in ("option", "state", "first", "amount")]
    line = {
        "mark": {"type": "line", "interpolate": "step-after", "color": _COLORS[0]},
        "encoding": {"x": time, "y": dose},
    }
    steps = {
        "transform": [{"filter": "datum.state !== null"}],
        "mark": {"type": "point", "size": 45, "stroke": _COLORS[0], "strokeWidth": 1.5, "opacity": 1},
        "encoding": {"x": time, "y": dose, "fill": fill, "shape": shape, "tooltip": told},
    }
    words_ = {
        "transform": [{"filter": "datum.label !== ''"}],
        "mark": {"type": "text", "align": "left", "dx": 6, "dy": -9, "fontSize": 10},
        "encoding": {"x": time, "y": dose, "text": {"field": "label", "type": "nominal"}},
    }
    return [line, steps, words_]


def _day(step: TaperStep) -> date | None:
    return step.on or step.earliest_on


def _course(option: TaperOption, on: date, last: date) -> Iterator[Figure]:
    """The dose now, each step that has a day, and the last dose on to the end of the figure."""
    name = _say(f"taper.{option.kind.value}", option=option.id, steps=len(option.steps), amount=option.amount)
    now = option.amount or Decimal()
    yield _point(name, on, now)
    for step in option.steps:
        day = _day(step)
        if day is not None:
            now = step.amount / step.every_days
            state = _say("taper.on" if step.on is not None else "taper.earliest")
            label = _say("taper.next", amount=step.amount, day=day) if step.on is not None else ""
            yield _point(name, day, now, state=state, label=label)
    yield _point(name, last, now)


def _point(option: str, day: date, dose: Decimal, state: str | None = None, label: str = "") -> Figure:
    return {
        "option": option,
        "day": f"{day.isoformat()}T00:00:00Z",
        "first": day.isoformat(),
        "dose": float(dose),
        "amount": str(dose),
        "state": state,
        "label": label,
    }


# -- occupancy -------------------------------------------------------------------------------------------------------


def occupancy_figure(medicine: str, *, on: date) -> Figure:
    """
    Return what is published of a medicine's occupancy (percent) by dose (mg a day), with its doubt around each curve.

    A picture only: no rule, no taper and no answer uses it, and the figure says so. Raises `PolicyError` when the
    table `occupancy` has no curve of this medicine in force on the day.
    """
    rows = rows_of(medicine, (row for row in read_table("occupancy", OccupancyRow) if row.in_force(on)))
    labels = {row.row_id: _label(row) for row in rows if row.model == CURVE}
    if not labels:
        raise PolicyError("no curve of this medicine in the table `occupancy`; see `alliance explain occupancy`")
    points = [point for row in rows if row.row_id in labels for point in _curve(row, labels[row.row_id])]
    names = list(labels.values())
    legend = {**_BOTTOM, "columns": 1, "symbolSize": 400, "symbolType": "stroke", "symbolOpacity": 1}
    dose = {"field": "dose", "type": "quantitative", "title": _say("occupancy.dose"), "scale": {"domainMin": 0}}
    percent = {"type": "quantitative", "title": _say("occupancy.percent"), "scale": {"domain": [0, 100]}}
    of = {"field": "curve", "type": "nominal", "title": None, "legend": legend}
    color = {**of, "scale": {"domain": names, "range": _as_many(_COLORS, names)}}
    dash = {**of, "scale": {"domain": names, "range": _as_many(_DASHES, names)}}
    band = _layer(
        points,
        {"type": "area", "opacity": 0.12},
        x=dose,
        y={**percent, "field": "lower"},
        y2={"field": "upper"},
        color=color,
    )
    line = _layer(
        points,
        {"type": "line", "strokeWidth": 2},
        x=dose,
        y={**percent, "field": "percent"},
        color=color,
        strokeDash=dash,
    )
    title = _say("occupancy.title", medicine=medicine)
    return _figure([band, line, *_beside(rows)], 300, title, _say("occupancy.subtitle"), *_cited(rows))


def _as_many(things: tuple[Any, ...], names: list[str]) -> list[Any]:
    return [things[n % len(things)] for n in range(len(names))]


def _label(row: OccupancyRow) -> str:
    if row.basis is Basis.PRACTICE:
        return _say("occupancy.own", region=row.region)
    return _say("occupancy.curve", region=row.region, source=row.source_id, seen=words()[f"seen.{row.seen.value}"])


def _curve(row: OccupancyRow, label: str) -> Iterator[Figure]:
    limit = row.most_observed_dose or Decimal()
    for n in range(_POINTS + 1):
        dose = limit * n * n / (_POINTS * _POINTS)  # closer together where the curve bends
        found = occupancy_at(row, dose)
        if found is not None:
            drawn = {"percent": found.percent, "lower": found.lower, "upper": found.upper}
            yield {"curve": label, "dose": float(dose), **{name: float(one) for name, one in drawn.items()}}


def _beside(rows: Iterable[OccupancyRow]) -> Iterator[Figure]:
    """Single points and maxima that other sources give, as marks of their own."""
    dose = {"field": "dose", "type": "quantitative"}
    points: list[Figure] = []
    most: list[Figure] = []
    for row in rows:
        if row.model == POINT and row.point_dose is not None:
            points.append(
                {"dose": float(row.point_dose), "lower": float(row.lower or 0), "upper": float(row.upper or 0)}
            )
        elif row.model == MOST and row.most_percent is not None:
            text = _say("occupancy.most", source=row.source_id)
            most.append({"dose": 0, "most": float(row.most_percent), "text": text})
    if points:
        lower, upper = ({"field": name, "type": "quantitative"} for name in ("lower", "upper"))
        yield _layer(points, {"type": "rule", "strokeWidth": 2}, x=dose, y=lower, y2={"field": "upper"})
        yield _layer(points, {"type": "point", "shape": "diamond", "filled": True, "color": "black"}, x=dose, y=upper)
    if most:
        height = {"field": "most", "type": "quantitative"}
        words_ = {"field": "text", "type": "nominal"}
        yield _layer(most, {"type": "rule", "strokeDash": [1, 3]}, y=height)
        yield _layer(most, {"type": "text", "align": "left", "dx": 6, "dy": -6}, x=dose, y=height, text=words_)


def _cited(rows: Iterable[OccupancyRow]) -> list[str]:
    sources = read_sources()
    named = dict.fromkeys(row.source_id for row in rows)
    return [f"{name}: {sources[name].publisher}, {sources[name].edition}" for name in named]


__all__ = ["Figure", "as_altair", "as_svg", "clock_figure", "occupancy_figure", "taper_figure"]
