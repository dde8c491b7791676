"""
What needs two areas: which consents there are to review, and where one area's record speaks against another's.

Capacity is specific to a decision, so each record carries its own facts; here they are compared, and where they
disagree a person weighs it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.chart import Chart
from alliance_core.competency import Determination, review_capacity
from alliance_core.competency.candidates import Standing, standing, unknown_of
from alliance_core.competency.records import Decider, DecisionCapacity
from alliance_core.consent import (
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    DecidedBy,
    TreatmentEvent,
    TreatmentKind,
    medicine_of,
)
from alliance_core.deprescribing import Episode, regimen_episodes
from alliance_core.diagnosis import DiagnosisRevision, RevisionKind
from alliance_core.policy import Policy
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement, Origin, has_died

YES, NO = Recorded.YES, Recorded.NO

CAPACITY: Final = Rule(
    id="links.capacity-and-consent",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="The patient, or someone for the patient, decided a treatment as the record on capacity says.",
)
AUTHORITY: Final = Rule(
    id="links.decider-authority",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Whoever decided for the patient is recorded with an authority that stands for this decision.",
)
DIAGNOSIS: Final = Rule(
    id="links.diagnosis-and-consent",
    basis=Basis.PRACTICE,
    source="practice",
    locator="diagnosis revision",
    says="When the diagnosis a treatment is for has changed, or one was added, the consent to it is looked at again.",
)
RELEASED: Final = Rule(
    id="links.released-before-told",
    basis=Basis.PRACTICE,
    source="practice",
    locator="diagnosis revision",
    says="Notes written since a diagnosis was revised are open to the patient only once the patient was told.",
)
RULES: Final[tuple[Rule, ...]] = (CAPACITY, AUTHORITY, DIAGNOSIS, RELEASED)


@value
class LinkReview:
    """Where two records of one chart speak to each other, on one day."""

    about: str
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_links(chart: Chart, *, policy: Policy, on: date) -> LinkReview:
    """
    Return where capacity, consent, diagnosis and notes of one chart speak against each other.

    Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    return links_of(chart, consent_events(chart, policy=policy, day=day), policy=policy, day=day)


def links_of(chart: Chart, events: Iterable[ConsentEvent], *, policy: Policy, day: Day) -> LinkReview:
    """Return the same for the consents of the chart as they were worked out on the very same `day`."""
    found = (
        *_of_discussions(chart, events, policy, day),
        *(one for revision in _once(chart.revisions) for one in _released(revision, chart, day)),
    )
    return LinkReview(
        about=chart.id,
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=day.valid_until,
    )


def _once(records: Iterable[DiagnosisRevision]) -> list[DiagnosisRevision]:
    by_id = {one.id: one for one in records}
    return [by_id[name] for name in sorted(by_id)]


# -- which consents there are ----------------------------------------------------------------------------------------

#: Which discussions answer a change of dose; a taper that was talked about covers its steps.
_ANSWERED_BY: Final = {
    ChangeKind.INCREASE: frozenset({TreatmentEvent.INCREASE}),
    ChangeKind.DECREASE: frozenset(
        {TreatmentEvent.DECREASE, TreatmentEvent.TAPER, TreatmentEvent.STOP, TreatmentEvent.SWITCH}
    ),
    ChangeKind.TAPER_STEP: frozenset(
        {TreatmentEvent.DECREASE, TreatmentEvent.TAPER, TreatmentEvent.STOP, TreatmentEvent.SWITCH}
    ),
}
_STARTS: Final = frozenset({TreatmentEvent.START, TreatmentEvent.SWITCH})
_EVENT_OF: Final = {
    ChangeKind.INCREASE: TreatmentEvent.INCREASE,
    ChangeKind.DECREASE: TreatmentEvent.DECREASE,
    ChangeKind.TAPER_STEP: TreatmentEvent.TAPER,
}
_LESS: Final = _ANSWERED_BY[ChangeKind.TAPER_STEP] - _STARTS
#: Which talks are about the same event.
_TALKS: Final[Mapping[TreatmentEvent | None, frozenset[TreatmentEvent]]] = {
    TreatmentEvent.START: _STARTS,
    TreatmentEvent.SWITCH: _STARTS,
    TreatmentEvent.INCREASE: frozenset({TreatmentEvent.INCREASE}),
    **dict.fromkeys(_LESS, _LESS),
}


