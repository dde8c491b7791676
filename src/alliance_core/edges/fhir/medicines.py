"""Medicines: orders, statements, supplies and doses given become entries about one medicine each."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Raw, Struct

from alliance_core.base.doses import DoseUnit
from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir import status
from alliance_core.edges.fhir.codes import meanings
from alliance_core.edges.fhir.elements import Coded, PeriodIn, QuantityIn
from alliance_core.edges.fhir.resource import Record, Resource
from alliance_core.edges.fhir.text import RefusedError, UnneededError, fields_in
from alliance_core.records import Origin

ORIGIN: Final = "urn:alliance-core:origin"
UCUM: Final = "http://unitsofmeasure.org"
NO_MEDICINE: Final = "names no medicine that was read"
PROHIBITED: Final = "asks that something is not done"
NO_INTENT: Final = "is missing, so it is not known to be an order"
NO_RECORD: Final = "names nothing of this patient that was read"
NO_AMOUNT: Final = "is no amount that can be kept: a number above zero with at most 6 decimal places"
NO_UNIT: Final = "has a unit that this reader does not know"
COMPARED: Final = "is above or below an amount, not an amount"
NO_TIMING: Final = "says no regular number of times a day, so the amount a day is not known"
SEVERAL: Final = "has several instructions, so the amount a day is not known"
MIXED: Final = "is as needed in one instruction and regular in another"
NO_DAYS: Final = "is no whole number of days"
A_RANGE: Final = "is a range, not an amount"

_LARGEST: Final = Decimal(1_000_000)
_PLACES: Final = -6
_MOST_DAYS: Final = 366
_MOST_SUPPLY: Final = 3660
_DAY_WORDS: Final = frozenset({"d", "day", "days"})
_HOURS_A_DAY: Final = 24
_DAYS: Final[Mapping[str, int]] = {"d": 1, "wk": 7}
_UNITS: Final = frozenset(unit.value for unit in DoseUnit)
_ORIGINS: Final = frozenset(origin.value for origin in Origin)


class RepeatIn(Struct, omit_defaults=True, gc=False):
    """Timing.repeat."""

    boundsPeriod: PeriodIn | None = None  # noqa: N815  # FHIR's own names, here and below
    frequency: int | None = None
    frequencyMax: int | None = None  # noqa: N815
    period: Raw = el.ABSENT
    periodMax: Raw = el.ABSENT  # noqa: N815
    periodUnit: str | None = None  # noqa: N815
    dayOfWeek: list[str] = []  # noqa: N815
    timeOfDay: list[str] = []  # noqa: N815
    when: list[str] = []


class TimingIn(Struct, omit_defaults=True, gc=False):
    """Timing."""

    repeat: RepeatIn | None = None
    code: Raw = el.ABSENT


class AmountIn(Struct, omit_defaults=True, gc=False):
    """Dosage.doseAndRate."""

    doseQuantity: QuantityIn | None = None  # noqa: N815
    doseRange: Raw = el.ABSENT  # noqa: N815


class DosageIn(Struct, omit_defaults=True, gc=False):
    """Dosage."""

    text: str | None = None
    timing: TimingIn | None = None
    asNeededBoolean: bool | None = None  # noqa: N815
    beside: el.PrimitiveIn | None = msgspec.field(default=None, name="_asNeededBoolean")
    asNeededCodeableConcept: Raw = el.ABSENT  # noqa: N815
    route: Raw = el.ABSENT
    doseAndRate: list[AmountIn] = []  # noqa: N815


class GivenIn(Struct, omit_defaults=True, gc=False):
    """MedicationAdministration.dosage."""

    text: str | None = None
    route: Raw = el.ABSENT


class SupplyIn(Struct, omit_defaults=True, gc=False):
    """MedicationRequest.dispenseRequest."""

    validityPeriod: PeriodIn | None = None  # noqa: N815


_DOSAGES: Final = msgspec.json.Decoder(list[DosageIn])
_GIVEN: Final = msgspec.json.Decoder(GivenIn)
_SUPPLY: Final = msgspec.json.Decoder(SupplyIn)
_CONTAINED: Final = msgspec.json.Decoder(list[Raw])

_ORDERS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
_NO_ORDERS: Final = frozenset({"proposal", "plan", "option"})
_ENDED: Final = frozenset({"stopped", "completed", "not-taken"})


# -- the four types --------------------------------------------------------------------------------------------------


def read_request(resource: Resource) -> None:
    """Read an order."""
    _refuse_no_order(resource)
    entry = _entry(resource, "order")
    _add_dosage(resource, entry, "dosageInstruction")
    entry.setdefault("started_on", resource.day("authoredOn"))
    entry.setdefault("stops_on", _supply_ends_on(resource))
    entry["prescriber"] = resource.display("requester")
    _add_reasons(resource, entry)
    resource.add(resource.file, "medications", entry)


def _refuse_no_order(resource: Resource) -> None:
    if resource.is_true("doNotPerform"):
        raise UnneededError(PROHIBITED)
    intent = resource.text("intent")
    if intent in _NO_ORDERS:
        raise UnneededError(status.PROPOSED)
    if intent not in _ORDERS:
        raise RefusedError("intent", NO_INTENT if intent is None else status.UNKNOWN_WORD)


def _supply_ends_on(resource: Resource) -> date | None:
    supply = resource.parsed(_SUPPLY, "dispenseRequest")
    if supply is None or supply.validityPeriod is None:
        return None
    return resource.day_of(bytes(supply.validityPeriod.end), "dispenseRequest.validityPeriod.end")


def read_statement(resource: Resource) -> None:
    """Read a statement of what is taken."""
    entry = _entry(resource, "statement")
    starts_on, ends_on = resource.period("effectivePeriod")
    _add_dosage(resource, entry, "dosage")
    _set(entry, "started_on", resource.day("effectiveDateTime") or starts_on)
    _set(entry, "stopped_on" if entry.get("status") in _ENDED else "stops_on", ends_on)
    _add_reasons(resource, entry)
    resource.add(resource.file, "medications", entry)


def read_dispense(resource: Resource) -> None:
    """Read a supply."""
    entry = _entry(resource, "supply")
    _add_dosage(resource, entry, "dosageInstruction")
    _set(entry, "started_on", resource.day("whenHandedOver") or resource.day("whenPrepared"))
    entry["supply_days"] = _supply_days(resource)
    resource.add(resource.file, "medications", entry)


def _supply_days(resource: Resource) -> int | None:
    supply = resource.parsed(el.QUANTITY, "daysSupply")
    amount = None if supply is None else el.number(supply.value)
    if supply is None or amount is None:
        return None
    if supply.comparator or not 0 <= amount <= _MOST_SUPPLY or amount != int(amount) or not _is_days(supply):
        resource.note("daysSupply", NO_DAYS)
        return None
    return int(amount)


def _is_days(supply: QuantityIn) -> bool:
    return (supply.code or supply.unit or "d").lower() in _DAY_WORDS


def read_administration(resource: Resource) -> None:
    """Read a dose that was given."""
    entry = _entry(resource, "administration")
    given = resource.parsed(_GIVEN, "dosage")
    if given is not None:
        entry["dose_text"] = given.text
        entry["route"] = resource.concept_of(bytes(given.route), "dosage.route").text if given.route else None
    starts_on, ends_on = resource.period("effectivePeriod")
    _set(entry, "started_on", resource.day("effectiveDateTime") or starts_on)
    _set(entry, "stopped_on", ends_on)
    _add_reasons(resource, entry)
    resource.add(resource.file, "medications", entry)


def _set(entry: Record, name: str, found: date | None) -> None:
    if found is not None:
        entry[name] = found


def _entry(resource: Resource, evidence: str) -> Record:
    """Return the entry as far as all four types share it; raises when it does not count or is nobody's."""
    said = status.status_of(resource)
    resource.join(resource.owner("subject"))
    medicine = _medicine(resource)
    entry: Record = {"id": resource.reference, "evidence": evidence, "codes": medicine.wire, "text": medicine.text}
    if said is not None:
        entry["status"] = said
    if "category" in resource.fields:
        entry["origin"] = _origin(resource)
    return entry


