"""Each small decision table of competency, in every combination of the facts that it reads."""

from datetime import date, timedelta
from itertools import product

import pytest

from alliance_core import load_policy
from alliance_core.base.cases import first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import OPEN, Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.competency import (
    CapacityAssessment,
    CapacityReview,
    Decider,
    DeciderKind,
    DecisionCapacity,
    Determination,
    Engagement,
    LeavingRequest,
    LegalStatus,
    MinorFacts,
    PriorWishes,
    ReservedFacts,
    Stakes,
    deciders,
    escalation,
    review_capacity,
)
from alliance_core.competency import leaving as leaving_table
from alliance_core.competency import minors as minors_table
from alliance_core.competency.candidates import Standing, standing
from alliance_core.competency.consulted import held
from alliance_core.competency.determination import Outcome, determine, gather
from alliance_core.competency.escalation import Situation, Step
from alliance_core.competency.leaving import Departure, Leave
from alliance_core.competency.minors import Fit, Minor, MinorDecider
from alliance_core.competency.policy import ClockRow, MinorRow
from alliance_core.records import Consultation, ConsultedRole, Person

ON = date(2026, 11, 24)
YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
PLACES = {place: load_policy(place).competency for place in ("US", "US-NH", "US-NY", "US-CA", "US-FL", "GB-EAW")}
D, A, K = Determination, Answer, DeciderKind
SETTLED = {D.PRESUMED, D.CAPACITY_RECORDED}
ADULT = Person(id="person", born_on="1980-05-05")
#: What a question that only a yes answers well comes to.
BY_FACT = {YES: A.MET, NO: A.NOT_MET, UNCLEAR: A.JUDGEMENT, SILENT: A.CANNOT_TELL}
ASKING = {YES: A.MET, NO: A.NOT_MET, UNCLEAR: A.CANNOT_TELL, SILENT: A.CANNOT_TELL}
SHOWN = dict.fromkeys(
    ("understands", "retains", "appreciates", "reasons", "communicates", "information_given", "support_given"), YES
)
GOOD = ("in_force", "covers_decision", "is_adult", "available", "willing", "able")
BAD = ("conflicted", "patient_objects")


def record(**fields):
    return DecisionCapacity(id="record", **{"decision": "medication", "person": ADULT, "detained": NO, **fields})


def own(made, place="US"):
    """Return the determination and how it answers, with the case that says so."""
    policy, day = PLACES[place], Day(ON)
    return determine(gather(made, policy.timeline.at(day), day, policy=policy))


def reviewed(made, place="US") -> CapacityReview:
    return review_capacity(made, policy=PLACES[place], on=ON)


def decided(made, place="US"):
    """Return who decides, and how that answers."""
    review = reviewed(made, place)
    answers = [one.answer for one in review.findings if one.rule == "competency.decider"]
    return review.decider, (answers or [A.NOT_APPLICABLE])[0]


def assessed(conclusion, **facts):
    return CapacityAssessment(
        id="assessment", **{"assessed_on": ON, "assessed_by": "assessor", "conclusion": conclusion, **SHOWN, **facts}
    )


def lack(**facts):
    return assessed(NO, **{"understands": NO, "patient_objects": NO, "caused_by_impairment": YES, **facts})


def person(decider_class, number=0, **facts):
    known = dict.fromkeys((*GOOD, "authority_seen"), YES) | dict.fromkeys((*BAD, "disqualified"), NO)
    return Decider(id=f"decider-{number}", decider_class=decider_class, **{**known, **facts})


def combined(table, domains, is_good):
    """Return which facts a good answer left silent although another value of them would have changed it."""
    return {
        (gives.case, name)
        for facts, gives in table.items()
        if is_good(gives)
        for place, (name, domain) in enumerate(domains.items())
        if facts[place] in {None, SILENT}
        and {table[(*facts[:place], other, *facts[place + 1 :])].case for other in domain} != {gives.case}
    }


# -- (a) what is recorded about capacity -----------------------------------------------------------------------------

ONE = {
    "conclusion": tuple(Recorded),
    "understands": tuple(Recorded),
    "information_given": tuple(Recorded),
    "support_given": tuple(Recorded),
    "patient_objects": tuple(Recorded),
    "changed_since": tuple(Recorded),
    "older": (True, False),
    "grounds": (None, ("refusal",), ("what was said",)),
}


def of_one(facts):
    *said, line, older, grounds = facts
    names = tuple(ONE)[: len(said)]
    grounds = ("own-words",) if grounds == ("what was said",) else grounds
    day = ON - timedelta(days=1) if older else ON
    made = assessed(**dict(zip(names, said, strict=True)), assessed_on=day, grounds=grounds)
    return record(
        assessments=(made,), changed_since=line, changed_since_on=None if line is SILENT else ON, activated=NO
    )


