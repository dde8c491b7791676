"""Decision tables: named cases in code, first match wins, the last always holds."""

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

F = TypeVar("F")
O = TypeVar("O")  # noqa: E741  # the outcome


@attrs.frozen(kw_only=True)
class Case(Generic[F, O]):
    """One row of a decision table: when it holds, what it gives, and where it comes from."""

    id: str
    says: str
    when: Callable[[F], bool]
    gives: O
    source: str
    locator: str


def always(_: object) -> bool:
    """Hold for everything: the last case of a table."""
    return True


def first(cases: tuple[Case[F, O], ...], facts: F) -> Case[F, O]:
    """Return the first case that holds."""
    return next(case for case in cases if case.when(facts))
