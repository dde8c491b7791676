# ruff: noqa: N815  # the fields are CDS Hooks' and FHIR's own names
"""
The messages of CDS Hooks 2.0.1: discovery, request, response and feedback, field by field.

What the specification leaves open (`extension`, a hook's `context`, prefetched resources, any field of a later version)
is kept as it came. What was not sent is not written, so that a message that is read and written says the same.
"""

import contextlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, TypeVar, cast

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints, ValidationError

from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.kinds import problems_of

T = TypeVar("T")
M = TypeVar("M", bound="Part")

#: A list of JSON, kept as a tuple.
Many = Annotated[tuple[T, ...], Strict(strict=False)]
Text = Annotated[str, StringConstraints(min_length=1)]
FhirId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.\-]{1,64}$")]
Indicator = Literal["info", "warning", "critical"]
Outcome = Literal["accepted", "overridden"]
JsonObject = dict[str, Any]


def _instant(text: str) -> str:
    moment: datetime | None = None
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError("is no date and time with its zone; write it as RFC 3339 does")
    return text


Instant = Annotated[str, AfterValidator(_instant), Field(json_schema_extra={"format": "date-time"})]


class Part(BaseModel):
    """Any object of a message: frozen, silent about its values, and with room for what is not named here."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    __str__ = __repr__


class Coding(Part):
    """A code; `display` is required of an override reason that a service gives."""

    code: Text
    system: Text
    display: str | None = None


# -- discovery -------------------------------------------------------------------------------------------------------


class Service(Part):
    """One service, as discovery describes it. Several hooks may share an id, though not every client can take it."""

    hook: Text
    title: str | None = None
    description: Text
    id: Text
    prefetch: dict[str, str] | None = None
    usageRequirements: str | None = None
    extension: JsonObject | None = None


class Discovery(Part):
    """Every service that is offered."""

    services: Many[Service]


# -- request ---------------------------------------------------------------------------------------------------------


class FhirAuthorization(Part):
    """A token for the client's FHIR server. This library reads what was prefetched, and never uses it."""

    access_token: Text
    token_type: Text
    expires_in: int
    scope: str
    subject: str
    patient: str | None = None


class Request(Part):
    """One call of a service. The value of a prefetch key is a resource; null says that there is none."""

    hook: Text
    hookInstance: Text
    fhirServer: str | None = None
    fhirAuthorization: FhirAuthorization | None = None
    context: JsonObject
    prefetch: JsonObject | None = None
    extension: JsonObject | None = None


class Context(Part):
    """What the context of every hook here has in common."""

    userId: Text | None = None
    patientId: FhirId


class ViewContext(Context):
    """The context of `patient-view`, and part of most others."""

    encounterId: FhirId | None = None


class OrderContext(ViewContext):
    """The context of `order-sign`, and of `order-select`, which also says which orders were just selected."""

    draftOrders: JsonObject
    selections: Many[str] | None = None


class DischargeContext(Context):
    """The context of `encounter-discharge`."""

    encounterId: FhirId


class AppointmentContext(ViewContext):
    """The context of `appointment-book`."""

    appointments: JsonObject


class ProblemContext(ViewContext):
    """The context of `problem-list-item-create`."""

    conditions: JsonObject


class RefillContext(ViewContext):
    """The context of `medication-refill`."""

    medications: JsonObject


# -- response --------------------------------------------------------------------------------------------------------


class Source(Part):
    """What a card rests on."""

    label: Text
    url: str | None = None
    icon: str | None = None
    topic: Coding | None = None


class Action(Part):
    """One change; `description` is required, though an example of the specification has none."""

    type: Literal["create", "update", "delete"]
    description: str | None = None
    resource: JsonObject | str | None = None
    resourceId: str | None = None
    extension: JsonObject | None = None


class Suggestion(Part):
    """Changes that a person may choose together. The services of this library suggest none."""

    label: Text
    uuid: str | None = None
    isRecommended: bool | None = None
    actions: Many[Action] | None = None
    extension: JsonObject | None = None


class Link(Part):
    """A page, or an app, to look further."""

    label: Text
    url: Text
    type: Literal["absolute", "smart"]
    appContext: str | None = None
    autolaunchable: bool | None = None


class Card(Part):
    """One thing to show a person; `indicator` is required, though an example of the specification has none."""

    uuid: str | None = None
    summary: Text
    detail: str | None = None
    indicator: Indicator | None = None
    source: Source
    suggestions: Many[Suggestion] | None = None
    selectionBehavior: Literal["at-most-one", "any"] | None = None
    overrideReasons: Many[Coding] | None = None
    links: Many[Link] | None = None
    extension: JsonObject | None = None


class Response(Part):
    """The cards of one answer. `systemActions` can be read and written; the services here return none."""

    cards: Many[Card]
    systemActions: Many[Action] | None = None
    extension: JsonObject | None = None


# -- feedback --------------------------------------------------------------------------------------------------------


class AcceptedSuggestion(Part):
    """The suggestion that was accepted, by its uuid."""

    id: Text


class OverrideReason(Part):
    """Why a card was set aside: a reason, words of the person's own, or both."""

    reason: Coding | None = None
    userComment: str | None = None


class Feedback(Part):
    """What a person did with one card."""

    card: Text
    outcome: Outcome
    acceptedSuggestions: Many[AcceptedSuggestion] | None = None
    overrideReason: OverrideReason | None = None
    outcomeTimestamp: Instant
    extension: JsonObject | None = None

    @property
    def day(self) -> date:
        """The day of the outcome, as it was written."""
        return datetime.fromisoformat(self.outcomeTimestamp).date()


class FeedbackBody(Part):
    """What a client posts: one or more outcomes."""

    feedback: Many[Feedback]


# -- in and out ------------------------------------------------------------------------------------------------------

_NOT_JSON: Final = Problem(path="", reason="is not JSON; write one JSON object")
_NO_OBJECT: Final = Problem(path="", reason="is not a JSON object; a message is written as one object")
_TWICE: Final = Problem(path="", reason="has one name twice in an object; keep one of the two")
_TOO_DEEP: Final = Problem(path="", reason="nests too deeply; no resource needs it")


def read_message(data: bytes | str, kind: type[M]) -> M:
    """
    Return the message that JSON holds; numbers are exact.

    Raises `ChartError` with paths and rules and no value, for a name that stands twice too: the last would win.
    """
    found = _decoded(data)
    if isinstance(found, Problem):
        raise ChartError((found,))
    return checked(found, kind)


def checked(found: object, kind: type[M]) -> M:
    """Return an object that was read as a message or a part of one; raises `ChartError` as `read_message` does."""
    problems: tuple[Problem, ...] = ()
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        problems = problems_of(error.errors(include_url=False, include_context=False, include_input=False))
    del found  # so that nothing that captures the locals of this frame prints a patient
    raise ChartError(problems)


def _decoded(data: bytes | str) -> object:
    """Return the object, or what is wrong; it raises nothing, for an error chained to it would carry the input."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        found: object = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_pairs)
    except RecursionError:
        return _TOO_DEEP
    except KeyError:
        return _TWICE
    except (ValueError, ArithmeticError):
        return _NOT_JSON
    return cast("object", found) if isinstance(found, dict) else _NO_OBJECT


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise KeyError
    return made


def _no_number(_: str) -> object:
    raise ValueError


def write_message(message: Part) -> bytes:
    """Return the message as JSON: what was given, and nothing that was not."""
    return _WRITER.encode(message.model_dump(exclude_unset=True))


_WRITER: Final = msgspec.json.Encoder(decimal_format="number")
