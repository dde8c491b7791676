"""One HTML page of reviews: what is due when, why, on what basis, and what would change it."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Answer, Audience, Finding
from alliance_core.base.kinds import value
from alliance_core.edges.plain import harmless
from alliance_core.explanation import Citation, Explanation, explain, phrase, subject, words
from alliance_core.policy import CONTENT_EDITION
from alliance_core.review import ChartReview, forecast

if TYPE_CHECKING:
    from jinja2 import Environment

#: How far ahead the timeline looks, and how many lines it draws.
AHEAD: Final = CalendarDuration(months=12)
LINES: Final = 12


# -- what is shown ---------------------------------------------------------------------------------------------------


@value
class Shown:
    """One finding as a reader meets it."""

    anchor: str
    weight: str
    answer: str
    style: str
    summary: str
    detail: tuple[str, ...]
    changes: tuple[str, ...]
    basis: tuple[str, ...]


@value
class Span:
    """How one finding stands from a day until another, as a share of the time that is drawn."""

    left: float
    width: float
    answer: str
    style: str
    since: str
    until: str


@value
class Lane:
    """One finding over time."""

    label: str
    spans: tuple[Span, ...]


@value
class Tick:
    """A month of the time that is drawn."""

    left: float
    label: str


@value
class Timeline:
    """What changes by itself, drawn from the days on which the review may differ."""

    until: str
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    more: int


@value
class Sheet:
    """One chart's part of the page."""

    chart: str
    anchor: str
    on: str
    policy: str
    valid_until: str
    open: tuple[Shown, ...]
    settled: tuple[Shown, ...]
    not_yet: int
    timeline: Timeline | None


# -- making it -------------------------------------------------------------------------------------------------------


def write_report(reviews: Iterable[ChartReview], *, audience: Audience = Audience.PORTAL) -> str:
    """
    Return one HTML page of these reviews, for this audience: by default the most careful one.

    The page asks for nothing from anywhere, runs no script, and holds nothing that a browser would obey: what comes
    from a chart is text. Needs jinja2 (the extra `cli`); raises `ModuleNotFoundError` without it.
    """
    sheets = tuple(_sheet(number, one.for_audience(audience)) for number, one in enumerate(reviews, 1))
    page = _template().get_template("report.html")
    return page.render(sheets=sheets, audience=audience.value, edition=CONTENT_EDITION, say=_say)


