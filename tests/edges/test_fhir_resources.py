"""Each type of resource: where its elements go, when it counts, and what is noted; answers are worked out by hand."""

import base64
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import pytest

from alliance_core import load_policy, review_chart
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.fhir.status import KEPT, UNNEEDED
from alliance_core.edges.fhir.table import MAPPING
from alliance_core.records import Coding

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
TIMES = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ASKS = "urn:alliance-core:questionnaire:"
PATIENT = {"resourceType": "Patient", "id": "p"}
WHO = {"reference": "Patient/p"}


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def read(*resources):
    return read_bundle(bundle(PATIENT, *resources))


def concept(code, system=SNOMED, **more):
    return {"coding": [{"system": system, "code": code}], **more}


def absent(reason):
    return {"extension": [{"url": ABSENT, "valueCode": reason}]}


#: The least that each type needs to count.
LEAST = {
    "Patient": {},
    "Condition": {"subject": WHO, "code": {"text": "a condition"}},
    "MedicationRequest": {
        "status": "active",
        "intent": "order",
        "subject": WHO,
        "medicationCodeableConcept": {"text": "a medicine"},
    },
    "MedicationStatement": {"status": "active", "subject": WHO, "medicationCodeableConcept": {"text": "a medicine"}},
    "MedicationDispense": {"status": "completed", "subject": WHO, "medicationCodeableConcept": {"text": "a medicine"}},
    "MedicationAdministration": {
        "status": "completed",
        "subject": WHO,
        "medicationCodeableConcept": {"text": "a medicine"},
    },
    "Encounter": {"status": "finished", "subject": WHO},
    "Appointment": {"status": "booked", "participant": [{"actor": WHO}]},
    "RelatedPerson": {"patient": WHO},
    "CareTeam": {"status": "active", "subject": WHO},
    "Observation": {
        "status": "final",
        "subject": WHO,
        "category": [concept("survey", "x")],
        "code": {"text": "a score"},
    },
    "Procedure": {
        "status": "completed",
        "subject": WHO,
        "code": concept("182836005"),
        "performedDateTime": "2026-03-04",
    },
    "Consent": {"status": "active", "patient": WHO, "scope": concept("treatment", "x")},
    "DocumentReference": {
        "status": "current",
        "subject": WHO,
        "content": [{"attachment": {"contentType": "text/plain", "data": base64.b64encode(b"Slept well.").decode()}}],
    },
    "QuestionnaireResponse": {"status": "completed", "subject": WHO, "questionnaire": f"{ASKS}decision-capacity"},
    "Communication": {
        "status": "completed",
        "subject": WHO,
        "category": [concept("diagnosis-told", "urn:alliance-core:communication")],
        "recipient": [WHO],
        "about": [{"reference": "Condition/c"}],
        "sent": "2026-03-04T10:00:00Z",
    },
}
#: The chart's field for each type.
FIELD = {
    "Condition": "problems",
    "MedicationRequest": "medications",
    "MedicationStatement": "medications",
    "MedicationDispense": "medications",
    "MedicationAdministration": "medications",
    "Encounter": "encounters",
    "Appointment": "visits",
    "RelatedPerson": "people",
    "Observation": "observations",
    "Procedure": "reviews",
    "Consent": "consents",
    "DocumentReference": "notes",
    "QuestionnaireResponse": "decisions",
}


def made(kind, **fields):
    """Return the least resource of a type with these elements; an element that is None is left out."""
    found = {"resourceType": kind, "id": "r", **LEAST[kind], **fields}
    return {name: one for name, one in found.items() if one is not None}


def record(kind, *beside, **fields):
    """Return the one record that a resource becomes."""
    result = read(made(kind, **fields), *beside)
    [chart] = result.charts
    assert result.not_understood == ()
    [found] = getattr(chart, FIELD[kind])
    return found


def plain(found):
    return found.value if isinstance(found, Enum) else found


# -- the mapping table -----------------------------------------------------------------------------------------------

