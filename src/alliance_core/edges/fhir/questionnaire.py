"""
Facts that FHIR R4 has no resource for: a QuestionnaireResponse whose items are named as a record's fields.

`questionnaire` is `urn:alliance-core:questionnaire:<name>`; each item's `linkId` is a field of the record; a group is
a nested record, and repeats where the field is a list. Everything is derived from the records themselves.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Raw, Struct

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing.records import MedicationHistory, PastReview
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir import status
from alliance_core.edges.fhir.resource import File, Record, Resource
from alliance_core.edges.fhir.text import RefusedError, UnneededError
from alliance_core.invitations.records import InvitationProposal
from alliance_core.records import (
    Circumstance,
    Coding,
    Encounter,
    MedicationStatement,
    Observation,
    OtherPerson,
    Person,
    PlannedVisit,
    PreferenceRecord,
    Problem,
)
from alliance_core.relationship.records import BehaviorPlan, Note

PREFIX: Final = "urn:alliance-core:questionnaire:"
#: The one answer that says: asked, and there is none.
NONE: Final = "none"
#: The item that names the resource whose record is completed; without it the answers are a record of their own.
COMPLETES: Final = "record"
OTHER: Final = "a questionnaire that no rule reads"
NO_SUCH: Final = "is no questionnaire of this library"
NO_FIELD: Final = "is no field of the record"
NO_ANSWER: Final = "has no answer of the type that the field takes"
ONE_ONLY: Final = "is answered more than once, but the field takes one answer"
NO_GROUP: Final = "is a group; its items are fields of a nested record"
NOT_THEIRS: Final = "names another patient's resource"
LATER: Final = "a later answer to the same questionnaire was read"
SAME: Final = "the same answers again"
NO_RECORD: Final = "completes no record of this patient that was read"
SAME_DAY: Final = "answers the same questionnaire otherwise on the same day, and which of the two counts is not known"


class Empty(Enum):
    """That a list was asked about, and is empty."""

    NONE = NONE


@value
class EmptyLists:
    """The chart's lists that were asked about and are empty; it says nothing of a list for which something was read."""

    problems: Empty | None = None
    medications: Empty | None = None
    reviews: Empty | None = None
    people: Empty | None = None


@value
class Form:
    """A questionnaire: the record that it fills, and the chart's field for it; `single` = a chart has one of them."""

    record: Hashable
    chart_field: str
    single: bool = False


FORMS: Final[Mapping[str, Form]] = {
    "behavior-plan": Form(record=BehaviorPlan, chart_field="behaviors"),
    "circumstance": Form(record=Circumstance, chart_field="circumstances"),
    "consent-discussion": Form(record=ConsentDiscussion, chart_field="consents"),
    "decision-capacity": Form(record=DecisionCapacity, chart_field="decisions"),
    "diagnosis-revision": Form(record=DiagnosisRevision, chart_field="revisions"),
    "empty-lists": Form(record=EmptyLists, chart_field=""),
    "encounter": Form(record=Encounter, chart_field="encounters"),
    "invitation": Form(record=InvitationProposal, chart_field="invitations"),
    "medication": Form(record=MedicationStatement, chart_field="medications"),
    "medication-history": Form(record=MedicationHistory, chart_field="asked", single=True),
    "note": Form(record=Note, chart_field="notes"),
    "observation": Form(record=Observation, chart_field="observations"),
    "other-person": Form(record=OtherPerson, chart_field="people"),
    "past-review": Form(record=PastReview, chart_field="reviews"),
    "person": Form(record=Person, chart_field="person"),
    "planned-visit": Form(record=PlannedVisit, chart_field="visits"),
    "preferences": Form(record=PreferenceRecord, chart_field="preferences", single=True),
    "problem": Form(record=Problem, chart_field="problems"),
}
_DATED_BY_AUTHOR: Final = ("recorded_on", "asked_on")


# -- what the records say of their fields ----------------------------------------------------------------------------


