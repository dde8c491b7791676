"""Who read what: the mark beside a row that nobody read at its source, how many there are, and a row's own days."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.text import Text

from alliance_core.base.sources import Seen
from alliance_core.base.tables import Row
from alliance_core.edges.cli.blocks import say
from alliance_core.edges.cli.screen import line
from alliance_core.explanation import cite, words


def marked(told: str, row: Row) -> str:
    """Return what is told of a row, with a mark unless someone read its source itself."""
    if row.seen is Seen.PRIMARY:
        return told
    return say("explain.marked", told=told, mark=words()[f"seen.{row.seen.value}"])


def tally(rows: Iterable[Row]) -> Text:
    """Return of how many rows someone read the source, of how many only a text about it, of how many nothing."""
    seen = [row.seen for row in rows]
    return line("  ", say("explain.tally", number=len(seen), **{one.value: seen.count(one) for one in Seen}))


def dates(row: Row) -> str:
    """Return the days on which a row begins and ends; nothing where no source says one."""
    begins = say("explain.from", day=row.effective_from) if row.effective_from is not None else ""
    ends = say("explain.until", day=row.effective_to) if row.effective_to is not None else ""
    return "; ".join(part for part in (begins, ends) if part)


def spans(numbers: Iterable[int]) -> str:
    """Return numbers as a person writes them: `1, 3-12`."""
    return ", ".join(_spans(sorted(set(numbers))))


def _spans(numbers: list[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        first, *rest = (number for _, number in run)
        yield f"{first}-{rest[-1]}" if rest else str(first)


class Sources:
    """The sources of what is shown, numbered in the order in which they are first cited."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._notes: dict[str, set[str]] = {}
        for row in rows:
            self._notes.setdefault(str(cite(row)), set()).add(row.note)
        self._cited: list[str] = []

    def ref(self, row: Row) -> str:
        """Return the number of a row's source, with a mark unless someone read it."""
        told = str(cite(row))
        if told not in self._cited:
            self._cited.append(told)
        return f"[{marked(str(self._cited.index(told) + 1), row)}]"

    def note(self, row: Row) -> str:
        """Return what is to be known of a row; nothing where it is told once, of all rows of its source."""
        return row.note if len(self._notes[str(cite(row))]) > 1 else ""

    def lines(self) -> Iterator[Text]:
        """Return each source once, with what is to be known of all of its rows."""
        for number, told in enumerate(self._cited, 1):
            notes = self._notes[told]
            parts = (told, *notes) if len(notes) == 1 and "" not in notes else (told,)
            yield line("  ", say("source", number=number, source="; ".join(parts)))


__all__ = ["Sources", "dates", "marked", "spans", "tally"]
