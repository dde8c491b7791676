"""What holds for every record of a decision, in every jurisdiction, on every day."""

import dataclasses
import re
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alliance_core import ChartError, Recorded, load_policy
from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.competency import (
    REASSURING,
    CapacityAssessment,
    CapacityEvent,
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
    Score,
    Stakes,
    Step,
    review_capacity,
)
from alliance_core.competency.leaving import Departure
from alliance_core.competency.policy import GroundRow, MinorRow, ReservedRow, SurrogateRow
from alliance_core.records import Consultation, ConsultedRole, Person, Setting, has_died
from alliance_core.testing import REVIEW_DAY, days_around, recorded, records

PLACES = (
    "any",
    "US",
    "US-NM",
    "US-PA",
    "US-NH",
    "US-CA",
    "US-NY",
    "US-MA",
    "US-FL",
    "US-DE",
    "US-TX",
    "US-MI",
    "GB-EAW",
)
POLICIES = {place: load_policy(place) for place in PLACES} | {"model": load_policy("US", ("uhcda-1993",))}
places = st.sampled_from(sorted(POLICIES))
YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
GOOD = frozenset({Answer.MET, Answer.NOT_APPLICABLE})
CLASSES = sorted({row.decider_class for row in read_table("surrogate_order", SurrogateRow)})
FORBIDDEN = sorted({row.ground for row in read_table("capacity_grounds", GroundRow)})
ABILITIES = ("understands", "retains", "appreciates", "reasons", "communicates")


def reviewed(record, place, on=REVIEW_DAY):
    return review_capacity(record, policy=POLICIES[place].competency, on=on)


# -- records that are nearly whole -----------------------------------------------------------------------------------


def yes_in(cls, *names):
    return cls(**dict.fromkeys(names or [one.name for one in dataclasses.fields(cls)], YES))


def stands(number, word):
    good = ("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able")
    bad = ("disqualified", "conflicted", "patient_objects")
    known = dict.fromkeys(good, YES) | dict.fromkeys(bad, NO)
    return Decider(id=f"decider-{number}", decider_class=word, identified_on=REVIEW_DAY - timedelta(days=3), **known)


def assessed(number, conclusion, on):
    shown = dict.fromkeys((*ABILITIES, "information_given", "support_given", "impairment", "caused_by_impairment"), YES)
    lack = {"understands": NO} if conclusion is NO else {}
    return CapacityAssessment(
        id=f"assessment-{number}",
        assessed_on=on,
        assessed_by=f"Dr. {number}",
        conclusion=conclusion,
        patient_objects=NO,
        **(shown | lack),
    )


LEAVES = LeavingRequest(
    legal_status=LegalStatus.VOLUNTARY,
    notice_on=REVIEW_DAY - timedelta(days=1),
    **{one.name: YES for one in dataclasses.fields(LeavingRequest) if one.type is Recorded}
    | {"danger": NO, "recompensating": NO},
)
CONSULTED = tuple(
    Consultation(id=role.value, role=role, held=YES, documented=YES, by="Dr. C", held_on=REVIEW_DAY)
    for role in (ConsultedRole.COLLEAGUE, ConsultedRole.COUNSEL, ConsultedRole.ETHICS)
)
CHILD = MinorFacts(
    **dict.fromkeys(
        ("condition_met", "parent_authority", "parents_agree", "parent_decided", "child_view_recorded"), YES
    ),
    refuses=NO,
    parent_conflicted=NO,
)
#: Adults mostly; a minor for whom a rule of some place may have the decision, and one who is of age tomorrow.
BORN = st.sampled_from(("1980-05-05",) * 6 + ("2011-03-01", "2010-03-01", "2008-11-25"))
NEAR = st.integers(-9, 2).map(lambda n: REVIEW_DAY + timedelta(days=n))


@st.composite
def reserving(draw):
    """Draw what may reserve a decision: mostly nothing, else one fact of it, with or without a court's authority."""
    facts = dict.fromkeys([one.name for one in dataclasses.fields(ReservedFacts)], NO)
    one = draw(st.sampled_from(("", "", *sorted(facts))))
    authority = draw(st.sampled_from((YES, NO)))
    return ReservedFacts(**(facts | ({one: YES, "court_authority": authority} if one else {})))