CODED = {
    "coding": [{"system": SNOMED, "code": "1", "display": "one"}, {"system": LOINC, "code": "2"}, {"code": "local"}],
    "text": "words",
}
CODES = (Coding(system=SNOMED, code="1", display="one"), Coding(system=LOINC, code="2"))
PERIOD = {"start": "2026-01-02T23:30:00-05:00", "end": "2026-02-03"}
DAY, START, END = date(2026, 3, 4), date(2026, 1, 2), date(2026, 2, 3)
MG = {"value": 2.5, "unit": "mg", "system": UCUM, "code": "mg"}
TWICE_A_DAY = {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
FIVE_MG = Dose(amount=Decimal("5.0"), unit=DoseUnit.MILLIGRAM)
CATEGORY = concept("herbal", "urn:alliance-core:origin")


def dosage(**fields):
    return {"doseAndRate": [{"doseQuantity": MG}], **fields}


def medicine_cases(kind, given):
    """The elements that all four types about medicines share."""
    category = [CATEGORY] if kind == "MedicationRequest" else CATEGORY
    cases = [
        (kind, {"medicationCodeableConcept": CODED}, {"codes": CODES, "text": "words"}),
        (kind, {"medicationCodeableConcept": None, "medicationReference": {"display": "by name"}}, {"text": "by name"}),
        (kind, {"subject": {"reference": "Patient/p", "display": "someone"}}, {"id": f"{kind}/r"}),
        (kind, {"category": category}, {"origin": "herbal"}),
        (
            kind,
            {"reasonCode": [{"text": "one"}, concept("2", display="x", text="two")]},
            {"indication_text": "one; two"},
        ),
        (kind, {"reasonReference": [{"reference": "Condition/c"}]}, {"indications": ("Condition/c",)}),
    ]
    if kind == "MedicationDispense":
        cases = [case for case in cases if not any(name.startswith("reason") for name in case[1])]
    if given is None:
        return cases
    return [
        *cases,
        (kind, {given: [dosage(timing=TWICE_A_DAY)]}, {"dose": FIVE_MG}),
        (kind, {given: [{"asNeededBoolean": True}]}, {"as_needed": "yes"}),
        (kind, {given: [{"asNeededBoolean": False}]}, {"as_needed": "no"}),
        (kind, {given: [{"asNeededCodeableConcept": {"text": "for sleep"}}]}, {"as_needed": "yes"}),
        (kind, {given: [{"text": "one"}, {"text": "two"}]}, {"dose_text": "one; two", "as_needed": "not-recorded"}),
        (kind, {given: [{"route": {"coding": [{"display": "Oral"}]}}]}, {"route": "Oral"}),
    ]


INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
INTERPRETER_US = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed"
PATIENT_CASES = [
    ({"birthDate": "1950"}, {"born_on": "1950"}),
    ({"birthDate": "1950-04"}, {"born_on": "1950-04"}),
    ({"birthDate": "1950-04-05"}, {"born_on": "1950-04-05"}),
    ({"gender": "female"}, {"sex": "female"}),
    ({"deceasedBoolean": True}, {"deceased": "yes", "deceased_on": None}),
    ({"deceasedBoolean": False}, {"deceased": "no"}),
    ({}, {"deceased": "not-recorded", "languages": None, "interpreter_needed": "not-recorded", "born_on": None}),
    ({"deceasedDateTime": "2026-03-04T23:59:00+14:00"}, {"deceased": "yes", "deceased_on": DAY}),
    ({"communication": [{"language": concept("nl", "x", text="Dutch")}]}, {"languages": ("nl",)}),
    ({"communication": [{"language": {"text": "Dutch"}}, {"preferred": True}]}, {"languages": ("Dutch",)}),
    ({"extension": [{"url": INTERPRETER, "valueBoolean": True}]}, {"interpreter_needed": "yes"}),
    ({"extension": [{"url": INTERPRETER, "valueBoolean": False}]}, {"interpreter_needed": "no"}),
    (
        {"extension": [{"url": INTERPRETER_US, "valueCoding": {"system": SNOMED, "code": "373066001"}}]},
        {"interpreter_needed": "yes"},
    ),
    (
        {"extension": [{"url": INTERPRETER_US, "valueCoding": {"code": "somehow"}}]},
        {"interpreter_needed": "not-recorded"},
    ),
    ({"extension": [{"url": "urn:other", "valueBoolean": True}]}, {"interpreter_needed": "not-recorded"}),
]
CASES = [
    ("Condition", {"code": CODED}, {"codes": CODES, "text": "words"}),
    ("Condition", {"code": {"coding": [{"system": "s", "code": "c", "display": "one"}]}}, {"text": "one"}),
    ("Condition", {"subject": WHO}, {"id": "Condition/r", "status": None, "confirmed": "not-recorded"}),
    *(
        ("Condition", {"clinicalStatus": concept(word, "x")}, {"status": status, "recurrent": recurrent})
        for word, status, recurrent in [
            ("active", "active", "not-recorded"),
            ("recurrence", "active", "yes"),
            ("relapse", "active", "not-recorded"),
            ("remission", "remission", "not-recorded"),
            ("resolved", "resolved", "not-recorded"),
            ("inactive", "inactive", "not-recorded"),
        ]
    ),
    *(
        ("Condition", {"verificationStatus": concept(word, "x")}, {"confirmed": fact})
        for word, fact in [
            ("confirmed", "yes"),
            ("unconfirmed", "unclear"),
            ("provisional", "unclear"),
            ("differential", "unclear"),
        ]
    ),
    ("Condition", {"onsetDateTime": "2026-03-04"}, {"onset_on": DAY}),
    ("Condition", {"onsetPeriod": PERIOD}, {"onset_on": START}),
    ("Condition", {"abatementDateTime": "2026-03-04"}, {"resolved_on": DAY, "remission_on": None}),
    ("Condition", {"abatementPeriod": PERIOD}, {"resolved_on": END}),
    ("Condition", {"abatementPeriod": {"start": "2026-01-02"}}, {"resolved_on": START}),
    (
        "Condition",
        {"abatementDateTime": "2026-03-04", "clinicalStatus": concept("remission", "x")},
        {"resolved_on": None, "remission_on": DAY},
    ),
    ("Condition", {"recordedDate": "2026-03-04"}, {"recorded_on": DAY}),
    *medicine_cases("MedicationRequest", "dosageInstruction"),
    ("MedicationRequest", {"status": "stopped"}, {"status": "stopped", "evidence": "order"}),
    ("MedicationRequest", {"status": "unknown"}, {"status": None}),
    ("MedicationRequest", {"intent": "reflex-order", "doNotPerform": False}, {"evidence": "order"}),
    ("MedicationRequest", {"authoredOn": "2026-03-04"}, {"started_on": DAY}),
    ("MedicationRequest", {"requester": {"display": "Dr. Sample"}}, {"prescriber": "Dr. Sample"}),
    (
        "MedicationRequest",
        {"authoredOn": "2026-03-04", "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": PERIOD}}}]},
        {"started_on": START, "stops_on": END},
    ),
    ("MedicationRequest", {"dispenseRequest": {"validityPeriod": PERIOD}}, {"stops_on": END, "started_on": None}),
    (
        "MedicationRequest",
        {
            "dispenseRequest": {"validityPeriod": {"end": "2026-12-31"}},
            "dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": PERIOD}}}],
        },
        {"stops_on": END},
    ),
    ("MedicationRequest", {"dispenseRequest": {}}, {"stops_on": None}),
    ("MedicationRequest", {"dosageInstruction": []}, {"dose_text": None, "as_needed": "not-recorded"}),
    *medicine_cases("MedicationStatement", "dosage"),
    ("MedicationStatement", {"status": "not-taken"}, {"status": "not-taken", "evidence": "statement"}),
    ("MedicationStatement", {"effectiveDateTime": "2026-03-04"}, {"started_on": DAY}),
    ("MedicationStatement", {"effectivePeriod": PERIOD}, {"started_on": START, "stops_on": END, "stopped_on": None}),
    *(
        (
            "MedicationStatement",
            {"status": status, "effectivePeriod": PERIOD},
            {"started_on": START, "stops_on": None, "stopped_on": END},
        )
        for status in ("stopped", "completed", "not-taken")
    ),
    *medicine_cases("MedicationDispense", "dosageInstruction"),
    ("MedicationDispense", {"status": "completed"}, {"status": None, "evidence": "supply"}),
    ("MedicationDispense", {"whenHandedOver": "2026-03-04", "whenPrepared": "2026-03-01"}, {"started_on": DAY}),
    ("MedicationDispense", {"whenPrepared": "2026-03-04"}, {"started_on": DAY}),
    ("MedicationDispense", {"daysSupply": {"value": 30, "unit": "Day"}}, {"supply_days": 30}),
    *medicine_cases("MedicationAdministration", None),
    ("MedicationAdministration", {"status": "in-progress"}, {"status": "active", "evidence": "administration"}),
    ("MedicationAdministration", {"status": "completed"}, {"status": None}),
    ("MedicationAdministration", {"effectiveDateTime": "2026-03-04"}, {"started_on": DAY}),
    ("MedicationAdministration", {"effectivePeriod": PERIOD}, {"started_on": START, "stopped_on": END}),
    ("MedicationAdministration", {"dosage": {"text": "5 mg", "route": {"text": "oral"}}}, {"dose_text": "5 mg"}),
    ("MedicationAdministration", {"dosage": {"route": {"text": "oral"}}}, {"route": "oral"}),
    ("Encounter", {"status": "finished"}, {"finished": "yes", "setting": None}),
    ("Encounter", {"status": "in-progress"}, {"finished": "no"}),
    ("Encounter", {"status": None}, {"finished": "not-recorded"}),
    *(
        ("Encounter", {"class": {"system": ACT, "code": code}}, {"setting": setting})
        for code, setting in [
            ("AMB", "outpatient"),
            ("IMP", "inpatient"),
            ("ACUTE", "inpatient"),
            ("NONAC", "inpatient"),
            ("EMER", "emergency"),
            ("HH", "home"),
            ("VR", "virtual"),
        ]
    ),
    ("Encounter", {"class": {"code": "AMB"}}, {"setting": "outpatient"}),
    ("Encounter", {"subject": WHO}, {"id": "Encounter/r"}),
    (
        "Encounter",
        {"type": [concept("18170008")], "class": {"system": ACT, "code": "AMB"}},
        {"setting": "nursing-facility", "codes": (Coding(system=SNOMED, code="18170008"),)},
    ),
    ("Encounter", {"period": PERIOD}, {"started_on": START, "ended_on": END}),
    ("Encounter", {"reasonCode": [{"text": "one"}, {"text": "two"}]}, {"reasons": ("one", "two")}),
    (
        "Encounter",
        {"participant": [{}, {"individual": {"reference": "x"}}, {"individual": {"display": "Dr. Sample"}}]},
        {"clinician": "Dr. Sample"},
    ),
    ("Appointment", {"status": "arrived"}, {"planned_on": None}),
    ("Appointment", {"participant": [{"actor": {"display": "room"}}, {"actor": WHO}]}, {"id": "Appointment/r"}),
    ("Appointment", {"start": "2026-03-04T09:00:00Z"}, {"planned_on": DAY}),
    ("Appointment", {"minutesDuration": 40}, {"minutes": 40}),
    ("Appointment", {"description": "talk", "appointmentType": {"text": "kind"}}, {"purpose": "talk"}),
    ("Appointment", {"appointmentType": {"text": "kind"}, "reasonCode": [{"text": "why"}]}, {"purpose": "kind"}),
    ("Appointment", {"reasonCode": [{"text": "why"}]}, {"purpose": "why"}),
    ("RelatedPerson", {"active": True}, {"name": None, "relationship": None}),
    ("RelatedPerson", {"patient": WHO}, {"id": "RelatedPerson/r"}),
    ("RelatedPerson", {"name": [{}, {"text": "Iris"}]}, {"name": "Iris"}),
    ("RelatedPerson", {"name": [{"given": ["Iris", "M."], "family": "Madeup"}]}, {"name": "Iris M. Madeup"}),
    ("RelatedPerson", {"relationship": [CODED, {"text": "friend"}]}, {"codes": CODES, "relationship": "words"}),
    ("Observation", {"status": "preliminary"}, {"answered": "not-recorded"}),
    ("Observation", {"category": [concept("vital-signs", "x"), concept("survey", "x")]}, {"text": "a score"}),
    ("Observation", {"code": CODED}, {"codes": CODES, "text": "words"}),
    ("Observation", {"subject": WHO}, {"id": "Observation/r"}),
    ("Observation", {"effectiveDateTime": "2026-03-04"}, {"observed_on": DAY}),
    ("Observation", {"effectivePeriod": PERIOD}, {"observed_on": END}),
    ("Observation", {"effectivePeriod": {"start": "2026-01-02"}}, {"observed_on": START}),
    ("Observation", {"effectiveInstant": "2026-03-04T00:00:00.000Z"}, {"observed_on": DAY}),
    ("Observation", {"valueQuantity": {"value": 21, "unit": "points", "code": "{score}"}}, {"unit": "{score}"}),
    ("Observation", {"valueQuantity": {"value": 21, "unit": "points"}}, {"amount": Decimal(21), "unit": "points"}),
    ("Observation", {"valueInteger": 12}, {"amount": Decimal(12), "unit": None}),
    (
        "Observation",
        {"valueCodeableConcept": concept("373066001")},
        {"coded_answer": Coding(system=SNOMED, code="373066001"), "answered": "yes"},
    ),
    ("Observation", {"valueCodeableConcept": concept("373067005")}, {"answered": "no"}),
    ("Observation", {"valueCodeableConcept": concept("1")}, {"answered": "not-recorded"}),
    ("Observation", {"valueCodeableConcept": {"text": "yes"}}, {"answered": "not-recorded", "coded_answer": None}),
    ("Observation", {"valueBoolean": True}, {"answered": "yes"}),
    (
        "Observation",
        {"category": None, "code": concept("29463-7", LOINC), "valueQuantity": {"value": 70.5, "code": "kg"}},
        {"amount": Decimal("70.5"), "unit": "kg", "codes": (Coding(system=LOINC, code="29463-7"),)},
    ),
    (
        "Observation",
        {"category": [concept("vital-signs", "x")], "code": concept("85354-9", LOINC), "component": [{}]},
        {"amount": None, "codes": (Coding(system=LOINC, code="85354-9"),)},
    ),
    ("Observation", {"valueBoolean": False}, {"answered": "no"}),
    ("Observation", {"dataAbsentReason": concept("asked-unknown", "x")}, {"answered": "unclear"}),
    ("Procedure", {"status": "completed"}, {"id": "Procedure/r"}),
    ("Procedure", {"code": concept("182836005")}, {"kind": "medication"}),
    ("Procedure", {"code": concept("428191000124101")}, {"kind": "reconciliation"}),
    ("Procedure", {"code": concept("430193006")}, {"kind": "reconciliation"}),
    ("Procedure", {"subject": WHO}, {"by": None}),
    ("Procedure", {"performedDateTime": "2026-03-04T08:00:00Z"}, {"completed_on": DAY}),
    ("Procedure", {"performedDateTime": None, "performedPeriod": PERIOD}, {"completed_on": END}),
    ("Procedure", {"performer": [{"actor": {"display": "Dr. Sample"}}]}, {"by": "Dr. Sample"}),
    ("Consent", {"scope": concept("treatment", "x")}, {"decision": None}),
    ("Consent", {"status": "rejected", "provision": {"type": "permit"}}, {"decision": "refused"}),
    ("Consent", {"patient": WHO}, {"id": "Consent/r"}),
    ("Consent", {"dateTime": "2026-03-04T10:00:00Z"}, {"discussed_on": DAY}),
    ("Consent", {"performer": [{"reference": "Practitioner/x"}, WHO]}, {"decider": "Patient/p"}),
    ("Consent", {"performer": [{"reference": "Practitioner/x"}]}, {"decider": None}),
    ("Consent", {"provision": {"type": "permit"}}, {"decision": "agreed"}),
    ("Consent", {"provision": {"type": "deny"}}, {"decision": "refused"}),
    ("Consent", {"provision": {"type": "deny", "period": PERIOD}}, {"decision": "refused"}),
    ("Consent", {"provision": {"code": [CODED]}}, {"treatment": "words", "treatment_codes": CODES}),
    ("DocumentReference", {"status": "current", "docStatus": "final"}, {"id": "DocumentReference/r"}),
    ("DocumentReference", {"subject": WHO}, {"author": None}),
    ("DocumentReference", {"type": CODED}, {"codes": CODES}),
    ("DocumentReference", {"date": "2026-03-04T10:00:00Z"}, {"written_on": DAY}),
    ("DocumentReference", {"author": [{"reference": "x"}, {"display": "Dr. Sample"}]}, {"author": "Dr. Sample"}),
    ("QuestionnaireResponse", {"questionnaire": f"{ASKS}decision-capacity|2"}, {"id": "QuestionnaireResponse/r"}),
    ("QuestionnaireResponse", {"status": "amended"}, {"decision": None}),
    ("QuestionnaireResponse", {"subject": WHO}, {"concern": "not-recorded"}),
    ("QuestionnaireResponse", {"authored": "2026-03-04T10:00:00Z"}, {"recorded_on": DAY}),
    (
        "QuestionnaireResponse",
        {"authored": "2026-03-04", "item": [{"linkId": "recorded_on", "answer": [{"valueDate": "2026-01-02"}]}]},
        {"recorded_on": START},
    ),
    (
        "QuestionnaireResponse",
        {"item": [{"linkId": "concern_reasons", "answer": [{"valueString": "a"}, {"valueCoding": {"code": "b"}}]}]},
        {"concern_reasons": ("a", "b")},
    ),
    (
        "QuestionnaireResponse",
        {"item": [{"linkId": "stakes", "answer": [{"valueCoding": {"code": "high"}}]}]},
        {"stakes": "high"},
    ),
]
#: Elements whose cases stand in tests of their own below.
ELSEWHERE = {
    ("Medication", "code"),
    ("Medication", "status"),
    ("Location", "type"),
    ("Encounter", "location"),
    ("CareTeam", "status"),
    ("CareTeam", "subject"),
    ("CareTeam", "participant"),
    ("Observation", "focus"),
    *(("Communication", name) for name in ("status", "category", "subject", "recipient", "about", "sent")),
    ("DocumentReference", "content"),
}