class TestOneAssessment:
    """One assessor, one decision: every conclusion, with all that shows it or does not."""

    TABLE = {facts: own(of_one(facts)) for facts in product(*ONE.values())}

    def test_each_combination_has_its_answer(self):
        wrong = [
            facts
            for facts, gives in self.TABLE.items()
            if (gives.determination, gives.answer) != self.expected(dict(zip(ONE, facts, strict=True)))
        ]

        assert (len(self.TABLE), wrong[:3]) == (24_576, [])

    def expected(self, f):
        """Return what the sheet says, branch by branch: what changed, what is unclear, a lack, a capacity."""
        if f["changed_since"] in {YES, UNCLEAR}:
            return D.REASSESS, A.CANNOT_TELL
        if f["conclusion"] is SILENT:
            return D.NOT_ESTABLISHED, A.CANNOT_TELL
        if f["conclusion"] is UNCLEAR:
            return D.CONTESTED, A.JUDGEMENT
        return self.of_a_lack(f) if f["conclusion"] is NO else self.of_capacity(f)

    @staticmethod
    def of_a_lack(f):
        ability, support = f["understands"], all_yes(f["information_given"], f["support_given"])
        if f["patient_objects"] in {YES, UNCLEAR} or ability is YES:
            return D.CONTESTED, A.JUDGEMENT
        if ability is not NO:
            return D.NOT_ESTABLISHED, A.NOT_MET if f["grounds"] == ("refusal",) else A.CANNOT_TELL
        if support is not YES:
            return D.NOT_ESTABLISHED, A.NOT_MET if support is NO else A.CANNOT_TELL
        if f["patient_objects"] is SILENT:
            return D.NOT_ESTABLISHED, A.CANNOT_TELL
        if f["older"] and f["changed_since"] is SILENT:
            return D.REASSESS, A.CANNOT_TELL
        return D.LACK_RECORDED, A.MET

    @staticmethod
    def of_capacity(f):
        if f["understands"] in {NO, UNCLEAR}:
            return D.CONTESTED, A.JUDGEMENT
        is_old = f["older"] and f["changed_since"] is not NO
        whole = f["understands"] is YES and f["information_given"] is YES and not is_old
        return D.CAPACITY_RECORDED, A.MET if whole else A.CANNOT_TELL

    def test_silence_reassures_only_where_no_answer_would_change_anything(self):
        """A line that something changed is not asked for on the day of the assessment itself."""
        needed = combined(self.TABLE, ONE, lambda gives: gives.answer not in OPEN)

        assert needed == {("D22", "changed_since"), ("D25", "changed_since")}

    def test_a_lack_needs_an_ability_that_is_absent(self):
        """Whatever else is recorded, a lack without an ability shown absent is none."""
        assert {facts[1] for facts, gives in self.TABLE.items() if gives.determination is D.LACK_RECORDED} == {NO}


class TestNexus:
    """In England and Wales a lack is one because of an impairment; elsewhere nobody is asked."""

    @pytest.mark.parametrize("place", ["US", "GB-EAW"])
    def test_all(self, place):
        for facts in product(Recorded, repeat=2):
            made = lack(**dict(zip(("impairment", "caused_by_impairment"), facts, strict=True)))
            gives = own(record(assessments=(made,), activated=NO), place)
            told = BY_FACT[all_yes(*facts)] if place == "GB-EAW" else A.MET
            stands = {A.MET: D.LACK_RECORDED, A.JUDGEMENT: D.CONTESTED}.get(told, D.NOT_ESTABLISHED)

            assert (gives.determination, gives.answer) == (stands, told)


class TestWithoutAnAssessment:
    """Capacity is presumed; silence about concern asks lightly where the decision is not known to be routine."""

    DECISIONS = {None: None, "medication": True, "admission": False, "no-such-word": None}

    def test_all(self):
        for concern, decision, stakes, held_ in product(Recorded, self.DECISIONS, (None, *Stakes), (None, ())):
            gives = own(record(decision=decision, concern=concern, stakes=stakes, assessments=held_))
            routine = self.DECISIONS[decision] is True and stakes is not Stakes.HIGH
            told = {
                NO: (D.PRESUMED, A.NOT_APPLICABLE),
                SILENT: (D.PRESUMED, A.NOT_APPLICABLE if routine else A.CANNOT_TELL),
            }.get(concern, (D.NOT_ESTABLISHED, A.CANNOT_TELL))

            assert (gives.determination, gives.answer) == told