@value
class Field:
    """One field of a record: the kind of answer it takes, whether it repeats, is a nested record, may be None."""

    kind: Any
    repeats: bool
    nested: bool
    optional: bool


@cache
def fields_of(record: Hashable) -> Mapping[str, Field]:
    """Return a record class's fields by name."""
    return {name: _field(hint) for name, hint in get_type_hints(record).items()}


def _field(hint: Any) -> Field:  # noqa: ANN401  # an annotation may be any object
    kind = _without_none(hint)
    repeats = get_origin(kind) is tuple
    if repeats:
        kind = _without_none(get_args(kind)[0])
    nested = hasattr(kind, "__dataclass_fields__") and kind is not Coding
    return Field(kind=kind, repeats=repeats, nested=nested, optional=type(None) in get_args(hint))


def _without_none(hint: Any) -> Any:  # noqa: ANN401
    if get_origin(hint) in {Union, UnionType}:
        return next(_without_none(one) for one in get_args(hint) if one is not type(None))
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


# -- what the response says ------------------------------------------------------------------------------------------


class AnswerIn(Struct, omit_defaults=True, gc=False):
    """QuestionnaireResponse.item.answer; numbers and dates undecoded."""

    valueBoolean: bool | None = None  # noqa: N815  # FHIR's own names, here and below
    valueDecimal: Raw = el.ABSENT  # noqa: N815
    valueInteger: Raw = el.ABSENT  # noqa: N815
    valueDate: Raw = el.ABSENT  # noqa: N815
    valueDateTime: Raw = el.ABSENT  # noqa: N815
    valueString: str | None = None  # noqa: N815
    valueUri: str | None = None  # noqa: N815
    valueCoding: el.CodingIn | None = None  # noqa: N815
    valueReference: el.ReferenceIn | None = None  # noqa: N815
    beside: el.PrimitiveIn | None = msgspec.field(default=None, name="_valueBoolean")
    extension: list[el.ExtensionIn] = []

    @property
    def word(self) -> str | None:
        """The answer as a code or text."""
        return self.valueString if self.valueCoding is None else self.valueCoding.code

    @property
    def absent(self) -> str | None:
        """Why there is no answer, if the response says so."""
        return el.absent_reason([*self.extension, *(self.beside.extension if self.beside else ())])


class ItemIn(Struct, omit_defaults=True, gc=False):
    """QuestionnaireResponse.item."""

    linkId: str | None = None  # noqa: N815
    answer: list[AnswerIn] = []
    item: "list[ItemIn]" = []


_ITEMS: Final = msgspec.json.Decoder(list[ItemIn])


def read_response(resource: Resource) -> None:
    """Add the record that one of this library's questionnaires was answered for."""
    form = _form(resource)
    status.status_of(resource)
    file = resource.owner("subject")
    items = resource.parsed(_ITEMS, "item") or []
    completed = next((item for item in items if item.linkId == COMPLETES), None)
    record = _record(resource, form.record, items, "item", resource.reference)
    if completed is not None or form.chart_field == "person":
        _complete(resource, file, form, record, completed)
    elif not form.chart_field:
        resource.join(file)
        file.empty |= {name for name, said in record.items() if said == NONE}
    else:
        _date(resource, form.record, record)
        _add(resource, file, form, record)


def _add(resource: Resource, file: File, form: Form, record: Record) -> None:
    if not form.single:
        resource.add(file, form.chart_field, record)
        return
    resource.join(file)
    dated = next((found for name in _DATED_BY_AUTHOR if (found := record.get(name)) is not None), date.min)
    file.answers.setdefault((form.chart_field, ""), []).append((record, resource, dated))


def _complete(resource: Resource, file: File, form: Form, record: Record, item: ItemIn | None) -> None:
    """Keep what is said of a record until all are read; the patient is the one person that there is."""
    answers = [] if item is None else item.answer
    named = [_text(resource, one, COMPLETES) for one in answers] if item is not None else [str(file.person["id"])]
    if form.single or not form.chart_field or len(named) != 1 or not isinstance(named[0], str):
        raise RefusedError(COMPLETES, NO_RECORD)
    said = {name: found for name, found in record.items() if name != "id"}
    resource.join(file)
    dated = resource.day("authored") or date.min
    file.answers.setdefault((form.chart_field, named[0]), []).append((said, resource, dated))


