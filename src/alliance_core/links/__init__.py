"""
What needs two areas: which consents there are to review, and where one area's record speaks against another's.

Capacity is specific to a decision, so each record carries its own facts; here they are compared, and where they
disagree a person weighs it.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.findings import Finding, Rule, canonical
from alliance_core.base.kinds import value
from alliance_core.chart import Chart
from alliance_core.consent import ConsentEvent
from alliance_core.links.deciders import AUTHORITY, CAPACITY, capacity, decider
from alliance_core.links.diagnoses import DIAGNOSIS, RELEASED, diagnosis, once, released
from alliance_core.links.events import consent_events
from alliance_core.policy import Policy

RULES: Final[tuple[Rule, ...]] = (CAPACITY, AUTHORITY, DIAGNOSIS, RELEASED)


@value
class LinkReview:
    """Where two records of one chart speak to each other, on one day."""

    about: str
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_links(chart: Chart, *, policy: Policy, on: date) -> LinkReview:
    """
    Return where capacity, consent, diagnosis and notes of one chart speak against each other.

    Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    return links_of(chart, consent_events(chart, policy=policy, day=day), policy=policy, day=day)


def links_of(chart: Chart, events: Iterable[ConsentEvent], *, policy: Policy, day: Day) -> LinkReview:
    """Return the same for the consents of the chart as they were worked out on the very same `day`."""
    found = (
        *_of_discussions(chart, events, policy, day),
        *(one for revision in once(chart.revisions) for one in released(revision, chart, day)),
    )
    return LinkReview(
        about=chart.id,
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=day.valid_until,
    )


def _of_discussions(chart: Chart, events: Iterable[ConsentEvent], policy: Policy, day: Day) -> Iterator[Finding]:
    for event in events:
        discussion = event.discussion
        if discussion is None or discussion.decision is None:
            continue
        yield from capacity(discussion, event, chart, policy, day)
        yield from decider(discussion, event, chart)
        yield from diagnosis(discussion, event, chart, day)


__all__ = ["RULES", "LinkReview", "consent_events", "links_of", "review_links"]
