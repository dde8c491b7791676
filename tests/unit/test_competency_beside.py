"""What stands beside the determination, the steps that are asked for, and what reserves a decision."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from alliance_core import CalendarDuration, Recorded, load_policy
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis
from alliance_core.base.tables import read_table
from alliance_core.competency import (
    CapacityAssessment,
    CapacityEvent,
    Course,
    Decider,
    DecisionCapacity,
    Determination,
    LeavingRequest,
    LegalStatus,
    MinorFacts,
    PriorWishes,
    ReservedFacts,
    Score,
    Stakes,
    Step,
    review_capacity,
)
from alliance_core.competency.policy import MinorRow, ScoreRow, StepRow
from alliance_core.records import Consultation, ConsultedRole, Person, Setting

ON = date(2026, 11, 24)
YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
ADULT = Person(id="person", born_on="1980-05-05")
CHILD = Person(id="person", born_on="2011-03-01")
SHOWN = dict.fromkeys(("understands", "retains", "appreciates", "reasons", "communicates"), YES)
LACK = CapacityAssessment(
    id="assessment",
    assessed_on=ON,
    assessed_by="Dr. A",
    conclusion=NO,
    patient_objects=NO,
    **dict.fromkeys(("information_given", "support_given", "impairment", "caused_by_impairment"), YES),
    **(SHOWN | {"understands": NO}),
)
CAPABLE = changed(LACK, conclusion=YES, understands=YES)
RECORD = DecisionCapacity(id="record", decision="medication", person=ADULT, assessments=(LACK,), detained=NO)
STANDS = {
    **dict.fromkeys(("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able"), YES),
    **dict.fromkeys(("disqualified", "conflicted", "patient_objects"), NO),
}


def stands(word, **differences):
    return Decider(id=word, decider_class=word, **(STANDS | differences))


def reviewed(place="US", on=ON, policy=None, **fields):
    return review_capacity(changed(RECORD, **fields), policy=(policy or load_policy(place)).competency, on=on)


def of_rule(review, rule):
    return [one for one in review.findings if one.rule == f"competency.{rule}"]


def answers(review, rule):
    return [(one.answer, one.weight, one.missing) for one in of_rule(review, rule)]


# -- waiting ---------------------------------------------------------------------------------------------------------


class TestWaiting:
    """Where ability is expected to return, what can wait waits; whether it can is asked, and nothing else is."""

    @pytest.mark.parametrize("course", [Course.TEMPORARY, Course.FLUCTUATING])
    def test_it_returns(self, course):
        lack = (changed(LACK, expected_course=course),)

        assert [(Answer.JUDGEMENT, Weight.REQUIRED, ())] == answers(reviewed(assessments=lack, can_wait=YES), "wait")
        for fact in (SILENT, UNCLEAR):
            review = reviewed(assessments=lack, can_wait=fact)
            assert [(Answer.CANNOT_TELL, Weight.REQUIRED, ("can_wait",))] == answers(review, "wait")

    @pytest.mark.parametrize(
        "fields",
        [
            {"can_wait": NO},
            {"assessments": (changed(LACK, expected_course=Course.LASTING),)},
            {"assessments": (LACK,)},
            {"assessments": (changed(CAPABLE, expected_course=Course.TEMPORARY),)},
            {"assessments": None},
            {"decision": "will"},
            {"person": CHILD},
        ],
    )
    def test_nothing_to_wait_for(self, fields):
        """What cannot wait, what does not return, a capacity that was found, and another's route."""
        lack = (changed(LACK, expected_course=Course.TEMPORARY),)

        assert [] == answers(reviewed(**({"assessments": lack} | fields)), "wait")


# -- high stakes -----------------------------------------------------------------------------------------------------


