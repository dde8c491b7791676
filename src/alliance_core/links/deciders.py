"""Who decided a treatment, against what the record on capacity and authority says of that day."""

from collections.abc import Iterator
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.chart import Chart
from alliance_core.competency import Determination, review_capacity
from alliance_core.competency.candidates import Standing, standing, unknown_of
from alliance_core.competency.records import Decider, DecisionCapacity
from alliance_core.consent import ConsentDiscussion, ConsentEvent, DecidedBy, TreatmentKind
from alliance_core.policy import Policy

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


def _about_it(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart) -> list[DecisionCapacity]:
    """Return the records on capacity for this kind of decision."""
    kind = discussion.kind or (TreatmentKind.MEDICATION if event.medicine is not None else None)
    words = _DECISION_OF.get(kind, frozenset[str]()) if kind is not None else frozenset[str]()
    return [one for one in chart.decisions if one.decision in words]


def capacity(
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


def decider(discussion: ConsentDiscussion, event: ConsentEvent, chart: Chart) -> Iterator[Finding]:
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
