"""The services: what each is asked on, what it needs, and which findings it answers with. Request in, response out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from alliance_core.base.errors import AllianceError
from alliance_core.base.findings import Audience, Finding
from alliance_core.base.kinds import value
from alliance_core.edges.cds_hooks import drafts
from alliance_core.edges.cds_hooks.cards import cards_of
from alliance_core.edges.cds_hooks.models import (
    AppointmentContext,
    Context,
    DischargeContext,
    Discovery,
    OrderContext,
    ProblemContext,
    RefillContext,
    Request,
    Response,
    Service,
    ViewContext,
    checked,
)
from alliance_core.edges.cds_hooks.prefetch import Fetched, key_of, read_prefetch, resources, template
from alliance_core.explanation import words
from alliance_core.policy import Policy
from alliance_core.review import AREAS, review_chart
from alliance_core.visit import plan_visit


class UnknownServiceError(AllianceError):
    """No service has this id for this hook."""


@value
class Asked:
    """One call, read: its context, the chart, and how it is to be answered."""

    hook: str
    context: Any
    fetched: Fetched
    policy: Policy
    on: date
    audience: Audience


@value
class Answered:
    """The findings to show, in their order, and sentences about what could not be used."""

    findings: Sequence[Finding]
    notes: tuple[str, ...] = ()


@value
class Offer:
    """One service of one hook: the resource types that it reads, the required ones first, and how it answers."""

    hook: str
    id: str
    context: type[Context]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    answer: Callable[[Asked], Answered]

    @property
    def templates(self) -> dict[str, str]:
        """The prefetch templates by their keys."""
        return {key_of(kind): template(kind) for kind in (*self.required, *self.optional)}


def discovery() -> Discovery:
    """Return what is offered, as the specification's discovery endpoint answers."""
    return Discovery(services=tuple(_described(one) for one in OFFERS))


def _described(offer: Offer) -> Service:
    known = words()
    return Service(
        hook=offer.hook,
        title=known[f"hook.{offer.id}.title"],
        description=known[f"hook.{offer.id}.description"],
        id=offer.id,
        prefetch=offer.templates,
        usageRequirements=known["hook.usage"],
    )


def respond(
    request: Request, *, service: str, policy: Policy, on: date, audience: Audience = Audience.PORTAL
) -> Response:
    """
    Return the cards for one call.

    The cards are for the most careful audience unless the caller says that a clinician reads them; a patient or a
    proxy, whom the context names as the user, always gets the former. Raises `UnknownServiceError`, `ChartError` for a
    context or resources that cannot be read, and `MissingPrefetchError` for what was not sent.
    """
    offer = OFFER.get((request.hook, service))
    if offer is None:
        raise UnknownServiceError("hook: no service of this id is offered for it; see discovery")
    context = checked(request.context, offer.context)
    fetched = read_prefetch(
        request.prefetch or {},
        patient=context.patientId,
        templates=offer.templates,
        required=[key_of(kind) for kind in offer.required],
    )
    asked = Asked(
        hook=request.hook,
        context=context,
        fetched=fetched,
        policy=policy,
        on=on,
        audience=audience if _is_clinician(context.userId) else Audience.PORTAL,
    )
    answered = offer.answer(asked)
    notes = (*answered.notes, *_notes(fetched))
    return Response(cards=cards_of(answered.findings, chart=fetched.chart.id, policy=policy, on=on, notes=notes))


def _is_clinician(user: str | None) -> bool:
    """`medication-refill` may leave the user out; whoever the context names as anyone else is no clinician."""
    return user is None or user.partition("/")[0] in {"Practitioner", "PractitionerRole"}


def _notes(fetched: Fetched) -> Iterator[str]:
    """Say in counts what of that which was sent is not in the answer; what it says is never repeated."""
    known, read = words(), fetched.read
    if read.not_understood:
        yield known["hook.note.resources"].format(number=read.not_understood_count, all=read.resources)
    if read.elements:
        yield known["hook.note.elements"].format(number=len(read.elements))
    if fetched.partial:
        yield known["hook.note.partial"].format(number=fetched.partial)
    if fetched.unsent:
        yield known["hook.note.unsent"].format(number=fetched.unsent)


# -- what each answers -----------------------------------------------------------------------------------------------


def _open(asked: Asked, *areas: str) -> tuple[Finding, ...]:
    chart, wanted = asked.fetched.chart, areas or AREAS
    return review_chart(chart, policy=asked.policy, on=asked.on, areas=wanted, audience=asked.audience).open


def _review(asked: Asked) -> Answered:
    return Answered(findings=_open(asked))


def _leaving(asked: Asked) -> Answered:
    return Answered(findings=[one for one in _open(asked, "competency") if one.rule == "competency.leaving"])


def _visit(asked: Asked) -> Answered:
    """What fits into the visit that is booked comes first, then what is booked apart, then what waits."""
    found = _open(asked)
    minutes = next(_minutes(resources(asked.context.appointments, "context.appointments")), None)
    if minutes is None:
        return Answered(findings=found)
    plan = plan_visit(found, minutes=minutes, policy=asked.policy.visit, on=asked.on, visits=asked.fetched.chart.visits)
    placed = (one.item for part in (plan.chosen, plan.booked, plan.deferred) for one in part)
    order = {key: place for place, key in enumerate(key for item in placed for key in item.findings)}
    return Answered(findings=sorted(found, key=lambda one: order[one.key]))