# -- which medicine --------------------------------------------------------------------------------------------------


def _medicine(resource: Resource) -> Coded:
    found = resource.concept("medicationCodeableConcept") or _referenced(resource)
    if not found.codes and found.text is None:
        raise RefusedError("medication[x]", NO_MEDICINE)
    return found


def _referenced(resource: Resource) -> Coded:
    reference = resource.parsed(el.REFERENCE, "medicationReference")
    if reference is None:
        return el.EMPTY
    target = _contained(resource, reference.reference) or resource.target(reference)
    if target is None or target.kind != "Medication":
        return el.coded([el.ConceptIn(text=reference.display)])
    if target.text("status") == "entered-in-error":
        raise RefusedError("medicationReference", status.IN_ERROR)
    resource.take(target)
    return target.concept("code") or el.coded([el.ConceptIn(text=reference.display)])


def _contained(resource: Resource, name: str | None) -> Resource | None:
    raw = resource.fields.get("contained")
    if raw is None or name is None or not name.startswith("#"):
        return None
    for one in el.decoded(_CONTAINED, raw, "contained"):
        fields = fields_in(one, "contained")
        inner = Resource("Medication", name, fields, resource.shape, resource.pool, resource.place, "contained", 0)
        if inner.text("id") == name[1:] and inner.text("resourceType") == "Medication":
            return inner
    return None


