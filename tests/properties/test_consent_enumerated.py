"""Each small decision table of consent, in every combination of the facts that it reads."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from alliance_core import load_policy
from alliance_core.base.cases import first
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.tables import read_table
from alliance_core.consent import (
    REASSURING,
    Authority,
    Completeness,
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    DecidedBy,
    EmergencyBasis,
    TreatmentEvent,
    TreatmentKind,
    Waiver,
    Why,
    Withheld,
    review_consent,
)
from alliance_core.consent.authority import CASES, Said
from alliance_core.consent.context import BASIS, context_of
from alliance_core.consent.policy import ItemRow, RiskRow
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    EffectTolerance,
    Horizon,
    MedicationStatement,
    Person,
    PreferenceRecord,
    Sex,
    TreatmentOption,
)

ON = date(2026, 11, 24)
TALK = date(2026, 11, 20)
YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
PLACES = {
    "any": load_policy("any").consent,
    "GB": load_policy("GB").consent,
    "US-TX": load_policy("US-TX", ("mh-facility",)).consent,
    "US-CA": load_policy("US-CA", ("ect",)).consent,
    "nursing-facility": load_policy("US", ("nursing-facility",)).consent,
}
ELEMENTS = (
    *(row.element for row in read_table("consent_items", ItemRow)),
    *dict.fromkeys(row.element for row in read_table("consent_risks", RiskRow)),
)
DECISIONS = (None, *ConsentDecision)
EVENTS = (None, *TreatmentEvent)
LESS = {TreatmentEvent.DECREASE, TreatmentEvent.TAPER, TreatmentEvent.STOP}


def mg(amount):
    return Dose(amount=Decimal(amount), unit=DoseUnit("mg"))


def whole(place="any", *, said=None, **fields):
    """Review a start of sertraline of which everything is recorded, but for what is said otherwise."""
    talk = {
        "id": "talk",
        "discussed_on": TALK,
        "discussed_by": "prescriber",
        "discussed": ELEMENTS,
        "decided_by": DecidedBy.PATIENT,
        "decision": ConsentDecision.AGREED,
        "voluntary": YES,
        "dose": mg(50),
        "explained_by_prescriber": YES,
        "by_telehealth": NO,
        "by_telephone": NO,
        "written_form": YES,
    }
    event = {
        "id": "event",
        "event": TreatmentEvent.START,
        "kind": TreatmentKind.MEDICATION,
        "medicine": MedicationStatement(id="m", text="sertraline", dose=mg(50)),
        "ongoing": YES,
        "occurred_on": TALK,
        "person": Person(id="p", born_on="1980-05-05", interpreter_needed=NO),
        "others": (),
        "problems": (),
    }
    record = ConsentEvent(**{**event, "discussion": ConsentDiscussion(**{**talk, **(said or {})}), **fields})
    return review_consent(record, policy=PLACES[place], on=ON)


def found(review, rule):
    return next((one for one in review.findings if one.rule == rule), None)


def reason(review, element):
    return next((one for one in review.reasons if one.element == element), None)


def test_what_all_of_them_start_from_is_whole():
    """What is enumerated below starts from a record that lacks nothing: each answer is that of the facts it names."""
    review = whole()

    assert (review.authority, review.completeness) == (Authority.YES_RECORDED, Completeness.RECORDED)
    assert [one.rule for one in review.findings if one.is_open] == ["consent.preference"]


# -- whose decision it is --------------------------------------------------------------------------------------------

FACTS = {
    "decision": DECISIONS,
    "by": (None, *DecidedBy),
    "authority": tuple(Recorded),
    "voluntary": tuple(Recorded),
    "emergency": tuple(Recorded),
    "basis": tuple(Recorded),
    "adult": tuple(Recorded),
    "given": tuple(Recorded),
    "lowered": tuple(Recorded),
}
TABLE = {facts: first(CASES, Said(**dict(zip(FACTS, facts, strict=True)))).gives for facts in product(*FACTS.values())}
NONE = Authority.NO_VALID_DECISION_RECORDED
NO_TO = {
    ConsentDecision.REFUSED: Authority.REFUSAL_RECORDED,
    ConsentDecision.WITHDRAWN: Authority.WITHDRAWAL_RECORDED,
}
#: An answer to a question whose yes, and whose yes alone, is good.
BY_FACT = {YES: Answer.MET, NO: Answer.NOT_MET, UNCLEAR: Answer.JUDGEMENT, SILENT: Answer.CANNOT_TELL}


def of_a_no(said):
    if said.emergency is YES:
        return NONE, Answer.NOT_MET if said.basis is NO else Answer.JUDGEMENT
    if said.given is not NO:
        return NONE, Answer.NOT_MET if said.given is YES else Answer.CANNOT_TELL
    if said.lowered is not NO:
        return NONE, Answer.JUDGEMENT if said.lowered is YES else Answer.CANNOT_TELL
    return NO_TO[said.decision], Answer.MET


def of_no_decision(said):
    if said.emergency is not YES:
        return NONE, Answer.CANNOT_TELL
    held = Authority.EMERGENCY_BASIS_RECORDED if said.basis is YES else NONE
    return held, BY_FACT[said.basis]


def of_a_yes(said):
    if said.voluntary in {NO, UNCLEAR}:
        return NONE, BY_FACT[said.voluntary]
    if said.by in {None, DecidedBy.SOMEONE_ELSE}:
        return NONE, Answer.CANNOT_TELL if said.by is None else Answer.NOT_MET
    if said.by is DecidedBy.LAWFUL_DECIDER and said.authority is not YES:
        return NONE, BY_FACT[said.authority]
    if said.by is DecidedBy.PATIENT and said.adult is not YES:
        return Authority.YES_TO_CONFIRM, Answer.JUDGEMENT if said.adult is NO else Answer.CANNOT_TELL
    if said.decision is ConsentDecision.PARTLY_AGREED:
        return Authority.PARTLY_YES_RECORDED, Answer.JUDGEMENT
    if said.voluntary is SILENT:
        return Authority.YES_TO_CONFIRM, Answer.CANNOT_TELL
    return Authority.YES_RECORDED, Answer.MET


def expected(said):
    """Return what the sheet says, branch by branch: a no, no decision, a yes."""
    if said.decision in NO_TO:
        return of_a_no(said)
    return (
        of_a_yes(said)
        if said.decision in {ConsentDecision.AGREED, ConsentDecision.PARTLY_AGREED}
        else (of_no_decision(said))
    )


class TestAuthority:
    """Every decision, by whom, on what footing: 393,216 combinations, each in one case."""

    def test_each_combination_has_its_answer(self):
        wrong = [
            facts
            for facts, gives in TABLE.items()
            if (gives.authority, gives.answer) != expected(Said(**dict(zip(FACTS, facts, strict=True))))
        ]

        assert (len(TABLE), wrong[:3]) == (393_216, [])

    def test_each_case_decides_somewhere_and_gives_one_answer(self):
        """No case stands in the shadow of those before it."""
        assert set(Counter(gives.case for gives in TABLE.values())) == {case.id for case in CASES}

    def test_silence_reassures_only_where_no_answer_would_change_anything(self):
        """
        A good answer stands on what is recorded: whatever a silent fact turned out to be, the case is the same.

        An emergency is treated without a decision: that one is not asked for where its whole basis is recorded. And an
        emergency is an event: one that nobody recorded is not asked about beside each no.
        """
        needed = {
            (gives.case, name)
            for facts, gives in TABLE.items()
            if gives.answer is Answer.MET or gives.authority in REASSURING
            for place, name in enumerate(FACTS)
            if facts[place] in {None, SILENT}
            and {TABLE[_with(facts, place, other)].case for other in FACTS[name]} != {gives.case}
        }

        assert needed == {("U09", "decision"), ("U04", "emergency"), ("U05", "emergency")}

    def test_what_cannot_be_told_names_a_fact_that_is_silent_or_unclear(self):
        """What is to be recorded is not recorded yet."""
        fact_of = {"emergency_basis": "basis", "decided_by": "by", "authority_seen": "authority", "ongoing": "given"}
        fact_of |= {
            "occurred_on": "lowered",
            "person.born_on": "adult",
            "decision": "decision",
            "voluntary": "voluntary",
        }
        undecided = (None, ConsentDecision.UNDECIDED)
        known = [
            (gives.case, facts)
            for facts, gives in TABLE.items()
            if gives.answer is Answer.CANNOT_TELL
            and any(
                dict(zip(FACTS, facts, strict=True))[fact_of[path]] not in {*undecided, SILENT, UNCLEAR}
                for path in gives.missing
            )
        ]

        assert known == []


def _with(facts, place, other):
    return (*facts[:place], other, *facts[place + 1 :])


class TestFactsOfAuthority:
    """What the table asks for, as the record holds it."""

    def test_the_basis_of_an_emergency(self):
        """All four parts, or no basis; what is missing is named part by part."""
        for facts in product(Recorded, repeat=len(BASIS)):
            basis = EmergencyBasis(**dict(zip(BASIS, facts, strict=True)))
            review = whole(said={"decision": None, "emergency": YES, "emergency_basis": basis})
            joined = next(one for one in (NO, SILENT, UNCLEAR, YES) if one in facts)
            open_ = tuple(f"emergency_basis.{name}" for name, fact in zip(BASIS, facts, strict=True) if fact is not YES)
            one = found(review, "consent.authority")

            assert one.answer is BY_FACT[joined]
            assert one.missing == (() if joined in {YES, UNCLEAR} else open_)

    def test_the_age_on_the_day_of_the_talk(self):
        """A yes is an adult's only if the birth date, the day of the talk and no emancipation in doubt say so."""
        for born_on, day, emancipated in product((None, "1980", "2008", "2015"), (None, TALK), Recorded):
            person = Person(id="p", born_on=born_on, emancipated=emancipated, interpreter_needed=NO)
            answer = found(whole(said={"discussed_on": day}, person=person), "consent.authority").answer

            assert answer is self.of_age(born_on, day, emancipated)

    @staticmethod
    def of_age(born_on, day, emancipated):
        if born_on == "2015":  # the day matters to nobody who is still a minor
            return {YES: Answer.MET, UNCLEAR: Answer.CANNOT_TELL}.get(emancipated, Answer.JUDGEMENT)
        return Answer.MET if born_on == "1980" and day is not None else Answer.CANNOT_TELL

    def test_whether_what_was_refused_is_given(self):
        """A no to less of it that went ahead is weighed; anything else is against a no, if it is given."""
        for event, ongoing, decision in product(EVENTS, Recorded, NO_TO):
            review = whole(event=event, ongoing=ongoing, said={"decision": decision})
            answer = self.of_a_no(event, ongoing)

            assert found(review, "consent.authority").answer is answer
            assert (review.authority is NO_TO[decision]) is (answer is Answer.MET)

    @staticmethod
    def of_a_no(event, ongoing):
        if event in LESS:
            return Answer.JUDGEMENT
        if ongoing is not NO:
            return Answer.NOT_MET if ongoing is YES else Answer.CANNOT_TELL
        return Answer.CANNOT_TELL if event is None else Answer.MET


