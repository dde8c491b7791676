"""Reviews as JSON: what was found, the verdicts of each area, and the receipt; read back with the same checks."""

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Annotated, Any, Final, NoReturn, Union, get_args, get_origin, get_type_hints

import attrs
import pydantic
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.findings import Audience, Finding
from alliance_core.base.kinds import problems_of
from alliance_core.base.tables import Row
from alliance_core.review import REVIEW_SCHEMA, AreaReview, ChartReview, Receipt

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_READABLE: Final = rf"^{REVIEW_SCHEMA}(\.[0-9]+)?$"
#: Said once for the whole review, not again in each area.
_SAID_ABOVE: Final = frozenset({"findings", "not_applicable"})

_NOT_JSON: Final = Problem(path="", reason="is not JSON in UTF-8, or nests too deeply; write one JSON object")
_NO_OBJECT: Final = Problem(path="", reason="is not a JSON object; a review is written as one object")
_TWICE: Final = Problem(path="", reason="has one name twice in an object; keep one of the two")
_NO_NUMBER: Final = Problem(path="", reason="holds NaN or Infinity, which JSON does not have; leave the field out")

# -- writing ---------------------------------------------------------------------------------------------------------


def write_review(review: ChartReview, *, audience: Audience = Audience.PORTAL) -> bytes:
    """
    Return a review as canonical JSON: names in order, no white space, days as ISO writes them.

    Written for the most careful audience unless the caller says who reads it. Findings are for the screen: what a host
    keeps is the receipt.
    """
    return canonical_json(review_document(review, audience=audience))


def review_document(review: ChartReview, *, audience: Audience = Audience.PORTAL) -> dict[str, Any]:
    """Return a review as plain JSON values, as this audience may see it."""
    return _document_of(review.for_audience(audience), _plain)


def encode_review(review: ChartReview, *, audience: Audience = Audience.PORTAL) -> bytes:
    """
    Return what `write_review` returns, byte for byte, for those who write many: findings are encoded as they are.

    Needs msgspec, which `write_review` does not.
    """
    written: bytes = _encoder().encode(_document_of(review.for_audience(audience), _as_it_is))
    return written


@cache
def _encoder() -> Any:  # noqa: ANN401  # its class is only known once it is imported
    import msgspec  # noqa: PLC0415  # an extra: whoever does not ask for speed does without

    return msgspec.json.Encoder(order="sorted", decimal_format="string")


def _as_it_is(found: tuple[Finding, ...]) -> Any:  # noqa: ANN401  # a finding has no field that JSON has to be told of
    return found


def _document_of(seen: ChartReview, findings: Callable[[tuple[Finding, ...]], Any]) -> dict[str, Any]:
    receipt = seen.receipt
    return {
        "schema": REVIEW_SCHEMA,
        "chart": seen.chart,
        "on": _plain(seen.on),
        "jurisdiction": seen.jurisdiction,
        "overlays": list(seen.policy.overlays),
        "audience": seen.audience.value,
        "valid_until": _plain(seen.valid_until),
        "not_yet": seen.not_yet,
        "findings": findings(seen.findings),
        "not_applicable": _plain(seen.not_applicable),
        "areas": _plain(seen.areas),
        "receipt": {**_fields(receipt), "digest": receipt.digest},
    }


