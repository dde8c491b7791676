"""
Which decisions no agent, surrogate or guardian makes alone: a court, a statute or the patient's own document has to.

Rows of `reserved_decisions`, one for each decision and kind of decider. A row that may hold is never passed over.
"""

from typing import Final

from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.kinds import value
from alliance_core.competency.policy import CompetencyView, ReservedRow
from alliance_core.competency.records import DecisionCapacity, ReservedFacts

YES, NO = Recorded.YES, Recorded.NO


@value
class Reservation:
    """One row about this decision, and whether what it asks besides holds."""

    row: ReservedRow
    holds: Recorded


@value
class Reservations:
    """The rows about this decision that hold, or may."""

    facts: ReservedFacts
    every: tuple[Reservation, ...]

    @property
    def settled_by_court(self) -> bool:
        """Whether a row holds and a court's or statute's own authority is recorded, whoever else might decide."""
        return self.facts.court_authority is YES and any(one.holds is YES for one in self.reserved)

    @property
    def reserved(self) -> tuple[Reservation, ...]:
        """Those that a court, a statute or a document decides."""
        return tuple(one for one in self.every if one.row.needs != _WEIGHED)

    def of(self, who: str) -> tuple[Reservation, ...]:
        """Return the rows that keep the decision from this kind of decider, whom no document grants it."""
        mine = (one for one in self.reserved if one.row.who in {who, "anyone"})
        return tuple(one for one in mine if not (one.row.needs in _GRANTS and self.facts.granted_expressly is YES))

    def weighed(self, who: str) -> tuple[Reservation, ...]:
        """Return the rows that make this kind of decider's word a matter to weigh, over the patient's objection."""
        return tuple(one for one in self._judged(who) if one.row.circumstance)

    def often_kept(self, who: str) -> tuple[Reservation, ...]:
        """Return the rows that say that many places keep this decision, unless its authority is recorded."""
        if YES in {self.facts.court_authority, self.facts.granted_expressly}:
            return ()
        return tuple(one for one in self._judged(who) if not one.row.circumstance)

    def _judged(self, who: str) -> tuple[Reservation, ...]:
        """A decision that is reserved is not one to weigh."""
        if self.of(who):
            return ()
        return tuple(one for one in self.every if one.row.needs == _WEIGHED and one.row.who == who)

    def authority(self, row: ReservedRow) -> Recorded:
        """Return whether what a row needs is recorded."""
        granted = (self.facts.granted_expressly,) if row.needs in _GRANTS else ()
        return any_yes(self.facts.court_authority, *granted)


_WEIGHED: Final = "judgement"
_GRANTS: Final = frozenset({"express-grant", "court-or-express-grant"})
#: What a row asks besides the decision, and the fact of the record that holds it.
_FACTS: Final = {
    "antipsychotic": "antipsychotic",
    "over-objection": "over_objection",
    "refusal": "refusing",
    "state-institution": "state_institution",
    "jail": "jail",
}


def reservations(record: DecisionCapacity, view: CompetencyView) -> Reservations:
    """Return the rows about this decision that hold, or may."""
    facts = record.reserved or ReservedFacts()
    about = [row for row in view.reserved if row.decision in {"any", record.decision}]
    told = {row.who for row in about if row.is_law and row.decision == record.decision}
    about = [row for row in about if not (_is_general(row) and row.who in told)]
    every = (Reservation(row=row, holds=all_yes(*_asked(row, facts).values())) for row in about)
    return Reservations(facts=facts, every=tuple(one for one in every if one.holds is not NO))


def _is_general(row: ReservedRow) -> bool:
    """Whether a row only says what many places do: it yields to what law says here of the same decider and decision."""
    return row.needs == _WEIGHED and not row.circumstance


def unknown_of(held: tuple[Reservation, ...], facts: ReservedFacts) -> tuple[str, ...]:
    """Return the facts that keep it open whether any of these rows holds."""
    paths = {path: fact for one in held for path, fact in _asked(one.row, facts).items()}
    return tuple(f"reserved.{path}" for path, fact in paths.items() if not fact.known)


def _asked(row: ReservedRow, facts: ReservedFacts) -> dict[str, Recorded]:
    names = (_FACTS[word] for word in (row.medicine, row.circumstance) if word)
    return {name: getattr(facts, name) for name in names}
