"""
The resource that R4 has for each record, as far as it has one.

Nothing is made up to fill one: a required word that was not recorded is `unknown`, or absent with that reason. What
does not fit is left out here, and said beside it (`alliance_core.edges.fhir.charts`).
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from alliance_core.base.doses import Dose
from alliance_core.base.facts import Recorded
from alliance_core.edges.fhir import status
from alliance_core.edges.fhir.codes import DATA_ABSENT, meanings, measured
from alliance_core.edges.fhir.medicines import ORIGIN, UCUM
from alliance_core.edges.fhir.resources import ACT_CODE, INTERPRETER
from alliance_core.records import (
    Coding,
    Encounter,
    Evidence,
    MedicationStatement,
    Observation,
    OtherPerson,
    Person,
    Problem,
    ProblemStatus,
)
from alliance_core.relationship.records import Note

Json = dict[str, Any]
ABSENT: Final[Json] = {"extension": [{"url": DATA_ABSENT, "valueCode": "unknown"}]}
UNKNOWN: Final = "unknown"
CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_YES_NO: Final = {Recorded.YES: True, Recorded.NO: False}
#: What a record's resource refers to: the patient, and other records by their ids.
References = Mapping[str, str]


def present(**fields: object) -> Json:
    """Return an element without the fields that have nothing in them."""
    return {name: found for name, found in fields.items() if found is not None and found not in ({}, [], "")}


def coding(one: Coding) -> Json:
    """Return a Coding."""
    return present(system=one.system, code=one.code, display=one.display)


def concept(codes: Iterable[Coding], text: str | None = None) -> Json:
    """Return a CodeableConcept."""
    return present(coding=[coding(one) for one in codes], text=text)


def word(system: str, code: str) -> Json:
    """Return a CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def _span(first: date | None, last: date | None) -> Json:
    return present(start=first, end=last)


def _person(person: Person, _references: References) -> Json:
    spoken = [{"language": {"text": one}} for one in person.languages or ()]
    interpreter = _YES_NO.get(person.interpreter_needed)
    return present(
        resourceType="Patient",
        extension=[] if interpreter is None else [{"url": INTERPRETER, "valueBoolean": interpreter}],
        gender=None if person.sex is None else person.sex.value,
        birthDate=person.born_on,
        deceasedDateTime=person.deceased_on,
        deceasedBoolean=None if person.deceased_on else _YES_NO.get(person.deceased),
        communication=spoken,
    )


def _problem(problem: Problem, _references: References) -> Json | None:
    if not problem.codes and not problem.text:
        return None
    said = None if problem.status is None else problem.status.value
    ended = {
        ProblemStatus.REMISSION: problem.remission_on,
        ProblemStatus.RESOLVED: problem.resolved_on,
        ProblemStatus.INACTIVE: problem.resolved_on,
    }
    is_back = problem.recurrent is Recorded.YES and problem.status is ProblemStatus.ACTIVE
    confirmed = {Recorded.YES: "confirmed", Recorded.UNCLEAR: "unconfirmed"}.get(problem.confirmed)
    return present(
        resourceType="Condition",
        clinicalStatus=None if said is None else word(CLINICAL, "recurrence" if is_back else said),
        verificationStatus=None if confirmed is None else word(VERIFICATION, confirmed),
        code=concept(problem.codes, problem.text),
        onsetDateTime=problem.onset_on,
        abatementDateTime=None if problem.status is None else ended.get(problem.status),
        recordedDate=problem.recorded_on,
    )


def _other_person(person: OtherPerson, _references: References) -> Json:
    return present(
        resourceType="RelatedPerson",
        name=[{"text": person.name}] if person.name else [],
        relationship=[found] if (found := concept(person.codes, person.relationship)) else [],
    )


def _encounter(encounter: Encounter, _references: References) -> Json:
    codes = {said: code for code, said in reversed(list(meanings("Encounter.class").items()))}
    setting = None if encounter.setting is None else codes.get(encounter.setting.value)
    kinds = [(one.system, one.code) for one in encounter.codes]
    moved = {meanings("Encounter.type").get(kind) for kind in kinds} - {None}
    return present(
        resourceType="Encounter",
        status={Recorded.YES: "finished", Recorded.NO: "in-progress"}.get(encounter.finished, UNKNOWN),
        **{"class": ABSENT if setting is None else {"system": ACT_CODE, "code": setting[1]}},
        type=[concept(encounter.codes)] if encounter.codes and not moved else [],
        participant=[{"individual": {"display": encounter.clinician}}] if encounter.clinician else [],
        period=_span(encounter.started_on, encounter.ended_on),
        reasonCode=[{"text": one} for one in encounter.reasons],
    )


def _observation(observation: Observation, _references: References) -> Json | None:
    """A measure alone: whether another observation was a survey, the record does not say."""
    if measured().isdisjoint((one.system, one.code) for one in observation.codes):
        return None
    quantity = present(value=observation.amount, unit=observation.unit)
    answer = observation.coded_answer if observation.amount is None else None
    return present(
        resourceType="Observation",
        status=UNKNOWN,
        code=concept(observation.codes, observation.text),
        effectiveDateTime=observation.observed_on,
        valueQuantity=quantity if observation.amount is not None else None,
        valueCodeableConcept=None if answer is None else concept((answer,)),
    )