@st.composite
def whole(draw):
    """Draw a record of which everything is recorded, and good."""
    number = draw(st.integers(0, 2))
    days = [draw(st.just(REVIEW_DAY) | NEAR) for _ in range(number)]
    conclusions = [draw(st.sampled_from((YES, NO))) for _ in range(number)]
    named = draw(st.lists(st.sampled_from(CLASSES), max_size=2))
    activated = draw(st.sampled_from((YES, NO, NO))) if named else NO
    return DecisionCapacity(
        id="record",
        decision=draw(st.sampled_from(("leaving-against-advice", "medication", "medication", "admission", "will"))),
        person=Person(id="person", born_on=draw(BORN)),
        setting=draw(st.sampled_from(Setting)),
        stakes=draw(st.sampled_from(Stakes)),
        urgent=draw(st.sampled_from((YES, NO))),
        concern=draw(st.sampled_from((YES, NO))),
        detained=NO,
        treats_mental_disorder=NO,
        assessments=tuple(assessed(n, c, d) for n, (c, d) in enumerate(zip(conclusions, days, strict=True))),
        changed_since=NO,
        changed_since_on=REVIEW_DAY,
        activated=activated,
        activation_in_force=activated,
        activation_objected=NO,
        deciders=tuple(stands(n, word) for n, word in enumerate(named)),
        no_one_in=tuple(word for word in CLASSES if word not in named),
        agreement=draw(st.sampled_from((YES, YES, NO))),
        majority=draw(st.sampled_from((YES, NO))),
        reserved=draw(reserving()),
        minor=CHILD,
        serious_treatment=draw(st.sampled_from((NO, NO, YES))),
        nobody_to_consult=NO,
        advocate_instructed=draw(st.sampled_from((YES, NO))),
        finely_balanced=NO,
        can_wait=NO,
        free_of_pressure=YES,
        order_suspends_agent=draw(st.sampled_from((YES, NO))),
        decider_dispute=NO,
        decider_reachable=NO,
        consultees_heard=YES,
        prior_wishes=PriorWishes(exist=draw(st.sampled_from((YES, NO))), valid=YES, apply=YES, displaced=NO),
        engagement=yes_in(Engagement),
        consultations=CONSULTED,
        leaving=LEAVES,
    )


@st.composite
def nearly(draw):
    """Draw a whole record with a few facts of it changed, so that good answers and their opposites are common."""
    record = draw(whole())
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(paths(record)))
        record = with_fact(record, path, draw(another(record, path)))
        assume(record is not None)
    return record


@st.composite
def lacks(draw):
    """Draw a record with a lack that somebody concluded, and of which little is missing."""
    number = draw(st.integers(1, 2))
    held = tuple(assessed(n, NO, draw(st.just(REVIEW_DAY) | NEAR)) for n in range(number))
    record = changed(draw(whole()), decision="medication", assessments=held, deciders=None, activated=NO)
    for _ in range(draw(st.integers(0, 2))):
        path = draw(st.sampled_from([one for one in paths(record) if one[0] == "assessments"]))
        record = with_fact(record, path, draw(another(record, path)))
    return record


decisions = (
    nearly()
    | records(DecisionCapacity)
    | records(DecisionCapacity, person=Person(id="adult", born_on="1980-05-05"), leaving=records(LeavingRequest))
)


# -- facts by their paths --------------------------------------------------------------------------------------------


def paths(thing, before=()):
    """Return the path of every fact that a record holds and that may also not be recorded, however deep it lies."""
    found = []
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        path = (*before, field.name)
        if field.default in {None, SILENT} and value is not field.default:
            found.append(path)
        for place, one in enumerate(value if isinstance(value, tuple) else (value,)):
            if dataclasses.is_dataclass(one):
                found += paths(one, (*path, place) if isinstance(value, tuple) else path)
    return found


def fact_at(thing, path):
    for step in path:
        thing = thing[step] if isinstance(step, int) else getattr(thing, step)
    return thing


def with_fact(thing, path, value):
    """Return the record with one fact changed; None if no such record can be built."""
    step, *rest = path
    inner = value
    if rest:
        part = thing[step] if isinstance(step, int) else getattr(thing, step)
        inner = with_fact(part, rest, value)
        if inner is None:
            return None
    if isinstance(step, int):
        return (*thing[:step], inner, *thing[step + 1 :])
    try:
        return changed(thing, **{step: inner})
    except ChartError:
        return None


def silenced(record, path):
    return with_fact(record, path, SILENT if isinstance(fact_at(record, path), Recorded) else None)


def another(record, path):
    """Draw another value for a fact of this kind; a kind that has none keeps what it has."""
    value = fact_at(record, path)
    if isinstance(value, date):
        return NEAR
    if isinstance(value, Enum):
        return st.sampled_from(type(value))
    return st.just(value)


