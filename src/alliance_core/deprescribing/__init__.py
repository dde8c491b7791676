"""Deprescribing: the whole regimen, what is due for review, when, and why."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, earliest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.as_needed import AS_NEEDED_LIMIT, limit_findings
from alliance_core.deprescribing.candidates import (
    CANDIDATE,
    TOGETHER,
    Candidate,
    candidate_findings,
    candidates_of,
    look_at,
    together_findings,
)
from alliance_core.deprescribing.clocks import Clock, clocks_of, first_due
from alliance_core.deprescribing.context import (
    Context,
    is_review,
    reviews_are_recorded,
)
from alliance_core.deprescribing.episodes import Episode, find_episodes
from alliance_core.deprescribing.holds import Hold
from alliance_core.deprescribing.law import REQUIRED_REVIEW, offer_findings, required_findings
from alliance_core.deprescribing.listing import (
    INDICATION,
    RECONCILIATION,
    indication_findings,
    reconciliation_findings,
)
from alliance_core.deprescribing.monitoring import MONITORING, Measured, monitoring_findings, monitoring_of
from alliance_core.deprescribing.policy import (
    DEPRESCRIBING_TABLES,
    ApartReading,
    DeprescribingPolicy,
    DeprescribingView,
    FirstDayReading,
    LaterYearsReading,
    MonthReading,
    QuarterReading,
)
from alliance_core.deprescribing.records import MedicationHistory, PastReview, Regimen, ReviewKind, ReviewResult
from alliance_core.deprescribing.reductions import REDUCTION, Reduction, reduction_findings, reductions_of
from alliance_core.deprescribing.seen import as_seen
from alliance_core.deprescribing.triggers import Fired, triggers_of
from alliance_core.deprescribing.whole import regimen_clock
from alliance_core.medicines import MEDICINE_TABLES, Medicines, Product
from alliance_core.problems import live_problems
from alliance_core.records import (
    ChangeKind,
    DoseChange,
    Evidence,
    MedicationStatement,
    MedicationStatus,
    Origin,
    has_died,
    setting_on,
)

REVIEW: Final = Rule(
    id="deprescribing.review",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="Each medicine is reviewed in its time: still wanted, at the lowest dose that does it.",
)
WHOLE: Final = Rule(
    id="deprescribing.whole-regimen",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="The whole regimen is reviewed as a routine of ongoing treatment: the lowest dose of the fewest medicines.",
)
HISTORY: Final = Rule(
    id="deprescribing.history",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="The review covers prescriptions from any provider, supplements and herbal remedies: each was asked about.",
)
KNOWN: Final = Rule(
    id="deprescribing.medicine-known",
    basis=Basis.PRACTICE,
    source="practice",
    locator="medicines table",
    says="Every medicine on the list is known to the medicines table, so that its clock can be told.",
)
#: What asks about the medicines on the list, so that nothing is out of question while nobody recorded them.
_ABOUT_MEDICINES: Final = (
    REVIEW,
    WHOLE,
    KNOWN,
    AS_NEEDED_LIMIT,
    REDUCTION,
    TOGETHER,
    CANDIDATE,
    INDICATION,
    RECONCILIATION,
    MONITORING,
)
RULES: Final[tuple[Rule, ...]] = (HISTORY, REQUIRED_REVIEW, *_ABOUT_MEDICINES)


@value
class RegimenReview:
    """
    What is due for review in one regimen, on one day.

    `due_on` is the first day on which any medicine is due, `law_due_on` the first that law sets: never merged.
    `triggers` are all that hold or may hold; `candidates` the medicines with a reason that no review has answered, what
    the patient brings first, then harm, then length of use. The same regimen gives the same review on every day before
    `valid_until`.
    """

    about: str
    due_on: date | None
    law_due_on: date | None
    clocks: tuple[Clock, ...]
    reductions: tuple[Reduction, ...]
    triggers: tuple[Fired, ...]
    candidates: tuple[Candidate, ...]
    hold_reasons: tuple[Hold, ...]
    monitoring: tuple[Measured, ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_regimen(record: Regimen, *, policy: DeprescribingPolicy, on: date) -> RegimenReview:
    """
    Return what is due for review, when, and why, with law apart.

    The regimen is reviewed whole, from every prescriber and shop, as a routine of ongoing treatment [seed: Continued
    Treatment Evaluation]. Intervals come from `review_intervals`. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    if has_died(record.person, day):
        return _closed(record, day)
    context = _context(as_seen(record, day), policy, view, day)
    clocks = clocks_of(context)
    reductions = reductions_of(context)
    look = look_at(triggers_of(context), context)
    measured = monitoring_of(context)
    law = (*required_findings(context), *limit_findings(context))
    findings = (
        *(_clock_finding(REVIEW, clock, context) for clock in clocks),
        *_whole(context),
        _history(context.regimen),
        *_unknown(context),
        *law,
        *reduction_findings(reductions, context),
        *together_findings(look, context),
        *candidate_findings(look, context),
        *indication_findings(context),
        *reconciliation_findings(context),
        *monitoring_findings(measured, context),
    )
    return RegimenReview(
        about=record.id,
        due_on=first_due(clocks),
        law_due_on=earliest(*(one.due_on for one in law)),
        clocks=clocks,
        reductions=reductions,
        triggers=tuple([fired for fired, _ in look.fired]),
        candidates=candidates_of(look, context),
        hold_reasons=look.holds,
        monitoring=measured,
        findings=canonical(findings),
        not_applicable=_not_applicable(findings, context),
        valid_until=day.valid_until,
    )