def _days_of(event: TreatmentEvent | None, episode: Episode | None, day: Day) -> list[date]:
    """Return the days on which such a thing happened to a course, as far as they have come."""
    if episode is None:
        return []
    if event in _STARTS:
        return [episode.started_on] if episode.started_on is not None else []
    kinds = [kind for kind, events in _ANSWERED_BY.items() if event in events]
    changes = (change for entry in episode.entries for change in entry.dose_changes)
    return sorted({one.changed_on for one in changes if one.kind in kinds and day.has_reached(one.changed_on)})


#: Where a medicine comes from that somebody else talks about, or the patient picks alone.
_ELSEWHERE: Final = frozenset({Origin.OTHER_PRESCRIBER, Origin.OVER_THE_COUNTER, Origin.SUPPLEMENT, Origin.HERBAL})


@value
class _Happened:
    """One start or change of a medicine."""

    event: TreatmentEvent
    on: date
    episode: Episode
    answered_by: frozenset[TreatmentEvent]


def consent_events(chart: Chart, *, policy: Policy, day: Day) -> tuple[ConsentEvent, ...]:
    """
    Return the consents to review on a day.

    Each discussion about what is given now or was lately, and each start or change of a medicine within the look-back
    that no discussion answers.
    """
    if has_died(chart.person, day):
        return ()
    episodes = regimen_episodes(chart.regimen, policy=policy.deprescribing, day=day)
    made = _Events(chart, policy, day, episodes)
    # A combination is two courses and one entry: it was started once.
    undiscussed = {(one.id, one.event): one for one in made.undiscussed()}
    return tuple(sorted((*made.discussed(), *undiscussed.values()), key=lambda one: (one.id, _name(one.event))))


def _name(event: TreatmentEvent | None) -> str:
    return event.value if event is not None else ""


