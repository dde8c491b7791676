"""The status words of FHIR: what each lets an entry say, and which entries no rule needs."""

from collections.abc import Mapping
from typing import Final

from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir.resource import Resource
from alliance_core.edges.fhir.text import RefusedError, UnneededError

IN_ERROR: Final = "entered in error"
NOT_STARTED: Final = "a draft, or cancelled"
PROPOSED: Final = "a proposal, plan or option, not an order"
NOT_GIVEN: Final = "not given"
NOT_SUPPLIED: Final = "not handed over"
INTENDED: Final = "intended, not taken yet"
NOT_HELD: Final = "planned or cancelled, not held"
NOT_BOOKED: Final = "not booked, or no longer ahead"
NO_RESULT: Final = "registered or cancelled, without a result"
NOT_DONE: Final = "not completed"
REPLACED: Final = "replaced by another"
INACTIVE: Final = "proposed, or no longer active"
REFUTED: Final = "refuted"
UNKNOWN_WORD: Final = "has a word that R4 does not have here"
MISSING: Final = "is missing, so it is not known whether this counts"

#: For each type and status: what the entry says then (None = nothing).
KEPT: Final[Mapping[str, Mapping[str, str | None]]] = {
    "MedicationRequest": {
        "active": "active",
        "on-hold": "on-hold",
        "completed": "completed",
        "stopped": "stopped",
        "unknown": None,
    },
    "MedicationStatement": {
        "active": "active",
        "on-hold": "on-hold",
        "completed": "completed",
        "stopped": "stopped",
        "not-taken": "not-taken",
        "unknown": None,
    },
    # A completed supply or dose says nothing about whether the medicine is still taken.
    "MedicationDispense": {"completed": None, "unknown": None},
    "MedicationAdministration": {
        "in-progress": "active",
        "on-hold": "on-hold",
        "completed": None,
        "stopped": None,
        "unknown": None,
    },
    "Encounter": {
        "arrived": "no",
        "triaged": "no",
        "in-progress": "no",
        "onleave": "no",
        "finished": "yes",
        "unknown": None,
    },
    "Appointment": {"booked": None, "arrived": None, "checked-in": None},
    "Observation": {"preliminary": None, "final": None, "amended": None, "corrected": None, "unknown": None},
    "Procedure": {"completed": None},
    "Consent": {"active": "active", "rejected": "rejected", "inactive": "inactive"},
    "CareTeam": {"active": None, "suspended": None},
    "DocumentReference": {"current": None},
    "QuestionnaireResponse": {"completed": None, "amended": None},
    "Communication": {"completed": None},
}

#: For each type and status: why the entry is not needed.
UNNEEDED: Final[Mapping[str, Mapping[str, str]]] = {
    "MedicationRequest": {"draft": NOT_STARTED, "cancelled": NOT_STARTED},
    "MedicationStatement": {"intended": INTENDED},
    "MedicationDispense": dict.fromkeys(
        ("preparation", "in-progress", "cancelled", "on-hold", "stopped", "declined"), NOT_SUPPLIED
    ),
    "MedicationAdministration": {"not-done": NOT_GIVEN},
    "Encounter": {"planned": NOT_HELD, "cancelled": NOT_HELD},
    "Appointment": dict.fromkeys(("proposed", "pending", "waitlist", "fulfilled", "noshow", "cancelled"), NOT_BOOKED),
    "Observation": {"registered": NO_RESULT, "cancelled": NO_RESULT},
    "Procedure": dict.fromkeys(("preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown"), NOT_DONE),
    "Consent": {"draft": NOT_STARTED, "proposed": NOT_STARTED},
    "CareTeam": {"proposed": INACTIVE, "inactive": INACTIVE},
    "DocumentReference": {"superseded": REPLACED},
    "QuestionnaireResponse": dict.fromkeys(("in-progress", "stopped"), NOT_DONE),
    "Communication": dict.fromkeys(
        ("preparation", "in-progress", "not-done", "on-hold", "stopped", "unknown"), NOT_DONE
    ),
}
#: Types that count for something only by their status.
_REQUIRED: Final = frozenset({"Appointment", "Communication", "Procedure", "QuestionnaireResponse"})


_KEPT_AS_WRITTEN: Final = {
    kind: {f'"{word}"'.encode(): said for word, said in words.items()} for kind, words in KEPT.items()
}


def status_of(resource: Resource) -> str | None:
    """
    Return what the resource's status says.

    Raises `UnneededError` for what does not count and `RefusedError` for a word that R4 does not have.
    """
    written = bytes(resource.fields.get("status", b""))
    kept = _KEPT_AS_WRITTEN[resource.kind]
    if written in kept:
        return kept[written]
    return _other(resource)


def _other(resource: Resource) -> str | None:
    word = resource.text("status")
    if word is None:
        _refuse_without(resource)
        return None
    if word in KEPT[resource.kind]:
        return KEPT[resource.kind][word]
    if word == "entered-in-error":
        raise UnneededError(IN_ERROR)
    reason = UNNEEDED[resource.kind].get(word)
    if reason is not None:
        raise UnneededError(reason)
    raise RefusedError("status", UNKNOWN_WORD)


def _refuse_without(resource: Resource) -> None:
    if el.absent_fact(resource.absent("status")) is None:
        raise RefusedError("status", el.NOT_GIVEN)
    if resource.kind in _REQUIRED:
        raise RefusedError("status", MISSING)