def by_question(review):
    """Return the answers by what is asked: a finding about the decision is the same question under another word."""
    own = {(one.rule, one.item if _is_beside(one) else ""): one.answer for one in review.findings}
    return own | {(rule, ""): Answer.NOT_APPLICABLE for rule in review.not_applicable}


def _is_beside(finding):
    return finding.rule == "competency.escalation" and finding.item in {step.value for step in Step}


def reassured(before, after):
    """Return which questions had another answer before and have a good one after."""
    old, new = by_question(before), by_question(after)
    return sorted(key for key, answer in new.items() if answer in GOOD and old.get(key, answer) not in GOOD)


def reassured_by_silence(path, before, after):
    """
    Return what became good although less is known.

    Whether an order exists is asked about where another would decide: what an assessor determined stands by itself.
    """
    verdict = ("verdict", after.determination)
    found = reassured(before, after) + ([verdict] if is_assuring(after) and not is_assuring(before) else [])
    if path != ("deciders",):
        return found
    patient = after.decider in {DeciderKind.PATIENT, DeciderKind.PATIENT_FOR_NOW}
    return [one for one in found if one == ("competency.decider", "") and not patient]


def is_assuring(review):
    answer = by_question(review).get(("competency.determination", ""))
    return review.determination in REASSURING and answer in GOOD


# -- the laws --------------------------------------------------------------------------------------------------------


class TestUnknownSafe:
    """
    Setting a fact to not recorded never turns another answer into a good one.

    The one exception is the presumption of capacity; and that an interpreter is needed speaks against an assessor's own
    word on support, which stands once nothing does. A line or an objection that someone wrote opens a question of its
    own, which closes with it: nobody is asked for it on the day of the assessment.
    """

    @given(decisions, places, st.data())
    def test_silence(self, record, place, data):
        held = paths(record)
        assume(held)
        path = data.draw(st.sampled_from(held))
        quiet = silenced(record, path)
        assume(quiet is not None)
        before, after = reviewed(record, place), reviewed(quiet, place)
        if _is_presumed(quiet, after) or _is_written_today(record, path):
            return

        assert [] == reassured_by_silence(path, before, after), path

    @given(nearly(), places)
    def test_every_fact_of_a_record(self, record, place):
        """The same for each fact of one record in turn."""
        before = reviewed(record, place)
        for path in paths(record):
            quiet = silenced(record, path)
            if quiet is None or _is_written_today(record, path):
                continue
            after = reviewed(quiet, place)
            if not _is_presumed(quiet, after):
                assert [] == reassured_by_silence(path, before, after), path

    @given(decisions, places)
    def test_silence_never_makes_a_lack(self, record, place):
        """Nobody is said to lack capacity because less is known."""
        if reviewed(record, place).determination is Determination.LACK_RECORDED:
            return
        quiet = [silenced(record, path) for path in paths(record) if path[0] in {"assessments", "concern"}]

        assert Determination.LACK_RECORDED not in {reviewed(one, place).determination for one in quiet if one}


def _is_presumed(record, review):
    """Return whether capacity is presumed: of an adult, or of a minor whom the law of the place presumes to have it."""
    by_law = {row.row_id for row in read_table("minor_rules", MinorRow) if row.condition == "presumed-capacity"}
    cited = {row for one in review.findings for row in one.rows}
    unassessed = not record.assessments and record.concern not in {YES, UNCLEAR}
    minor = review.determination is Determination.MINOR_PATH and unassessed and bool(by_law & cited)
    return minor or review.determination is Determination.PRESUMED


def _is_written_today(record, path):
    """Return whether the path is a line that opens a question of its own: a change, or the need of an interpreter."""
    if path[-1] == "interpreter_needed":
        return True
    days = {one.assessed_on for one in record.assessments or ()}
    return path == ("changed_since",) and REVIEW_DAY in days


