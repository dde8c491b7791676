"""
Who decides: the class and the proof needed, never a person made up.

Decision table (b) of the capacity sheet, over the decider order of one jurisdiction. A class is passed over only when
it was asked for and is empty, or when everyone in it is excluded: silence never lets a lower class act.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import OPEN, Answer, Finding, Rule, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.policy import CompetencyPolicy, CompetencyView, DocumentationRow, SurrogateRow
from alliance_core.competency.records import Decider, DecisionCapacity, PriorWishes
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
    SUGGESTION = "suggestion"
    CHOSEN = "chosen-from-list"
    DEADLOCK = "deadlock"
    UNREPRESENTED = "unrepresented"


class Standing(Enum):
    """What is known of one person's authority."""

    EXCLUDED = "excluded"
    UNKNOWN = "unknown"
    DOUBTFUL = "doubtful"
    STANDS = "stands"


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


@value
class Candidate:
    """One recorded person, what is known of their authority, and the row of their class; None if no row knows it."""

    decider: Decider
    standing: Standing
    row: SurrogateRow | None
    by_court: bool
    appointed: bool


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
        return min(free, key=_precedence, default=None)

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


_ASKED: Final = (
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
    return tuple(f"deciders.{name}" for name in _ASKED if not _is_told(decider, name))


def _is_told(decider: Decider, name: str) -> bool:
    fact: Recorded = getattr(decider, name)
    return fact is YES if name == "authority_seen" else fact.known


_OPEN_FIRST: Final = (Standing.UNKNOWN, Standing.DOUBTFUL, Standing.STANDS, Standing.EXCLUDED)


def _precedence(one: Candidate) -> tuple[bool, int, int, str, tuple[str, ...]]:
    """Those the patient named come first; within one rank, whoever leaves something open."""
    openness = _OPEN_FIRST.index(one.standing)
    rank = one.row.rank if one.row is not None else 0
    return (not one.appointed, rank, openness, one.decider.id, unknown_of(one.decider))


def _candidates(evidence: Evidence, own: Outcome, view: CompetencyView, policy: CompetencyPolicy) -> Candidates:
    record, home = evidence.record, view.jurisdiction
    people = tuple(_people(record.deciders or (), view, policy))
    nobody = record.deciders is not None and not record.deciders
    named = tuple(one for one in people if (one.by_court or one.appointed) and one.standing is not Standing.EXCLUDED)
    others = tuple(one for one in people if not (one.by_court or one.appointed))
    row, silent = (None, None) if nobody else _walk(view, policy, people, frozenset(record.no_one_in))
    unordered = home is not None and home.decider_list == "unordered"
    return Candidates(
        evidence=evidence,
        own=own,
        list_kind=home.decider_list if home is not None else "not-known",
        named=named,
        surrogates=tuple(
            one for one in others if (unordered or one.row is row) and one.standing is not Standing.EXCLUDED
        ),
        row=row,
        silent_class=silent,
        exhausted=bool(view.ranks) and row is None and silent is None,
        certificate=next(iter(view.documentation.get("surrogate-acts", ())), None),
    )


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
_NAMED_ROWS: Final = frozenset({"named-by-patient", "court", "named-or-court"})


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
        if row.kind in _LISTED or (row.kind in _NAMED_ROWS and not begun):
            yield row


def _is_empty(row: SurrogateRow, empty: frozenset[str]) -> bool:
    return row.decider_class in empty or row.words <= empty


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
    unasked = c.silent_class is not None and c.silent_class.kind in _NAMED_ROWS
    return unasked or c.evidence.record.deciders is None


def _is_heard(c: Candidates) -> bool:
    return c.evidence.record.consultees_heard is YES and c.evidence.record.decider_dispute is NO


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
        "W02-age",
        "whether the patient is of age is not known",
        lambda c: c.determination is _D.MINOR_PATH and c.own.answer is _A.CANNOT_TELL,
        _K.MINOR_PATH,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
    ),
    _case(
        "W02",
        "the patient is a minor: a parent or guardian decides unless a rule gives it to the minor",
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
        lambda c: (
            c.wishes.exist is YES and c.wishes.valid is YES and c.wishes.apply is YES and c.wishes.displaced is NO
        ),
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
        "England and Wales: there is a dispute",
        lambda c: c.list_kind == "best-interests" and c.evidence.record.decider_dispute in {YES, UNCLEAR},
        _K.COURT,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.15-16",
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
    _case("W26", "those of the highest class disagree", lambda c: c.row is not None, _K.DEADLOCK, _A.JUDGEMENT),
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


def decide(evidence: Evidence, own: Outcome, view: CompetencyView, policy: CompetencyPolicy) -> Decides:
    """Return who decides, as a class, with the proof that is still missing."""
    found = _candidates(evidence, own, view, policy)
    gives = _no_surer(first(CASES, found).gives, own)
    row = _row_of(gives, found)
    return changed(
        gives,
        decider_class=row.decider_class if row is not None else "",
        missing=_missing(gives, found),
        rows=tuple(one.row_id for one in (row, _certificate(gives, found)) if one is not None),
    )


def _certificate(gives: Decides, c: Candidates) -> DocumentationRow | None:
    return c.certificate if gives.case == "W13-uncertified" else None


def _no_surer(gives: Decides, own: Outcome) -> Decides:
    """Who decides is never surer than the determination it rests on, and asks for what that asks for."""
    if gives.case not in _AS_DETERMINED and not (gives.answer is _A.MET and own.answer in OPEN):
        return gives
    return changed(gives, answer=own.answer, weight=own.weight, missing=own.missing)


#: Cases that say no more than the determination does.
_AS_DETERMINED: Final = frozenset({"W02-age", "W04"})


def _missing(gives: Decides, c: Candidates) -> tuple[str, ...]:
    if gives.case == "W17-open":
        return tuple(path for path in gives.missing if getattr(c.evidence.record, path) is not _HEARD[path])
    if gives.case == "W10":
        return tuple(path for path in gives.missing if not _is_known_of(c.wishes, path))
    return gives.missing or _gaps(gives, c)


def _is_known_of(wishes: PriorWishes, path: str) -> bool:
    fact: Recorded = getattr(wishes, path.rpartition(".")[2])
    return fact.known


_HEARD: Final = {"consultees_heard": YES, "decider_dispute": NO}


_ABOUT_SOMEONE: Final = frozenset(
    {_K.NAMED_CLASS, _K.DOUBTED_CLASS, _K.CHOSEN, _K.OPEN, _K.SUGGESTION, _K.DEADLOCK, _K.BEST_INTERESTS}
)


def _row_of(gives: Decides, c: Candidates) -> SurrogateRow | None:
    if gives.kind not in _ABOUT_SOMEONE or gives.case == "W20-open":  # no class of an unordered list comes first
        return None
    named = c.chosen or _picked(gives, c)
    return named.row if named is not None else c.silent_class or c.row


def _picked(gives: Decides, c: Candidates) -> Candidate | None:
    wanted = {"W20": Standing.STANDS, "W20-doubt": Standing.DOUBTFUL}.get(gives.case)
    return min((one for one in c.picked if one.standing is wanted), key=_precedence, default=None)


def _gaps(gives: Decides, c: Candidates) -> tuple[str, ...]:
    if gives.answer is not _A.CANNOT_TELL:
        return ()
    people = ((c.chosen,) if c.chosen is not None else ()) + c.surrogates
    unknown = {path for one in people if one.standing is Standing.UNKNOWN for path in unknown_of(one.decider)}
    return tuple(path for path in (f"deciders.{name}" for name in _ASKED) if path in unknown)


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
    decided = determination in {Determination.PRESUMED, Determination.CAPACITY_RECORDED}
    if record.urgent is NO or decided or record.decider_reachable is YES:
        return ()
    urgent = record.urgent is YES
    refusal = _may_have_refused(record.prior_wishes or PriorWishes())
    return (
        Finding(
            rule=EMERGENCY.id,
            about=record.id,
            item=record.decision or "",
            answer=Answer.JUDGEMENT if urgent else Answer.CANNOT_TELL,
            weight=Weight.ESSENTIAL if urgent and refusal else Weight.REQUIRED if urgent else Weight.RECOMMENDED,
            because=(("urgent", record.urgent.value), ("decider_reachable", record.decider_reachable.value)),
            missing=_unknown_of_emergency(record),
        ),
    )


def _may_have_refused(wishes: PriorWishes) -> bool:
    """Return whether a refusal is known to apply, and not known to be void or displaced."""
    return wishes.exist is YES and wishes.apply is YES and wishes.valid is not NO and wishes.displaced is not YES


def _unknown_of_emergency(record: DecisionCapacity) -> tuple[str, ...]:
    facts = (("urgent", record.urgent), ("decider_reachable", record.decider_reachable))
    return tuple(path for path, fact in facts if not fact.known)
