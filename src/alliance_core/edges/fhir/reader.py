"""From bytes to charts: which resources there are, whose they are, and what became of each."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, Protocol

import msgspec
import pydantic
from msgspec import Raw

from alliance_core.base.errors import Problem
from alliance_core.base.kinds import problems_of
from alliance_core.chart import Chart
from alliance_core.edges.fhir import elements as el
from alliance_core.edges.fhir import medicines, questionnaire, resources
from alliance_core.edges.fhir.codes import meanings, measured
from alliance_core.edges.fhir.ledger import Ledger
from alliance_core.edges.fhir.r4 import TYPES
from alliance_core.edges.fhir.resource import File, Pool, Resource, Shape, shape_of
from alliance_core.edges.fhir.text import (
    UNREADABLE,
    WRITER,
    RefusedError,
    UnneededError,
    fields_in,
    refuse_depth,
)

NO_RULE: Final = "no rule reads this type"
NOT_NAMED: Final = "no resource that was read refers to it"
AGAIN: Final = "the same resource again"
NO_TYPE: Final = "is no resource type of R4"
NO_ID: Final = "is no FHIR id"
OTHER_ID: Final = "is the id of another, different resource"
BUNDLE: Final = "is a Bundle within; read it on its own"
NO_CHART: Final = "belongs to a patient whose chart could not be built"

#: How each type is read, in the order in which they are: what others refer to comes first.
HANDLERS: Final[Mapping[str, Callable[[Resource], None]]] = {
    "Patient": resources.read_patient,
    "Condition": resources.read_condition,
    "Observation": resources.read_observation,
    "RelatedPerson": resources.read_related_person,
    "Encounter": resources.read_encounter,
    "MedicationRequest": medicines.read_request,
    "MedicationStatement": medicines.read_statement,
    "MedicationDispense": medicines.read_dispense,
    "MedicationAdministration": medicines.read_administration,
    "Procedure": resources.read_procedure,
    "Appointment": resources.read_appointment,
    "DocumentReference": resources.read_document,
    "CareTeam": resources.read_care_team,
    "Consent": resources.read_consent,
    "QuestionnaireResponse": questionnaire.read_response,
    "Communication": resources.read_communication,
}
#: Read only where another resource refers to them.
LOOKED_UP: Final = frozenset({"Medication", "Location"})
_RANK: Final = {kind: min(place, 5) if kind.startswith("Med") else place for place, kind in enumerate(HANDLERS)} | (
    dict.fromkeys(LOOKED_UP, len(HANDLERS))
)
_ALL: Final = {kind.encode(): kind for kind in TYPES}
_OBSERVED: Final = "Observation"
_SURVEY: Final = resources.SURVEY.encode()
_BUNDLE: Final = "Bundle"
_KINDS: Final = {kind.encode(): kind for kind in TYPES if kind != _BUNDLE}
_TYPE: Final = b'"resourceType"'
_TYPE_FIRST: Final = re.compile(rb'\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"').match
_ID: Final = re.compile(rb'"[A-Za-z0-9._-]{1,128}"').fullmatch
_HISTORY: Final = "/_history/"


#: A resource that a rule may need: its type, fields, bytes, place, and what the bundle says of where it is from.
Candidate = tuple[str, dict[str, Raw], Raw | bytes, str, int, Raw | None]


class EntryLike(Protocol):
    """What a Bundle's entry holds, undecoded."""

    resource: Raw
    fullUrl: Raw  # noqa: N815  # FHIR's own name


_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


@cache
def _charts() -> "pydantic.TypeAdapter[Chart]":
    return pydantic.TypeAdapter(Chart)


# -- sorting -------------------------------------------------------------------------------------------------------


