"""What a page says would change an answer is what the rule waits for: with it the answer is another, without it not."""

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Answer, Chart, Finding, Person, Recorded, Weight, load_policy, read_chart, review_chart
from alliance_core.base.kinds import changed
from alliance_core.competency import Decider, DecisionCapacity, review_capacity
from alliance_core.consent import ConsentDiscussion, ConsentEvent, review_consent
from alliance_core.consent.records import ConsentDecision, DecidedBy, TreatmentEvent, TreatmentKind
from alliance_core.deprescribing.records import PastReview, ReviewKind
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.edges.report.sheets import _changes
from alliance_core.explanation import verdicts, words
from alliance_core.invitations import review_invitation
from alliance_core.invitations.records import Cautions, InvitationProposal, PatientChoice, SafetyGate, ThreatJudgement
from alliance_core.records import (
    Coding,
    EffectTolerance,
    Encounter,
    Horizon,
    MedicationStatement,
    Observation,
    OtherPerson,
    PreferenceRecord,
    Setting,
)
from alliance_core.relationship import review_behavior_plan
from alliance_core.relationship.records import Behavior, BehaviorPlan, EndingCare, EndingReason, MissedVisits, Note
from alliance_core.testing import REVIEW_DAY, charts

ON = date(2026, 11, 24)
LATELY = date(2026, 11, 20)
YES, NO = Recorded.YES, Recorded.NO
TESTS = Path(__file__).parents[1]
NATIVE = TESTS.parent / "examples" / "native"
ADULT = Person(id="person", born_on="1980-05-05")
BEFORE = "report.changes."


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMPETENCY = loaded(TESTS / "vignettes" / "test_competency_vignettes.py")
CONSENT = loaded(TESTS / "vignettes" / "test_consent_vignettes.py")
DETERMINATION, DECIDERS, LEAVING = (COMPETENCY.TABLES[name][0] for name in ("determination", "deciders", "leaving"))


# -- pairs: a record, and the same with what the page asks for ---------------------------------------------------------


def decided_by(vignette, deciders):
    row = DECIDERS[vignette]
    return of_decision(COMPETENCY.decider_record(row), {"deciders": COMPETENCY.people(deciders)}, row["policy"])


def of_decision(record, facts, place="US"):
    policy = load_policy(place).competency
    return tuple(review_capacity(one, policy=policy, on=ON).findings for one in (record, changed(record, **facts)))


def determined(vignette):
    """A further assessment that shows what it concludes settles what was contested."""
    [first] = COMPETENCY.found("lack", ON.isoformat())
    return of_decision(COMPETENCY.determination_record(DETERMINATION[vignette]), {"assessments": (first,)})


def on_grounds(grounds):
    [lack] = COMPETENCY.found("lack", ON.isoformat())
    record = DecisionCapacity(
        id="d", decision="medication", person=ADULT, assessments=(changed(lack, grounds=grounds),)
    )
    return of_decision(record, {"assessments": (changed(lack, grounds=()),)})


def urgent(**facts):
    [lack] = COMPETENCY.found("lack", ON.isoformat())
    fields = {"decision": "medication", "person": ADULT, "assessments": (lack,), "decider_reachable": NO}
    return of_decision(DecisionCapacity(id="d", urgent=YES, **fields), facts)


def noticed():
    record = COMPETENCY.leaving_record(LEAVING["lea-32"])
    return of_decision(record, {"leaving": changed(record.leaving, notice_given=YES)}, "US-MA")


def of_event(event, **facts):
    policy = load_policy("any").consent
    return tuple(review_consent(one, policy=policy, on=ON).findings for one in (event, changed(event, **facts)))


def talked_again():
    """The dose is above the range that was agreed on; a discussion of the dose that is taken is held."""
    event = CONSENT._event(CONSENT.VIGNETTES["fr-dosex"])
    again = changed(event.discussion, discussed_on=LATELY, range_upper=event.medicine.dose, dose=event.medicine.dose)
    return of_event(event, discussion=again)


