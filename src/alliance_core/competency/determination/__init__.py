"""
Who has been found able to decide what: the assessor's determination, read and never computed.

Decision table (a) of the capacity sheet. An adult is presumed to have capacity; a lack is only ever *recorded*, by an
assessor, for one decision, with support given and reasons written down.
"""

from typing import Final

from alliance_core.base.cases import Case, first
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.competency.determination.assessed import ASSESSED
from alliance_core.competency.determination.evidence import Evidence, field_of, gather
from alliance_core.competency.determination.findings import DETERMINATION, GROUNDS, OBJECTION, determination_findings
from alliance_core.competency.determination.outcome import Determination, Outcome
from alliance_core.competency.determination.unassessed import UNASSESSED

CASES: Final[tuple[Case[Evidence, Outcome], ...]] = (*UNASSESSED, *ASSESSED)


def determine(evidence: Evidence) -> Outcome:
    """Return the determination that the record supports, how it answers and what would settle it."""
    outcome = first(CASES, evidence).gives
    if outcome.case == "D03" and evidence.minor is not None:
        ruling = evidence.minor
        return changed(outcome, answer=ruling.answer, weight=ruling.weight, missing=ruling.missing)
    return changed(outcome, missing=_still_missing(evidence, outcome.missing))


def _still_missing(e: Evidence, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return those facts a case names that are unknown in this record; a case that settles none keeps all."""
    open_paths = tuple(path for path in _spread(e, paths) if not _is_known(e, path))
    return open_paths or paths


def _spread(e: Evidence, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return one path for each ability, and the day of a line that is there without one."""
    spread: list[str] = []
    for path in paths:
        if path == "assessments.abilities":
            spread += [f"assessments.{field_of(ability)}" for ability, fact in e.abilities if not fact.known]
        elif path == "changed_since" and e.record.changed_since is Recorded.NO and e.record.changed_since_on is None:
            spread.append("changed_since_on")
        else:
            spread.append(path)
    return tuple(spread)


def _is_known(e: Evidence, path: str) -> bool:
    owner, _, name = path.rpartition(".")
    if owner == "assessments":
        return name in _READ_FROM_ALL and all(_is_given(getattr(one, name)) for one in e.considered)
    if path == "changed_since":  # not asked on the day of the assessment, unless that day had a change of its own
        return not e.asks_since or e.changed_since.known
    if owner == "" and name != "assessments":
        return _is_given(getattr(e.record, name))
    return False


#: What each assessment holds by itself; abilities and grounds are joined, and known to be open when they are asked for.
_READ_FROM_ALL: Final = frozenset(
    {
        "assessed_by",
        "assessed_on",
        "conclusion",
        "information_given",
        "support_given",
        "impairment",
        "caused_by_impairment",
        "patient_objects",
    }
)


def _is_given(fact: object) -> bool:
    return fact.known if isinstance(fact, Recorded) else bool(fact)


__all__ = [
    "CASES",
    "DETERMINATION",
    "GROUNDS",
    "OBJECTION",
    "Determination",
    "Evidence",
    "Outcome",
    "determination_findings",
    "determine",
    "gather",
]
