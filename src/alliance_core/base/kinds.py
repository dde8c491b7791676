"""The two kinds of class: a record (from outside, checked) and a value (ours, trusted)."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, dataclass_transform

import attrs
import pydantic
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import ErrorDetails

from alliance_core.base.errors import ChartError, Problem

T = TypeVar("T")

_CHECKED: Final = pydantic.ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)
_checked: Any = pydantic_dataclass(frozen=True, slots=True, kw_only=True, repr=False, config=_CHECKED)

_UNKNOWN_FIELD: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument", "no_such_attribute"})
#: pydantic's own sentences that name a rule and nothing that was read; any other type is told by its name alone.
_PLAIN: Final = frozenset(
    {
        "bool_type",
        "bytes_type",
        "dataclass_exact_type",
        "dataclass_type",
        "date_type",
        "decimal_max_digits",
        "decimal_max_places",
        "decimal_type",
        "decimal_whole_digits",
        "enum",
        "finite_number",
        "greater_than",
        "greater_than_equal",
        "int_type",
        "is_instance_of",
        "less_than",
        "less_than_equal",
        "literal_error",
        "missing",
        "missing_argument",
        "string_pattern_mismatch",
        "string_too_long",
        "string_too_short",
        "string_type",
        "too_long",
        "too_short",
        "tuple_type",
        "value_error",
    }
)


def problems_of(errors: Iterable[ErrorDetails]) -> tuple[Problem, ...]:
    """Return what is wrong as paths and rules; no input value and no unknown name survives."""
    return tuple(_problem(error) for error in errors)


def _problem(error: ErrorDetails) -> Problem:
    kind, where = error["type"], error["loc"]
    if kind in _UNKNOWN_FIELD:
        return Problem(path=path_text(where[:-1]), reason="has a field that this schema does not know; remove it")
    if kind in _PLAIN:
        return Problem(path=path_text(where), reason=error["msg"].removeprefix("Value error, "))
    return Problem(path=path_text(where), reason=f"is not valid here ({kind.replace('_', ' ')})")


def path_text(where: Iterable[str | int]) -> str:
    """Return a path such as `medications[2].started_on`."""
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _name_only(self: object) -> str:
    return f"{type(self).__name__}(…)"


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field, pydantic.Field))
def record(cls: type[T]) -> type[T]:
    """
    Make a record, a fact from outside: checked when built, frozen, and silent about its values.

    Raises `ChartError` naming fields and rules. `repr` is the name alone, so that nothing that prints a local
    variable prints a patient.
    """
    made: Any = _checked(cls)
    checked: Callable[..., None] = made.__init__

    def __init__(self: object, /, *positional: object, **data: object) -> None:  # noqa: N807
        problems: tuple[Problem, ...] = ()
        if positional:
            problems = (Problem(path="", reason="takes named fields only"),)
        else:
            try:
                checked(self, **data)
            except pydantic.ValidationError as error:
                problems = problems_of(error.errors(include_url=False, include_context=False, include_input=False))
        if problems:  # outside the except block: a chained error would carry the input along
            data.clear()  # so that nothing that captures the locals of this frame prints a patient
            raise ChartError(problems)

    made.__init__ = __init__
    made.__repr__ = _name_only
    result: type[T] = made
    return result


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def value(cls: type[T]) -> type[T]:
    """
    Make a value, a conclusion or a policy row of our own: trusted, frozen, cheap.

    A conclusion may hold what was read of a patient, so its `repr` is the name alone unless the class has its own.
    """
    if cls.__repr__ is object.__repr__:
        cls.__repr__ = _name_only  # type: ignore[method-assign]  # a method, whatever the class
    return attrs.frozen(kw_only=True, repr=False)(cls)


def changed(thing: T, **fields: object) -> T:
    """Return a copy of a value or record with these fields changed; a record is checked again."""
    if dataclasses.is_dataclass(thing):
        copy: Any = dataclasses.replace
    else:
        copy = attrs.evolve
    made: T = copy(thing, **fields)
    return made


def fields_of(thing: object) -> Mapping[str, object]:
    """Return a record's or value's fields by name, in the order they were declared."""
    names = getattr(thing, "__dataclass_fields__", None)
    if names is None:
        kind: Any = type(thing)
        names = [field.name for field in attrs.fields(kind)]
    return {name: getattr(thing, name) for name in names}
