"""
Who has been found able to decide what: the assessor's determination, read and never computed.

Decision table (a) of the capacity sheet. An adult is presumed to have capacity; a lack is only ever *recorded*, by an
assessor, for one decision, with support given and reasons written down.
"""

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.base.tables import Row
from alliance_core.competency.minors import Ruling, rule
from alliance_core.competency.policy import ClockRow, CompetencyPolicy, CompetencyView, GroundRow
from alliance_core.competency.records import CapacityAssessment, CapacityEvent, Decider, DecisionCapacity, Stakes
from alliance_core.records import NOT_RECORDED, has_age

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR

DETERMINATION: Final = Rule(
    id="competency.determination",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Whether a lack of capacity is recorded for this decision, by whom, on what, and since when.",
)
GROUNDS: Final = Rule(
    id="competency.grounds",
    basis=Basis.EVIDENCE,
    source="ganzini-2004",
    locator="ten myths",
    says="A conclusion rests on what the person showed, not on a label, a refusal or an odd choice.",
)
OBJECTION: Final = Rule(
    id="competency.objection",
    basis=Basis.PRACTICE,
    source="practice",
    locator="patient objects to the finding",
    says="An objection to the finding or to the decider is taken up, and never read as part of a lack.",
)


class Determination(Enum):
    """What the record says about capacity for one decision. Always of the record, never of the person."""

    PRESUMED = "presumed"
    CAPACITY_RECORDED = "capacity-recorded"
    LACK_RECORDED = "lack-recorded"
    ACTIVATED = "activated"
    CONTESTED = "contested"
    NOT_ESTABLISHED = "not-established"
    REASSESS = "reassess"
    DECIDED_BY_COURT = "decided-by-court"
    MINOR_PATH = "minor-path"
    OUT_OF_SCOPE = "out-of-scope"


@value
class Outcome:
    """What a case gives: the determination, how it answers, and which facts would settle it."""

    determination: Determination
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    case: str = ""


@value
class Evidence:
    """The facts of one decision on one day, as the table asks for them."""

    record: DecisionCapacity
    regime: str | None
    routine: bool | None
    adult: Recorded
    maybe_emancipated: bool
    nexus_asked: bool
    until_recertified: bool
    standing: bool
    scaled: bool
    abilities: tuple[tuple[str, Recorded], ...]
    court: Recorded
    court_exists: bool
    someone_named: bool
    unattributed: bool
    stale: bool
    older: bool
    running: bool
    conclusions: tuple[Recorded, ...]
    considered: tuple[CapacityAssessment, ...]
    latest: CapacityAssessment | None
    second_no: bool
    objection: Recorded
    grounds_forbidden: bool
    forbidden: tuple[GroundRow, ...]
    changed_since: Recorded
    rows: tuple[str, ...]
    minor: Ruling | None
    recheck: ClockRow | None

    def any_ability(self, *facts: Recorded) -> bool:
        """Whether any ability that is asked for has one of these facts."""
        return any(fact in facts for _, fact in self.abilities)

    def joined(self, *names: str) -> Recorded:
        """Return whether all of these facts are yes in the latest assessment, and in every other of its day."""
        return all_yes(*(getattr(one, name) for one in _of_last_day(self.considered) for name in names))

    @property
    def last_day(self) -> tuple[CapacityAssessment, ...]:
        """The latest assessment, and every other of its day."""
        return _of_last_day(self.considered)

    @property
    def supported(self) -> Recorded:
        """Whether information was given and support taken first."""
        return self.joined("information_given", "support_given")

    @property
    def nexus(self) -> Recorded:
        """Whether the inability is recorded as due to an impairment of mind or brain."""
        return self.joined("impairment", "caused_by_impairment")

    @property
    def activated(self) -> bool:
        """Whether someone's activation serves every decision here, and is not recorded as ended."""
        return self.active and self.standing and self.someone_named

    @property
    def active(self) -> bool:
        """Whether an activation is recorded, and not that it ended."""
        return self.record.activated is YES and self.record.activation_in_force is not NO

    @property
    def objections(self) -> tuple[Recorded, ...]:
        """What is recorded about the patient's objecting, to the activation and at each assessment."""
        return (self.record.activation_objected, *(one.patient_objects for one in self.considered))

    @property
    def disputed(self) -> bool:
        """Whether the patient objects to an activation, or an assessor does not find a lack."""
        return bool({YES, UNCLEAR} & {*self.objections, *self.conclusions})

    @property
    def settled(self) -> bool:
        """Whether the assessments are someone's, of a day, and known to hold today."""
        return not self.unattributed and (not self.older or self.changed_since is NO)


