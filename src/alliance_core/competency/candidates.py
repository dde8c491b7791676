"""Who may decide: the people recorded, what is known of their authority, and the first class nothing passes over."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.kinds import value
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.policy import (
    ClockRow,
    CompetencyPolicy,
    CompetencyView,
    DocumentationRow,
    SurrogateRow,
)
from alliance_core.competency.records import Decider, DecisionCapacity, PriorWishes, ReservedFacts
from alliance_core.competency.reserved import Reservation, Reservations, reservations
from alliance_core.records import NOT_RECORDED

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_D = Determination


class Standing(Enum):
    """What is known of one person's authority."""

    EXCLUDED = "excluded"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"
    STANDS = "stands"


@value
class Candidate:
    """One recorded person, what is known of their authority, and the row of their class; None if no row knows it."""

    decider: Decider
    standing: Standing
    row: SurrogateRow | None
    by_court: bool
    appointed: bool


#: Ways to settle a disagreement in which more than half of all who may decide are enough.
_MAJORITY: Final = frozenset({"majority", "majority-split-disqualifies"})


@value
class Candidates:
    """The people recorded, and the first class of the order that nothing passes over."""

    evidence: Evidence
    own: Outcome
    list_kind: str
    named: tuple[Candidate, ...]
    surrogates: tuple[Candidate, ...]
    row: SurrogateRow | None
    silent_class: SurrogateRow | None
    exhausted: bool
    certificate: DocumentationRow | None
    reservations: Reservations
    fallback: SurrogateRow | None
    ended: Recorded
    end: tuple[ClockRow, ...]
    list_applies: Recorded

    @property
    def determination(self) -> Determination:
        """The determination of table (a)."""
        return self.own.determination

    @property
    def wishes(self) -> PriorWishes:
        """What is recorded of a directive or a known refusal."""
        return self.evidence.record.prior_wishes or PriorWishes()

    @property
    def suspended(self) -> Recorded:
        """Whether an order of a court suspends those whom the patient named: without an order nothing does."""
        return self.evidence.record.order_suspends_agent if self.evidence.court_exists else NO

    @property
    def chosen(self) -> Candidate | None:
        """The person the patient named before the one a court named, unless the order suspends the agent."""
        free = tuple(one for one in self.named if one.by_court or self.suspended is not YES)
        return min(free, key=precedence, default=None)

    @property
    def unlisted(self) -> bool:
        """Whether someone named by the patient or a court is of a class that no row of this order knows."""
        return any(one.row is None for one in self.named)

    @property
    def suggested(self) -> bool:
        """Whether the place of the chosen person comes from no law, and no court decided."""
        by_court = self.chosen is not None and self.chosen.by_court and self.determination is _D.DECIDED_BY_COURT
        row = self.chosen.row if self.chosen is not None else None
        return row is not None and not row.is_law and not by_court

    @property
    def uncertified(self) -> bool:
        """Whether law asks for a certificate before someone whom no court named acts, and there is none."""
        by_court = self.chosen is not None and self.chosen.by_court
        someone = self.chosen is not None or self.row is not None
        return self.certificate is not None and self.determination is _D.LACK_RECORDED and someone and not by_court

    @property
    def picked(self) -> tuple[Candidate, ...]:
        """Those chosen from an unordered list, with the reason."""
        return tuple(one for one in self.surrogates if one.decider.chosen_reason)

    @property
    def chosen_standing(self) -> Standing | None:
        """What is known of the chosen person's authority."""
        return self.chosen.standing if self.chosen is not None else None

    @property
    def kind_of_decider(self) -> str:
        """What kind of decider this decision would come to: agent, guardian (whom a court named), or surrogate."""
        if self.chosen is not None:
            return "guardian" if self.chosen.by_court else "agent"
        return "surrogate" if self.row is not None or self.surrogates else ""

    @property
    def kept(self) -> tuple[Reservation, ...]:
        """The rows that keep this decision from the decider."""
        return self.reservations.of(self.kind_of_decider)

    @property
    def lacking(self) -> Recorded:
        """Whether what the rows that hold ask for is recorded; yes if none holds."""
        return all_yes(*(self.reservations.authority(one.row) for one in self.kept if one.holds is YES))

    @property
    def weighed(self) -> Recorded:
        """Whether the decider's word is a matter to weigh here, because the patient objects."""
        return any_yes(*(one.holds for one in self.reservations.weighed(self.kind_of_decider)))

    @property
    def often_kept(self) -> bool:
        """Whether many places keep this decision from such a decider, and nothing here says what holds."""
        return bool(self.reservations.often_kept(self.kind_of_decider))

    @property
    def alone(self) -> bool:
        """Whether someone's authority stands, with nothing open about those before or beside them."""
        if self.chosen is not None or self.list_kind not in {"ordered", "unordered"}:
            return self.chosen is not None
        if self.list_kind == "unordered":
            return any(one.standing is Standing.STANDS for one in self.picked)
        clear = self.row is not None and not self.has(Standing.UNKNOWN) and not self.has(Standing.DOUBTFUL)
        return clear and self.ended is NO and self.of_one_mind

    @property
    def of_one_mind(self) -> bool:
        """Whether the one person of the class, all of them, or as many as the list asks for want the same."""
        record = self.evidence.record
        by_majority = self.by_majority and record.agreement is NO and record.majority is YES
        return len(self.surrogates) == 1 or record.agreement is YES or by_majority

    @property
    def by_majority(self) -> bool:
        """Whether a majority of those who differ decides in this class, as the list says."""
        return self.row is not None and self.row.disagreement in _MAJORITY

    def has(self, standing: Standing) -> bool:
        """Whether someone of the first class has this standing."""
        return any(one.standing is standing for one in self.surrogates)


