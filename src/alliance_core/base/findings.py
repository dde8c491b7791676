"""Rules and findings: what is asked, and what was found. A finding is data; words are made at the rim."""

from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis


class Answer(Enum):
    """What a rule found. Rules are phrased as duties, so MET is always the good side."""

    MET = "met"
    NOT_MET = "not-met"
    CANNOT_TELL = "cannot-tell"
    JUDGEMENT = "judgement"
    NOT_APPLICABLE = "not-applicable"


class Weight(Enum):
    """How much a finding matters, heaviest first. None of them is an order, and none stops care."""

    SAFETY = "safety"
    ESSENTIAL = "essential"
    REQUIRED = "required"
    RECOMMENDED = "recommended"

    @property
    def rank(self) -> int:
        """Return 0 for the heaviest."""
        return _WEIGHTS.index(self)


_WEIGHTS: Final = tuple(Weight)
#: What to look at first. A place in a tuple is found by identity, where a dictionary would hash an enum in Python.
_ANSWERS: Final = (Answer.NOT_MET, Answer.JUDGEMENT, Answer.CANNOT_TELL, Answer.MET, Answer.NOT_APPLICABLE)
OPEN: Final = frozenset({Answer.NOT_MET, Answer.CANNOT_TELL, Answer.JUDGEMENT})


class Audience(Enum):
    """Who may read an output. Who looks at a portal cannot be known: patient, proxy, or someone beside them."""

    CLINICIAN = "clinician"
    PORTAL = "portal"


@value
class Rule:
    """One thing that is asked, with its source. `id` is public and never reused."""

    id: str
    basis: Basis
    source: str
    locator: str
    says: str


@value
class Finding:
    """
    What one rule found about one record.

    (`rule`, `about`, `item`) is its key: unique in a review and stable across days, versions and policies.
    `because` are (path, wire value) pairs that were read, `missing` the paths to record before anyone can tell,
    `rows` the policy rows used. A finding holds dates, never ages or numbers of days.
    """

    rule: str
    about: str
    item: str = ""
    answer: Answer
    weight: Weight
    because: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    due_on: date | None = None
    rows: tuple[str, ...] = ()

    def __repr__(self) -> str:
        # What was read stays out of every log; a half-built finding has no fields at all.
        return f"Finding({getattr(self, 'rule', '')}, …)"

    @property
    def key(self) -> tuple[str, str, str]:
        """What a host deduplicates, acknowledges and snoozes by."""
        return (self.rule, self.about, self.item)

    @property
    def is_open(self) -> bool:
        """Whether someone has to look: not met, cannot tell, or a judgement."""
        return self.answer is not Answer.MET and self.answer is not Answer.NOT_APPLICABLE


def canonical(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Finding, ...]:
    """Return the findings in the one canonical order: heaviest first, then not met before unknown, then by key."""
    return tuple(
        sorted(findings, key=lambda f: (_WEIGHTS.index(f.weight), _ANSWERS.index(f.answer), f.rule, f.about, f.item))
    )