def _closed(record: Regimen, day: Day) -> RegimenReview:
    return RegimenReview(
        about=record.id,
        due_on=None,
        law_due_on=None,
        clocks=(),
        reductions=(),
        triggers=(),
        candidates=(),
        hold_reasons=(),
        monitoring=(),
        findings=(),
        not_applicable=tuple(rule.id for rule in RULES),
        valid_until=day.valid_until,
    )


def regimen_episodes(record: Regimen, *, policy: DeprescribingPolicy, day: Day) -> tuple[Episode, ...]:
    """Return the courses of the medicines that the table knows, as the regimen stood on the day."""
    return _episodes(as_seen(record, day), policy, policy.timeline.at(day), day)[0]


def _episodes(
    regimen: Regimen, policy: DeprescribingPolicy, view: DeprescribingView, day: Day
) -> tuple[tuple[Episode, ...], tuple[MedicationStatement, ...]]:
    gap, look_back = view.one("episode-gap"), view.one("look-back")
    return find_episodes(
        regimen.medications or (),
        medicines=policy.medicines,
        gap=gap.interval if gap is not None else _NO_LENGTH,
        look_back=look_back.interval if look_back is not None else _NO_LENGTH,
        day=day,
    )


def _context(regimen: Regimen, policy: DeprescribingPolicy, view: DeprescribingView, day: Day) -> Context:
    episodes, unknown = _episodes(regimen, policy, view, day)
    problems = live_problems(regimen.problems)
    return Context(
        regimen=regimen,
        policy=policy,
        view=view,
        day=day,
        episodes=episodes,
        unknown=tuple([one for one in unknown if _may_run(one, day)]),
        setting=setting_on(regimen.encounters, day),
        groups=tuple([view.groups_of(one.medicine.drug_class) for one in episodes]),
        problems=problems,
        problem_kinds=frozenset([kind for one in problems for kind in view.problems.kinds_of(one)]),
        problems_are_told=regimen.problems is not None and view.problems.are_told(problems),
        reviews=tuple([one for one in regimen.reviews or () if is_review(one)]),
    )


_NO_LENGTH: Final = CalendarDuration()


def _may_run(entry: MedicationStatement, day: Day) -> bool:
    over = {MedicationStatus.STOPPED, MedicationStatus.COMPLETED, MedicationStatus.NOT_TAKEN}
    return entry.status not in over and not (entry.stopped_on is not None and day.has_reached(entry.stopped_on))


def _not_applicable(findings: Iterable[Finding], context: Context) -> tuple[str, ...]:
    """What asks about medicines is not out of question while nobody recorded which ones are taken, or no row says."""
    told = {one.rule for one in findings}
    if context.regimen.medications is None or context.unknown:
        told |= {rule.id for rule in _ABOUT_MEDICINES}
    if any(True for _ in context.running()):
        told.add(WHOLE.id)
    return tuple(rule.id for rule in RULES if rule.id not in told)


