"""
A chart as a FHIR R4 Bundle that the reader reads back.

Each record is written as the resource that R4 has for it. What the reader would not read back from that resource is
said beside it, as answers to a questionnaire of this library; so the mapping stands in one place, the reader.
"""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeGuard, cast
from uuid import UUID, uuid5

from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import path_text
from alliance_core.chart import Chart
from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir.bundles import read_bundle
from alliance_core.edges.fhir.codes import DATA_ABSENT
from alliance_core.edges.fhir.natives import ABSENT, NATIVE, Json, coding, present
from alliance_core.edges.fhir.questionnaire import COMPLETES, FORMS, NONE, PREFIX, EmptyLists, Field, fields_of
from alliance_core.edges.fhir.text import WRITER
from alliance_core.edges.wire import write_chart
from alliance_core.records import Coding

NAMESPACE: Final = UUID("6f0e6f4e-6d5c-5a3f-9a53-0c0d9c5f3a10")
NOT_WRITABLE: Final = "is empty or has a control character, which FHIR does not write"
NOT_A_CODE: Final = "is no URI or no code as FHIR writes them"
_RESPONSE: Final = "QuestionnaireResponse"
#: For each field of a chart: the questionnaire that fills it.
_FORM_OF: Final = {form.chart_field: name for name, form in FORMS.items()}


def write_chart_bundle(chart: Chart) -> bytes:
    """
    Return the chart as a Bundle of type `collection`, which `read_bundle` reads back to an equal chart.

    Records of one list may come back in another order, and identical ones once; no rule reads either. Raises
    `ChartError`, naming paths and rules, for a text that FHIR cannot hold.
    """
    problems = tuple(_unwritable(json.loads(write_chart(chart)), ()))
    if problems:
        raise ChartError(problems)
    return bundle_of(_resources(chart))


def bundle_of(resources: Iterable[Json]) -> bytes:
    """Return resources as a Bundle of type `collection`; amounts are written as they are, never through a float."""
    entries = [{"resource": resource} for resource in resources]
    return WRITER.encode({"resourceType": "Bundle", "type": "collection", **({"entry": entries} if entries else {})})


# -- names -----------------------------------------------------------------------------------------------------------

_NAMED: Final = re.compile(r"([A-Za-z]+)/([A-Za-z0-9.-]{1,64})")


def name_of(kind: str, chart_id: str, own_id: str) -> str:
    """Return `Type/id`: the record's own id where it is one of that type, else one made of it and the chart's."""
    match = _NAMED.fullmatch(own_id)
    if match is not None and match[1] == kind:
        return own_id
    return f"{kind}/{uuid5(NAMESPACE, json.dumps([chart_id, own_id]))}"


def _identified(resource: Json, name: str, own_ids: Mapping[str, str]) -> Json:
    """Return the resource with its id, and with identifiers that keep own ids which are another."""
    kind, _, fhir_id = name.partition("/")
    kept = [{"system": system, "value": one} for system, one in own_ids.items() if one not in {name, ""}]
    if not kept:
        identifier: Json = {}
    else:
        identifier = {"identifier": kept[0] if kind == _RESPONSE else kept}
    return {"resourceType": kind, "id": fhir_id, **identifier, **resource}


# -- records ---------------------------------------------------------------------------------------------------------


def _resources(chart: Chart) -> Iterator[Json]:
    """Write each record's own resource, read them all, and say beside each what did not come back."""
    records = list(_records(chart))
    names = {one.id: _name(chart, field, one) for field, one in records}
    natives = [made for field, one in records if (made := _native(chart, field, one, names)) is not None]
    yield from natives
    [read] = read_bundle(bundle_of(natives)).charts
    found = {one.id: one for _, one in _records(read)}
    for field, one in records:
        items = list(_beside(one, found.get(one.id), names))
        if items or one.id not in found:
            yield _response(chart, field, one.id, items, is_own=one.id not in found)
    if chart.asked is not None:
        yield _response(chart, "asked", "", list(_items(chart.asked, names)), is_own=True)
    empty = [name for name in fields_of(EmptyLists) if getattr(chart, name) == ()]
    if empty:
        none = [{"linkId": name, "answer": [{"valueString": NONE}]} for name in empty]
        yield _response(chart, "", "", none, is_own=True)


def _records(chart: Chart) -> Iterator[tuple[str, Any]]:
    """Return each record that has an id, once, with the chart's field that holds it."""
    yield "person", chart.person
    seen = {chart.person.id}
    for field in dataclasses.fields(chart):
        found = getattr(chart, field.name)
        for one in found if _is_list(found) else (found,):
            own_id = getattr(one, "id", None)
            if own_id is not None and own_id not in seen:
                seen.add(own_id)
                yield field.name, one


def _name(chart: Chart, field: str, record: Any) -> str:  # noqa: ANN401  # a record of any kind
    made = NATIVE[field][0](record, {}) if field in NATIVE else None
    return name_of(_RESPONSE if made is None else made["resourceType"], chart.id, record.id)


def _native(chart: Chart, field: str, record: Any, names: Mapping[str, str]) -> Json | None:  # noqa: ANN401
    write, owner = NATIVE.get(field, (None, ""))
    made = None if write is None else write(record, names)
    if made is None:
        return None
    own_ids = {el.RECORD: record.id}
    if field == "person":
        fhir_id = names[record.id].partition("/")[2]
        own_ids |= {} if chart.id == fhir_id else {el.CHART: chart.id}
    else:
        made = {**made, owner: {"reference": names[chart.person.id]}}
    return _identified(made, names[record.id], own_ids)


