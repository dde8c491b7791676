"""One resource as it is being read: its elements by name, what was noted, and whose it is."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw

from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir.elements import Coded, ReferenceIn
from alliance_core.edges.fhir.ledger import ElementNote
from alliance_core.edges.fhir.r4 import COMMON, ELEMENTS, shown
from alliance_core.edges.fhir.table import READ
from alliance_core.edges.fhir.text import RefusedError

T = TypeVar("T")
NO_OWNER: Final = "names no patient that was read; it is attached to nobody"
Record = dict[str, Any]


RULES: Final = "has implicit rules that this reader does not know"
_PROBLEMS: Final = {
    "modifierExtension": ("modifierExtension", el.MODIFIED),
    "implicitRules": ("implicitRules", RULES),
}


class Shape:
    """What the keys of a resource say: which are not read, and which make it not understood."""

    __slots__ = ("kind", "problem", "shadows", "unread")

    def __init__(self, kind: str, keys: tuple[str, ...]) -> None:
        self.kind: Final = kind
        self.unread: Final = tuple(shown(kind, key) for key in keys if key not in READ[kind])
        self.shadows: Final = any(key.startswith("_") for key in keys)
        self.problem: Final = next((_PROBLEMS[key] for key in keys if key in _PROBLEMS), None)


def shape_of(kind: str, keys: tuple[str, ...]) -> Shape:
    """Return the shape of a resource; shapes of R4's own words alone are worked out once."""
    return _known_shape(kind, keys) if ELEMENTS[kind].union(COMMON).issuperset(keys) else Shape(kind, keys)


@lru_cache(maxsize=1024)
def _known_shape(kind: str, keys: tuple[str, ...]) -> Shape:
    return Shape(kind, keys)


class File:
    """The records of one patient in the making, and the resource that each came from."""

    __slots__ = ("answers", "completed", "empty", "id", "lists", "origins", "person", "single")

    def __init__(self, id: str, person: Record) -> None:  # noqa: A002  # the field's name
        self.id: Final = id
        self.person: Final = person
        self.lists: dict[str, list[Record]] = {}
        self.origins: dict[str, list[Resource]] = {}
        self.single: dict[str, tuple[Record, Resource]] = {}
        self.answers: dict[tuple[str, str], list[tuple[Record, Resource, date]]] = {}
        self.completed: list[tuple[Record, Record, Resource]] = []
        self.empty: set[str] = set()

    def as_chart(self) -> Record:
        """Return the chart as plain data."""
        single = {name: record for name, (record, _) in self.single.items()}
        return {"id": self.id, "person": self.person, **{name: [] for name in self.empty}, **self.lists, **single}

    def origin(self, where: tuple[str | int, ...]) -> "Resource | None":
        """Return the resource that a place in the chart came from; None for the chart itself."""
        name = str(where[0]) if where else ""
        if name in self.single:
            return self.single[name][1]
        if name == "person":
            return self._completing(self.person)
        place = where[1] if len(where) > 1 else None
        if name not in self.origins or not isinstance(place, int):
            return None
        return self._completing(self.lists[name][place]) or self.origins[name][place]

    def _completing(self, record: Record) -> "Resource | None":
        return next((resource for one, _, resource in self.completed if one is record), None)

    def find(self, name: str, own_id: str) -> Record | None:
        """Return the person, or a record of one of the chart's lists."""
        records = [self.person] if name == "person" else self.lists.get(name, [])
        return next((one for one in records if one["id"] == own_id), None)

    def complete(self, record: Record, said: Record, resource: "Resource") -> None:
        """Let what was said beside a record take the place of what it says itself."""
        self.completed.append((record, dict(record), resource))
        record.update(said)

    def remove(self, places: frozenset[int]) -> None:
        """Take out all records that came from some resources, and what they said of others."""
        for record, before, resource in self.completed:
            if resource.place in places:
                record.clear()
                record.update(before)
        self.completed = [one for one in self.completed if one[2].place not in places]
        self.empty -= self.lists.keys()
        for name, origins in self.origins.items():
            kept = [n for n, origin in enumerate(origins) if origin.place not in places]
            self.lists[name] = [self.lists[name][n] for n in kept]
            self.origins[name] = [origins[n] for n in kept]
        self.lists = {name: records for name, records in self.lists.items() if records}
        self.origins = {name: origins for name, origins in self.origins.items() if origins}
        self.single = {name: one for name, one in self.single.items() if one[1].place not in places}

    def add(self, name: str, record: Record, origin: "Resource") -> None:
        """Add a record to one of the chart's lists."""
        self.lists.setdefault(name, []).append(record)
        self.origins.setdefault(name, []).append(origin)


