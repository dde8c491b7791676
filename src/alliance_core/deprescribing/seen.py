"""A regimen as it stood on a day: what lies ahead is not seen, identical records are read once, and where care is."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from alliance_core.base.day import Day
from alliance_core.base.kinds import changed
from alliance_core.deprescribing.records import Regimen
from alliance_core.records import Problem


def _noted_on(problem: Problem) -> date | None:
    return problem.recorded_on or problem.onset_on


#: For each list, the day from which a record of it is a fact.
_FACT_SINCE: Final[dict[str, Callable[[Any], date | None]]] = {
    "medications": lambda one: one.started_on,
    "reviews": lambda one: one.completed_on,
    "problems": _noted_on,
    "circumstances": lambda one: one.recorded_on,
    "encounters": lambda one: one.started_on,
    "observations": lambda one: one.observed_on,
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
