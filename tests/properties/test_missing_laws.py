"""What a finding calls missing would change it: once that is recorded, one way or another, the finding differs."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Answer, Recorded, load_policy
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import ChartError
from alliance_core.base.kinds import changed
from alliance_core.competency import CapacityAssessment, review_capacity
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent import review_consent
from alliance_core.consent.records import ConsentDiscussion, ConsentEvent
from alliance_core.deprescribing import review_regimen
from alliance_core.deprescribing.records import MedicationHistory, Regimen
from alliance_core.diagnosis import DiagnosisRevision, review_diagnosis
from alliance_core.explanation import verdicts
from alliance_core.invitations import review_invitation
from alliance_core.invitations.records import InvitationProposal
from alliance_core.links import consent_events, review_links
from alliance_core.records import Circumstance, CircumstanceKind, Consultation, ConsultedRole, MedicationStatement
from alliance_core.testing import REVIEW_DAY, charts, records

POLICIES = {name: load_policy(name) for name in ("US", "GB")}
YES, NO = Recorded.YES, Recorded.NO
TODAY = REVIEW_DAY
#: So many ways to record the same facts are tried: yes and no, each word of a list, today and long ago.
WAYS = 10
BORN_ON = "1980-05-05"
DAYS_AGO = (0, 20, 400, 800, 5000)


# -- recording what is missing ---------------------------------------------------------------------------------------


def plain(kind):
    """Return an annotation without its `| None`."""
    inner = [one for one in get_args(kind) if one is not NoneType]
    return inner[0] if NoneType in get_args(kind) else kind


def recorded(kind, way):
    """Return a value of a field, as one of several ways in which it can be recorded."""
    kind = plain(kind)
    if kind is Recorded:
        return (YES, NO)[way % 2]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[way % len(kind)]
    if kind is date:
        return REVIEW_DAY - timedelta(days=DAYS_AGO[way % 5])
    if get_origin(kind) is tuple:
        return ()
    if dataclasses.is_dataclass(kind):
        return whole(kind, way)
    if kind is int:
        return (30, 5)[way % 2]
    return "x"


def whole(kind, way):
    """Return a record in which every fact and day is recorded."""
    hints = get_type_hints(kind)
    simple = {one.name for one in dataclasses.fields(kind) if plain(hints[one.name]) in {Recorded, date}}
    return bare(kind, **{name: recorded(hints[name], way) for name in simple})


def bare(kind, **facts):
    needed = [one.name for one in dataclasses.fields(kind) if one.default is dataclasses.MISSING]
    return kind(**dict.fromkeys(needed, "x") | facts)


def with_recorded(thing, path, way):
    """Return a record in which a path is recorded; where it leads through a list, in every entry of it."""
    ways_of = OWN_WAYS.get(type(thing), {})
    if beginning := max((one for one in ways_of if path.startswith(one)), key=len, default=""):
        return ways_of[beginning](thing, path, way)
    name, _, rest = path.partition(".")
    hints = get_type_hints(type(thing))
    if not rest:
        return changed(thing, **{name: BORN_ON if name == "born_on" else recorded(hints[name], way)})
    kind, held = plain(hints[name]), getattr(thing, name)
    if get_origin(kind) is tuple:
        entries = held or (bare(get_args(kind)[0]),)
        return changed(thing, **{name: tuple(with_recorded(one, rest, way) for one in entries)})
    return changed(thing, **{name: with_recorded(held or bare(kind), rest, way)})


# -- paths that name an entry of a list by its word, or a fact of a record beside ------------------------------------


def _consulted(decision, path, way):
    name = path.partition(".")[2]
    if name not in {role.value for role in ConsultedRole}:
        return changed(decision, consultations=tuple(with_recorded(o, name, way) for o in decision.consultations))
    held = (YES, NO)[way % 2]
    one = Consultation(id=f"new-{name}", role=ConsultedRole(name), held=held, documented=held, by="x", held_on=TODAY)
    return changed(decision, consultations=(*(decision.consultations or ()), one))


def _assessed(decision, path, way):
    """A new assessment counts only if what happened before it is dated, too."""
    name = path.partition(".")[2]
    if name != "abilities" and name:
        return changed(decision, assessments=tuple(with_recorded(one, name, way) for one in decision.assessments))
    made = changed(whole(CapacityAssessment, way), id="new", assessed_on=TODAY, assessed_by="x")
    before = tuple(changed(one, occurred_on=TODAY - timedelta(days=1)) for one in decision.events)
    return changed(decision, assessments=(made,), events=before, changed_since=NO)


def _still(decision, path, way):
    """Whether anything changed since, and on which day that was seen: the one says nothing without the other."""
    return changed(decision, changed_since=(YES, NO)[way % 2], changed_since_on=TODAY)


def _named(decision, path, way):
    return changed(decision, decision=("medication", "leaving-against-advice")[way % 2])


def _said(event, path, way):
    talk = event.discussion
    return changed(event, discussion=changed(talk, discussed=(*(talk.discussed or ()), path.partition(".")[2])))


def _in_talk(event, path, way):
    return changed(event, discussion=with_recorded(event.discussion, path, way))


def _dosed(event, path, way):
    talk = event.discussion
    medicine = event.medicine or MedicationStatement(id="new")
    return changed(event, medicine=changed(medicine, dose=talk.range_upper or talk.dose))


def _ranged(event, path, way):
    taken = (event.medicine and event.medicine.dose) or Dose(amount=Decimal(1), unit=DoseUnit.MILLIGRAM)
    medicine = changed(event.medicine or MedicationStatement(id="new"), dose=taken)
    return changed(event, discussion=changed(event.discussion, range_upper=taken), medicine=medicine)


def _beside(event, path, way):
    return changed(event, others=())


def _asked(regimen, path, way):
    asked = with_recorded(regimen.asked or MedicationHistory(), path.partition(".")[2], way)
    return changed(regimen, asked=changed(asked, asked_on=TODAY))


def _present(regimen, path, way):
    name = path.partition(".")[2]
    if name not in {kind.value for kind in CircumstanceKind}:
        return changed(regimen, circumstances=tuple(with_recorded(o, name, way) for o in regimen.circumstances))
    kind, fact = CircumstanceKind(name), (YES, NO)[way % 2]
    others = tuple(one for one in regimen.circumstances if one.kind is not kind)
    one = Circumstance(id=f"new-{name}", kind=kind, present=fact, recorded_on=recorded(date, way))
    return changed(regimen, circumstances=(*others, one))


def _in_remission(regimen, path, way):
    """Remission and since when: the one says nothing without the other."""
    facts = {"remission": (YES, NO)[way % 2], "remission_on": recorded(date, way)}
    return changed(regimen, medications=tuple(changed(one, **facts) for one in regimen.medications))


def _told(revision, path, way):
    return changed(revision, told_on=recorded(date, way), told=YES)


TALK = tuple(one.name for one in dataclasses.fields(ConsentDiscussion) if one.name != "id")
#: By the kind of record: which paths, by what they begin with, are recorded in a way of their own.
OWN_WAYS = {
    DecisionCapacity: {
        "assessments": _assessed,
        "changed_since": _still,
        "consultations.": _consulted,
        "decision": _named,
    },
    ConsentEvent: {
        **dict.fromkeys(TALK, _in_talk),
        "discussed.": _said,
        "medications": _beside,
        "medicine.dose": _dosed,
        "range_upper": _ranged,
    },
    Regimen: {"asked.": _asked, "circumstances.": _present, "medications.remission": _in_remission},
    DiagnosisRevision: {"told_on": _told},
}
#: What a link reads stands in the records that it links.
IN_CHART = {
    "told": "revisions.told",
    "told_on": "revisions.told_on",
    "decided_by": "consents.decided_by",
    "deciders.": "decisions.deciders.",
}


def in_chart(path):
    if path in IN_CHART:
        return IN_CHART[path]
    return path.replace("deciders.", IN_CHART["deciders."]) if path.startswith("deciders.") else path


#: A medicine that no row knows keeps the whole regimen open, and has a finding of its own that says so.
UNKNOWN_MEDICINE = "deprescribing.medicine-known"


# -- the law ---------------------------------------------------------------------------------------------------------


def unchanged(record, review):
    """Return each open finding that stays the same however what it calls missing is recorded."""
    findings = review(record).findings
    named = {"deprescribing.whole-regimen"} if any(one.rule == UNKNOWN_MEDICINE for one in findings) else set()
    for one in findings:
        waits = one.is_open and one.missing and one.rule not in named
        is_of_tables = any(path.startswith("policy.") for path in one.missing)
        if waits and not is_of_tables and not differs(record, review, one, one.missing):
            yield one.rule, one.missing


def differs(record, review, finding, paths):
    return any(answer(review, made, finding.key) != answer(review, record, finding.key) for made in ways(record, paths))


def ways(record, paths):
    for way in range(WAYS):
        made = record
        try:
            for path in paths:
                made = with_recorded(made, path, way)
        except ChartError:  # no such record can be built
            continue
        yield made


def answer(review, record, key):
    found = next((one for one in review(record).findings if one.key == key), None)
    return found and (found.answer, found.missing)


def asked(chart, policy):
    """Return the records of a chart, each with what reviews it."""
    day = Day(REVIEW_DAY)
    seen, _ = chart.as_of(day)
    yield from ((seen.placed(one, day), _capacity(policy)) for one in seen.decisions)
    yield from ((one, _consent(policy)) for one in consent_events(seen, policy=policy, day=day))
    yield from ((one, _diagnosis(policy)) for one in seen.revisions)
    yield seen.regimen, _regimen(policy)


class TestMissingIsTrue:
    """Whatever is named as missing changes the finding once it is recorded."""

    @given(charts(), st.sampled_from(sorted(POLICIES)))
    def test_areas(self, chart, name):
        assert [] == [one for record, review in asked(chart, POLICIES[name]) for one in unchanged(record, review)]

    @given(records(InvitationProposal), st.sampled_from(sorted(POLICIES)))
    def test_invitations(self, proposal, name):
        assert [] == list(unchanged(proposal, _invitation(POLICIES[name])))

    @given(charts(), st.sampled_from(sorted(POLICIES)))
    def test_links(self, chart, name):
        def review(made):
            return review_links(made, policy=POLICIES[name], on=REVIEW_DAY)

        for finding in review(chart).findings:
            paths = [in_chart(path) for path in finding.missing if path != "deciders"]  # a person, not a fact of one
            assert not paths or differs(chart, review, finding, paths), finding.rule

    def test_a_path_that_no_record_has_is_noticed(self):
        with pytest.raises(KeyError):
            with_recorded(InvitationProposal(id="i"), "gate.no_such_fact", 0)


#: What a page says of them by name: telling late does not undo what was late.
TOO_LATE = {"diagnosis.told", "diagnosis.release"}


class TestItEnds:
    """Whoever records what is missing, and then what is asked instead, comes to another answer or another question."""

    @given(charts(), st.sampled_from(sorted(POLICIES)))
    def test_areas(self, chart, name):
        for record, review in asked(chart, POLICIES[name]):
            assert [] == list(endless(record, review))

    @given(records(InvitationProposal), st.sampled_from(sorted(POLICIES)))
    def test_invitations(self, proposal, name):
        assert [] == list(endless(proposal, _invitation(POLICIES[name])))


def endless(record, review):
    findings = review(record).findings
    named = {"deprescribing.whole-regimen"} if any(one.rule == UNKNOWN_MEDICINE for one in findings) else set()
    for one in findings:
        waits = one.missing and one.answer in {Answer.NOT_MET, Answer.CANNOT_TELL} and one.rule not in named
        is_too_late = one.rule in TOO_LATE and one.answer is Answer.NOT_MET
        if waits and not is_too_late and not ends(record, review, one, rounds=4):
            yield one.rule, one.missing


def ends(record, review, finding, rounds):
    found = next((one for one in review(record).findings if one.key == finding.key), None)
    if found is None or (found.answer, verdicts(found)) != (finding.answer, verdicts(finding)):
        return True
    if any(path.startswith("policy.") for path in found.missing):
        return True  # the tables are asked then, and no record
    return bool(found.missing and rounds) and any(
        ends(made, review, finding, rounds - 1) for made in ways(record, found.missing)
    )


def _capacity(policy):
    return lambda made: review_capacity(made, policy=policy.competency, on=REVIEW_DAY)


def _consent(policy):
    return lambda made: review_consent(made, policy=policy.consent, on=REVIEW_DAY)


def _diagnosis(policy):
    return lambda made: review_diagnosis(made, policy=policy.diagnosis, on=REVIEW_DAY)


def _regimen(policy):
    return lambda made: review_regimen(made, policy=policy.deprescribing, on=REVIEW_DAY)


def _invitation(policy):
    return lambda made: review_invitation(made, policy=policy.invitations, on=REVIEW_DAY)
