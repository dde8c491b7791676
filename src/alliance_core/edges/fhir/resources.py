"""Every other resource that a rule reads: each function adds one record to its patient's file, or says why not."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Raw, Struct

from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir import status
from alliance_core.edges.fhir.codes import meanings, measured
from alliance_core.edges.fhir.elements import Coded
from alliance_core.edges.fhir.resource import File, Record, Resource
from alliance_core.edges.fhir.text import RefusedError, UnneededError
from alliance_core.records import ProblemStatus, Sex

NO_WORD: Final = "has no code that this reader knows"
NO_SETTING: Final = "is no place of care that this reader knows"
NOT_ENDED: Final = "ends a condition that is not recorded as ended"
NO_RULE: Final = "no rule reads this code"
NO_CATEGORY: Final = "no rule reads this category or code"
SURVEY: Final = "survey"
NO_DAY: Final = "names no whole day on which it was done"
NOT_THE_PATIENT: Final = "about someone or something else than the patient"
NO_ANSWER: Final = "is no answer that this reader knows"
NO_MINUTES: Final = "is no number of minutes from 1 to 1440"
NO_AMOUNT: Final = "is no amount that can be kept: a number with at most 6 decimal places and 9 digits before them"
COMPARED: Final = "is above or below an amount, not an amount"
NO_PATIENT: Final = "names no one patient that was read; it is attached to nobody"
NOT_TREATMENT: Final = "a consent, but not to treatment"
NO_DECISION: Final = "says that the consent has ended or was replaced, not what was decided"
NO_STATUS: Final = "is missing, so it is not known whether the consent holds"
LIMITED: Final = "limits what is permitted in a way that is not read, so no agreement is kept"
NO_RELATED: Final = "no related person takes part"
NOT_READ: Final = "names a related person of this patient who was not read"
NO_TEXT: Final = "has no inline plain text"
NOT_BASE64: Final = "is not text in base64 and UTF-8"
NO_VALUE: Final = "a measurement without a result"
INACTIVE: Final = "not in use"

_SEXES: Final = frozenset(sex.value for sex in Sex)
_LARGEST: Final = Decimal(1_000_000_000)
_PLACES: Final = -6
_MOST_MINUTES: Final = 1440
INTERPRETER: Final = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
_INTERPRETER_US: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed"

# -- Patient ---------------------------------------------------------------------------------------------------------


class SpokenIn(Struct, omit_defaults=True, gc=False):
    """Patient.communication."""

    language: el.ConceptIn | None = None


_SPOKEN: Final = msgspec.json.Decoder(list[SpokenIn])


def read_patient(resource: Resource) -> None:
    """Open the patient's file."""
    person: Record = {
        "id": resource.reference,
        "born_on": _born_on(resource),
        "sex": _sex(resource),
        "deceased": "yes" if "deceasedDateTime" in resource.fields else resource.fact("deceasedBoolean"),
        "deceased_on": _died_on(resource),
        "languages": _languages(resource),
        "interpreter_needed": _interpreter(resource),
    }
    own_id = el.own_id(resource.fields.get("identifier"), el.CHART) or resource.id
    file = resource.pool.files[resource.place] = File(own_id, person)
    resource.join(file)


def _born_on(resource: Resource) -> str | None:
    raw = resource.fields.get("birthDate")
    if raw is None:
        resource.day("birthDate")  # for the note, where the record says why it is absent
        return None
    try:
        written = el.date_text(bytes(raw), "birthDate")[: len("2000-01-01")]
        el.day(written, "birthDate")
    except RefusedError as error:
        resource.note(error.path, error.reason)
        return None
    return written


def _died_on(resource: Resource) -> date | None:
    try:
        return resource.day("deceasedDateTime")
    except RefusedError as error:
        resource.note(error.path, error.reason)
        return None


def _sex(resource: Resource) -> str | None:
    word = resource.text("gender")
    if word is None or word in _SEXES:
        return word
    resource.note("gender", status.UNKNOWN_WORD)
    return None


def _languages(resource: Resource) -> list[str] | None:
    found = resource.parsed(_SPOKEN, "communication")
    if found is None:
        return None
    spoken = [_language(one.language) for one in found if one.language is not None]
    return [one for one in spoken if one is not None]


