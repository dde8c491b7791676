"""Generated FHIR bundles of about 64 kB, as a clinic's system writes them: compact, with much that no rule needs."""

import json

DRUGS = (
    ("312938", "sertraline 100 MG Oral Tablet"),
    ("197901", "lorazepam 1 MG Oral Tablet"),
    ("310432", "gabapentin 300 MG Oral Capsule"),
    ("317174", "quetiapine 25 MG Oral Tablet"),
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("860975", "metformin hydrochloride 500 MG Oral Tablet"),
)


def _request(n, who):
    code, name = DRUGS[n % len(DRUGS)]
    return {
        "resourceType": "MedicationRequest",
        "id": f"m{n}",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": name}],
            "text": name,
        },
        "subject": {"reference": who},
        "authoredOn": f"202{n % 6}-0{1 + n % 9}-15T09:00:00+00:00",
        "requester": {"display": "Dr. Example"},
        "dosageInstruction": [
            {"text": "1 daily", "asNeededBoolean": False, "doseAndRate": [{"doseQuantity": {"value": 1}}]}
        ],
    }


def _observation(n, who):
    return {
        "resourceType": "Observation",
        "id": f"o{n}",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body Weight"}],
            "text": "Body Weight",
        },
        "subject": {"reference": who},
        "encounter": {"reference": f"Encounter/e{n % 12}"},
        "effectiveDateTime": f"202{n % 6}-0{1 + n % 9}-15T09:00:00+00:00",
        "valueQuantity": {"value": 70.5 + n % 9, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }


def _encounter(n, who):
    return {
        "resourceType": "Encounter",
        "id": f"e{n}",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": who},
        "period": {
            "start": f"202{n % 6}-0{1 + n % 9}-15T09:00:00+00:00",
            "end": f"202{n % 6}-0{1 + n % 9}-15T09:30:00+00:00",
        },
    }


def _condition(n, who):
    return {
        "resourceType": "Condition",
        "id": f"c{n}",
        "clinicalStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
        },
        "verificationStatus": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]
        },
        "code": {
            "coding": [
                {"system": "http://snomed.info/sct", "code": "370143000", "display": "Major depressive disorder"}
            ]
        },
        "subject": {"reference": who},
        "recordedDate": "2021-04-05",
    }


def bundle(seed, size=64_000):
    """Return one bundle of about `size` bytes: requests, encounters, conditions, and observations to fill it."""
    who = f"Patient/p{seed}"
    kept = [
        {
            "resourceType": "Patient",
            "id": f"p{seed}",
            "birthDate": f"19{40 + seed % 50}-05-0{1 + seed % 9}",
            "gender": "female",
        }
    ]
    kept += [_request(n + seed, who) for n in range(8)]
    kept += [_encounter(n, who) for n in range(12)]
    kept += [_condition(n, who) for n in range(6)]
    asked = {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed", "subject": {"reference": who}}
    asked |= {"questionnaire": "urn:alliance-core:questionnaire:medication-history", "authored": "2026-06-01"}
    asked["item"] = [{"linkId": "supplements", "answer": [{"valueCoding": {"code": "yes"}}]}]
    kept.append(asked)
    length = sum(len(json.dumps(one)) for one in kept)
    n = 0
    while length < size:
        kept.append(_observation(n, who))
        length += len(json.dumps(kept[-1])) + 40
        n += 1
    entries = [{"fullUrl": f"urn:example:{one['id']}", "resource": one} for one in kept]
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, separators=(",", ":")
    ).encode()