class TestOutsideTheseRules:
    """England and Wales: only a status or a kind of treatment that is known rules the mental health Act in, or out."""

    @pytest.mark.parametrize("place", ["US", "GB-EAW"])
    def test_all(self, place):
        for detained, treats in product(Recorded, repeat=2):
            gives = own(record(detained=detained, treats_mental_disorder=treats, concern=NO), place)
            told = {YES: D.OUT_OF_SCOPE, NO: D.PRESUMED}.get(all_yes(detained, treats), D.NOT_ESTABLISHED)

            assert gives.determination is (told if place == "GB-EAW" else D.PRESUMED)


class TestAge:
    """An adult by the birth date, or emancipated at whatever age; silence about both makes nobody an adult."""

    BORN = {None: SILENT, "1980-05-05": YES, "2015-01-01": NO, "2008": SILENT}

    def test_all(self):
        for born_on, emancipated in product(self.BORN, Recorded):
            gives = own(record(person=Person(id="p", born_on=born_on, emancipated=emancipated), concern=NO))
            adult = self.BORN[born_on] is YES or emancipated is YES

            assert (gives.determination is D.PRESUMED) is adult
            assert gives.determination in {D.PRESUMED, D.MINOR_PATH}


class TestCourt:
    """An order decides only if what it covers, that it is in force, and the order itself are recorded."""

    NAMES = ("covers_decision", "in_force", "authority_seen")

    def test_all(self):
        for facts in product(Recorded, repeat=3):
            guardian = person("guardian", **dict(zip(self.NAMES, facts, strict=True)))
            gives = own(record(deciders=(guardian,), concern=NO, activated=NO))
            covers, in_force, _ = facts
            none = NO in {covers, in_force}
            told = (D.PRESUMED, A.NOT_APPLICABLE) if none else (D.NOT_ESTABLISHED, A.CANNOT_TELL)

            assert (gives.determination, gives.answer) == ((D.DECIDED_BY_COURT, A.MET) if set(facts) == {YES} else told)


ACTIVE = {
    "activated": tuple(Recorded),
    "activation_in_force": tuple(Recorded),
    "activation_objected": tuple(Recorded),
    "conclusion": (None, *Recorded),
    "patient_objects": tuple(Recorded),
}


def of_activation(facts):
    activated, in_force, objected, conclusion, objects = facts
    held_ = () if conclusion is None else (changed(lack(), conclusion=conclusion, patient_objects=objects),)
    return record(
        assessments=held_,
        activated=activated,
        activation_in_force=in_force,
        activation_objected=objected,
        deciders=(person("agent"),),
        concern=NO,
    )


class TestActivation:
    """An activation serves while it is in force and nobody disputes it; silence about either never says so."""

    TABLE = {facts: own(of_activation(facts), "US-NH") for facts in product(*ACTIVE.values())}

    def test_where_it_stands(self):
        wrong = []
        for facts, gives in self.TABLE.items():
            activated, in_force, objected, conclusion, objects = facts
            active = activated is YES and in_force is not NO
            objections = {objected} | ({objects} if conclusion is not None else set())
            disputed = bool({YES, UNCLEAR} & (objections | {conclusion}))
            certain = active and in_force is YES and not disputed and objections == {NO} and conclusion is not SILENT
            held_ = {A.MET} if certain else {A.CANNOT_TELL} if active and not disputed else set()
            if (gives.determination is D.ACTIVATED) is not bool(held_) or (held_ and gives.answer not in held_):
                wrong.append(facts)
            if active and disputed:
                told = (D.CONTESTED, A.JUDGEMENT) if in_force is YES else (D.NOT_ESTABLISHED, A.CANNOT_TELL)
                if (gives.determination, gives.answer) != told:
                    wrong.append(facts)

        assert wrong == []

    def test_silence_reassures_only_where_no_answer_would_change_anything(self):
        """Without an assessment there is nobody whom the patient could have objected to."""
        table = {facts: gives for facts, gives in self.TABLE.items() if facts[3] is not None}
        domains = {**ACTIVE, "conclusion": tuple(Recorded)}
        needed = combined(table, domains, lambda gives: gives.answer is A.MET)

        assert needed == set()

    @pytest.mark.parametrize("activated", Recorded)
    def test_it_serves_no_place_where_each_decision_is_assessed(self, activated):
        for in_force, objected in product(Recorded, repeat=2):
            gives = own(of_activation((activated, in_force, objected, None, SILENT)), "US-NY")
            asked = activated is YES and in_force is not NO

            assert gives.determination is (D.NOT_ESTABLISHED if asked else D.PRESUMED)