def preferred():
    event = ConsentEvent(
        id="e",
        event=TreatmentEvent.START,
        kind=TreatmentKind.MEDICATION,
        medicine=MedicationStatement(id="m", text="sertraline"),
        discussion=ConsentDiscussion(
            id="t", discussed_on=LATELY, decided_by=DecidedBy.PATIENT, decision=ConsentDecision.UNDECIDED
        ),
        person=ADULT,
        preferences=tolerating(NO),
    )
    return of_event(event, preferences=tolerating(YES))


def tolerating(fact):
    effect = EffectTolerance(effect="sexual dysfunction", horizon=Horizon.LONG_TERM, acceptable=fact)
    return PreferenceRecord(id="p", effects=(effect,), options=())


def of_chart(chart, facts, place="US", overlays=()):
    policy = load_policy(place, overlays)
    return tuple(review_chart(one, policy=policy, on=ON).findings for one in (chart, changed(chart, **facts)))


def example(name):
    return read_chart((NATIVE / f"{name}.json").read_bytes())


def reviewed_again(name, kind):
    chart = example(name)
    held = PastReview(id="new", kind=kind, completed_on=ON)
    return of_chart(chart, {"reviews": (*chart.reviews, held)})


def pharmacist():
    stay = Encounter(id="stay", setting=Setting.NURSING_FACILITY, started_on=date(2026, 9, 3))
    chart = Chart(id="c", person=ADULT, encounters=(stay,), reviews=())
    days = (date(2026, 9, 28), date(2026, 10, 28), ON)
    held = tuple(PastReview(id=f"{day}", kind=ReviewKind.PHARMACIST, completed_on=day) for day in days)
    return of_chart(chart, {"reviews": held}, overlays=("nursing-facility",))


def revised(told, told_on=None, *, then):
    revision = DiagnosisRevision(id="r", revised_on=date(2026, 10, 5), released_on=date(2026, 10, 7), told=told)
    revision = changed(revision, told_on=told_on)
    note = Note(id="n", written_on=date(2026, 10, 6), released_on=date(2026, 10, 7))
    chart = Chart(id="c", person=ADULT, revisions=(revision,), notes=(note,))
    return of_chart(chart, {"revisions": (changed(revision, **then),)})


def told_now(told=NO, told_on=None):
    return revised(told, told_on, then={"told": YES, "told_on": ON})


def authority():
    decider = Decider(
        id="decider",
        decider_class="guardian",
        covers_decision=NO,
        **dict.fromkeys(STANDS, YES),
        **dict.fromkeys(OUT, NO),
    )
    decision = DecisionCapacity(id="d", decision="medication", deciders=(decider,))
    talk = ConsentDiscussion(
        id="t",
        event=TreatmentEvent.START,
        kind=TreatmentKind.MEDICATION,
        treatment="sertraline",
        discussed_on=LATELY,
        decision=ConsentDecision.AGREED,
        decided_by=DecidedBy.LAWFUL_DECIDER,
        decider="decider",
    )
    chart = Chart(id="c", person=ADULT, decisions=(decision,), consents=(talk,))
    stands = changed(decision, deciders=(changed(decider, covers_decision=YES),))
    return of_chart(chart, {"decisions": (stands,)})


STANDS = ("authority_seen", "in_force", "is_adult", "available", "willing", "able")
OUT = ("disqualified", "conflicted", "patient_objects")


def invited():
    proposal = InvitationProposal(
        id="i",
        nominee="n",
        person=ADULT,
        nominee_person=OtherPerson(id="n", is_adult=YES),
        would_help_diagnosis=YES,
        patient_choice=PatientChoice.NOT_ASKED,
        gate=SafetyGate(asked_alone=YES, asked_on=LATELY, screens=(), **dict.fromkeys(GATE, NO)),
        cautions=Cautions(**dict.fromkeys(Cautions.__annotations__, NO)),
        threat=ThreatJudgement(serious_and_imminent=NO),
    )
    policy = load_policy("US").invitations
    asked = changed(proposal, patient_choice=PatientChoice.YES, asked_on=ON)
    return tuple(review_invitation(one, policy=policy, on=ON).findings for one in (proposal, asked))


