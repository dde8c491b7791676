"""What the cases ask of the evidence, and how a case is written."""

from collections.abc import Callable

from alliance_core.base.cases import Case
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Weight
from alliance_core.competency.determination.evidence import Evidence
from alliance_core.competency.determination.outcome import Determination, Outcome
from alliance_core.competency.records import Stakes
from alliance_core.records import NOT_RECORDED

YES, NO = Recorded.YES, Recorded.NO


def case(  # a case reads as one line of its table
    id: str,  # noqa: A002  # the case's id, as Case calls it
    says: str,
    when: Callable[[Evidence], bool],
    determination: Determination,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
    source: str = "practice",
    locator: str = "capacity table a",
) -> Case[Evidence, Outcome]:
    """Return one case of table (a), whose outcome bears its id."""
    gives = Outcome(determination=determination, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


def says_lack(e: Evidence) -> bool:
    """Return whether every assessment that counts concludes a lack."""
    return set(e.conclusions) == {NO}


def says_capacity(e: Evidence) -> bool:
    """Return whether every assessment that counts concludes capacity."""
    return set(e.conclusions) == {YES}


def is_unconfirmed(e: Evidence) -> bool:
    """Return whether a lack was concluded on an earlier day, and nobody wrote whether anything changed since."""
    return says_lack(e) and e.older and e.changed_since is NOT_RECORDED


def is_high(e: Evidence) -> bool:
    """Return whether the stakes ask for more evidence; they never change a conclusion, and a site may switch it off."""
    return e.scaled and e.record.stakes is Stakes.HIGH


def is_thin(e: Evidence) -> bool:
    """Return whether part of what shows a capacity is not recorded."""
    informed = e.joined("information_given") is YES
    return e.any_ability(NOT_RECORDED) or not informed or (e.asks_since and e.changed_since is not NO)