class TestPresumption:
    """A lack is read from an assessor's determination, with all that shows it, and never computed."""

    @given(lacks(), places)
    def test_a_lack_is_whole(self, record, place):
        if reviewed(record, place).determination is not Determination.LACK_RECORDED:
            return
        seen = [one for one in record.assessments if one.assessed_on and one.assessed_on <= REVIEW_DAY]
        last = [one for one in seen if one.assessed_on == max(each.assessed_on for each in seen)]

        assert {NO} == {one.conclusion for one in last}
        assert all(one.assessed_by for one in last)
        assert NO in {getattr(one, ability) for one in last for ability in ABILITIES}
        assert {YES} == {fact for one in last for fact in (one.information_given, one.support_given)}
        assert SILENT not in {one.patient_objects for one in last}

    @given(decisions, places)
    def test_without_an_assessment(self, record, place):
        """Without an assessment, an order or an activation nobody is said to lack capacity, nor to have shown it."""
        bare = changed(record, assessments=None, deciders=None, activated=SILENT)

        assert reviewed(bare, place).determination in {
            Determination.PRESUMED,
            Determination.NOT_ESTABLISHED,
            Determination.MINOR_PATH,
            Determination.OUT_OF_SCOPE,
        }

    @given(decisions, places, recorded(), st.sampled_from(FORBIDDEN))
    def test_what_never_shows_a_lack(self, record, place, fact, ground):
        """A ground that is no evidence, a diagnosis, a score and a wish to leave never make a lack."""
        grounds = [changed(one, grounds=(*(one.grounds or ()), ground)) for one in record.assessments or ()]
        other = changed(
            record,
            assessments=tuple(grounds) or record.assessments,
            leaving=changed(LEAVES, foreseeable_relapse=YES, recompensating=fact, danger=fact),
        )

        if reviewed(record, place).determination is not Determination.LACK_RECORDED:
            assert reviewed(other, place).determination is not Determination.LACK_RECORDED

    @given(decisions, places, st.sampled_from(Stakes))
    def test_stakes_never_change_a_determination(self, record, place, stakes):
        """The scale asks for more evidence and never for another conclusion."""
        assert reviewed(record, place).determination is reviewed(changed(record, stakes=stakes), place).determination


class TestWhatDecidesNothing:
    """Scores, roles, free text, what waits, and who was told decide nothing: they are asked about by themselves."""

    @given(decisions, places, st.text(max_size=8), recorded())
    def test_what_decides_nothing(self, record, place, text, fact):
        scores = (Score(tool=text, amount=Decimal(0)), Score(tool="MMSE", amount=Decimal(9)))
        told = {"patient_view": text, "patient_told": fact, "supports": (text,), "scores": scores}
        told |= {"evidence_written": fact, "due_to_mental_illness": fact, "psychiatrist_concurs": fact}
        other = changed(
            record,
            assessments=_each(record.assessments, **told),
            concern_reasons=("psychosis-alone",),
            can_wait=fact,
            free_of_pressure=fact,
        )
        assume(record.person is None or record.person.interpreter_needed is not YES)  # a support that has to be named

        assert decided(reviewed(record, place)) == decided(reviewed(other, place))

    @given(decisions, places, st.text(max_size=8))
    def test_who_they_are(self, record, place, text):
        """A role and a name are not even asked about."""
        other = changed(
            record, assessments=_each(record.assessments, role=text), deciders=_each(record.deciders, name=text)
        )

        assert reviewed(record, place) == reviewed(other, place)

    @given(decisions, places)
    def test_a_score_is_no_answer(self, record, place):
        """A score raises a question beside a recorded capacity, lightly, and never anywhere else."""
        low = _each(record.assessments, scores=(Score(tool="MMSE", amount=Decimal(3)),))
        found = [one for one in reviewed(changed(record, assessments=low), place).findings if one.rule in SCORED]

        assert {(one.answer, one.weight) for one in found} <= {(Answer.JUDGEMENT, Weight.RECOMMENDED)}
        if found:
            assert Determination.CAPACITY_RECORDED is reviewed(record, place).determination


SCORED = {"competency.score"}
#: What is asked beside a decision, and decides nothing.
ASKED_BESIDE = {"competency.wait", "competency.documentation"} | SCORED


def decided(review):
    findings = [one for one in review.findings if one.rule not in ASKED_BESIDE]
    steps = [(one.step, one.answer) for one in review.obligations]
    return review.determination, review.decider, review.decider_class, review.step, steps, findings


def _each(records, **fields):
    return None if records is None else tuple(changed(one, **fields) for one in records)


LISTS = ("assessments", "deciders", "events", "consultations", "no_one_in")


class TestOrder:
    """The order of what was recorded changes nothing, and identical records are read once."""

    @given(decisions, places, st.data())
    def test_order(self, record, place, data):
        lists = {name: getattr(record, name) for name in LISTS if getattr(record, name)}
        mixed = {name: tuple(data.draw(st.permutations(one))) for name, one in lists.items()}

        assert reviewed(record, place) == reviewed(changed(record, **mixed), place)

    @given(decisions, places)
    def test_twice(self, record, place):
        lists = {name: getattr(record, name) for name in LISTS if getattr(record, name)}
        twice = {name: (*one, *one) for name, one in lists.items()}

        assert reviewed(record, place) == reviewed(changed(record, **twice), place)