def _form(resource: Resource) -> Form:
    name = (resource.text("questionnaire") or "").partition("|")[0]
    if not name.startswith(PREFIX):
        raise UnneededError(OTHER)
    form = FORMS.get(name.removeprefix(PREFIX))
    if form is None:
        raise RefusedError("questionnaire", NO_SUCH)
    return form


def _date(resource: Resource, kind: Hashable, record: Record) -> None:
    name = next((one for one in _DATED_BY_AUTHOR if one in fields_of(kind)), None)
    if name is not None and record.get(name) is None:
        record[name] = resource.day("authored")


def settle(file: File) -> Iterator[tuple[Resource, str, bool]]:
    """
    Keep the latest answers of which a chart or a record has one, whatever the order they came in.

    Yields the others, why each is not kept, and whether it is needed: different answers of one day are all refused.
    """
    for (name, own_id), given in file.answers.items():
        latest = max(dated for _, _, dated in given)
        yield from ((resource, LATER, False) for _, resource, dated in given if dated < latest)
        newest = sorted((one for one in given if one[2] == latest), key=lambda one: one[1].reference)
        record, first, _ = newest[0]
        if any(other.fields.get("item") != first.fields.get("item") for _, other, _ in newest):
            yield from ((resource, SAME_DAY, True) for _, resource, _ in newest)
            continue
        yield from ((resource, SAME, False) for _, resource, _ in newest[1:])
        completed = file.find(name, own_id)
        if not own_id:
            file.single[name] = record, first
        elif completed is None:
            yield first, NO_RECORD, True
        else:
            file.complete(completed, record, first)


# -- items into a record ---------------------------------------------------------------------------------------------


def _record(resource: Resource, kind: Hashable, items: list[ItemIn], path: str, own_id: str) -> Record:
    fields = fields_of(kind)
    record: Record = {"id": own_id} if "id" in fields else {}
    named: Record = {}
    for place, item in enumerate(items):
        where = f"{path}[{place}]"
        if item.linkId == COMPLETES:
            continue
        field = fields.get(item.linkId or "")
        if field is None or (item.linkId == "id" and "#" not in own_id):
            resource.note(f"{where}.linkId", NO_FIELD)
        else:
            # A nested record's own id takes the place of the one that is made of its position.
            _add_item(resource, named if item.linkId == "id" else record, field, item, where)
    return record | named


def _add_item(resource: Resource, record: Record, field: Field, item: ItemIn, path: str) -> None:
    name = item.linkId or ""
    if [answer.word for answer in item.answer] == [NONE] and field.repeats:
        record.setdefault(name, [])
    elif field.nested:
        _add_nested(resource, record, field, item, path)
    else:
        _add_answers(resource, record, field, item, path)


def _add_nested(resource: Resource, record: Record, field: Field, item: ItemIn, path: str) -> None:
    name = item.linkId or ""
    if not item.item:
        resource.note(path, NO_GROUP)
        return
    if name in record and not field.repeats:
        resource.note(path, ONE_ONLY)
        return
    number = len(record.get(name, ())) + 1
    own_id = f"{record.get('id', resource.reference)}#{name}-{number}"
    found = _record(resource, field.kind, item.item, f"{path}.item", own_id)
    if field.repeats:
        record.setdefault(name, []).append(found)
    else:
        record[name] = found


def _add_answers(resource: Resource, record: Record, field: Field, item: ItemIn, path: str) -> None:
    name = item.linkId or ""
    for place, answer in enumerate(item.answer):
        where = f"{path}.answer[{place}]"
        found = _answer(resource, field.kind, answer, where)
        if found is None:
            if field.optional and answer.absent and el.absent_fact(answer.absent) == Recorded.NOT_RECORDED.value:
                record.setdefault(name, None)
            continue
        if field.repeats:
            record.setdefault(name, []).append(found)
        elif name in record:
            resource.note(where, ONE_ONLY)
        else:
            record[name] = found


