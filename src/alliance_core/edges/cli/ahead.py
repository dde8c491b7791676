"""What changes by itself: each day on which a review will differ, and what will."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any, Final

from rich.text import Text

from alliance_core.base.findings import Finding
from alliance_core.base.kinds import value
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.inputs import Reading, Source, read, sentence
from alliance_core.edges.cli.reviewing import Failure, watched
from alliance_core.edges.cli.screen import FAINT, HEAD, Screen, complain, line, write
from alliance_core.explanation import explain, words
from alliance_core.policy import Policy
from alliance_core.review import ChartReview, forecast

FORECAST_SCHEMA: Final = "alliance-forecast/1"


@value
class Span:
    """From which day until which, and whose rules."""

    on: date
    until: date
    policy: Policy


@value
class Change:
    """One finding that is different from a day on; None where there was none, or will be none."""

    on: date
    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """The finding as it will be, or as it was last."""
        found = self.after or self.before
        if found is None:
            raise AssertionError("a change has a finding before or after")
        return found


@value
class Outlook:
    """What is foreseen for one chart."""

    label: str
    chart: str
    changes: tuple[Change, ...]
    valid_until: date | None


def changes_of(reviews: tuple[ChartReview, ...]) -> Iterator[Change]:
    """Return what differs between each review and the next, in the order of days."""
    for before, after in pairwise(reviews):
        then = {one.key: one for one in before.findings}
        now = {one.key: one for one in after.findings}
        for key in (*now, *(key for key in then if key not in now)):
            was, will = then.get(key), now.get(key)
            if _is_other(was, will):
                yield Change(on=after.on, before=was, after=will)


def _is_other(was: Finding | None, will: Finding | None) -> bool:
    if was is None or will is None:
        return True
    return (was.answer, was.weight, was.due_on) != (will.answer, will.weight, will.due_on)


def foresee(sources: tuple[Source, ...], span: Span, *, as_json: bool) -> int:
    """Show what changes in every chart of the sources, and return the exit code."""
    failures: list[Failure] = []
    outlooks: list[Outlook] = []
    screen = None if as_json else Screen()
    for source in watched(sources, is_quiet=as_json):
        for reading in read(source):
            for one in _outlooks(reading, span, failures):
                outlooks.append(one)
                if screen is not None:
                    screen.show(_lines(one, span))
    if as_json:
        write(json.dumps(_document(outlooks, failures, span)))
    elif screen is not None:
        screen.show([line((say("forecast.note"), FAINT))] if outlooks else [])
        _complain(failures)
    return 2 if failures or not outlooks else 0


def _outlooks(reading: Reading, span: Span, failures: list[Failure]) -> Iterator[Outlook]:
    if reading.problem:
        failures.append(Failure(label=reading.label, why=reading.problem))
    for chart in reading.charts:
        try:
            reviews = forecast(chart, policy=span.policy, on=span.on, until=span.until)
        except Exception as error:  # noqa: BLE001  # one chart must not keep the others from being looked at
            failures.append(Failure(label=reading.label, why=sentence(error)))
            continue
        found = tuple(changes_of(reviews))
        yield Outlook(label=reading.label, chart=chart.id, changes=found, valid_until=reviews[-1].valid_until)


def _complain(failures: list[Failure]) -> None:
    for one in failures:
        complain(say("not-readable", file=one.label, why=one.why))


def _lines(outlook: Outlook, span: Span) -> Iterator[Text]:
    name = policy_name(span.policy)
    told = say("forecast.head", file=outlook.label, chart=outlook.chart, day=span.on, until=span.until, policy=name)
    yield line((told, HEAD))
    for one in outlook.changes:
        summary = explain(one.finding, policy=span.policy).summary
        before, after = _word(one.before, "new"), _word(one.after, "gone")
        yield line("  ", say("forecast.change", day=one.on, before=before, after=after, summary=summary))
    if not outlook.changes:
        yield line("  ", say("forecast.none"))


def _word(finding: Finding | None, otherwise: str) -> str:
    return words()[f"answer.{finding.answer.value}"] if finding is not None else say(f"forecast.{otherwise}")


def _document(outlooks: list[Outlook], failures: list[Failure], span: Span) -> dict[str, Any]:
    return {
        "schema": FORECAST_SCHEMA,
        "on": span.on.isoformat(),
        "until": span.until.isoformat(),
        "policy": span.policy.jurisdiction,
        "overlays": list(span.policy.overlays),
        "charts": [_chart(one) for one in outlooks],
        "not_readable": [{"file": one.label, "reason": one.why} for one in failures],
    }


def _chart(outlook: Outlook) -> dict[str, Any]:
    return {
        "file": outlook.label,
        "chart": outlook.chart,
        "changes": [_change(one) for one in outlook.changes],
        "valid_until": _iso(outlook.valid_until),
    }


def _change(change: Change) -> dict[str, Any]:
    found = change.finding
    return {
        "on": change.on.isoformat(),
        "rule": found.rule,
        "about": found.about,
        "item": found.item,
        "before": change.before.answer.value if change.before is not None else None,
        "after": change.after.answer.value if change.after is not None else None,
        "due_on": _iso(found.due_on),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


__all__ = ["FORECAST_SCHEMA", "Change", "Span", "changes_of", "foresee"]