class TestScale:
    """High stakes ask for a second opinion about either conclusion, and never for more ability or another answer."""

    COLLEAGUE = Consultation(id="c", role=ConsultedRole.COLLEAGUE, held=YES, held_on=ON, by="Dr. C", documented=YES)

    @pytest.mark.parametrize("one", [LACK, CAPABLE])
    def test_a_second_opinion(self, one):
        second = changed(one, id="second", assessed_by="Dr. B", assessed_on=ON - timedelta(days=200))
        high = {"stakes": Stakes.HIGH, "assessments": (one,)}

        assert [(Answer.MET, Weight.RECOMMENDED, ())] == answers(
            reviewed(**high, consultations=(self.COLLEAGUE,)), "scale"
        )
        assert [Answer.MET] == [a for a, *_ in answers(reviewed(**(high | {"assessments": (one, second)})), "scale")]
        assert [(Answer.NOT_MET, Weight.RECOMMENDED, ("consultations.colleague",))] == answers(
            reviewed(**high, consultations=()), "scale"
        )
        assert [(Answer.CANNOT_TELL, Weight.RECOMMENDED, ("consultations.colleague",))] == answers(
            reviewed(**high), "scale"
        )

    def test_a_second_opinion_without_a_day_is_none(self):
        """Nobody can tell whether it was given by now."""
        second = changed(LACK, id="second", assessed_by="Dr. B", assessed_on=None)
        ahead = changed(LACK, id="second", assessed_by="Dr. B", assessed_on=ON + timedelta(days=1))
        for one in (second, ahead):
            review = reviewed(stakes=Stakes.HIGH, assessments=(LACK, one), consultations=())
            assert [Answer.NOT_MET] == [answer for answer, *_ in answers(review, "scale")]

    @pytest.mark.parametrize(
        ("place", "fields"),
        [
            ("US", {"stakes": Stakes.ORDINARY}),
            ("US", {"stakes": None}),
            ("US", {"stakes": Stakes.HIGH, "assessments": None}),
            ("GB-EAW", {"stakes": Stakes.HIGH}),
        ],
    )
    def test_not_asked(self, place, fields):
        """Ordinary stakes, nothing assessed, and England and Wales, which has no such scale."""
        assert [] == of_rule(reviewed(place, **fields), "scale")


# -- an order of a court ---------------------------------------------------------------------------------------------


class TestOrder:
    """A court decided, and an assessor found capacity for this decision: the order stands, and counsel is asked."""

    def test_capacity_found(self):
        review = reviewed("US-NH", deciders=(stands("guardian"),), assessments=(CAPABLE,))

        assert Determination.DECIDED_BY_COURT is review.determination
        assert [(Answer.JUDGEMENT, Weight.REQUIRED, ())] == answers(review, "order")
        assert Step.COUNSEL is review.step

    @pytest.mark.parametrize(
        "fields",
        [
            {"assessments": (LACK,)},
            {"assessments": None},
            {"deciders": ()},
            {"events": (CapacityEvent(id="e", trigger="clinical-change"),)},
        ],
    )
    def test_not_so(self, fields):
        """No capacity found, no order, or something has changed since."""
        known = {"deciders": (stands("guardian"),), "assessments": (CAPABLE,)} | fields

        assert [] == of_rule(reviewed("US-NH", **known), "order")


# -- looking again ---------------------------------------------------------------------------------------------------


class TestRecheck:
    """An activation stands, and after our interval someone looks again; the day takes nothing away by itself."""

    ACTIVE = {"activated": YES, "activation_in_force": YES, "activation_objected": NO}
    LASTING = {"setting": Setting.OUTPATIENT, "deciders": (stands("agent"),)} | ACTIVE

    def held(self, days, **fields):
        last = changed(LACK, assessed_on=ON - timedelta(days=days), expected_course=Course.LASTING)
        return reviewed("US-NH", assessments=(last,), **(self.LASTING | fields))

    def test_a_year(self):
        before, after = self.held(365), self.held(366)

        assert ([], ON + timedelta(days=1)) == (of_rule(before, "recheck"), before.valid_until)
        assert [(Answer.CANNOT_TELL, Weight.RECOMMENDED, ("assessments",))] == answers(after, "recheck")
        assert [(ON - timedelta(days=1), ("CLK-PR-5",))] == [(f.due_on, f.rows) for f in of_rule(after, "recheck")]
        assert Determination.ACTIVATED is after.determination

    def test_a_line_that_nothing_has_changed(self):
        """Someone looked since: the interval begins there. A line that comes later says nothing yet."""
        line = {"changed_since": NO, "changed_since_on": ON - timedelta(days=9)}

        assert [] == of_rule(self.held(400, **line), "recheck")
        assert of_rule(self.held(400, **(line | {"changed_since_on": ON + timedelta(days=1)})), "recheck")

    @pytest.mark.parametrize("fields", [{"activation_objected": SILENT}, {"setting": Setting.EMERGENCY}])
    def test_not_asked(self, fields):
        """Where the activation itself is open, or no interval fits."""
        assert [] == of_rule(self.held(400, **fields), "recheck")


# -- scores ----------------------------------------------------------------------------------------------------------


def scored(tool, amount, place="US", part=None, policy=None, **fields):
    score = Score(tool=tool, amount=Decimal(amount), part=part)
    return reviewed(place, policy=policy, **({"assessments": (changed(CAPABLE, scores=(score,)),)} | fields))