# -- what is asked, and how it stands --------------------------------------------------------------------------------


class TestColumns:
    """Which column of the matrix an event stands in: its own, unless something else was decided, or an emergency."""

    COLUMN = {
        None: set(),
        TreatmentEvent.EARLY_EDUCATION: {"early-education"},
        TreatmentEvent.START: {"start"},
        TreatmentEvent.INCREASE: {"increase"},
        TreatmentEvent.SWITCH: {"start", "reduce"},
        **{event: {"reduce"} for event in LESS},
    }
    SHORT = {ConsentDecision.REFUSED: {"refusal"}, ConsentDecision.WITHDRAWN: {"withdrawal"}}

    def test_all(self):
        for event, decision, emergency, basis in product(EVENTS, DECISIONS, Recorded, Recorded):
            parts = EmergencyBasis(**dict.fromkeys(BASIS, basis))
            talk = ConsentDiscussion(id="t", decision=decision, emergency=emergency, emergency_basis=parts)
            context = context_of(ConsentEvent(id="e", event=event, discussion=talk), policy=PLACES["any"], day=Day(ON))

            assert context.words == self.expected(event, decision, emergency, basis)

    def expected(self, event, decision, emergency, basis):
        if decision in self.SHORT:
            return self.SHORT[decision]
        open_ = decision in {None, ConsentDecision.UNDECIDED} and event is not TreatmentEvent.EARLY_EDUCATION
        return {"emergency"} if open_ and emergency is YES and basis is not NO else self.COLUMN[event]

    def test_an_event_that_nobody_named_is_asked_for_first(self):
        """No column is chosen by guess: what is recorded is not whole before the event is."""
        for said in product((None, ConsentDecision.AGREED, ConsentDecision.UNDECIDED), (NO, SILENT, UNCLEAR)):
            review = whole(event=None, said=dict(zip(("decision", "emergency"), said, strict=True)))

            assert "event" in [one.missing for one in review.reasons if one.weight is Weight.ESSENTIAL]
            assert review.completeness is Completeness.INCOMPLETE_ESSENTIAL