def standing(decider: Decider) -> Standing:
    """Return what is known of one person's authority: excluded, unknown, doubtful, or it stands."""
    needed = (
        decider.in_force,
        decider.covers_decision,
        decider.is_adult,
        decider.available,
        decider.willing,
        decider.able,
    )
    if NO in needed or decider.disqualified is YES:
        return Standing.EXCLUDED
    if any(fact is not YES for fact in needed) or decider.disqualified is not NO:
        return Standing.UNKNOWN
    doubts = (decider.conflicted, decider.patient_objects)
    if YES in doubts or UNCLEAR in doubts:
        return Standing.DOUBTFUL
    return Standing.UNKNOWN if NOT_RECORDED in doubts or decider.authority_seen is not YES else Standing.STANDS


ASKED: Final = (
    "authority_seen",
    "in_force",
    "covers_decision",
    "is_adult",
    "available",
    "willing",
    "able",
    "disqualified",
    "conflicted",
    "patient_objects",
)


def unknown_of(decider: Decider) -> tuple[str, ...]:
    """Return the facts about a decider that keep their authority from standing, as paths."""
    return tuple(f"deciders.{name}" for name in ASKED if not _is_told(decider, name))


def _is_told(decider: Decider, name: str) -> bool:
    fact: Recorded = getattr(decider, name)
    return fact is YES if name == "authority_seen" else fact.known


_OPEN_FIRST: Final = (Standing.UNKNOWN, Standing.DOUBTFUL, Standing.STANDS, Standing.EXCLUDED)


def precedence(one: Candidate) -> tuple[bool, int, int, str, tuple[str, ...]]:
    """Those the patient named come first; within one rank, whoever leaves something open."""
    openness = _OPEN_FIRST.index(one.standing)
    rank = one.row.rank if one.row is not None else 0
    return (not one.appointed, rank, openness, one.decider.id, unknown_of(one.decider))


def candidates(
    evidence: Evidence, own: Outcome, view: CompetencyView, policy: CompetencyPolicy, day: Day
) -> Candidates:
    """Return the people who may decide here, each with what is known of them, and the first class that may act."""
    record, home = evidence.record, view.jurisdiction
    people = tuple(_people(record.deciders or (), view, policy))
    nobody = record.deciders is not None and not record.deciders
    named = tuple(one for one in people if (one.by_court or one.appointed) and one.standing is not Standing.EXCLUDED)
    others = tuple(one for one in people if not (one.by_court or one.appointed))
    row, silent = (None, None) if nobody else _walk(view, policy, people, frozenset(record.no_one_in))
    unordered = home is not None and home.decider_list == "unordered"
    first_class = tuple(
        one for one in others if (unordered or one.row is row) and one.standing is not Standing.EXCLUDED
    )
    return Candidates(
        evidence=evidence,
        own=own,
        list_kind=home.decider_list if home is not None else "not-known",
        named=named,
        surrogates=first_class,
        row=row,
        silent_class=silent,
        exhausted=bool(view.ranks) and row is None and silent is None,
        certificate=next(iter(view.documentation.get("surrogate-acts", ())), None),
        reservations=reservations(record, view),
        fallback=view.fallback,
        ended=_ended(first_class, view, day),
        end=tuple(one for one in view.clocks.get(_AUTHORITY, ()) if one.trigger in {_IDENTIFIED, _OBJECTS}),
        list_applies=_list_applies(record, view),
    )


