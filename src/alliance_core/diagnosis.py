"""A diagnosis changed, modified, added or removed: told to the patient before or with it, with the reasons."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum
from typing import ClassVar, Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import changed, record, value
from alliance_core.base.sources import Basis
from alliance_core.base.tables import Row, Timeline
from alliance_core.records import NOT_RECORDED, Label, RecordId

YES, NO = Recorded.YES, Recorded.NO


class RevisionKind(Enum):
    """What happened to the diagnosis."""

    CHANGED = "changed"
    MODIFIED = "modified"
    ADDED = "added"
    REMOVED = "removed"


@record
class DiagnosisRevision:
    """
    One revision of one diagnosis, planned or made.

    `planned_on` is the day for which it is planned, and may lie ahead. `told` is about the patient; who told them, and
    how it was taken, is kept and decides nothing.
    """

    id: RecordId
    problem: RecordId | None = None
    kind: RevisionKind | None = None
    revised_on: date | None = None
    planned_on: date | None = None
    told: Recorded = NOT_RECORDED
    told_on: date | None = None
    told_by: Label | None = None
    reasons_recorded: Recorded = NOT_RECORDED
    evidence_for: Label | None = None
    evidence_against: Label | None = None
    fallibility_told: Recorded = NOT_RECORDED
    patient_view: Label | None = None
    plan_discussed: Recorded = NOT_RECORDED
    consents_reviewed: Recorded = NOT_RECORDED
    released_on: date | None = None

    def __post_init__(self) -> None:
        if self.planned_on and self.revised_on and self.planned_on > self.revised_on:
            raise ValueError("planned_on is after revised_on: a revision that was made is no longer planned")


# -- policy ----------------------------------------------------------------------------------------------------------


@value
class DiagnosisRow(Row):
    """One thing that is asked when a diagnosis is revised, and how much it matters."""

    KEY: ClassVar = ("element",)

    element: str
    question: str
    weight: Weight


DIAGNOSIS_TABLES: Final[Mapping[str, type[DiagnosisRow]]] = {"diagnosis_elements": DiagnosisRow}


def _by_element(rows: tuple[DiagnosisRow, ...]) -> dict[str, DiagnosisRow]:
    return {row.element: row for row in rows}


@value
class DiagnosisPolicy:
    """What is asked when a diagnosis is revised, on every day."""

    timeline: Timeline[DiagnosisRow, dict[str, DiagnosisRow]]

    @classmethod
    def of(cls, *rows: DiagnosisRow) -> "DiagnosisPolicy":
        """Return a policy of just these rows."""
        return cls(timeline=Timeline(rows, _by_element))


# -- rules -----------------------------------------------------------------------------------------------------------


TOLD: Final = Rule(
    id="diagnosis.told",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="When a diagnosis is changed, modified, added or removed, the patient is told before or with the change.",
)
REASONS: Final = Rule(
    id="diagnosis.reasons",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="The reasons for a revised diagnosis are documented in detail.",
)
FALLIBILITY: Final = Rule(
    id="diagnosis.fallibility",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="A new patient is told early that the first formulation may be wrong.",
)
RELEASE: Final = Rule(
    id="diagnosis.release",
    basis=Basis.PRACTICE,
    source="practice",
    locator="diagnosis revision",
    says="The patient is told of a revised diagnosis by the day on which a note with it is open to them.",
)
RULES: Final[tuple[Rule, ...]] = (TOLD, REASONS, FALLIBILITY, RELEASE)


class Telling(Enum):
    """Whether and when the patient was told."""

    BEFORE_OR_WITH = "told-before-or-with"
    AFTER = "told-after"
    NOT_TOLD = "not-told"
    NOT_TOLD_YET = "planned-not-told-yet"
    DAY_UNKNOWN = "told-day-unknown"
    PLANNED = "planned-and-told"
    UNKNOWN = "not-known"


@value
class Told:
    """What a case gives."""

    telling: Telling
    answer: Answer
    missing: tuple[str, ...] = ()
    case: str = ""


@value
class Stood:
    """
    A revision as it stood on the day: what is dated later has not happened yet.

    `is_ahead`: the patient was not told, and the change is still a plan, so that telling before or with it is possible.
    """

    revision: DiagnosisRevision
    is_ahead: bool


def _stood(record: DiagnosisRevision, day: Day) -> Stood:
    seen = _as_of(record, day)
    return Stood(revision=seen, is_ahead=_may_be_told_yet(seen, day))


def _as_of(record: DiagnosisRevision, day: Day) -> DiagnosisRevision:
    """A change dated after the day is still a plan, and words said after the day were not said yet."""
    made, told = record.revised_on, record.told_on
    if made is not None and not day.has_reached(made):
        record = changed(record, revised_on=None, planned_on=made)
    if told is not None and not day.has_reached(told):
        said = NO if record.told is NO else NOT_RECORDED
        record = changed(record, told=said, told_on=None)
    return record


def _may_be_told_yet(r: DiagnosisRevision, day: Day) -> bool:
    """Return whether a change of which the patient was not told is planned for this day or later."""
    if r.told is not NO or r.revised_on is not None or r.planned_on is None:
        return False
    return not day.has_passed(r.planned_on)


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002  # the case's id, as Case calls it
    says: str,
    when: Callable[[Stood], bool],
    telling: Telling,
    answer: Answer,
    *missing: str,
) -> Case[Stood, Told]:
    gives = Told(telling=telling, answer=answer, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source="seed", locator="Continued Treatment Evaluation")


def _is_in_time(s: Stood) -> bool:
    r = s.revision
    return r.told_on is not None and r.revised_on is not None and r.told_on <= r.revised_on


def _is_planned(s: Stood) -> bool:
    r = s.revision
    return r.revised_on is None and r.told_on is not None and r.planned_on is not None and r.told_on <= r.planned_on


CASES: Final[tuple[Case[Stood, Told], ...]] = (
    _case(
        "T01-ahead",
        "the patient was not told; the change is planned for that day or later",
        lambda s: s.is_ahead,
        Telling.NOT_TOLD_YET,
        Answer.CANNOT_TELL,
        "told_on",
    ),
    _case("T01", "the patient was not told", lambda s: s.revision.told is NO, Telling.NOT_TOLD, Answer.NOT_MET, "told"),
    _case(
        "T02",
        "whether the patient was told is not known",
        lambda s: s.revision.told is not YES,
        Telling.UNKNOWN,
        Answer.CANNOT_TELL,
        "told",
    ),
    _case("T03", "told before the change or on its day", _is_in_time, Telling.BEFORE_OR_WITH, Answer.MET),
    _case("T04", "told by the day for which the change is planned", _is_planned, Telling.PLANNED, Answer.MET),
    _case(
        "T05",
        "told, on a day that is not recorded",
        lambda s: s.revision.told_on is None,
        Telling.DAY_UNKNOWN,
        Answer.CANNOT_TELL,
        "told_on",
    ),
    _case(
        "T06",
        "told, and when the change was made is not recorded",
        lambda s: s.revision.revised_on is None,
        Telling.DAY_UNKNOWN,
        Answer.CANNOT_TELL,
        "revised_on",
    ),
    _case("T07", "told only after the change", always, Telling.AFTER, Answer.NOT_MET),
)


@value
class DiagnosisReview:
    """Whether a revised diagnosis was told and its reasons recorded. The verdicts stay apart."""

    about: str
    telling: Telling
    reasons: Recorded
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None

    def __repr__(self) -> str:
        # What was found about a patient stays out of every log.
        return "DiagnosisReview(…)"


def review_diagnosis(record: DiagnosisRevision, *, policy: DiagnosisPolicy, on: date) -> DiagnosisReview:
    """
    Return whether a revision was told in time, and its reasons recorded.

    When a diagnosis is changed, modified, added or removed, the patient is informed of the planned change and the
    reasons are documented in detail [seed: Continued Treatment Evaluation]. Raises `ChartError` only if `on` is not a
    plain date.
    """
    day = Day(on)
    asked = policy.timeline.at(day)
    stood = _stood(record, day)
    told = first(CASES, stood).gives
    found = tuple(_findings(stood.revision, told, asked, day))
    return DiagnosisReview(
        about=record.id,
        telling=told.telling,
        reasons=record.reasons_recorded,
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=day.valid_until,
    )


def _findings(record: DiagnosisRevision, told: Told, asked: Mapping[str, DiagnosisRow], day: Day) -> Iterator[Finding]:
    yield from _finding(TOLD, record, asked.get("told"), told.answer, told.missing, _said(told, record))
    yield from _recorded(REASONS, record, asked.get("reasons"), "reasons_recorded", record.reasons_recorded)
    yield from _recorded(FALLIBILITY, record, asked.get("fallibility"), "fallibility_told", record.fallibility_told)
    if record.released_on is not None and day.has_reached(record.released_on):
        answer, missing = _release(record, record.released_on)
        yield from _finding(RELEASE, record, asked.get("release"), answer, missing, ())


def _said(told: Told, record: DiagnosisRevision) -> tuple[tuple[str, str], ...]:
    """The verdict, and for a change that lies ahead the day by which the patient is to be told."""
    planned = record.planned_on if told.telling is Telling.NOT_TOLD_YET else None
    return (("told", told.telling.value), *((("planned_on", planned.isoformat()),) if planned is not None else ()))


def _release(r: DiagnosisRevision, released_on: date) -> tuple[Answer, tuple[str, ...]]:
    if r.told is NO:
        return Answer.NOT_MET, ("told",)
    if r.told is not YES:
        return Answer.CANNOT_TELL, ("told",)
    if r.told_on is None:
        return Answer.CANNOT_TELL, ("told_on",)
    return (Answer.MET if r.told_on <= released_on else Answer.NOT_MET), ()


_ANSWERS: Final = {YES: Answer.MET, NO: Answer.NOT_MET}


def _recorded(
    rule: Rule, record: DiagnosisRevision, row: DiagnosisRow | None, path: str, fact: Recorded
) -> Iterator[Finding]:
    yield from _finding(rule, record, row, _ANSWERS.get(fact, Answer.CANNOT_TELL), () if fact is YES else (path,), ())


def _finding(
    rule: Rule,
    record: DiagnosisRevision,
    row: DiagnosisRow | None,
    answer: Answer,
    missing: tuple[str, ...],
    because: tuple[tuple[str, str], ...],
) -> Iterator[Finding]:
    """Return the finding; a question that no row asks here is not asked."""
    if row is not None:
        yield Finding(
            rule=rule.id,
            about=record.id,
            answer=answer,
            weight=row.weight,
            because=because,
            missing=missing,
            rows=(row.row_id,),
        )