def _minutes(appointments: tuple[dict[str, Any], ...]) -> Iterator[int]:
    """Yield how long each appointment lasts that says it, and that a visit can last."""
    for one in appointments:
        minutes = one.get("minutesDuration")
        if minutes is None:
            minutes = _between(one.get("start"), one.get("end"))
        if isinstance(minutes, int) and 0 < minutes <= _DAY:
            yield minutes


def _between(start: object, end: object) -> int | None:
    try:
        length = datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))
    except (ValueError, TypeError):
        return None
    return int(length.total_seconds()) // 60


_DAY: Final = 1440


def _consent(asked: Asked) -> Answered:
    """What is recorded of the consent to each drafted medicine; on `order-select` to those just selected."""
    orders = resources(asked.context.draftOrders, "context.draftOrders")
    if asked.hook == "order-select":
        chosen: tuple[str, ...] = asked.context.selections or ()
        orders = tuple(one for one in orders if f"{one.get('resourceType')}/{one.get('id')}" in chosen)
    read = drafts.read_medicines(asked.fetched.chart, orders, asked.policy)
    findings, unknown_doses = drafts.consent_findings(asked.fetched.chart, read, policy=asked.policy, on=asked.on)
    return Answered(findings=findings, notes=_draft_notes(read, unknown_doses))


def _refill(asked: Asked) -> Answered:
    """The review clocks of the medicines that are being refilled."""
    read = drafts.read_medicines(
        asked.fetched.chart, resources(asked.context.medications, "context.medications"), asked.policy
    )
    found = [one for one in _open(asked, "deprescribing") if one.item.partition(" (")[0] in read.names]
    return Answered(findings=found, notes=_draft_notes(read, 0))


def _draft_notes(read: drafts.Drafted, unknown_doses: int) -> tuple[str, ...]:
    counts = {"unread": read.unread, "unknown": read.unknown, "doses": unknown_doses}
    return tuple(words()[f"hook.note.{name}"].format(number=count) for name, count in counts.items() if count)


def _diagnosis(asked: Asked) -> Answered:
    """What is asked when a diagnosis is added: the drafted ones, and those that were revised before."""
    conditions = resources(asked.context.conditions, "context.conditions")
    chart, planned, unread = drafts.with_problems(asked.fetched.chart, conditions, on=asked.on)
    review = review_chart(chart, policy=asked.policy, on=asked.on, areas=("diagnosis",), audience=asked.audience)
    notes = (words()["hook.note.unread"].format(number=unread),) if unread else ()
    return Answered(findings=sorted(review.open, key=lambda one: one.about not in planned), notes=notes)


# -- what is offered -------------------------------------------------------------------------------------------------

_MEDICINES: Final = ("MedicationStatement", "MedicationDispense", "MedicationAdministration")
_ANSWERS: Final = ("Patient", "QuestionnaireResponse")
_CHART: Final = (
    "Patient",
    "Condition",
    "MedicationRequest",
    "QuestionnaireResponse",
    "Encounter",
)
_MORE: Final = (
    *_MEDICINES,
    "Observation",
    "Procedure",
    "RelatedPerson",
    "CareTeam",
    "Communication",
    "Consent",
    "DocumentReference",
    "Appointment",
)
_ORDER: Final = ("Patient", "Condition", "MedicationRequest", "QuestionnaireResponse")


def _order(hook: str, service: str) -> Offer:
    return Offer(
        hook=hook,
        id=service,
        context=OrderContext,
        required=_ORDER,
        optional=("Encounter", *_MEDICINES, "Consent"),
        answer=_consent,
    )


OFFERS: Final[tuple[Offer, ...]] = (
    Offer(
        hook="patient-view",
        id="alliance-review",
        context=ViewContext,
        required=_CHART,
        optional=_MORE,
        answer=_review,
    ),
    _order("order-select", "alliance-consent-selected"),
    _order("order-sign", "alliance-consent"),
    Offer(
        hook="encounter-discharge",
        id="alliance-leaving",
        context=DischargeContext,
        required=(*_ANSWERS, "Encounter"),
        optional=("RelatedPerson", "Consent"),
        answer=_leaving,
    ),
    Offer(
        hook="appointment-book",
        id="alliance-visit",
        context=AppointmentContext,
        required=_CHART,
        optional=_MORE,
        answer=_visit,
    ),
    Offer(
        hook="problem-list-item-create",
        id="alliance-diagnosis",
        context=ProblemContext,
        required=(*_ANSWERS, "Condition"),
        optional=("Encounter", "DocumentReference"),
        answer=_diagnosis,
    ),
    Offer(
        hook="medication-refill",
        id="alliance-refill",
        context=RefillContext,
        required=_ORDER,
        optional=("Encounter", *_MEDICINES, "Observation", "Procedure"),
        answer=_refill,
    ),
)
OFFER: Final[Mapping[tuple[str, str], Offer]] = {(one.hook, one.id): one for one in OFFERS}
