"""What a user calls: a Bundle, a folder, or lines of NDJSON in; charts and an account of every resource out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import astuple

from alliance_core.base.errors import ChartError, Problem
from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir.ledger import ElementNote, Ledger, Read
from alliance_core.edges.fhir.r4 import NOT_R4
from alliance_core.edges.fhir.reader import Reading, Sorter
from alliance_core.edges.fhir.text import (
    NOT_JSON,
    PER_KEY,
    TWICE,
    UNREADABLE,
    RefusedError,
    compact,
    fields_in,
    looks_compact,
    without_lone_surrogates,
)

KINDS: Final = frozenset({"collection", "searchset", "transaction", "document"})
NOT_BYTES: Final = "is neither JSON text nor a mapping that JSON can hold"
NOT_A_BUNDLE: Final = "is no FHIR Bundle; read single resources with read_folder or read_ndjson"
NOT_A_FOLDER: Final = "is no folder that can be read"
NOT_A_FILE: Final = "is a file that cannot be read"
NO_RESOURCE: Final = "holds no resource"
NO_PATIENT: Final = "holds no Patient, so there is no chart to read its resources into"
OTHER_KIND: Final = "is no type of Bundle that holds a record: collection, searchset, transaction or document"
RULES: Final = "has implicit rules that this reader does not know"
NO_ENTRIES: Final = "is no list of entries"
MODIFIED: Final = "has a modifier extension that this reader does not know"
_BOM: Final = b"\xef\xbb\xbf"
_ABSENT: Final = Raw(b"")


class EntryIn(Struct, gc=False):
    """Bundle.entry, undecoded."""

    resource: Raw = _ABSENT
    fullUrl: Raw = _ABSENT  # noqa: N815  # FHIR's own names, here and below
    request: Raw = _ABSENT
    search: Raw = _ABSENT


class BundleIn(Struct, gc=False):
    """Bundle, with its entries undecoded."""

    resourceType: Raw = _ABSENT  # noqa: N815
    type: Raw = _ABSENT
    entry: list[EntryIn] = []
    id: Raw = _ABSENT
    meta: Raw = _ABSENT
    implicitRules: Raw = _ABSENT  # noqa: N815
    identifier: Raw = _ABSENT
    timestamp: Raw = _ABSENT
    total: Raw = _ABSENT
    link: Raw = _ABSENT


_PARTS: Final = EntryIn.__struct_fields__
_TOP: Final = tuple(name for name in BundleIn.__struct_fields__ if name != "entry")
_READ_ON_TOP: Final = frozenset({"resourceType", "type", "entry", "implicitRules"})
#: R4's other names for what a Bundle and an entry hold; any other key is counted, not named.
_NAMED: Final = frozenset({*_TOP, *_PARTS, "language", "signature", "response", "link", "extension"})
_BUNDLE: Final = msgspec.json.Decoder(BundleIn)
_OBJECT: Final = msgspec.json.Decoder(dict[str, Raw])
_LIST: Final = msgspec.json.Decoder(list[Raw])
_WRITER: Final = msgspec.json.Encoder(decimal_format="number")


def read_bundle(data: bytes | str | Mapping[str, object]) -> Read:
    """
    Return the charts in a Bundle, and what became of each of its resources.

    Raises `ChartError` for what is no JSON or no Bundle; whatever else is wrong is in the account.
    """
    ledger = Ledger()
    try:
        _read_bundle(ledger, _bytes(data), "")
    except RefusedError as error:
        problem = Problem(path=error.path, reason=error.reason)
    else:
        return ledger.closed()
    raise ChartError((problem,))


def read_ndjson(data: bytes | str) -> Read:
    """
    Return the charts in lines of JSON, one resource a line, and what became of each.

    A line that is no resource is listed as not understood. Raises `ChartError` for what is no text at all.
    """
    ledger = Ledger()
    try:
        written = _bytes(data)
    except RefusedError as error:
        problem = Problem(path=error.path, reason=error.reason)
    else:
        sorter = Sorter(ledger)
        _sort_lines(ledger, sorter, written, "line")
        _read(ledger, sorter, "lines", "")
        return ledger.closed()
    raise ChartError((problem,))


def read_folder(path: Path | str) -> Read:
    """
    Return the charts in a folder: Bundles, single resources and NDJSON, subfolders included.

    A Bundle is read on its own. The other files of a folder are read together, and with them those of its subfolders,
    except that a subfolder which holds a Patient and more is read on its own. Files are numbered in the order of their
    names. Raises `ChartError` when there is no such folder.
    """
    ledger = Ledger()
    folder = Path(path)
    if not folder.is_dir():
        raise ChartError((Problem(path="", reason=NOT_A_FOLDER),))
    _read(ledger, Tree(ledger).walk(folder), "folder", "")
    return ledger.closed()


def _bytes(data: bytes | str | Mapping[str, object]) -> bytes:
    try:
        if isinstance(data, Mapping):
            return _WRITER.encode(data)
        written = data.encode() if isinstance(data, str) else bytes(memoryview(data))
        return written.removeprefix(_BOM).strip()
    except (TypeError, *UNREADABLE):
        pass
    raise RefusedError("", NOT_BYTES)


# -- a bundle --------------------------------------------------------------------------------------------------------


def _read_bundle(ledger: Ledger, data: bytes, position: str) -> None:
    """Read one Bundle; raises `RefusedError` when it is none."""
    written = data if looks_compact(data) else _compact(data)
    bundle = _measured(written)
    if bundle is None:
        bundle = _exact(ledger, _compact(data), position)
    if bundle is not None:
        _read_entries(ledger, bundle, position)


def _compact(data: bytes) -> bytes:
    for mend in (bytes, without_lone_surrogates):
        try:
            return compact(mend(data))
        except UNREADABLE:
            pass
    raise RefusedError("", NOT_JSON)


def _measured(data: bytes) -> BundleIn | None:
    """
    Return the Bundle when its parts add up to its bytes, so that no key stands twice and none is unknown.

    None when they do not: then it is looked at key by key.
    """
    try:
        bundle = _BUNDLE.decode(data)
    except UNREADABLE:
        return None
    size = _size(bundle, _TOP) + len("entry") + PER_KEY + _size_of_entries(bundle.entry)
    return bundle if size == len(data) else None


def _size(part: Struct, names: Iterable[str]) -> int:
    """Return the bytes of an object in compact JSON that has these parts."""
    lengths = [(len(name), len(getattr(part, name))) for name in names]
    return 1 + sum(name + PER_KEY + length for name, length in lengths if length)


def _size_of_entries(entries: list[EntryIn]) -> int:
    """Return the bytes of all entries in compact JSON: brackets, commas, braces, keys and values."""
    lengths = list(map(len, chain.from_iterable(map(astuple, entries))))
    size = 1 + 2 * len(entries) + sum(lengths)
    for place, name in enumerate(_PARTS):
        absent = lengths[place :: len(_PARTS)].count(0)
        size += (len(name) + PER_KEY) * (len(entries) - absent)
    return size


def _exact(ledger: Ledger, data: bytes, position: str) -> BundleIn | None:
    """Return the Bundle looked at key by key; None, and a line in the ledger, when a key stands twice."""
    try:
        fields = fields_in(data)
    except RefusedError as error:
        if error.reason != TWICE:
            raise
        fields = None
    if fields is None:
        _refuse_bundle(ledger, _entries(_OBJECT.decode(data)), position, "", TWICE)
        return None
    bundle = BundleIn(entry=[_entry(ledger, raw, f"{position}entry[{n}]") for n, raw in enumerate(_entries(fields))])
    for name in _TOP:
        setattr(bundle, name, fields.get(name, _ABSENT))
    _count(ledger, "Bundle", (name for name in fields if name not in BundleIn.__struct_fields__))
    return bundle


def _refuse_bundle(ledger: Ledger, entries: Iterable[object], position: str, path: str, reason: str) -> None:
    count = sum(1 for _ in entries)
    ledger.resources += count
    ledger.refuse("Bundle", position.rstrip("."), path, reason, count=count)


def _entries(fields: Mapping[str, Raw]) -> list[Raw]:
    try:
        return _LIST.decode(fields["entry"]) if "entry" in fields else []
    except UNREADABLE:
        pass
    raise RefusedError("entry", NO_ENTRIES)


def _entry(ledger: Ledger, raw: Raw, position: str) -> EntryIn:
    """Return an entry; one that is doubtful is listed, and stays behind empty."""
    try:
        fields = fields_in(raw)
        if "modifierExtension" in fields:
            raise RefusedError("modifierExtension", MODIFIED)  # noqa: TRY301  # both are listed the same way
    except RefusedError as error:
        ledger.resources += 1
        ledger.refuse("", position, error.path, error.reason)
        return _LISTED
    _count(ledger, "Bundle.entry", (name for name in fields if name not in _PARTS))
    return EntryIn(**{name: fields[name] for name in _PARTS if name in fields})


#: What stays behind of an entry that was listed already.
_LISTED: Final = EntryIn()


def _read_entries(ledger: Ledger, bundle: BundleIn, position: str) -> None:
    if bytes(bundle.resourceType) != b'"Bundle"':
        raise RefusedError("resourceType", NOT_A_BUNDLE)
    problem = _problem(bundle)
    if problem is not None:
        held = (entry for entry in bundle.entry if entry.resource)
        _refuse_bundle(ledger, held, position, *problem)
        return
    sorter = Sorter(ledger)
    sorter.sort_entries(bundle.entry, f"{position}entry")
    _count_entries(ledger, bundle, f"{position}entry")
    _read(ledger, sorter, "Bundle", position.rstrip("."))


def _problem(bundle: BundleIn) -> tuple[str, str] | None:
    if bundle.implicitRules:
        return "implicitRules", RULES
    kind = el.decoded(el.TEXT, bundle.type, "type") if bundle.type else ""
    return None if kind in KINDS else ("type", OTHER_KIND)


def _count_entries(ledger: Ledger, bundle: BundleIn, where: str) -> None:
    """Count the resources, and what else the Bundle holds."""
    empty = [number for number, entry in enumerate(bundle.entry) if not entry.resource]
    ledger.resources += len(bundle.entry) - len(empty)
    for number in empty:
        if bundle.entry[number] is not _LISTED:
            line = ElementNote(type="Bundle", position=f"{where}[{number}]", path="", reason=NO_RESOURCE)
            ledger.elements.append(line)
    _count(ledger, "Bundle", (name for name in _TOP if name not in _READ_ON_TOP and getattr(bundle, name)))
    requests, searches = len([1 for entry in bundle.entry if entry.request]), len([1 for e in bundle.entry if e.search])
    _add_counts(ledger, "Bundle.entry", Counter({"request": requests, "search": searches}))


def _count(ledger: Ledger, kind: str, names: Iterable[str]) -> None:
    _add_counts(ledger, kind, Counter(name if name in _NAMED else NOT_R4 for name in names))


def _add_counts(ledger: Ledger, kind: str, found: Counter[str]) -> None:
    if +found:
        ledger.unread.setdefault(kind, Counter()).update(+found)


def _read(ledger: Ledger, sorter: Sorter, kind: str, position: str) -> None:
    """Read what was sorted out; without a Patient it is all one line."""
    sorter.close()
    if sorter.has_patient:
        Reading(ledger).read(sorter.candidates)
    elif sorter.candidates or kind == "Bundle":
        ledger.refuse(kind, position, "", NO_PATIENT, count=len(sorter.candidates))


# -- lines -----------------------------------------------------------------------------------------------------------


def _sort_lines(ledger: Ledger, sorter: Sorter, data: bytes, where: str) -> None:
    """Sort one resource a line; an empty line is none."""
    for number, line in enumerate(data.split(b"\n")):
        written = line.strip()
        if written:
            _sort_one(ledger, sorter, written, where, number)


def _sort_one(ledger: Ledger, sorter: Sorter, data: bytes, where: str, number: int) -> None:
    try:
        written = _compact(data)
    except RefusedError as error:
        ledger.resources += 1
        ledger.refuse("", f"{where}[{number}]", error.path, error.reason)
    else:
        ledger.resources += 1
        sorter.sort(written, where, number)


# -- folders ---------------------------------------------------------------------------------------------------------


class Tree:
    """A walk through a folder: every file has a number, in the order of names, and is sorted out by what it holds."""

    __slots__ = ("files", "ledger")

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Final = ledger
        self.files = 0

    def walk(self, folder: Path) -> Sorter:
        """Return what is left to be read together with the folder above."""
        sorter = Sorter(self.ledger)
        for path in self._listed(folder):
            if path.is_dir() and not path.is_symlink():
                below = self.walk(path)
                if below.stands_alone:
                    _read(self.ledger, below, "folder", "")
                else:
                    sorter.join(below)
            elif path.suffix.lower() in _SUFFIXES and path.is_file():
                self._sort_file(sorter, path)
        return sorter

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except OSError:
            self.ledger.resources += 1
            self.ledger.refuse("", "folder", "", NOT_A_FOLDER)
            return []

    def _sort_file(self, sorter: Sorter, path: Path) -> None:
        number = self.files
        self.files += 1
        try:
            data = path.read_bytes().removeprefix(_BOM).strip()
        except OSError:
            self._refuse(number, RefusedError("", NOT_A_FILE))
            return
        if path.suffix.lower() == ".ndjson":
            _sort_lines(self.ledger, sorter, data, f"file[{number}].line")
        elif _is_bundle(sorter, data):
            self._read_bundle(data, number)
        else:
            _sort_one(self.ledger, sorter, data, "file", number)

    def _read_bundle(self, data: bytes, number: int) -> None:
        try:
            _read_bundle(self.ledger, data, f"file[{number}].")
        except RefusedError as error:
            self._refuse(number, error)

    def _refuse(self, number: int, error: RefusedError) -> None:
        self.ledger.resources += 1
        self.ledger.refuse("", f"file[{number}]", error.path, error.reason)


def _is_bundle(sorter: Sorter, data: bytes) -> bool:
    try:
        return sorter.type_of(data) == "Bundle"
    except RefusedError:
        return False  # whatever it is, it is sorted as a single resource, and listed there


_SUFFIXES: Final = frozenset({".json", ".ndjson"})