class TestMapping:
    """Each element of the mapping table lands in the field that the table names."""

    @pytest.mark.parametrize(("fields", "expected"), PATIENT_CASES)
    def test_patient(self, fields, expected):
        result = read_bundle(bundle(PATIENT | fields))
        [chart] = result.charts

        assert ("p", "Patient/p") == (chart.id, chart.person.id)
        assert expected == {name: plain(getattr(chart.person, name)) for name in expected}
        assert result.not_understood == ()
        assert result.elements == ()

    @pytest.mark.parametrize(("kind", "fields", "expected"), CASES)
    def test_every_other_type(self, kind, fields, expected):
        found = (
            record(kind, {"resourceType": "Condition", "id": "c", **LEAST["Condition"]}, **fields)
            if ("reasonReference" in fields)
            else record(kind, **fields)
        )

        assert expected == {name: plain(getattr(found, name)) for name in expected}

    def test_no_line_is_forgotten(self):
        """Every element that the table names has a case."""
        tried = {(kind, name) for kind, fields, _ in CASES for name in fields}
        tried |= {("Patient", name) for fields, _ in PATIENT_CASES for name in fields}

        assert {(line.type, line.key) for line in MAPPING} <= tried | ELSEWHERE

    def test_a_list_of_which_nothing_was_read(self):
        """A list for which nothing was read is not recorded, never none."""
        [chart] = read().charts

        assert (None, None, None, None) == (chart.problems, chart.medications, chart.reviews, chart.people)


# -- what counts -----------------------------------------------------------------------------------------------------