class TestMonotone:
    """More support, more documents and more consultation never take a good answer away."""

    @given(decisions, places)
    def test_more(self, record, place):
        more = changed(
            record,
            assessments=_each(record.assessments, information_given=YES, support_given=YES),
            consultations=(*(record.consultations or ()), *CONSULTED),
            engagement=yes_in(Engagement),
        )

        assert [] == reassured(reviewed(more, place), reviewed(record, place))

    @given(decisions, places, st.data())
    def test_one_more_document(self, record, place, data):
        """An order, a power or a signed statement that was seen never makes the answer about it worse."""
        assume(record.deciders)
        number = data.draw(st.integers(0, len(record.deciders) - 1))
        seen = with_fact(record, ("deciders", number, "authority_seen"), YES)
        before, after = reviewed(record, place), reviewed(seen, place)
        if before.determination is after.determination:
            assert [] == reassured(after, before)


class TestSilenceAboutAClass:
    """Silence never lets a lower class decide."""

    @given(nearly(), places, st.sampled_from(CLASSES))
    def test_a_class_nobody_asked_about(self, record, place, word):
        """Asking about one class less never brings a good answer about who decides."""
        fewer = changed(record, no_one_in=tuple(one for one in record.no_one_in if one != word))

        assert [] == reassured(reviewed(record, place), reviewed(fewer, place))

    @given(st.sampled_from(("US-NY", "US-FL", "US-CA")), st.data())
    def test_a_higher_class_nobody_asked_about(self, place, data):
        """Someone of a list decides, and no longer does once the record is silent about any class above theirs."""
        rows = [row for rank in POLICIES[place].competency.timeline.at(Day(REVIEW_DAY)).ranks for row in rank]
        own = data.draw(st.sampled_from([row for row in rows if row.kind == "statutory"]))
        above = data.draw(st.sampled_from([row.decider_class for row in rows if row.rank < own.rank]))
        others = tuple(word for word in CLASSES if word != own.decider_class)
        record = DecisionCapacity(
            id="record",
            decision="medication",
            person=Person(id="person", born_on="1980-05-05"),
            assessments=(assessed(0, NO, REVIEW_DAY),),
            activated=NO,
            deciders=(changed(stands(0, own.decider_class), chosen_reason="knows the values"),),
            no_one_in=others,
            prior_wishes=PriorWishes(exist=NO),
            reserved=ReservedFacts(over_objection=NO, jail=NO),
        )
        silent = changed(record, no_one_in=tuple(word for word in others if word != above))

        assert own.decider_class == reviewed(record, place).decider_class
        assert Answer.MET is by_question(reviewed(record, place))["competency.decider", ""]
        assert Answer.CANNOT_TELL is by_question(reviewed(silent, place))["competency.decider", ""]

    @given(nearly(), places)
    def test_nobody_was_asked_about(self, record, place):
        """Where nobody asked who might decide, nobody of a list decides."""
        review = reviewed(changed(record, no_one_in=(), deciders=None, activated=SILENT), place)

        assert review.decider not in {DeciderKind.NAMED_CLASS, DeciderKind.CHOSEN, DeciderKind.BEST_INTERESTS}


class TestValidity:
    """The review is the same on every day before `valid_until`; stepping day by day equals jumping."""

    @given(decisions, places, days_around(REVIEW_DAY), st.integers(1, 40))
    def test_same_until(self, record, place, on, later):
        review = reviewed(record, place, on)
        last = (review.valid_until or on + timedelta(days=4_000)) - timedelta(days=1)
        assert review.valid_until is None or review.valid_until > on
        for day in {last, min(on + timedelta(days=later), last)}:
            assert review == changed(reviewed(record, place, day), valid_until=review.valid_until)

    @given(decisions, places)
    def test_jumping(self, record, place):
        days = [REVIEW_DAY + timedelta(days=n) for n in range(-8, 8)]
        made = None
        for day in days:
            stepped = reviewed(record, place, day)
            if made is None or (made.valid_until is not None and day >= made.valid_until):
                made = stepped
            assert stepped == made or changed(stepped, valid_until=None) == changed(made, valid_until=None)