# -- gathering -------------------------------------------------------------------------------------------------------


def gather(record: DecisionCapacity, view: CompetencyView, day: Day, *, policy: CompetencyPolicy) -> Evidence:
    """Return the facts that the table asks for, as they stood on the day."""
    decision, home = view.decisions.get(record.decision or ""), view.jurisdiction
    once = dict.fromkeys(record.assessments or ())
    seen = [a for a in once if a.assessed_on is None or day.has_reached(a.assessed_on)]
    considered, window = _within_window(_latest_of_each(seen), view, day)
    latest = _latest(considered)
    grounds = {ground for one in _of_last_day(considered) for ground in one.grounds or ()}
    forbidden = tuple(row for ground, row in view.grounds.items() if ground in grounds)
    recheck = _recheck_clock(record, latest, view)
    courts = [d for d in record.deciders or () if d.decider_class in policy.court_classes]
    evidence = Evidence(
        record=record,
        regime=decision.regime if decision else None,
        routine=decision.routine if decision else None,
        adult=_adult(record, view, day),
        maybe_emancipated=record.person is not None and record.person.emancipated is UNCLEAR,
        nexus_asked=home is not None and home.nexus_asked,
        until_recertified=home is not None and home.stale_lack_reading == "until-recertified",
        standing=home is None or home.activation == "standing",
        scaled=home is None or home.sliding_scale == "on",
        abilities=tuple((row.ability, _ability(considered, row.ability)) for row in view.abilities),
        court=any_yes(*(all_yes(d.covers_decision, d.in_force, d.authority_seen) for d in courts)),
        court_exists=any(d.covers_decision is not NO and d.in_force is not NO for d in courts),
        someone_named=any(_may_act(d, policy) for d in record.deciders or ()),
        unattributed=any(a.assessed_on is None or not a.assessed_by for a in considered),
        stale=bool(considered) and _is_overtaken(record, considered, view, day),
        older=latest is not None and latest.assessed_on is not None and day.has_passed(latest.assessed_on),
        running=_is_running(recheck, latest, day),
        conclusions=tuple(a.conclusion for a in considered),
        considered=considered,
        latest=latest,
        second_no=len({a.assessed_by for a in considered if a.conclusion is NO}) > 1,
        objection=any_yes(*(a.patient_objects for a in considered)) if considered else NOT_RECORDED,
        grounds_forbidden=bool(forbidden) and len(forbidden) == len(grounds),
        forbidden=forbidden,
        changed_since=_changed_since(record, latest, day),
        rows=_rows(decision, home, *(view.abilities if latest else ()), *forbidden, recheck, window),
        minor=None,
        recheck=recheck,
    )
    return changed(evidence, minor=_ruling(evidence, view, day))


def _ruling(e: Evidence, view: CompetencyView, day: Day) -> Ruling | None:
    """Return what the rules for minors say about someone under the age of majority."""
    person = e.record.person
    if e.adult is not NO or person is None:
        return None
    return rule(e.record, person, view, day, capacity=_own_capacity(e))


def _own_capacity(e: Evidence) -> Recorded:
    """
    Return whether a minor's own capacity is recorded, for a rule that asks for it.

    It is never taken away by what is written here: a lack that someone concluded is for people to weigh.
    """
    if not e.considered:
        asked = e.record.assessments is not None
        return YES if asked and e.record.concern is NO else NOT_RECORDED
    if e.stale or e.unattributed or (e.older and e.changed_since is not NO):
        return NOT_RECORDED
    doubted = NO in e.conclusions or e.any_ability(NO, UNCLEAR)
    return UNCLEAR if doubted else all_yes(*e.conclusions)


def _may_act(decider: Decider, policy: CompetencyPolicy) -> bool:
    """Return whether an activation may be theirs: an agent's or a surrogate's, and not a court's guardian's."""
    return decider.decider_class in policy.appointed_classes or decider.decider_class not in policy.court_classes


def _rows(*rows: Row | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.row_id for row in rows if row is not None))


