"""What a user would write instead: plain Python over dictionaries, five questions, no ledger, no checks, no sources."""

from datetime import date, timedelta

import orjson

ON = date(2026, 11, 24)
CNS = {"sertraline", "lorazepam", "gabapentin", "quetiapine", "diazepam", "clonazepam", "oxycodone"}


def _day(text):
    return date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def _coding(concept):
    return (concept or {}).get("coding") or [{}]


def answer(data):
    """Who decides, what is due, who is 65 with three CNS-active medicines, where is the patient, what was asked."""
    resources = [entry.get("resource") or {} for entry in orjson.loads(data).get("entry", [])]
    patient = next((one for one in resources if one.get("resourceType") == "Patient"), {})
    born = _day(patient.get("birthDate"))
    active, setting, problems, asked, capacity = {}, None, [], {}, None
    last = date.min
    for one in resources:
        kind = one.get("resourceType")
        if kind == "MedicationRequest":
            if one.get("status") == "active" and one.get("intent") != "proposal":
                name = _coding(one.get("medicationCodeableConcept"))[0].get("display", "").lower().split(" ")[0]
                start = _day(one.get("authoredOn"))
                if start and (name not in active or start < active[name]):
                    active[name] = start
        elif kind == "Encounter":
            start = _day((one.get("period") or {}).get("start"))
            if start and start >= last:
                last, setting = start, (one.get("class") or {}).get("code")
        elif kind == "Condition":
            problems += [coding.get("code") for coding in _coding(one.get("code"))]
        elif kind == "QuestionnaireResponse":
            for item in one.get("item", []):
                answers = item.get("answer") or [{}]
                asked[item.get("linkId")] = next(iter(answers[0].values()), None)
            capacity = asked.get("conclusion", capacity)
    due = {name: start + timedelta(days=14) for name, start in active.items()}
    elderly = born is not None and (ON - born).days > 65 * 365.25
    return {
        "decides": "patient" if capacity != "no" else "guardian",
        "due": {name: day for name, day in due.items() if day <= ON},
        "many": elderly and len(CNS & set(active)) >= 3,
        "setting": setting,
        "asked": [key for key in ("supplements", "herbals") if asked.get(key) is None],
        "problems": len(problems),
    }
