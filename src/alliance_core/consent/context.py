"""What the consent rules ask about one event: the treatment, the medicine and its groups, the patient, the day."""

from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes, negate
from alliance_core.base.kinds import value
from alliance_core.consent.policy import ANY, ConsentPolicy, ConsentView, ElementRow, FreshnessRow, RiskRow
from alliance_core.consent.records import (
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    DecidedBy,
    EmergencyBasis,
    TreatmentEvent,
    TreatmentKind,
)
from alliance_core.medicines import MedicineRow, Medicines
from alliance_core.problems import live_problems
from alliance_core.records import NOT_RECORDED, Circumstance, MedicationStatement, Person, Sex, has_age, last_day

YES, NO = Recorded.YES, Recorded.NO

#: The words of the matrix for an event; a switch is the end of one and the start of another.
_WORDS: Final = {
    TreatmentEvent.EARLY_EDUCATION: frozenset({"early-education"}),
    TreatmentEvent.START: frozenset({"start"}),
    TreatmentEvent.INCREASE: frozenset({"increase"}),
    TreatmentEvent.DECREASE: frozenset({"reduce"}),
    TreatmentEvent.TAPER: frozenset({"reduce"}),
    TreatmentEvent.STOP: frozenset({"reduce"}),
    TreatmentEvent.SWITCH: frozenset({"start", "reduce"}),
}
_BY_DECISION: Final = {
    ConsentDecision.REFUSED: frozenset({"refusal"}),
    ConsentDecision.WITHDRAWN: frozenset({"withdrawal"}),
}
#: In these a row that names no event does not ask.
_APART: Final = frozenset({"early-education", "refusal", "withdrawal", "emergency"})