class TestTotal:
    """Any record that can be built is reviewed, on any day."""

    @given(decisions, places, st.dates() | st.sampled_from((date.min, date.max)))
    def test_any_day(self, record, place, on):
        review = reviewed(record, place, on)

        assert {record.id} == {one.about for one in review.findings} | {review.about}

    @pytest.mark.parametrize("day", [date.min, date.max])
    @given(nearly(), places)
    def test_records_of_the_ends_of_the_calendar(self, day, record, place):
        ends = changed(
            record,
            assessments=_each(record.assessments, assessed_on=day),
            events=(CapacityEvent(id="event", trigger="transfer", occurred_on=day),),
            changed_since_on=day,
            leaving=changed(LEAVES, requested_on=day, notice_on=day),
        )
        for on in (date.min, REVIEW_DAY, date.max):
            assert record.id == reviewed(ends, place, on).about


class TestFindings:
    """A finding has a key of its own and cites rows that the policy has."""

    @given(decisions, places)
    def test_keys_and_rows(self, record, place):
        review = reviewed(record, place)
        keys = [one.key for one in review.findings]
        cited = {row for one in review.findings for row in one.rows}

        assert len(keys) == len(set(keys))
        assert cited <= {row.row_id for row in POLICIES[place].competency.timeline.rows}

    @given(decisions, places)
    def test_an_open_finding_says_why(self, record, place):
        """Whoever cannot tell says what is missing."""
        unsaid = [one.rule for one in reviewed(record, place).findings if one.answer is Answer.CANNOT_TELL]
        told = [one.rule for one in reviewed(record, place).findings if one.missing]

        assert set(unsaid) <= set(told)


#: Rows that keep a treatment decision from someone; the others say that a word is weighed, or that nobody decides.
KEPT = [
    row
    for row in read_table("reserved_decisions", ReservedRow)
    if row.needs not in {"judgement", "nobody"} and row.decision != "trial"
]
BESIDES = {
    "antipsychotic": "antipsychotic",
    "over-objection": "over_objection",
    "state-institution": "state_institution",
    "refusal": "refusing",
    "jail": "jail",
    "": "",
}


def of_row(row, authority, besides=YES):
    """Review a decision that a row is about, with someone of its kind who would decide."""
    policy = load_policy("US" if row.jurisdiction == "any" else row.jurisdiction, [row.overlay] if row.overlay else [])
    view = policy.competency.timeline.at(Day(REVIEW_DAY))
    kinds = {"agent": {"named-by-patient"}, "guardian": {"court"}, "surrogate": {"statutory"}}[row.who]
    listed = (word.decider_class for rank in view.ranks for word in rank if word.kind in kinds)
    one = next(listed, row.who)  # a list may have one row for whoever was named, by the patient or a court
    facts = {BESIDES[word]: besides for word in (row.medicine, row.circumstance) if word}
    others = dict.fromkeys([one.name for one in dataclasses.fields(ReservedFacts)], NO)
    record = DecisionCapacity(
        id="record",
        decision="medication" if row.decision == "any" else row.decision,
        person=Person(id="person", born_on="1980-05-05"),
        detained=NO,
        assessments=None if row.who == "guardian" else (assessed(0, NO, REVIEW_DAY),),
        activated=NO,
        deciders=(changed(stands(0, one), chosen_reason="knows the values"),),
        no_one_in=tuple(word for word in CLASSES if word != one),
        prior_wishes=PriorWishes(exist=NO),
        reserved=ReservedFacts(**(others | facts | {"court_authority": authority, "granted_expressly": NO})),
    )
    return review_capacity(record, policy=policy.competency, on=REVIEW_DAY)


class TestReserved:
    """No agent, surrogate or guardian makes a reserved decision alone, and silence about it lets nobody."""

    @pytest.mark.parametrize("row", KEPT, ids=lambda row: row.row_id)
    def test_every_row(self, row):
        """For each row: a court's authority decides, and without it whoever would decide does not."""
        answers = {fact: by_question(of_row(row, fact))["competency.decider", ""] for fact in Recorded}
        kinds = {fact: of_row(row, fact).decider for fact in Recorded}

        assert {YES: Answer.MET, NO: Answer.NOT_MET, UNCLEAR: Answer.CANNOT_TELL, SILENT: Answer.CANNOT_TELL} == answers
        assert DeciderKind.COURT_ORDER is kinds[YES]
        assert {DeciderKind.COURT_OR_STATUTE} == {kinds[NO], kinds[UNCLEAR], kinds[SILENT]}

    @pytest.mark.parametrize("row", KEPT, ids=lambda row: row.row_id)
    def test_every_row_that_does_not_hold(self, row):
        """What a row asks besides the decision has to hold: without it the row keeps nothing, and cites nothing."""
        review = of_row(row, SILENT, besides=NO)
        [found] = [one for one in review.findings if one.rule == "competency.decider"]

        assert (row.row_id in found.rows) is not bool(row.medicine or row.circumstance)

    @given(nearly(), places)
    def test_a_court_that_decided(self, record, place):
        """Where a court's authority is recorded, the case of a reserved decision is never failed."""
        review = reviewed(changed(record, reserved=ReservedFacts(court_authority=YES, over_objection=YES)), place)

        assert Answer.NOT_MET not in {
            one.answer for one in review.findings if ("decider", "court-or-statute") in one.because
        }


