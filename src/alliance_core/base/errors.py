"""Errors: one hierarchy, each sentence naming the field and the rule, never a value of the record."""

import attrs


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that is wrong: where (field names and positions only) and which rule it breaks."""

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


class AllianceError(Exception):
    """Anything this library raises on purpose."""


class ChartError(AllianceError):
    """A chart, or a part of one, could not be read; `problems` says where and why, all of them at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(problem) for problem in problems))

    def __reduce__(self) -> tuple[type["ChartError"], tuple[tuple[Problem, ...]]]:
        return ChartError, (self.problems,)


class PolicyError(AllianceError):
    """A policy table, row or setting is wrong; the sentence names the table and the row."""