def reviewed_of(name, kind=None, **before):
    """The example as it is, but for some facts, and with a review on the day."""
    chart = changed(example(name), **before)
    held = PastReview(id="new", kind=kind or ReviewKind.REGIMEN, completed_on=ON)
    return of_chart(chart, {"reviews": (*(chart.reviews or ()), held)})


def measured():
    """A lithium level in the first year is due three months after the last."""
    taken = MedicationStatement(id="m", text="lithium", started_on=date(2026, 2, 1))
    fields = {"person": ADULT, "medications": (taken,), "problems": (), "reviews": ()}
    chart = Chart(id="c", observations=tuple(levels(date(2026, 3, 1))), **fields)
    return of_chart(chart, {"observations": (*chart.observations, *levels(ON))}, place="GB")


def levels(on):
    for name in ("lithium-level", "weight", "kidney-function", "calcium", "thyroid-function"):
        code = Coding(system="urn:alliance-core:measure", code=name)
        yield Observation(id=f"{name}-{on}", codes=(code,), observed_on=on, amount=Decimal("0.6"))


def planned(then, **facts):
    """A plan about a behavior, and the same with other facts."""
    plan = BehaviorPlan(id="p", behavior=Behavior.ALCOHOL, person=ADULT, **facts)
    policy = load_policy("US").relationship
    return tuple(review_behavior_plan(one, policy=policy, on=ON).findings for one in (plan, changed(plan, **then)))


def ending(then, **facts):
    care = EndingCare(**facts)
    return planned({"ending": changed(care, **then) if then else None}, ending=care)


def unpunished():
    return planned(dict.fromkeys(PUNISHES, NO), threatens=YES, refuses_care=NO, criticizes=NO)


PUNISHES = ("refuses_care", "threatens", "criticizes")


def reached_out():
    missed = MissedVisits(missed_on=LATELY, ultimatum_given=YES)
    kept = changed(missed, ultimatum_given=NO, reached_out=YES, barriers_asked=YES)
    return planned({"missed_visits": kept}, missed_visits=missed)


def asked_again():
    asked = PreferenceRecord(id="p", recorded_on=date(2024, 1, 1), goals=(), options=(), effects=())
    chart = Chart(id="c", person=ADULT, preferences=asked)
    return of_chart(chart, {"preferences": changed(asked, recorded_on=ON)})


GATE = ("fears_nominee", "violence_or_control", "protective_order", "abuse_or_exploitation")

#: For each phrase of its own: a record of which the page says it, and the same with what the phrase asks for.
PAIRS = {
    "competency.decider.unrepresented.judgement": lambda: decided_by("dec-64", "spouse-partner"),
    "competency.decider.unrepresented.not-met": lambda: decided_by("dec-88", "guardian"),
    "competency.determination.contested.judgement": lambda: determined("det-02"),
    "competency.emergency.judgement": lambda: urgent(decider_reachable=YES),
    "competency.grounds.not-met": lambda: on_grounds(("diagnosis-alone",)),
    "competency.leaving.show-how-to-give-notice.not-met": noticed,
    "consent.freshness.not-met": talked_again,
    "consent.preference.not-met": preferred,
    "deprescribing.required-review.not-met": pharmacist,
    "deprescribing.review.not-met": lambda: reviewed_again("walter", ReviewKind.MEDICATION),
    "deprescribing.whole-regimen.not-met": lambda: reviewed_again("nina", ReviewKind.REGIMEN),
    "deprescribing.together.not-met": lambda: reviewed_of("vera"),
    "deprescribing.candidate.not-met": lambda: reviewed_of("walter", reviews=()),
    "deprescribing.reconciliation.not-met": lambda: reviewed_of("walter", ReviewKind.RECONCILIATION),
    "deprescribing.monitoring.not-met": measured,
    "relationship.no-punishment.not-met": unpunished,
    "relationship.missed-visits.not-met": reached_out,
    "relationship.ending-care.for-the-behavior-alone.not-met": lambda: ending({}, reasons=(EndingReason.SMOKING,)),
    "relationship.ending-care.in-crisis.not-met": lambda: ending(
        {"in_crisis": NO}, reasons=(EndingReason.CLINICIAN_UNABLE,), in_crisis=YES
    ),
    "relationship.preferences-fresh.not-met": asked_again,
    "diagnosis.told.not-told.not-met": told_now,
    "links.decider-authority.not-met": authority,
    "invitations.asked.ask-patient-to-consider.not-met": invited,
}
#: What is past: told now, it stands as it stood.
PAST = {
    "diagnosis.told.told-after.not-met": lambda: told_now(YES, date(2026, 10, 20)),
    "diagnosis.release.not-met": told_now,
    "links.released-before-told.not-met": told_now,
}