def _origin(resource: Resource) -> str | None:
    """Return where the medicine comes from, if a category says it; an order may have several."""
    is_order = resource.kind == "MedicationRequest"
    found = (resource.concepts if is_order else resource.concept)("category") or el.EMPTY
    return next((code for system, code in found.codes if system == ORIGIN and code in _ORIGINS), None)


def _add_reasons(resource: Resource, entry: Record) -> None:
    reasons = resource.concepts("reasonCode")
    if reasons is not None and reasons.texts:
        entry["indication_text"] = "; ".join(reasons.texts)
    references = resource.parsed(el.REFERENCES, "reasonReference")
    if references is not None:
        found = [_reason(resource, one, n) for n, one in enumerate(references)]
        entry["indications"] = [one for one in found if one is not None] or None


def _reason(resource: Resource, reference: el.ReferenceIn, place: int) -> str | None:
    target = resource.target(reference)
    if target is None or not target.belongs_to(resource.file):
        resource.note(f"reasonReference[{place}]", NO_RECORD)
        return None
    return target.reference


# -- how much --------------------------------------------------------------------------------------------------------


def _add_dosage(resource: Resource, entry: Record, name: str) -> None:
    """Add what the instructions say, with what has to be noted; the same instructions are read once."""
    if name not in resource.fields:
        return
    key = (name, bytes(resource.fields[name]))
    found = resource.pool.parsed.get(key)
    if found is None:
        noted, resource.notes = resource.notes, ()
        said: Record = {}
        _add_instructions(resource, said, name)
        found = resource.pool.parsed[key] = (said, resource.notes)
        resource.notes = noted
    entry.update(found[0])
    resource.notes += found[1]


def _add_instructions(resource: Resource, entry: Record, name: str) -> None:
    instructions = resource.parsed(_DOSAGES, name)
    if not instructions:
        return
    first = instructions[0]
    entry["dose_text"] = "; ".join(one.text for one in instructions if one.text) or None
    entry["as_needed"] = _as_needed(resource, instructions, name)
    entry["route"] = resource.concept_of(bytes(first.route), f"{name}[0].route").text if first.route else None
    entry["dose"] = _dose(resource, instructions, name)
    _add_bounds(resource, entry, first, name)


def _add_bounds(resource: Resource, entry: Record, first: DosageIn, name: str) -> None:
    repeat = None if first.timing is None else first.timing.repeat
    if repeat is None or repeat.boundsPeriod is None:
        return
    path = f"{name}[0].timing.repeat.boundsPeriod"
    _set(entry, "started_on", resource.day_of(bytes(repeat.boundsPeriod.start), f"{path}.start"))
    _set(entry, "stops_on", resource.day_of(bytes(repeat.boundsPeriod.end), f"{path}.end"))