class _Events:
    """What of a chart is a consent, on one day."""

    def __init__(self, chart: Chart, policy: Policy, day: Day, episodes: tuple[Episode, ...]) -> None:
        self._chart, self._policy, self._day, self._episodes = chart, policy, day, episodes
        row = policy.consent.timeline.at(day).settings.get("look-back")
        self._look_back = row.interval if row is not None and row.interval is not None else CalendarDuration()
        self._discussions = tuple({one.id: one for one in chart.consents}.values())

    def discussed(self) -> Iterator[ConsentEvent]:
        """Return an event for each discussion that matters: the last of one treatment and event, and each undated."""
        last: dict[tuple[str, str, str], ConsentDiscussion] = {}
        for one in sorted(self._discussions, key=lambda d: (d.discussed_on or date.min, d.id)):
            undated = one.id if one.discussed_on is None else ""
            last[self._about(one), _name(one.event), undated] = one
        for one in last.values():
            episode = self._episode(one)
            ongoing = Recorded.NOT_RECORDED if episode is None else YES if episode.is_open else NO
            if ongoing is not NO or self._is_late(one.discussed_on):
                yield self._event(one.id, one.event, one, episode, ongoing)

    def undiscussed(self) -> Iterator[ConsentEvent]:
        """Return an event for each start or change of a medicine that no discussion answers; one of each kind."""
        for episode in self._episodes:
            if all(entry.origin in _ELSEWHERE for entry in episode.entries):
                continue
            latest = {one.event: one for one in sorted(self._happened(episode), key=lambda each: each.on)}
            for one in latest.values():
                if not any(self._answers(each, one) for each in self._discussions):
                    ongoing = YES if episode.is_open else NO
                    made = self._event(episode.entries[0].id, one.event, None, episode, ongoing)
                    yield changed(made, occurred_on=one.on)

    def _happened(self, episode: Episode) -> Iterator[_Happened]:
        if episode.started_on is not None and self._is_late(episode.started_on):
            yield _Happened(event=TreatmentEvent.START, on=episode.started_on, episode=episode, answered_by=_STARTS)
        for entry in episode.entries:
            for change in entry.dose_changes:
                if self._day.has_reached(change.changed_on) and self._is_late(change.changed_on):
                    yield self._changed(change, episode)

    def _changed(self, change: DoseChange, episode: Episode) -> _Happened:
        return _Happened(
            event=_EVENT_OF[change.kind],
            on=change.changed_on,
            episode=episode,
            answered_by=_ANSWERED_BY[change.kind],
        )

    def _is_late(self, on: date | None) -> bool:
        """Whether a day lies within the look-back; one that is not recorded may."""
        return on is None or not self._day.has_reached(self._look_back.after(on))

    def _answers(self, discussion: ConsentDiscussion, one: _Happened) -> bool:
        if self._episode(discussion) is not one.episode or discussion.event not in one.answered_by:
            return False
        if one.event is TreatmentEvent.TAPER or discussion.discussed_on is None:
            return True
        return (self._look_back.after(discussion.discussed_on) or date.max) >= one.on

    def _episode(self, discussion: ConsentDiscussion) -> Episode | None:
        """Return the course that a discussion is about: by its entry, else the last of its medicine."""
        named = [one for one in self._episodes if discussion.medication in one.entry_ids]
        if not named:
            row = medicine_of(ConsentEvent(id=discussion.id), discussion, self._policy.medicines)
            named = [one for one in self._episodes if one.medicine is row]
        return max(named, key=lambda one: (one.is_open, one.started_on or date.min, one.id), default=None)

    def _about(self, discussion: ConsentDiscussion) -> str:
        """Return what a discussion is about, so that a later one takes its place."""
        episode = self._episode(discussion)
        if episode is not None:
            return episode.medicine.name
        kind = discussion.kind.value if discussion.kind is not None else ""
        return f"{kind} {discussion.treatment}" if discussion.treatment or kind else discussion.id

    def _event(
        self,
        about: str,
        event: TreatmentEvent | None,
        discussion: ConsentDiscussion | None,
        episode: Episode | None,
        ongoing: Recorded,
    ) -> ConsentEvent:
        chart = self._chart
        occurred, first = self._occurred(event, discussion, episode)
        return ConsentEvent(
            id=about,
            event=event,
            occurred_on=occurred,
            first_discussed_on=first,
            medicine=episode.entries[-1] if episode is not None else None,
            discussion=discussion,
            earlier=self._earlier(discussion, episode),
            ongoing=ongoing,
            person=chart.person,
            setting=chart.setting_on(self._day),
            others=self._others(episode),
            problems=chart.problems,
            circumstances=chart.circumstances,
            preferences=chart.preferences,
        )

    def _occurred(
        self, event: TreatmentEvent | None, discussion: ConsentDiscussion | None, episode: Episode | None
    ) -> tuple[date | None, date | None]:
        """
        Return on which day that happened which a discussion is about, and when it was first talked about before.

        It is the first such day since the discussion, else the last before it. A talk held between the day before that
        one and that one came first.
        """
        days = _days_of(event, episode, self._day)
        if episode is None or not days:
            return None, None
        talked = discussion.discussed_on if discussion is not None else None
        since = [one for one in days if talked is not None and one >= talked]
        occurred = since[0] if since else days[-1]
        last = max((one for one in days if one < occurred), default=date.min)
        talks = [
            one.discussed_on
            for one in self._discussions
            if one.discussed_on is not None
            and last < one.discussed_on <= occurred
            and one.event in _TALKS[event]
            and self._episode(one) is episode
        ]
        return occurred, min(talks, default=None)

    def _earlier(self, discussion: ConsentDiscussion | None, episode: Episode | None) -> ConsentDiscussion | None:
        """Return the last other discussion of the same course that agreed on a range of doses."""
        if episode is None:
            return None
        ranged = [
            one
            for one in self._discussions
            if one is not discussion and one.range_upper is not None and self._episode(one) is episode
        ]
        until = discussion.discussed_on if discussion is not None else None
        before = [one for one in ranged if until is None or (one.discussed_on or date.max) <= until]
        return max(before, key=lambda one: (one.discussed_on or date.min, one.id), default=None)

    def _others(self, episode: Episode | None) -> tuple[MedicationStatement, ...] | None:
        """Return the other medicines that are taken, and what no row knows; None while no list is recorded."""
        if self._chart.medications is None:
            return None
        known = {entry.id for one in self._episodes for entry in one.entries}
        taken = [one.entries[-1] for one in self._episodes if one is not episode and one.is_open]
        return (*taken, *(entry for entry in self._chart.medications if entry.id not in known))


