"""What a client fetched for a service, joined into one Bundle and read; and what it did not send, or not whole."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, cast

from alliance_core.base.errors import AllianceError, ChartError, Problem
from alliance_core.base.kinds import value
from alliance_core.chart import Chart
from alliance_core.edges.fhir import Read, read_bundle

PATIENT: Final = "patient"
OTHER_PATIENT: Final = "is not the patient whom the context names"
NO_BUNDLE: Final = "is no Bundle with entries"


class MissingPrefetchError(AllianceError):
    """What a service cannot answer without was not sent; `keys` names it. Over HTTP this is a 412."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        super().__init__(f"prefetch: {', '.join(keys)} not sent; send the resource, or null where there is none")

    def __reduce__(self) -> tuple[type["MissingPrefetchError"], tuple[tuple[str, ...]]]:
        return MissingPrefetchError, (self.keys,)


@value
class Fetched:
    """A chart that was sent: what was read of it, and how many templates were not answered, or only in part."""

    chart: Chart
    read: Read
    unsent: int
    partial: int


def key_of(kind: str) -> str:
    """Return the prefetch key of a resource type."""
    return kind[0].lower() + kind[1:]


def template(kind: str) -> str:
    """Return the query for a patient's resources of one type, within what the specification recommends."""
    return "Patient/{{context.patientId}}" if kind == "Patient" else kind + "?patient={{context.patientId}}"


def read_prefetch(
    prefetch: Mapping[str, object], *, patient: str, templates: Iterable[str], required: Iterable[str]
) -> Fetched:
    """
    Return the chart of the patient in context.

    Raises `MissingPrefetchError` for a required key that is absent, or that an OperationOutcome stands for, and
    `ChartError` where the patient is another one or none. A key whose value is null was answered: there is none.
    """
    answered = {key: found for key, found in prefetch.items() if not _is_outcome(found)}
    absent = tuple(key for key in required if key not in answered or (key == PATIENT and answered[key] is None))
    if absent:
        raise MissingPrefetchError(absent)
    asked = tuple(templates)
    _check_patient(answered[PATIENT], patient)
    sent = [found for key in asked if (found := answered.get(key)) is not None]
    read = read_bundle(joined(sent))
    chart = next((one for one in read.charts if one.id == patient), None)
    if chart is None:
        raise ChartError((Problem(path="prefetch.patient", reason="holds no patient who can be read"),))
    return Fetched(
        chart=chart,
        read=read,
        unsent=sum(key not in answered for key in asked),
        partial=sum(_has_next_page(one) for one in sent),
    )


def joined(sent: Iterable[object]) -> Mapping[str, object]:
    """Return resources and the entries of Bundles as one Bundle."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [one for each in sent for one in _entries(each)]}


def resources(bundle: Mapping[str, Any], path: str) -> tuple[dict[str, Any], ...]:
    """Return the resources of a Bundle in the context; raises `ChartError` for what is none."""
    entries: Any = bundle.get("entry", ())
    if bundle.get("resourceType") != "Bundle" or not isinstance(entries, list | tuple):
        raise ChartError((Problem(path=path, reason=NO_BUNDLE),))
    found = [_fields(entry).get("resource") for entry in cast("list[object]", entries)]
    return tuple(cast("dict[str, Any]", one) for one in found if isinstance(one, dict))


def _check_patient(found: object, patient: str) -> None:
    if not isinstance(found, dict) or cast("dict[str, object]", found).get("id") != patient:
        raise ChartError((Problem(path="prefetch.patient", reason=OTHER_PATIENT),))


def _entries(sent: object) -> Iterator[object]:
    """What is no resource goes in as it is: the reader lists it as not understood."""
    fields = _fields(sent)
    entries = fields.get("entry", [])
    if fields.get("resourceType") != "Bundle" or not isinstance(entries, list):
        yield {"resource": sent}
        return
    for entry in cast("list[object]", entries):
        if _fields(_fields(entry).get("search")).get("mode") != "outcome":
            yield entry


def _has_next_page(sent: object) -> bool:
    links = _fields(sent).get("link")
    return isinstance(links, list) and any(
        _fields(link).get("relation") == "next" for link in cast("list[object]", links)
    )


def _is_outcome(found: object) -> bool:
    return _fields(found).get("resourceType") == "OperationOutcome"


def _fields(found: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}
