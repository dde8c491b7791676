"""Orders and problems that are only drafted: read as if they stood, so that what belongs to them is asked before."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from alliance_core.base.day import Day
from alliance_core.base.doses import Dose
from alliance_core.base.errors import AllianceError
from alliance_core.base.findings import Finding, canonical
from alliance_core.base.kinds import changed, value
from alliance_core.chart import Chart
from alliance_core.consent import ConsentEvent, review_consent
from alliance_core.deprescribing import regimen_episodes
from alliance_core.deprescribing.episodes import Episode
from alliance_core.diagnosis import DiagnosisRevision, RevisionKind
from alliance_core.edges.cds_hooks.prefetch import joined
from alliance_core.edges.fhir import read_bundle
from alliance_core.links import consent_events, links_of
from alliance_core.policy import Policy
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement

ORDER: Final = "MedicationRequest"


@value
class Drafted:
    """The drafted medicines: those read, how many orders could not be read, and how many no table knows."""

    entries: tuple[MedicationStatement, ...]
    names: frozenset[str]
    unread: int
    unknown: int


def read_medicines(chart: Chart, orders: Sequence[Mapping[str, Any]], policy: Policy) -> Drafted:
    """
    Return the medicines of drafted orders.

    What is no order of a medicine, says not to give it, or has no medicine yet, asks nothing.
    """
    wanted = [one for one in orders if _is_wanted(one)]
    read = _read(chart, [_standing(one) for one in wanted])
    entries = read.medications or () if read is not None else ()
    found = [[row.name for row in policy.deprescribing.medicines.resolve(one).medicines] for one in entries]
    return Drafted(
        entries=entries,
        names=frozenset(name for names in found for name in names),
        unread=len(wanted) - len(entries),
        unknown=sum(not names for names in found),
    )


def _is_wanted(order: Mapping[str, Any]) -> bool:
    named = order.get("medicationCodeableConcept") or order.get("medicationReference")
    return order.get("resourceType") == ORDER and order.get("doNotPerform") is not True and bool(named)


def _standing(order: Mapping[str, Any]) -> Mapping[str, Any]:
    """A draft comes from whoever writes it: its category says nothing, and a client was seen to send one not of R4."""
    return {name: part for name, part in order.items() if name != "category"} | {"status": "active"}


def _read(chart: Chart, resources: Sequence[Mapping[str, Any]]) -> Chart | None:
    """Return a chart of just these resources of the patient."""
    patient = {"resourceType": "Patient", "id": chart.id}
    return next(iter(read_bundle(joined([patient, *resources])).charts), None)


# -- consent ---------------------------------------------------------------------------------------------------------


def consent_findings(chart: Chart, drafted: Drafted, *, policy: Policy, on: date) -> tuple[tuple[Finding, ...], int]:
    """
    Return what is open about the consent to the drafted medicines, and of how many nobody can tell the change of dose.

    A medicine that is taken already and drafted at the same dose is a renewal: it asks for no new discussion.
    """
    day = Day(on)
    ids = {one.id for one in drafted.entries}
    kept = tuple(one for one in chart.medications or () if one.id not in ids)
    courses = regimen_episodes(changed(chart, medications=kept).regimen, policy=policy.deprescribing, day=day)
    made: list[MedicationStatement] = []
    untold = 0
    for one in drafted.entries:
        entry = changed(one, started_on=on, stopped_on=None, stops_on=None)
        before = _before(entry, courses, policy)
        order = 0 if before is None else _compared(entry.dose, before.dose)
        untold += order is None
        made.append(changed(entry, dose_changes=(_change(order, on),)) if order else entry)
    seen, _ = changed(chart, medications=(*kept, *made)).as_of(day)
    events = [_planned(one) for one in consent_events(seen, policy=policy, day=day) if _is_about(one, ids)]
    return _open(seen, events, policy, day), untold


def _planned(event: ConsentEvent) -> ConsentEvent:
    """A draft has not happened; where a talk came before it, the days between the two are asked about."""
    return changed(event, occurred_on=None) if event.discussion is None else event


def _before(entry: MedicationStatement, courses: Sequence[Episode], policy: Policy) -> MedicationStatement | None:
    """Return what is taken now of the medicine; None for one that is started."""
    medicines = policy.deprescribing.medicines.resolve(entry).medicines
    taken = [one.entries[-1] for one in courses if one.is_open and one.medicine in medicines]
    return taken[-1] if taken else None


def _compared(dose: Dose | None, before: Dose | None) -> int | None:
    try:
        return dose.compared(before) if dose is not None and before is not None else None
    except AllianceError:
        return None


def _change(order: int, on: date) -> DoseChange:
    return DoseChange(kind=ChangeKind.INCREASE if order > 0 else ChangeKind.DECREASE, changed_on=on)


def _open(chart: Chart, events: Sequence[ConsentEvent], policy: Policy, day: Day) -> tuple[Finding, ...]:
    about = {one.id for one in events}
    reviews = [review_consent(one, policy=policy.consent, on=day.on) for one in events]
    links = links_of(chart, events, policy=policy, day=day)
    found = [finding for one in reviews for finding in one.findings]
    found += [one for one in links.findings if one.about in about]
    return tuple(one for one in canonical(found) if one.is_open)


def _is_about(event: ConsentEvent, ids: set[str]) -> bool:
    return event.id in ids or (event.medicine is not None and event.medicine.id in ids)


# -- diagnosis -------------------------------------------------------------------------------------------------------


def with_problems(
    chart: Chart, conditions: Sequence[Mapping[str, Any]], *, on: date
) -> tuple[Chart, frozenset[str], int]:
    """
    Return the chart in which each drafted problem is planned to be added, the plans' ids, and how many are unread.

    One whose revision is recorded already is left as it is recorded.
    """
    read = _read(chart, conditions)
    new = read.problems or () if read is not None else ()
    ids = {one.id for one in new}
    recorded = {one.problem for one in chart.revisions}
    planned = tuple(
        DiagnosisRevision(id=f"{one.id}#added", problem=one.id, kind=RevisionKind.ADDED, planned_on=on)
        for one in new
        if one.id not in recorded
    )
    kept = tuple(one for one in chart.problems or () if one.id not in ids)
    made = changed(chart, problems=(*kept, *new), revisions=(*chart.revisions, *planned))
    return made, frozenset(one.id for one in planned), len(conditions) - len(new)
