"""The facts of one decision on one day: which assessments count, what they show, and what came after them."""

from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.kinds import changed, value
from alliance_core.base.tables import Row
from alliance_core.competency.minors import Ruling, rule
from alliance_core.competency.policy import ClockRow, CompetencyPolicy, CompetencyView, GroundRow
from alliance_core.competency.records import CapacityAssessment, CapacityEvent, Decider, DecisionCapacity
from alliance_core.records import NOT_RECORDED, has_age

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR


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
    same_day: bool
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
        return all_yes(*(getattr(one, name) for one in of_last_day(self.considered) for name in names))

    @property
    def last_day(self) -> tuple[CapacityAssessment, ...]:
        """The latest assessment, and every other of its day."""
        return of_last_day(self.considered)

    @property
    def supported(self) -> Recorded:
        """Whether information was given and support taken first."""
        return self.joined("information_given", "support_given")

    @property
    def uninterpreted(self) -> bool:
        """Whether the patient needs an interpreter, and that one was used for the assessment is not recorded."""
        person = self.record.person
        needed = person is not None and person.interpreter_needed is YES
        return needed and not any(_INTERPRETER in (one.supports or ()) for one in self.last_day)

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
        return not self.unattributed and (not self.asks_since or self.changed_since is NO)

    @property
    def asks_since(self) -> bool:
        """Whether it is asked if anything has changed since: of an earlier day, or of one that had a change itself."""
        return self.older or self.same_day


#: The support that a record names in this word.
_INTERPRETER: Final = "interpreter"


# -- gathering -------------------------------------------------------------------------------------------------------


def gather(record: DecisionCapacity, view: CompetencyView, day: Day, *, policy: CompetencyPolicy) -> Evidence:
    """Return the facts that the table asks for, as they stood on the day."""
    decision, home = view.decisions.get(record.decision or ""), view.jurisdiction
    once = dict.fromkeys(record.assessments or ())
    seen = [a for a in once if a.assessed_on is None or day.has_reached(a.assessed_on)]
    considered, window = _within_window(_latest_of_each(seen), view, day)
    latest = _latest(considered)
    grounds = {ground for one in of_last_day(considered) for ground in one.grounds or ()}
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
        same_day=_may_be_overtaken(record, latest, day),
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
    if e.stale or not e.settled:
        return NOT_RECORDED
    doubted = NO in e.conclusions or e.any_ability(NO, UNCLEAR)
    return UNCLEAR if doubted else all_yes(*e.conclusions)


def _may_act(decider: Decider, policy: CompetencyPolicy) -> bool:
    """Return whether an activation may be theirs: an agent's or a surrogate's, and not a court's guardian's."""
    return decider.decider_class in policy.appointed_classes or decider.decider_class not in policy.court_classes


def _rows(*rows: Row | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.row_id for row in rows if row is not None))


def _adult(record: DecisionCapacity, view: CompetencyView, day: Day) -> Recorded:
    """Majority begins on the birthday itself; an emancipated minor is heard as an adult, whatever the age."""
    if record.person is None or view.jurisdiction is None:
        return NOT_RECORDED
    if record.person.emancipated is YES:
        return YES
    of_age = has_age(record.person, view.jurisdiction.majority_age, day)
    return UNCLEAR if of_age is NO and record.person.emancipated is UNCLEAR else of_age


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


def of_last_day(considered: tuple[CapacityAssessment, ...]) -> tuple[CapacityAssessment, ...]:
    """Return the latest assessment, and every other of the same day."""
    newest = max((one.assessed_on or date.min for one in considered), default=None)
    return tuple(one for one in considered if (one.assessed_on or date.min) == newest)


def _ability(considered: tuple[CapacityAssessment, ...], ability: str) -> Recorded:
    """Return an ability as the latest assessment has it; several of one day are joined."""
    if not considered:
        return NOT_RECORDED
    return all_yes(*(getattr(one, field_of(ability), NOT_RECORDED) for one in of_last_day(considered)))


def field_of(ability: str) -> str:
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


def _may_be_overtaken(record: DecisionCapacity, newest: CapacityAssessment | None, day: Day) -> bool:
    """
    Return whether an event of the very day of the assessment may have come after it.

    Which came first is not written; a line of that day or later that nothing has changed since says it.
    """
    assessed = newest.assessed_on if newest is not None else None
    is_known = _changed_since(record, newest, day) is NO
    return assessed is not None and not is_known and any(event.occurred_on == assessed for event in record.events)


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