NEVER = [
    *((kind, {"status": word}) for kind, words in UNNEEDED.items() for word in (*words, "entered-in-error")),
    ("Condition", {"verificationStatus": concept("refuted", "x")}),
    ("Condition", {"verificationStatus": concept("entered-in-error", "x")}),
    ("MedicationRequest", {"intent": "proposal"}),
    ("MedicationRequest", {"intent": "plan"}),
    ("MedicationRequest", {"intent": "option"}),
    ("MedicationRequest", {"doNotPerform": True}),
    ("RelatedPerson", {"active": False}),
    ("Observation", {"focus": [{"reference": "Patient/other"}]}),
    ("Observation", {"category": [concept("vital-signs", "x")]}),
    ("Observation", {"category": None}),
    ("Observation", {"category": None, "code": concept("29463-7", LOINC)}),
    ("Observation", {"code": concept("29463-7", LOINC), "dataAbsentReason": concept("unknown", ABSENT)}),
    ("Observation", {"category": None, "code": concept("29463-7"), "valueInteger": 70}),
    ("Observation", {"category": None, "code": concept("829-0", text="82810-3")}),
    ("Procedure", {"code": concept("1")}),
    ("Procedure", {"code": None}),
    ("Consent", {"scope": concept("patient-privacy", "x")}),
    ("Consent", {"scope": None}),
    ("DocumentReference", {"docStatus": "entered-in-error"}),
    ("DocumentReference", {"content": [{"attachment": {"contentType": "application/pdf", "data": "AAAA"}}]}),
    ("DocumentReference", {"content": [{"attachment": {"contentType": "text/plain", "url": "urn:x"}}, {}]}),
    ("DocumentReference", {"content": None}),
    ("QuestionnaireResponse", {"questionnaire": "http://loinc.org/q/44249-1"}),
    ("QuestionnaireResponse", {"questionnaire": None}),
    ("CareTeam", {"participant": [{"member": {"reference": "Practitioner/x"}}]}),
    ("CareTeam", {}),
]
#: Types that count for something only by their status.
BY_STATUS = {"Appointment", "Communication", "Procedure", "QuestionnaireResponse"}
REFUSED = [
    *((kind, {"status": "a word of its own"}, "status") for kind in KEPT),
    *((kind, {"_status": absent("masked"), "status": None}, "status") for kind in KEPT),
    *(
        (kind, {"status": None}, "status")
        for kind in ("Appointment", "Communication", "Procedure", "QuestionnaireResponse")
    ),
    *((kind, {"modifierExtension": [{"url": "urn:not"}]}, "modifierExtension") for kind in LEAST),
    *((kind, {"implicitRules": "urn:rules"}, "implicitRules") for kind in LEAST),
    *(
        (kind, {"subject": {"reference": "Patient/other"}}, "subject")
        for kind in LEAST
        if "subject" in LEAST[kind] and kind != "CareTeam"
    ),
    *((kind, {"subject": None}, "subject") for kind in LEAST if "subject" in LEAST[kind]),
    ("Condition", {"verificationStatus": concept("perhaps", "x")}, "verificationStatus"),
    ("Condition", {"code": None}, "code"),
    ("Condition", {"code": {"coding": [{"code": "local"}]}}, "code"),
    ("Condition", {"code": {"coding": [{"modifierExtension": [{"url": "urn:not"}]}]}}, "code"),
    ("Observation", {"code": None}, "code"),
    ("MedicationRequest", {"intent": None}, "intent"),
    ("MedicationRequest", {"intent": "wish"}, "intent"),
    ("MedicationRequest", {"medicationCodeableConcept": {}}, "medication[x]"),
    ("MedicationRequest", {"medicationCodeableConcept": None}, "medication[x]"),
    ("MedicationRequest", {"dosageInstruction": [{"modifierExtension": []}]}, "dosageInstruction"),
    ("MedicationRequest", {"authoredOn": "2026-02-30"}, "authoredOn"),
    ("MedicationRequest", {"authoredOn": "yesterday"}, "authoredOn"),
    ("RelatedPerson", {"patient": {"reference": "Patient/other"}}, "patient"),
    ("Appointment", {"participant": [{"actor": {"reference": "Patient/other"}}]}, "participant"),
    ("Appointment", {"participant": None}, "participant"),
    ("CareTeam", {"participant": [{"member": {"reference": "RelatedPerson/gone"}}]}, "participant"),
    ("Procedure", {"performedDateTime": None}, "performed[x]"),
    ("Procedure", {"performedDateTime": "2026"}, "performed[x]"),
    ("Consent", {"provision": {"type": "perhaps"}}, "provision.type"),
    (
        "DocumentReference",
        {"content": [{"attachment": {"contentType": "text/plain", "data": "%%"}}]},
        "content.attachment.data",
    ),
    (
        "DocumentReference",
        {"content": [{"attachment": {"contentType": "text/plain", "data": "/w=="}}]},
        "content.attachment.data",
    ),
    ("QuestionnaireResponse", {"questionnaire": f"{ASKS}nothing"}, "questionnaire"),
    ("Encounter", {"period": {"start": "2026-02-03", "end": "2026-01-02"}}, ""),
    ("MedicationStatement", {"status": "stopped", "effectivePeriod": {"start": "2026-02-03", "end": "2026-01-02"}}, ""),
]


class TestWhatCounts:
    """What was entered in error, refuted, forbidden, proposed, or is about someone else never counts."""

    @pytest.mark.parametrize(("kind", "fields"), NEVER)
    def test_never(self, kind, fields):
        """It is not needed, with a reason, and adds nothing to the chart."""
        result = read(made(kind, **fields))
        [line] = result.not_needed

        assert read().charts == result.charts
        assert (kind, 1, 1) == (line.type, line.count, result.used)
        assert result.not_understood == ()

    @pytest.mark.parametrize(("kind", "fields", "path"), REFUSED)
    def test_not_understood(self, kind, fields, path):
        """A doubtful resource is listed by its element; the chart is that without it."""
        result = read({"resourceType": "Patient", "id": "q"}, made(kind, **fields))
        [line] = result.not_understood

        assert read({"resourceType": "Patient", "id": "q"}).charts == result.charts
        assert (kind, "entry[2]") == (line.type, line.position)
        assert line.path.startswith(path)
        assert line.reason

    @pytest.mark.parametrize("kind", sorted(set(KEPT) - BY_STATUS))
    @pytest.mark.parametrize("shadow", [None, absent("unknown")])
    def test_no_status(self, kind, shadow):
        """A status that is missing says nothing, except where a resource counts only by its status."""
        result = read(made(kind, status=None, _status=shadow, participant=None))

        assert result.not_understood == ()


# -- notes: an element that is not kept, of a resource that is ---------------------------------------------------------