class Pool:
    """
    What the resources read together share: who and what a reference names, and what was parsed, by its bytes.

    The same spelling is parsed once. All of this lives as long as the read.
    """

    __slots__ = ("concepts", "days", "files", "owners", "parsed", "resolve")

    def __init__(self, resolve: "Callable[[str, str], Resource | None]") -> None:
        self.resolve: Final = resolve
        self.files: dict[int, File] = {}
        self.owners: dict[tuple[bytes, str], File] = {}
        self.days: dict[bytes, date | None] = {}
        self.concepts: dict[bytes, Coded] = {}
        self.parsed: dict[tuple[object, bytes], Any] = {}


class Resource:
    """
    One resource: `get` an element's bytes, or read it as one of FHIR's types.

    A reading method returns None for what is not there, notes what it cannot keep, and raises `RefusedError` for what
    makes the whole resource doubtful.
    """

    __slots__ = (
        "_file",
        "base",
        "fields",
        "id",
        "kind",
        "name",
        "notes",
        "ordinal",
        "place",
        "pool",
        "reference",
        "shape",
        "takes",
        "where",
    )

    def __init__(  # built for every resource: keywords would cost as much as the rest
        self,
        kind: str,
        id: str,  # noqa: A002  # FHIR's own name
        fields: dict[str, Raw],
        shape: Shape,
        pool: Pool,
        place: int,
        where: str,
        ordinal: int,
        base: str = "",
    ) -> None:
        self.kind = kind
        self.id = id
        #: The relative reference that others name it by; records use it as their id, unless an identifier says another.
        self.name = f"{kind}/{id}"
        self.reference = self.name
        self.fields = fields
        self.shape = shape
        self.pool = pool
        self.place = place
        self.where = where
        self.ordinal = ordinal
        self.base = base
        self.notes: tuple[tuple[str, str], ...] = ()
        self.takes: tuple[int, ...] = ()
        self._file: File | None = None

    @property
    def position(self) -> str:
        """Where it stands in what was read."""
        return f"{self.where}[{self.ordinal}]"

    @property
    def file(self) -> File:
        """The file of the patient whose resource this is, once it is known."""
        if self._file is None:
            raise RefusedError("", NO_OWNER)
        return self._file

    def belongs_to(self, file: File) -> bool:
        """Return whether this is a resource of the patient, and was read."""
        return self._file is file

    @property
    def is_medicine(self) -> bool:
        """Whether this is an entry about a medicine."""
        return self.kind.startswith("Medication") and self.kind != "Medication"

    def join(self, file: File) -> None:
        """Count the resource as one of the patient's."""
        self._file = file

    def leave(self) -> None:
        """Count the resource as nobody's, once it was not used."""
        self._file = None

    def add(self, file: File, name: str, record: Record) -> None:
        """Add a record to one of the lists of the patient's chart."""
        self._file = file
        file.add(name, record, self)

    def take(self, other: "Resource") -> None:
        """Count another resource as read for this one."""
        self.takes += (other.place,)

    def note(self, path: str, reason: str) -> None:
        """Note an element that is not kept."""
        self.notes += ((path, reason),)

    def noted(self) -> Iterable[ElementNote]:
        """Return what was noted."""
        return (ElementNote(type=self.kind, position=self.position, path=path, reason=why) for path, why in self.notes)

    # -- primitives --------------------------------------------------------------------------------------------------

    def absent(self, name: str) -> str | None:
        """Return why a primitive's value is absent, if the record says so."""
        beside = self.fields.get("_" + name) if self.shape.shadows else None
        return None if beside is None else el.absent_reason(el.decoded(el.PRIMITIVE, beside, "_" + name).extension)

    def text(self, name: str) -> str | None:
        """Return a string or code."""
        raw = self.fields.get(name)
        return None if raw is None else el.decoded(el.TEXT, raw, name)

    def number(self, name: str) -> int | None:
        """Return an integer."""
        raw = self.fields.get(name)
        return None if raw is None else el.decoded(el.WHOLE, raw, name)

    def is_true(self, name: str) -> bool:
        """Return whether a boolean is there and true."""
        raw = self.fields.get(name)
        return raw is not None and el.decoded(el.BOOLEAN, raw, name)

    def fact(self, name: str) -> str:
        """Return a boolean as a recorded fact, with the reason for its absence taken into account."""
        raw = self.fields.get(name)
        if raw is not None:
            return "yes" if el.decoded(el.BOOLEAN, raw, name) else "no"
        found = el.absent_fact(self.absent(name))
        if found is None:
            self.note(name, el.NOT_GIVEN)
        return found or "not-recorded"

    def day(self, name: str) -> date | None:
        """Return the day of a date or date-time as written, never converted; a partial one is noted."""
        raw = self.fields.get(name)
        if raw is not None:
            return self.day_of(bytes(raw), name)
        if self.shape.shadows and el.absent_fact(self.absent(name)) is None:
            self.note(name, el.NOT_GIVEN)
        return None

    def day_of(self, written: bytes, path: str) -> date | None:
        """Return the day that an element within another names."""
        days = self.pool.days
        found = days.get(written)
        if found is not None or not written:
            return found
        if written not in days:
            found = days[written] = el.whole_day(written, path, days)
        if found is None:
            self.note(path, el.PARTIAL)
        return found

    # -- data types --------------------------------------------------------------------------------------------------

    def concept(self, name: str) -> Coded | None:
        """Return a CodeableConcept."""
        raw = self.fields.get(name)
        return None if raw is None else self.concept_of(bytes(raw), name)

    def concept_of(self, written: bytes, path: str) -> Coded:
        """Return a CodeableConcept within another element."""
        found = self.pool.concepts.get(written)
        if found is None:
            found = self.pool.concepts[written] = el.concept(written, path)
        if found.incomplete:
            self.note(path, el.NO_CODE)
        return found

    def concepts(self, name: str) -> Coded | None:
        """Return a list of CodeableConcepts."""
        raw = self.fields.get(name)
        if raw is None:
            return None
        written = bytes(raw)
        found = self.pool.concepts.get(written)
        if found is None:
            found = self.pool.concepts[written] = el.concepts(written, name)
        if found.incomplete:
            self.note(name, el.NO_CODE)
        return found

    def parsed(self, decoder: "msgspec.json.Decoder[T]", name: str) -> T | None:
        """Return an element decoded by a decoder, once for each spelling."""
        raw = self.fields.get(name)
        if raw is None:
            return None
        key = (decoder, bytes(raw))
        found: T | None = self.pool.parsed.get(key)
        if found is None:
            found = self.pool.parsed[key] = el.decoded(decoder, key[1], name)
        return found

    def period(self, name: str) -> tuple[date | None, date | None]:
        """Return the first and the last day of a Period."""
        raw = self.fields.get(name)
        if raw is None:
            return None, None
        start, end = el.span(bytes(raw), name)
        return self.day_of(start, name), self.day_of(end, name)

    def display(self, name: str) -> str | None:
        """Return the words of a Reference."""
        found = self.parsed(el.REFERENCE, name)
        return None if found is None else found.display

    # -- whose and what ----------------------------------------------------------------------------------------------

    def owner(self, name: str) -> File:
        """Return the file of the patient whom a Reference names; raises `RefusedError` when nobody was read."""
        raw = self.fields.get(name)
        if raw is None:
            raise RefusedError(name, NO_OWNER)
        key = (bytes(raw), self.base)
        found = self.pool.owners.get(key)
        if found is None:
            found = self.pool.owners[key] = self._owner(name)
        return found

    def owner_if_known(self) -> File | None:
        """Return the file of the patient whose resource this is, whether or not it was used; None if nobody's."""
        for name in ("subject", "patient"):
            if name in self.fields:
                try:
                    return self.owner(name)
                except RefusedError:
                    return None
        return self._file

    def _owner(self, name: str) -> File:
        found = self.parsed(el.REFERENCE, name)
        target = None if found is None else self.target(found)
        file = None if target is None else self.pool.files.get(target.place)
        if file is None:
            raise RefusedError(name, NO_OWNER)
        return file

    def target(self, reference: ReferenceIn) -> "Resource | None":
        """Return the resource that a Reference names, if it was read."""
        return None if reference.reference is None else self.pool.resolve(reference.reference, self.base)
