"""The data types of FHIR, as far as rules read them."""

import re
from collections.abc import Container, Iterable
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from alliance_core.edges.fhir.codes import DATA_ABSENT, FACT_OF_ABSENCE, meanings
from alliance_core.edges.fhir.text import UNREADABLE, WRITER, WRONG_SHAPE, RefusedError, refuse_twice_within, rewritten
from alliance_core.records import as_day

T = TypeVar("T")

NO_SUCH_DAY: Final = "is not a day of the calendar"
NOT_A_DATE: Final = "is not a FHIR date"
PARTIAL: Final = "names no whole day, so the day is not recorded"
NO_CODE: Final = "has a coding without system and code"
MODIFIED: Final = "has a modifier extension that this reader does not know"
NOT_GIVEN: Final = "is masked or in error, as the record itself says"

_TIME: Final = rb"T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,18})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE: Final = re.compile(rb'"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2}(?:%b)?)?)?"' % _TIME)
_INSTANT: Final = re.compile(rb'"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:%b)?"' % _TIME).fullmatch
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?")
#: What stands in a struct for an undecoded element that is not there; it has no length.
ABSENT: Final = Raw(b"")


class CodingIn(Struct, omit_defaults=True, gc=False):
    """A Coding."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class ConceptIn(Struct, omit_defaults=True, gc=False):
    """A CodeableConcept."""

    coding: list[CodingIn] = []
    text: str | None = None


class ReferenceIn(Struct, omit_defaults=True, gc=False):
    """A Reference."""

    reference: str | None = None
    display: str | None = None


class PeriodIn(Struct, omit_defaults=True, gc=False):
    """A Period, its dates undecoded."""

    start: Raw = ABSENT
    end: Raw = ABSENT


class QuantityIn(Struct, omit_defaults=True, gc=False):
    """A Quantity, its number undecoded."""

    value: Raw = ABSENT
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class ExtensionIn(Struct, omit_defaults=True, gc=False):
    """An Extension, as far as any rule reads one."""

    url: str | None = None
    valueBoolean: bool | None = None  # noqa: N815  # FHIR's own names, here and below
    valueCode: str | None = None  # noqa: N815
    valueCoding: CodingIn | None = None  # noqa: N815


class IdentifierIn(Struct, omit_defaults=True, gc=False):
    """An Identifier."""

    system: str | None = None
    value: str | None = None


class PrimitiveIn(Struct, omit_defaults=True, gc=False):
    """What stands beside a primitive element, under its name with an underscore."""

    extension: list[ExtensionIn] = []


class Coded:
    """One CodeableConcept or several, as they are kept: codes ready to be written into a record, and the words."""

    __slots__ = ("codes", "first", "incomplete", "texts", "wire")

    def __init__(
        self, codes: tuple[tuple[str, str], ...], texts: tuple[str, ...], first: bytes, wire: bytes, *, incomplete: bool
    ) -> None:
        self.codes = codes
        self.texts = texts
        self.first = first
        self.wire = Raw(wire)
        self.incomplete = incomplete

    @property
    def text(self) -> str | None:
        """The first words."""
        return self.texts[0] if self.texts else None

    def means(self, element: str) -> str | None:
        """Return what the first known code means for the element."""
        known = meanings(element)
        for code in self.codes:
            if code in known:
                return known[code]
        return None

    def word(self, words: Container[str]) -> str | None:
        """Return the first code that is one of the words, whatever its system."""
        for _, code in self.codes:
            if code in words:
                return code
        return None


def coded(found: list[ConceptIn]) -> Coded:
    """Return concepts as they are kept: codings with system and code; text, else the first display."""
    written = [one for concept in found for one in concept.coding]
    kept = [one for one in written if one.system and one.code]
    texts = (one.text or next((each.display for each in one.coding if each.display), None) for one in found)
    return Coded(
        tuple((one.system or "", one.code or "") for one in kept),
        tuple(one for one in texts if one),
        msgspec.json.encode(kept[0]) if kept else b"",
        msgspec.json.encode(kept),
        incomplete=len(kept) != len(written),
    )


EMPTY: Final = coded([])
_ONE_CODING: Final = (
    rb'\{"coding":(\[(\{"system":"([^"\\]+)","code":"([^"\\]+)"(?:,"display":"([^"\\]+)")?\})\])'
    rb'(?:,"text":"([^"\\]+)")?\}'
)
#: The most frequent spelling: one coding, plain ASCII, nothing else. It cannot hold a key twice.
_PLAIN: Final = re.compile(_ONE_CODING).fullmatch
_PLAIN_LIST: Final = re.compile(rb"\[" + _ONE_CODING + rb"\]").fullmatch


def _plain(match: "re.Match[bytes]") -> Coded:
    wire, first, system, code, display, text = match.groups()
    words = text or display
    texts = (words.decode(),) if words else ()
    return Coded(((system.decode(), code.decode()),), texts, first, wire, incomplete=False)


def concept(data: bytes, path: str) -> Coded:
    """Return a CodeableConcept."""
    match = _PLAIN(data) if data.isascii() else None
    return coded([decoded(CONCEPT, data, path)]) if match is None else _plain(match)


def concepts(data: bytes, path: str) -> Coded:
    """Return a list of CodeableConcepts."""
    match = _PLAIN_LIST(data) if data.isascii() else None
    return coded(decoded(CONCEPTS, data, path)) if match is None else _plain(match)


CONCEPT: Final = msgspec.json.Decoder(ConceptIn)
CONCEPTS: Final = msgspec.json.Decoder(list[ConceptIn])
CODING: Final = msgspec.json.Decoder(CodingIn)
PERIOD: Final = msgspec.json.Decoder(PeriodIn)
QUANTITY: Final = msgspec.json.Decoder(QuantityIn)
PRIMITIVE: Final = msgspec.json.Decoder(PrimitiveIn)
EXTENSIONS: Final = msgspec.json.Decoder(list[ExtensionIn])
REFERENCE: Final = msgspec.json.Decoder(ReferenceIn)
REFERENCES: Final = msgspec.json.Decoder(list[ReferenceIn])
_IDENTIFIERS: Final = msgspec.json.Decoder(list[IdentifierIn] | IdentifierIn)
TEXT: Final = msgspec.json.Decoder(str)
BOOLEAN: Final = msgspec.json.Decoder(bool)
WHOLE: Final = msgspec.json.Decoder(int)


_MODIFIER: Final = b'"modifierExtension":'
_OPENS: Final = b"{["


def decoded(decoder: "msgspec.json.Decoder[T]", data: bytes | Raw, path: str) -> T:
    """Return an element decoded; raises `RefusedError` for another type, a key twice, or a modifier extension."""
    try:
        found = decoder.decode(data)
    except UNREADABLE:
        found = None
    if found is None:
        raise RefusedError(path, WRONG_SHAPE)
    written = bytes(data)
    if written[0] in _OPENS and (len(WRITER.encode(found)) != len(written) or _MODIFIER in written):
        _refuse_doubtful(written, path)  # it holds more than is read: something unknown, or a key twice
    return found


def _refuse_doubtful(written: bytes, path: str) -> None:
    refuse_twice_within(written, path)
    if _MODIFIER in written or (b"\\" in written and _MODIFIER in rewritten(written)):
        raise RefusedError(path, MODIFIED)


#: What stands around the names and dates of a Period as it is mostly written.
_AROUND: Final = [b"{", b":", b",", b":", b"}"]
_ENDS: Final = [b"start", b"end"]


def span(data: bytes, path: str) -> tuple[bytes, bytes]:
    """Return the two dates of a Period, undecoded."""
    parts = data.split(b'"')
    if parts[::2] == _AROUND and parts[1::4] == _ENDS:
        return b'"%b"' % parts[3], b'"%b"' % parts[7]
    found = decoded(PERIOD, data, path)
    return bytes(found.start), bytes(found.end)


def date_text(data: bytes, path: str) -> str:
    """Return a date or date-time as written; raises `RefusedError` when FHIR does not write dates so."""
    if _DATE.fullmatch(data) is None:
        raise RefusedError(path, NOT_A_DATE)
    return data[1:-1].decode()


def day(text: str, path: str) -> date:
    """Return the first day that a date may mean; raises `RefusedError` for one that the calendar does not have."""
    found = as_day((text + "-01-01")[: len("2000-01-01")])
    if found is None:
        raise RefusedError(path, NO_SUCH_DAY)
    return found


def whole_day(data: bytes, path: str, known: dict[bytes, date | None]) -> date | None:
    """Return the day that a date or date-time names; None if it is less than a day. Days are worked out once."""
    match = _INSTANT(data)
    if match is None:
        day(date_text(data, path), path)
        return None
    found = known.get(match[1])
    if found is None:
        found = known[match[1]] = day(match[1].decode(), path)
    return found


def number(data: bytes | Raw) -> Decimal | None:
    """Return a JSON number exactly as written; None if it is none, or longer than any amount."""
    written = bytes(data)
    return Decimal(written.decode()) if _NUMBER.fullmatch(written) else None


#: The systems of the identifiers that keep a record's and a chart's own id, where it is no `Type/id`.
RECORD: Final = "urn:alliance-core:record"
CHART: Final = "urn:alliance-core:chart"


def own_id(data: bytes | Raw | None, system: str) -> str | None:
    """Return the identifier of one of this library's own systems."""
    if not data or system.encode() not in bytes(data):
        return None
    found = decoded(_IDENTIFIERS, data, "identifier")
    several = [found] if isinstance(found, IdentifierIn) else found
    return next((one.value for one in several if one.system == system and one.value), None)


def absent_reason(extensions: Iterable[ExtensionIn]) -> str | None:
    """Return the data-absent-reason among extensions."""
    return next((one.valueCode for one in extensions if one.url == DATA_ABSENT), None)


def absent_fact(reason: str | None) -> str | None:
    """Return what a reason for absent data says about a yes-or-no fact; None for masked, error and unknown words."""
    return "not-recorded" if reason is None else FACT_OF_ABSENCE.get(reason)