class TestMinors:
    """Majority begins on the birthday itself, and until then a rule or a parent decides, never a list for adults."""

    @given(nearly(), places, st.sampled_from(("2008-11-25", "2011-03-01", "2015-01-01")))
    def test_nobody_of_a_list(self, record, place, born_on):
        child = changed(record, person=Person(id="person", born_on=born_on))
        review = reviewed(child, place)
        assume(review.determination is not Determination.OUT_OF_SCOPE)

        assert Determination.MINOR_PATH is review.determination
        assert review.decider in {DeciderKind.MINOR, DeciderKind.PARENT, DeciderKind.COURT, DeciderKind.OPEN}

    @given(nearly(), places)
    def test_the_birthday(self, record, place):
        """The review of the day before ends on the birthday, and that of the birthday is about an adult."""
        child = changed(record, person=Person(id="person", born_on="2008-11-24"))
        before = reviewed(child, place, REVIEW_DAY - timedelta(days=1))

        assert before.valid_until is None or before.valid_until <= REVIEW_DAY
        assert Determination.MINOR_PATH is not reviewed(child, place).determination


class TestDocumentation:
    """What the record lacks is listed once, heaviest first, each with its row; what is written down is no gap."""

    @given(decisions, places)
    def test_gaps(self, record, place):
        review = reviewed(record, place)
        gaps = review.documentation
        rows = {row.row_id for row in POLICIES[place].competency.timeline.rows}

        assert len({gap.element for gap in gaps}) == len(gaps)
        assert {gap.row for gap in gaps} <= rows
        assert sorted(gap.weight.rank for gap in gaps) == [gap.weight.rank for gap in gaps]

    @given(decisions, places)
    def test_one_finding(self, record, place):
        """An assessed decision has one finding at most for all that it lacks, and a decision without one has none."""
        review = reviewed(record, place)
        found = [one for one in review.findings if one.rule == "competency.documentation"]

        asked = {path for one in review.findings if one not in found for path in one.missing}
        left = {gap.path for gap in review.documentation} - asked

        assert [left] * len(found) == [set(one.missing) for one in found]
        assert len(found) == bool(left and _was_assessed(record))

    @given(nearly(), places, st.sampled_from(("concern", "can_wait", "free_of_pressure")))
    def test_writing_it_down(self, record, place, name):
        """To write a fact down closes its gap, whatever it says, and opens none of its own."""
        written = reviewed(changed(record, **{name: UNCLEAR}), place)

        assert name not in {gap.path for gap in written.documentation}


def _was_assessed(record):
    return any(one.assessed_on is None or one.assessed_on <= REVIEW_DAY for one in record.assessments or ())


class TestObligations:
    """Each step says who takes it and by when, and no step of a finding is left out."""

    @given(decisions, places)
    def test_steps(self, record, place):
        review = reviewed(record, place)
        asked = {said for one in review.findings for path, said in one.because if path == "step"}
        told = {one.step for one in review.obligations}

        assert asked - told <= {"other-route"}
        assert all(one.who and one.by and one.record and one.rows for one in review.obligations)
        assert [one.name for one in review.obligations] == sorted(one.name for one in review.obligations)

    @given(decisions, places)
    def test_the_first_step(self, record, place):
        """What comes next is among the obligations, unless nothing does."""
        review = reviewed(record, place)
        assume(review.step not in {Step.NONE, Step.ROUTE})

        assert review.step.value in {one.step for one in review.obligations}


STANDING = PriorWishes(exist=YES, valid=YES, apply=YES, displaced=NO)


