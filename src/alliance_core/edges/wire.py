"""JSON in and out: charts as bytes, their JSON Schema, and a body for web frameworks."""

import codecs
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar, cast

import pydantic
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import (
    CoreSchema,
    InitErrorDetails,
    PydanticCustomError,
    PydanticSerializationError,
    core_schema,
    to_json,
)

from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.kinds import path_text, problems_of, value
from alliance_core.chart import SCHEMA, Chart

T = TypeVar("T")

_CHART: Final = pydantic.TypeAdapter(Chart)

_NOT_JSON: Final = Problem(path="", reason="is not JSON; write one JSON object")
_NOT_UTF8: Final = Problem(path="", reason="is not UTF-8; write the document in UTF-8")
_NO_OBJECT: Final = Problem(path="", reason="is not a JSON object; a chart is written as one object")
_NOT_WRITABLE: Final = Problem(path="", reason="holds what JSON cannot; pass what a JSON parser returns, or the bytes")
_NOT_TAKEN: Final = Problem(path="", reason="nests too deeply or has text that is not Unicode; a chart needs neither")

# -- reading ---------------------------------------------------------------------------------------------------------


def read_chart(document: bytes | str | Mapping[str, object]) -> Chart:
    """
    Return the chart that a JSON document, or a mapping of the same shape, holds.

    Raises `ChartError` naming paths and rules and no value: for what is not JSON in UTF-8, a name that stands twice in
    one object, NaN or Infinity, another major version of the schema, an unknown field, a wrong type. A document that
    names no schema is read as this one. A mapping has lost its duplicate names already: prefer the bytes.
    """
    found = _read(document, _CHART)
    del document  # so that nothing that captures the locals of this frame prints a patient
    if isinstance(found, _Refused):
        raise ChartError(found.problems)
    return found


def read_record(
    document: bytes | str | Mapping[str, object], adapter: pydantic.TypeAdapter[T], *, schema: str = SCHEMA
) -> T:
    """Return any other record that a JSON document holds; what is refused, and how, is as for a chart."""
    found = _read(document, adapter, schema)
    del document  # so that nothing that captures the locals of this frame prints a patient
    if isinstance(found, _Refused):
        raise ChartError(found.problems)
    return found


@value
class _Refused:
    """A document that is not read, and all that is wrong with it."""

    problems: tuple[Problem, ...]


def _read(document: object, adapter: pydantic.TypeAdapter[T], schema: str = SCHEMA) -> T | _Refused:
    """Return the record, or all that is wrong; it raises nothing, for an error chained to it would carry the input."""
    text, problems = _bytes_of(document)
    problems = problems or _document_problems(text, schema)
    if problems:
        return _Refused(problems=problems)
    try:
        return adapter.validate_json(text)
    except pydantic.ValidationError as error:
        return _Refused(problems=_chart_problems(error))


def _bytes_of(document: object) -> tuple[bytes, tuple[Problem, ...]]:
    """Return the document as bytes without a byte order mark, or why it has none."""
    if isinstance(document, bytes):
        return document.removeprefix(codecs.BOM_UTF8), ()
    try:
        if isinstance(document, str):
            return document.encode().removeprefix(codecs.BOM_UTF8), ()
        if isinstance(document, Mapping):
            return to_json(_as_object(cast("object", document)), fallback=_as_object), ()
    except UnicodeEncodeError:
        return b"", (_NOT_UTF8,)
    except (PydanticSerializationError, TypeError):
        return b"", (_NOT_WRITABLE,)
    return b"", (_NO_OBJECT,)


def _as_object(thing: object) -> dict[object, object]:
    """Take any mapping for a JSON object; anything else raises `TypeError`."""
    if not isinstance(thing, Mapping):
        raise TypeError("JSON has no such kind of value")
    return dict(cast("Mapping[object, object]", thing))


def _document_problems(text: bytes, schema: str) -> tuple[Problem, ...]:
    """Return what is wrong with the document before any field is looked at."""
    watch = _Watch()
    try:
        top = json.loads(text.decode(), object_pairs_hook=watch.pairs, parse_constant=watch.constant)
        return _misplaced(text) if watch.met else _schema_problems(top, schema)
    except UnicodeDecodeError:
        return (_NOT_UTF8,)
    except RecursionError:
        return (_NOT_TAKEN,)
    except ValueError:
        return (_NOT_JSON,)


def _schema_problems(top: object, schema: str) -> tuple[Problem, ...]:
    if not isinstance(top, dict):
        return (_NO_OBJECT,)
    named = cast("dict[str, object]", top).get("schema", schema)
    if isinstance(named, str) and re.fullmatch(re.escape(schema) + r"(\.[0-9]+)?", named):
        return ()
    reason = f"this library reads {schema}; write the document in that version, or use a release for yours"
    return (Problem(path="schema", reason=reason),)