#: A fact of the record that is itself an element: where it is asked for, and for what.
FACT_ELEMENTS = {
    "witness": ("witnessed", "US-CA", {"kind": TreatmentKind.ECT, "medicine": None}),
    "voluntary": ("voluntary", "any", {"kind": TreatmentKind.TMS, "medicine": None}),
    "written-form": ("written_form", "US-CA", {"kind": TreatmentKind.ECT, "medicine": None}),
    "second-specialist": ("second_specialist", "US-CA", {"kind": TreatmentKind.ECT, "medicine": None}),
}
WHY = {YES: None, NO: Why.NOT_DONE, UNCLEAR: Why.PARTIAL, SILENT: Why.NOT_RECORDED}


def why(review, element):
    one = reason(review, element)
    return one.why if one is not None else None


class TestStatus:
    """How an element stands: done only if it is recorded as done."""

    @pytest.mark.parametrize("element", FACT_ELEMENTS)
    def test_a_fact_of_the_record(self, element):
        name, place, treatment = FACT_ELEMENTS[element]
        for fact in Recorded:
            assert why(whole(place, said={name: fact}, **treatment), element) is WHY[fact]

    def test_who_decided(self):
        for by, seen in product((None, *DecidedBy), Recorded):
            review = whole(said={"decided_by": by, "authority_seen": seen})
            known = {None: Why.NOT_RECORDED, DecidedBy.PATIENT: None, DecidedBy.SOMEONE_ELSE: Why.NOT_DONE}

            assert why(review, "decider") is (WHY[seen] if by is DecidedBy.LAWFUL_DECIDER else known[by])

    def test_the_language(self):
        """An interpreter who was needed and not used is not made good by words in the note; doubt asks lightly."""
        for needed, used, noted in product(Recorded, Recorded, (True, False)):
            said = tuple(one for one in ELEMENTS if noted or one != "language")
            person = Person(id="p", born_on="1980-05-05", interpreter_needed=needed)
            one = reason(whole(person=person, said={"discussed": said, "interpreter_used": used}), "language")
            told = needed is NO or used is YES or (needed is not YES and noted)

            assert (one is None) is told
            assert one is None or one.weight is (Weight.ESSENTIAL if needed is YES else Weight.RECOMMENDED)

    def test_the_time_to_wait(self):
        """Twenty-four hours: by the clock where both times are written, else by days, where one apart may be less."""
        begun = (None, TALK)
        for first_day, apart in product(begun, (None, 0, 1, 2)):
            signed = TALK + timedelta(days=apart) if apart is not None else None
            review = whole(
                "US-CA", kind=TreatmentKind.ECT, medicine=None, said={"discussed_on": first_day, "signed_on": signed}
            )
            told = {0: Why.NOT_DONE, 1: Why.NOT_RECORDED, 2: None}.get(apart, Why.NOT_RECORDED)

            assert why(review, "waiting-period") is (told if first_day is not None else Why.NOT_RECORDED)

    def test_what_was_said(self):
        """Done, else in part, else declined, else not recorded; a general word is part of each risk it covers."""
        element = "risks.bleeding"
        rest = tuple(one for one in ELEMENTS if one != element)
        for done, partly, general, declined in product((True, False), repeat=4):
            review = whole(
                said={
                    "discussed": (*rest, *((element,) if done else ()), *(("risks",) if general else ())),
                    "partly": (element,) if partly else (),
                    "declined_by_patient": (element,) if declined else (),
                    "waiver": GIVEN,
                }
            )
            told = None if done else Why.PARTIAL if partly or general else None if declined else Why.NOT_RECORDED

            assert why(review, element) is told
            assert (element in review.waived) is (declined and not (done or partly or general))