# -- what is said beside ---------------------------------------------------------------------------------------------


def _response(chart: Chart, field: str, own_id: str, items: list[Json], *, is_own: bool) -> Json:
    """Return answers that are a record of their own, or complete the record of that id."""
    form = _FORM_OF[field]
    person = name_of("Patient", chart.id, chart.person.id)
    name = (
        name_of(_RESPONSE, chart.id, own_id) if is_own and own_id else name_of(_RESPONSE, chart.id, f"{form} {own_id}")
    )
    said = present(questionnaire=PREFIX + form, status="completed", subject={"reference": person}, item=items)
    return _identified(said, name, {el.RECORD: own_id} if is_own and own_id else {})


def _beside(record: Any, found: Any, names: Mapping[str, str]) -> Iterator[Json]:  # noqa: ANN401
    """Return what has to be said beside the resource from which `found` was read; all of it, where none was."""
    if found is None:
        yield from _items(record, names)
        return
    differ = [name for name in _fields(record) if getattr(record, name) != getattr(found, name)]
    if differ:
        yield {"linkId": COMPLETES, "answer": [_reference(names[record.id])]}
    for name in differ:
        yield from _field_items(name, _fields(record)[name], getattr(record, name), names)


def _fields(record: Any) -> Mapping[str, Field]:  # noqa: ANN401
    return fields_of(cast("Any", type(record)))


def _items(record: Any, names: Mapping[str, str], *, nested: bool = False) -> Iterator[Json]:  # noqa: ANN401
    """Return an item for each field that was recorded."""
    fields = _fields(record)
    for field in dataclasses.fields(record):
        found = getattr(record, field.name)
        if found != field.default and (nested or field.name != "id"):
            yield from _field_items(field.name, fields[field.name], found, names)


def _field_items(name: str, field: Field, found: Any, names: Mapping[str, str]) -> Iterator[Json]:  # noqa: ANN401
    if found == ():
        yield {"linkId": name, "answer": [{"valueString": NONE}]}
    elif field.nested and found is not None:
        for one in found if field.repeats else (found,):
            yield {"linkId": name, "item": list(_items(one, names, nested=True)) or [_nothing(one)]}
    else:
        several = found if field.repeats and found is not None else (found,)
        known: Mapping[str, str] = {} if name == "id" else names
        answers = [_answer(one, known) for one in several]
        yield {
            "linkId": name,
            "answer": [_TEXT_NONE] if answers == [{"valueString": NONE}] and field.repeats else answers,
        }


#: The text `none` as one answer of a list, where it is not the word that says that the list is empty.
_TEXT_NONE: Final[Json] = {"valueUri": NONE}


def _nothing(record: Any) -> Json:  # noqa: ANN401
    """Return an item that says of one field that it was not recorded: a group has to have an item."""
    name = next(name for name, one in _fields(record).items() if one.kind is Recorded or one.optional)
    return {"linkId": name, "answer": [ABSENT]}


_NOT_KNOWN: Final[Json] = {"extension": [{"url": DATA_ABSENT, "valueCode": "asked-unknown"}]}
_FACTS: Final[Mapping[Recorded, Json]] = {
    Recorded.YES: {"valueBoolean": True},
    Recorded.NO: {"valueBoolean": False},
    Recorded.UNCLEAR: _NOT_KNOWN,
    Recorded.NOT_RECORDED: ABSENT,
}


def _answer(one: Any, names: Mapping[str, str]) -> Json:  # noqa: ANN401  # one line a type
    if one is None:
        return ABSENT
    if isinstance(one, Recorded):
        return _FACTS[one]
    if isinstance(one, Enum):
        return {"valueString": one.value}
    if isinstance(one, Coding):
        return {"valueCoding": coding(one)}
    if isinstance(one, str):
        return _reference(names[one]) if one in names else {"valueString": one}
    return {_VALUES[type(one)]: one.isoformat() if isinstance(one, datetime) else one}


#: FHIR writes no time without a zone, so a moment is text.
_VALUES: Final = {datetime: "valueString", date: "valueDate", Decimal: "valueDecimal", int: "valueInteger"}


def _reference(name: str) -> Json:
    return {"valueReference": {"reference": name}}


# -- what FHIR cannot hold -------------------------------------------------------------------------------------------

_PLAIN: Final = re.compile(r"(?=.*\S)[^\x00-\x08\x0b\x0c\x0e-\x1f]+", re.DOTALL)
_URI: Final = re.compile(r"\S+")
_CODE: Final = re.compile(r"\S+( \S+)*")


def _unwritable(found: Any, path: tuple[str | int, ...]) -> Iterator[Problem]:  # noqa: ANN401  # JSON
    if isinstance(found, str):
        if not _PLAIN.fullmatch(found):
            yield Problem(path=path_text(path), reason=NOT_WRITABLE)
    elif _is_list(found):
        for place, one in enumerate(found):
            yield from _unwritable(one, (*path, place))
    elif isinstance(found, dict):
        fields = cast("dict[str, Any]", found)
        for name, one in fields.items():
            yield from _unwritable(one, (*path, name))
        if fields.keys() >= {"system", "code"} and not _is_coding(fields):
            yield Problem(path=path_text(path), reason=NOT_A_CODE)


def _is_coding(fields: Mapping[str, Any]) -> bool:
    return bool(_URI.fullmatch(fields["system"]) and _CODE.fullmatch(fields["code"]))


def _is_list(found: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(found, (list, tuple))