def says(finding, key):
    return [words()[BEFORE + key]] == list(_changes(finding, ()))


def same(findings, finding):
    return next((one for one in findings if one.key == finding.key), None)


def stands(finding):
    """Return the answer, and the verdict it rests on: an answer for another reason is another one."""
    return finding and (finding.answer, verdicts(finding))


@pytest.mark.parametrize("key", PAIRS)
def test_what_the_page_asks_for_changes_the_answer(key):
    before, after = PAIRS[key]()
    found = [one for one in before if says(one, key)]

    assert found
    assert all(stands(same(after, one)) != stands(one) for one in found)


@pytest.mark.parametrize("key", PAST)
def test_what_is_past_is_not_undone(key):
    before, after = PAST[key]()
    found = [one for one in before if says(one, key)]

    assert found
    assert all(same(after, one).answer is one.answer for one in found)


def test_either_of_two_ends_an_emergency():
    before, after = urgent(urgent=NO)
    [found] = [one for one in before if says(one, "competency.emergency.judgement")]

    assert same(after, found) is None


def test_every_phrase_of_its_own_is_proven():
    """A phrase that names a rule stands in one of the two lists above."""
    general = {f"{BEFORE}{answer.value}" for answer in Answer}
    general |= {f"{BEFORE}missing.{answer}" for answer in ("not-met", "cannot-tell")} | {f"{BEFORE}by-itself"}
    own = {key.removeprefix(BEFORE) for key in words() if key.startswith(BEFORE)} - {
        key.removeprefix(BEFORE) for key in general
    }

    assert own == {*PAIRS, *PAST}


@pytest.mark.parametrize(
    ("answer", "missing", "key"),
    [
        (Answer.NOT_MET, ("told",), "missing.not-met"),
        (Answer.CANNOT_TELL, ("told",), "missing.cannot-tell"),
        (Answer.JUDGEMENT, ("told",), "judgement"),
        (Answer.JUDGEMENT, (), "judgement"),
        (Answer.NOT_MET, (), "not-met"),
        (Answer.CANNOT_TELL, (), "cannot-tell"),
        (Answer.MET, (), "met"),
    ],
)
def test_any_other_rule(answer, missing, key):
    """Where a rule waits for nothing of its own, its answer stays while the record does, but for what is missing."""
    finding = Finding(rule="site.own", about="a", answer=answer, weight=Weight.REQUIRED, missing=missing)

    assert says(finding, key)


POLICIES = {
    "US": load_policy("US"),
    "nursing facility": load_policy("US", ["nursing-facility"]),
    "US-CA": load_policy("US-CA", ["snf"]),
    "GB-EAW": load_policy("GB-EAW"),
}


@given(charts(), st.sampled_from(sorted(POLICIES)))
def test_what_is_not_done_is_never_left_without_a_way(chart, name):
    """The general words are for a site's own rules: each rule says what it waits for, or what is missing."""
    general = {words()[f"{BEFORE}{answer.value}"] for answer in (Answer.NOT_MET, Answer.CANNOT_TELL)}
    for finding in review_chart(chart, policy=POLICIES[name], on=REVIEW_DAY).findings:
        if finding.answer in {Answer.NOT_MET, Answer.CANNOT_TELL}:
            assert general.isdisjoint(_changes(finding, ())), finding.rule