GIVEN = Waiver(offered=YES, reason="rather not", review_on=ON + timedelta(days=90))


class TestWaived:
    """What the patient would rather not hear closes an element only where it may, and on all that a waiver needs."""

    def declined(self, place="any", element="outcome-range", *, waiver=GIVEN, withheld=(), **fields):
        rest = tuple(one for one in ELEMENTS if one != element)
        said = {"discussed": rest, "declined_by_patient": (element,), "waiver": waiver, "withheld": withheld}
        return whole(place, said=said, **fields)

    @pytest.mark.parametrize(
        ("place", "element", "may"),
        [
            ("any", "outcome-range", True),
            ("any", "purpose", False),
            ("nursing-facility", "benefits", False),
            ("any", "benefits", True),
            ("GB", "alternatives", True),
        ],
    )
    @pytest.mark.parametrize("kept_back", [True, False])
    def test_where_it_may(self, place, element, may, kept_back):
        """Not the core, not what a statute asks for, and not what the clinician kept back."""
        review = self.declined(place, element, withheld=(Withheld(element=element),) if kept_back else ())
        told = Why.WITHHELD if kept_back else None if may else Why.DECLINED_NOT_WAIVABLE

        assert why(review, element) is told
        assert (element in review.waived) is (may and not kept_back)
        assert (review.completeness is Completeness.RECORDED_WITH_WAIVER) is (may and not kept_back)

    def test_what_it_stands_on(self):
        """An offer, the patient's reason and a day for asking again: without one of them it is not whole."""
        for offered, why_, again in product(Recorded, (None, "rather not"), (None, ON + timedelta(days=90))):
            review = self.declined(waiver=Waiver(offered=offered, reason=why_, review_on=again))
            asked = {"waiver.offered": offered is YES, "waiver.reason": why_ is not None}
            asked |= {"waiver.review_on": again is not None}
            open_ = {path for path, is_there in asked.items() if not is_there}

            assert {one.missing for one in review.reasons} == open_
            assert (review.completeness is Completeness.RECORDED_WITH_WAIVER) is (not open_)

    def test_a_waiver_that_is_not_there(self):
        assert self.declined(waiver=None).completeness is Completeness.INCOMPLETE_ESSENTIAL

    def test_what_the_clinician_kept_back(self):
        """It stays open; it weighs less only in the law's exception, and that only until the day agreed."""
        days = {None: False, ON: False, ON + timedelta(days=1): True}
        rest = tuple(one for one in ELEMENTS if one != "benefits")
        for place, why_, day, harm, second in product(("any", "GB"), (None, "harm"), days, Recorded, Recorded):
            held = Withheld(
                element="benefits", reason=why_, review_on=day, serious_detriment=harm, second_opinion=second
            )
            one = reason(whole(place, said={"discussed": rest, "withheld": (held,)}), "benefits")
            excepted = place == "GB" and why_ is not None and days[day] and harm is YES and second is YES

            assert one.why is Why.WITHHELD
            assert one.weight is (Weight.REQUIRED if excepted else Weight.ESSENTIAL)