def _language(concept: el.ConceptIn) -> str | None:
    return next((one.code for one in concept.coding if one.code), concept.text)


def _interpreter(resource: Resource) -> str:
    for one in resource.parsed(el.EXTENSIONS, "extension") or ():
        if one.url == INTERPRETER and one.valueBoolean is not None:
            return "yes" if one.valueBoolean else "no"
        if one.url == _INTERPRETER_US and one.valueCoding is not None:
            key = (one.valueCoding.system or "", one.valueCoding.code or "")
            return meanings("answer").get(key, "not-recorded")
    return "not-recorded"


# -- Condition -------------------------------------------------------------------------------------------------------

_CLINICAL: Final[Mapping[str, ProblemStatus]] = {
    "active": ProblemStatus.ACTIVE,
    "recurrence": ProblemStatus.ACTIVE,
    "relapse": ProblemStatus.ACTIVE,
    "remission": ProblemStatus.REMISSION,
    "resolved": ProblemStatus.RESOLVED,
    "inactive": ProblemStatus.INACTIVE,
}
_VERIFIED: Final[Mapping[str, str]] = {
    "confirmed": "yes",
    "unconfirmed": "unclear",
    "provisional": "unclear",
    "differential": "unclear",
}
_VERIFICATION_WORDS: Final = (*_VERIFIED, "refuted", "entered-in-error")


def read_condition(resource: Resource) -> None:
    """Add a problem."""
    confirmed = _confirmed(resource)
    file = resource.owner("subject")
    concept = resource.concept("code") or el.EMPTY
    if not concept.codes and concept.text is None:
        raise RefusedError("code", NO_WORD)
    word = _clinical_word(resource)
    problem: Record = {
        "id": resource.reference,
        "codes": concept.wire,
        "text": concept.text,
        "status": None if word is None else _CLINICAL[word].value,
        "confirmed": confirmed,
        "onset_on": resource.day("onsetDateTime") or resource.period("onsetPeriod")[0],
        "recorded_on": resource.day("recordedDate"),
    }
    if word == "recurrence":
        problem["recurrent"] = "yes"
    _add_abatement(resource, problem, word)
    resource.add(file, "problems", problem)


def _confirmed(resource: Resource) -> str:
    concept = resource.concept("verificationStatus")
    if concept is None:
        return "not-recorded"
    word = concept.word(_VERIFICATION_WORDS)
    if word is None:
        raise RefusedError("verificationStatus", NO_WORD)
    if word == "refuted":
        raise UnneededError(status.REFUTED)
    if word == "entered-in-error":
        raise UnneededError(status.IN_ERROR)
    return _VERIFIED[word]


def _clinical_word(resource: Resource) -> str | None:
    concept = resource.concept("clinicalStatus")
    if concept is None:
        return None
    word = concept.word(_CLINICAL)
    if word is None:
        resource.note("clinicalStatus", NO_WORD)
    return word


def _add_abatement(resource: Resource, problem: Record, word: str | None) -> None:
    first, last = resource.period("abatementPeriod")
    ended_on = resource.day("abatementDateTime") or last or first
    if ended_on is None:
        return
    if word is not None and _CLINICAL[word] is ProblemStatus.ACTIVE:
        resource.note("abatement[x]", NOT_ENDED)
        return
    problem["remission_on" if word == "remission" else "resolved_on"] = ended_on


# -- Encounter, Appointment ------------------------------------------------------------------------------------------


class TakingPartIn(Struct, omit_defaults=True, gc=False):
    """Encounter.participant, Procedure.performer, Appointment.participant."""

    individual: el.ReferenceIn | None = None
    actor: el.ReferenceIn | None = None


class PlaceIn(Struct, omit_defaults=True, gc=False):
    """Encounter.location."""

    location: el.ReferenceIn | None = None


_TAKING_PART: Final = msgspec.json.Decoder(list[TakingPartIn])
_PLACES_OF_CARE: Final = msgspec.json.Decoder(list[PlaceIn])