NOTED = [
    ("Condition", {"clinicalStatus": concept("better", "x")}, "clinicalStatus", {"status": None}),
    ("Condition", {"code": {"coding": [{"code": "local"}], "text": "words"}}, "code", {"codes": (), "text": "words"}),
    ("Condition", {"recordedDate": "2026-03"}, "recordedDate", {"recorded_on": None}),
    ("Condition", {"_recordedDate": absent("masked")}, "recordedDate", {"recorded_on": None}),
    (
        "Condition",
        {"clinicalStatus": concept("relapse", "x"), "abatementDateTime": "2026-03-04"},
        "abatement[x]",
        {"status": "active", "resolved_on": None},
    ),
    ("MedicationRequest", {"reasonReference": [{"reference": "Condition/gone"}]}, "reasonReference[0]", {}),
    ("MedicationStatement", {"dosage": [dosage(), dosage()]}, "dosage", {"dose": None}),
    (
        "MedicationStatement",
        {"dosage": [{"asNeededBoolean": True}, {"asNeededBoolean": False}]},
        "dosage",
        {"as_needed": "unclear"},
    ),
    ("MedicationDispense", {"daysSupply": {"value": 2.5}}, "daysSupply", {"supply_days": None}),
    ("MedicationDispense", {"daysSupply": {"value": -1}}, "daysSupply", {"supply_days": None}),
    ("MedicationDispense", {"daysSupply": {"value": 3661}}, "daysSupply", {"supply_days": None}),
    ("MedicationDispense", {"daysSupply": {"value": 30, "comparator": "<"}}, "daysSupply", {"supply_days": None}),
    ("MedicationDispense", {"daysSupply": {"value": 4, "unit": "weeks"}}, "daysSupply", {"supply_days": None}),
    ("Encounter", {"class": {"system": ACT, "code": "OBSENC"}}, "class", {"setting": None}),
    ("Encounter", {"class": {"system": "urn:other", "code": "AMB"}}, "class", {"setting": None}),
    ("Encounter", {"period": {"start": "2026-01"}}, "period", {"started_on": None}),
    ("Appointment", {"minutesDuration": 0}, "minutesDuration", {"minutes": None}),
    ("Appointment", {"minutesDuration": 1441}, "minutesDuration", {"minutes": None}),
    ("Observation", {"valueQuantity": {"value": 5, "comparator": "<"}}, "valueQuantity", {"amount": None}),
    ("Observation", {"valueInteger": 10**9}, "valueInteger", {"amount": None}),
    ("Observation", {"valueQuantity": {"value": 0.0000001}}, "valueQuantity", {"amount": None}),
    ("Observation", {"dataAbsentReason": concept("masked", "x")}, "dataAbsentReason", {"answered": "not-recorded"}),
    ("Consent", {"status": "inactive", "provision": {"type": "permit"}}, "status", {"decision": None}),
    ("Consent", {"status": None, "provision": {"type": "permit"}}, "status", {"decision": None}),
    ("Consent", {"provision": {"type": "permit", "period": PERIOD}}, "provision.period", {"decision": None}),
    (
        "Consent",
        {"provision": {"type": "permit", "provision": [{"type": "deny"}]}},
        "provision.provision",
        {"decision": None},
    ),
]


class TestNotes:
    """What a used resource holds and cannot be kept is noted, and stays not recorded."""

    @pytest.mark.parametrize(("kind", "fields", "path", "expected"), NOTED)
    def test_noted(self, kind, fields, path, expected):
        result = read(made(kind, **fields))
        [chart] = result.charts
        [found] = getattr(chart, FIELD[kind])
        [line] = result.elements

        assert expected == {name: plain(getattr(found, name)) for name in expected}
        assert (kind, "entry[1]", path) == (line.type, line.position, line.path)
        assert str(line) == f"{kind} entry[1].{path}: {line.reason}"
        assert result.used == result.resources == 2

    @pytest.mark.parametrize(
        ("fields", "path", "expected"),
        [
            ({"gender": "unsaid"}, "gender", {"sex": None}),
            ({"birthDate": "1950-02-30"}, "birthDate", {"born_on": None}),
            ({"birthDate": 1950}, "birthDate", {"born_on": None}),
            ({"_birthDate": absent("masked")}, "birthDate", {"born_on": None}),
            ({"deceasedDateTime": "2026-02-30"}, "deceasedDateTime", {"deceased": "yes", "deceased_on": None}),
            ({"deceasedDateTime": "2026"}, "deceasedDateTime", {"deceased": "yes", "deceased_on": None}),
            ({"_deceasedBoolean": absent("error")}, "deceasedBoolean", {"deceased": "not-recorded"}),
        ],
    )
    def test_patient(self, fields, path, expected):
        result = read_bundle(bundle(PATIENT | fields))
        [chart] = result.charts
        [line] = result.elements

        assert expected == {name: plain(getattr(chart.person, name)) for name in expected}
        assert path == line.path

    def test_unread_elements_are_counted(self):
        """An element that no rule reads is counted by its name; one that R4 does not have is not named."""
        result = read(made("Condition", note=[], severity={}, _note=[], secret="word"))

        assert {"severity": 1, "note": 1, "_note": 1, "(no R4 element)": 1} == dict(result.unread["Condition"])


# -- why data is absent ----------------------------------------------------------------------------------------------

REASONS = [
    ("asked-unknown", "unclear", 0),
    ("temp-unknown", "unclear", 0),
    ("asked-declined", "unclear", 0),
    ("unknown", "not-recorded", 0),
    ("not-asked", "not-recorded", 0),
    ("masked", "not-recorded", 1),
    ("error", "not-recorded", 1),
    ("a word of its own", "not-recorded", 1),
]


class TestAbsence:
    """Asked and not known is unclear; unknown and not asked are not recorded; masked and error are not understood."""

    @pytest.mark.parametrize(("reason", "fact", "notes"), REASONS)
    def test_beside_a_boolean(self, reason, fact, notes):
        result = read_bundle(bundle(PATIENT | {"_deceasedBoolean": absent(reason)}))

        assert (fact, notes) == (result.charts[0].person.deceased.value, len(result.elements))

    @pytest.mark.parametrize(("reason", "fact", "notes"), REASONS)
    def test_of_an_observation(self, reason, fact, notes):
        result = read(made("Observation", dataAbsentReason=concept(reason, "x")))
        [found] = result.charts[0].observations

        assert (fact, notes) == (found.answered.value, len(result.elements))

    @pytest.mark.parametrize(("reason", "fact", "notes"), REASONS)
    def test_beside_the_value_of_an_observation(self, reason, fact, notes):
        result = read(made("Observation", _valueBoolean=absent(reason)))
        [found] = result.charts[0].observations

        assert (fact, notes) == (found.answered.value, len(result.elements))

    @pytest.mark.parametrize(("reason", "fact", "notes"), REASONS)
    def test_of_an_answer(self, reason, fact, notes):
        for answer in ({"extension": absent(reason)["extension"]}, {"_valueBoolean": absent(reason)}):
            result = read(made("QuestionnaireResponse", item=[{"linkId": "concern", "answer": [answer]}]))
            [found] = result.charts[0].decisions

            assert (fact, notes) == (found.concern.value, len(result.elements))

    @pytest.mark.parametrize(("reason", "fact"), [("asked-unknown", "unclear"), ("unknown", "not-recorded")])
    def test_of_as_needed(self, reason, fact):
        found = record("MedicationStatement", dosage=[{"_asNeededBoolean": absent(reason)}])

        assert fact == found.as_needed.value


# -- how much --------------------------------------------------------------------------------------------------------


def amount_a_day(quantity=MG, **timing):
    return record("MedicationStatement", dosage=[{"doseAndRate": [{"doseQuantity": quantity}], "timing": timing}]).dose


def repeat(**fields):
    return {"repeat": fields}