class TestAfterDeath:
    """Once the patient has died nothing is asked, and the day before the review says until when it holds."""

    @given(decisions, places)
    def test_nothing_is_asked(self, record, place):
        person = changed(record.person or Person(id="person"), deceased=YES, deceased_on=REVIEW_DAY)
        dead = changed(record, person=person)
        before = reviewed(dead, place, REVIEW_DAY - timedelta(days=1))

        assert reviewed(dead, place).findings == ()
        assert reviewed(dead, place).obligations == ()
        assert before.valid_until is not None
        assert before.valid_until <= REVIEW_DAY


class TestNothingObstructs:
    """No output obstructs leaving, refusing, or urgent care."""

    @given(decisions, places)
    def test_urgent_care(self, record, place):
        """Where it is urgent and nobody is known who may decide in time, the emergency path comes first."""
        urgent = changed(record, urgent=YES, decider_reachable=SILENT)
        review = reviewed(urgent, place)
        found = [one for one in review.findings if one.rule == "competency.emergency"]
        assume(review.determination not in {Determination.PRESUMED, Determination.CAPACITY_RECORDED})
        assume(record.prior_wishes != STANDING)
        assume(record.person is None or not has_died(record.person, Day(REVIEW_DAY)))

        assert review.step is Step.EMERGENCY
        assert [Answer.JUDGEMENT] == [one.answer for one in found]

    @given(decisions, places)
    def test_a_directive_that_stands_comes_before_it(self, record, place):
        """The patient has decided: nothing is given over a directive that is valid, applies and is not displaced."""
        urgent = changed(record, urgent=YES, decider_reachable=SILENT, prior_wishes=STANDING)

        review = reviewed(urgent, place)

        assert "competency.emergency" not in {one.rule for one in review.findings}
        assert review.step is not Step.EMERGENCY

    @given(decisions, places, st.sampled_from(Recorded))
    def test_the_emergency_path_is_never_failed(self, record, place, fact):
        found = [
            one for one in reviewed(changed(record, urgent=fact), place).findings if one.rule == "competency.emergency"
        ]

        assert {one.answer for one in found} <= {Answer.JUDGEMENT, Answer.CANNOT_TELL}

    @given(nearly(), places, st.sets(st.sampled_from(Recorded), min_size=1))
    @settings(suppress_health_check=[HealthCheck.filter_too_much])
    def test_a_capable_patient_who_asked_to_leave(self, record, place, facts):
        """Beside a recorded capacity to leave, nothing about relapse takes the decision away from the patient."""
        leaving = changed(LEAVES, foreseeable_relapse=min(facts, key=lambda one: one.value), recompensating=YES)
        review = reviewed(changed(record, decision="leaving-against-advice", leaving=leaving), place)
        assume(review.determination is Determination.CAPACITY_RECORDED)

        assert review.decider is DeciderKind.PATIENT

    @pytest.mark.parametrize("words_", [Departure, Step, DeciderKind, Determination])
    def test_words(self, words_):
        """No next step keeps, holds or detains anyone."""
        obstructs = re.compile(r"keep|hold|detain|restrain|refuse|prevent|stop|stay|commit|block")

        assert [] == [one.value for one in words_ if obstructs.search(one.value)]


class TestNontrivial:
    """The records drawn here are no empty ones: good answers of every kind are among them."""

    @pytest.mark.parametrize(
        "wanted",
        [
            Determination.CAPACITY_RECORDED,
            Determination.LACK_RECORDED,
            Determination.ACTIVATED,
            Determination.DECIDED_BY_COURT,
            Determination.CONTESTED,
            Determination.MINOR_PATH,
        ],
    )
    def test_determinations(self, wanted):
        from hypothesis import find

        drawn = st.tuples(nearly(), places)
        record, place = find(drawn, lambda one: reviewed(*one).determination is wanted)

        assert wanted is reviewed(record, place).determination

    @pytest.mark.parametrize(
        "wanted",
        [
            DeciderKind.MINOR,
            DeciderKind.PARENT,
            DeciderKind.COURT_ORDER,
            DeciderKind.COURT_OR_STATUTE,
            DeciderKind.NAMED_CLASS,
            DeciderKind.BEST_INTERESTS,
        ],
    )
    def test_deciders(self, wanted):
        from hypothesis import find

        record, place = find(st.tuples(nearly(), places), lambda one: reviewed(*one).decider is wanted)

        assert wanted is reviewed(record, place).decider

    @pytest.mark.parametrize("rule", ["decider", "escalation", "leaving"])
    def test_met(self, rule):
        from hypothesis import find

        def is_met(one):
            return Answer.MET in {f.answer for f in reviewed(*one).findings if f.rule == f"competency.{rule}"}

        assert is_met(find(st.tuples(nearly(), places), is_met))