class TestScores:
    """A low score raises the question and answers nothing; every other score is stored and shown."""

    @pytest.mark.parametrize(
        ("tool", "amount", "decision", "asks"),
        [
            ("MMSE", "19", "medication", True),
            ("MMSE", "20", "medication", False),
            (" mmse ", "0", "placement", True),
            ("UBACC", "14.5", "research", True),
            ("UBACC", "15", "research", False),
            ("UBACC", "14.5", "medication", False),
            ("MoCA", "3", "medication", False),
            ("MacCAT-T", "0", "medication", False),
        ],
    )
    def test_cuts(self, tool, amount, decision, asks):
        found = of_rule(scored(tool, amount, decision=decision), "score")

        assert asks == bool(found)
        assert {(Answer.JUDGEMENT, Weight.RECOMMENDED)} >= {(one.answer, one.weight) for one in found}

    def test_a_part_is_no_result(self):
        assert [] == of_rule(scored("MMSE", "3", part="recall"), "score")

    def test_only_beside_a_recorded_capacity(self):
        """Where the question is open already, a score adds nothing; a lack is never read from it."""
        score = Score(tool="MMSE", amount=Decimal(3))
        review = reviewed(assessments=(changed(LACK, scores=(score,)),))

        assert [] == of_rule(review, "score")
        assert Determination.CAPACITY_RECORDED is scored("MMSE", "3").determination

    def test_a_site_may_leave_it_out(self):
        """A site may say that a tool raises no question; that a score decides is no choice."""
        row = next(one for one in read_table("capacity_scores", ScoreRow) if one.tool == "mmse")
        own = changed(row, row_id="OURS", source_id="site:ours", basis=Basis.PRACTICE, effect="none")
        policy = load_policy("US").with_rows([own])

        assert of_rule(scored("MMSE", "3"), "score")
        assert [] == of_rule(scored("MMSE", "3", policy=policy), "score")

    def test_no_row_decides(self):
        assert {"raise-question"} == {row.effect for row in read_table("capacity_scores", ScoreRow)}


# -- what reserves a decision ----------------------------------------------------------------------------------------


def test_a_row_says_that_nobody_decides_for_another():
    """England and Wales: no route leads to someone who votes or marries for the patient; the row is cited."""
    [found] = of_rule(reviewed("GB-EAW", decision="voting"), "decider")

    assert ("decider", "route") == found.because[0]
    assert ("RES-13-voting",) == found.rows


def test_a_decision_that_only_a_court_settles():
    """Texas: those who may decide differ, and only a court settles it; New York says no such thing."""
    two = (stands("adult-child"), changed(stands("adult-child"), id="other"))
    fields = {
        "deciders": two,
        "no_one_in": ("agent", "guardian", "spouse", "spouse-partner"),
        "agreement": NO,
        "activated": NO,
        "prior_wishes": PriorWishes(exist=NO),
        "decision": "procedure",
        "setting": Setting.INPATIENT,
    }
    found = {place: {one.step for one in reviewed(place, **fields).obligations} for place in ("US-TX", "US-NY")}

    assert "ask-court-or-statute" in found["US-TX"]
    assert "ask-court-or-statute" not in found["US-NY"]


def test_a_dispute_before_the_court_of_protection():
    """England and Wales: counsel and the court; done, it stays for a person to weigh."""
    counsel = Consultation(id="c", role=ConsultedRole.COUNSEL, held=YES, held_on=ON, by="C", documented=YES)
    review = reviewed(
        "GB-EAW",
        deciders=(),
        decider_dispute=YES,
        prior_wishes=PriorWishes(exist=NO),
        consultations=(counsel,),
        reserved=ReservedFacts(court_authority=YES),
    )
    told = {one.step: one.answer for one in review.obligations}

    assert (Answer.JUDGEMENT, Answer.JUDGEMENT) == (told["consult-counsel"], told["ask-court-or-statute"])


def test_how_the_days_of_a_surrogate_are_counted():
    """The day on which the surrogate was identified is day 0, unless a site reads the law otherwise."""
    row = load_policy("US-NH").row("CLK-NH-8")
    own = changed(row, row_id="OURS", source_id="site:ours", interval=CalendarDuration(days=1))
    surrogate = stands("spouse-partner", identified_on=ON - timedelta(days=180))
    fields = {
        "deciders": (surrogate,),
        "no_one_in": ("agent", "guardian"),
        "activated": YES,
        "activation_in_force": YES,
        "activation_objected": NO,
        "prior_wishes": PriorWishes(exist=NO),
        "reserved": ReservedFacts(over_objection=NO),
    }
    shipped, read = load_policy("US-NH"), load_policy("US-NH").with_rows([own])

    assert "named-class" == reviewed(policy=shipped, **fields).decider.value
    assert "unrepresented" == reviewed(policy=read, **fields).decider.value
    assert ON + timedelta(days=1) == reviewed(policy=shipped, **fields).valid_until


# -- minors ----------------------------------------------------------------------------------------------------------