# -- capacity and authority ------------------------------------------------------------------------------------------

#: The word of `capacity_decisions` for a kind of treatment.
_DECISION_OF: Final = {
    TreatmentKind.MEDICATION: frozenset({"medication"}),
    TreatmentKind.PSYCHOTHERAPY: frozenset({"psychotherapy"}),
    TreatmentKind.ROLE_PLAY: frozenset({"psychotherapy"}),
    TreatmentKind.ECT: frozenset({"electroconvulsive-therapy", "procedure"}),
    TreatmentKind.TMS: frozenset({"procedure"}),
    TreatmentKind.RESEARCH: frozenset({"research"}),
}
_OTHERS: Final = frozenset({Determination.LACK_RECORDED, Determination.ACTIVATED, Determination.DECIDED_BY_COURT})
#: Where the one who decided is who the record on capacity says decides.
_FITS: Final = {
    DecidedBy.PATIENT: frozenset({Determination.PRESUMED, Determination.CAPACITY_RECORDED}),
    DecidedBy.LAWFUL_DECIDER: _OTHERS,
}


def _of_discussions(chart: Chart, events: Iterable[ConsentEvent], policy: Policy, day: Day) -> Iterator[Finding]:
    for event in events:
        discussion = event.discussion
        if discussion is None or discussion.decision is None:
            continue
        yield from _capacity(discussion, event, chart, policy, day)
        yield from _decider(discussion, event, chart)
        yield from _diagnosis(discussion, event, chart, day)


def _about_it(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart) -> list[DecisionCapacity]:
    """Return the records on capacity for this kind of decision."""
    kind = discussion.kind or (TreatmentKind.MEDICATION if event.medicine is not None else None)
    words = _DECISION_OF.get(kind, frozenset[str]()) if kind is not None else frozenset[str]()
    return [one for one in chart.decisions if one.decision in words]


def _capacity(
    discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart, policy: Policy, day: Day
) -> Iterator[Finding]:
    """Compare who decided with what the record on capacity said on the day of the discussion."""
    records = _about_it(discussion, event, chart)
    if not records:
        return
    if discussion.decided_by not in _FITS:
        yield _weighed(discussion, Answer.CANNOT_TELL, Weight.RECOMMENDED, "decided_by")
    elif not all(_agrees(discussion, one, chart, policy, day) for one in records):
        yield _weighed(discussion, Answer.JUDGEMENT, Weight.REQUIRED)
    elif discussion.discussed_on is None:  # what holds today may not have held then
        yield _weighed(discussion, Answer.CANNOT_TELL, Weight.RECOMMENDED, "discussed_on")
    else:
        yield _weighed(discussion, Answer.MET, Weight.REQUIRED)


def _weighed(discussion: ConsentDiscussion, answer: Answer, weight: Weight, *missing: str) -> Finding:
    by = discussion.decided_by
    return Finding(
        rule=CAPACITY.id,
        about=discussion.id,
        answer=answer,
        weight=weight,
        because=(("decided_by", by.value),) if by is not None else (),
        missing=missing,
    )


def _agrees(discussion: ConsentDiscussion, record: DecisionCapacity, chart: Chart, policy: Policy, day: Day) -> bool:
    on = discussion.discussed_on or day.on
    placed = chart.placed(record, Day(on))
    found = review_capacity(placed, policy=policy.competency, on=on)
    if discussion.discussed_on is None:
        day.has_reached(found.valid_until)  # read today, so it holds no longer than that
    return discussion.decided_by is not None and found.determination in _FITS[discussion.decided_by]


_STANDS: Final = {
    Standing.EXCLUDED: Answer.NOT_MET,
    Standing.UNKNOWN: Answer.CANNOT_TELL,
    Standing.DOUBTFUL: Answer.JUDGEMENT,
    Standing.STANDS: Answer.MET,
}


def _decider(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart) -> Iterator[Finding]:
    """Look up the one who decided; an authority on record for another decision says nothing of this one."""
    records = _about_it(discussion, event, chart)
    is_asked = discussion.decider is not None or (records and discussion.decided_by is DecidedBy.LAWFUL_DECIDER)
    if discussion.decided_by is DecidedBy.PATIENT or not is_asked:
        return
    here = [one for record in records for one in record.deciders or () if one.id == discussion.decider]
    person = max(here, key=_doubt, default=None)
    worst = standing(person) if person is not None else Standing.UNKNOWN
    yield Finding(
        rule=AUTHORITY.id,
        about=discussion.id,
        answer=_STANDS[worst],
        weight=Weight.ESSENTIAL,
        missing=_unknown_of(discussion, person) if worst is Standing.UNKNOWN else (),
    )


