"""
Who decides for someone under the age of majority.

Decision table (m) of the capacity sheet. A minor whom the place treats as an adult (M01) never comes here: tables (a)
and (b) answer for them. From the birthday on they answer for everyone, and what a parent agreed to is stale.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes, negate
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.competency.policy import CompetencyView, MinorRow
from alliance_core.competency.records import DecisionCapacity, MinorFacts
from alliance_core.records import NOT_RECORDED, Person, has_age

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_A, _W = Answer, Weight


class MinorDecider(Enum):
    """Who decides for a minor."""

    MINOR = "minor"
    PARENT = "parent"
    COURT = "court"
    OPEN = "open"


@value
class Ruling:
    """What a case gives: who decides, how it answers, and which facts would settle it."""

    decides: MinorDecider
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    case: str = ""


@value
class Fit:
    """One rule for minors, whether it is about this patient and decision, and whether its condition holds."""

    row: MinorRow
    applies: Recorded
    condition: Recorded
    missing: tuple[str, ...]


@value
class Minor:
    """The facts that the table asks for."""

    record: DecisionCapacity
    named: bool
    facts: MinorFacts
    fits: tuple[Fit, ...]

    @property
    def own(self) -> Recorded:
        """Whether a rule gives the minor this decision, alone or beside a parent, and its condition holds."""
        return any_yes(*(all_yes(one.applies, one.condition) for one in self._of(_OWN, _EITHER)))

    @property
    def dissent(self) -> Recorded:
        """Whether the minor refuses, and no law of the place says that a parent's consent stands all the same."""
        asked = any_yes(*(one.applies for one in self._of(_DISSENT)))
        settled = any_yes(*(one.applies for one in self._of(_EITHER)))
        return all_yes(asked, negate(settled), self.facts.refuses)

    @property
    def refusal(self) -> Recorded:
        """Whether serious treatment is refused, where a court may then decide."""
        asked = any_yes(*(one.applies for one in self._of(_COURT)))
        return all_yes(asked, self.facts.refuses, self.record.serious_treatment)

    @property
    def parents(self) -> Recorded:
        """Whether a parent's authority, agreement and decision are recorded, and the child's own view."""
        f = self.facts
        return all_yes(
            f.parent_authority, f.parents_agree, f.parent_decided, f.child_view_recorded, negate(f.parent_conflicted)
        )

    def unknown_of(self, *rules: str) -> tuple[str, ...]:
        """Return what keeps it open whether a rule of these kinds holds."""
        return tuple(dict.fromkeys(path for one in self._of(*rules) for path in one.missing))

    def _of(self, *rules: str) -> tuple[Fit, ...]:
        return tuple(one for one in self.fits if one.row.rule in rules)


_OWN: Final = "own-consent"
_EITHER: Final = "either-consent"
_DISSENT: Final = "refusal-weighed"
_COURT: Final = "court-may-decide"


# -- gathering -------------------------------------------------------------------------------------------------------


def rule(record: DecisionCapacity, person: Person, view: CompetencyView, day: Day, *, capacity: Recorded) -> Ruling:
    """
    Return who decides for this minor, as the rules of the place say.

    `capacity` is what is recorded about the minor's own capacity, for those rules that ask for nothing else.
    """
    fits = tuple(one for row in view.minors if (one := _fit(row, record, person, day, capacity)).applies is not NO)
    named = (record.decision or "") in view.decisions
    minor = Minor(record=record, named=named, facts=record.minor or MinorFacts(), fits=fits)
    gives = first(CASES, minor).gives
    return changed(gives, missing=_missing(gives, minor), rows=tuple(one.row.row_id for one in fits))


def _fit(row: MinorRow, record: DecisionCapacity, person: Person, day: Day, capacity: Recorded) -> Fit:
    asked = (
        ("person.born_on", _is_of_age(row, person, day)),
        ("decision", _is_same(row.decision, record.decision)),
        ("setting", _is_same(row.setting, record.setting.value if record.setting is not None else None)),
    )
    condition, path = _condition(row, record, capacity)
    unknown = tuple(name for name, fact in (*asked, (path, condition)) if not fact.known)
    return Fit(row=row, applies=all_yes(*(fact for _, fact in asked)), condition=condition, missing=unknown)


def _is_of_age(row: MinorRow, person: Person, day: Day) -> Recorded:
    """Return whether the age is that of the rule; a birth date in part that leaves it open is to be completed."""
    old_enough = has_age(person, row.age_from, day) if row.age_from else YES
    fact = all_yes(old_enough, negate(has_age(person, row.age_below, day)))
    return NOT_RECORDED if fact is UNCLEAR else fact


