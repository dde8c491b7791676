"""One chart in, one review out: every area's findings, the day until which they hold, and a receipt."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

import attrs

from alliance_core import competency, consent, deprescribing, diagnosis, invitations, links, relationship
from alliance_core.base.dates import earliest
from alliance_core.base.day import Day
from alliance_core.base.errors import PolicyError
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Audience, Finding, Rule, canonical
from alliance_core.base.kinds import changed, fields_of, value
from alliance_core.chart import SCHEMA, Chart
from alliance_core.competency import CapacityReview, DecisionCapacity, review_capacity
from alliance_core.consent import ConsentReview, review_consent
from alliance_core.consent.records import ConsentDiscussion, TreatmentEvent
from alliance_core.deprescribing import RegimenReview, review_regimen
from alliance_core.diagnosis import DiagnosisReview, DiagnosisRevision, review_diagnosis
from alliance_core.invitations import InvitationReview, review_invitation, unassessed
from alliance_core.invitations.records import InvitationProposal
from alliance_core.links import LinkReview, consent_events, links_of
from alliance_core.policy import CONTENT_EDITION, Policy
from alliance_core.records import PreferenceRecord, plain_word
from alliance_core.relationship import (
    BehaviorPlan,
    BehaviorReview,
    Note,
    NoteReview,
    PreferenceQuestion,
    PreferenceReview,
    ProposedOption,
    review_behavior_plan,
    review_note,
    review_preferences,
)

#: Every rule, as a plain sum: nothing registers itself.
RULES: Final[tuple[Rule, ...]] = (
    *competency.RULES,
    *consent.RULES,
    *deprescribing.RULES,
    *diagnosis.RULES,
    *invitations.RULES,
    *links.RULES,
    *relationship.RULES,
)
AREAS: Final[tuple[str, ...]] = (
    "competency",
    "consent",
    "deprescribing",
    "diagnosis",
    "invitations",
    "links",
    "relationship",
)
"""The areas that `review_chart` can be asked for."""

REVIEW_SCHEMA: Final = "alliance-review/1"
#: The element of a talk that says why the other options are not proposed.
REJECTED: Final = "alternatives.rejected"


@value
class Receipt:
    """
    What a review was made of: enough to show later that the same chart gave the same answer.

    `library` is the version of the code, `content` the edition of the tables, `areas` what was asked for.
    """

    library: str
    content: str
    policy: str
    chart: str
    areas: tuple[str, ...]
    on: date
    valid_until: date | None
    signed_by: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the receipt's canonical JSON."""
        return _sha(self)


T = TypeVar("T", DecisionCapacity, DiagnosisRevision, InvitationProposal, Note, BehaviorPlan, ConsentDiscussion)
RelationshipReview = NoteReview | BehaviorReview | PreferenceReview
AreaReview = (
    CapacityReview
    | ConsentReview
    | RegimenReview
    | DiagnosisReview
    | InvitationReview
    | LinkReview
    | RelationshipReview
)