def _answer(resource: Resource, kind: type[Any], answer: AnswerIn, path: str) -> object:
    found = _reader(kind)(resource, answer, path)
    if found is None and not answer.absent:
        resource.note(path, NO_ANSWER)
    return found


# -- one answer ------------------------------------------------------------------------------------------------------

Reader = Callable[[Resource, AnswerIn, str], object]
_FACTS: Final = frozenset(fact.value for fact in Recorded)
_LOCAL: Final = re.compile(r"([0-9-]{10}T[0-9:]{5,8}(?:\.[0-9]{1,6})?)[0-9]*(?:Z|[+-][0-9:]{5})?")


def _reader(kind: type[Any]) -> Reader:
    if kind is Recorded:
        return _fact
    if issubclass(kind, Enum):
        return _word
    return _READERS[kind]


def _fact(resource: Resource, answer: AnswerIn, path: str) -> str | None:
    if answer.valueBoolean is not None:
        return "yes" if answer.valueBoolean else "no"
    if answer.word is not None:
        return answer.word if answer.word in _FACTS else None
    found = el.absent_fact(answer.absent)
    if found is None:
        resource.note(path, el.NOT_GIVEN)
    return found if answer.absent else None


def _word(_resource: Resource, answer: AnswerIn, _path: str) -> str | None:
    return answer.word


def _text(resource: Resource, answer: AnswerIn, path: str) -> str | None:
    if answer.valueReference is not None:
        return _referenced(resource, answer.valueReference, path)
    if answer.valueDate:
        return el.date_text(bytes(answer.valueDate), path)
    return answer.word or answer.valueUri


def _referenced(resource: Resource, reference: el.ReferenceIn, path: str) -> str | None:
    target = resource.target(reference)
    if target is None:
        written = reference.reference or ""
        return written if _RELATIVE.fullmatch(written) else None
    owner = target.owner_if_known()
    if owner is not None and owner is not resource.owner("subject"):
        raise RefusedError(path, NOT_THEIRS)
    return target.reference


def _day(resource: Resource, answer: AnswerIn, path: str) -> date | None:
    return resource.day_of(bytes(answer.valueDate or answer.valueDateTime), path)


def _local_time(_resource: Resource, answer: AnswerIn, path: str) -> datetime | None:
    """
    Return a date-time as the clock on the wall showed it: the zone is left out, never converted.

    FHIR writes no time without a zone, so one that has none, or whose zone counts, is text.
    """
    if not answer.valueDateTime:
        return _time_in(answer.valueString or "")
    written = el.date_text(bytes(answer.valueDateTime), path)
    el.day(written, path)
    match = _LOCAL.fullmatch(written)
    try:
        return None if match is None else datetime.fromisoformat(match[1])
    except ValueError:
        return None


def _time_in(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _decimal(_resource: Resource, answer: AnswerIn, _path: str) -> str | None:
    found = el.number(answer.valueDecimal or answer.valueInteger)
    return None if found is None else str(found)


def _whole(_resource: Resource, answer: AnswerIn, _path: str) -> int | None:
    found = el.number(answer.valueInteger)
    return None if found is None or found != found.to_integral_value() else int(found)


def _coding(_resource: Resource, answer: AnswerIn, _path: str) -> el.CodingIn | None:
    coding = answer.valueCoding
    return coding if coding is not None and coding.system and coding.code else None


_RELATIVE: Final = re.compile(r"[A-Z][A-Za-z]{1,60}/[A-Za-z0-9._-]{1,128}(#[A-Za-z0-9_-]{1,60})*")
_READERS: Final[Mapping[type[Any], Reader]] = {
    str: _text,
    date: _day,
    datetime: _local_time,
    Decimal: _decimal,
    int: _whole,
    Coding: _coding,
}