class TestTwoAssessors:
    """Two who agree stand; two who differ, or one who cannot say, are weighed; a silent conclusion is asked for."""

    def test_all(self):
        for one, two, objects in product(Recorded, Recorded, Recorded):
            pair = (
                changed(lack(patient_objects=objects), conclusion=one),
                changed(lack(), id="second", assessed_by="another", conclusion=two),
            )
            gives = own(record(assessments=pair, activated=NO))
            both = {one, two}
            agree = both == {NO} and objects is not SILENT  # beside a second who agrees an objection is another finding
            told = D.LACK_RECORDED if agree else D.NOT_ESTABLISHED
            told = D.CONTESTED if UNCLEAR in both or both >= {YES, NO} or both == {YES} else told

            assert gives.determination is told
            assert (gives.answer is A.MET) is agree


# -- (b) who decides -------------------------------------------------------------------------------------------------


def lacking(place="US-NY", **fields):
    """Return a recorded lack, with nothing open but what is said."""
    return record(
        **{
            "assessments": (lack(impairment=YES),),
            "activated": NO,
            "prior_wishes": PriorWishes(exist=NO),
            "reserved": ReservedFacts(over_objection=NO, antipsychotic=NO),
            **fields,
        }
    )


class TestStanding:
    """One person's authority: a no excludes, silence leaves it unknown, a conflict or an objection is doubtful."""

    @pytest.mark.parametrize("name", GOOD)
    def test_all(self, name):
        """One of the facts that are needed, with every answer about the paper, a conflict, an objection, a bar."""
        for needed, seen, conflicted, objects, barred in product(Recorded, repeat=5):
            facts = {name: needed, "authority_seen": seen, "conflicted": conflicted, "patient_objects": objects}
            one = standing(person("agent", **facts, disqualified=barred))

            assert one is self.expected(needed, seen, {conflicted, objects}, barred)

    @staticmethod
    def expected(needed, seen, doubts, barred):
        if needed is NO or barred is YES:
            return Standing.EXCLUDED
        if needed is not YES or barred is not NO:
            return Standing.UNKNOWN
        if {YES, UNCLEAR} & doubts:
            return Standing.DOUBTFUL
        return Standing.STANDS if doubts == {NO} and seen is YES else Standing.UNKNOWN

    def test_every_pair(self):
        """Two of the facts that are needed: the worse of them counts."""
        for (one, two), a, b in product(product(GOOD, GOOD), Recorded, Recorded):
            if one == two:
                continue
            worse = NO if NO in {a, b} else SILENT if {a, b} != {YES} else YES

            assert standing(person("agent", **{one: a, two: b})) is self.expected(worse, YES, {NO}, NO)


WISHES = dict.fromkeys(("exist", "valid", "apply", "displaced"), tuple(Recorded))


class TestPriorWishes:
    """A directive decides only if it is valid, applies and nothing displaces it; silence about it is asked about."""

    def test_all(self):
        for facts in product(Recorded, repeat=4):
            wishes = PriorWishes(**dict(zip(WISHES, facts, strict=True)))
            for people in ((), (person("agent"),)):
                made = lacking(prior_wishes=wishes, deciders=people)

                assert decided(made, "US-NY") == self.expected(*facts, named=bool(people))

    @staticmethod
    def expected(exist, valid, apply, displaced, *, named):
        without = (K.NAMED_CLASS, A.MET) if named else (K.UNREPRESENTED, A.JUDGEMENT)
        if exist is SILENT:
            return (K.NAMED_CLASS if named else K.OPEN), A.CANNOT_TELL
        if exist is UNCLEAR:
            return K.OPEN, A.JUDGEMENT
        if exist is NO or NO in {valid, apply} or displaced is YES:
            return without
        if (valid, apply, displaced) == (YES, YES, NO):
            return K.PRIOR_WISHES, A.MET
        return K.OPEN, A.JUDGEMENT if UNCLEAR in {valid, apply, displaced} else A.CANNOT_TELL


class TestAgentAndGuardian:
    """Both are recorded: the agent comes first unless the order suspends them, and silence about that is asked."""

    def test_all(self):
        for suspends, agent, guardian in product(Recorded, (YES, NO), (YES, NO)):
            people = (
                person("agent", 0, available=agent),
                person("guardian", 1, covers_decision=YES, available=guardian, authority_seen=YES),
            )
            kind, answer = decided(lacking(deciders=people, order_suspends_agent=suspends), "US-NY")
            found = reviewed(lacking(deciders=people, order_suspends_agent=suspends), "US-NY").decider_class

            if agent is YES and not suspends.known:
                assert (kind, answer) == (K.OPEN, A.CANNOT_TELL)
            elif agent is YES and suspends is NO:
                assert (kind, answer, found) == (K.NAMED_CLASS, A.MET, "agent")
            elif guardian is YES:
                assert (kind, answer, found) == (K.NAMED_CLASS, A.MET, "guardian")
            else:
                assert kind not in {K.NAMED_CLASS, K.DOUBTED_CLASS}