def _note(note: Note, _references: References) -> Json | None:
    if not note.sections:
        return None
    return present(
        resourceType="DocumentReference",
        status="current",
        type=concept(note.codes),
        author=[{"display": note.author}] if note.author else [],
        content=[
            {"attachment": {"contentType": "text/plain", "data": base64.b64encode(one.text.encode()).decode()}}
            for one in note.sections
        ],
    )


# -- medicines -------------------------------------------------------------------------------------------------------


def dose_quantity(dose: Dose) -> Json:
    """Return the amount of a dose as a Quantity."""
    return {"value": dose.amount, "unit": dose.unit.value, "system": UCUM, "code": dose.unit.value}


def dose_timing(dose: Dose) -> Json:
    """Return how often a dose is given as a Timing: once in so many days."""
    return {"repeat": {"frequency": 1, "period": dose.every_days, "periodUnit": "d"}}


def _dosage(medicine: MedicationStatement) -> list[Json]:
    dose = medicine.dose
    found = present(
        text=medicine.dose_text,
        timing=None if dose is None else dose_timing(dose),
        asNeededBoolean=_YES_NO.get(medicine.as_needed),
        route=present(text=medicine.route),
        doseAndRate=[] if dose is None else [{"doseQuantity": dose_quantity(dose)}],
    )
    return [found] if found else []


def _said(kind: str, medicine: MedicationStatement) -> str:
    """Return the status that the reader reads as the entry's own; `unknown` where there is none."""
    said = None if medicine.status is None else medicine.status.value
    return next((one for one, means in status.KEPT[kind].items() if means == said and said is not None), UNKNOWN)


def _order(medicine: MedicationStatement) -> Json:
    return present(
        status=_said("MedicationRequest", medicine),
        intent="order",
        authoredOn=medicine.started_on,
        requester=present(display=medicine.prescriber),
        dosageInstruction=_dosage(medicine),
        dispenseRequest=present(validityPeriod=_span(None, medicine.stops_on)),
    )


def _statement(medicine: MedicationStatement) -> Json:
    said = _said("MedicationStatement", medicine)
    has_ended = said in {"stopped", "completed", "not-taken"}
    last = medicine.stopped_on if has_ended else medicine.stops_on
    is_span = last is None or medicine.started_on is None or medicine.started_on <= last
    return present(
        status=said,
        effectivePeriod=_span(medicine.started_on, last if is_span else None),
        dosage=_dosage(medicine),
    )


def _supply(medicine: MedicationStatement) -> Json:
    return present(
        status=UNKNOWN,
        daysSupply=None if medicine.supply_days is None else {"value": medicine.supply_days, "unit": "d"},
        whenHandedOver=medicine.started_on,
        dosageInstruction=_dosage(medicine),
    )


def _given(medicine: MedicationStatement) -> Json:
    """A dosage without an amount is none in R4, and a period is required: one that is absent says so."""
    return present(
        status=_said("MedicationAdministration", medicine),
        effectivePeriod=_span(medicine.started_on, medicine.stopped_on) or ABSENT,
    )


_ENTRIES: Final[Mapping[Evidence, tuple[str, Callable[[MedicationStatement], Json]]]] = {
    Evidence.ORDER: ("MedicationRequest", _order),
    Evidence.STATEMENT: ("MedicationStatement", _statement),
    Evidence.SUPPLY: ("MedicationDispense", _supply),
    Evidence.ADMINISTRATION: ("MedicationAdministration", _given),
}


def _medicine(medicine: MedicationStatement, references: References) -> Json | None:
    if not medicine.codes and not medicine.text:
        return None
    kind, made = _ENTRIES[medicine.evidence]
    origin = None if medicine.origin is None else word(ORIGIN, medicine.origin.value)
    category = [origin] if origin and kind == "MedicationRequest" else origin
    reasons: Json = {}
    if kind != "MedicationDispense":
        names = [references.get(one, "") for one in medicine.indications or ()]
        named = [one for one in names if one.startswith("Condition/")]
        texts = [{"text": medicine.indication_text}] if medicine.indication_text else []
        reasons = present(reasonCode=texts, reasonReference=[{"reference": one} for one in named])
    return {
        "resourceType": kind,
        "medicationCodeableConcept": concept(medicine.codes, medicine.text),
        **present(category=category),
        **reasons,
        **made(medicine),
    }


#: For each field of a chart whose records R4 has resources for: how one is written, and whose it is.
NATIVE: Final[Mapping[str, tuple[Callable[[Any, References], Json | None], str]]] = {
    "person": (_person, ""),
    "problems": (_problem, "subject"),
    "people": (_other_person, "patient"),
    "encounters": (_encounter, "subject"),
    "medications": (_medicine, "subject"),
    "observations": (_observation, "subject"),
    "notes": (_note, "subject"),
}