def read_encounter(resource: Resource) -> None:
    """Add a visit or a stay."""
    finished = status.status_of(resource)
    file = resource.owner("subject")
    started_on, ended_on = resource.period("period")
    kinds = resource.concepts("type")
    encounter: Record = {
        "id": resource.reference,
        "setting": _setting(resource, kinds),
        "started_on": started_on,
        "ended_on": ended_on,
        "clinician": _first_display(resource, "participant"),
        "finished": finished or "not-recorded",
    }
    if kinds is not None:
        encounter["codes"] = kinds.wire
    reasons = resource.concepts("reasonCode")
    if reasons is not None:
        encounter["reasons"] = reasons.texts
    resource.add(file, "encounters", encounter)


def _setting(resource: Resource, kinds: Coded | None) -> str | None:
    found = _setting_of_place(resource) or (None if kinds is None else kinds.means("Encounter.type"))
    coding = resource.parsed(el.CODING, "class")
    if found is not None or coding is None:
        return found
    found = meanings("Encounter.class").get((coding.system or ACT_CODE, coding.code or ""))
    if found is None:
        resource.note("class", NO_SETTING)
    return found


ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _setting_of_place(resource: Resource) -> str | None:
    for one in resource.parsed(_PLACES_OF_CARE, "location") or ():
        target = None if one.location is None else resource.target(one.location)
        if target is None or target.kind != "Location":
            continue
        resource.take(target)
        kinds = target.concepts("type")
        found = None if kinds is None else kinds.means("Location.type")
        if found is not None:
            return found
    return None


def _first_display(resource: Resource, name: str) -> str | None:
    for one in resource.parsed(_TAKING_PART, name) or ():
        reference = one.individual or one.actor
        if reference is not None and reference.display:
            return reference.display
    return None


def read_appointment(resource: Resource) -> None:
    """Add a visit that is booked."""
    status.status_of(resource)
    file = _one_patient(resource)
    visit: Record = {
        "id": resource.reference,
        "planned_on": resource.day("start"),
        "minutes": _minutes(resource),
        "purpose": _purpose(resource),
    }
    resource.add(file, "visits", visit)


def _one_patient(resource: Resource) -> File:
    actors = [one.actor for one in resource.parsed(_TAKING_PART, "participant") or () if one.actor is not None]
    targets = {target.place for actor in actors if (target := resource.target(actor)) is not None}
    files = [resource.pool.files[place] for place in targets if place in resource.pool.files]
    if len(files) != 1:
        raise RefusedError("participant", NO_PATIENT)
    return files[0]


def _minutes(resource: Resource) -> int | None:
    found = resource.number("minutesDuration")
    if found is not None and not 1 <= found <= _MOST_MINUTES:
        resource.note("minutesDuration", NO_MINUTES)
        return None
    return found


def _purpose(resource: Resource) -> str | None:
    kind, reasons = resource.concept("appointmentType"), resource.concepts("reasonCode")
    return (
        resource.text("description")
        or (None if kind is None else kind.text)
        or (None if reasons is None else reasons.text)
    )


# -- RelatedPerson, CareTeam -----------------------------------------------------------------------------------------


class NameIn(Struct, omit_defaults=True, gc=False):
    """HumanName."""

    text: str | None = None
    family: str | None = None
    given: list[str] = []


class MemberIn(Struct, omit_defaults=True, gc=False):
    """CareTeam.participant."""

    member: el.ReferenceIn | None = None
    role: list[Raw] = []


_NAMES: Final = msgspec.json.Decoder(list[NameIn])
_MEMBERS: Final = msgspec.json.Decoder(list[MemberIn])


def read_related_person(resource: Resource) -> None:
    """Add someone in the patient's life."""
    if "active" in resource.fields and not resource.is_true("active"):
        raise UnneededError(INACTIVE)
    file = resource.owner("patient")
    relationships = resource.concepts("relationship")
    person: Record = {"id": resource.reference, "name": _name(resource)}
    if relationships is not None:
        person["codes"] = relationships.wire
        person["relationship"] = relationships.text
    resource.add(file, "people", person)