class TestPregnancy:
    """A risk to a child is left out only where sex, age or the record rules a pregnancy out; silence rules out none."""

    BORN = {None: SILENT, "1990-05-05": YES, "1960-05-05": NO, "1970": SILENT}

    def test_all(self):
        said = tuple(one for one in ELEMENTS if one != "risks.neonatal-effects")
        for sex, born_on, present in product((None, *Sex), self.BORN, (None, *Recorded)):
            person = Person(id="p", born_on=born_on, sex=sex, interpreter_needed=NO)
            kind = CircumstanceKind.PREGNANT_PLANNING_OR_POSTPARTUM
            held = () if present is None else (Circumstance(id="c", kind=kind, present=present),)
            review = whole(said={"discussed": said}, person=person, circumstances=held)

            assert (reason(review, "risks.neonatal-effects") is not None) is self.is_asked(
                sex, self.BORN[born_on], present
            )

    @staticmethod
    def is_asked(sex, young, present):
        if present is not None:  # whoever wrote it down opened the question, whatever else is known
            return present is not NO
        return sex is not Sex.MALE and young is not NO


# -- how whole it is -------------------------------------------------------------------------------------------------


class TestCompleteness:
    """The first that holds: essential parts are open, stale, others are open, perhaps stale, waived, all recorded."""

    #: The dose now taken, against the fifty milligrams that were agreed on.
    DOSES = {"above": mg(100), "agreed": mg(50), "not recorded": None}

    def test_all(self):
        for essential, other, dose, waived in product((True, False), (True, False), self.DOSES, (True, False)):
            left_out = {*(("purpose",) if essential else ()), *(("monitoring",) if other else ())}
            declined = ("outcome-range",) if waived else ()
            review = whole(
                medicine=MedicationStatement(id="m", text="sertraline", dose=self.DOSES[dose]),
                said={
                    "discussed": tuple(one for one in ELEMENTS if one not in {*left_out, *declined}),
                    "declined_by_patient": declined,
                    "waiver": GIVEN if waived else None,
                },
            )

            assert review.completeness is self.expected(essential, other, dose, waived)
            assert (review.completeness in REASSURING) is not (essential or other or dose != "agreed")

    @staticmethod
    def expected(essential, other, dose, waived):
        if essential:
            return Completeness.INCOMPLETE_ESSENTIAL
        if dose == "above":
            return Completeness.STALE
        if other:
            return Completeness.INCOMPLETE_OTHER
        if dose != "agreed":
            return Completeness.MAY_BE_STALE
        return Completeness.RECORDED_WITH_WAIVER if waived else Completeness.RECORDED