@value
class Context:
    """One event with its discussion, as the rows ask for it."""

    record: ConsentEvent
    discussion: ConsentDiscussion
    view: ConsentView
    medicines: Medicines
    day: Day
    event: TreatmentEvent | None
    kind: TreatmentKind | None
    matrix: str
    medicine: MedicineRow | None
    groups: frozenset[str]
    words: frozenset[str]
    person: Person
    other_groups: frozenset[str]
    others_known: bool
    problems: frozenset[str] | None

    @property
    def is_medication(self) -> bool:
        """Whether the treatment is a medicine."""
        return self.kind is TreatmentKind.MEDICATION

    @property
    def anchor(self) -> Day:
        """The day on which an age is asked: that of the discussion, else the review day."""
        discussed = self.discussion.discussed_on
        return Day(discussed) if discussed is not None else self.day

    def has_age(self, years: int) -> Recorded:
        """Return whether the patient had reached an age on the day of the discussion."""
        return has_age(self.person, years, self.anchor)

    def is_below(self, years: int) -> Recorded:
        """Return whether the patient was younger than an age on the day of the discussion."""
        return negate(self.has_age(years))

    def treats(self, treatment: str) -> bool:
        """Whether a row for this treatment asks here: for its column, or for its very kind; none for a kind unknown."""
        if treatment == ANY or not self.matrix:
            return treatment == ANY
        return treatment in {self.matrix, self.kind.value if self.kind else ""}

    def happens(self, event: str) -> bool:
        """Whether a row for this event asks here."""
        return event in self.words if event else not self.words & _APART

    def is_of(self, drug_group: str, medicine: str) -> Recorded:
        """Return whether the medicine is the row's, by name or by group; unknown while no row knows the medicine."""
        if not drug_group and not medicine:
            return YES
        if self.medicine is None:
            return NOT_RECORDED if self.is_medication else NO
        return YES if self.medicine.name == medicine or drug_group in self.groups else NO

    def is_product(self, row: RiskRow) -> Recorded:
        """Return whether the medicine is of the row's salt: as its name says, or not as it is given; else unknown."""
        entry = self.record.medicine or _entry(self.discussion)
        if not row.salt or entry is None:
            return YES if not row.salt else NOT_RECORDED
        names = (entry.text, entry.route, *(coding.display for coding in entry.codes))
        words = frozenset(word for name in names if name for word in name.lower().split())
        if row.salt in words:
            return YES
        return NO if row.not_route in words else NOT_RECORDED

    def is_medicine(self, medicines: tuple[MedicineRow, ...]) -> Recorded:
        """Return whether the treatment is one of these medicines."""
        if self.medicine is None:
            return NOT_RECORDED if self.kind in {None, TreatmentKind.MEDICATION} else NO
        return YES if self.medicine in medicines else NO

    def is_kind(self, kind: str) -> Recorded:
        """Return whether the treatment is of a kind."""
        if self.kind is None:
            return NOT_RECORDED
        return YES if self.kind.value == kind else NO

    def takes(self, drug_group: str) -> Recorded:
        """Return whether another medicine of a group is taken."""
        if not drug_group or drug_group in self.other_groups:
            return YES
        return NO if self.others_known else NOT_RECORDED

    def has_problem(self, problem: str) -> Recorded:
        """Return whether the patient has a kind of problem."""
        if not problem:
            return YES
        if self.problems is None:
            return NOT_RECORDED
        return YES if problem in self.problems else NO

    def may_be_pregnant(self, circumstance: str) -> Recorded:
        """Return whether a circumstance is recorded or possible; in silence only sex and age rule it out."""
        if not circumstance:
            return YES
        said = any_yes(*(one.present for one in self.circumstances(circumstance)))
        if said is YES or self.can_conceive is NO:
            return said
        return said if self.circumstances(circumstance) else self.can_conceive

    @property
    def can_conceive(self) -> Recorded:
        """Return whether a pregnancy is possible, by sex and age alone."""
        if self.person.sex is Sex.MALE:
            return NO
        until = self.view.interval("pregnancy-possible-until")
        young = self.is_below(until.months // 12) if until is not None else NOT_RECORDED
        return NO if young is NO else NOT_RECORDED if self.person.sex is not Sex.FEMALE else young

    def circumstances(self, kind: str) -> tuple[Circumstance, ...]:
        """Return what is recorded of one kind of circumstance, unless it was over before."""
        return tuple(one for one in self.record.circumstances if one.kind.value == kind and not self._is_over(one))

    def _is_over(self, one: Circumstance) -> bool:
        return one.ended_on is not None and self.day.has_reached(one.ended_on)

    def asks(self, row: ElementRow | FreshnessRow) -> Recorded:
        """Return whether a row asks here, as far as is known."""
        return all_yes(self.is_of(row.drug_group, row.medicine), self._holds(row.asked_when))

    def _holds(self, condition: str) -> Recorded:
        if condition.startswith(_AGE):
            return self.is_below(int(condition.removeprefix(_AGE)))
        d = self.discussion
        match condition:
            case "interpreter-needed":
                return self.person.interpreter_needed
            case "telehealth":
                return d.by_telehealth
            case "not-by-prescriber":
                return negate(d.explained_by_prescriber)
            case "no-signature":
                return negate(d.written_form)
            case "not-antidepressant":
                return negate(self.is_of("antidepressant", ""))
            case "able-to-conceive":
                return self.can_conceive
            case "by-telephone-other-decider":
                return all_yes(d.by_telephone, self.by_other_decider)
            case "begun-before-talk":
                return self._begun_before_talk
            case _:
                return YES

    @property
    def _begun_before_talk(self) -> Recorded:
        """Whether it began before anyone talked about it, within the look-back; an undated change may lie ahead."""
        begun, talked = self.record.occurred_on, self.talked_on
        if begun is None:
            return NOT_RECORDED if "start" in self.words else NO
        if talked is not None and begun >= min(talked, self.record.first_discussed_on or talked):
            return NO
        until = (self.view.interval("look-back") or CalendarDuration()).after(begun)
        if not self.day.has_reached(begun) or self.day.has_reached(until):
            return NO
        return YES if talked is not None else NOT_RECORDED

    @property
    def talked_on(self) -> date | None:
        """The day of the talk, once it has come."""
        talked = self.discussion.discussed_on
        return talked if self.day.has_reached(talked) else None

    @property
    def by_other_decider(self) -> Recorded:
        """Whether someone decided for the patient."""
        if self.discussion.decided_by is None:
            return NOT_RECORDED
        return YES if self.discussion.decided_by is DecidedBy.LAWFUL_DECIDER else NO

    def warns(self, row: RiskRow) -> Recorded:
        """Return whether a risk is this patient's: of the medicine, the age, the sex, the problem, the circumstance."""
        if not self.treats(row.treatment) or self.is_of(row.drug_group, row.medicine) is NO:
            return NO
        return all_yes(
            self.is_of(row.drug_group, row.medicine),
            self.is_product(row),
            self.takes(row.with_drug_group),
            YES if row.age_from is None else self.has_age(row.age_from),
            YES if row.age_below is None else self.is_below(row.age_below),
            self.is_sex(row.sex),
            self.has_problem(row.problem),
            self.may_be_pregnant(row.circumstance),
        )

    def is_sex(self, sex: str) -> Recorded:
        """Return whether the patient is of the sex that a row is about."""
        if not sex:
            return YES
        if self.person.sex is None or self.person.sex is Sex.UNKNOWN:
            return NOT_RECORDED
        return YES if self.person.sex.value == sex else NO


_AGE: Final = "age-below-"


def context_of(record: ConsentEvent, *, policy: ConsentPolicy, day: Day) -> Context:
    """Return what the rows ask about one event."""
    view = policy.timeline.at(day)
    discussion = record.discussion or ConsentDiscussion(id=record.id)
    medicine = medicine_of(record, discussion, policy.medicines)
    kind = record.kind or discussion.kind or (TreatmentKind.MEDICATION if record.medicine else None)
    event = record.event or discussion.event
    groups, known = _others(record, policy.medicines, view)
    return Context(
        record=record,
        discussion=discussion,
        view=view,
        medicines=policy.medicines,
        day=day,
        event=event,
        kind=kind,
        matrix=_matrix(kind, medicine, view),
        medicine=medicine,
        groups=view.groups_of(medicine) if medicine is not None else frozenset(),
        words=_words(event, discussion),
        person=record.person or Person(id=record.id),
        other_groups=groups,
        others_known=known,
        problems=_problems(record, view),
    )


def medicine_of(record: ConsentEvent, discussion: ConsentDiscussion, medicines: Medicines) -> MedicineRow | None:
    """Return the medicine of an event, by its entry, else by the discussion; None if no row knows it."""
    entry = record.medicine or _entry(discussion)
    found = medicines.resolve(entry) if entry is not None else None
    return found.medicines[0] if found is not None and len(found.medicines) == 1 else None


def _entry(discussion: ConsentDiscussion) -> MedicationStatement | None:
    if not discussion.treatment_codes and discussion.treatment is None:
        return None
    return MedicationStatement(id=discussion.id, codes=discussion.treatment_codes, text=discussion.treatment)


def _matrix(kind: TreatmentKind | None, medicine: MedicineRow | None, view: ConsentView) -> str:
    """A medicine that has a column of its own is asked like it: esketamine is given like a procedure."""
    if medicine is not None and medicine.name in view.matrix:
        return view.matrix[medicine.name]
    return view.matrix.get(kind.value, "") if kind is not None else ""


def _words(event: TreatmentEvent | None, discussion: ConsentDiscussion) -> frozenset[str]:
    """A no, and an emergency in which nobody decided, ask their own; what only explains brings nothing to give."""
    if discussion.decision in _BY_DECISION:
        return _BY_DECISION[discussion.decision]
    is_open = discussion.decision in {None, ConsentDecision.UNDECIDED} and event is not TreatmentEvent.EARLY_EDUCATION
    if is_open and discussion.emergency is YES and rests_on(discussion) is not NO:
        return frozenset({"emergency"})
    return _WORDS[event] if event is not None else frozenset()


#: What a treatment without consent rests on: all of it.
BASIS: Final = ("imminent_harm", "patient_cannot_decide", "no_decider_reachable", "least_needed")


def rests_on(discussion: ConsentDiscussion) -> Recorded:
    """Return whether all that an emergency rests on is recorded."""
    basis = discussion.emergency_basis or EmergencyBasis()
    return all_yes(*(getattr(basis, name) for name in BASIS))


def _problems(record: ConsentEvent, view: ConsentView) -> frozenset[str] | None:
    """Return the kinds of problem; None while no list is recorded, or words alone leave open what one means."""
    if record.problems is None:
        return None
    live = live_problems(record.problems)
    return frozenset[str]().union(*(view.kinds.kinds_of(one) for one in live)) if view.kinds.are_told(live) else None


def _others(record: ConsentEvent, medicines: Medicines, view: ConsentView) -> tuple[frozenset[str], bool]:
    """Return the groups of the other medicines, and whether all of them are known."""
    if record.others is None:
        return frozenset(), False
    found = [medicines.resolve(entry) for entry in record.others]
    groups = (view.groups_of(row) for one in found for row in one.medicines)
    return frozenset[str]().union(*groups), not any(one.partly_unknown for one in found)


def of_age_on(person: Person, majority: int | None) -> date | None:
    """Return the last day that may be the one on which the patient comes of age; None if nobody can say."""
    if person.born_on is None or majority is None:
        return None
    return CalendarDuration(months=12 * majority).after(last_day(person.born_on))
