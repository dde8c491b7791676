"""A regimen as it stood on a day: what lies ahead is not seen, identical records are read once, and where care is."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.deprescribing.records import Regimen
from alliance_core.records import Encounter, Problem, Setting

#: Settings that a person stays in and leaves again: once left, they no longer say where the person is.
_STAYS: Final = frozenset({Setting.INPATIENT, Setting.NURSING_FACILITY, Setting.EMERGENCY})


def _noted_on(problem: Problem) -> date | None:
    return problem.recorded_on or problem.onset_on


#: For each list, the day from which a record of it is a fact.
_FACT_SINCE: Final[dict[str, Callable[[Any], date | None]]] = {
    "medications": lambda one: one.started_on,
    "reviews": lambda one: one.completed_on,
    "problems": _noted_on,
    "circumstances": lambda one: one.recorded_on,
    "encounters": lambda one: one.started_on,
}


def as_seen(record: Regimen, day: Day) -> Regimen:
    """Return the regimen without what is dated after the day; a record that stands in it twice is read once."""
    kept = {name: _seen(getattr(record, name), since, day) for name, since in _FACT_SINCE.items()}
    if record.asked is not None and record.asked.asked_on is not None and not day.has_reached(record.asked.asked_on):
        kept["asked"] = None
    fields = {name: one for name, one in kept.items() if one is not getattr(record, name)}
    return changed(record, **fields) if fields else record


def _seen(records: Any, since: Callable[[Any], date | None], day: Day) -> Any:  # noqa: ANN401  # any list of a regimen
    if not records:
        return records
    once = {one.id: one for one in records}
    kept = [one for one in once.values() if (begun := since(one)) is None or day.has_reached(begun)]
    return records if len(kept) == len(records) else tuple(kept)


def setting_on(encounters: tuple[Encounter, ...], day: Day) -> Setting | None:
    """
    Return where the patient is cared for on the day; None = not recorded.

    A stay that goes on comes before later visits. A stay that is over no longer says where the patient is, and one of
    which the start or the setting was not recorded may be any: both leave it unknown.
    """
    stays = [one for one in encounters if (one.setting is None or one.setting in _STAYS) and goes_on(one, day)]
    if stays:
        last = max(stays, key=_recency)
        places = {one.setting for one in stays if one is last or one.started_on is None}
        return last.setting if len(places) == 1 else None
    dated = [one for one in encounters if one.started_on is not None]
    latest = max(dated or encounters, key=_recency, default=None)
    undated = [one for one in encounters if one.started_on is None]
    if latest is None or any(one.setting is None or one.setting in _STAYS for one in (latest, *undated)):
        return None
    return latest.setting


def goes_on(one: Encounter, day: Day) -> bool:
    """Whether a visit or stay is not over on the day; the day on which it ends still belongs to it."""
    if one.ended_on is None:
        return one.finished is not Recorded.YES
    return not day.has_passed(one.ended_on)


def _recency(one: Encounter) -> tuple[date, date, str]:
    return one.started_on or date.min, one.ended_on or date.min, one.id
