"""
Who decides: the class and the proof needed, never a person made up.

Decision table (b) of the capacity sheet, over the decider order of one jurisdiction. A class is passed over only when
it was asked for and is empty, or when everyone in it is excluded: silence never lets a lower class act.
"""

from typing import Final

from alliance_core.base.cases import Case, first
from alliance_core.base.day import Day
from alliance_core.base.findings import OPEN, Answer
from alliance_core.base.kinds import changed
from alliance_core.competency.candidates import Candidates, Standing, candidates, standing
from alliance_core.competency.deciders.findings import DECIDER, EMERGENCY, decider_finding, emergency_finding
from alliance_core.competency.deciders.kinds import DeciderKind, Decides
from alliance_core.competency.deciders.listed import LISTED
from alliance_core.competency.deciders.named import NAMED
from alliance_core.competency.deciders.proof import further_rows, missing_of, row_of
from alliance_core.competency.determination import Evidence, Outcome
from alliance_core.competency.minors import MinorDecider
from alliance_core.competency.policy import CompetencyPolicy, CompetencyView

_A = Answer
CASES: Final[tuple[Case[Candidates, Decides], ...]] = (*NAMED, *LISTED)


def decide(evidence: Evidence, own: Outcome, view: CompetencyView, policy: CompetencyPolicy, day: Day) -> Decides:
    """Return who decides, as a class, with the proof that is still missing."""
    found = candidates(evidence, own, view, policy, day)
    gives = _no_surer(first(CASES, found).gives, own)
    row = row_of(gives, found)
    return changed(
        _ruled(gives, evidence),
        decider_class=row.decider_class if row is not None else "",
        missing=missing_of(gives, found),
        rows=tuple(dict.fromkeys((*((row.row_id,) if row is not None else ()), *further_rows(gives, found)))),
    )


def _ruled(gives: Decides, evidence: Evidence) -> Decides:
    """Return who decides for a minor, as the rules for minors say."""
    if gives.case != "W02" or evidence.minor is None:
        return gives
    return changed(gives, kind=_FOR_MINORS[evidence.minor.decides])


_FOR_MINORS: Final = {
    MinorDecider.MINOR: DeciderKind.MINOR,
    MinorDecider.PARENT: DeciderKind.PARENT,
    MinorDecider.COURT: DeciderKind.COURT,
    MinorDecider.OPEN: DeciderKind.OPEN,
}


def _no_surer(gives: Decides, own: Outcome) -> Decides:
    """Who decides is never surer than the determination it rests on, and asks for what that asks for."""
    if gives.case not in _AS_DETERMINED and not (gives.answer is _A.MET and own.answer in OPEN):
        return gives
    return changed(gives, answer=own.answer, weight=own.weight, missing=own.missing)


#: Cases that say no more than the determination does.
_AS_DETERMINED: Final = frozenset({"W02", "W04"})


__all__ = [
    "CASES",
    "DECIDER",
    "EMERGENCY",
    "DeciderKind",
    "Decides",
    "Standing",
    "decide",
    "decider_finding",
    "emergency_finding",
    "standing",
]
