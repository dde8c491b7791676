"""A diagnosis that was revised, against the consents to its treatment and the notes that are open to the patient."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.chart import Chart
from alliance_core.consent import ConsentDecision, ConsentDiscussion, ConsentEvent
from alliance_core.diagnosis import DiagnosisRevision, RevisionKind

YES, NO = Recorded.YES, Recorded.NO

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
_YES: Final = frozenset({ConsentDecision.AGREED, ConsentDecision.PARTLY_AGREED})


def once(records: Iterable[DiagnosisRevision]) -> list[DiagnosisRevision]:
    """Return each revision once, in the order of their ids."""
    by_id = {one.id: one for one in records}
    return [by_id[name] for name in sorted(by_id)]


def diagnosis(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart, day: Day) -> Iterator[Finding]:
    """
    A changed, modified or removed diagnosis makes the consent to its treatment stale until it was looked at.

    One that was added takes no indication away: whether it bears on what is given for another is weighed.
    """
    if event.ongoing is NO or discussion.decision not in _YES:
        return
    mine = (one for one in once(chart.revisions) if _bears_on(one, discussion))
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


def released(revision: DiagnosisRevision, chart: Chart, day: Day) -> Iterator[Finding]:
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


def _told_by(revision: DiagnosisRevision, first_open: date) -> tuple[Answer, tuple[str, ...]]:
    if revision.told is NO:
        return Answer.NOT_MET, ("told",)
    if revision.told is not YES:
        return Answer.CANNOT_TELL, ("told",)
    if revision.told_on is None:
        return Answer.CANNOT_TELL, ("told_on",)
    return (Answer.MET if revision.told_on <= first_open else Answer.NOT_MET), ()
