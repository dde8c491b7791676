"""Recorded facts: yes, no, unclear, not recorded."""

from enum import Enum
from typing import Final, NoReturn


class Recorded(Enum):
    """
    What the chart says about a yes-or-no question.

    `UNCLEAR`: someone looked and could not say. `NOT_RECORDED`: the chart is silent. Neither is ever read as *no*.
    """

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    NOT_RECORDED = "not-recorded"

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Recorded fact has four values: write `fact is Recorded.YES`, or combine facts with `all_yes` / `any_yes`"
        )

    @property
    def known(self) -> bool:
        """Whether the chart says yes or no."""
        return self is Recorded.YES or self is Recorded.NO


_ALL: Final = (Recorded.NO, Recorded.NOT_RECORDED, Recorded.UNCLEAR)
_ANY: Final = (Recorded.YES, Recorded.NOT_RECORDED, Recorded.UNCLEAR)


def all_yes(*facts: Recorded) -> Recorded:
    """Return NO if any fact is no, else NOT_RECORDED, else UNCLEAR, else YES; of no facts at all, YES."""
    for answer in _ALL:
        if answer in facts:
            return answer
    return Recorded.YES


def any_yes(*facts: Recorded) -> Recorded:
    """Return YES if any fact is yes, else NOT_RECORDED, else UNCLEAR, else NO; of no facts at all, NO."""
    for answer in _ANY:
        if answer in facts:
            return answer
    return Recorded.NO


def negate(fact: Recorded) -> Recorded:
    """Return NO for yes and YES for no; unknown stays unknown, of the same kind."""
    if fact is Recorded.YES:
        return Recorded.NO
    return Recorded.YES if fact is Recorded.NO else fact
