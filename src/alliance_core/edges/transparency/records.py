"""The record classes that rules read by name, and what their fields hold."""

import dataclasses
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from alliance_core.chart import Chart
from alliance_core.records import RecordId
from alliance_core.relationship import BeliefQuestion

#: What is one value, though it has fields of its own.
WHOLE: Final = frozenset({"Coding", "Dose"})


@cache
def record_classes() -> Mapping[str, type[Any]]:
    """Return every record class that a chart or a question beside it is made of, by its name."""
    found: dict[str, type[Any]] = {}
    waiting: list[type[Any]] = [Chart, BeliefQuestion]
    while waiting:
        kind = waiting.pop()
        if kind.__name__ not in found:
            found[kind.__name__] = kind
            waiting += [one for hint in _hints(kind).values() for one in nested(hint)]
    return found


def nested(hint: Any) -> Iterator[type[Any]]:  # noqa: ANN401  # an annotation may be any object
    """Return the record classes that a field's type names."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint.__name__ not in WHOLE:
            yield hint
        return
    for one in get_args(hint):
        yield from nested(one)


def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    return get_type_hints(kind, include_extras=True)


def has_field(path: str) -> bool:
    """Whether there is this `Record.field`."""
    record, _, field = path.partition(".")
    kind = record_classes().get(record)
    return kind is not None and field in _hints(kind)


@cache
def is_text(path: str) -> bool:
    """Whether a field holds words as someone wrote them, or a list of them; an id or a written date is none."""
    record, _, field = path.partition(".")
    return any(_is_words(one) for one in _parts(_hints(record_classes()[record])[field]))


def _parts(hint: Any) -> Iterator[Any]:  # noqa: ANN401
    yield hint
    if hint is not RecordId:
        for one in get_args(hint):
            yield from _parts(one)


def _is_words(hint: Any) -> bool:  # noqa: ANN401
    """Text is told by the only bound that it has: how long it may be."""
    bounds = [one for one in get_args(hint)[1:] if hasattr(one, "max_length")]
    return get_args(hint)[:1] == (str,) and any(one.min_length is None and one.pattern is None for one in bounds)


@cache
def holders(name: str) -> tuple[str, ...]:
    """Return the fields, as `Record.field`, that hold records of a class."""
    return tuple(
        f"{record}.{field}"
        for record, kind in record_classes().items()
        for field, hint in _hints(kind).items()
        if any(one.__name__ == name for one in nested(hint))
    )