def _list_applies(record: DecisionCapacity, view: CompetencyView) -> Recorded:
    """Return whether the list of the place is for where the patient is: some lists are for some settings alone."""
    home = view.jurisdiction
    if home is None or home.list_settings == "any" or (record.reserved or ReservedFacts()).jail is YES:
        return YES
    if record.setting is None:
        return NOT_RECORDED
    return YES if record.setting.value in home.list_settings.split("|") else NO


_AUTHORITY: Final = "surrogate-authority"
_IDENTIFIED: Final = "surrogate-identified"
_OBJECTS: Final = "patient-objects"


def _ended(surrogates: tuple[Candidate, ...], view: CompetencyView, day: Day) -> Recorded:
    """Return whether an authority to decide has ended here by the patient's objection, or by its own days."""
    told = tuple(one.decider for one in surrogates)
    barred = view.clock(_AUTHORITY, _OBJECTS) is not None and any(one.patient_objects is YES for one in told)
    return YES if barred else any_yes(*(_is_past(one, view, day) for one in told))


def _is_past(decider: Decider, view: CompetencyView, day: Day) -> Recorded:
    """Return whether the days of an authority are over; without such a row there are none to count."""
    lasts = next((row for row in view.clocks.get(_AUTHORITY, ()) if row.kind == "ends-after"), None)
    if lasts is None or lasts.interval is None:
        return NO
    if decider.identified_on is None or not day.has_reached(decider.identified_on):
        return NOT_RECORDED
    last_day = lasts.interval.after(decider.identified_on)
    return YES if day.has_passed(_earlier(last_day, _first_day(view))) else NO


def _first_day(view: CompetencyView) -> int:
    """Return as what the day itself counts: as day 0, unless a site reads the law otherwise."""
    reading = next((row for row in view.clocks.get(_AUTHORITY, ()) if row.kind == "first-day-counts"), None)
    return reading.interval.days if reading is not None and reading.interval is not None else 0


def _earlier(day: date | None, days: int) -> date | None:
    return date.fromordinal(max(day.toordinal() - days, 1)) if day is not None else None


def _people(deciders: tuple[Decider, ...], view: CompetencyView, policy: CompetencyPolicy) -> Iterator[Candidate]:
    """Identical records are read once; a class that no row knows gives no place, unless the patient or a court did."""
    for decider in dict.fromkeys(deciders):
        row = view.row_of(decider.decider_class)
        by_court = decider.decider_class in policy.court_classes
        appointed = decider.decider_class in policy.appointed_classes
        if row is not None or by_court or appointed:
            yield Candidate(
                decider=decider, standing=standing(decider), row=row, by_court=by_court, appointed=appointed
            )


_LISTED: Final = frozenset({"statutory", "suggestion"})
#: Those whom the patient or a court may have named: they come before the list, and silence passes over none of them.
NAMED_ROWS: Final = frozenset({"named-by-patient", "court", "named-or-court"})


def _walk(
    view: CompetencyView, policy: CompetencyPolicy, people: tuple[Candidate, ...], empty: frozenset[str]
) -> tuple[SurrogateRow | None, SurrogateRow | None]:
    """
    Return the first class in which someone may stand, or the class about which the record is silent.

    Whoever was named by the patient or a court is weighed before the list; here only silence about them counts.
    """
    named = policy.court_classes | policy.appointed_classes
    for row in _in_order(view):
        mine = [one.standing for one in people if one.row is row]
        if row.decider_class not in named and any(one is not Standing.EXCLUDED for one in mine):
            return row, None
        if not mine and not _is_empty(row, empty):
            return None, row
    return None, None


def _in_order(view: CompetencyView) -> Iterator[SurrogateRow]:
    """Return the classes of the list, and before its first one those whom the patient or a court may have named."""
    begun = False
    for row in (row for rank in view.ranks for row in rank):
        begun = begun or row.kind in _LISTED
        if row.kind in _LISTED or (row.kind in NAMED_ROWS and not begun):
            yield row


def _is_empty(row: SurrogateRow, empty: frozenset[str]) -> bool:
    return row.decider_class in empty or row.words <= empty
