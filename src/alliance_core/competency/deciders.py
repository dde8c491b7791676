"""
Who decides: the class and the proof needed, never a person made up.

Decision table (b) of the capacity sheet, over the decider order of one jurisdiction. A class is passed over only when
it was asked for and is empty, or when everyone in it is excluded: silence never lets a lower class act.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import OPEN, Answer, Finding, Rule, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.competency.candidates import (
    ASKED,
    NAMED_ROWS,
    Candidate,
    Candidates,
    Standing,
    candidates,
    precedence,
    standing,
    unknown_of,
)
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.minors import MinorDecider
from alliance_core.competency.policy import (
    CompetencyPolicy,
    CompetencyView,
    SurrogateRow,
)
from alliance_core.competency.records import DecisionCapacity, PriorWishes, ReservedFacts
from alliance_core.competency.reserved import Reservation
from alliance_core.competency.reserved import unknown_of as unknown_of_reserved
from alliance_core.records import NOT_RECORDED

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_D, _A, _W = Determination, Answer, Weight

DECIDER: Final = Rule(
    id="competency.decider",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Who lawfully decides this decision now, as a class, and which proof of it is recorded.",
)
EMERGENCY: Final = Rule(
    id="competency.emergency",
    basis=Basis.EVIDENCE,
    source="ama-2-1-1",
    locator="2.1.1",
    says="Urgent care with nobody to decide in time is never held up; the least needed is given, then told.",
)


class DeciderKind(Enum):
    """Who the record says decides."""

    PATIENT = "patient"
    PATIENT_FOR_NOW = "patient-for-now"
    ROUTE = "route"
    MINOR_PATH = "minor-path"
    OPEN = "open"
    PRIOR_WISHES = "prior-wishes"
    NAMED_CLASS = "named-class"
    DOUBTED_CLASS = "doubted-class"
    BEST_INTERESTS = "best-interests-decision-maker"
    COURT = "court"
    COURT_ORDER = "court-order"
    COURT_OR_STATUTE = "court-or-statute"
    MINOR = "minor"
    PARENT = "parent"
    FALLBACK = "fallback-of-the-list"
    SUGGESTION = "suggestion"
    CHOSEN = "chosen-from-list"
    DEADLOCK = "deadlock"
    UNREPRESENTED = "unrepresented"


@value
class Decides:
    """The verdict: who decides, which class, which proof is missing."""

    kind: DeciderKind
    decider_class: str = ""
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    case: str = ""


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Candidates], bool],
    kind: DeciderKind,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
    source: str = "practice",
    locator: str = "capacity table b",
) -> Case[Candidates, Decides]:
    gives = Decides(kind=kind, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


def _wishes_open(c: Candidates) -> bool:
    w = c.wishes
    return w.exist is YES and NO not in {w.valid, w.apply} and w.displaced is not YES


def _is_rivalled(c: Candidates) -> bool:
    return any(one.appointed for one in c.named) and not c.suspended.known


def _is_named(c: Candidates) -> bool:
    """Return whether one person whom the patient or a court named stands, and nothing is open beside them."""
    return c.chosen_standing is Standing.STANDS and not (c.unlisted or _is_rivalled(c) or c.uncertified)


def _is_silent(c: Candidates) -> bool:
    """Return whether nobody asked who was named, or not about everyone who may have been."""
    unasked = c.silent_class is not None and c.silent_class.kind in NAMED_ROWS
    return unasked or c.evidence.record.deciders is None


def _is_heard(c: Candidates) -> bool:
    record = c.evidence.record
    return record.consultees_heard is YES and {record.decider_dispute, record.finely_balanced} == {NO}


def _is_for_court(c: Candidates) -> bool:
    return bool({YES, UNCLEAR} & {c.evidence.record.decider_dispute, c.evidence.record.finely_balanced})


def _is_unheard(c: Candidates) -> Recorded:
    """Return whether the treatment is serious and there is nobody to consult."""
    return all_yes(c.evidence.record.serious_treatment, c.evidence.record.nobody_to_consult)


def _advocate(c: Candidates) -> Recorded:
    return c.evidence.record.advocate_instructed


#: Kinds of list in which law gives whoever was named a place before all others.
_RANKED: Final = frozenset({"ordered", "unordered", "best-interests", "none"})

_K = DeciderKind
CASES: Final[tuple[Case[Candidates, Decides], ...]] = (
    _case(
        "W01",
        "the decision is outside these rules",
        lambda c: c.determination is _D.OUT_OF_SCOPE,
        _K.ROUTE,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.27-29",
    ),
    _case(
        "W02",
        "the patient is or may be a minor: the rules for minors say who decides, once the age is known",
        lambda c: c.determination is _D.MINOR_PATH,
        _K.MINOR_PATH,
        _A.JUDGEMENT,
    ),
    _case(
        "W03",
        "capacity is presumed or recorded: the patient decides, others only support",
        lambda c: c.determination in {_D.PRESUMED, _D.CAPACITY_RECORDED},
        _K.PATIENT,
        _A.MET,
        source="mca-2005",
        locator="s.1(2)",
    ),
    _case(
        "W04",
        "no lack is established: the patient decides for now, and the record is finished",
        lambda c: c.determination in {_D.NOT_ESTABLISHED, _D.REASSESS},
        _K.PATIENT_FOR_NOW,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        source="mca-2005",
        locator="s.1(2)",
    ),
    _case(
        "W05",
        "the determination is contested: the patient decides for now, the likely decider is kept informed",
        lambda c: c.determination is _D.CONTESTED,
        _K.PATIENT_FOR_NOW,
        _A.JUDGEMENT,
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "W06",
        "the decision is one for a court or a statute, and its authority for it is recorded",
        lambda c: c.reservations.settled_by_court,
        _K.COURT_ORDER,
        _A.MET,
        source="nh-rsa-464-a",
        locator="464-A:25 I",
    ),
    _case(
        "W07",
        "the decision is not this decider's alone, and the authority for it was asked for and is not there",
        lambda c: c.lacking is NO,
        _K.COURT_OR_STATUTE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        source="rogers-1983",
        locator="390 Mass. 489",
    ),
    _case(
        "W07-open",
        "the decision is not this decider's alone, and whether the authority for it exists is not known",
        lambda c: c.lacking is not YES,
        _K.COURT_OR_STATUTE,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        source="rogers-1983",
        locator="390 Mass. 489",
    ),
    _case(
        "W07-asked",
        "a row may keep the decision from this decider; whether what it asks besides holds is not known",
        lambda c: any(one.holds is not YES for one in c.kept),
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        source="rogers-1983",
        locator="390 Mass. 489",
    ),
    _case(
        "W08-named",
        "a decider whose authority stands is recorded; earlier wishes are not, and are asked for with them",
        lambda c: c.wishes.exist is NOT_RECORDED and _is_named(c),
        _K.NAMED_CLASS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "prior_wishes.exist",
        source="mca-2005",
        locator="s.4(6)",
    ),
    _case(
        "W08",
        "earlier wishes are not recorded",
        lambda c: c.wishes.exist is NOT_RECORDED,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "prior_wishes.exist",
        source="mca-2005",
        locator="s.4(6)",
    ),
    _case(
        "W08-unclear",
        "whether there are earlier wishes is unclear",
        lambda c: c.wishes.exist is UNCLEAR,
        _K.OPEN,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.4(6)",
    ),
    _case(
        "W09",
        "a directive is valid, applies, and nothing displaces it",
        lambda c: _stands(c.wishes),
        _K.PRIOR_WISHES,
        _A.MET,
        source="mca-2005",
        locator="s.24-26",
    ),
    _case(
        "W10-unclear",
        "a directive may settle it, and part of its validity is unclear",
        lambda c: _wishes_open(c) and UNCLEAR in {c.wishes.valid, c.wishes.apply, c.wishes.displaced},
        _K.OPEN,
        _A.JUDGEMENT,
        _W.ESSENTIAL,
    ),
    _case(
        "W10",
        "a directive may settle it, and part of its validity is not recorded",
        _wishes_open,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "prior_wishes.valid",
        "prior_wishes.apply",
        "prior_wishes.displaced",
    ),
    _case(
        "W11-unlisted",
        "someone named by the patient or a court is recorded, and no row says where they stand here",
        lambda c: c.unlisted,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "policy.surrogate_order",
    ),
    _case(
        "W11",
        "an agent and a guardian are both recorded; whether the order suspends the agent is not",
        _is_rivalled,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "order_suspends_agent",
        source="nm-24-7a",
        locator="24-7A-6",
    ),
    _case(
        "W12",
        "someone named by the patient or a court is recorded; part of their authority is not",
        lambda c: c.chosen_standing is Standing.UNKNOWN,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
    ),
    _case(
        "W13",
        "someone named by the patient or a court is recorded, with a conflict or the patient's objection",
        lambda c: c.chosen_standing is Standing.DOUBTFUL,
        _K.DOUBTED_CLASS,
        _A.JUDGEMENT,
    ),
    _case(
        "W13-uncertified",
        "law asks that the lack is certified in the record before an agent or a surrogate acts, and it is not",
        lambda c: c.uncertified,
        _K.OPEN,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "activated",
        source="nh-rsa-137-j",
        locator="137-J:5 II",
    ),
    _case(
        "W14-suggested",
        "someone is recorded whose place comes from a suggestion or a model act: set the state's profile",
        lambda c: c.suggested,
        _K.SUGGESTION,
        _A.JUDGEMENT,
    ),
    _case(
        "W14-reserved",
        "someone's authority stands, and many places keep this decision for a court or the patient's own document",
        lambda c: c.alone and c.often_kept,
        _K.DOUBTED_CLASS,
        _A.JUDGEMENT,
    ),
    _case(
        "W14-objected",
        "someone's authority stands, and the patient objects to the treatment now, or whether they do is unclear",
        lambda c: c.alone and c.weighed in {YES, UNCLEAR},
        _K.DOUBTED_CLASS,
        _A.JUDGEMENT,
    ),
    _case(
        "W14-objection",
        "someone's authority stands; whether the patient objects to the treatment now is not recorded",
        lambda c: c.alone and c.weighed is NOT_RECORDED,
        _K.NAMED_CLASS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
    ),
    _case(
        "W14",
        "the authority of someone named by the patient or a court stands",
        lambda c: c.chosen is not None,
        _K.NAMED_CLASS,
        _A.MET,
    ),
    _case(
        "W14-silent",
        "the record is silent about someone whom the patient or a court may have named",
        lambda c: c.list_kind in _RANKED and _is_silent(c),
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "deciders",
    ),
    _case(
        "W15",
        "England and Wales: there is a dispute, or the decision is finely balanced",
        lambda c: c.list_kind == "best-interests" and _is_for_court(c),
        _K.COURT,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.15-16",
    ),
    _case(
        "W16",
        "England and Wales: serious treatment, nobody to consult, and no independent advocate was instructed",
        lambda c: c.list_kind == "best-interests" and _is_unheard(c) is YES and _advocate(c) is NO,
        _K.BEST_INTERESTS,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "advocate_instructed",
        source="mca-2005",
        locator="s.37",
    ),
    _case(
        "W16-open",
        "England and Wales: serious treatment, nobody to consult; whether an advocate was instructed is not known",
        lambda c: c.list_kind == "best-interests" and _is_unheard(c) is YES and _advocate(c) is not YES,
        _K.BEST_INTERESTS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "advocate_instructed",
        source="mca-2005",
        locator="s.37",
    ),
    _case(
        "W16-asked",
        "England and Wales: whether this is serious treatment of someone with nobody to consult is not known",
        lambda c: c.list_kind == "best-interests" and _is_unheard(c) is not NO and _advocate(c) is not YES,
        _K.BEST_INTERESTS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "serious_treatment",
        "nobody_to_consult",
        source="mca-2005",
        locator="s.37",
    ),
    _case(
        "W17",
        "England and Wales: the one who acts decides in best interests, those close were heard",
        lambda c: c.list_kind == "best-interests" and _is_heard(c),
        _K.BEST_INTERESTS,
        _A.MET,
        source="mca-2005",
        locator="s.4",
    ),
    _case(
        "W17-open",
        "England and Wales: the one who acts decides in best interests; whether those close were heard is open",
        lambda c: c.list_kind == "best-interests",
        _K.BEST_INTERESTS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "consultees_heard",
        "decider_dispute",
        "finely_balanced",
        source="mca-2005",
        locator="s.4(7)",
    ),
    _case(
        "W18",
        "no state's own list is set: the usual order is only a suggestion",
        lambda c: c.list_kind == "suggestion",
        _K.SUGGESTION,
        _A.JUDGEMENT,
    ),
    _case(
        "W18-unread",
        "no row says who decides here",
        lambda c: c.list_kind == "not-known",
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "policy.surrogate_order",
    ),
    _case(
        "W18-elsewhere",
        "the list of the place is not for where the patient is: nobody on it decides here",
        lambda c: c.list_applies is NO,
        _K.UNREPRESENTED,
        _A.JUDGEMENT,
        source="tx-313",
        locator="313.004",
    ),
    _case(
        "W18-setting",
        "the list of the place is for some settings alone, and where the patient is is not recorded",
        lambda c: c.list_applies is not YES,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "setting",
        source="tx-313",
        locator="313.004",
    ),
    _case(
        "W19",
        "a surrogate's authority has ended, by the patient's objection or by its own days: a guardian is asked for",
        lambda c: c.chosen is None and c.ended is YES,
        _K.UNREPRESENTED,
        _A.NOT_MET,
        source="nh-rsa-137-j",
        locator="137-J:37",
    ),
    _case(
        "W20",
        "one is chosen from an unordered list, and the reason is recorded",
        lambda c: c.list_kind == "unordered" and any(one.standing is Standing.STANDS for one in c.picked),
        _K.CHOSEN,
        _A.MET,
        source="ca-4712",
        locator="4712(b)",
    ),
    _case(
        "W20-doubt",
        "one is chosen from an unordered list, with a conflict or the patient's objection",
        lambda c: c.list_kind == "unordered" and any(one.standing is Standing.DOUBTFUL for one in c.picked),
        _K.DOUBTED_CLASS,
        _A.JUDGEMENT,
        source="ca-4712",
        locator="4712(b)",
    ),
    _case(
        "W20-open",
        "the list is unordered, and who was chosen and why is not recorded",
        lambda c: c.list_kind == "unordered",
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "deciders.chosen_reason",
        source="ca-4712",
        locator="4712(b)",
    ),
    _case(
        "W21",
        "part of the authority of someone in the highest class is not recorded",
        lambda c: c.has(Standing.UNKNOWN),
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
    ),
    _case(
        "W22",
        "someone in the highest class has a conflict or the patient's objection",
        lambda c: c.has(Standing.DOUBTFUL),
        _K.DOUBTED_CLASS,
        _A.JUDGEMENT,
    ),
    _case(
        "W22-days",
        "a surrogate's authority ends after so many days; since when it runs is not known",
        lambda c: c.row is not None and not c.ended.known,
        _K.NAMED_CLASS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "deciders.identified_on",
        source="nh-rsa-137-j",
        locator="137-J:37 V",
    ),
    _case(
        "W23",
        "one person stands in the highest class, or they agree",
        lambda c: c.row is not None and (len(c.surrogates) == 1 or c.evidence.record.agreement is YES),
        _K.NAMED_CLASS,
        _A.MET,
    ),
    _case(
        "W24",
        "several stand in the highest class; whether they agree is not known",
        lambda c: c.row is not None and not c.evidence.record.agreement.known,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "agreement",
    ),
    _case(
        "W25",
        "those of the highest class differ, and more than half of all who may decide want the same",
        lambda c: c.by_majority and c.evidence.record.majority is YES,
        _K.NAMED_CLASS,
        _A.MET,
        source="fl-765",
        locator="765.401(1)",
    ),
    _case(
        "W25-open",
        "those of the highest class differ; whether more than half of all who may decide want the same is not known",
        lambda c: c.by_majority and not c.evidence.record.majority.known,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "majority",
        source="fl-765",
        locator="765.401(1)",
    ),
    _case("W26", "those of the highest class disagree", lambda c: c.row is not None, _K.DEADLOCK, _A.JUDGEMENT),
    _case(
        "W27",
        "the list is exhausted, and its last row says who may act then",
        lambda c: c.exhausted and c.fallback is not None,
        _K.FALLBACK,
        _A.JUDGEMENT,
        source="tx-313",
        locator="313.004",
    ),
    _case(
        "W28",
        "the list is exhausted, or there is none: nobody lawful to decide is recorded; family custom is no authority",
        lambda c: c.exhausted,
        _K.UNREPRESENTED,
        _A.JUDGEMENT,
    ),
    _case(
        "W29",
        "the record is silent about a class of the list, or about all that would name someone",
        always,
        _K.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "deciders",
    ),
)


def decide(evidence: Evidence, own: Outcome, view: CompetencyView, policy: CompetencyPolicy, day: Day) -> Decides:
    """Return who decides, as a class, with the proof that is still missing."""
    found = candidates(evidence, own, view, policy, day)
    gives = _no_surer(first(CASES, found).gives, own)
    row = _row_of(gives, found)
    return changed(
        _ruled(gives, evidence),
        decider_class=row.decider_class if row is not None else "",
        missing=_missing(gives, found),
        rows=tuple(dict.fromkeys((*((row.row_id,) if row is not None else ()), *_further_rows(gives, found)))),
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


def _further_rows(gives: Decides, c: Candidates) -> tuple[str, ...]:
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
    if gives.case in {"W07", "W07-open", "W07-asked"}:
        return c.kept
    if gives.case == "W14-reserved":
        return c.reservations.often_kept(c.kind_of_decider)
    return c.reservations.weighed(c.kind_of_decider) if gives.case in _WEIGHED else ()


_WEIGHED: Final = frozenset({"W14-objected", "W14-objection"})


def _no_surer(gives: Decides, own: Outcome) -> Decides:
    """Who decides is never surer than the determination it rests on, and asks for what that asks for."""
    if gives.case not in _AS_DETERMINED and not (gives.answer is _A.MET and own.answer in OPEN):
        return gives
    return changed(gives, answer=own.answer, weight=own.weight, missing=own.missing)


#: Cases that say no more than the determination does.
_AS_DETERMINED: Final = frozenset({"W02", "W04"})


def _missing(gives: Decides, c: Candidates) -> tuple[str, ...]:
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


def _row_of(gives: Decides, c: Candidates) -> SurrogateRow | None:
    if gives.kind not in _ABOUT_SOMEONE or gives.case == "W20-open":  # no class of an unordered list comes first
        return None
    if gives.kind is _K.FALLBACK:
        return c.fallback
    named = c.chosen or _picked(gives, c)
    if named is not None or (c.list_kind == "unordered" and gives.case in _UNORDERED):
        return named.row if named is not None else None
    return c.silent_class or c.row


#: Cases about a surrogate that may hold for a list without an order: there no class comes before another.
_UNORDERED: Final = frozenset({"W07", "W07-open", "W07-asked", "W14-reserved", *_WEIGHED})


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


def decider_finding(evidence: Evidence, decides: Decides) -> Finding:
    """Return the finding about who decides: MET names the class, anything else what is open."""
    answer = Answer.NOT_APPLICABLE if _is_plain(evidence, decides) else decides.answer
    return Finding(
        rule=DECIDER.id,
        about=evidence.record.id,
        item=evidence.record.decision or "",
        answer=answer,
        weight=decides.weight,
        because=(
            ("decider", decides.kind.value),
            *((("decider_class", decides.decider_class),) if decides.decider_class else ()),
        ),
        missing=decides.missing,
        rows=decides.rows,
    )


def _is_plain(evidence: Evidence, decides: Decides) -> bool:
    """Return whether the patient decides and nobody ever assessed it: there is nothing to say."""
    return decides.kind is DeciderKind.PATIENT and evidence.latest is None


def emergency_finding(evidence: Evidence, *, determination: Determination) -> tuple[Finding, ...]:
    """
    Return the emergency route when care is urgent and nobody is known who may lawfully decide in time.

    It never holds up care.
    """
    record = evidence.record
    wishes = record.prior_wishes or PriorWishes()
    decided = determination in {Determination.PRESUMED, Determination.CAPACITY_RECORDED} or _stands(wishes)
    if record.urgent is NO or decided or record.decider_reachable is YES:
        return ()
    urgent = record.urgent is YES
    before = _before_the_least(record, wishes, determination) if urgent else ""
    return (
        Finding(
            rule=EMERGENCY.id,
            about=record.id,
            item=record.decision or "",
            answer=Answer.JUDGEMENT if urgent else Answer.CANNOT_TELL,
            weight=_weight_in_emergency(record, wishes),
            because=(
                ("urgent", record.urgent.value),
                ("decider_reachable", record.decider_reachable.value),
                *((("step", before),) if before else ()),
            ),
            missing=_unknown_of_emergency(record),
        ),
    )


def _weight_in_emergency(record: DecisionCapacity, wishes: PriorWishes) -> Weight:
    if record.urgent is not YES:
        return Weight.RECOMMENDED
    return Weight.ESSENTIAL if _may_have_refused(wishes) else Weight.REQUIRED


def _stands(wishes: PriorWishes) -> bool:
    """Return whether a directive is valid, applies, and nothing displaces it: then the patient has decided."""
    return (wishes.exist, wishes.valid, wishes.apply, wishes.displaced) == (YES, YES, YES, NO)


def _before_the_least(record: DecisionCapacity, wishes: PriorWishes, determination: Determination) -> str:
    """Return what comes first: a directive that may apply, or an objection by someone in whom nobody found a lack."""
    if _may_have_refused(wishes):
        return "directive-first"
    objects = (record.reserved or ReservedFacts()).over_objection in {YES, UNCLEAR}
    return "capacity-first" if objects and determination in _NO_LACK else ""


#: Nobody has found a lack: who objects now may well be able to.
_NO_LACK: Final = frozenset({Determination.NOT_ESTABLISHED, Determination.REASSESS, Determination.CONTESTED})


def _may_have_refused(wishes: PriorWishes) -> bool:
    """Return whether a refusal is known to apply, and not known to be void or displaced."""
    return wishes.exist is YES and wishes.apply is YES and wishes.valid is not NO and wishes.displaced is not YES


def _unknown_of_emergency(record: DecisionCapacity) -> tuple[str, ...]:
    facts = (("urgent", record.urgent), ("decider_reachable", record.decider_reachable))
    return tuple(path for path, fact in facts if not fact.known)


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