class TestDose:
    """A dose is the exact amount of one time by the times of a regular timing; anything else is not known."""

    @pytest.mark.parametrize(
        ("timing", "amount", "every_days"),
        [
            (repeat(frequency=1, period=1, periodUnit="d"), "2.5", 1),
            (repeat(frequency=3, period=1, periodUnit="d"), "7.5", 1),
            (repeat(period=1, periodUnit="d"), "2.5", 1),
            (repeat(frequency=1, period=2, periodUnit="d"), "2.5", 2),
            (repeat(frequency=1, period=2, periodUnit="wk"), "2.5", 14),
            (repeat(frequency=2, period=1, periodUnit="wk"), "5.0", 7),
            (repeat(frequency=1, period=8, periodUnit="h"), "7.5", 1),
            (repeat(when=["MORN", "HS"]), "5.0", 1),
            (repeat(frequency=2, period=1, periodUnit="d", when=["MORN", "HS"]), "5.0", 1),
            (repeat(timeOfDay=["08:00:00", "12:00:00", "20:00:00"]), "7.5", 1),
            ({"code": concept("BID", TIMES)}, "5.0", 1),
            ({"code": concept("QOD", TIMES)}, "2.5", 2),
            ({"code": concept("WK", TIMES)}, "2.5", 7),
        ],
    )
    def test_regular(self, timing, amount, every_days):
        dose = amount_a_day(**timing)

        assert (Decimal(amount), DoseUnit.MILLIGRAM, every_days) == (dose.amount, dose.unit, dose.every_days)

    @pytest.mark.parametrize(
        "timing",
        [
            {},
            {"code": {"text": "now and then"}},
            {"code": concept("BID", "urn:other")},
            {"event": ["2026-01-02"]},
            repeat(frequency=1),
            repeat(frequency=1, frequencyMax=2, period=1, periodUnit="d"),
            repeat(frequency=1, period=1, periodMax=2, periodUnit="d"),
            repeat(frequency=1, period=1, periodUnit="wk", dayOfWeek=["mon"]),
            repeat(frequency=1, period=1, periodUnit="mo"),
            repeat(frequency=1, period=1),
            repeat(frequency=1, period=1.5, periodUnit="d"),
            repeat(frequency=1, period=0, periodUnit="d"),
            repeat(frequency=1, period=400, periodUnit="d"),
            repeat(frequency=1, period=60, periodUnit="wk"),
            repeat(frequency=1, period=5, periodUnit="h"),
            repeat(frequency=1, period=48, periodUnit="h"),
            repeat(frequency=-1, period=1, periodUnit="d"),
            repeat(frequency=1, period=1, periodUnit="d", when=["MORN", "HS"]),
            repeat(frequency=3, timeOfDay=["08:00:00"]),
            repeat(when=["HS"], periodUnit="d"),
        ],
    )
    def test_not_regular(self, timing):
        """How often is not known: the amount a day is not recorded, and noted."""
        result = read(made("MedicationStatement", dosage=[{"doseAndRate": [{"doseQuantity": MG}], "timing": timing}]))
        [line] = result.elements

        assert result.charts[0].medications[0].dose is None
        assert line.path == "dosage[0].timing"

    @pytest.mark.parametrize(
        ("quantity", "amount", "unit"),
        [
            ({"value": 1, "unit": "mg"}, "2", "mg"),
            ({"value": 1, "code": "mg"}, "2", "mg"),
            ({"value": 1, "system": UCUM, "code": "ug"}, "2", "ug"),
            (
                {"value": 1, "system": "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm", "code": "TAB"},
                "2",
                "{tbl}",
            ),
        ],
    )
    def test_units(self, quantity, amount, unit):
        dose = amount_a_day(quantity, **TWICE_A_DAY)

        assert (Decimal(amount), unit) == (dose.amount, dose.unit.value)

    @pytest.mark.parametrize(
        "quantity",
        [
            {"value": 1, "unit": "handful"},
            {"value": 1, "unit": "mg", "code": "handful", "system": UCUM},
            {"value": 1, "code": "mg", "system": "urn:other"},
            {"value": 1},
            {"unit": "mg"},
            {"value": "1", "unit": "mg"},
            {"value": None, "unit": "mg"},
            {"value": 0, "unit": "mg"},
            {"value": -1, "unit": "mg"},
            {"value": 10**9, "unit": "mg"},
            {"value": 0.0000001, "unit": "mg"},
            {"value": 1, "unit": "mg", "comparator": "<="},
        ],
    )
    def test_no_amount(self, quantity):
        """An amount without a known unit, or none that can be kept, is not recorded, and noted."""
        result = read(
            made("MedicationStatement", dosage=[{"doseAndRate": [{"doseQuantity": quantity}], "timing": TWICE_A_DAY}])
        )
        [line] = result.elements

        assert result.charts[0].medications[0].dose is None
        assert line.path == "dosage[0].doseAndRate"

    def test_a_range(self):
        result = read(made("MedicationStatement", dosage=[{"doseAndRate": [{"doseRange": {"low": MG}}]}]))

        assert (None, 1) == (result.charts[0].medications[0].dose, len(result.elements))

    def test_exact(self):
        """Decimals are kept as written, digit for digit."""
        written = b'{"value":1.10,"unit":"mg"}'
        text = (
            b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"p"}},'
            b'{"resource":{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},'
            b'"category":[{"coding":[{"system":"x","code":"survey"}]}],"code":{"text":"t"},"valueQuantity":%b}}]}'
        )
        [chart] = read_bundle(text % written).charts

        assert str(chart.observations[0].amount) == "1.10"


# -- what refers to what ---------------------------------------------------------------------------------------------

TABLET = {"resourceType": "Medication", "id": "m", "code": CODED}
BY_REFERENCE = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"}}
CONTAINED = {"medicationCodeableConcept": None, "medicationReference": {"reference": "#m", "display": "by name"}}
MEDICINES = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")


@pytest.mark.parametrize("kind", MEDICINES)
class TestMedication:
    """A medicine may stand in the resource, in it as contained, or beside it."""

    def test_beside(self, kind):
        result = read(TABLET, made(kind, **BY_REFERENCE))

        assert (CODES, "words") == (result.charts[0].medications[0].codes, result.charts[0].medications[0].text)
        assert result.used == result.resources == 3

    def test_contained(self, kind):
        found = record(kind, contained=[{"resourceType": "Organization", "id": "o"}, TABLET], **CONTAINED)

        assert (CODES, "words") == (found.codes, found.text)

    def test_by_words_alone(self, kind):
        """What cannot be resolved has the words of the reference, if it has any."""
        found = record(kind, contained=[TABLET | {"id": "other"}], **CONTAINED)

        assert ((), "by name") == (found.codes, found.text)

    def test_entered_in_error(self, kind):
        """A medicine entered in error makes what refers to it not understood, and is not needed itself."""
        result = read(TABLET | {"status": "entered-in-error"}, made(kind, **BY_REFERENCE))

        assert result.charts[0].medications is None
        assert (["medicationReference"], 1) == ([line.path for line in result.not_understood], result.not_needed_count)

    def test_not_named(self, kind):
        """A Medication that nothing refers to is not needed."""
        result = read(TABLET, made(kind))

        assert ["Medication"] == [line.type for line in result.not_needed]

    @pytest.mark.parametrize(
        "inner",
        [[{"resourceType": "Medication", "id": "m", "modifierExtension": []}], ["m"], {"id": "m"}],
    )
    def test_a_doubtful_contained_one(self, kind, inner):
        result = read(made(kind, contained=inner, **CONTAINED))

        assert ["contained"] == [line.path for line in result.not_understood]


class TestPlaceOfCare:
    """A stay at a place that is a nursing facility is a stay in a nursing facility."""

    @pytest.mark.parametrize(
        ("kinds", "setting"),
        [([concept("42665001")], "nursing-facility"), ([concept("1")], "outpatient"), (None, "outpatient")],
    )
    def test_location(self, kinds, setting):
        place = {"resourceType": "Location", "id": "l"} | ({} if kinds is None else {"type": kinds})
        locations = [{}, {"location": {"reference": "Location/gone"}}, {"location": {"reference": "Location/l"}}]
        result = read(place, made("Encounter", location=locations, **{"class": {"code": "AMB"}}))

        assert (setting, 3) == (result.charts[0].encounters[0].setting.value, result.used)


IRIS = {"resourceType": "RelatedPerson", "id": "i", "patient": WHO}
HER = {"reference": "RelatedPerson/i"}


def team(number, role):
    return made("CareTeam", id=number, participant=[{"member": HER, "role": [{"text": role}]}])


class TestPeople:
    """People in the patient's life, and what a care team says of them."""

    def test_role(self):
        """A care team's role is the relationship of a person who has none."""
        result = read(IRIS, team("t", "daughter"))

        assert ("daughter", 3) == (result.charts[0].people[0].relationship, result.used)

    def test_role_of_a_person_with_a_relationship(self):
        result = read(IRIS | {"relationship": [{"text": "friend"}]}, team("t", "daughter"))

        assert result.charts[0].people[0].relationship == "friend"

    def test_two_teams(self):
        """Which of two teams is heard does not depend on their order."""
        first, second = team("t1", "daughter"), team("t2", "agent")

        assert read(IRIS, first, second).charts == read(IRIS, second, first).charts

    def test_team_of_another(self):
        """A team of one patient says nothing of a person of another."""
        other = {"resourceType": "Patient", "id": "q"}
        result = read(other, IRIS, team("t", "daughter") | {"subject": {"reference": "Patient/q"}})

        assert ([None], ["participant"]) == (
            [one.relationship for chart in result.charts for one in chart.people or ()],
            [line.path for line in result.not_understood],
        )

    def test_decider(self):
        result = read(IRIS, made("Consent", performer=[HER]))

        assert result.charts[0].consents[0].decider == "RelatedPerson/i"

    def test_decider_of_another(self):
        """A person of another patient decides nothing for this one."""
        other = {"resourceType": "Patient", "id": "q"}
        result = read(other, IRIS | {"patient": {"reference": "Patient/q"}}, made("Consent", performer=[HER]))
        [consent] = [one for chart in result.charts for one in chart.consents]

        assert consent.decider is None

    def test_medicine_of_a_consent(self):
        data = [{}, {"reference": {"reference": "Condition/c"}}, {"reference": {"reference": "MedicationRequest/r"}}]
        result = read(made("MedicationRequest"), made("Consent", provision={"data": data}), made("Condition", id="c"))

        assert result.charts[0].consents[0].medication == "MedicationRequest/r"