def _whole(context: Context) -> Iterator[Finding]:
    clock = regimen_clock(context)
    if clock is not None:
        yield _clock_finding(WHOLE, clock, context)
    yield from offer_findings(WHOLE, context)


def _clock_finding(rule: Rule, clock: Clock, context: Context) -> Finding:
    answer, missing = _answer(clock, context)
    driver = clock.driver if clock.driver is not None else clock.possible_driver
    return Finding(
        rule=rule.id,
        about=context.regimen.id,
        item=clock.medicine,
        answer=answer,
        weight=Weight.REQUIRED if clock.binds else Weight.RECOMMENDED,
        because=_because(clock),
        missing=missing,
        due_on=clock.due_on if clock.due_on is not None or answer is not Answer.MET else clock.possible_on,
        rows=(driver.row_id,) if driver is not None else (),
    )


def _because(clock: Clock) -> tuple[tuple[str, str], ...]:
    phase = (("phase", "|".join(clock.phases)),) if clock.phases else ()
    if clock.anchor_on is None:
        return phase
    path = "reviews.completed_on" if clock.anchored_at == "review" else "medications.started_on"
    return (*phase, (path, clock.anchor_on.isoformat()))


def _answer(clock: Clock, context: Context) -> tuple[Answer, tuple[str, ...]]:
    """Not due before the earliest possible day, due from the certain one, and between them nobody can tell."""
    if clock.possible_on is not None and not context.day.has_reached(clock.possible_on):
        return Answer.MET, ()
    unread = () if reviews_are_recorded(context.regimen) else ("reviews",)
    if context.day.has_reached(clock.due_on):
        return (Answer.CANNOT_TELL, unread) if unread else (Answer.NOT_MET, ())
    return Answer.CANNOT_TELL, tuple(dict.fromkeys((*clock.missing, *unread)))


def _history(record: Regimen) -> Finding:
    asked = record.asked or MedicationHistory()
    facts = (
        ("asked.other_prescribers", asked.other_prescribers),
        ("asked.over_the_counter", asked.over_the_counter),
        ("asked.supplements", asked.supplements),
        ("asked.herbals", asked.herbals),
    )
    done = all_yes(*(fact for _, fact in facts))
    if record.medications is None:
        done = all_yes(done, Recorded.NOT_RECORDED)
    answers = {Recorded.YES: Answer.MET, Recorded.NO: Answer.NOT_MET}
    listed = () if record.medications is not None else ("medications",)
    return Finding(
        rule=HISTORY.id,
        about=record.id,
        answer=answers.get(done, Answer.CANNOT_TELL),
        weight=Weight.REQUIRED,
        missing=(*listed, *(path for path, fact in facts if fact is not Recorded.YES)),
    )


def _unknown(context: Context) -> Iterator[Finding]:
    """One line for all entries that no row knows, as long as they may still be taken."""
    if context.unknown:
        yield Finding(
            rule=KNOWN.id,
            about=context.regimen.id,
            answer=Answer.CANNOT_TELL,
            weight=Weight.RECOMMENDED,
            because=tuple(("medications", entry_id) for entry_id in sorted(entry.id for entry in context.unknown)),
            missing=("policy.medicines",),
        )


__all__ = [
    "DEPRESCRIBING_TABLES",
    "MEDICINE_TABLES",
    "RULES",
    "ApartReading",
    "Candidate",
    "ChangeKind",
    "Clock",
    "DeprescribingPolicy",
    "DoseChange",
    "Episode",
    "Evidence",
    "Fired",
    "FirstDayReading",
    "Hold",
    "LaterYearsReading",
    "Measured",
    "MedicationHistory",
    "MedicationStatement",
    "MedicationStatus",
    "Medicines",
    "MonthReading",
    "Origin",
    "PastReview",
    "Product",
    "QuarterReading",
    "Reduction",
    "Regimen",
    "RegimenReview",
    "ReviewKind",
    "ReviewResult",
    "regimen_episodes",
    "review_regimen",
]