class TestWithinARange:
    """A change weighs less only inside a range of an earlier talk: whole, dated, and with a yes that stands."""

    def test_all(self):
        doses = {None: False, mg(50): True, mg(25): True, mg(100): True, mg(101): False}
        for event, dose, is_whole, is_dated, yes in product(EVENTS, doses, (True, False), (True, False), (YES, SILENT)):
            earlier = ConsentDiscussion(
                id="earlier",
                event=TreatmentEvent.START,
                kind=TreatmentKind.MEDICATION,
                treatment="sertraline",
                discussed=ELEMENTS if is_whole else tuple(one for one in ELEMENTS if one != "purpose"),
                discussed_on=date(2026, 3, 1) if is_dated else None,
                discussed_by="prescriber",
                explained_by_prescriber=YES,
                written_form=YES,
                decided_by=DecidedBy.PATIENT,
                decision=ConsentDecision.AGREED,
                voluntary=yes,
                range_lower=mg(25),
                range_upper=mg(100),
                by_telehealth=NO,
            )
            essentials = {
                one.element or one.missing
                for one in whole(
                    event=event,
                    earlier=earlier,
                    medicine=MedicationStatement(id="m", text="sertraline", dose=mg(50)),
                    said={"dose": dose, "discussed": ()},
                ).reasons
                if one.weight is Weight.ESSENTIAL
            }
            relieved = (
                event in {TreatmentEvent.INCREASE, *LESS} and doses[dose] and is_whole and is_dated and yes is YES
            )

            assert (essentials <= FEW) is (relieved or event is TreatmentEvent.EARLY_EDUCATION)


#: What stays essential inside a range, of what is said in a talk.
FEW = {"reason-for-change", "stopping"}


# -- when it is talked about again -----------------------------------------------------------------------------------