def _unknown_of(discussion: ConsentDiscussion, person: Decider | None) -> tuple[str, ...]:
    """Return what is missing: who it was, that person among those who may decide this, or what is known of them."""
    if discussion.decider is None:
        return ("decider",)
    return unknown_of(person) if person is not None else ("deciders",)


_DOUBT: Final = (Standing.STANDS, Standing.DOUBTFUL, Standing.UNKNOWN, Standing.EXCLUDED)


def _doubt(decider: Decider) -> int:
    return _DOUBT.index(standing(decider))


_YES: Final = frozenset({ConsentDecision.AGREED, ConsentDecision.PARTLY_AGREED})


# -- diagnosis -------------------------------------------------------------------------------------------------------


def _diagnosis(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart, day: Day) -> Iterator[Finding]:
    """
    A changed, modified or removed diagnosis makes the consent to its treatment stale until it was looked at.

    One that was added takes no indication away: whether it bears on what is given for another is weighed.
    """
    if event.ongoing is NO or discussion.decision not in _YES:
        return
    mine = (one for one in _once(chart.revisions) if _bears_on(one, discussion))
    later = [one for one in mine if _is_later(one, discussion, day)]
    if later:
        answers = {_looked_at(one) for one in later}
        worst = next(one for one in _WORST if one in answers)
        yield Finding(
            rule=DIAGNOSIS.id,
            about=discussion.id,
            answer=worst,
            weight=Weight.RECOMMENDED if worst is Answer.JUDGEMENT else Weight.REQUIRED,
            missing=() if worst is Answer.MET else ("revisions.consents_reviewed",),
        )


_WORST: Final = (Answer.NOT_MET, Answer.CANNOT_TELL, Answer.JUDGEMENT, Answer.MET)


def _bears_on(revision: DiagnosisRevision, discussion: ConsentDiscussion) -> bool:
    if revision.kind is RevisionKind.ADDED:
        return True
    return revision.problem is not None and revision.problem == discussion.for_problem


def _is_later(revision: DiagnosisRevision, discussion: ConsentDiscussion, day: Day) -> bool:
    """Whether a revision came after the discussion; without a day it may have."""
    if revision.revised_on is None:
        return revision.planned_on is None
    if not day.has_reached(revision.revised_on):
        return False
    return discussion.discussed_on is None or revision.revised_on > discussion.discussed_on


def _looked_at(revision: DiagnosisRevision) -> Answer:
    if revision.consents_reviewed is YES:
        return Answer.MET
    if revision.kind is RevisionKind.ADDED:
        return Answer.JUDGEMENT
    return Answer.NOT_MET if revision.consents_reviewed is NO else Answer.CANNOT_TELL


def _released(revision: DiagnosisRevision, chart: Chart, day: Day) -> Iterator[Finding]:
    """Compare the day of telling with the first day on which a note written since can be read."""
    days = [
        note.released_on
        for note in chart.notes
        if note.released_on is not None
        and day.has_reached(note.released_on)
        and revision.revised_on is not None
        and (note.written_on is None or note.written_on >= revision.revised_on)
    ]
    if not days:
        return
    answer, missing = _told_by(revision, min(days))
    yield Finding(
        rule=RELEASED.id,
        about=revision.id,
        answer=answer,
        weight=Weight.REQUIRED,
        because=(("notes.released_on", min(days).isoformat()),),
        missing=missing,
    )


def _told_by(revision: DiagnosisRevision, released: date) -> tuple[Answer, tuple[str, ...]]:
    if revision.told is NO:
        return Answer.NOT_MET, ("told",)
    if revision.told is not YES:
        return Answer.CANNOT_TELL, ("told",)
    if revision.told_on is None:
        return Answer.CANNOT_TELL, ("told_on",)
    return (Answer.MET if revision.told_on <= released else Answer.NOT_MET), ()


__all__ = ["RULES", "LinkReview", "consent_events", "links_of", "review_links"]