def _as_needed(resource: Resource, instructions: list[DosageIn], name: str) -> str:
    said = {_is_as_needed(one) for one in instructions}
    if len(said) == 1:
        return said.pop() or "not-recorded"
    if said >= {"yes", "no"}:
        resource.note(name, MIXED)
    return "unclear"


def _is_as_needed(one: DosageIn) -> str | None:
    if one.asNeededCodeableConcept:
        return "yes"
    if one.asNeededBoolean is not None:
        return "yes" if one.asNeededBoolean else "no"
    return el.absent_fact(None if one.beside is None else el.absent_reason(one.beside.extension))


def _dose(resource: Resource, instructions: list[DosageIn], name: str) -> Record | None:
    """Return the amount an interval, or None with a note why it is not known."""
    if not any(one.doseAndRate for one in instructions):
        return None
    path = f"{name}[0].doseAndRate"
    if len(instructions) > 1 or len(instructions[0].doseAndRate) > 1:
        resource.note(name, SEVERAL)
        return None
    quantity = instructions[0].doseAndRate[0].doseQuantity
    if quantity is None:
        resource.note(path, A_RANGE)
        return None
    unit = _unit(quantity)
    amount = el.number(quantity.value)
    times = _times(resource, instructions[0].timing, f"{name}[0].timing")
    problem = _problem(quantity, unit, amount, times)
    if problem is not None or amount is None or times is None:
        resource.note(path if problem is not NO_TIMING else f"{name}[0].timing", problem or NO_AMOUNT)
        return None
    return {"amount": str(amount * times[0]), "unit": unit, "every_days": times[1]}


def _problem(
    quantity: QuantityIn, unit: str | None, amount: Decimal | None, times: tuple[int, int] | None
) -> str | None:
    if quantity.comparator is not None:
        return COMPARED
    if unit is None:
        return NO_UNIT
    if times is None:
        return NO_TIMING
    return None if amount is not None and _can_be_kept(amount * times[0]) else NO_AMOUNT


def _can_be_kept(amount: Decimal) -> bool:
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _PLACES and 0 < amount < _LARGEST


def _unit(quantity: QuantityIn) -> str | None:
    if quantity.code is not None:
        known = quantity.code if quantity.code in _UNITS and quantity.system in {UCUM, None} else None
        return known or meanings("Quantity.unit").get((quantity.system or "", quantity.code))
    return quantity.unit if quantity.unit in _UNITS else None


def _times(resource: Resource, timing: TimingIn | None, path: str) -> tuple[int, int] | None:
    """Return how many times in how many days; None if the timing is not that regular."""
    if timing is None:
        return None
    repeat = timing.repeat
    if repeat is not None and (repeat.period or repeat.when or repeat.timeOfDay):
        return _repeated(repeat)
    if not timing.code:
        return None
    said = resource.concept_of(bytes(timing.code), f"{path}.code").means("Timing.code")
    if said is None:
        return None
    times, _, days = said.partition("/")
    return int(times), int(days)


def _repeated(repeat: RepeatIn) -> tuple[int, int] | None:
    if repeat.frequencyMax is not None or repeat.periodMax or repeat.dayOfWeek:
        return None
    said = {repeat.frequency, len(repeat.when), len(repeat.timeOfDay)} - {None, 0}
    if len(said) > 1:
        return None  # once a day and both morning and night: how often is not known
    times = next(iter(said), None) or 1
    if not repeat.period:
        return (times, 1) if repeat.periodUnit is None else None
    period = el.number(repeat.period)
    if period is None or period != period.to_integral_value() or not 1 <= period <= _MOST_DAYS or times < 1:
        return None
    return _in_days(times, int(period), repeat.periodUnit)


def _in_days(times: int, period: int, unit: str | None) -> tuple[int, int] | None:
    if unit == "h":
        return (times * _HOURS_A_DAY // period, 1) if _HOURS_A_DAY % period == 0 else None
    days = period * _DAYS.get(unit or "", 0)
    return (times, days) if 1 <= days <= _MOST_DAYS else None