class TestBestInterests:
    """England and Wales: a dispute is for the court; serious treatment and nobody to consult asks for an advocate."""

    NAMES = (
        "decider_dispute",
        "finely_balanced",
        "serious_treatment",
        "nobody_to_consult",
        "advocate_instructed",
        "consultees_heard",
    )

    def test_all(self):
        for facts in product(Recorded, repeat=6):
            made = lacking(deciders=(), treats_mental_disorder=NO, **dict(zip(self.NAMES, facts, strict=True)))

            assert decided(made, "GB-EAW") == self.expected(*facts), facts

    @staticmethod
    def expected(dispute, balanced, serious, nobody, advocate, heard):
        if {YES, UNCLEAR} & {dispute, balanced}:
            return K.COURT, A.JUDGEMENT
        alone = all_yes(serious, nobody)
        if alone is YES and advocate is not YES:
            return K.BEST_INTERESTS, ASKING[advocate]
        if alone is not NO and advocate is not YES:
            return K.BEST_INTERESTS, A.CANNOT_TELL
        settled = heard is YES and {dispute, balanced} == {NO}
        return K.BEST_INTERESTS, A.MET if settled else A.CANNOT_TELL


class TestOfOneMind:
    """Several of one class: agreement decides, else a majority where the list has it; silence about either is asked."""

    @pytest.mark.parametrize(("place", "by_majority"), [("US-FL", True), ("US-NY", False)])
    def test_all(self, place, by_majority):
        classes = {row.decider_class for rank in PLACES[place].timeline.at(Day(ON)).ranks for row in rank}
        word = next(one for one in sorted(classes) if one.startswith("adult-child"))
        for number, agreement, majority in product((1, 2), Recorded, Recorded):
            people = tuple(person(word, n) for n in range(number))
            empty = tuple(classes - {word})
            made = lacking(deciders=people, no_one_in=empty, agreement=agreement, majority=majority)

            assert decided(made, place) == self.expected(number, agreement, majority, by_majority=by_majority)

    @staticmethod
    def expected(number, agreement, majority, *, by_majority):
        if number == 1 or agreement is YES:
            return K.NAMED_CLASS, A.MET
        if agreement is not NO:
            return K.OPEN, A.CANNOT_TELL
        if not by_majority:
            return K.DEADLOCK, A.JUDGEMENT
        told = {YES: (K.NAMED_CLASS, A.MET), NO: (K.DEADLOCK, A.JUDGEMENT)}
        return told.get(majority, (K.OPEN, A.CANNOT_TELL))


class TestReservedFacts:
    """An agent over the patient's present objection: weighed if they object, asked if nobody says."""

    def test_over_objection(self):
        for objects, court, granted in product(Recorded, repeat=3):
            facts = ReservedFacts(over_objection=objects, court_authority=court, granted_expressly=granted)
            made = lacking(reserved=facts, deciders=(person("agent"),))
            told = {YES: (K.DOUBTED_CLASS, A.JUDGEMENT), NO: (K.NAMED_CLASS, A.MET)}
            told[UNCLEAR] = told[YES]

            assert decided(made, "US-NY") == told.get(objects, (K.NAMED_CLASS, A.CANNOT_TELL))


class TestUrgent:
    """The emergency path opens wherever care is urgent and nobody is known to decide in time, and never blocks."""

    def test_all(self):
        for urgent, reachable, wishes in product(Recorded, Recorded, product(Recorded, repeat=4)):
            held_ = PriorWishes(**dict(zip(WISHES, wishes, strict=True)))
            made = lacking(urgent=urgent, decider_reachable=reachable, prior_wishes=held_, deciders=())
            found = [one for one in reviewed(made, "US-NY").findings if one.rule == "competency.emergency"]
            asked = urgent is not NO and reachable is not YES and wishes != (YES, YES, YES, NO)
            exist, valid, apply, displaced = wishes
            refusal = exist is YES and apply is YES and valid is not NO and displaced is not YES

            assert [one.answer for one in found] == [A.JUDGEMENT if urgent is YES else A.CANNOT_TELL] * asked
            assert not asked or (found[0].weight is Weight.ESSENTIAL) is (urgent is YES and refusal)


# -- (c) what comes next ---------------------------------------------------------------------------------------------

