"""
Generated FHIR bundles of about 64 kB, as a clinic's system writes them: compact, with much that no rule needs.

Each resource has the size that the public Synthea bundles give its type (about 0.9 kB): full identifiers, references,
display texts, tags. A resource costs a reader about the same whatever its size, so the size decides the ratio.
"""

import json
import uuid

DRUGS = (
    ("312938", "sertraline 100 MG Oral Tablet"),
    ("197901", "lorazepam 1 MG Oral Tablet"),
    ("310432", "gabapentin 300 MG Oral Capsule"),
    ("317174", "quetiapine 25 MG Oral Tablet"),
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("860975", "metformin hydrochloride 500 MG Oral Tablet"),
)
TERMS = "http://terminology.hl7.org/CodeSystem"


def _id(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def _concept(system, code, display):
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _clock(n, minute=0):
    return f"202{n % 6}-0{1 + n % 9}-15T09:{minute:02}:00.000+00:00"


def _common(kind, n, seed):
    return {
        "resourceType": kind,
        "id": _id(seed, kind, n),
        "meta": {"versionId": "1", "lastUpdated": _clock(n), "tag": [{"system": "urn:example:tags", "code": "made"}]},
        "identifier": [{"system": "urn:example:records", "value": _id(seed, kind, n)}],
    }


def _reference(kind, n, seed, display=None):
    return {"reference": f"{kind}/{_id(seed, kind, n)}", **({"display": display} if display else {})}


def _request(n, seed):
    code, name = DRUGS[n % len(DRUGS)]
    return _common("MedicationRequest", n, seed) | {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": _concept("http://www.nlm.nih.gov/research/umls/rxnorm", code, name),
        "subject": _reference("Patient", 0, seed),
        "encounter": _reference("Encounter", n % 12, seed),
        "authoredOn": _clock(n),
        "requester": _reference("Practitioner", n % 3, seed, "Dr. Example"),
        "dosageInstruction": [
            {"text": "1 daily", "asNeededBoolean": False, "doseAndRate": [{"doseQuantity": {"value": 1}}]}
        ],
    }


def _observation(n, seed):
    return _common("Observation", n, seed) | {
        "status": "final",
        "category": [_concept(f"{TERMS}/observation-category", "vital-signs", "Vital signs")],
        "code": _concept("http://loinc.org", "29463-7", "Body weight"),
        "subject": _reference("Patient", 0, seed),
        "encounter": _reference("Encounter", n % 12, seed),
        "effectiveDateTime": _clock(n),
        "issued": _clock(n, 5),
        "performer": [_reference("Practitioner", n % 3, seed)],
        "valueQuantity": {"value": 70.5 + n % 9, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }


def _encounter(n, seed):
    return _common("Encounter", n, seed) | {
        "status": "finished",
        "class": {"system": f"{TERMS}/v3-ActCode", "code": "AMB"},
        "type": [_concept("http://snomed.info/sct", "185349003", "Encounter for check up (procedure)")],
        "subject": _reference("Patient", 0, seed),
        "participant": [{"individual": _reference("Practitioner", n % 3, seed, "Dr. Example")}],
        "period": {"start": _clock(n), "end": _clock(n, 30)},
        "serviceProvider": _reference("Organization", 0, seed),
    }


def _condition(n, seed):
    return _common("Condition", n, seed) | {
        "clinicalStatus": {"coding": [{"system": f"{TERMS}/condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{TERMS}/condition-ver-status", "code": "confirmed"}]},
        "code": _concept("http://snomed.info/sct", "370143000", "Major depressive disorder"),
        "subject": _reference("Patient", 0, seed),
        "encounter": _reference("Encounter", n % 12, seed),
        "onsetDateTime": _clock(n),
        "recordedDate": _clock(n),
    }


def _patient(seed):
    return _common("Patient", 0, seed) | {
        "birthDate": f"19{40 + seed % 50}-05-0{1 + seed % 9}",
        "gender": "female",
        "name": [{"use": "official", "family": "Example", "given": ["Ada"]}],
        "address": [{"line": ["1 Example Street"], "city": "Exampleton", "postalCode": "00000"}],
        "communication": [{"language": _concept("urn:ietf:bcp:47", "en-US", "English")}],
    }


def _asked(seed):
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "asked",
        "status": "completed",
        "questionnaire": "urn:alliance-core:questionnaire:medication-history",
        "subject": _reference("Patient", 0, seed),
        "authored": "2026-06-01",
        "item": [{"linkId": "supplements", "answer": [{"valueCoding": {"code": "yes"}}]}],
    }


def _entry(resource):
    kind = resource["resourceType"]
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {"method": "POST", "url": kind},
    }


def bundle(seed, size=64_000):
    """Return one bundle of about `size` bytes: requests, encounters, conditions, and observations to fill it."""
    kept = [_patient(seed), _asked(seed)]
    kept += [_request(n + seed, seed) for n in range(8)]
    kept += [_encounter(n, seed) for n in range(12)]
    kept += [_condition(n, seed) for n in range(6)]
    entries = [_entry(one) for one in kept]
    length = sum(len(json.dumps(one, separators=(",", ":"))) for one in entries)
    for n in range(size):
        if length >= size:
            break
        entries.append(_entry(_observation(n, seed)))
        length += len(json.dumps(entries[-1], separators=(",", ":")))
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, separators=(",", ":")
    ).encode()