@cache
def _template() -> "Environment":
    from jinja2 import BaseLoader, Environment, StrictUndefined  # noqa: PLC0415  # an extra

    class Shipped(BaseLoader):
        def get_source(self, environment: Environment, template: str) -> tuple[str, None, None]:
            del environment
            return (files("alliance_core.edges") / template).read_text("utf-8"), None, None

    return Environment(
        loader=Shipped(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _say(key: str, **parts: object) -> str:
    return words()[f"report.{key}"].format(**parts)


def _sheet(number: int, review: ChartReview) -> Sheet:
    told = [(one, explain(one, policy=review.policy, on=review.on)) for one in review.findings]
    shown = [(one, _shown(f"c{number}f{place}", one, why)) for place, (one, why) in enumerate(told, 1)]
    return Sheet(
        chart=harmless(review.chart),
        anchor=f"c{number}",
        on=review.on.isoformat(),
        policy=", ".join((review.jurisdiction, *review.policy.overlays)),
        valid_until=review.valid_until.isoformat() if review.valid_until else "",
        open=tuple(each for one, each in shown if one.is_open),
        settled=tuple(each for one, each in shown if not one.is_open),
        not_yet=review.not_yet,
        timeline=_timeline(review),
    )


def _shown(anchor: str, finding: Finding, why: Explanation) -> Shown:
    return Shown(
        anchor=anchor,
        weight=words()[f"weight.{finding.weight.value}"],
        answer=words()[f"answer.{finding.answer.value}"],
        style=finding.answer.value,
        summary=harmless(why.summary),
        detail=tuple(map(harmless, _detail(why))),
        changes=tuple(_changes(finding)),
        basis=(harmless(why.detail[0]), *_basis(why.sources)),
    )


def _detail(why: Explanation) -> Iterator[str]:
    """Return the detail without what is missing, which is told as what would change the answer."""
    asked = tuple(words()[f"detail.missing.{kind}"].partition("{")[0] for kind in ("recorded", "done"))
    yield from (line for line in why.detail[1:] if not line.startswith(asked))


def _basis(sources: tuple[Citation, ...]) -> Iterator[str]:
    """Return each source once, with the rows that cite it."""
    rows: dict[str, list[str]] = {}
    for one in sources:
        rows.setdefault(str(one), []).extend([one.row] if one.row else [])
    yield from (f"{cited} [{', '.join(names)}]" if names else cited for cited, names in rows.items())


def _changes(finding: Finding) -> Iterator[str]:
    """What would change the answer: a fact that is recorded or done, a person's judgement, or a day."""
    if finding.missing:
        done = "done" if finding.answer is Answer.NOT_MET else "recorded"
        yield _say(f"changes.{done}", facts="; ".join(phrase(path) for path in finding.missing))
    if finding.answer is Answer.JUDGEMENT:
        yield _say("changes.judgement")
    if finding.answer is Answer.MET and finding.due_on is not None:
        yield _say("changes.day", day=finding.due_on.isoformat())
    if finding.answer is Answer.NOT_MET and finding.due_on is not None and not finding.missing:
        yield _say("changes.review")


# -- the timeline ----------------------------------------------------------------------------------------------------


def _timeline(review: ChartReview) -> Timeline | None:
    """Return the findings that change by themselves within a year; None if none does."""
    last = AHEAD.after(review.on) or date.max
    ahead = forecast(review.reviewed, policy=review.policy, on=review.on, until=last)
    seen = tuple(one.for_audience(review.audience) for one in ahead)
    keys = dict.fromkeys(key for one in seen for key in (finding.key for finding in one.findings))
    lanes = [_lane(key, seen, last) for key in keys if len({_answer(one, key) for one in seen}) > 1]
    if not lanes:
        return None
    return Timeline(
        until=last.isoformat(),
        lanes=tuple(lanes[:LINES]),
        ticks=tuple(_ticks(review.on, last)),
        more=max(0, len(lanes) - LINES),
    )


def _answer(review: ChartReview, key: tuple[str, str, str]) -> Answer:
    return next((one.answer for one in review.findings if one.key == key), Answer.NOT_APPLICABLE)


def _lane(key: tuple[str, str, str], reviews: tuple[ChartReview, ...], last: date) -> Lane:
    """Join neighboring days with one answer."""
    first = reviews[0].on
    turns = [(first, _answer(reviews[0], key))]
    for one in reviews[1:]:
        if (answer := _answer(one, key)) is not turns[-1][1]:
            turns.append((one.on, answer))
    ends = [day for day, _ in turns[1:]] + [last]
    finding = next(one for review in reviews for one in review.findings if one.key == key)
    return Lane(
        label=harmless(subject(finding)),
        spans=tuple(_span(day, end, answer, first, last) for (day, answer), end in zip(turns, ends, strict=True)),
    )


def _span(day: date, end: date, answer: Answer, first: date, last: date) -> Span:
    whole = max((last - first).days, 1)
    return Span(
        left=round(100 * (day - first).days / whole, 2),
        width=round(100 * (end - day).days / whole, 2),
        answer=words()[f"answer.{answer.value}"],
        style=answer.value,
        since=day.isoformat(),
        until=end.isoformat(),
    )


def _ticks(first: date, last: date) -> Iterator[Tick]:
    """The first of each month."""
    whole = max((last - first).days, 1)
    month = first.replace(day=1)
    while (following := CalendarDuration(months=1).after(month)) is not None and following <= last:
        month = following
        yield Tick(left=round(100 * (month - first).days / whole, 2), label=month.strftime("%Y-%m"))


__all__ = ["write_report"]
