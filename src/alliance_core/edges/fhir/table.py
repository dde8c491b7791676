"""
What is read from FHIR and where it goes: one table, for the reader's account of unread elements and for the docs.

`python -m alliance_core.edges.fhir.mapping` prints `docs/fhir-mapping.md`.
"""

from collections.abc import Mapping
from typing import Final

from alliance_core.base.kinds import value


@value
class Line:
    """One element of one resource type, the record field it goes to, and how."""

    type: str
    element: str
    to: str
    how: str = "as written"

    @property
    def key(self) -> str:
        """The element's name on the resource itself."""
        return self.element.partition(".")[0].removesuffix("[]")


_MEDICINE: Final = (
    (
        "medicationCodeableConcept",
        "MedicationStatement.codes, text",
        "codes with system and code; text, else the first display",
    ),
    ("medicationReference", "MedicationStatement.codes, text", "the Medication's code; it is contained or read beside"),
    ("subject", "the chart", "the patient who was read; nobody else"),
    ("category", "MedicationStatement.origin", "only a code of `urn:alliance-core:origin`"),
    ("reasonCode", "MedicationStatement.indication_text", "the words of all reasons"),
    ("reasonReference", "MedicationStatement.indications", "ids of this patient's resources that were read"),
)
_DOSAGE: Final = (
    ("timing", "dose", "only a regular timing gives an amount a day: repeat, or a code such as BID"),
    ("asNeededBoolean", "as_needed", "yes or no"),
    ("asNeededCodeableConcept", "as_needed", "yes"),
    ("doseAndRate[].doseQuantity", "dose", "known units; the amount of one time by the times of the timing"),
    ("text", "dose_text", "as written"),
    ("route", "route", "text, else the first display"),
)
_STATUS: Final = "entered-in-error is not needed"
_TABLE: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "Patient": (
        ("birthDate", "Person.born_on", "also a year, or a year and month"),
        ("gender", "Person.sex", "as written"),
        ("deceasedBoolean", "Person.deceased", "yes or no"),
        ("deceasedDateTime", "Person.deceased, deceased_on", "yes, and the day"),
        ("communication[].language", "Person.languages", "first code, else text"),
        ("extension", "Person.interpreter_needed", "patient-interpreterRequired, us-core-interpreter-needed"),
    ),
    "Condition": (
        ("code", "Problem.codes, text", "codes with system and code; text, else the first display"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("clinicalStatus", "Problem.status, recurrent", "recurrence and relapse are active; recurrence is recurrent"),
        (
            "verificationStatus",
            "Problem.confirmed",
            "confirmed is yes; unconfirmed, provisional, differential are unclear; refuted is not needed",
        ),
        ("onsetDateTime", "Problem.onset_on", "the day"),
        ("onsetPeriod", "Problem.onset_on", "the first day"),
        ("abatementDateTime", "Problem.resolved_on, remission_on", "remission_on when in remission"),
        ("abatementPeriod", "Problem.resolved_on, remission_on", "the last day, else the first"),
        ("recordedDate", "Problem.recorded_on", "the day"),
    ),
    "MedicationRequest": (
        *_MEDICINE,
        ("status", "MedicationStatement.status", f"draft and cancelled are not needed; {_STATUS}"),
        ("intent", "MedicationStatement.evidence", "orders only; proposal, plan, option are not needed"),
        ("doNotPerform", "", "true is not needed"),
        ("authoredOn", "MedicationStatement.started_on", "unless the dosage says when it starts"),
        ("requester", "MedicationStatement.prescriber", "the display"),
        *((f"dosageInstruction[].{name}", f"MedicationStatement.{to}", how) for name, to, how in _DOSAGE),
        (
            "dosageInstruction[].timing.repeat.boundsPeriod",
            "MedicationStatement.started_on, stops_on",
            "first and last day",
        ),
        ("dispenseRequest.validityPeriod", "MedicationStatement.stops_on", "the last day, unless the dosage has one"),
    ),
    "MedicationStatement": (
        *_MEDICINE,
        ("status", "MedicationStatement.status", f"intended is not needed; {_STATUS}"),
        ("effectiveDateTime", "MedicationStatement.started_on", "the day"),
        (
            "effectivePeriod",
            "MedicationStatement.started_on, stopped_on, stops_on",
            "the end is stopped_on once stopped, completed or not taken, else stops_on",
        ),
        *((f"dosage[].{name}", f"MedicationStatement.{to}", how) for name, to, how in _DOSAGE),
    ),
    "MedicationDispense": (
        *(line for line in _MEDICINE if not line[0].startswith("reason")),
        ("status", "", f"only what was handed over counts; {_STATUS}"),
        ("whenHandedOver", "MedicationStatement.started_on", "the day"),
        ("whenPrepared", "MedicationStatement.started_on", "when it was not recorded as handed over"),
        ("daysSupply", "MedicationStatement.supply_days", "whole days"),
        *((f"dosageInstruction[].{name}", f"MedicationStatement.{to}", how) for name, to, how in _DOSAGE),
    ),
    "MedicationAdministration": (
        *_MEDICINE,
        ("status", "MedicationStatement.status", f"in-progress and on-hold; not-done is not needed; {_STATUS}"),
        ("effectiveDateTime", "MedicationStatement.started_on", "the day"),
        ("effectivePeriod", "MedicationStatement.started_on, stopped_on", "first and last day"),
        ("dosage.text", "MedicationStatement.dose_text", "as written"),
        ("dosage.route", "MedicationStatement.route", "text, else the first display"),
    ),
    "Medication": (
        ("code", "MedicationStatement.codes, text", "for the resources that refer to it; else it is not needed"),
        ("status", "", "entered-in-error: what refers to it is not understood"),
    ),
    "Encounter": (
        ("status", "Encounter.finished", f"planned and cancelled are not needed; {_STATUS}"),
        ("class", "Encounter.setting", "by fhir_codes"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("type", "Encounter.codes, setting", "a code of a nursing facility visit gives the setting"),
        ("location[].location", "Encounter.setting", "a Location whose type is a nursing facility"),
        ("period", "Encounter.started_on, ended_on", "first and last day"),
        ("reasonCode", "Encounter.reasons", "the words of each"),
        ("participant[].individual", "Encounter.clinician", "the first display"),
    ),
    "Location": (("type", "Encounter.setting", "for the encounters that refer to it; else it is not needed"),),
    "Appointment": (
        ("status", "", "only what is booked and lies ahead"),
        ("participant[].actor", "the chart", "the one patient among the participants"),
        ("start", "PlannedVisit.planned_on", "the day as written"),
        ("minutesDuration", "PlannedVisit.minutes", "1 to 1440"),
        ("description", "PlannedVisit.purpose", "else the words of appointmentType, else of reasonCode"),
        ("appointmentType", "PlannedVisit.purpose", "text, else the first display"),
        ("reasonCode", "PlannedVisit.purpose", "text, else the first display"),
    ),
    "RelatedPerson": (
        ("active", "", "false is not needed"),
        ("patient", "the chart", "the patient who was read; nobody else"),
        ("name", "OtherPerson.name", "text, else given and family name"),
        ("relationship", "OtherPerson.codes, relationship", "all codes, the first words"),
    ),
    "CareTeam": (
        ("status", "", f"proposed and inactive are not needed; {_STATUS}"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("participant[].member", "OtherPerson", "RelatedPersons only; else it is not needed"),
        ("participant[].role", "OtherPerson.relationship", "when the RelatedPerson has none"),
    ),
    "Communication": (
        ("status", "", f"completed only; {_STATUS}"),
        ("category", "", "only `diagnosis-told` of `urn:alliance-core:communication`; else it is not needed"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("recipient", "", "the patient; else it is not needed"),
        ("about", "DiagnosisRevision.told", "the revisions of these Conditions; yes, unless the record says otherwise"),
        ("sent", "DiagnosisRevision.told_on", "the day; of several the first"),
    ),
    "Observation": (
        ("status", "", f"registered and cancelled are not needed; {_STATUS}"),
        ("category", "", "survey is read; of any other what `measures.csv` or fhir_codes know by its code"),
        ("code", "Observation.codes, text", "or a Circumstance, by fhir_codes"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("focus", "", "about someone or something else is not needed"),
        ("effectiveDateTime", "Observation.observed_on", "the day"),
        ("effectivePeriod", "Observation.observed_on", "the last day, else the first"),
        ("effectiveInstant", "Observation.observed_on", "the day as written"),
        ("valueQuantity", "Observation.amount, unit", "the number as written; unit by its code, else its words"),
        ("valueInteger", "Observation.amount", "the number as written"),
        ("valueCodeableConcept", "Observation.coded_answer, answered", "the first code; yes or no by fhir_codes"),
        ("valueBoolean", "Observation.answered", "yes or no"),
        ("dataAbsentReason", "Observation.answered", "asked and not known is unclear; a measurement is not needed"),
    ),
    "Procedure": (
        ("status", "", "only completed ones"),
        ("code", "PastReview.kind", "by fhir_codes; other procedures are not needed"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("performedDateTime", "PastReview.completed_on", "the day"),
        ("performedPeriod", "PastReview.completed_on", "the last day, else the first"),
        ("performer[].actor", "PastReview.by", "the first display"),
    ),
    "Consent": (
        ("scope", "", "treatment only; privacy, research and directives are not needed"),
        ("status", "ConsentDiscussion.decision", f"rejected is refused; draft and proposed are not needed; {_STATUS}"),
        ("patient", "the chart", "the patient who was read; nobody else"),
        ("dateTime", "ConsentDiscussion.discussed_on", "the day"),
        ("performer", "ConsentDiscussion.decider", "the patient, or a RelatedPerson who was read"),
        ("provision.type", "ConsentDiscussion.decision", "if active: permit (no limits) is agreed, deny is refused"),
        ("provision.period", "", "limits a permit, which is not kept then; so does provision.provision"),
        ("provision.code", "ConsentDiscussion.treatment, treatment_codes", "all codes, the first words"),
        ("provision.data[].reference", "ConsentDiscussion.medication", "the first medicine entry that was read"),
    ),
    "DocumentReference": (
        ("status", "", f"superseded is not needed; {_STATUS}"),
        ("docStatus", "", _STATUS),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("type", "Note.codes", "codes with system and code"),
        ("date", "Note.written_on", "the day as written"),
        ("author", "Note.author", "the first display"),
        ("content[].attachment", "Note.sections", "inline text/plain only; else it is not needed"),
    ),
    "QuestionnaireResponse": (
        ("questionnaire", "the record", "`urn:alliance-core:questionnaire:<name>`; others are not needed"),
        ("status", "", "completed and amended only"),
        ("subject", "the chart", "the patient who was read; nobody else"),
        ("authored", "recorded_on, asked_on", "the day, when the record has such a field and no item gives it"),
        ("item", "each field by its linkId", "see below"),
    ),
}

MAPPING: Final = tuple(
    Line(type=kind, element=element, to=to, how=how) for kind, lines in _TABLE.items() for element, to, how in lines
)
#: Elements that are read from every resource, before anything else.
ALWAYS: Final = frozenset({"resourceType", "id", "identifier", "implicitRules", "modifierExtension"})


def _read_names() -> Mapping[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for line in MAPPING:
        names.setdefault(line.type, set(ALWAYS)).add(line.key)
    for kind in ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"):
        names[kind].add("contained")
    return {kind: frozenset(found) for kind, found in names.items()}


#: For each type, the elements that are read.
READ: Final = _read_names()