def _is_same(wanted: str, recorded: str | None) -> Recorded:
    if wanted in {"", "any"}:
        return YES
    if recorded is None:
        return NOT_RECORDED
    return YES if wanted == recorded else NO


def _condition(row: MinorRow, record: DecisionCapacity, capacity: Recorded) -> tuple[Recorded, str]:
    facts = record.minor or MinorFacts()
    if row.rule == _EITHER:  # whoever of the two consents, decides
        return negate(facts.refuses), "minor.refuses"
    if row.condition == "capacity":
        return capacity, "assessments"
    if row.condition == "presumed-capacity":
        return (YES if _is_presumed(record, capacity) else capacity), "assessments"
    return (facts.condition_met, "minor.condition_met") if row.condition else (YES, "")


def _is_presumed(record: DecisionCapacity, capacity: Recorded) -> bool:
    """As for adults: nobody assessed it and there is no concern; an assessment that no longer counts is asked about."""
    return capacity is NOT_RECORDED and not record.assessments and record.concern not in {YES, UNCLEAR}


def _missing(gives: Ruling, minor: Minor) -> tuple[str, ...]:
    if gives.case == "M05":
        return minor.unknown_of(_OWN, _EITHER)
    if gives.case == "M01-unnamed":
        return gives.missing
    return tuple(path for path in gives.missing if not _is_as_wanted(path, minor))


def _is_as_wanted(path: str, minor: Minor) -> bool:
    """Return whether a fact that a case names needs nobody to look again."""
    owner, _, name = path.rpartition(".")
    fact: Recorded = getattr(minor.facts if owner else minor.record, name)
    return fact.known if name in _ANY_ANSWER else fact is YES


_ANY_ANSWER: Final = frozenset({"refuses", "serious_treatment", "parent_conflicted"})


# -- the table -------------------------------------------------------------------------------------------------------


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Minor], bool],
    decides: MinorDecider,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
) -> Case[Minor, Ruling]:
    gives = Ruling(decides=decides, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source="practice", locator="capacity table m")


_M = MinorDecider
CASES: Final[tuple[Case[Minor, Ruling], ...]] = (
    _case(
        "M01-unnamed",
        "which decision it is about is not recorded, or is a word that no row knows",
        lambda m: not m.named,
        _M.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decision",
    ),
    _case(
        "M02",
        "serious treatment is refused, or whether it is remains unclear: a court may decide",
        lambda m: m.refusal in {YES, UNCLEAR},
        _M.COURT,
        _A.JUDGEMENT,
    ),
    _case(
        "M02-open",
        "a court may decide where serious treatment is refused, and whether it is refused is not recorded",
        lambda m: m.refusal is NOT_RECORDED,
        _M.OPEN,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "minor.refuses",
        "serious_treatment",
    ),
    _case(
        "M03",
        "a rule gives the minor this decision, and what it asks for is recorded",
        lambda m: m.own is YES,
        _M.MINOR,
        _A.MET,
    ),
    _case(
        "M04",
        "a rule may give the minor this decision; whether what it asks for holds is unclear",
        lambda m: m.own is UNCLEAR,
        _M.OPEN,
        _A.JUDGEMENT,
    ),
    _case(
        "M05",
        "a rule may give the minor this decision; what it asks for is not recorded",
        lambda m: m.own is NOT_RECORDED,
        _M.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
    ),
    _case(
        "M06",
        "the parents differ, or have a conflict of interest",
        lambda m: m.facts.parents_agree in {NO, UNCLEAR} or m.facts.parent_conflicted in {YES, UNCLEAR},
        _M.OPEN,
        _A.JUDGEMENT,
    ),
    _case(
        "M06-refusal",
        "the minor refuses, or whether they do is unclear, and is old enough for that to be weighed",
        lambda m: m.dissent in {YES, UNCLEAR},
        _M.OPEN,
        _A.JUDGEMENT,
    ),
    _case(
        "M07-asked",
        "a parent decided and the child's view is recorded; whether the minor refuses is not",
        lambda m: m.parents is YES and m.dissent is NOT_RECORDED,
        _M.OPEN,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "minor.refuses",
    ),
    _case(
        "M07",
        "a parent's authority, agreement and decision are recorded, and the child's own view",
        lambda m: m.parents is YES,
        _M.PARENT,
        _A.MET,
    ),
    _case(
        "M08",
        "a parent or guardian decides, and part of that or the child's own view is not recorded",
        always,
        _M.OPEN,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "minor.parent_authority",
        "minor.parents_agree",
        "minor.parent_conflicted",
        "minor.parent_decided",
        "minor.child_view_recorded",
    ),
)
