"""Which consents of a chart there are to review: each discussion, and each start or change that none answers."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed, value
from alliance_core.chart import Chart
from alliance_core.consent import ConsentDiscussion, ConsentEvent, TreatmentEvent, medicine_of
from alliance_core.deprescribing import Episode, regimen_episodes
from alliance_core.policy import Policy
from alliance_core.records import ChangeKind, DoseChange, MedicationStatement, Origin, has_died

YES, NO = Recorded.YES, Recorded.NO

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