PARTS = (
    "identity_seen",
    "assessment_discussed",
    "options_discussed",
    "questions_answered",
    "decision_recorded",
    "patient_view_carried",
)


class TestEngaged:
    """Fully engaged is all six parts; one that is not recorded is asked for, and named."""

    def test_all(self):
        base = lacking(deciders=(person("agent"),))
        for facts in product(Recorded, repeat=6):
            engagement = Engagement(**dict(zip(PARTS, facts, strict=True)))
            review = reviewed(changed(base, engagement=engagement), "US-NY")
            one = next(one for one in review.findings if one.item == "medication" and one.rule.endswith("escalation"))
            missing = tuple(f"engagement.{name}" for name, fact in zip(PARTS, facts, strict=True) if fact is not YES)

            assert one.answer is ASKING[all_yes(*facts)]
            assert one.missing == missing
            assert review.step is Step.ENGAGE_DECIDER


class TestConsulted:
    """A consultation counts if it was held and documented, with whom and when, by the day, in the role asked for."""

    def test_all(self):
        roles, days = (ConsultedRole.COLLEAGUE, ConsultedRole.COUNSEL), (None, ON, ON + timedelta(days=1))
        for role, was, documented, by, day in product(roles, Recorded, Recorded, (None, "Dr. C"), days):
            one = Consultation(id="c", role=role, held=was, documented=documented, by=by, held_on=day)
            counts = role is ConsultedRole.COLLEAGUE and (day is None or day <= ON)
            named = YES if by is not None and day is not None else SILENT
            told = all_yes(was, documented, named) if counts else NO

            assert held((one,), Day(ON), ConsultedRole.COLLEAGUE) is told
        assert held(None, Day(ON), ConsultedRole.COLLEAGUE) is SILENT


DOUBTED = lacking(deciders=(person("agent", conflicted=YES),))
NOBODY = lacking(deciders=())
GRAY = record(assessments=(assessed(UNCLEAR),), activated=NO)


class TestSteps:
    """A consultation that counts answers the step it is asked for; what it leaves to be weighed stays so."""

    @pytest.mark.parametrize(
        ("made", "step", "role", "done"),
        [
            (GRAY, Step.CONSULT, ConsultedRole.COLLEAGUE, A.MET),
            (GRAY, Step.CONSULT, ConsultedRole.COUNSEL, A.MET),
            (DOUBTED, Step.COUNSEL, ConsultedRole.COUNSEL, A.JUDGEMENT),
            (NOBODY, Step.ETHICS_OR_COUNSEL, ConsultedRole.ETHICS, A.JUDGEMENT),
            (NOBODY, Step.ETHICS_OR_COUNSEL, ConsultedRole.COUNSEL, A.JUDGEMENT),
        ],
        ids=lambda one: one.value if isinstance(one, ConsultedRole | Step) else None,
    )
    def test_all(self, made, step, role, done):
        for was, documented in product(Recorded, repeat=2):
            one = Consultation(id="c", role=role, held=was, documented=documented, by="Dr. C", held_on=ON)
            review = reviewed(changed(made, consultations=(one,)), "US-NY")
            found = [one.answer for one in review.findings if ("step", step.value) in one.because]
            both = all_yes(was, documented)

            assert review.step is step
            assert found == [done if both is YES else ASKING[both]]

    def test_there_is_none_only_where_the_patient_decides_and_nothing_is_open(self):
        """Every determination with every answer, whoever decides: each has one step, and silence never has none."""
        for determination, answer, kind in product(D, A, K):
            outcome = Outcome(determination=determination, answer=answer)
            decides = deciders.Decides(kind=kind, answer=answer)
            facts = dict.fromkeys(("colleague_or_counsel", "counsel", "ethics_or_counsel", "engaged", "court"), SILENT)
            situation = Situation(
                record=record(),
                own=outcome,
                decides=decides,
                settled=True,
                ruled="",
                overruled=False,
                court_only=False,
                **facts,
            )
            step = first(escalation.NEXT, situation).gives.step
            settled = determination in {*SETTLED, D.MINOR_PATH} and answer not in OPEN

            assert (step is Step.NONE) is (settled and kind is not K.ROUTE)


# -- (d) leaving -----------------------------------------------------------------------------------------------------

NOTICE = next(row for row in read_table("capacity_clocks", ClockRow) if row.subject == "voluntary-discharge-request")
OTHERS = {D.LACK_RECORDED, D.ACTIVATED, D.DECIDED_BY_COURT}


