"""
Risky behaviors without punishment: what to offer at each stage, and what a plan does that it would better not.

No refusal to treat, no criticism, judgment, threat or ultimatum; instead concern, motivational interviewing, harm
reduction, education, mutual help [seed: Risky Behaviors]. Ending care and missed visits stand in `ending_care`.
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
from alliance_core.records import Sex
from alliance_core.relationship.ending_care import ENDING, MISSED, ending_finding, missed_finding
from alliance_core.relationship.language import review_note
from alliance_core.relationship.policy import MenuRow, RelationshipPolicy, RelationshipView, ScaleRow, StageRow
from alliance_core.relationship.records import BehaviorPlan, Note, NoteSection, ScreenTotal, StageOfChange

YES, NO = Recorded.YES, Recorded.NO
_PLACE: Final = "Risky Behaviors"

PUNISHMENT: Final = Rule(
    id="relationship.no-punishment",
    basis=Basis.SEED,
    source="seed",
    locator=_PLACE,
    says="A risky behavior is met without refusal of care, criticism, threat or ultimatum.",
)
STAGE: Final = Rule(
    id="relationship.stage-of-change",
    basis=Basis.SEED,
    source="seed",
    locator=_PLACE,
    says="What is offered about a risky behavior fits the patient's stage of change.",
)
MENU: Final = Rule(
    id="relationship.menu",
    basis=Basis.SEED,
    source="seed",
    locator=_PLACE,
    says="A menu is offered about a risky behavior, and no change for now stands on it.",
)
SCREEN: Final = Rule(
    id="relationship.screen",
    basis=Basis.PRACTICE,
    source="practice",
    locator="risky behaviors",
    says="A positive screen is talked about with the patient; a low total shows nothing.",
)
RULES: Final[tuple[Rule, ...]] = (PUNISHMENT, STAGE, MENU, MISSED, ENDING, SCREEN)


class Stance(Enum):
    """What a plan does about the behavior."""

    REFUSES = "refuses-or-ends-care"
    THREATENS = "threatens"
    CRITICIZES = "criticizes"
    COERCIVE_DRAFT = "draft-may-coerce"
    UNKNOWN = "not-known"
    WITHOUT_PUNISHMENT = "without-punishment"


@value
class Punishment:
    """What a case gives."""

    stance: Stance
    answer: Answer


@value
class Seen:
    """A plan, and whether its draft has words that may coerce."""

    plan: BehaviorPlan
    draft_may_coerce: bool


def _case(id: str, says: str, when: Callable[[Seen], bool], stance: Stance, answer: Answer) -> Case[Seen, Punishment]:  # noqa: A002
    gives = Punishment(stance=stance, answer=answer)
    return Case(id=id, says=says, when=when, gives=gives, source="seed", locator=_PLACE)


CASES: Final[tuple[Case[Seen, Punishment], ...]] = (
    _case(
        "P01", "care is refused for the behavior", lambda s: s.plan.refuses_care is YES, Stance.REFUSES, Answer.NOT_MET
    ),
    _case(
        "P02", "a threat or an ultimatum is made", lambda s: s.plan.threatens is YES, Stance.THREATENS, Answer.NOT_MET
    ),
    _case(
        "P03",
        "the patient is criticized or judged",
        lambda s: s.plan.criticizes is YES,
        Stance.CRITICIZES,
        Answer.NOT_MET,
    ),
    _case(
        "P04",
        "the draft has words that may threaten, shame or set a condition",
        lambda s: s.draft_may_coerce,
        Stance.COERCIVE_DRAFT,
        Answer.JUDGEMENT,
    ),
    _case(
        "P05",
        "whether care is refused, a threat made or the patient criticized is not known",
        lambda s: bool(_unknown(s.plan)),
        Stance.UNKNOWN,
        Answer.CANNOT_TELL,
    ),
    _case("P06", "none of it", always, Stance.WITHOUT_PUNISHMENT, Answer.MET),
)

_PUNISHING: Final = ("refuses_care", "threatens", "criticizes")


def _unknown(plan: BehaviorPlan) -> tuple[str, ...]:
    return tuple(name for name in _PUNISHING if getattr(plan, name) is not NO)


@value
class BehaviorReview:
    """
    What a plan does about a behavior, what fits instead, and the menu to offer.

    `stance`, `step` and `menu` are the verdict; no option of the menu is a condition of care.
    """

    about: str
    stance: Stance
    step: StageRow | None
    menu: tuple[MenuRow, ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_behavior_plan(plan: BehaviorPlan, *, policy: RelationshipPolicy, on: date) -> BehaviorReview:
    """
    Return what a plan does that it would better not, what fits the stage of change instead, and the menu to offer.

    Never refuse to treat for a risky behavior; no criticism, threat or ultimatum [seed: Risky Behaviors]. Raises
    `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    gives = first(CASES, Seen(plan=plan, draft_may_coerce=_may_coerce(plan, policy, on))).gives
    menu = _menu(plan, view)
    found = tuple(_findings(plan, gives, menu, view, day))
    return BehaviorReview(
        about=plan.id,
        stance=gives.stance,
        step=view.stages.get(plan.stage.value) if plan.stage is not None else None,
        menu=menu,
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=day.valid_until,
    )


def _may_coerce(plan: BehaviorPlan, policy: RelationshipPolicy, on: date) -> bool:
    if plan.draft is None:
        return False
    note = Note(id=plan.id, sections=(NoteSection(text=plan.draft),))
    return any(one.is_coercive for one in review_note(note, policy=policy, on=on).flagged)


_ANY: Final = "any"


def _menu(plan: BehaviorPlan, view: RelationshipView) -> tuple[MenuRow, ...]:
    own = view.menus.get(plan.behavior.value, ()) if plan.behavior is not None else ()
    return (*own, *view.menus.get(_ANY, ()))


def _findings(
    plan: BehaviorPlan, gives: Punishment, menu: tuple[MenuRow, ...], view: RelationshipView, day: Day
) -> Iterator[Finding]:
    yield _punishment(plan, gives, view)
    yield _stage(plan, view)
    yield _options(plan, menu)
    yield from missed_finding(plan, view, day)
    yield from ending_finding(plan, view)
    yield from _screens(plan, view, day)


def _punishment(plan: BehaviorPlan, gives: Punishment, view: RelationshipView) -> Finding:
    """What fits instead is cited with the finding: the step of the stage, if it is known."""
    row = view.stages.get(plan.stage.value) if plan.stage is not None else None
    missing = _unknown(plan) if gives.stance is Stance.UNKNOWN else ()
    because = (("stance", gives.stance.value),)
    rows = (row.row_id,) if row is not None and gives.answer is not Answer.MET else ()
    weight = Weight.RECOMMENDED if gives.answer is Answer.CANNOT_TELL else Weight.ESSENTIAL
    return _finding(PUNISHMENT, plan, gives.answer, missing, because, rows, weight=weight)


_ANSWERS: Final = {YES: Answer.MET, NO: Answer.NOT_MET}


def _stage(plan: BehaviorPlan, view: RelationshipView) -> Finding:
    row = view.stages.get(plan.stage.value) if plan.stage is not None else None
    if row is None:
        return _finding(STAGE, plan, Answer.CANNOT_TELL, ("stage",), (), ())
    answer = _ANSWERS.get(_fact(plan, row.fact), Answer.CANNOT_TELL)
    missing = () if answer is Answer.MET else (row.fact,)
    return _finding(STAGE, plan, answer, missing, (("stage", row.stage),), (row.row_id,))


def _fact(plan: BehaviorPlan, name: str) -> Recorded:
    """Return a fact of a plan; options are one too: some, none, or not recorded."""
    if name == "options":
        return Recorded.NOT_RECORDED if plan.options is None else YES if plan.options else NO
    fact: Recorded = getattr(plan, name)
    return fact


def _options(plan: BehaviorPlan, menu: tuple[MenuRow, ...]) -> Finding:
    """Before a patient thinks of change a menu can wait: only information is offered, with permission."""
    rows = tuple(row.row_id for row in menu)
    if plan.stage is StageOfChange.PRECONTEMPLATION and plan.permission_asked is YES:
        return _finding(MENU, plan, Answer.MET, (), (("stage", plan.stage.value),), ())
    if plan.options == () or plan.no_change_offered is NO:
        return _finding(
            MENU, plan, Answer.NOT_MET, ("options",) if plan.options == () else ("no_change_offered",), (), rows
        )
    missing = (
        *(("options",) if plan.options is None else ()),
        *(("no_change_offered",) if plan.no_change_offered is not YES else ()),
    )
    return _finding(MENU, plan, Answer.CANNOT_TELL if missing else Answer.MET, missing, (), rows if missing else ())


# -- screens ---------------------------------------------------------------------------------------------------------


def bands_of(screen: ScreenTotal, *, sex: Sex | None, view: RelationshipView) -> tuple[ScaleRow, ...]:
    """Return the bands of a total; where the sex decides and is not known, those of each."""
    total = screen.total
    if total is None:
        return ()
    rows = view.scales.get(screen.scale.value, ())
    mine = [row for row in rows if row.lower <= total and (row.upper is None or total <= row.upper)]
    known = sex.value if sex in {Sex.FEMALE, Sex.MALE} else ""
    return tuple(row for row in mine if not row.sex or not known or row.sex == known)


def _screens(plan: BehaviorPlan, view: RelationshipView, day: Day) -> Iterator[Finding]:
    """The last total of each screen; one that is not positive shows nothing, and nothing is said of it."""
    for name in sorted({one.scale.value for one in plan.screens}):
        mine = [one for one in plan.screens if one.scale.value == name]
        seen = [one for one in mine if one.taken_on is None or day.has_reached(one.taken_on)]
        findings = [found for one in _latest(seen) for found in _screen(plan, one, view)]
        yield from sorted(findings, key=lambda one: (one.weight.rank, one.answer is Answer.CANNOT_TELL, one.rows))[:1]


def _latest(screens: list[ScreenTotal]) -> list[ScreenTotal]:
    """Return the totals of the last day, and those of which the day is not recorded."""
    last = max((one.taken_on for one in screens if one.taken_on is not None), default=None)
    return [one for one in screens if one.taken_on is None or one.taken_on == last]


def _screen(plan: BehaviorPlan, screen: ScreenTotal, view: RelationshipView) -> Iterator[Finding]:
    name = screen.scale.value
    if screen.total is None:
        rows = tuple(row.row_id for row in view.scales.get(name, ()))
        yield _finding(SCREEN, plan, Answer.CANNOT_TELL, ("screens.total",), (), rows, item=name)
        return
    sex = plan.person.sex if plan.person is not None else None
    bands = [row for row in bands_of(screen, sex=sex, view=view) if row.positive]
    if bands:
        weight = Weight.SAFETY if any(row.assess for row in bands) else Weight.RECOMMENDED
        because = tuple(("band", band) for band in dict.fromkeys(row.band for row in bands))
        rows = tuple(row.row_id for row in bands)
        yield _finding(SCREEN, plan, Answer.JUDGEMENT, (), because, rows, weight=weight, item=name)


def _finding(
    rule: Rule,
    plan: BehaviorPlan,
    answer: Answer,
    missing: tuple[str, ...],
    because: tuple[tuple[str, str], ...],
    rows: tuple[str, ...],
    *,
    weight: Weight = Weight.RECOMMENDED,
    item: str = "",
) -> Finding:
    return Finding(
        rule=rule.id,
        about=plan.id,
        item=item,
        answer=answer,
        weight=weight,
        because=because,
        missing=missing,
        rows=rows,
    )


__all__ = ["CASES", "PUNISHMENT", "RULES", "BehaviorReview", "Stance", "bands_of", "review_behavior_plan"]