class TestFreshness:
    """A talk without a day cannot be told fresh; nothing ages that was refused, withdrawn, or is over."""

    def test_whether_it_may_age(self):
        for decision, ongoing, day in product(DECISIONS, Recorded, (None, TALK)):
            dose = MedicationStatement(id="m", text="sertraline", dose=mg(100))
            review = whole(medicine=dose, ongoing=ongoing, said={"decision": decision, "discussed_on": day})
            one = found(review, "consent.freshness")
            ages = decision not in NO_TO and ongoing is not NO
            told = None if not ages else Answer.CANNOT_TELL if day is None else Answer.NOT_MET

            assert (one.answer if one is not None else None) is told

    def test_a_patient_who_came_of_age(self):
        """What someone else agreed to for a minor is asked again from the birthday on; silence about either asks."""
        grown = {None: SILENT, "1980-05-05": NO, "2015-01-01": NO, "2008-11-22": YES, "2008": SILENT}
        for by, born_on in product((None, *DecidedBy), grown):
            person = Person(id="p", born_on=born_on, interpreter_needed=NO)
            one = found(whole(person=person, said={"decided_by": by, "authority_seen": YES}), "consent.freshness")
            fired = ("trigger", "decider-changed") in one.because if one is not None else False
            other = by is DecidedBy.LAWFUL_DECIDER
            unknown = by is None or (other and grown[born_on] is SILENT)

            if other and grown[born_on] is YES:
                assert (one.answer, fired) == (Answer.NOT_MET, True)
            elif unknown and grown[born_on] is not NO:
                assert (one.answer, fired) == (Answer.CANNOT_TELL, True)
            else:
                assert one is None or one.answer is Answer.MET


# -- what the patient prefers ----------------------------------------------------------------------------------------


def tolerance(effect, acceptable):
    return EffectTolerance(effect=effect, horizon=Horizon.LONG_TERM, acceptable=acceptable)


class TestPreferences:
    """A conflict is a finding; what the patient agreed to knowing it is an answer; what nobody knows is asked."""

    EFFECTS = {"bleeding": True, "tardive-dyskinesia": False, "blue hair": False}

    def preferring(self, *, told=True, said=None, **fields):
        discussed = tuple(one for one in ELEMENTS if told or one != "risks.bleeding")
        preferences = PreferenceRecord(id="preferences", **{"effects": (), "options": (), **fields})
        return found(
            whole(said={"discussed": discussed, **(said or {})}, preferences=preferences), "consent.preference"
        )

    def test_an_effect(self):
        for fact, effect, told, agreed in product(Recorded, self.EFFECTS, (True, False), (True, False)):
            decision = ConsentDecision.AGREED if agreed else ConsentDecision.UNDECIDED
            one = self.preferring(
                told=told,
                said={"decision": decision},
                effects=(tolerance(effect, fact),),
            )

            assert one.answer is self.of_effect(fact, told and agreed, caused=self.EFFECTS[effect])
            assert one.is_open is (one.answer is not Answer.MET)

    @staticmethod
    def of_effect(fact, answered, *, caused):
        if fact is YES:
            return Answer.MET
        if not caused or fact is not NO:
            return Answer.CANNOT_TELL
        return Answer.MET if answered else Answer.NOT_MET

    def test_an_option(self):
        meant = {"sertraline": YES, "ssri": YES, "fluoxetine": NO, "psychotherapy": NO, "what my aunt had": SILENT}
        for fact, text, agreed in product(Recorded, meant, (True, False)):
            decision = ConsentDecision.AGREED if agreed else ConsentDecision.UNDECIDED
            options = (TreatmentOption(id="o", text=text, acceptable=fact),)
            one = self.preferring(said={"decision": decision}, options=options)
            asked = fact is not YES and meant[text] is not NO
            sure = meant[text] is YES and fact is NO
            answer = (Answer.MET if agreed else Answer.NOT_MET) if sure else Answer.CANNOT_TELL

            assert one.answer is (answer if asked else Answer.MET)

    def test_what_was_not_asked(self):
        """Not asked is not "no preference": only an empty list, asked for, says that there is none."""
        for effects, options in product((None, ()), repeat=2):
            asked = effects is not None and options is not None

            assert self.preferring(effects=effects, options=options).answer is (
                Answer.MET if asked else Answer.CANNOT_TELL
            )
        assert found(whole(preferences=None), "consent.preference").answer is Answer.CANNOT_TELL