class TestCircumstance:
    """An observation whose code is known is a circumstance: present, absent, unclear, or not recorded."""

    @pytest.mark.parametrize(
        ("fields", "present", "notes"),
        [
            ({"valueCodeableConcept": concept("77386006")}, "yes", 0),
            ({"valueCodeableConcept": concept("60001007")}, "no", 0),
            ({"valueCodeableConcept": concept("LA4489-6", LOINC)}, "unclear", 0),
            ({"valueBoolean": True}, "yes", 0),
            ({"dataAbsentReason": concept("asked-declined", "x")}, "unclear", 0),
            ({"valueString": "no"}, "not-recorded", 1),
            ({"valueCodeableConcept": concept("1")}, "not-recorded", 1),
            ({}, "not-recorded", 1),
        ],
    )
    def test_present(self, fields, present, notes):
        result = read(
            made("Observation", category=None, code=concept("82810-3", LOINC), effectiveDateTime="2026-03-04", **fields)
        )
        [found] = result.charts[0].circumstances

        assert ("pregnant-planning-or-postpartum", present) == (found.kind.value, found.present.value)
        assert (DAY, notes) == (found.recorded_on, len(result.elements))
        assert result.charts[0].observations == ()


class TestNote:
    """A note is the plain text that stands in the document."""

    def test_sections(self):
        parts = [
            {"attachment": {"contentType": "text/plain; charset=utf-8", "data": base64.b64encode(text).decode()}}
            for text in (b"Slept well.", "No word of \u00e9clairs.".encode())
        ]
        found = record("DocumentReference", content=[*parts, {"attachment": {"contentType": "text/html"}}, {}])

        assert ["Slept well.", "No word of \u00e9clairs."] == [section.text for section in found.sections]


# -- questionnaires --------------------------------------------------------------------------------------------------


def asked(name, *items, **fields):
    return made("QuestionnaireResponse", questionnaire=ASKS + name, item=list(items), **fields)


def item(name, *answers):
    return {"linkId": name, "answer": list(answers)}


def group(name, *items):
    return {"linkId": name, "item": list(items)}


def coded(code):
    return {"valueCoding": {"code": code}}


class TestQuestionnaire:
    """A questionnaire's items are a record's fields; an item that is none, or no such answer, is noted."""

    @pytest.mark.parametrize(
        ("answer", "fact"),
        [
            ({"valueBoolean": True}, "yes"),
            ({"valueBoolean": False}, "no"),
            (coded("unclear"), "unclear"),
            ({"valueString": "no"}, "no"),
            (coded("not-recorded"), "not-recorded"),
        ],
    )
    def test_facts(self, answer, fact):
        [found] = read(asked("decision-capacity", item("concern", answer))).charts[0].decisions

        assert fact == found.concern.value

    def test_nested(self):
        """A group is a nested record, which repeats where the field is a list, and may name its own id."""
        result = read(
            asked(
                "decision-capacity",
                item("decision", coded("medication")),
                group(
                    "assessments", item("conclusion", {"valueBoolean": False}), item("grounds", coded("a"), coded("b"))
                ),
                group("assessments", item("role", {"valueString": "nurse"}), item("id", {"valueString": "second"})),
                group("prior_wishes", item("exist", {"valueBoolean": True})),
            )
        )
        [found] = result.charts[0].decisions
        first, second = found.assessments

        assert ("QuestionnaireResponse/r#assessments-1", "no", ("a", "b")) == (
            first.id,
            first.conclusion.value,
            first.grounds,
        )
        assert ("second", "nurse") == (second.id, second.role)
        assert (found.prior_wishes.exist.value, found.decision) == ("yes", "medication")
        assert result.elements == ()

    def test_none(self):
        """`none` says of a list that it was asked about and is empty; without it the list is not recorded."""
        [found] = read(asked("decision-capacity", item("assessments", coded("none")))).charts[0].decisions

        assert ((), None) == (found.assessments, found.deciders)

    def test_every_kind_of_answer(self):
        result = read(
            made("MedicationRequest"),
            asked(
                "consent-discussion",
                item("medication", {"valueReference": {"reference": "MedicationRequest/r"}}),
                item("discussed_on", {"valueDate": "2026-03-04"}),
                item("signed_at", {"valueDateTime": "2026-03-04T10:30:00+02:00"}),
                item("minutes", {"valueInteger": 20}),
                item("treatment", {"valueUri": "urn:treatment"}),
                item("treatment_codes", {"valueCoding": {"system": SNOMED, "code": "1"}}),
                item("discussed", coded("purpose"), {"valueString": "risks.common"}),
                group("dose", item("amount", {"valueDecimal": 2.5}), item("unit", coded("mg"))),
            ),
        )
        [found] = result.charts[0].consents

        assert ("MedicationRequest/r", DAY, 20) == (found.medication, found.discussed_on, found.minutes)
        assert datetime(2026, 3, 4, 10, 30) == found.signed_at  # noqa: DTZ001  # the clock on the wall
        assert ("urn:treatment", ("purpose", "risks.common")) == (found.treatment, found.discussed)
        assert (Coding(system=SNOMED, code="1"),) == found.treatment_codes
        assert Dose(amount=Decimal("2.5"), unit=DoseUnit.MILLIGRAM) == found.dose
        assert result.elements == ()

    @pytest.mark.parametrize(
        ("one", "path"),
        [
            (item("of_my_own", coded("x")), "item[0].linkId"),
            (item("id", {"valueString": "x"}), "item[0].linkId"),
            ({"answer": [coded("x")]}, "item[0].linkId"),
            (item("concern", {"valueInteger": 1}), "item[0].answer[0]"),
            (item("concern", coded("perhaps")), "item[0].answer[0]"),
            (item("concern", {"valueBoolean": True}, {"valueBoolean": False}), "item[0].answer[1]"),
            (item("recorded_on", {"valueString": "today"}), "item[0].answer[0]"),
            (item("recorded_on", {"valueDate": "2026-03"}), "item[0].answer[0]"),
            (item("prior_wishes", coded("x")), "item[0]"),
            (item("decision", {"valueReference": {"reference": "not one"}}), "item[0].answer[0]"),
        ],
    )
    def test_noted(self, one, path):
        result = read(asked("decision-capacity", one))

        assert {path} == {line.path for line in result.elements}
        assert result.used == 2

    @pytest.mark.parametrize(
        ("name", "one"),
        [
            ("minutes", {"valueInteger": 1.5}),
            ("minutes", {"valueString": "20"}),
            ("signed_at", {"valueDate": "2026-03-04"}),
            ("signed_at", {"valueDateTime": "2026-03-04T25:61:00"}),
            ("signed_at", {"valueDateTime": "2026-03-04"}),
            ("treatment_codes", {"valueCoding": {"code": "local"}}),
            ("discussed_on", {"valueBoolean": True}),
        ],
    )
    def test_not_the_type(self, name, one):
        result = read(asked("consent-discussion", item(name, one)))

        assert {"item[0].answer[0]"} == {line.path for line in result.elements}

    def test_a_day_as_it_is_written(self):
        """A birth date may be partial: it is kept as text."""
        person = group("person", item("id", {"valueString": "x"}), item("born_on", {"valueDate": "1950-04"}))
        [found] = read(asked("decision-capacity", person)).charts[0].decisions

        assert ("x", "1950-04") == (found.person.id, found.person.born_on)

    def test_a_group_twice(self):
        wishes = group("prior_wishes", item("exist", {"valueBoolean": True}))
        result = read(asked("decision-capacity", wishes, wishes))

        assert ["item[1]"] == [line.path for line in result.elements]

    @pytest.mark.parametrize(
        ("one", "path"),
        [
            (item("event", coded("enormous")), "consents[0].event"),
            (item("discussed_on", {"valueDate": "2026-02-30"}), "item[0].answer[0]"),
            (item("discussed_at", {"valueDateTime": "2026-02-30T10:00:00Z"}), "item[0].answer[0]"),
            ({"linkId": 1}, "item"),
        ],
    )
    def test_not_understood(self, one, path):
        """A word of no table, or an impossible day, makes the whole response doubtful."""
        result = read(asked("consent-discussion", one))

        assert [path] == [line.path for line in result.not_understood]
        assert result.charts[0].consents == ()

    @pytest.mark.parametrize(
        ("reference", "kept"),
        [
            ("Condition/c", "Condition/c"),
            ("Condition/not-read", "Condition/not-read"),
            ("RelatedPerson/i", "RelatedPerson/i"),
            ("Patient/p", "Patient/p"),
        ],
    )
    def test_reference(self, reference, kept):
        one = asked("consent-discussion", item("for_problem", {"valueReference": {"reference": reference}}))
        [found] = read(made("Condition", id="c"), IRIS, one).charts[0].consents

        assert kept == found.for_problem

    @pytest.mark.parametrize(
        "other",
        [
            made("Condition", id="x", subject={"reference": "Patient/q"}),
            made("Condition", id="x", subject={"reference": "Patient/q"}, verificationStatus=concept("refuted", "x")),
            made("QuestionnaireResponse", id="x", subject={"reference": "Patient/q"}),
            made("RelatedPerson", id="x", patient={"reference": "Patient/q"}),
        ],
    )
    @pytest.mark.parametrize("is_first", [True, False])
    def test_reference_to_another_patient(self, other, is_first):
        """A resource of another patient is never named, whichever of the two was read first."""
        one = asked(
            "consent-discussion",
            item("for_problem", {"valueReference": {"reference": f"{other['resourceType']}/x"}}),
        )
        patient = {"resourceType": "Patient", "id": "q"}
        result = read(patient, *((other, one) if is_first else (one, other)))

        assert ["item[0].answer[0]"] == [line.path for line in result.not_understood]
        assert not any(chart.consents for chart in result.charts)