def canonical_json(document: object) -> bytes:
    """Return plain JSON values as the one text that they have."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _plain(thing: object) -> Any:  # noqa: ANN401  # JSON
    kind: Any = type(thing)
    return _writer(kind)(thing)


@cache
def _writer(kind: type[Any]) -> Callable[[Any], Any]:
    """Return how values of a class are written: found out once for each class."""
    if issubclass(kind, str | int | NoneType):
        return _itself
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, Row):
        return attrgetter("row_id")
    if issubclass(kind, tuple):
        return _list
    if issubclass(kind, Mapping):
        return _object
    return _fields if _is_document(kind) else str


def _itself(thing: object) -> object:
    return thing


def _list(things: tuple[object, ...]) -> list[Any]:
    return [_plain(one) for one in things]


def _object(things: Mapping[object, object]) -> dict[str, Any]:
    return {str(name): _plain(one) for name, one in things.items()}


def _fields(thing: object) -> dict[str, Any]:
    kind: Any = type(thing)
    return {name: _plain(getattr(thing, name)) for name in _written_names(kind)}


@cache
def _written_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind) if field.name not in _SAID_ABOVE)


def _is_document(kind: type[Any]) -> bool:
    """Whether a value is written field by field; a duration is written as ISO writes it."""
    return attrs.has(kind) and not issubclass(kind, CalendarDuration)


# -- reading ---------------------------------------------------------------------------------------------------------


def read_review(document: bytes | str) -> dict[str, Any]:
    """
    Return a written review as plain JSON values: what was written, checked.

    Raises `ChartError` naming paths and rules and no value: for what is not JSON, a name that stands twice, another
    major version of the schema, an unknown field, a wrong type.
    """
    made, problems = _loaded(document)
    problems = problems or _problems(made)
    if problems:
        raise ChartError(problems)  # outside any except block: a chained error would carry the input along
    found: dict[str, Any] = made
    return found


def _loaded(document: bytes | str) -> tuple[Any, tuple[Problem, ...]]:
    try:
        text = document.decode() if isinstance(document, bytes) else document
        return json.loads(text.removeprefix(_MARK), object_pairs_hook=_once, parse_constant=_refused), ()
    except ChartError as error:
        return None, error.problems
    except (ValueError, RecursionError):
        return None, (_NOT_JSON,)


_MARK: Final = codecs.BOM_UTF8.decode()


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):  # the last would win without a word
        raise ChartError((_TWICE,))
    return made


def _refused(_: str) -> NoReturn:
    raise ChartError((_NO_NUMBER,))


def _problems(made: object) -> tuple[Problem, ...]:
    if not isinstance(made, dict):
        return (_NO_OBJECT,)
    try:
        _adapter().validate_json(json.dumps(made))
    except pydantic.ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        return problems_of(_silent(detail) for detail in details)
    return ()


def _silent(detail: ErrorDetails) -> ErrorDetails:
    """Leave only names of the schema in a path: any other name may be a value of the record."""
    steps = tuple(step if isinstance(step, int) or step in _names() else "…" for step in detail["loc"])
    return {**detail, "loc": steps}


@cache
def _names() -> frozenset[str]:
    schema = _adapter().json_schema()
    return frozenset(name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", ()))


# -- the schema ------------------------------------------------------------------------------------------------------


def review_schema() -> JsonSchemaValue:
    """Return the JSON Schema of a written review."""
    return {"$schema": _DIALECT, **_adapter().json_schema()}


@cache
def _adapter() -> pydantic.TypeAdapter[Any]:
    finding: Any = _document(Finding)
    verdict: Any = _union(tuple(_document(kind) for kind in get_args(AreaReview)))
    fields = {
        "schema": Annotated[str, pydantic.StringConstraints(pattern=_READABLE)],
        "chart": str,
        "on": date,
        "jurisdiction": str,
        "overlays": tuple[str, ...],
        "audience": Audience,
        "valid_until": date | None,
        "not_yet": int,
        "findings": tuple[finding, ...],
        "not_applicable": tuple[str, ...],
        "areas": dict[str, tuple[verdict, ...]],
        "receipt": _document(Receipt, digest=str),
    }
    return pydantic.TypeAdapter(_typed("ChartReview", fields))


@cache
def _document(kind: Any, **more: object) -> Any:  # noqa: ANN401  # types, one of them made here
    """Return the document of one of our own values: its fields by name, a policy row by its id."""
    hints = get_type_hints(kind)
    return _typed(kind.__name__, {**{name: _shape(hints[name]) for name in _written_names(kind)}, **more})


def _typed(name: str, fields: Mapping[str, object]) -> Any:  # noqa: ANN401  # a type made here
    make: Any = TypedDict
    made = make(name, dict(fields))
    made.__pydantic_config__ = pydantic.ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)
    return made


def _shape(kind: Any) -> Any:  # noqa: ANN401  # an annotation may be any object
    """Return the type that stands for a field's type in JSON."""
    if isinstance(kind, type) and get_origin(kind) is None:
        return _shape_of_class(kind)
    shapes = tuple(_shapes(get_args(kind)))
    return _tuple(shapes) if get_origin(kind) is tuple else _union(shapes)


def _shape_of_class(kind: type[Any]) -> Any:  # noqa: ANN401  # a type made here
    if issubclass(kind, Row | CalendarDuration):
        return str
    return _document(kind) if attrs.has(kind) else kind


def _shapes(kinds: tuple[Any, ...]) -> Iterator[Any]:
    return (kind if kind is Ellipsis else _shape(kind) for kind in kinds)


def _tuple(kinds: tuple[Any, ...]) -> Any:  # noqa: ANN401  # a type made here
    several: Any = tuple
    return several[kinds]


def _union(kinds: tuple[Any, ...]) -> Any:  # noqa: ANN401  # a type made here
    return Union[kinds]  # noqa: UP007  # of types that are only known when it runs


__all__ = ["canonical_json", "encode_review", "read_review", "review_document", "review_schema", "write_review"]
