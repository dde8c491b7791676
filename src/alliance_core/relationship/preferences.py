"""
The patient as the expert: goals that can be seen to be reached, an order of options that is followed, and kept fresh.

Whether a proposal goes against what the patient would not have, or brings an effect they would not put up with, is
answered where the proposal is talked over, by `consent.preference`, from the same record.
"""

from collections.abc import Callable, Iterator
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.records import TreatmentOption, plain_word
from alliance_core.relationship.policy import ClockRow, RelationshipPolicy, RelationshipView
from alliance_core.relationship.records import PreferenceQuestion, ProposedOption

YES, NO = Recorded.YES, Recorded.NO

GOALS: Final = Rule(
    id="relationship.goal-measure",
    basis=Basis.SEED,
    source="seed",
    locator="opening",
    says="Each goal of the patient says how they would see that it is reached.",
)
ORDER: Final = Rule(
    id="relationship.order-of-options",
    basis=Basis.SEED,
    source="seed",
    locator="Informed Consent",
    says="An option that the patient would have sooner is passed over only with a reason in the record.",
)
FRESH: Final = Rule(
    id="relationship.preferences-fresh",
    basis=Basis.PRACTICE,
    source="practice",
    locator="preferences",
    says="What the patient prefers is asked again from time to time.",
)
RULES: Final[tuple[Rule, ...]] = (GOALS, ORDER, FRESH)


class Skipping(Enum):
    """Whether a proposal passes over an option that the patient would have sooner."""

    NONE = "none-passed-over"
    WITH_REASON = "passed-over-with-reason"
    WITHOUT_REASON = "passed-over-without-reason"
    REASON_UNKNOWN = "passed-over-reason-not-known"
    ORDER_UNKNOWN = "order-not-known"


@value
class Ordered:
    """What a case gives."""

    skipping: Skipping
    answer: Answer
    missing: tuple[str, ...] = ()


@value
class Proposal:
    """One proposal against the patient's options: `sooner` are those of a better rank that they would have."""

    proposed: ProposedOption
    option: TreatmentOption | None
    options: tuple[TreatmentOption, ...] | None
    sooner: tuple[TreatmentOption, ...]
    open: tuple[TreatmentOption, ...]


def _case(
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Proposal], bool],
    skipping: Skipping,
    answer: Answer,
    *missing: str,
) -> Case[Proposal, Ordered]:
    gives = Ordered(skipping=skipping, answer=answer, missing=missing)
    return Case(id=id, says=says, when=when, gives=gives, source="seed", locator="Informed Consent")


CASES: Final[tuple[Case[Proposal, Ordered], ...]] = (
    _case(
        "R01",
        "the patient's order of options is not recorded, or does not hold what is proposed",
        lambda p: p.option is None or p.option.rank is None,
        Skipping.ORDER_UNKNOWN,
        Answer.CANNOT_TELL,
        "preferences.options",
    ),
    _case(
        "R02",
        "an option they would have sooner is passed over, and the record says why",
        lambda p: bool(p.sooner) and p.proposed.reason_recorded is YES,
        Skipping.WITH_REASON,
        Answer.MET,
    ),
    _case(
        "R03",
        "an option they would have sooner is passed over, and no reason is given",
        lambda p: bool(p.sooner) and p.proposed.reason_recorded is NO,
        Skipping.WITHOUT_REASON,
        Answer.NOT_MET,
        "proposed.reason_recorded",
    ),
    _case(
        "R04",
        "an option they would have sooner is passed over, and whether there is a reason is not known",
        lambda p: bool(p.sooner),
        Skipping.REASON_UNKNOWN,
        Answer.CANNOT_TELL,
        "proposed.reason_recorded",
    ),
    _case(
        "R05",
        "whether an option would be had sooner is not known",
        lambda p: bool(p.open),
        Skipping.ORDER_UNKNOWN,
        Answer.CANNOT_TELL,
        "preferences.options.acceptable",
    ),
    _case("R06", "nothing that they would have sooner is passed over", always, Skipping.NONE, Answer.MET),
)