def leave(determination=D.CAPACITY_RECORDED, answer=A.MET, **facts):
    table = {name: facts.pop(name) for name in ("support", "notice_table", "notice_needed", "about_leaving")}
    parts = {name: (NOTICE,) if facts.pop(name) else () for name in ("unfinished", "silent")}
    made = Leave(
        request=LeavingRequest(**facts),
        own=Outcome(determination=determination, answer=answer),
        notice=NOTICE,
        **table,
        **parts,
    )
    return first(leaving_table.CASES, made).gives


WHOLE = {
    "requested": YES,
    "legal_status": LegalStatus.VOLUNTARY,
    "danger": NO,
    "recompensating": NO,
    "foreseeable_relapse": YES,
    "notice_given": YES,
    "support": YES,
    "notice_table": True,
    "notice_needed": True,
    "about_leaving": True,
    "unfinished": False,
    "silent": False,
}


class TestLeaving:
    """Every step of the table in turn, with every answer before it."""

    def test_whether_it_is_a_matter_of_leaving(self):
        """Asked, on what footing, in what danger: only a known no of danger lets the patient's own decision count."""
        status = (None, *LegalStatus)
        for asked, footing, danger, considered in product(Recorded, status, Recorded, Recorded):
            facts = {"requested": asked, "legal_status": footing, "danger": danger, "hold_considered": considered}

            assert leave(**{**WHOLE, **facts}).next is self.first_steps(asked, footing, danger, considered)

    @staticmethod
    def first_steps(asked, footing, danger, considered):
        if asked is not YES:
            return Departure.NOT_ASKED if asked is NO else Departure.ASK
        if footing is None:
            return Departure.LEGAL_STATUS
        if footing in {LegalStatus.HELD, LegalStatus.ADMITTED_BY_DECIDER}:
            return Departure.OTHER_PROCESS
        if danger is YES:
            return Departure.WEIGH if considered is YES else Departure.ENTITLED_PERSON_CONSIDERS
        return Departure.PATIENT_DECIDES if danger is NO else Departure.ASSESS_DANGER

    def test_danger_that_nobody_entitled_considered(self):
        for considered in Recorded:
            told = ASKING[considered] if considered is not YES else A.JUDGEMENT

            assert leave(**{**WHOLE, "danger": YES, "hold_considered": considered}).answer is told

    def test_who_decides_about_leaving(self):
        """Another decision's record, another decider, a gray case, an open assessment: none lets it be settled."""
        answers = (A.MET, A.NOT_APPLICABLE, A.CANNOT_TELL, A.JUDGEMENT, A.NOT_MET)
        course = tuple(product(Recorded, repeat=2))
        for about, determination, answer, (better, relapse) in product((True, False), D, answers, course):
            facts = {"about_leaving": about, "recompensating": better, "foreseeable_relapse": relapse}
            gives = leave(determination, answer, **{**WHOLE, **facts})

            assert gives.next is self.who(about, determination, answer, better, relapse)
            assert gives.answer is not A.MET or (determination in SETTLED and answer not in OPEN)

    @staticmethod
    def who(about, determination, answer, better, relapse):
        if not about and determination is not D.ACTIVATED:
            return Departure.ASSESS_LEAVING
        if determination in OTHERS or determination is D.MINOR_PATH:
            return Departure.HEAR_DECIDER
        if determination in {D.NOT_ESTABLISHED, D.REASSESS}:
            return Departure.ASSESS_LEAVING
        if determination is D.CONTESTED or {better, relapse} == {YES}:
            return Departure.CONSULT_EVERYONE
        if NO not in {better, relapse}:
            return Departure.RECORD_COURSE
        settled = determination in SETTLED and answer not in OPEN
        return Departure.PATIENT_DECIDES if settled else Departure.COMPLETE_ASSESSMENT

    def test_a_gray_case(self):
        """Everyone is heard: one who was not, or a talk that nobody documented, is not met; silence keeps it gray."""
        for team, support, documented in product(Recorded, repeat=3):
            facts = {"team_consulted": team, "support": support, "consultation_documented": documented}
            gives = leave(**{**WHOLE, "recompensating": YES, **facts})

            assert gives.next is Departure.CONSULT_EVERYONE
            assert gives.answer is (A.NOT_MET if NO in {team, support, documented} else A.JUDGEMENT)

    def test_notice_and_plan(self):
        """Leaving is all recorded only with a rule on notice, the notice it needs, and every part of the plan."""
        for known, needed, given, undone, silent in product(
            (True, False), (True, False), Recorded, *[(True, False)] * 2
        ):
            facts = {"notice_table": known, "notice_needed": needed, "notice_given": given}
            gives = leave(**{**WHOLE, **facts, "unfinished": undone, "silent": silent})

            assert (gives.next, gives.answer) == self.last_steps(known, needed, given, undone, silent)

    @staticmethod
    def last_steps(known, needed, given, undone, silent):
        if not known:
            return Departure.NOTICE_RULE, A.CANNOT_TELL
        if needed and given is not YES:
            return (Departure.NOTICE, A.NOT_MET) if given is NO else (Departure.NOTICE_RULE, A.CANNOT_TELL)
        if undone or silent:
            return Departure.FINISH_WITH_PATIENT, A.NOT_MET if undone else A.CANNOT_TELL
        return Departure.PATIENT_DECIDES, A.MET


