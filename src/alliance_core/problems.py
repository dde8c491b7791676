"""Which kind of problem a code means: by itself, or by the category of a classification."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.base.tables import Row
from alliance_core.records import Problem, ProblemStatus

_OVER: Final = (ProblemStatus.RESOLVED, ProblemStatus.INACTIVE)


@value
class ProblemKindRow(Row):
    """A code that means one kind of problem; `match` is exact, or prefix for a category of a classification."""

    KEY: ClassVar = ("system", "code")

    problem: str
    system: str
    code: str
    match: str


@value
class ProblemKinds:
    """The kinds of problem, indexed by code."""

    exact: Mapping[tuple[str, str], ProblemKindRow]
    categories: Mapping[tuple[str, str], ProblemKindRow]
    lengths: tuple[int, ...]
    systems: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[ProblemKindRow]) -> "ProblemKinds":
        """Return the index of these rows."""
        kept = tuple(rows)
        return cls(
            exact={(row.system, row.code): row for row in kept if row.match == "exact"},
            categories={(row.system, row.code): row for row in kept if row.match == "prefix"},
            lengths=tuple(sorted({len(row.code) for row in kept if row.match == "prefix"}, reverse=True)),
            systems=frozenset(row.system for row in kept),
        )

    def kind_of(self, system: str, code: str) -> str | None:
        """Return the kind of problem that a code means, by itself or by its category; None if no row knows it."""
        row = self.exact.get((system, code))
        for length in self.lengths:
            row = row or self.categories.get((system, code[:length]))
        return row.problem if row is not None else None

    def kinds_of(self, problem: Problem) -> frozenset[str]:
        """Return the kinds of problem that the codes of one mean."""
        kinds = (self.kind_of(one.system, one.code) for one in problem.codes)
        return frozenset([kind for kind in kinds if kind is not None])

    def are_told(self, problems: tuple[Problem, ...]) -> bool:
        """Whether each problem has a code of a system that the table reads: words alone may mean any kind."""
        return all(any(one.system in self.systems for one in problem.codes) for problem in problems)


def live_problems(problems: tuple[Problem, ...] | None) -> tuple[Problem, ...]:
    """Return the problems on the list that are not refuted, resolved or inactive."""
    return tuple([one for one in problems or () if one.status not in _OVER and one.confirmed is not Recorded.NO])
