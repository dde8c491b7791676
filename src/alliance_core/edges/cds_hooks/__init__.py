"""CDS Hooks 2.0.1 for an EHR: the messages, and seven services as pure functions. Extra: `fhir`."""

from alliance_core.edges.cds_hooks.cards import card_uuid, cards_of, override_reasons
from alliance_core.edges.cds_hooks.feedback import CardOutcome, outcomes
from alliance_core.edges.cds_hooks.models import (
    AcceptedSuggestion,
    Action,
    Card,
    Coding,
    Discovery,
    Feedback,
    FeedbackBody,
    FhirAuthorization,
    Link,
    OverrideReason,
    Request,
    Response,
    Service,
    Source,
    Suggestion,
    read_message,
    write_message,
)
from alliance_core.edges.cds_hooks.prefetch import MissingPrefetchError
from alliance_core.edges.cds_hooks.services import OFFERS, UnknownServiceError, discovery, respond

__all__ = [
    "OFFERS",
    "AcceptedSuggestion",
    "Action",
    "Card",
    "CardOutcome",
    "Coding",
    "Discovery",
    "Feedback",
    "FeedbackBody",
    "FhirAuthorization",
    "Link",
    "MissingPrefetchError",
    "OverrideReason",
    "Request",
    "Response",
    "Service",
    "Source",
    "Suggestion",
    "UnknownServiceError",
    "card_uuid",
    "cards_of",
    "discovery",
    "outcomes",
    "override_reasons",
    "read_message",
    "respond",
    "write_message",
]
