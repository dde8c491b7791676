"""From the paths of a command to charts: one reading at a time, and what could not be read."""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from alliance_core.base.errors import AllianceError, ChartError
from alliance_core.base.kinds import value
from alliance_core.chart import Chart
from alliance_core.edges.fhir import Read, read_bundle, read_folder, read_ndjson
from alliance_core.edges.wire import read_chart

T = TypeVar("T")

_LINES: Final = ".ndjson"
_READ: Final = frozenset({".json", _LINES})
#: Enough of a file to see its first name.
_HEAD: Final = 4096
_FIRST_NAME: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(resourceType|schema)"\s*:\s*"([^"\\]*)"')
_SHOWN: Final = 3
_MIXED: Final = "holds single resources beside native charts; put them into a folder of their own"
_NOTHING: Final = "holds nothing to read; name a .json or .ndjson file, or a folder of them"


class Kind(Enum):
    """What a document is, by its outermost names."""

    NATIVE = "native"
    BUNDLE = "bundle"
    RESOURCE = "resource"
    UNKNOWN = "unknown"


class Shape(Enum):
    """How the documents of a source are put together."""

    ONE = "one"
    LINES = "lines"
    FOLDER = "folder"
    REFUSED = "refused"


@value
class Source:
    """Something to read: a file, a file of lines, a folder whose resources belong together, or why it is neither."""

    path: Path
    shape: Shape
    reason: str = ""


@value
class Reading:
    """What came of one source or line: its charts, the account of its resources if it was FHIR, or why it has none."""

    label: str
    charts: tuple[Chart, ...] = ()
    account: Read | None = None
    problem: str = ""

    def __repr__(self) -> str:
        return "Reading(…)"


class _Outermost(msgspec.Struct):
    """The two names that tell what a document is."""

    resourceType: msgspec.Raw | None = None  # noqa: N815  # FHIR's name
    schema: msgspec.Raw | None = None


def kind_of(data: bytes) -> Kind:
    """Return what a document is; the readers say what is wrong with one that cannot be told."""
    found = _FIRST_NAME.match(data)
    if found is not None:
        return _kind(found[2]) if found[1] == b"resourceType" else Kind.NATIVE
    try:
        outermost = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Outermost)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Kind.RESOURCE if b'"resourceType"' in data else Kind.UNKNOWN
    if outermost.resourceType is not None:
        return _kind(bytes(outermost.resourceType).strip(b'"'))
    return Kind.NATIVE if outermost.schema is not None else Kind.UNKNOWN


def _kind(resource: bytes) -> Kind:
    return Kind.BUNDLE if resource == b"Bundle" else Kind.RESOURCE


# -- finding ---------------------------------------------------------------------------------------------------------


def find_sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Return what there is to read under these paths, in the order of their names."""
    return tuple(source for path in paths for source in _sources(path))


def _sources(path: Path) -> Iterator[Source]:
    if not path.is_dir():
        yield _file(path)
        return
    found = tuple(_Tree().walk(path))
    yield from found or (Source(path=path, shape=Shape.REFUSED, reason=_NOTHING),)


def _file(path: Path) -> Source:
    return Source(path=path, shape=Shape.LINES if path.suffix.lower() == _LINES else Shape.ONE)


class _Tree:
    """A walk through a folder, in which each file is looked at once."""

    def __init__(self) -> None:
        self._kinds: dict[Path, Kind] = {}

    def walk(self, folder: Path) -> Iterator[Source]:
        """Take a folder of single resources or bulk files as one source; in any other each file is one."""
        try:
            files, folders = _inside(folder)
            mine, all_ = {self._kind(file) for file in files}, self._beneath(folder)
        except OSError as error:
            yield Source(path=folder, shape=Shape.REFUSED, reason=sentence(error))
            return
        if Kind.RESOURCE in mine and Kind.NATIVE in all_:
            yield Source(path=folder, shape=Shape.REFUSED, reason=_MIXED)
        elif Kind.RESOURCE in mine or (all_ <= _LOOSE and Kind.RESOURCE in all_):
            yield Source(path=folder, shape=Shape.FOLDER)
            return
        yield from (_file(file) for file in files if self._kind(file) is not Kind.RESOURCE)
        for one in folders:
            yield from self.walk(one)

    def _beneath(self, folder: Path) -> set[Kind]:
        files, folders = _inside(folder)
        return {self._kind(file) for file in files}.union(*(self._beneath(one) for one in folders))

    def _kind(self, path: Path) -> Kind:
        if path not in self._kinds:
            self._kinds[path] = _kind_of_file(path)
        return self._kinds[path]


_LOOSE: Final = frozenset({Kind.RESOURCE, Kind.UNKNOWN})


def _inside(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files to read in a folder, and its folders, in the order of their names; no link is followed."""
    inside = sorted(folder.iterdir())
    files = [one for one in inside if one.suffix.lower() in _READ and one.is_file()]
    return files, [one for one in inside if one.is_dir() and not one.is_symlink()]


def _kind_of_file(path: Path) -> Kind:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if path.suffix.lower() == _LINES:
            return kind_of(head.lstrip().partition(b"\n")[0])
        return kind_of(head if _FIRST_NAME.match(head) else head + file.read())


# -- reading ---------------------------------------------------------------------------------------------------------


def read(source: Source) -> Iterator[Reading]:
    """Return what comes of a source, one reading at a time; what cannot be read is a reading that says so."""
    label = str(source.path)
    match source.shape:
        case Shape.REFUSED:
            yield Reading(label=label, problem=source.reason)
        case Shape.FOLDER:
            yield _tried(label, lambda: _from_fhir(label, read_folder(source.path)))
        case Shape.ONE:
            yield _tried(label, lambda: _document(label, source.path.read_bytes()))
        case Shape.LINES:
            yield from _lines(label, source.path)


def _document(label: str, data: bytes) -> Reading:
    if kind_of(data) in {Kind.BUNDLE, Kind.RESOURCE}:
        return _from_fhir(label, read_bundle(data))
    return Reading(label=label, charts=(read_chart(data),))


def _lines(label: str, path: Path) -> Iterator[Reading]:
    """Bulk Data lines belong together; lines that are charts or bundles are read one by one."""
    kind = _tried(label, lambda: _kind_of_file(path))
    if isinstance(kind, Reading):
        yield kind
    elif kind is Kind.RESOURCE:
        yield _tried(label, lambda: _from_fhir(label, read_ndjson(path.read_bytes())))
    else:
        yield from _each_line(label, path)


def _each_line(label: str, path: Path) -> Iterator[Reading]:
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                if text.strip():
                    yield _one_line(f"{label}:{number}", text)
    except OSError as error:
        yield Reading(label=label, problem=sentence(error))


def _one_line(label: str, text: bytes) -> Reading:
    return _tried(label, lambda: _document(label, text))


def _from_fhir(label: str, found: Read) -> Reading:
    lost = next((one for one in found.not_understood if one.type == "Patient"), None)
    problem = f"{lost}; its chart was not reviewed" if lost is not None else ""
    return Reading(label=label, charts=found.charts, account=found, problem=problem)


def _tried(label: str, reading: Callable[[], T]) -> T | Reading:
    try:
        return reading()
    except Exception as error:  # noqa: BLE001  # one chart that cannot be read must not keep the others from it
        return Reading(label=label, problem=sentence(error))


def sentence(error: Exception) -> str:
    """Return one line that names the rule or the kind of error, never a value."""
    if isinstance(error, ChartError):
        rest = len(error.problems) - _SHOWN
        told = "; ".join(str(one) for one in error.problems[:_SHOWN])
        return f"{told}; and {rest} more" if rest > 0 else told
    if isinstance(error, AllianceError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or "cannot be opened"
    if isinstance(error, UnicodeError):
        return "is not UTF-8; write the document in UTF-8"
    return f"met a defect of this library ({type(error).__name__}); report it, without the chart"
