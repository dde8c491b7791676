"""JSON as bytes: decoded as far as it is read, every key accounted for, no key twice."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Raw

#: Deeper than anything R4 writes; a resource below this is not understood.
MAX_DEPTH: Final = 64


class RefusedError(Exception):
    """A resource cannot be used: which element, and which rule it breaks; never a value."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason


class UnneededError(Exception):
    """No rule needs this resource, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


TWICE: Final = "has a key twice; JSON readers disagree on which of the two counts"
WRONG_SHAPE: Final = "does not have the JSON type that R4 gives it here"
TOO_DEEP: Final = f"is nested deeper than {MAX_DEPTH} levels"
NOT_JSON: Final = "is not valid JSON in UTF-8"

#: What the decoders raise: malformed, of the wrong type, not UTF-8, too deep, or a number beyond all bounds.
UNREADABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError, ArithmeticError)

_OBJECT: Final = msgspec.json.Decoder(dict[str, Raw])
_ANYTHING: Final = msgspec.json.Decoder(float_hook=Decimal)
#: Fields that are written again take as many bytes as they were read from, unless a key stood twice or was escaped.
WRITER: Final = msgspec.json.Encoder(decimal_format="number")
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
PER_KEY: Final = len('"":,')


def compact(data: bytes) -> bytes:
    """Return JSON without white space between its tokens; raises what `UNREADABLE` lists."""
    return msgspec.json.format(data, indent=-1)


def without_lone_surrogates(data: bytes) -> bytes:
    """
    Return JSON with half a surrogate pair as a byte that is not UTF-8.

    Either is no text; but the byte makes only what holds it not understood, and the escape all that is read with it.
    """
    return _ESCAPE.sub(_no_text, data)


def _no_text(match: "re.Match[bytes]") -> bytes:
    return b"\xff" if match[1] else match[0]


_LOW: Final = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}%b|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\." % _LOW, re.DOTALL)


def looks_compact(data: bytes) -> bool:
    """Return whether JSON seems to be written without white space; a wrong guess costs time only."""
    head = data[:200]
    return b"\n" not in head and b'": ' not in head and b'" :' not in head


def fields_in(data: bytes | Raw, path: str = "") -> dict[str, Raw]:
    """Return an object's fields, undecoded; raises `RefusedError` when it is none or has a key twice."""
    try:
        found = _OBJECT.decode(data)
    except UNREADABLE:
        found = None
    if found is None:
        raise RefusedError(path, WRONG_SHAPE)
    if len(WRITER.encode(found)) != len(data):
        refuse_twice(bytes(data), path)
    return found


def refuse_twice(data: bytes, path: str) -> None:
    """Raise `RefusedError` when the outermost object has a key twice."""
    keys = _keys(data)
    if keys is None:
        raise RefusedError(path, NOT_JSON)
    if len(set(keys)) != len(keys):
        raise RefusedError(path, TWICE)


def _keys(data: bytes) -> Sequence[str] | None:
    try:
        pairs: Any = json.loads(data, object_pairs_hook=list, parse_int=str, parse_float=str)
    except UNREADABLE:
        return None
    return [key for key, _ in pairs]


def refuse_twice_within(data: bytes, path: str) -> None:
    """
    Raise `RefusedError` when any object within has a key twice.

    What decodes and encodes back to the same bytes has none; only the rest is looked at pair by pair.
    """
    if rewritten(data) == data:
        return
    problem = NOT_JSON
    try:
        json.loads(data, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except _TwiceError:
        problem = TWICE
    except UNREADABLE:
        pass
    else:
        return
    raise RefusedError(path, problem)


def rewritten(data: bytes) -> bytes:
    """Return JSON as this library writes it, with no key escaped; empty when it is none."""
    try:
        return WRITER.encode(_ANYTHING.decode(data))
    except UNREADABLE:
        return b""


class _TwiceError(Exception):
    """A key twice in one object."""


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _TwiceError


def refuse_depth(data: bytes) -> None:
    """Raise `RefusedError` for JSON that is nested deeper than `MAX_DEPTH`."""
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKEN.finditer(data):
        mark = token[0]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth > MAX_DEPTH:
            raise RefusedError("", TOO_DEEP)