def _frozen(areas: Mapping[str, tuple[AreaReview, ...]]) -> Mapping[str, tuple[AreaReview, ...]]:
    return MappingProxyType(dict(areas))


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
    areas: Mapping[str, tuple[AreaReview, ...]] = attrs.field(converter=_frozen, hash=False)
    valid_until: date | None
    reviewed: Chart = attrs.field(eq=False, repr=False)
    policy: Policy = attrs.field(eq=False, repr=False)

    def __repr__(self) -> str:
        # What was found about a patient stays out of every log.
        return "ChartReview(…)"

    def __reduce__(self) -> tuple[Callable[..., "ChartReview"], tuple[dict[str, object]]]:
        return _rebuilt, ({**fields_of(self), "areas": dict(self.areas)},)

    @property
    def receipt(self) -> Receipt:
        """What this review was made of, worked out when asked for."""
        return Receipt(
            library=LIBRARY,
            content=CONTENT_EDITION,
            policy=self.policy.digest,
            chart=digest(self.reviewed),
            areas=tuple(self.areas),
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
        """
        Return the review as this audience may see it.

        Before a portal nobody can tell who looks: it is the review of the chart in which nobody was asked alone about
        safety, so that neither a finding nor its absence tells what was said there. What was taken out of it is not in
        it, so a review made for a portal stays one.
        """
        if self.audience is Audience.PORTAL or audience is self.audience:
            return self
        if not self.reviewed.invitations:  # nobody was asked alone about anyone: there is nothing to take out
            return changed(self, audience=audience)
        return review_chart(self.reviewed, policy=self.policy, on=self.on, areas=tuple(self.areas), audience=audience)


def _rebuilt(fields: dict[str, Any]) -> ChartReview:
    """Make a review again from its fields: a view that cannot be written to does not pickle by itself."""
    return ChartReview(**fields)


def for_portal(chart: Chart) -> Chart:
    """Return the chart in which no safety gate was ever asked about."""
    if not chart.invitations:
        return chart
    return changed(chart, invitations=tuple(unassessed(one) for one in chart.invitations))


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

    `on` is the review day: no clock is read. Raises `ChartError` if it is not a plain date, and `PolicyError` for an
    area that does not exist: a question that nobody asked is not to look answered.
    """
    day = Day(on)
    wanted = _wanted(areas)
    if audience is Audience.PORTAL:
        chart = for_portal(chart)
    seen, not_yet = chart.as_of(day)
    made: dict[str, tuple[AreaReview, ...]] = {}
    if "competency" in wanted:
        made["competency"] = tuple(_decisions(seen, policy, day))
    # Consents are worked out once, with a day of their own: how long they hold is part of both answers.
    day_of_consents = Day(on)
    events = consent_events(seen, policy=policy, day=day_of_consents) if wanted & {"consent", "links"} else ()
    if "consent" in wanted:
        made["consent"] = tuple(review_consent(one, policy=policy.consent, on=on) for one in events)
    if "deprescribing" in wanted:
        made["deprescribing"] = (review_regimen(seen.regimen, policy=policy.deprescribing, on=on),)
    if "diagnosis" in wanted:
        made["diagnosis"] = tuple(
            review_diagnosis(one, policy=policy.diagnosis, on=on) for one in _each_once(seen.revisions)
        )
    if "invitations" in wanted:
        made["invitations"] = tuple(_invitations(seen, policy, on))
    if "links" in wanted:
        made["links"] = (links_of(seen, events, policy=policy, day=day_of_consents),)
    if "relationship" in wanted:
        made["relationship"] = tuple(_relationship(seen, policy, day))
    reviews = [one for each in made.values() for one in each]
    until = earliest(day.valid_until, day_of_consents.valid_until, *(one.valid_until for one in reviews))
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


def _invitations(chart: Chart, policy: Policy, on: date) -> Iterator[InvitationReview]:
    """An invitation is this patient's, and of whom the chart describes under the nominee's id."""
    people = {one.id: one for one in chart.people or ()}
    for one in _each_once(chart.invitations):
        nominee = one.nominee_person or people.get(one.nominee or "")
        record = changed(one, person=one.person or chart.person, nominee_person=nominee)
        yield review_invitation(record, policy=policy.invitations, on=on)


def _relationship(chart: Chart, policy: Policy, day: Day) -> Iterator[RelationshipReview]:
    """What was written lately, the plans about behaviors, and the preferences if anyone asked for them."""
    own = policy.relationship
    for note in _each_once(chart.notes):
        if own.looks_at(note, day):
            yield review_note(note, policy=own, on=day.on)
    for plan in _each_once(chart.behaviors):
        yield review_behavior_plan(changed(plan, person=plan.person or chart.person), policy=own, on=day.on)
    if chart.preferences is not None:
        question = PreferenceQuestion(
            id=chart.preferences.id, preferences=chart.preferences, proposed=_proposed(chart, chart.preferences)
        )
        yield review_preferences(question, policy=own, on=day.on)


def _proposed(chart: Chart, preferences: PreferenceRecord) -> tuple[ProposedOption, ...]:
    """The treatments talked about that are among the patient's own options; any other has no place in their order."""
    options = {plain_word(one.text) for one in preferences.options or ()}
    return tuple(
        ProposedOption(id=one.id, text=one.treatment, reason_recorded=_reason(one))
        for one in _each_once(chart.consents)
        if one.event is TreatmentEvent.START and plain_word(one.treatment or "") in options
    )


def _reason(discussion: ConsentDiscussion) -> Recorded:
    return Recorded.YES if REJECTED in (discussion.discussed or ()) else Recorded.NOT_RECORDED


def _wanted(areas: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(areas)
    if not wanted or not wanted <= frozenset(AREAS):
        raise PolicyError(f"areas: choose one or more of {', '.join(AREAS)}")
    return wanted


def _decisions(chart: Chart, policy: Policy, day: Day) -> Iterator[CapacityReview]:
    for record in _each_once(chart.decisions):
        yield review_capacity(chart.placed(record, day), policy=policy.competency, on=day.on)


def _each_once(records: tuple[T, ...]) -> list[T]:
    """Read identical records once, in the order of their ids: where a record stands in its list says nothing."""
    by_id = {one.id: one for one in records}
    return [by_id[name] for name in sorted(by_id)]


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
    """
    Return the review that the receipt is for, or the names of what has changed since.

    They are `library` (the code), `content` (the tables), `policy` and `chart`.
    """
    review = review_chart(chart, policy=policy, on=receipt.on, areas=receipt.areas)
    now = review.receipt
    names = ("library", "content", "policy", "chart")
    return tuple(name for name in names if getattr(receipt, name) != getattr(now, name)) or review


def review_table(
    charts: Iterable[Chart], *, policy: Policy, on: date, audience: Audience = Audience.PORTAL
) -> Iterator[dict[str, object]]:
    """
    Return one plain row a finding, for polars, pandas or DuckDB; dates are dates, several values joined by `|`.

    Written for the most careful audience unless the caller says who reads it.
    """
    for chart in charts:
        for finding in review_chart(chart, policy=policy, on=on, audience=audience).findings:
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


LIBRARY: Final = f"alliance-core {version('alliance-core')}"


def digest(thing: object) -> str:
    """Return the SHA-256 of a record's canonical JSON: the order of its records does not matter."""
    return _sha(thing)


def _sha(thing: object) -> str:
    return hashlib.sha256(_canonical(thing).encode()).hexdigest()


def _canonical(thing: object) -> str:
    """Return the one JSON text of a thing: fields and items in order, and no field that only says its default."""
    if isinstance(thing, str):
        return json.encoder.encode_basestring(thing)
    if isinstance(thing, Enum):
        return _canonical(thing.value)
    if isinstance(thing, tuple):
        return f"[{','.join(sorted([_canonical(one) for one in cast('tuple[object, ...]', thing)]))}]"
    if isinstance(thing, Decimal):
        return f'"{thing.normalize():f}"'  # 1.10 and 1.1 are one amount, and equal charts have one digest
    if thing is None or isinstance(thing, int):
        return json.dumps(thing)
    if hasattr(thing, "__dataclass_fields__") or hasattr(thing, "__attrs_attrs__"):
        return _object(thing)
    return f'"{thing}"'  # a date, as ISO writes it


def _object(thing: object) -> str:
    told: list[str] = []
    kind: Any = type(thing)
    for name, prefix, default in _fields(kind):
        one = getattr(thing, name)
        if one is not default and one != default:  # a text that was read is equal to its default, and another object
            told.append(prefix + _canonical(one))
    return f"{{{','.join(told)}}}"


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, object], ...]:  # noqa: ANN401  # the cache cannot carry a type variable
    """Return a class's fields in order of their names, each with its JSON name and its default."""
    fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else attrs.fields(kind)
    return tuple(sorted((one.name, f"{json.dumps(one.name)}:", one.default) for one in fields))


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
