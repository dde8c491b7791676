"""Random charts, written as FHIR R4 as a host would write them: only the facts that the second opinion reads."""

import random  # noqa: TID251  # a test draws; a rule never does
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

Json = dict[str, Any]
#: The review day: a month end, so that clamping is met often.
ON: Final = date(2026, 11, 30)
PLACES: Final = ("US", "US-NH", "GB-EAW")
FORM: Final = "urn:alliance-core:questionnaire:"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"


class Draw:
    """What is drawn for one chart; the same number gives the same chart."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def of(self, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)

    def fact(self, *, yes: float = 0.4, no: float = 0.3, unclear: float = 0.1) -> str | None:
        """Return yes, no, unclear, or None for what nobody recorded."""
        (found,) = self.random.choices(
            ("yes", "no", "unclear", None), (yes, no, unclear, max(0.0, 1 - yes - no - unclear))
        )
        return found

    def likely(self, wanted: str) -> str | None:
        """Return the wanted answer, and any other now and then: scenes are met in full, and in all that they lack."""
        return wanted if self.chance(0.94) else self.of(("yes", "no", "unclear", None))

    def likely_value(self, wanted: object) -> object:
        return wanted if self.chance(0.97) else None

    def day(self, *back: int) -> date:
        """Return a day so many days back; often close to where a clock turns."""
        return ON - timedelta(days=self.of(back))


# -- a QuestionnaireResponse -----------------------------------------------------------------------------------------


def _answer(value: object) -> Json:
    if value in {"yes", "no"}:
        return {"valueBoolean": value == "yes"}
    if isinstance(value, date):
        return {"valueDate": value.isoformat()}
    return {"valueString": value}


def items(facts: Mapping[str, Any]) -> list[Json]:
    """Return the items of a record: what is None is not written, a list repeats, and an empty one says none."""
    found: list[Json] = []
    for name, value in facts.items():
        if isinstance(value, Mapping):
            found.append({"linkId": name, "item": items(value)})
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            found.extend({"linkId": name, "item": items(one)} for one in value)
        elif isinstance(value, list):
            found.append({"linkId": name, "answer": [_answer(one) for one in value or ("none",)]})
        elif value is not None:
            found.append({"linkId": name, "answer": [_answer(value)]})
    return found


def response(name: str, form: str, facts: Mapping[str, Any], authored: date) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": name,
        "status": "completed",
        "questionnaire": FORM + form,
        "subject": {"reference": "Patient/p"},
        "authored": authored.isoformat(),
        "item": items(facts),
    }


def bundle(resources: Iterable[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"https://example.org/fhir/{one['resourceType']}/{one['id']}", "resource": one}
            for one in resources
        ],
    }


def patient(born: date | None, sex: str | None = None) -> Json:
    made: Json = {"resourceType": "Patient", "id": "p"}
    if born is not None:
        made["birthDate"] = born.isoformat()
    if sex is not None:
        made["gender"] = sex
    return made


def encounter(draw: Draw) -> Json:
    """One visit."""
    code = draw.of(("AMB", "AMB", "HH", "VR"))
    started = draw.day(3, 10, 40)
    made: Json = {
        "resourceType": "Encounter",
        "id": "e",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code},
        "subject": {"reference": "Patient/p"},
        "period": {"start": started.isoformat(), "end": started.isoformat()},
    }
    return made


# -- one decision ----------------------------------------------------------------------------------------------------

ABILITIES: Final = ("understands", "retains", "appreciates", "reasons", "communicates")
GROUNDS: Final = ("refusal", "age", "psychosis-alone", "teach-back-failed")
DECIDERS: Final = {
    "US": ("agent", "guardian", "spouse-partner", "adult-child"),
    "US-NH": ("agent", "guardian", "spouse-partner", "adult-child"),
    "GB-EAW": ("lpa-hw", "deputy"),
}


def assessment(draw: Draw, concludes: str | None, assessed: date, assessor: str) -> Json:
    lack = concludes == "no"
    found: Json = {
        "assessed_on": assessed if draw.chance(0.98) else None,
        "assessed_by": assessor if draw.chance(0.98) else None,
        "conclusion": concludes,
    }
    absent = draw.of(ABILITIES)
    for ability in ABILITIES:
        found[ability] = draw.likely(
            "no" if lack and ability in {absent, "appreciates"} and draw.chance(0.9) else "yes"
        )
    found |= {
        "information_given": draw.likely("yes"),
        "support_given": draw.likely("yes"),
        "supports": draw.of((["interpreter"], ["teach-back"], None)),
        "impairment": draw.likely("yes") if lack else draw.fact(),
        "caused_by_impairment": draw.likely("yes") if lack else None,
        "patient_objects": draw.likely("no") if lack else draw.fact(yes=0.1, no=0.4),
        "grounds": draw.of((None, None, [draw.of(GROUNDS)], [draw.of(GROUNDS), "refusal"])),
        "cause": draw.of((None, None, "delirium", "acute-mania")),
        "expected_course": draw.of((None, "temporary", "fluctuating", "lasting")),
    }
    return found


def decider(draw: Draw, decider_class: str, number: int) -> Json:
    found: Json = {"id": f"decider-{number}", "decider_class": decider_class}
    for name in ("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able"):
        found[name] = draw.likely("yes")
    for name in ("disqualified", "conflicted", "patient_objects"):
        found[name] = draw.likely("no")
    return found


def decision(draw: Draw, place: str, born: date | None) -> Json:  # noqa: C901, PLR0912
    """One decision, in one of several scenes, each with all that it takes and then with some of it missing."""
    scene = draw.of(
        ("none", "concern", "lack", "lack", "lack", "lack", "capacity", "capacity", "differ", "standing", "order")
    )
    facts: Json = {
        "decision": draw.of(
            ("medication",) * 4 + ("procedure", "leaving-against-advice", "research") * 2 + ("will", None)
        ),
        "setting": draw.of((None, "outpatient", "inpatient")),
        "stakes": draw.of((None, "ordinary", "high")),
        "concern": draw.fact(yes=0.15, no=0.45) if scene != "concern" else draw.of(("yes", "unclear")),
        "detained": draw.likely("no"),
        "treats_mental_disorder": draw.fact(yes=0.5, no=0.4, unclear=0.05),
    }
    assessed = draw.day(0, 0, 0, 1, 3, 5, 7, 29, 30, 31, 400)
    made = {
        "lack": ["no"],
        "capacity": ["yes"],
        "differ": [draw.of(("yes", "no", "unclear", None)), draw.of(("yes", "no"))],
        "standing": draw.of(([], [], ["no"], ["yes"])),
        "order": draw.of(([], ["no"], ["yes"])),
    }.get(scene, [])
    if made:
        facts["assessments"] = [
            assessment(
                draw, one, assessed - timedelta(days=draw.of((0, 2, 7, 8)) if number else 0), f"assessor-{number}"
            )
            for number, one in enumerate(made)
        ]
    elif draw.chance(0.4):
        facts["assessments"] = []
    if assessed < ON and made and draw.chance(0.6):
        facts["changed_since"] = draw.likely("no")
        facts["changed_since_on"] = draw.of(
            (None, ON, ON, ON, assessed, assessed - timedelta(days=2), ON + timedelta(days=1))
        )
    if made and draw.chance(0.15):
        facts["events"] = [
            {
                "trigger": draw.of(("clinical-change", "treatment-change", "patient-says", "transfer", "order-ends")),
                "occurred_on": draw.of(
                    (None, assessed, assessed + timedelta(days=1), assessed - timedelta(days=1), ON)
                ),
            }
        ]
    classes = DECIDERS[place]
    chosen = [one for one in classes if draw.chance(0.3)]
    if scene == "standing":
        chosen = [classes[0]]
        facts |= {
            "activated": draw.likely("yes"),
            "activation_in_force": draw.likely("yes"),
            "activation_objected": draw.likely("no"),
        }
    elif draw.chance(0.8):
        facts["activated"] = draw.likely("no")
    if scene == "order" and classes[1] not in chosen:
        chosen.append(classes[1])
    if scene not in {"standing", "order"}:
        chosen = [one for one in chosen if one != classes[1]]
    if chosen:
        facts["deciders"] = [decider(draw, one, number) for number, one in enumerate(chosen)]
    elif draw.chance(0.5):
        facts["deciders"] = []
    if facts.get("activated") == "yes" and not chosen:
        facts["activated"] = "unclear"
    facts["no_one_in"] = [one for one in classes if one not in chosen and draw.chance(0.8)] or None
    facts |= {
        "order_suspends_agent": draw.fact(yes=0.2, no=0.5),
        "agreement": draw.fact(),
        "decider_dispute": draw.fact(yes=0.08, no=0.5, unclear=0.05),
        "finely_balanced": draw.fact(yes=0.05, no=0.6, unclear=0.05),
        "consultees_heard": draw.likely("yes"),
        "serious_treatment": draw.likely("no"),
        "reserved": {"over_objection": draw.likely("no"), "court_authority": draw.fact(yes=0.3, no=0.3)},
        "minor": {
            "condition_met": draw.fact(),
            "refuses": draw.fact(yes=0.1, no=0.7),
            "parent_authority": draw.likely("yes"),
            "parents_agree": draw.likely("yes"),
            "parent_conflicted": draw.likely("no"),
            "parent_decided": draw.likely("yes"),
            "child_view_recorded": draw.likely("yes"),
        },
        "prior_wishes": {
            "exist": draw.likely("no"),
            "valid": draw.fact(),
            "apply": draw.fact(),
            "displaced": draw.fact(),
        },
    }
    engaged = draw.of(("yes", "yes", "mixed", None))
    if engaged:
        facts["engagement"] = {
            name: "yes" if engaged == "yes" else draw.fact(yes=0.7, no=0.1)
            for name in (
                "identity_seen", "assessment_discussed", "options_discussed", "questions_answered", "decision_recorded",
                "patient_view_carried",
            )
        }  # fmt: skip
    if draw.chance(0.7):
        facts["consultations"] = [
            {
                "role": role,
                "held": draw.fact(yes=0.7, no=0.2),
                "held_on": draw.of((ON, ON - timedelta(days=2), ON - timedelta(days=2), None, ON + timedelta(days=2))),
                "by": draw.of(("someone", "someone", "someone", None)),
                "documented": draw.fact(yes=0.7, no=0.1),
            }
            for role in ("colleague", "counsel", "ethics")
            if draw.chance(0.5)
        ]
    if draw.chance(0.3):
        facts["person"] = {
            "id": "p",
            "born_on": None if born is None else born.isoformat(),
            "emancipated": draw.fact(yes=0.3, no=0.3, unclear=0.2),
            "interpreter_needed": draw.fact(yes=0.6),
        }
    return response("decision", "decision-capacity", facts, ON)


# -- one medicine, its reviews, and the talk about a treatment ---------------------------------------------------------

#: RxNorm ingredients, one of each group that has clocks or risks of its own.
MEDICINES: Final = (
    "36437", "51272", "2626", "6448", "6470", "39993", "6901", "28439", "135447", "187832", "7804", "32675",
)  # fmt: skip
KINDS: Final = ("medication",) * 4 + (
    "psychotherapy",
    "exercise",
    "self-help-group",
    "substance-reduction",
    "ect",
    "tms",
)
EVENTS: Final = ("start", "start", "increase", "decrease", "taper", "stop", "switch", "early-education")


def medicine(draw: Draw) -> Json:
    return {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": draw.of(MEDICINES)}]},
        "authoredOn": (ON - timedelta(days=draw.of((1, 5, 13, 27, 28, 29, 60, 83, 84, 85, 181, 365, 800)))).isoformat(),
    }


def reviews(draw: Draw) -> list[Json]:
    """What was reviewed, often on the last day of a month, where months clamp."""
    ends = (
        date(2026, 8, 31),
        date(2026, 5, 31),
        date(2025, 11, 30),
        date(2026, 11, 2),
        date(2026, 10, 31),
        date(2026, 2, 28),
    )
    return [
        response(
            f"review-{number}",
            "past-review",
            {"kind": draw.of(("regimen", "regimen", "medication", "reconciliation")), "completed_on": draw.of(ends)},
            ON,
        )
        for number in range(draw.of((0, 1, 1, 2)))
    ]


def circumstance(draw: Draw) -> list[Json]:
    kind = draw.of(("hepatic-or-renal-impairment", "dose-above-label-maximum", "suicide-risk", "no-indication-found"))
    if draw.chance(0.75):
        return []
    return [
        response(
            "circumstance", "circumstance", {"kind": kind, "present": draw.fact(yes=0.7)}, ON - timedelta(days=200)
        )
    ]


def discussion(draw: Draw, elements: Sequence[str]) -> Json:
    """One talk: of the elements that exist, all, most, or few were named."""
    share = draw.of((1.0, 0.99, 0.97, 0.9, 0.5))
    kind = draw.of(KINDS)
    facts: Json = {
        "event": draw.of(EVENTS),
        "kind": kind,
        "medication": "MedicationRequest/m" if kind == "medication" else None,
        "discussed_on": draw.likely_value(draw.day(0, 3, 20)),
        "discussed_by": draw.likely_value("prescriber"),
        "decided_by": draw.likely_value("patient"),
        "decision": draw.of(("agreed",) * 8 + ("refused", "withdrawn", None)),
        "voluntary": draw.likely("yes"),
        "discussed": [one for one in elements if draw.chance(share)] or None,
        "partly": [draw.of(elements)] if draw.chance(0.3) else None,
    }
    if facts["partly"] and facts["discussed"]:
        facts["discussed"] = [one for one in facts["discussed"] if one not in facts["partly"]] or None
    return response("talk", "consent-discussion", facts, ON)


def chart(number: int, elements: Sequence[str]) -> tuple[str, Json]:
    """Return the place whose rules are asked, and the chart."""
    draw = Draw(number)
    place = PLACES[number % len(PLACES)]
    adult = draw.of((date(1950, 2, 28), date(1985, 7, 1), date(2003, 1, 9), date(2008, 11, 30)))
    young = draw.of((date(2012, 5, 5), date(2012, 5, 5) if place == "GB-EAW" else date(2008, 12, 1)))
    born = draw.random.choices((adult, young, None), (0.88, 0.08, 0.04))[0]
    resources = [
        patient(born, draw.of(("female", "male", None))),
        decision(draw, place, born),
        medicine(draw),
        discussion(draw, elements),
        *reviews(draw),
        *circumstance(draw),
    ]
    if draw.chance(0.7):
        resources.append(encounter(draw))
    return place, bundle(resources)
