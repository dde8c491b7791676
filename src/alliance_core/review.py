"""One chart in, one review out: every area's findings, the day until which they hold, and a receipt."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from importlib.metadata import version
from typing import Final, cast

import attrs

from alliance_core import competency, deprescribing, diagnosis
from alliance_core.base.dates import earliest
from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Audience, Finding, Rule, canonical
from alliance_core.base.kinds import changed, fields_of, value
from alliance_core.chart import SCHEMA, Chart
from alliance_core.competency import CapacityReview, DecisionCapacity, review_capacity
from alliance_core.deprescribing import RegimenReview, review_regimen
from alliance_core.diagnosis import DiagnosisReview, review_diagnosis
from alliance_core.policy import CONTENT_EDITION, Policy

#: Every rule, as a plain sum: nothing registers itself.
RULES: Final[tuple[Rule, ...]] = (*competency.RULES, *deprescribing.RULES, *diagnosis.RULES)
AREAS: Final[tuple[str, ...]] = ("competency", "deprescribing", "diagnosis")
"""The areas that `review_chart` can be asked for."""

REVIEW_SCHEMA: Final = "alliance-review/1"


@value
class Receipt:
    """What a review was made of: enough to show later that the same chart gave the same answer."""

    library: str
    content: str
    policy: str
    chart: str
    on: date
    valid_until: date | None
    signed_by: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the receipt's canonical JSON."""
        return _sha(fields_of(self))


AreaReview = CapacityReview | RegimenReview | DiagnosisReview


@value
class ChartReview:
    """
    What was found in one chart on one day.

    The same chart and policy give the same review on every day before `valid_until`; None = no later day changes it.
    `not_yet` counts the records that lie after the day. `areas` holds each area's own verdicts.
    """

    chart: str
    on: date
    jurisdiction: str
    audience: Audience
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    not_yet: int
    areas: Mapping[str, tuple[AreaReview, ...]]
    valid_until: date | None
    reviewed: Chart = attrs.field(eq=False, repr=False)
    policy: Policy = attrs.field(eq=False, repr=False)

    @property
    def receipt(self) -> Receipt:
        """What this review was made of, worked out when asked for."""
        return Receipt(
            library=_LIBRARY,
            content=CONTENT_EDITION,
            policy=self.policy.digest,
            chart=digest(self.reviewed),
            on=self.on,
            valid_until=self.valid_until,
        )

    @property
    def open(self) -> tuple[Finding, ...]:
        """What someone has to look at: not met, cannot tell, judgement; heaviest first."""
        return tuple(one for one in self.findings if one.is_open)

    def __getitem__(self, area: str) -> tuple[AreaReview, ...]:
        return self.areas[area]

    def for_audience(self, audience: Audience) -> "ChartReview":
        """Return the review as this audience may see it."""
        return self if audience is self.audience else _seen_by(self, audience)


def _seen_by(review: ChartReview, audience: Audience) -> ChartReview:
    return changed(review, audience=audience)


def review_chart(
    chart: Chart,
    *,
    policy: Policy,
    on: date,
    areas: Iterable[str] = AREAS,
    audience: Audience = Audience.CLINICIAN,
) -> ChartReview:
    """
    Return every area's findings about one chart on one day, heaviest first.

    `on` is the review day: no clock is read. Raises `ChartError` if it is not a plain date.
    """
    day = Day(on)
    wanted = frozenset(areas)
    seen, not_yet = chart.as_of(day)
    made: dict[str, tuple[AreaReview, ...]] = {}
    if "competency" in wanted:
        made["competency"] = tuple(_decisions(seen, policy, on))
    if "deprescribing" in wanted:
        made["deprescribing"] = (review_regimen(seen.regimen, policy=policy.deprescribing, on=on),)
    if "diagnosis" in wanted:
        revisions = {one.id: one for one in seen.revisions}.values()
        made["diagnosis"] = tuple(review_diagnosis(one, policy=policy.diagnosis, on=on) for one in revisions)
    reviews = [one for each in made.values() for one in each]
    until = earliest(day.valid_until, *(one.valid_until for one in reviews))
    return ChartReview(
        chart=chart.id,
        on=on,
        jurisdiction=policy.jurisdiction,
        audience=audience,
        findings=canonical([finding for one in reviews for finding in one.findings]),
        not_applicable=tuple(sorted({rule for one in reviews for rule in one.not_applicable})),
        not_yet=not_yet,
        areas=made,
        valid_until=until,
        reviewed=chart,
        policy=policy,
    )


