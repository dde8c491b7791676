"""Which proof is missing, and which rows say so: of the class that decides, and of what keeps a decision from it."""

from typing import Final

from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer
from alliance_core.competency.candidates import ASKED, Candidate, Candidates, Standing, precedence, unknown_of
from alliance_core.competency.deciders.kinds import DeciderKind, Decides
from alliance_core.competency.policy import SurrogateRow
from alliance_core.competency.records import DecisionCapacity, PriorWishes
from alliance_core.competency.reserved import Reservation
from alliance_core.competency.reserved import unknown_of as unknown_of_reserved

YES = Recorded.YES
_A, _K = Answer, DeciderKind


def further_rows(gives: Decides, c: Candidates) -> tuple[str, ...]:
    """Return the rows besides the decider's own that say so."""
    if gives.case == "W02" and c.evidence.minor is not None:
        return c.evidence.minor.rows
    if gives.case == "W13-uncertified" and c.certificate is not None:
        return (c.certificate.row_id,)
    if gives.case in {"W19", "W22-days"}:
        return tuple(row.row_id for row in c.end)
    return tuple(one.row.row_id for one in _reservations_of(gives, c))


def _reservations_of(gives: Decides, c: Candidates) -> tuple[Reservation, ...]:
    if gives.case in {"W01", "W06"}:
        return tuple(one for one in c.reservations.reserved if gives.case == "W06" or one.row.who == "anyone")
    if gives.case in _KEPT:
        return c.kept
    if gives.case == _OFTEN_KEPT:
        return c.reservations.often_kept(c.kind_of_decider)
    return c.reservations.weighed(c.kind_of_decider) if gives.case in _WEIGHED else ()


#: Cases in which rows keep the decision from the decider, and those in which their word is weighed.
_KEPT: Final = frozenset({"W07", "W07-open", "W07-asked"})
_WEIGHED: Final = frozenset({"W14-objected", "W14-objection"})
_OFTEN_KEPT: Final = "W14-reserved"


def missing_of(gives: Decides, c: Candidates) -> tuple[str, ...]:
    """Return which facts would settle who decides, as far as they are open in this record."""
    if gives.case in {"W17-open", "W16-asked"}:
        return tuple(path for path in gives.missing if not _is_answered(c.evidence.record, path))
    if gives.case in {"W07-asked", *_WEIGHED}:
        held = _reservations_of(gives, c)
        return (
            (*unknown_of_reserved(held, c.reservations.facts), *_gaps(gives, c))
            if gives.answer is _A.CANNOT_TELL
            else ()
        )
    if gives.kind is _K.COURT_OR_STATUTE:
        return _authorities(c)
    if gives.case == "W10":
        return tuple(path for path in gives.missing if not _is_known_of(c.wishes, path))
    return gives.missing or _gaps(gives, c)


def _is_known_of(wishes: PriorWishes, path: str) -> bool:
    fact: Recorded = getattr(wishes, path.rpartition(".")[2])
    return fact.known


def _is_answered(record: DecisionCapacity, path: str) -> bool:
    fact: Recorded = getattr(record, path)
    return fact is YES if path == "consultees_heard" else fact.known


def _authorities(c: Candidates) -> tuple[str, ...]:
    """Return which authority would do: a court's or a statute's, and where the row says so the patient's document."""
    granted = any(one.row.needs.endswith("express-grant") for one in c.kept)
    return ("reserved.court_authority", *(("reserved.granted_expressly",) if granted else ()))


_ABOUT_SOMEONE: Final = frozenset(
    {
        *(_K.NAMED_CLASS, _K.DOUBTED_CLASS, _K.CHOSEN, _K.OPEN, _K.SUGGESTION, _K.DEADLOCK),
        *(_K.BEST_INTERESTS, _K.COURT_OR_STATUTE, _K.FALLBACK),
    }
)


def row_of(gives: Decides, c: Candidates) -> SurrogateRow | None:
    """Return the row of the class that decides, or that has to be asked about; None where no class does."""
    if gives.kind not in _ABOUT_SOMEONE or gives.case == "W20-open":  # no class of an unordered list comes first
        return None
    if gives.kind is _K.FALLBACK:
        return c.fallback
    named = c.chosen or _picked(gives, c)
    if named is not None or (c.list_kind == "unordered" and gives.case in _UNORDERED):
        return named.row if named is not None else None
    return c.silent_class or c.row


#: Cases about a surrogate that may hold for a list without an order: there no class comes before another.
_UNORDERED: Final = _KEPT | _WEIGHED | {_OFTEN_KEPT}
_WANTED: Final = dict.fromkeys(("W20", *_UNORDERED), Standing.STANDS) | {"W20-doubt": Standing.DOUBTFUL}


def _picked(gives: Decides, c: Candidates) -> Candidate | None:
    wanted = _WANTED.get(gives.case)
    return min((one for one in c.picked if one.standing is wanted), key=precedence, default=None)


def _gaps(gives: Decides, c: Candidates) -> tuple[str, ...]:
    if gives.answer is not _A.CANNOT_TELL:
        return ()
    people = ((c.chosen,) if c.chosen is not None else ()) + c.surrogates
    unknown = {path for one in people if one.standing is Standing.UNKNOWN for path in unknown_of(one.decider)}
    return tuple(path for path in (f"deciders.{name}" for name in ASKED) if path in unknown)