def _name(resource: Resource) -> str | None:
    for one in resource.parsed(_NAMES, "name") or ():
        written = one.text or " ".join([*one.given, *([one.family] if one.family else [])])
        if written:
            return written
    return None


def read_care_team(resource: Resource) -> None:
    """Add what the team's role says about a related person."""
    status.status_of(resource)
    file = resource.owner("subject")
    members = resource.parsed(_MEMBERS, "participant") or []
    found = [person for one in members if (person := _person(resource, file, one)) is not None]
    if not found and any(_names_related(one.member) for one in members if one.member is not None):
        raise RefusedError("participant", NOT_READ)
    if not found:
        raise UnneededError(NO_RELATED)
    resource.join(file)


def _names_related(reference: el.ReferenceIn) -> bool:
    return "RelatedPerson/" in (reference.reference or "")


def _person(resource: Resource, file: File, member: MemberIn) -> Record | None:
    target = None if member.member is None else resource.target(member.member)
    if target is None or target.kind != "RelatedPerson" or not target.belongs_to(file):
        return None
    person = next(one for one in file.lists["people"] if one["id"] == target.reference)
    words = [resource.concept_of(bytes(one), "participant.role").text for one in member.role]
    person["relationship"] = person.get("relationship") or next((word for word in words if word), None)
    return person


# -- Observation -----------------------------------------------------------------------------------------------------


def read_observation(resource: Resource) -> None:
    """Add a score or a measurement, or the circumstance that a known code records."""
    concept = resource.concept("code") or el.EMPTY
    kind = concept.means("Observation.code")
    categories = resource.concepts("category")
    is_measured = not measured().isdisjoint(concept.codes)
    if kind is None and not is_measured and (categories is None or categories.word((SURVEY,)) is None):
        raise UnneededError(NO_CATEGORY)
    status.status_of(resource)
    if is_measured and not _has_result(resource):
        raise UnneededError(NO_VALUE)
    if "focus" in resource.fields:
        raise UnneededError(NOT_THE_PATIENT)
    if not concept.codes and concept.text is None:
        raise RefusedError("code", NO_WORD)
    file = resource.owner("subject")
    if kind is None:
        resource.add(file, "observations", _observation(resource, concept))
    else:
        resource.add(file, "circumstances", _circumstance(resource, kind))


def _has_result(resource: Resource) -> bool:
    """Whether a measurement says what was measured, in a value or in parts; that it was not made is no measurement."""
    return any(name.startswith("value") or name == "component" for name in resource.fields)


def _observed_on(resource: Resource) -> date | None:
    first, last = resource.period("effectivePeriod")
    return resource.day("effectiveDateTime") or resource.day("effectiveInstant") or last or first


def _circumstance(resource: Resource, kind: str) -> Record:
    answer = _answered(resource)
    if answer is None:
        resource.note("value[x]", NO_ANSWER)
    return {
        "id": resource.reference,
        "kind": kind,
        "present": answer or "not-recorded",
        "recorded_on": _observed_on(resource),
    }


def _observation(resource: Resource, concept: Coded) -> Record:
    observation: Record = {
        "id": resource.reference,
        "codes": concept.wire,
        "text": concept.text,
        "observed_on": _observed_on(resource),
        "answered": _answered(resource) or "not-recorded",
    }
    value = resource.concept("valueCodeableConcept")
    if value is not None and value.codes:
        observation["coded_answer"] = Raw(value.first)
    _add_amount(resource, observation)
    return observation


def _answered(resource: Resource) -> str | None:
    """Return the answer to a yes-or-no question; None where the value is no such answer."""
    value = resource.concept("valueCodeableConcept")
    if value is not None:
        return value.means("answer")
    absent = resource.concept("dataAbsentReason")
    if absent is not None:
        return _absent(resource, absent)
    return resource.fact("valueBoolean") if "valueBoolean" in resource.fields or resource.shape.shadows else None


def _absent(resource: Resource, reason: Coded) -> str | None:
    word = next((code for _, code in reason.codes), None)
    found = el.absent_fact(word)
    if found is None:
        resource.note("dataAbsentReason", el.NOT_GIVEN)
    return found