def _adult(record: DecisionCapacity, view: CompetencyView, day: Day) -> Recorded:
    """Majority begins on the birthday itself; an emancipated minor is heard as an adult."""
    if record.person is None or view.jurisdiction is None:
        return NOT_RECORDED
    of_age = has_age(record.person, view.jurisdiction.majority_age, day)
    if of_age is NO and record.person.emancipated in {YES, UNCLEAR}:
        return record.person.emancipated
    return of_age


def _latest_of_each(seen: list[CapacityAssessment]) -> list[CapacityAssessment]:
    """Of each assessor the latest stands; the same day with different conclusions keeps both."""
    last: dict[tuple[bool, str], date] = {}
    for one in seen:
        last[_who(one)] = max(last.get(_who(one), date.min), one.assessed_on or date.min)
    return [one for one in seen if one.assessed_on is None or one.assessed_on == last[_who(one)]]


def _who(one: CapacityAssessment) -> tuple[bool, str]:
    """Return whose assessment it is; one that names nobody stands for itself."""
    return (True, one.assessed_by) if one.assessed_by else (False, one.id)


def _within_window(
    kept: list[CapacityAssessment], view: CompetencyView, day: Day
) -> tuple[tuple[CapacityAssessment, ...], Row | None]:
    """Opposite conclusions are weighed together only within the conflict window of the latest one."""
    window = next((row for row in view.clocks.get("capacity-assessment", ()) if row.kind == "window"), None)
    newest = max((one.assessed_on for one in kept if one.assessed_on is not None), default=day.on)
    if window is None or window.interval is None:
        return tuple(kept), None
    length = window.interval
    near = tuple(
        one for one in kept if one.assessed_on is None or (length.after(one.assessed_on) or date.max) >= newest
    )
    return near, window if len(kept) > 1 else None


def _latest(considered: tuple[CapacityAssessment, ...]) -> CapacityAssessment | None:
    return max(considered, key=_recency, default=None)


def _recency(one: CapacityAssessment) -> tuple[date, str, str, str]:
    course = one.expected_course.value if one.expected_course is not None else ""
    return (one.assessed_on or date.min, one.id, one.cause or "", course)


def _of_last_day(considered: tuple[CapacityAssessment, ...]) -> tuple[CapacityAssessment, ...]:
    """Return the latest assessment, and every other of the same day."""
    newest = max((one.assessed_on or date.min for one in considered), default=None)
    return tuple(one for one in considered if (one.assessed_on or date.min) == newest)


def _ability(considered: tuple[CapacityAssessment, ...], ability: str) -> Recorded:
    """Return an ability as the latest assessment has it; several of one day are joined."""
    if not considered:
        return NOT_RECORDED
    return all_yes(*(getattr(one, _field_of(ability), NOT_RECORDED) for one in _of_last_day(considered)))


def _field_of(ability: str) -> str:
    """Return the field that holds an ability; using or weighing in England and Wales is the record's `reasons`."""
    return "reasons" if ability == "uses-or-weighs" else ability.replace("-", "_")


def _changed_since(record: DecisionCapacity, latest: CapacityAssessment | None, day: Day) -> Recorded:
    """
    Return what is written about a change since the assessment.

    A line counts from the day on which it was written, and says nothing about what came after it. So a line without a
    day may say that something changed, and cannot say that nothing did.
    """
    written, assessed = record.changed_since_on, latest.assessed_on if latest else None
    if written is None:
        return NOT_RECORDED if record.changed_since is NO else record.changed_since
    if not day.has_reached(written) or (assessed is not None and written < assessed):
        return NOT_RECORDED
    return record.changed_since


def _is_overtaken(
    record: DecisionCapacity, considered: tuple[CapacityAssessment, ...], view: CompetencyView, day: Day
) -> bool:
    newest = _latest(considered)
    line = _changed_since(record, newest, day)
    unchanged_on = record.changed_since_on if line is NO else None
    if line in {YES, UNCLEAR}:
        return True
    # Every event is looked at, so that their order decides nothing about the day until which the answer holds.
    overtaken = [_overtakes(event, newest, view, day, unchanged_on=unchanged_on) for event in record.events]
    return any(overtaken)


