"""What became of every resource: used, not needed, or not understood; and what of a used one was not read."""

from collections import Counter
from collections.abc import Mapping

from alliance_core.base.kinds import value
from alliance_core.chart import Chart


@value
class NotNeeded:
    """Resources of one type that no rule needs, and why."""

    type: str
    reason: str
    count: int


@value
class NotUnderstood:
    """
    One resource (or `count` of them) that could not be used: its type, its place, the element, and the rule it breaks.

    `type` is empty when the resource does not say it in a word of R4. Places are positions, counted from 0.
    """

    type: str
    position: str
    path: str
    reason: str
    count: int = 1

    def __str__(self) -> str:
        return f"{_place(self)}: {self.reason}"


@value
class ElementNote:
    """One element of a used resource that could not be read, or not in full."""

    type: str
    position: str
    path: str
    reason: str

    def __str__(self) -> str:
        return f"{_place(self)}: {self.reason}"


def _place(line: NotUnderstood | ElementNote) -> str:
    where = ".".join(part for part in (line.position, line.path) if part)
    return f"{line.type or 'resource'} {where}" if where else line.type or "resource"


@value
class Read:
    """
    What a reader made of its input: the charts, and an account of every resource.

    `used`, the counts of `not_needed` and the counts of `not_understood` add up to `resources`. `elements` are notes
    about parts of used resources; `unread` counts, for each type, the elements of used resources that no rule reads.
    """

    charts: tuple[Chart, ...]
    used: int
    not_needed: tuple[NotNeeded, ...]
    not_understood: tuple[NotUnderstood, ...]
    elements: tuple[ElementNote, ...]
    unread: Mapping[str, Mapping[str, int]]
    resources: int

    @property
    def not_needed_count(self) -> int:
        """How many resources no rule needs."""
        return sum(line.count for line in self.not_needed)

    @property
    def not_understood_count(self) -> int:
        """How many resources could not be used."""
        return sum(line.count for line in self.not_understood)


class Ledger:
    """A read in the making."""

    __slots__ = ("charts", "elements", "not_needed", "not_understood", "resources", "unread", "used")

    def __init__(self) -> None:
        self.resources = 0
        self.used = 0
        self.charts: list[Chart] = []
        self.not_needed: Counter[tuple[str, str]] = Counter()
        self.not_understood: list[NotUnderstood] = []
        self.elements: list[ElementNote] = []
        self.unread: dict[str, Counter[str]] = {}

    def refuse(self, kind: str, position: str, path: str, reason: str, *, count: int = 1) -> None:
        """Enter a resource, or `count` of them, as not understood."""
        line = NotUnderstood(type=kind, position=position, path=path, reason=reason, count=count)
        self.not_understood.append(line)

    def closed(self) -> Read:
        """Return the read, with the lines of one type and reason counted together."""
        return Read(
            charts=tuple(self.charts),
            used=self.used,
            not_needed=tuple(
                NotNeeded(type=kind, reason=reason, count=count)
                for (kind, reason), count in sorted(self.not_needed.items())
            ),
            not_understood=tuple(self.not_understood),
            elements=tuple(self.elements),
            unread={kind: dict(sorted(counts.items())) for kind, counts in sorted(self.unread.items())},
            resources=self.resources,
        )