def _chart_problems(error: pydantic.ValidationError) -> tuple[Problem, ...]:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if details[0]["type"] == "json_invalid":  # the first parser has read it, so only a stricter limit can be meant
        return (_NOT_TAKEN,)
    return problems_of(details)


# -- names that stand twice, and numbers that are none ---------------------------------------------------------------


class _Watch:
    """What the JSON parser met that `dict` and `float` would let pass."""

    __slots__ = ("met",)

    def __init__(self) -> None:
        self.met = False

    def pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Build an object, and notice a name that stands twice: the last would silently win."""
        made = dict(pairs)
        self.met = self.met or len(made) != len(pairs)
        return made

    def constant(self, _: str) -> None:
        """Notice NaN and Infinity, which JSON does not have."""
        self.met = True


class _Pairs(list[tuple[str, object]]):
    """A JSON object as it was written, names that stand twice included."""


def _misplaced(text: bytes) -> tuple[Problem, ...]:
    """Return where names stand twice and where no number stands; a second reading, for documents that are refused."""
    top = json.loads(text.decode(), object_pairs_hook=_Pairs, parse_constant=lambda _: _Watch)
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), top)]
    problems: list[Problem] = []
    while waiting:  # a list of what waits, because a document may nest deeper than calls can
        where, node = waiting.pop()
        if (reason := _refusal(node)) is not None:
            problems.append(Problem(path=path_text(where), reason=reason))
        waiting += reversed([((*where, step), inner) for step, inner in _inside(node)])
    return tuple(problems)


def _refusal(node: object) -> str | None:
    if node is _Watch:
        return "is NaN or Infinity, which JSON does not have; leave the field out"
    if isinstance(node, _Pairs) and len({name for name, _ in node}) < len(node):
        return "has one name twice; keep one of the two"
    return None


def _inside(node: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(node, _Pairs):
        yield from ((name if name in _field_names() else "…", inner) for name, inner in node)
    elif isinstance(node, list):
        yield from enumerate(cast("list[object]", node))


@cache
def _field_names() -> frozenset[str]:
    """Return the names that a path may show: any other name in a document may be a patient's."""
    schema = _CHART.json_schema()
    return frozenset(name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", ()))


# -- writing ---------------------------------------------------------------------------------------------------------

_HEAD: Final = b'{"schema":"' + SCHEMA.encode() + b'",'


def write_chart(chart: Chart) -> bytes:
    """
    Return the chart as canonical JSON: fields in declared order, and none that only says its default.

    What was not recorded is left out and an empty list that was asked about stays, so reading it gives an equal chart.
    """
    body = _CHART.dump_json(chart, exclude_defaults=True)
    return body if chart.schema != SCHEMA else _HEAD + body[1:]  # the schema is a default that is always said


# Reviews are written and read by `alliance_core.edges.reviews`.


# -- schemas ---------------------------------------------------------------------------------------------------------

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, JsonSchemaValue]:
    """Return the JSON Schema of every document, by the name of its kind."""
    return {"chart": {"$schema": _DIALECT, **_CHART.json_schema()}}


# -- bodies ----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # FastAPI takes a dataclass for a body
class ChartBody:
    """
    A chart as the body of a request, or as a field of a pydantic model; `chart` is the checked record.

    A refused chart is answered with paths and rules, never with what was sent. Two things it cannot do: a framework
    that parses the body itself has dropped duplicate names before (hand the raw bytes to `read_chart` instead), and an
    error in *another* field of a model of yours carries the whole input (keep a chart a body parameter of its own).
    """

    chart: Chart

    def __repr__(self) -> str:
        return "ChartBody(…)"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(_written)
        return core_schema.no_info_plain_validator_function(_body, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(_CHART.core_schema)


def _written(body: ChartBody) -> Any:  # noqa: ANN401  # JSON
    return json.loads(write_chart(body.chart))


def _body(given: object) -> ChartBody:
    if isinstance(given, ChartBody):
        return given
    if isinstance(given, Chart):
        return ChartBody(chart=given)
    found = _read(given, _CHART)
    del given  # so that nothing that captures the locals of this frame prints a patient
    if not isinstance(found, _Refused):
        return ChartBody(chart=found)
    raise pydantic.ValidationError.from_exception_data("ChartBody", [_detail(problem) for problem in found.problems])


def _detail(problem: Problem) -> InitErrorDetails:
    """Return a problem in pydantic's form, with nothing as its input: what was sent must not be sent back."""
    steps = re.findall(r"[^.\[\]]+", problem.path)
    where = tuple(int(step) if step.isdecimal() else step for step in steps)
    return InitErrorDetails(type=PydanticCustomError("chart", cast("Any", problem.reason)), loc=where, input=None)


__all__ = ["ChartBody", "read_chart", "read_record", "schemas", "write_chart"]