def _overtakes(
    event: CapacityEvent,
    newest: CapacityAssessment | None,
    view: CompetencyView,
    day: Day,
    *,
    unchanged_on: date | None,
) -> bool:
    """Return whether an event came after the assessment, and no later line says that nothing changed."""
    if event.occurred_on is None:
        return True
    after = newest is None or newest.assessed_on is None or event.occurred_on > newest.assessed_on
    if not after or not day.has_reached(event.occurred_on):
        return False
    row = view.clock("capacity-assessment", event.trigger)
    restores = row is not None and row.kind == "event-until-unchanged"
    return not (restores and unchanged_on is not None and event.occurred_on <= unchanged_on)


def _recheck_clock(
    record: DecisionCapacity, latest: CapacityAssessment | None, view: CompetencyView
) -> ClockRow | None:
    if latest is None:
        return None
    course = latest.expected_course.value if latest.expected_course is not None else ""
    setting = record.setting.value if record.setting is not None else ""
    return view.clock("capacity-assessment", "calendar", setting=setting, course=course, cause=latest.cause or "")


def _is_running(recheck: ClockRow | None, latest: CapacityAssessment | None, day: Day) -> bool:
    if recheck is None or recheck.interval is None or latest is None or latest.assessed_on is None:
        return False
    return not day.has_passed(recheck.interval.after(latest.assessed_on))