def _decisions(chart: Chart, policy: Policy, on: date) -> Iterator[CapacityReview]:
    for record in {one.id: one for one in chart.decisions}.values():
        yield review_capacity(_placed(record, chart), policy=policy.competency, on=on)


def _placed(record: DecisionCapacity, chart: Chart) -> DecisionCapacity:
    """A decision is about this patient, where the patient is now, unless the record says otherwise."""
    person = record.person or chart.person
    setting = record.setting or chart.setting
    if person is record.person and setting is record.setting:
        return record
    return changed(record, person=person, setting=setting)


def forecast(chart: Chart, *, policy: Policy, on: date, until: date) -> tuple[ChartReview, ...]:
    """
    Return the review on `on` and on every later day, up to `until`, on which it may differ.

    A review at each boundary: nothing is stepped day by day, and nothing that is recorded later can be foreseen.
    """
    reviews = [review_chart(chart, policy=policy, on=on)]
    while (ahead := reviews[-1].valid_until) is not None and ahead <= until:
        reviews.append(review_chart(chart, policy=policy, on=ahead))
    return tuple(reviews)


def replay(receipt: Receipt, chart: Chart, *, policy: Policy) -> ChartReview | tuple[str, ...]:
    """Return the review that the receipt is for, or what has changed since: code, content, policy, chart."""
    review = review_chart(chart, policy=policy, on=receipt.on)
    names = ("library", "content", "policy", "chart")
    changed = tuple(name for name in names if getattr(receipt, name) != getattr(review.receipt, name))
    return changed or review


def review_table(charts: Iterable[Chart], *, policy: Policy, on: date) -> Iterator[dict[str, object]]:
    """Return one plain row a finding, for polars, pandas or DuckDB; dates are dates, several values joined by `|`."""
    for chart in charts:
        for finding in review_chart(chart, policy=policy, on=on).findings:
            yield table_row(chart.id, finding)


def table_row(chart: str, finding: Finding) -> dict[str, object]:
    """Return one finding as a plain row."""
    return {
        "chart": chart,
        "rule": finding.rule,
        "about": finding.about,
        "item": finding.item,
        "answer": finding.answer.value,
        "weight": finding.weight.value,
        "due_on": finding.due_on,
        "missing": "|".join(finding.missing),
        "rows": "|".join(finding.rows),
    }


# -- canonical JSON --------------------------------------------------------------------------------------------------


_LIBRARY: Final = f"alliance-core {version('alliance-core')}"


def digest(thing: object) -> str:
    """Return the SHA-256 of a record's canonical JSON: the order of its records does not matter."""
    return _sha(thing)


def _sha(thing: object) -> str:
    text = json.dumps(_plain(thing), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(thing: object) -> object:
    if isinstance(thing, Enum):
        return thing.value
    if thing is None or isinstance(thing, str | bool | int):
        return thing
    if isinstance(thing, tuple):
        return sorted((_plain(one) for one in cast("tuple[object, ...]", thing)), key=_text)
    if isinstance(thing, Mapping):
        return {str(name): _plain(one) for name, one in cast("Mapping[object, object]", thing).items()}
    if hasattr(thing, "__dataclass_fields__") or hasattr(thing, "__attrs_attrs__"):
        return {name: _plain(one) for name, one in fields_of(thing).items()}
    return str(thing)


def _text(thing: object) -> str:
    return json.dumps(thing, sort_keys=True, ensure_ascii=False)


__all__ = [
    "AREAS",
    "REVIEW_SCHEMA",
    "RULES",
    "SCHEMA",
    "Answer",
    "AreaReview",
    "ChartReview",
    "Receipt",
    "digest",
    "forecast",
    "replay",
    "review_chart",
    "review_table",
    "table_row",
]