@value
class PreferenceReview:
    """What the record of preferences lacks, and which proposals pass over what the patient would have sooner."""

    about: str
    skipping: tuple[tuple[str, Skipping], ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_preferences(question: PreferenceQuestion, *, policy: RelationshipPolicy, on: date) -> PreferenceReview:
    """
    Return whether goals have a measure, the patient's order is followed, and when to ask again.

    The patient is the expert on symptoms, goals and acceptable treatments [seed: opening], and says which options they
    prefer and in what order [seed: Informed Consent]. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    placed = tuple((one.id, first(CASES, _proposal(one, question)).gives) for one in question.proposed)
    found = (*_goals(question), *_order(question, placed), *_fresh(question, view, day))
    return PreferenceReview(
        about=question.id,
        skipping=tuple((name, gives.skipping) for name, gives in placed),
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=day.valid_until,
    )


def _proposal(proposed: ProposedOption, question: PreferenceQuestion) -> Proposal:
    options = question.preferences.options if question.preferences is not None else None
    word = plain_word(proposed.text or "")
    option = next((one for one in options or () if word and plain_word(one.text) == word), None)
    rank = option.rank if option is not None else None
    before = tuple(one for one in options or () if one is not option and _may_come_before(one, rank))
    return Proposal(
        proposed=proposed,
        option=option,
        options=options,
        sooner=tuple(one for one in before if one.rank is not None and one.acceptable is YES),
        open=tuple(one for one in before if one.acceptable is not YES or one.rank is None),
    )


def _may_come_before(one: TreatmentOption, rank: int | None) -> bool:
    """Whether an option is ranked before another, or may be; one that the patient would not have never is."""
    if rank is None or one.acceptable is NO:
        return False
    return one.rank is None or one.rank < rank


def _goals(q: PreferenceQuestion) -> Iterator[Finding]:
    """A goal without a measure cannot be seen to be reached; a patient who named no goal has answered."""
    if q.preferences is None:
        yield _finding(GOALS, q, "", Answer.CANNOT_TELL, ("preferences",))
        return
    goals = q.preferences.goals
    if goals is None:
        yield _finding(GOALS, q, "", Answer.CANNOT_TELL, ("preferences.goals",))
    elif any(not (goal.measure or "").strip() for goal in goals):
        yield _finding(GOALS, q, "", Answer.NOT_MET, ("preferences.goals.measure",))
    else:
        yield _finding(GOALS, q, "", Answer.MET, ())


def _order(q: PreferenceQuestion, placed: tuple[tuple[str, Ordered], ...]) -> Iterator[Finding]:
    for name, gives in sorted(placed, key=lambda one: one[0]):
        because = (("order", gives.skipping.value),)
        yield _finding(ORDER, q, name, gives.answer, gives.missing, because)


def _fresh(q: PreferenceQuestion, view: RelationshipView, day: Day) -> Iterator[Finding]:
    row = view.clocks.get("preferences")
    if row is None:
        return
    recorded_on = q.preferences.recorded_on if q.preferences is not None else None
    if recorded_on is None:
        missing = "preferences.recorded_on" if q.preferences is not None else "preferences"
        yield _finding(FRESH, q, "", Answer.CANNOT_TELL, (missing,), row=row)
        return
    due_on = row.interval.after(recorded_on)
    passed = due_on is not None and day.has_passed(due_on)
    yield _finding(FRESH, q, "", Answer.NOT_MET if passed else Answer.MET, (), row=row, due_on=due_on)


def _finding(
    rule: Rule,
    q: PreferenceQuestion,
    item: str,
    answer: Answer,
    missing: tuple[str, ...],
    because: tuple[tuple[str, str], ...] = (),
    *,
    row: ClockRow | None = None,
    due_on: date | None = None,
) -> Finding:
    return Finding(
        rule=rule.id,
        about=q.id,
        item=item,
        answer=answer,
        weight=Weight.RECOMMENDED,
        because=because,
        missing=missing,
        due_on=due_on,
        rows=(row.row_id,) if row is not None else (),
    )


__all__ = ["CASES", "FRESH", "GOALS", "ORDER", "RULES", "PreferenceReview", "Skipping", "review_preferences"]