# -- the table -------------------------------------------------------------------------------------------------------


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002  # the case's id, as Case calls it
    says: str,
    when: Callable[[Evidence], bool],
    determination: Determination,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
    source: str = "practice",
    locator: str = "capacity table a",
) -> Case[Evidence, Outcome]:
    gives = Outcome(determination=determination, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


_D, _A, _W = Determination, Answer, Weight
_REGIME: Final = "other"


def _says_lack(e: Evidence) -> bool:
    return set(e.conclusions) == {NO}


def _says_capacity(e: Evidence) -> bool:
    return set(e.conclusions) == {YES}


def _is_unconfirmed(e: Evidence) -> bool:
    """Return whether a lack was concluded on an earlier day, and nobody wrote whether anything changed since."""
    return _says_lack(e) and e.older and e.changed_since is NOT_RECORDED


CASES: Final[tuple[Case[Evidence, Outcome], ...]] = (
    _case(
        "D01",
        "the decision is not about treatment, or a detained patient is treated for mental disorder under its own Act",
        lambda e: (
            e.regime == _REGIME
            or (e.nexus_asked and all_yes(e.record.detained, e.record.treats_mental_disorder) is YES)
        ),
        _D.OUT_OF_SCOPE,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.27-29",
    ),
    _case(
        "D03-emancipated",
        "the patient is under the age of majority; whether emancipated is unclear",
        lambda e: e.adult is UNCLEAR and e.maybe_emancipated,
        _D.MINOR_PATH,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "person.emancipated",
    ),
    _case(
        "D03-age",
        "the age is not known",
        lambda e: e.adult not in {YES, NO},
        _D.MINOR_PATH,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "person.born_on",
    ),
    _case(
        "D03",
        "the patient is under the age of majority",
        lambda e: e.adult is NO,
        _D.MINOR_PATH,
        _A.JUDGEMENT,
        _W.REQUIRED,
    ),
    _case(
        "D02",
        "England and Wales: neither legal status nor kind of treatment rules the mental health Act out yet",
        lambda e: e.nexus_asked and NO not in {e.record.detained, e.record.treats_mental_disorder},
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "detained",
        "treats_mental_disorder",
        source="mca-2005",
        locator="s.28",
    ),
    _case(
        "D09-unnamed",
        "something is recorded, and which decision it is about is not, or is a word that no row knows",
        lambda e: e.regime is None and (e.latest is not None or e.court_exists or e.record.activated is YES),
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decision",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D04",
        "an order of a court that covers this decision is in force and was seen",
        lambda e: e.court is YES,
        _D.DECIDED_BY_COURT,
        _A.MET,
        source="nh-rsa-464-a",
        locator="464-A:25",
    ),
    _case(
        "D05",
        "an order may exist; what it covers, whether it is in force, or the order itself has not been seen",
        lambda e: e.court_exists,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "deciders.covers_decision",
        "deciders.in_force",
        "deciders.authority_seen",
    ),
    _case(
        "D05A",
        "an agent's authority is active, and the patient objects or an assessor finds capacity",
        lambda e: e.activated and e.record.activation_in_force is YES and e.disputed,
        _D.CONTESTED,
        _A.JUDGEMENT,
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "D05A-open",
        "the patient objects or an assessor finds capacity; whether an agent's authority is still active is not known",
        lambda e: e.activated and e.disputed,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activation_in_force",
    ),
    _case(
        "D05B",
        "an agent's authority was activated; whether it still is, whether the patient objects, or what an assessor "
        "concluded is not recorded",
        lambda e: (
            e.activated
            and not (
                e.record.activation_in_force is YES and set(e.objections) == {NO} and NOT_RECORDED not in e.conclusions
            )
        ),
        _D.ACTIVATED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activation_in_force",
        "activation_objected",
        "assessments.patient_objects",
        "assessments.conclusion",
    ),
    _case(
        "D05B-unassessed",
        "an agent's authority is active and the patient does not object; whether anyone assessed this decision is not "
        "recorded",
        lambda e: e.activated and e.record.assessments is None,
        _D.ACTIVATED,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "assessments",
    ),
    _case(
        "D05C",
        "an agent's authority is active and the patient does not object",
        lambda e: e.activated,
        _D.ACTIVATED,
        _A.MET,
        source="nh-rsa-137-j",
        locator="137-J:5 II",
    ),
    _case(
        "D05D",
        "someone is named who would act on activation, and nobody recorded whether their authority is active",
        lambda e: (
            e.standing
            and e.record.activated in {NOT_RECORDED, UNCLEAR}
            and e.record.activation_in_force is not NO
            and e.someone_named
            and e.latest is not None
        ),
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activated",
    ),
    _case(
        "D05E",
        "an authority was activated that does not serve here: every decision is assessed afresh, or nobody named holds "
        "it; and this one was not assessed",
        lambda e: e.active and e.latest is None,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D06",
        "no assessment, and no concern",
        lambda e: e.latest is None and e.record.concern is NO,
        _D.PRESUMED,
        _A.NOT_APPLICABLE,
        source="mca-2005",
        locator="s.1(2)",
    ),
    _case(
        "D07-routine",
        "no assessment, and the record is silent about concern, for a routine decision",
        lambda e: e.latest is None and e.record.concern is NOT_RECORDED and e.routine is True and not _is_high(e),
        _D.PRESUMED,
        _A.NOT_APPLICABLE,
        source="mca-2005",
        locator="s.1(2)",
    ),
    _case(
        "D07",
        "no assessment, and the record is silent about concern, for a decision that is not known to be routine",
        lambda e: e.latest is None and e.record.concern is NOT_RECORDED,
        _D.PRESUMED,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "decision",
        "concern",
        source="mca-2005",
        locator="s.1(2)",
    ),
    _case(
        "D08",
        "there is concern, and no assessment",
        lambda e: e.latest is None,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "D09-unattributed",
        "an assessment names no assessor or no day: it can be neither relied on nor set aside",
        lambda e: e.unattributed,
        _D.REASSESS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.assessed_by",
        "assessments.assessed_on",
        source="ganzini-2004",
        locator="myth 6",
    ),
    _case(
        "D09",
        "something has changed since the assessment",
        lambda e: e.stale,
        _D.REASSESS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="ganzini-2004",
        locator="myth 6",
    ),
    _case(
        "D10",
        "the conclusion is unclear, assessors differ, or the patient objects and no second assessor agrees",
        lambda e: (
            UNCLEAR in e.conclusions
            or {YES, NO} <= set(e.conclusions)
            or (_says_lack(e) and e.objection in {YES, UNCLEAR} and not e.second_no)
        ),
        _D.CONTESTED,
        _A.JUDGEMENT,
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "D11-profile",
        "no row says which abilities an assessment is asked for here",
        lambda e: not e.abilities,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "policy.capacity_abilities",
    ),
    _case(
        "D13",
        "a lack is concluded, and every ability is recorded as shown",
        lambda e: _says_lack(e) and not e.any_ability(NO, UNCLEAR, NOT_RECORDED),
        _D.CONTESTED,
        _A.JUDGEMENT,
    ),
    _case(
        "D12",
        "a lack is concluded, no ability is shown absent, and every ground named is no evidence",
        lambda e: _says_lack(e) and not e.any_ability(NO) and e.grounds_forbidden,
        _D.NOT_ESTABLISHED,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "assessments.grounds",
        source="ganzini-2004",
        locator="ten myths",
    ),
    _case(
        "D14",
        "a lack is concluded, and no ability is recorded as absent",
        lambda e: _says_lack(e) and not e.any_ability(NO),
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.abilities",
        source="appelbaum-2007",
        locator="four abilities",
    ),
    _case(
        "D15",
        "a lack is concluded without information given or support taken first",
        lambda e: _says_lack(e) and e.supported is NO,
        _D.NOT_ESTABLISHED,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "assessments.information_given",
        "assessments.support_given",
        source="mca-2005",
        locator="s.1(3), 3(2)",
    ),
    _case(
        "D16",
        "a lack is concluded; information or support is not recorded",
        lambda e: _says_lack(e) and e.supported is not YES,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.information_given",
        "assessments.support_given",
        source="mca-2005",
        locator="s.1(3), 3(2)",
    ),
    _case(
        "D17",
        "England and Wales: no impairment, or not because of it",
        lambda e: _says_lack(e) and e.nexus_asked and e.nexus is NO,
        _D.NOT_ESTABLISHED,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "assessments.caused_by_impairment",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D18",
        "England and Wales: impairment or its part in it is unclear",
        lambda e: _says_lack(e) and e.nexus_asked and e.nexus is UNCLEAR,
        _D.CONTESTED,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D19",
        "England and Wales: impairment or its part in it is not recorded",
        lambda e: _says_lack(e) and e.nexus_asked and e.nexus is NOT_RECORDED,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.impairment",
        "assessments.caused_by_impairment",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D20",
        "a lack is concluded; nobody recorded whether the patient objects",
        lambda e: _says_lack(e) and e.objection is NOT_RECORDED,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.patient_objects",
        source="nh-rsa-137-j",
        locator="137-J:37 I",
    ),
    _case(
        "D21-certified",
        "a recorded lack is older than today and stands here until its return is certified; its recheck is not yet due",
        lambda e: _is_unconfirmed(e) and e.until_recertified and e.running,
        _D.LACK_RECORDED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "changed_since",
        source="nh-rsa-137-j",
        locator="137-J:5 II",
    ),
    _case(
        "D21-certified-lapsed",
        "a recorded lack is older than today and stands here until its return is certified; its recheck has come",
        lambda e: _is_unconfirmed(e) and e.until_recertified,
        _D.LACK_RECORDED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "changed_since",
        source="nh-rsa-137-j",
        locator="137-J:5 II",
    ),
    _case(
        "D21",
        "a recorded lack is older than today; whether anything changed is not recorded, and its recheck is not yet due",
        lambda e: _is_unconfirmed(e) and e.running,
        _D.REASSESS,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "changed_since",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D21-lapsed",
        "a recorded lack is older than today; whether anything changed is not recorded, and its recheck has come",
        _is_unconfirmed,
        _D.REASSESS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "changed_since",
        "assessments",
        source="mca-2005",
        locator="s.2(1)",
    ),
    _case(
        "D22",
        "an assessor concludes a lack, with abilities, support and the patient's own word recorded",
        _says_lack,
        _D.LACK_RECORDED,
        _A.MET,
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "D23",
        "capacity is concluded, and an ability is recorded as absent or unclear",
        lambda e: _says_capacity(e) and e.any_ability(NO, UNCLEAR),
        _D.CONTESTED,
        _A.JUDGEMENT,
        source="appelbaum-2007",
        locator="four abilities",
    ),
    _case(
        "D24-high",
        "capacity is concluded for a decision with high stakes; part of what shows it is not recorded",
        lambda e: _says_capacity(e) and _is_high(e) and _is_thin(e),
        _D.CAPACITY_RECORDED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "assessments.abilities",
        "assessments.information_given",
        "changed_since",
    ),
    _case(
        "D24",
        "capacity is concluded; part of what shows it is not recorded",
        lambda e: _says_capacity(e) and _is_thin(e),
        _D.CAPACITY_RECORDED,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "assessments.abilities",
        "assessments.information_given",
        "changed_since",
    ),
    _case(
        "D25",
        "capacity is concluded, and what shows it is recorded",
        _says_capacity,
        _D.CAPACITY_RECORDED,
        _A.MET,
        source="appelbaum-2007",
        locator="four abilities",
    ),
    _case(
        "D11",
        "an assessment is there, its conclusion is not recorded",
        always,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments.conclusion",
    ),
)


def _is_high(e: Evidence) -> bool:
    """Return whether the stakes ask for more evidence; they never change a conclusion, and a site may switch it off."""
    return e.scaled and e.record.stakes is Stakes.HIGH


def _is_thin(e: Evidence) -> bool:
    informed = e.joined("information_given") is YES
    return e.any_ability(NOT_RECORDED) or not informed or (e.older and e.changed_since is not NO)


# -- findings --------------------------------------------------------------------------------------------------------


def determine(evidence: Evidence) -> Outcome:
    """Return the determination that the record supports, how it answers and what would settle it."""
    outcome = first(CASES, evidence).gives
    if outcome.case == "D03" and evidence.minor is not None:
        ruling = evidence.minor
        return changed(outcome, answer=ruling.answer, weight=ruling.weight, missing=ruling.missing)
    return changed(outcome, missing=_still_missing(evidence, outcome.missing))


def _still_missing(e: Evidence, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return those facts a case names that are unknown in this record; a case that settles none keeps all."""
    open_paths = tuple(path for path in _spread(e, paths) if not _is_known(e, path))
    return open_paths or paths


def _spread(e: Evidence, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return one path for each ability, and the day of a line that is there without one."""
    spread: list[str] = []
    for path in paths:
        if path == "assessments.abilities":
            spread += [f"assessments.{_field_of(ability)}" for ability, fact in e.abilities if not fact.known]
        elif path == "changed_since" and e.record.changed_since is NO and e.record.changed_since_on is None:
            spread.append("changed_since_on")
        else:
            spread.append(path)
    return tuple(spread)


def _is_known(e: Evidence, path: str) -> bool:
    owner, _, name = path.rpartition(".")
    if owner == "assessments":
        return name in _READ_FROM_ALL and all(_is_given(getattr(one, name)) for one in e.considered)
    if path == "changed_since":  # not asked on the day of the assessment
        return not e.older or e.changed_since.known
    if owner == "" and name != "assessments":
        return _is_given(getattr(e.record, name))
    return False


#: What each assessment holds by itself; abilities and grounds are joined, and known to be open when they are asked for.
_READ_FROM_ALL: Final = frozenset(
    {
        "assessed_by",
        "assessed_on",
        "conclusion",
        "information_given",
        "support_given",
        "impairment",
        "caused_by_impairment",
        "patient_objects",
    }
)


def _is_given(fact: object) -> bool:
    return fact.known if isinstance(fact, Recorded) else bool(fact)


def determination_findings(evidence: Evidence, outcome: Outcome) -> tuple[Finding, ...]:
    """Return the finding about the determination, and those that stand beside it."""
    record = evidence.record
    main = Finding(
        rule=DETERMINATION.id,
        about=record.id,
        item=record.decision or "",
        answer=outcome.answer,
        weight=outcome.weight,
        because=(("determination", outcome.determination.value), *_both_sides(evidence)),
        missing=outcome.missing,
        rows=evidence.rows,
    )
    return (main, *_grounds_finding(evidence), *_objection_finding(evidence))


def _both_sides(e: Evidence) -> tuple[tuple[str, str], ...]:
    """Return what was concluded, and beside it what was shown."""
    if e.latest is None:
        return (("concern", e.record.concern.value),)
    shown = tuple(
        (f"assessments.{_field_of(name)}", fact.value) for name, fact in e.abilities if fact is not NOT_RECORDED
    )
    return (
        *(("assessments.conclusion", one.value) for one in sorted(set(e.conclusions), key=lambda c: c.value)),
        *shown,
    )


def _grounds_finding(e: Evidence) -> tuple[Finding, ...]:
    if not e.forbidden:
        return ()
    grounds = tuple(("assessments.grounds", row.ground) for row in e.forbidden)
    return (
        Finding(
            rule=GROUNDS.id,
            about=e.record.id,
            item=e.record.decision or "",
            answer=Answer.NOT_MET,
            weight=Weight.REQUIRED,
            because=grounds,
            rows=tuple(row.row_id for row in e.forbidden),
        ),
    )


def _objection_finding(e: Evidence) -> tuple[Finding, ...]:
    if e.objection not in {YES, UNCLEAR} and e.record.activation_objected not in {YES, UNCLEAR}:
        return ()
    return (
        Finding(
            rule=OBJECTION.id,
            about=e.record.id,
            item=e.record.decision or "",
            answer=Answer.JUDGEMENT,
            weight=Weight.REQUIRED,
            because=(("assessments.patient_objects", any_yes(e.objection, e.record.activation_objected).value),),
        ),
    )
