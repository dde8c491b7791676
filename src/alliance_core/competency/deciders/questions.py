"""What the cases ask of those who may decide, and how a case is written."""

from collections.abc import Callable

from alliance_core.base.cases import Case
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Answer, Weight
from alliance_core.competency.candidates import NAMED_ROWS, Candidates, Standing
from alliance_core.competency.deciders.kinds import DeciderKind, Decides
from alliance_core.competency.records import PriorWishes

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR


def case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Candidates], bool],
    kind: DeciderKind,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
    source: str = "practice",
    locator: str = "capacity table b",
) -> Case[Candidates, Decides]:
    """Return one case of table (b), whose verdict bears its id."""
    gives = Decides(kind=kind, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


def stands(wishes: PriorWishes) -> bool:
    """Return whether a directive is valid, applies, and nothing displaces it: then the patient has decided."""
    return (wishes.exist, wishes.valid, wishes.apply, wishes.displaced) == (YES, YES, YES, NO)


def wishes_open(c: Candidates) -> bool:
    """Return whether a directive is recorded that nothing rules out."""
    w = c.wishes
    return w.exist is YES and NO not in {w.valid, w.apply} and w.displaced is not YES


def is_rivalled(c: Candidates) -> bool:
    """Return whether someone the patient named is recorded, and whether an order suspends them is not known."""
    return any(one.appointed for one in c.named) and not c.suspended.known


def is_named(c: Candidates) -> bool:
    """Return whether one person whom the patient or a court named stands, and nothing is open beside them."""
    return c.chosen_standing is Standing.STANDS and not (c.unlisted or is_rivalled(c) or c.uncertified)


def is_silent(c: Candidates) -> bool:
    """Return whether nobody asked who was named, or not about everyone who may have been."""
    unasked = c.silent_class is not None and c.silent_class.kind in NAMED_ROWS
    return unasked or c.evidence.record.deciders is None


def is_heard(c: Candidates) -> bool:
    """Return whether those close were heard, and nothing is in dispute or finely balanced."""
    record = c.evidence.record
    return record.consultees_heard is YES and {record.decider_dispute, record.finely_balanced} == {NO}


def is_for_court(c: Candidates) -> bool:
    """Return whether a dispute or a fine balance is recorded, or may be there."""
    return bool({YES, UNCLEAR} & {c.evidence.record.decider_dispute, c.evidence.record.finely_balanced})


def is_unheard(c: Candidates) -> Recorded:
    """Return whether the treatment is serious and there is nobody to consult."""
    return all_yes(c.evidence.record.serious_treatment, c.evidence.record.nobody_to_consult)


def advocate(c: Candidates) -> Recorded:
    """Return whether an independent advocate was instructed."""
    return c.evidence.record.advocate_instructed