def _add_amount(resource: Resource, observation: Record) -> None:
    quantity = resource.parsed(el.QUANTITY, "valueQuantity")
    name = "valueInteger" if quantity is None else "valueQuantity"
    amount = el.number(resource.fields.get(name, el.ABSENT) if quantity is None else quantity.value)
    if amount is None:
        return
    if quantity is not None and quantity.comparator is not None:
        resource.note(name, COMPARED)
    elif not _can_be_kept(amount):
        resource.note(name, NO_AMOUNT)
    else:
        observation["amount"] = str(amount)
        observation["unit"] = None if quantity is None else quantity.code or quantity.unit


def _can_be_kept(amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _PLACES and abs(amount) < _LARGEST


# -- Procedure, Consent, DocumentReference ---------------------------------------------------------------------------


def read_procedure(resource: Resource) -> None:
    """Add a completed review of the medicines."""
    concept = resource.concept("code")
    kind = None if concept is None else concept.means("Procedure.code")
    if kind is None:
        raise UnneededError(NO_RULE)
    status.status_of(resource)
    file = resource.owner("subject")
    first, last = resource.period("performedPeriod")
    completed_on = resource.day("performedDateTime") or last or first
    if completed_on is None:
        raise RefusedError("performed[x]", NO_DAY)
    review: Record = {
        "id": resource.reference,
        "kind": kind,
        "completed_on": completed_on,
        "by": _first_display(resource, "performer"),
    }
    resource.add(file, "reviews", review)


class DataIn(Struct, omit_defaults=True, gc=False):
    """Consent.provision.data."""

    reference: el.ReferenceIn | None = None


class ProvisionIn(Struct, omit_defaults=True, gc=False):
    """Consent.provision."""

    type: str | None = None
    code: list[el.ConceptIn] = []
    data: list[DataIn] = []
    period: Raw = el.ABSENT
    provision: Raw = el.ABSENT


_PROVISION: Final = msgspec.json.Decoder(ProvisionIn)
_DECISIONS: Final[Mapping[str, str]] = {"permit": "agreed", "deny": "refused"}


def read_consent(resource: Resource) -> None:
    """Add a discussion about consent to treatment."""
    scope = resource.concept("scope")
    if scope is None or scope.word(("treatment",)) is None:
        raise UnneededError(NOT_TREATMENT)
    said = status.status_of(resource)
    file = resource.owner("patient")
    provision = resource.parsed(_PROVISION, "provision") or ProvisionIn()
    treatments = el.coded(provision.code)
    discussion: Record = {
        "id": resource.reference,
        "discussed_on": resource.day("dateTime"),
        "decider": _decider(resource, file),
        "decision": _decision(resource, said, provision),
        "treatment": treatments.text,
        "treatment_codes": treatments.wire,
        "medication": _consented_medicine(resource, file, provision),
    }
    resource.add(file, "consents", discussion)


def _decision(resource: Resource, said: str | None, provision: ProvisionIn) -> str | None:
    kind = provision.type or ""
    if kind and kind not in _DECISIONS:
        raise RefusedError("provision.type", status.UNKNOWN_WORD)
    if said == "rejected":
        return "refused"
    problem = _no_decision(said, provision)
    if problem is not None:
        resource.note(*problem)
        return None
    return _DECISIONS.get(kind)


def _no_decision(said: str | None, provision: ProvisionIn) -> tuple[str, str] | None:
    """Return why a consent decides nothing that is sure: it has ended, is of unknown status, or has limits."""
    if said is None:
        return "status", NO_STATUS
    if said == "inactive":
        return "status", NO_DECISION
    if provision.type == "permit" and provision.provision:
        return "provision.provision", LIMITED
    if provision.type == "permit" and provision.period:
        return "provision.period", LIMITED
    return None


def _decider(resource: Resource, file: File) -> str | None:
    for one in resource.parsed(el.REFERENCES, "performer") or ():
        target = resource.target(one)
        if target is not None and target.kind in {"Patient", "RelatedPerson"} and target.belongs_to(file):
            return target.reference
    return None


def _consented_medicine(resource: Resource, file: File, provision: ProvisionIn) -> str | None:
    targets = [resource.target(one.reference) for one in provision.data if one.reference is not None]
    return next((one.reference for one in targets if one and one.is_medicine and one.belongs_to(file)), None)


class AttachmentIn(Struct, omit_defaults=True, gc=False):
    """Attachment."""

    contentType: str | None = None  # noqa: N815  # FHIR's own name
    data: str | None = None


class ContentIn(Struct, omit_defaults=True, gc=False):
    """DocumentReference.content."""

    attachment: AttachmentIn | None = None


_CONTENT: Final = msgspec.json.Decoder(list[ContentIn])


def read_document(resource: Resource) -> None:
    """Add a note that is there as plain text."""
    status.status_of(resource)
    if resource.text("docStatus") == "entered-in-error":
        raise UnneededError(status.IN_ERROR)
    inline = [one.attachment for one in resource.parsed(_CONTENT, "content") or () if _is_plain(one.attachment)]
    if not inline:
        raise UnneededError(NO_TEXT)
    file = resource.owner("subject")
    kind = resource.concept("type") or el.EMPTY
    authors = resource.parsed(el.REFERENCES, "author") or []
    note: Record = {
        "id": resource.reference,
        "written_on": resource.day("date"),
        "author": next((one.display for one in authors if one.display), None),
        "codes": kind.wire,
        "sections": [{"text": _plain(one)} for one in inline if one is not None],
    }
    resource.add(file, "notes", note)


def _is_plain(attachment: AttachmentIn | None) -> bool:
    if attachment is None or attachment.data is None:
        return False
    return (attachment.contentType or "").partition(";")[0].strip().lower() == "text/plain"


def _plain(attachment: AttachmentIn) -> str:
    try:
        written = base64.b64decode("".join((attachment.data or "").split()), validate=True).decode()
    except (binascii.Error, ValueError):
        written = None
    if written is None:
        raise RefusedError("content.attachment.data", NOT_BASE64)
    return written


# -- Communication ---------------------------------------------------------------------------------------------------

TELLING: Final = "urn:alliance-core:communication"
DIAGNOSIS_TOLD: Final = "diagnosis-told"
NO_TELLING: Final = "no rule reads this category"
NOT_TO_PATIENT: Final = "was sent to somebody else than the patient"
NO_REVISION: Final = "about no revised diagnosis that was read"
OTHERWISE: Final = "the record of the revision says otherwise, and is kept"
_REFERENCES: Final = msgspec.json.Decoder(list[el.ReferenceIn])


def read_communication(resource: Resource) -> None:
    """Add to a revised diagnosis that the patient was told of it, and when."""
    status.status_of(resource)
    categories = resource.concepts("category")
    if categories is None or (TELLING, DIAGNOSIS_TOLD) not in categories.codes:
        raise UnneededError(NO_TELLING)
    file = resource.owner("subject")
    told_on = resource.day("sent")
    if not any(_is_patient(resource, one, file) for one in resource.parsed(_REFERENCES, "recipient") or []):
        raise UnneededError(NOT_TO_PATIENT)
    problems = {target.reference for target in _targets(resource, "about") if target.belongs_to(file)}
    revisions = [one for one in file.lists["revisions"] if one.get("problem") in problems]
    if not revisions:
        raise UnneededError(NO_REVISION)
    for one in revisions:
        _tell(one, told_on, resource)
    resource.join(file)


def _targets(resource: Resource, name: str) -> list[Resource]:
    found = [resource.target(one) for one in resource.parsed(_REFERENCES, name) or []]
    return [one for one in found if one is not None]


def _is_patient(resource: Resource, reference: el.ReferenceIn, file: File) -> bool:
    target = resource.target(reference)
    return target is not None and target.kind == "Patient" and target.belongs_to(file)


def _tell(revision: Record, told_on: date | None, resource: Resource) -> None:
    """The record's own word stands; of several messages the first day counts, for then the patient knew."""
    if revision.get("told", "yes") != "yes":
        resource.note("category", OTHERWISE)
        return
    revision["told"] = "yes"
    days = [day for day in (revision.get("told_on"), told_on and told_on.isoformat()) if day]
    if days:
        revision["told_on"] = min(days)