# -- (m) minors ------------------------------------------------------------------------------------------------------

MINOR_ROWS = {row.rule: row for row in read_table("minor_rules", MinorRow)}
PARENTS = ("parent_authority", "parents_agree", "parent_conflicted", "parent_decided", "child_view_recorded")
MINOR = {
    "named": (True, False),
    "court": (True, False),
    "refusal": tuple(Recorded),
    "own": tuple(Recorded),
    **dict.fromkeys(PARENTS, tuple(Recorded)),
}


def fit(rule, *, applies=YES, condition=YES):
    return Fit(row=MINOR_ROWS[rule], applies=applies, condition=condition, missing=())


def of_minor(facts):
    named, court, refusal, own_, *parents = facts
    minor = MinorFacts(refuses=refusal, **dict(zip(PARENTS, parents, strict=True)))
    rules = (fit("court-may-decide"),) if court else ()
    made = Minor(
        record=record(serious_treatment=YES),
        named=named,
        facts=minor,
        fits=(*rules, fit("refusal-weighed"), fit("own-consent", condition=own_)),
    )
    return first(minors_table.CASES, made).gives


class TestMinors:
    """Every combination of a refusal, an own say, and what is recorded of the parents: 65,536, each in one case."""

    TABLE = {facts: of_minor(facts) for facts in product(*MINOR.values())}

    def test_each_combination_has_its_answer(self):
        wrong = [
            facts
            for facts, gives in self.TABLE.items()
            if (gives.decides, gives.answer) != self.expected(dict(zip(MINOR, facts, strict=True)))
        ]

        assert (len(self.TABLE), wrong[:3]) == (65_536, [])

    @staticmethod
    def expected(f):
        """Return what the sheet says: the decision, a refusal, an own say, the parents."""
        if not f["named"]:
            return MinorDecider.OPEN, A.CANNOT_TELL
        if f["court"] and f["refusal"] is not NO:
            known = f["refusal"] is not SILENT
            return (MinorDecider.COURT, A.JUDGEMENT) if known else (MinorDecider.OPEN, A.CANNOT_TELL)
        if f["own"] is not NO:
            return MinorDecider.MINOR if f["own"] is YES else MinorDecider.OPEN, BY_FACT[f["own"]]
        if f["parents_agree"] in {NO, UNCLEAR} or f["parent_conflicted"] in {YES, UNCLEAR}:
            return MinorDecider.OPEN, A.JUDGEMENT
        if f["refusal"] in {YES, UNCLEAR}:
            return MinorDecider.OPEN, A.JUDGEMENT
        good = {f[name] for name in PARENTS if name != "parent_conflicted"} == {YES}
        decided_ = good and f["parent_conflicted"] is NO and f["refusal"] is NO
        return (MinorDecider.PARENT, A.MET) if decided_ else (MinorDecider.OPEN, A.CANNOT_TELL)

    def test_silence_reassures_only_where_no_answer_would_change_anything(self):
        assert combined(self.TABLE, MINOR, lambda gives: gives.answer is A.MET) == set()

    def test_each_case_decides_somewhere(self):
        assert {gives.case for gives in self.TABLE.values()} == {case.id for case in minors_table.CASES}

    def test_what_makes_a_refusal_one_for_a_court(self):
        """The rule of the place, the refusal and how serious it is: silence about one leaves it open."""
        for applies, refuses, serious in product(Recorded, repeat=3):
            made = Minor(
                record=record(serious_treatment=serious),
                named=True,
                facts=MinorFacts(refuses=refuses),
                fits=(fit("court-may-decide", applies=applies),),
            )

            assert made.refusal is all_yes(applies, refuses, serious)

    def test_what_makes_a_decision_the_minors_own(self):
        """Two rules: one that holds is enough, and one that may hold keeps it open."""
        for one, two, three, four in product(Recorded, repeat=4):
            fits = (fit("own-consent", applies=one, condition=two), fit("own-consent", applies=three, condition=four))
            made = Minor(record=record(), named=True, facts=MinorFacts(), fits=fits)

            assert made.own is any_yes(all_yes(one, two), all_yes(three, four))