def history(number, day, answer, **fields):
    answers = [] if day is None else [item("asked_on", {"valueDate": day})]
    return asked("medication-history", item("herbals", {"valueBoolean": answer}), *answers, id=number, **fields)


class TestOneOfAKind:
    """Of a questionnaire that a chart has one of, the latest answers count, in whatever order they come."""

    @pytest.mark.parametrize("turn", [1, -1])
    def test_the_latest(self, turn):
        result = read(*[history("a", "2026-01-02", True), history("b", "2026-03-04", False)][::turn])

        assert ("no", DAY) == (result.charts[0].asked.herbals.value, result.charts[0].asked.asked_on)
        assert (2, 1, 0) == (result.used, result.not_needed_count, result.not_understood_count)

    @pytest.mark.parametrize("turn", [1, -1])
    def test_without_a_day(self, turn):
        """Answers without a day are older than any."""
        result = read(*[history("a", None, True), history("b", "2026-03-04", False)][::turn])

        assert result.charts[0].asked.herbals.value == "no"

    @pytest.mark.parametrize("turn", [1, -1])
    def test_different_on_one_day(self, turn):
        """Different answers of one day are all refused: which of them counts is not known."""
        result = read(*[history("a", "2026-03-04", True), history("b", "2026-03-04", False)][::turn])

        assert result.charts[0].asked is None
        assert (1, 0, 2) == (result.used, result.not_needed_count, result.not_understood_count)

    @pytest.mark.parametrize("turn", [1, -1])
    def test_the_same_on_one_day(self, turn):
        result = read(*[history("a", "2026-03-04", True), history("b", "2026-03-04", True)][::turn])

        assert result.charts[0].asked.herbals.value == "yes"
        assert (2, 1, 0) == (result.used, result.not_needed_count, result.not_understood_count)


# -- telling ---------------------------------------------------------------------------------------------------------

REVISED = {
    "resourceType": "QuestionnaireResponse",
    "id": "revised",
    "status": "completed",
    "subject": WHO,
    "questionnaire": f"{ASKS}diagnosis-revision",
}
DEPRESSION = {"resourceType": "Condition", "id": "c", **LEAST["Condition"]}


def _revision(*items):
    answers = [{"linkId": "problem", "answer": [{"valueReference": {"reference": "Condition/c"}}]}, *items]
    return REVISED | {"item": answers}


def _told(word):
    return {"linkId": "told", "answer": [{"valueCoding": {"code": word}}]}


class TestTelling:
    """A message to the patient about a revised diagnosis is the telling of it; nothing else is."""

    def _read(self, *messages, revision=None):
        result = read(DEPRESSION, revision or _revision(), *messages)
        [made] = result.charts[0].revisions
        return result, (made.told.value, made.told_on)

    def test_told(self):
        result, told = self._read(made("Communication"))

        assert ("yes", date(2026, 3, 4)) == told
        assert () == result.not_understood

    def test_the_first_of_several_counts(self):
        earlier = made("Communication", id="earlier", sent="2026-02-01")

        assert ("yes", date(2026, 2, 1)) == self._read(made("Communication"), earlier)[1]
        assert ("yes", date(2026, 2, 1)) == self._read(earlier, made("Communication"))[1]

    def test_without_a_day(self):
        assert ("yes", None) == self._read(made("Communication", sent=None))[1]

    def test_the_record_says_otherwise(self):
        result, told = self._read(made("Communication"), revision=_revision(_told("no")))

        assert ("no", None) == told
        assert ["Communication"] == [note.type for note in result.elements]

    @pytest.mark.parametrize(
        "fields",
        [
            {"category": [concept("reminder", "urn:alliance-core:communication")]},
            {"category": [concept("diagnosis-told", "urn:other")]},
            {"category": None},
            {"recipient": [{"reference": "Practitioner/x"}]},
            {"recipient": None},
            {"about": [{"reference": "Condition/other"}]},
            {"about": None},
            {"status": "in-progress"},
        ],
    )
    def test_not_a_telling(self, fields):
        result, told = self._read(made("Communication", **fields))

        assert ("not-recorded", None) == told
        assert ["Communication"] == [one.type for one in result.not_needed]


class TestMeasurements:
    """What is measured reaches the rule that asks about it."""

    def test_lithium_from_a_laboratory(self):
        """A lithium level and kidney function of a laboratory are what monitoring counts from."""
        order = made(
            "MedicationRequest", medicationCodeableConcept={"text": "lithium"}, authoredOn="2026-01-01", id="li"
        )
        lab = {"category": [concept("laboratory", "x")], "effectiveDateTime": "2026-03-04"}
        level = made("Observation", code=concept("14334-7", LOINC), valueQuantity={"value": 0.7}, id="a", **lab)
        kidney = made("Observation", code=concept("2160-0", LOINC), valueQuantity={"value": 80}, id="b", **lab)
        [chart] = read(order, level, kidney).charts
        [review] = review_chart(chart, policy=load_policy("GB"), on=date(2026, 11, 24))["deprescribing"]
        last = {one.measure: one.last_on for one in review.monitoring}

        assert {"lithium-level": DAY, "kidney-function": DAY, "calcium": None} == {
            name: last[name] for name in ("lithium-level", "kidney-function", "calcium")
        }
        assert ["deprescribing.monitoring"] == [
            one.rule for one in review.findings if one.rule == "deprescribing.monitoring" and one.item == "lithium"
        ]