class Sorter:
    """Sorts resources by type into candidates and those that no rule needs."""

    __slots__ = ("candidates", "ledger", "observed", "unneeded")

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Final = ledger
        self.candidates: list[Candidate] = []
        self.unneeded: dict[str, int] = {}
        self.observed: dict[tuple[bytes, bytes], bool] = {}

    @property
    def has_patient(self) -> bool:
        """Whether a Patient is there."""
        return any(candidate[0] == "Patient" for candidate in self.candidates)

    @property
    def stands_alone(self) -> bool:
        """Whether a Patient is there, and something else."""
        return self.has_patient and (bool(self.unneeded) or len({one[0] for one in self.candidates}) > 1)

    def join(self, other: "Sorter") -> None:
        """Take over what another sorter holds."""
        self.candidates += other.candidates
        for kind, count in other.unneeded.items():
            self.unneeded[kind] = self.unneeded.get(kind, 0) + count

    def sort_entries(self, entries: Iterable[EntryLike], where: str) -> None:
        """Sort the resources of a Bundle. This is the one loop over everything, and most of it is not needed."""
        unneeded, ranked, kinds, first = self.unneeded, _RANK, _KINDS, _TYPE_FIRST
        keep, decode, write, buffer = self.candidates.append, _FIELDS.decode, WRITER.encode_into, bytearray()
        for number, entry in enumerate(entries):
            raw = entry.resource
            if not raw:
                continue
            found = first(raw)
            kind = kinds.get(found[1]) if found else None
            if kind not in ranked and kind is not None and _is_unneeded(bytes(raw)):
                unneeded[kind] = unneeded.get(kind, 0) + 1
                continue
            try:
                fields = decode(raw)
            except UNREADABLE:
                self.sort(raw, where, number, entry.fullUrl)
                continue
            write(fields, buffer)
            if kind is None or len(buffer) != len(raw):  # a key twice, white space, or a type that comes later
                self.sort(raw, where, number, entry.fullUrl)
            elif kind in ranked and (kind != _OBSERVED or self._is_read(fields)):
                keep((kind, fields, raw, where, number, entry.fullUrl))
            else:
                unneeded[kind] = unneeded.get(kind, 0) + 1

    def _is_read(self, fields: Mapping[str, Raw]) -> bool:
        """Return whether an Observation may be a survey or have a code that is read; when in doubt, it may."""
        key = (bytes(fields.get("category", b"")), bytes(fields.get("code", b"")))
        found = self.observed.get(key)
        if found is None:
            found = self.observed[key] = _may_be_read(*key)
        return found

    def sort(self, data: Raw | bytes, where: str, number: int, url: Raw | None = None) -> None:
        """Keep one resource if a rule may need it, whatever it looks like."""
        kind = ""
        try:
            fields = fields_in(data)
            kind = _type_in(fields)
            if kind == _BUNDLE:
                raise RefusedError("", BUNDLE)  # noqa: TRY301  # listed as the others are
        except RefusedError as error:
            self.ledger.refuse(kind, f"{where}[{number}]", error.path, error.reason)
            return
        if kind in _RANK and (kind != _OBSERVED or self._is_read(fields)):
            self.candidates.append((kind, fields, data, where, number, url))
        else:
            self.unneeded[kind] = self.unneeded.get(kind, 0) + 1

    @staticmethod
    def type_of(data: bytes) -> str:
        """Return a resource's type; raises `RefusedError` when R4 has none such."""
        found = _TYPE_FIRST(data)
        kind = _ALL.get(found[1]) if found else None
        return kind or _type_in(fields_in(data))

    def close(self) -> None:
        """Enter the types that no rule needs."""
        for kind, count in self.unneeded.items():
            self.ledger.not_needed[kind, resources.NO_CATEGORY if kind == _OBSERVED else NO_RULE] += count


def _is_unneeded(data: bytes) -> bool:
    """
    Return whether a resource whose first type is not needed is surely not needed.

    Its type may stand twice, and another resource may stand within: none of them is of a type that a rule reads.
    """
    if b"\\" in data and b"\\u" in data:
        return False
    return data.count(_TYPE) == 1 or not any(map(_may_be_ranked, data.split(_TYPE)[2:]))


def _may_be_ranked(after: bytes) -> bool:
    """Return whether what follows a key `resourceType` may be a type that a rule reads."""
    end = after.find(b'"', len(b':"'))
    return after[:2] != b':"' or _KINDS.get(after[2:end], _BUNDLE) in _RANK


def _type_in(fields: Mapping[str, Raw]) -> str:
    raw = fields.get("resourceType")
    kind = None if raw is None else el.decoded(el.TEXT, raw, "resourceType")
    if kind not in TYPES:
        raise RefusedError("resourceType", NO_TYPE)
    return kind


@cache
def _codes_read() -> tuple[bytes, ...]:
    return tuple(code.encode() for _, code in (*meanings("Observation.code"), *sorted(measured())))


