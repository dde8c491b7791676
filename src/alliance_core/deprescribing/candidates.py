"""
What to look at together, which medicines are candidates for a lower dose or none, and what speaks against it now.

The list is explained, never scored: first what the patient brings, then harm, then length of use. A review that was
held since a trigger came to be has answered it, whatever its result, until the day agreed (else as the revisit row
says), unless something new was recorded. A decline is an answer.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.dates import earliest
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.context import NO, SILENT, YES, Context, reviews_are_recorded, revisit_day
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.holds import LOOK_FIRST, Hold, hold_reasons_of
from alliance_core.deprescribing.records import PastReview, ReviewResult
from alliance_core.deprescribing.rows import CascadeRow, TriggerRow
from alliance_core.deprescribing.triggers import ALONE, BOTHER, DURATION, HARM, Fired
from alliance_core.records import Origin

TOGETHER: Final = Rule(
    id="deprescribing.together",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="What raises risk together, whoever prescribes it, and what the patient reports, is looked at together.",
)
CANDIDATE: Final = Rule(
    id="deprescribing.candidate",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="A medicine with a reason for a lower dose or none is talked about with the patient, whose word is an answer.",
)

_STAGES: Final = (BOTHER, HARM, DURATION)


@value
class Standing:
    """Whether a trigger was answered, the day agreed to talk again if there is one, and what is not recorded."""

    answer: Answer
    agreed_on: date | None = None
    missing: tuple[str, ...] = ()


@value
class Candidate:
    """
    One medicine that may be lower or none, with every reason, what speaks against it now, and what to look at first.

    `stage` is what brings it up: the patient's own bother or goal, harm, or length of use. With `raise_with_prescriber`
    yes it is another prescriber's: it is raised with them.
    """

    medicine: str
    stage: str
    weight: Weight
    reasons: tuple[Fired, ...]
    holds: tuple[Hold, ...]
    look_first: tuple[Hold, ...]
    raise_with_prescriber: Recorded


@value
class Talk:
    """What the cases ask about one medicine."""

    is_open: bool
    is_unknown: bool
    is_held: bool


@value
class Given:
    """What a case gives."""

    answer: Answer


CASES: Final[tuple[Case[Talk, Given], ...]] = (
    Case(
        id="held",
        says="No review has answered it, and something recorded speaks against a lower dose now: a person weighs both.",
        when=lambda one: one.is_open and one.is_held,
        gives=Given(answer=Answer.JUDGEMENT),
        source="practice",
        locator="hold reasons",
    ),
    Case(
        id="open",
        says="No review has answered it.",
        when=lambda one: one.is_open,
        gives=Given(answer=Answer.NOT_MET),
        source="seed",
        locator="Continued Treatment Evaluation",
    ),
    Case(
        id="unknown",
        says="Whether a review has answered it is not recorded.",
        when=lambda one: one.is_unknown,
        gives=Given(answer=Answer.CANNOT_TELL),
        source="practice",
        locator="not recorded is not no",
    ),
    Case(
        id="answered",
        says="A review held since has answered it, and stands.",
        when=always,
        gives=Given(answer=Answer.MET),
        source="seed",
        locator="Continued Treatment Evaluation",
    ),
)


@value
class Look:
    """The triggers of one regimen with how each stands, and what speaks against a lower dose of each medicine."""

    fired: tuple[tuple[Fired, Standing], ...]
    holds: tuple[Hold, ...]

    def against(self, name: str) -> tuple[Hold, ...]:
        """What speaks against a lower dose of one medicine now."""
        return tuple([one for one in self.holds if one.medicine == name and one.reason != LOOK_FIRST])

    def look_first(self, name: str) -> tuple[Hold, ...]:
        """What is looked at before a lower dose of one medicine."""
        return tuple([one for one in self.holds if one.medicine == name and one.reason == LOOK_FIRST])

    def of_group(self) -> Iterator[tuple[Fired, Standing]]:
        """Those that are about several medicines at once, or about none by name."""
        return (one for one in self.fired if not _is_alone(one[0]))

    def of_medicine(self) -> dict[str, list[tuple[Fired, Standing]]]:
        """Those that are about one medicine each, by its name."""
        found: dict[str, list[tuple[Fired, Standing]]] = {}
        for fired, standing in self.fired:
            if _is_alone(fired):
                found.setdefault(fired.medicines[0], []).append((fired, standing))
        return found


def _is_alone(fired: Fired) -> bool:
    if isinstance(fired.row, CascadeRow):
        return True
    return isinstance(fired.row, TriggerRow) and (fired.row.kind == ALONE or len(fired.medicines) == 1)


def look_at(fired: Iterable[Fired], context: Context) -> Look:
    """Return the triggers with how each stands on the day."""
    return Look(fired=tuple([(one, _standing(one, context)) for one in fired]), holds=hold_reasons_of(context))


# -- whether it was answered -----------------------------------------------------------------------------------------


def _standing(fired: Fired, context: Context) -> Standing:
    review = _last_review(fired, context)
    if review is not None:
        stands, until, missing = _stands(fired, review, context)
        if stands is YES:
            is_agreed = review.revisit_on is not None or review.result is ReviewResult.DECLINED
            return Standing(answer=Answer.MET, agreed_on=until if is_agreed else None)
        if stands is SILENT:
            return Standing(answer=Answer.CANNOT_TELL, missing=(*fired.missing, *missing))
    if fired.applies is not YES:
        return Standing(answer=Answer.CANNOT_TELL, missing=fired.missing)
    if not reviews_are_recorded(context.regimen):
        return Standing(answer=Answer.CANNOT_TELL, missing=("reviews",))
    return Standing(answer=Answer.NOT_MET)


def _last_review(fired: Fired, context: Context) -> PastReview | None:
    """The last review that was about every medicine of the trigger."""
    ids = [one.entry_ids for one, _ in context.running() if one.id in fired.medicines]
    mine = (one for one in context.reviews if _covers(one, ids))
    return max(mine, key=lambda one: (one.completed_on, one.id), default=None)


def _covers(review: PastReview, ids: list[frozenset[str]]) -> bool:
    names = review.medicines
    return names is None or (bool(ids) and all(not each.isdisjoint(names) for each in ids))


def _stands(fired: Fired, review: PastReview, context: Context) -> tuple[Recorded, date | None, tuple[str, ...]]:
    """A matter of safety is answered only by a review with a result."""
    until = _until(fired, review, context)
    if context.day.has_reached(until) or (fired.weight is Weight.SAFETY and review.result is None):
        return NO, until, ()
    if fired.since is not None and fired.since > review.completed_on:
        return NO, until, ()
    groups = frozenset(group for one, each in context.running() if one.id in fired.medicines for group in each)
    news, missing = context.news(review.completed_on, groups)
    if news is YES:
        return NO, until, ()
    if news is SILENT or fired.since is None:
        return SILENT, until, (*missing, *(fired.undated if fired.since is None else ()))
    return YES, until, ()


def _until(fired: Fired, review: PastReview, context: Context) -> date | None:
    """The day agreed, else after the decline or the talk as the revisit row says, the most particular first."""
    running = [each for one, each in context.running() if one.id in fired.medicines]
    groups = frozenset(group for each in running for group in each)
    return revisit_day(review, groups if review.result is ReviewResult.DECLINED else frozenset(), context)


# -- findings --------------------------------------------------------------------------------------------------------


def together_findings(look: Look, context: Context) -> Iterator[Finding]:
    """Return one finding for each trigger about several medicines at once, or about what the patient reports."""
    for fired, standing in look.of_group():
        if standing.answer is Answer.MET and fired.applies is not YES:
            continue
        yield Finding(
            rule=TOGETHER.id,
            about=context.regimen.id,
            item=fired.row.row_id,
            answer=standing.answer,
            weight=fired.weight,
            because=tuple(_named(fired)),
            missing=tuple(dict.fromkeys(standing.missing)),
            due_on=standing.agreed_on,
            rows=(fired.row.row_id,),
        )


def _named(fired: Fired) -> Iterator[tuple[str, str]]:
    if fired.act:
        yield "act", fired.act
    for name in fired.medicines:
        yield "among", name


def candidate_findings(look: Look, context: Context) -> Iterator[Finding]:
    """Return one finding for each medicine with a reason, and one for all of which none is certain."""
    unknown: list[tuple[str, Fired, Standing]] = []
    for name, mine in look.of_medicine().items():
        certain = [one for one in mine if one[0].applies is YES]
        open_ones = [one for one in mine if one[1].answer is Answer.CANNOT_TELL]
        answer = (
            _answer(certain, is_unknown=bool(open_ones), is_held=bool(look.against(name)))
            if certain
            else Answer.CANNOT_TELL
        )
        if answer is Answer.CANNOT_TELL:
            unknown += [(name, fired, standing) for fired, standing in open_ones]
        else:
            yield _candidate(name, answer, certain, look, context)
    if unknown:
        yield _perhaps(unknown, context)


def _answer(certain: list[tuple[Fired, Standing]], *, is_unknown: bool, is_held: bool) -> Answer:
    is_open = any(standing.answer is Answer.NOT_MET for _, standing in certain)
    return first(CASES, Talk(is_open=is_open, is_unknown=is_unknown, is_held=is_held)).gives.answer


def _candidate(
    name: str, answer: Answer, certain: list[tuple[Fired, Standing]], look: Look, context: Context
) -> Finding:
    against, look_first = look.against(name), look.look_first(name)
    rows = (*(fired.row.row_id for fired, _ in certain), *(one.row.row_id for one in (*against, *look_first)))
    return Finding(
        rule=CANDIDATE.id,
        about=context.regimen.id,
        item=name,
        answer=answer,
        weight=min((fired.weight for fired, _ in certain), key=lambda one: one.rank),
        because=(
            *(("reason", fired.row.row_id) for fired, _ in certain),
            *(("beside", each) for fired, _ in certain for each in fired.beside),
            *(("hold", one.row.row_id) for one in against),
            *((LOOK_FIRST, one.row.row_id) for one in look_first),
        ),
        due_on=earliest(*(one.agreed_on for _, one in certain)) if answer is Answer.MET else None,
        rows=tuple(dict.fromkeys(rows)),
    )


def _perhaps(unknown: list[tuple[str, Fired, Standing]], context: Context) -> Finding:
    """One line for all: what is not recorded is asked for once."""
    return Finding(
        rule=CANDIDATE.id,
        about=context.regimen.id,
        answer=Answer.CANNOT_TELL,
        weight=min((fired.weight for _, fired, _ in unknown), key=lambda one: one.rank),
        because=(
            *(("among", name) for name in sorted({name for name, _, _ in unknown})),
            *(("reason", row_id) for row_id in sorted({fired.row.row_id for _, fired, _ in unknown})),
        ),
        missing=tuple(sorted({path for _, _, standing in unknown for path in standing.missing})),
        rows=tuple(sorted({fired.row.row_id for _, fired, _ in unknown})),
    )


def _episode(name: str, context: Context) -> Episode:
    return next(one for one, _ in context.running() if one.id == name)


# -- the list --------------------------------------------------------------------------------------------------------


def candidates_of(look: Look, context: Context) -> tuple[Candidate, ...]:
    """
    Return the medicines with a reason that no review has answered, explained.

    First what the patient brings, then harm, then length of use; within each the heaviest first, then by name.
    """
    reasons: dict[str, list[Fired]] = {}
    for fired, standing in look.fired:
        if fired.applies is YES and standing.answer is not Answer.MET:
            for name in fired.candidates:
                reasons.setdefault(name, []).append(fired)
    found = [_listed(name, tuple(mine), look, context) for name, mine in reasons.items()]
    return tuple(sorted(found, key=lambda one: (_STAGES.index(one.stage), one.weight.rank, one.medicine)))


def _listed(name: str, reasons: tuple[Fired, ...], look: Look, context: Context) -> Candidate:
    return Candidate(
        medicine=name,
        stage=min((one.stage for one in reasons), key=_STAGES.index),
        weight=min((one.weight for one in reasons), key=lambda one: one.rank),
        reasons=reasons,
        holds=look.against(name),
        look_first=look.look_first(name),
        raise_with_prescriber=_is_anothers(_episode(name, context)),
    )


def _is_anothers(episode: Episode) -> Recorded:
    origins = {entry.origin for entry in episode.entries}
    if Origin.OTHER_PRESCRIBER in origins:
        return YES
    return SILENT if None in origins else NO