def test_a_minor_is_asked_about_before_legal_status():
    """England and Wales: the rules for minors come first, and the mental health Act only for an adult."""
    silent = {"detained": SILENT, "assessments": None}

    assert Determination.MINOR_PATH is reviewed("GB-EAW", person=CHILD, **silent).determination
    assert Determination.NOT_ESTABLISHED is reviewed("GB-EAW", **silent).determination


def test_the_rows_for_minors_are_cited():
    """A parent decides, and in New Hampshire the list of surrogates is not for minors."""
    parents = MinorFacts(
        **dict.fromkeys(("parent_authority", "parents_agree", "parent_decided", "child_view_recorded"), YES),
        parent_conflicted=NO,
        refuses=NO,
    )
    [found] = of_rule(reviewed("US-NH", person=CHILD, minor=parents), "decider")

    assert (Answer.MET, ("MIN-10", "MIN-11", "MIN-12")) == (found.answer, found.rows)


def test_every_rule_for_minors_is_one_that_is_read():
    """No row says what no case asks for."""
    rows = read_table("minor_rules", MinorRow)

    asked = {"own-consent", "either-consent", "court-may-decide", "refusal-weighed"}

    assert asked | {"parent", "no-list", "no-advance-decision"} == {row.rule for row in rows}
    assert {row.condition for row in rows} == {"", "capacity", "presumed-capacity", "condition"}


# -- steps -----------------------------------------------------------------------------------------------------------


class TestObligations:
    """Each step with who takes it, by when, what is then in the record, and the rows that say so."""

    def test_a_lack_that_is_recorded(self):
        review = reviewed("US-NY", setting=Setting.INPATIENT)
        [found] = review.obligations

        assert ("engage-decider", "E3", "clinician") == (found.step, found.name, found.who)
        assert (Answer.CANNOT_TELL, ON + timedelta(days=1)) == (found.answer, found.due_on)
        assert ("ESC-E3", "CLK-GE-1") == found.rows

    def test_an_emergency_comes_first(self):
        """E0 stands before all others, and asks for nothing before care is given."""
        review = reviewed("US-NY", urgent=YES, decider_reachable=NO)

        assert ["E0", "E3"] == [one.name for one in review.obligations]
        assert "now" == review.obligations[0].by

    def test_a_gray_case_of_leaving(self):
        """The team and the outside support: by the end of the notice."""
        leaves = LeavingRequest(
            requested=YES,
            legal_status=LegalStatus.VOLUNTARY,
            danger=NO,
            recompensating=YES,
            foreseeable_relapse=YES,
            notice_given=YES,
            notice_on=ON,
        )
        review = reviewed("US-MA", decision="leaving-against-advice", assessments=(CAPABLE,), leaving=leaves)
        found = {one.name: one for one in review.obligations}

        assert (Answer.JUDGEMENT, ON + timedelta(days=3)) == (found["E7"].answer, found["E7"].due_on)

    def test_the_route_is_counsels_to_name(self):
        assert ["E5"] == [one.name for one in reviewed(decision="will").obligations]

    def test_nothing_follows(self):
        assert () == reviewed(assessments=None, concern=NO).obligations

    def test_the_last_row_of_a_list(self):
        """Texas: ethics or counsel is asked before a physician outside the care concurs."""
        review = reviewed(
            "US-TX",
            setting=Setting.INPATIENT,
            deciders=(),
            no_one_in=("agent", "guardian", "spouse", "adult-child", "parent", "nearest-relative"),
            activated=NO,
            prior_wishes=PriorWishes(exist=NO),
        )

        assert ("fallback-of-the-list", "concurring-physician") == (review.decider.value, review.decider_class)
        assert Step.ETHICS_OR_COUNSEL is review.step

    def test_every_step_has_a_row(self):
        """No step is without someone who takes it, but for none and the route, which is counsel's."""
        rows = {row.step: row for row in read_table("escalation_steps", StepRow)}

        assert set(rows) == {step.value for step in Step} - {"none", "other-route"}
        assert [f"E{n}" for n in range(9)] == sorted(row.name for row in rows.values())


# -- an ordinary decision --------------------------------------------------------------------------------------------


def test_an_ordinary_decision_is_not_asked_about():
    """Routine, with nothing in doubt: no finding at all, and nothing to document."""
    review = reviewed(assessments=None)

    assert ((), (), ()) == (review.findings, review.obligations, review.documentation)


def test_whoever_was_engaged_is_named():
    """An agent whose authority stands is named beside what is still asked for."""
    review = reviewed("US-NY", deciders=(stands("agent"),))
    [found] = of_rule(review, "decider")

    assert (Answer.CANNOT_TELL, ("prior_wishes.exist",)) == (found.answer, found.missing)
    assert "agent" == review.decider_class