def _may_be_read(category: bytes, code: bytes) -> bool:
    if b"\\u" in category or b"\\u" in code:
        return True
    return _SURVEY in category or any(map(code.__contains__, _codes_read()))


# -- reading -------------------------------------------------------------------------------------------------------


class Reading:
    """One set of resources read together: references resolve within it, and nothing else is known."""

    __slots__ = ("accepted", "doubtful", "index", "ledger", "pool", "resources", "shapes", "urls")

    def __init__(self, ledger: Ledger) -> None:
        self.ledger: Final = ledger
        self.pool: Final = Pool(self.resolve)
        self.index: dict[str, Resource] = {}
        self.doubtful: dict[str, Resource] = {}
        self.resources: list[Resource] = []
        self.accepted: dict[int, Resource] = {}
        self.urls: dict[bytes, Resource | None] = {}
        self.shapes: dict[tuple[str, ...], Shape] = {}

    def read(self, candidates: Iterable[Candidate]) -> None:
        """Read all candidates, and enter charts and accounts in the ledger."""
        for place, candidate in enumerate(candidates):
            self._open(candidate, place)
        if self.doubtful:
            self._refuse_doubtful()
        self.resources.sort(key=_rank)
        for resource in self.resources:
            self._handle(resource)
        self._look_up()
        for file in self.pool.files.values():
            if file.answers:
                self._settle(file)
            self._build(file)
        self._close()

    # -- each resource -----------------------------------------------------------------------------------------------

    def _open(self, candidate: Candidate, place: int) -> None:
        """Take a candidate in, with its id; one that is there already is counted, not read again."""
        try:
            resource = self._resource(candidate, place)
        except RefusedError as error:
            kind, _, _, where, number, _ = candidate
            self.ledger.refuse(kind, f"{where}[{number}]", error.path, error.reason)
            return
        other = self._entered(resource)
        if other is resource:
            self.resources.append(resource)
        elif other.fields == resource.fields:
            self.ledger.not_needed[resource.kind, AGAIN] += 1
        else:
            self.ledger.refuse(resource.kind, resource.position, "id", OTHER_ID)
            self.doubtful[other.reference] = other
            return
        self._name(other, candidate[5])

    def _entered(self, resource: Resource) -> Resource:
        """Enter a resource by its name and by its record's own id; return the one that has either already."""
        other = self.index.setdefault(resource.name, resource)
        if other is resource and self.index.setdefault(resource.reference, resource) is not resource:
            other = self.index[resource.reference]
            del self.index[resource.name]
        return other

    def _refuse_doubtful(self) -> None:
        """Refuse the first of several different resources under one id too: which of them counts is not known."""
        for resource in self.doubtful.values():
            self.ledger.refuse(resource.kind, resource.position, "id", OTHER_ID)
        refused = {resource.place for resource in self.doubtful.values()}
        self.index = {name: resource for name, resource in self.index.items() if resource.place not in refused}
        self.resources = [resource for resource in self.resources if resource.place not in refused]
        self.urls = {
            url: None if resource is None or resource.place in refused else resource
            for url, resource in self.urls.items()
        }

    def _resource(self, candidate: Candidate, place: int) -> Resource:
        kind, fields, data, where, number, url = candidate
        refuse_depth(bytes(data))
        key = (kind, *fields)
        shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = shape_of(kind, key[1:])
        if shape.problem is not None:
            raise RefusedError(*shape.problem)
        name = _id(fields.get("id"), where, number)
        resource = Resource(kind, name, fields, shape, self.pool, place, where, number, _base(url))
        resource.reference = el.own_id(fields.get("identifier"), el.RECORD) or resource.name
        return resource

    def _name(self, resource: Resource, url: Raw | None) -> None:
        """Let references find the resource by its full URL; one that two resources share names neither."""
        if url:
            written = _written(bytes(url))
            if self.urls.setdefault(written, resource) is not resource:
                self.urls[written] = None

    def _handle(self, resource: Resource) -> None:
        handler = HANDLERS.get(resource.kind)
        if handler is None:
            return
        try:
            handler(resource)
        except UnneededError as error:
            resource.leave()
            self.ledger.not_needed[resource.kind, error.reason] += 1
        except RefusedError as error:
            resource.leave()
            self.ledger.refuse(resource.kind, resource.position, error.path, error.reason)
        else:
            self.accepted[resource.place] = resource

    def _look_up(self) -> None:
        """Count what others referred to as used, and the rest of its kind as not needed."""
        named = {place for resource in self.accepted.values() for place in resource.takes}
        for resource in self.resources:
            if resource.kind not in LOOKED_UP:
                continue
            if resource.place in named:
                self.accepted[resource.place] = resource
            else:
                self.ledger.not_needed[resource.kind, NOT_NAMED] += 1

    def _settle(self, file: File) -> None:
        for resource, reason, is_needed in questionnaire.settle(file):
            if is_needed:
                self._refuse(resource, "", reason)
            else:
                self._drop(resource)
                self.ledger.not_needed[resource.kind, reason] += 1

    def _drop(self, resource: Resource) -> None:
        resource.leave()
        self.accepted.pop(resource.place, None)

    def resolve(self, written: str, base: str) -> Resource | None:
        """Return the resource that a reference names: by full URL, or relative and of the same server."""
        wanted = written.partition(_HISTORY)[0]
        found = self.index.get(wanted)
        if found is None:
            return self.urls.get(msgspec.json.encode(wanted))
        return found if not base or not found.base or found.base == base else None

    # -- each chart --------------------------------------------------------------------------------------------------

    def _build(self, file: File) -> None:
        """Build the chart; a record that is refused is taken out and listed, and the rest is still read."""
        while True:
            try:
                chart = _charts().validate_json(msgspec.json.encode(file.as_chart()))
            except pydantic.ValidationError as error:
                problems = error.errors(include_url=False, include_context=False, include_input=False)
            else:
                self.ledger.charts.append(chart)
                return
            if not self._take_out(file, problems):
                return

    def _take_out(self, file: File, problems: Iterable[Any]) -> bool:
        """Take refused records out of the file; False when nothing of it is left to build."""
        culprits: dict[int, tuple[Resource, str, str]] = {}
        for problem in problems:
            origin = file.origin(problem["loc"])
            found = problems_of((problem,))[0]
            if origin is None:
                self._give_up(file, found)
                return False
            culprits.setdefault(origin.place, (origin, found.path, found.reason))
        for origin, path, reason in culprits.values():
            self._refuse(origin, path, reason)
        file.remove(frozenset(culprits))
        return True

    def _give_up(self, file: File, problem: Problem) -> None:
        for resource in [one for one in self.accepted.values() if one.belongs_to(file)]:
            if resource.kind == "Patient":
                self._refuse(resource, problem.path, problem.reason)
            else:
                self._refuse(resource, "", NO_CHART)

    def _refuse(self, resource: Resource, path: str, reason: str) -> None:
        self._drop(resource)
        self.ledger.refuse(resource.kind, resource.position, path, reason)

    def _close(self) -> None:
        self.ledger.used += len(self.accepted)
        for resource in self.accepted.values():
            if resource.notes:
                self.ledger.elements.extend(resource.noted())
        for shape, count in Counter([resource.shape for resource in self.accepted.values()]).items():
            unread = self.ledger.unread.setdefault(shape.kind, Counter())
            for name in shape.unread:
                unread[name] += count


def _rank(resource: Resource) -> tuple[int, str]:
    """Return when a resource is read; care teams that say different things of one person are read by their ids."""
    return _RANK[resource.kind], resource.id if resource.kind == "CareTeam" else ""


def _id(raw: Raw | None, where: str, number: int) -> str:
    """Return the resource's id, or one made of its position."""
    if raw is None:
        return f"{where.translate(_FLAT)}-{number}"
    written = bytes(raw)
    if _ID(written) is None:
        raise RefusedError("id", NO_ID)
    return written[1:-1].decode()


_FLAT: Final = str.maketrans({"[": "-", "]": None, ".": "-"})


def _base(url: Raw | None) -> str:
    """Return the server that a full URL names, if it names one."""
    written = bytes(url) if url else b""
    if written[1:5] != b"http":
        return ""
    return _written(written)[1:-1].decode(errors="replace").rsplit("/", 2)[0]


def _written(url: bytes) -> bytes:
    """Return a full URL as this library would write it."""
    if b"\\" not in url:
        return url
    try:
        return msgspec.json.encode(el.TEXT.decode(url))
    except UNREADABLE:
        return b""
