"""What reaches a terminal: words with a style, and nothing in them that a terminal would obey."""

import sys
from collections.abc import Iterable
from io import TextIOWrapper
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import value
from alliance_core.edges.plain import harmless

#: Weight and answer are told by word; the color only repeats it.
WEIGHT_STYLES: Final = {
    Weight.SAFETY: "bold red",
    Weight.ESSENTIAL: "bold yellow",
    Weight.REQUIRED: "bold",
    Weight.RECOMMENDED: "",
}
ANSWER_STYLES: Final = {
    Answer.NOT_MET: "bold",
    Answer.JUDGEMENT: "magenta",
    Answer.CANNOT_TELL: "cyan",
    Answer.MET: "green",
}
HEAD: Final = "bold underline"
FAINT: Final = "dim"


def line(*parts: str | tuple[str, str]) -> Text:
    """Return a line of plain parts and (text, style) parts, each made harmless."""
    made = Text()
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        made.append(harmless(text), style)
    return made


@value
class Cells:
    """One line of a table: narrow cells first, the last one as wide as what is left."""

    parts: tuple[Text, ...]


class _Console(Console):
    """A console that leaves it to the command what happens when its reader has gone."""

    def on_broken_pipe(self) -> None:
        """Go on raising, where the library would end the process."""
        raise BrokenPipeError


class Screen:
    """Standard output, for people: lines that are not broken, and no color where nobody would see it."""

    def __init__(self, console: Console | None = None) -> None:
        _never_fail(sys.stdout)
        self._console = console or _Console(file=sys.stdout, soft_wrap=True, markup=False, highlight=False, emoji=False)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches."""
        return self._console.is_terminal

    def show(self, lines: Iterable[Text | Cells]) -> None:
        """Print lines; where somebody watches, what is too long for a table's last cell goes on below it."""
        for is_table, group in groupby(lines, key=lambda one: isinstance(one, Cells)):
            rows = [one.parts if isinstance(one, Cells) else (one,) for one in group]
            if is_table and self.is_terminal:
                self._console.print(_grid(rows), soft_wrap=False)
            else:
                for row in _even(rows):
                    self._console.print(Text("  ").join(row) if is_table else row[0])


_MARGIN: Final = (0, 0, 0, 2)


def _grid(rows: list[tuple[Text, ...]]) -> Padding:
    grid = Table.grid(*("" for _ in rows[0]), padding=(0, 2, 0, 0))
    for column in grid.columns[:-1]:
        column.no_wrap = True
    for row in rows:
        grid.add_row(*row)
    return Padding(grid, _MARGIN)


def _even(rows: list[tuple[Text, ...]]) -> list[tuple[Text, ...]]:
    """Return the rows with every cell but the last as wide as the widest of its column, behind a margin."""
    if len(rows[0]) == 1:
        return rows
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    for row in rows:
        for cell, width in zip(row, widths, strict=False):
            cell.pad_right(width - len(cell))
    return [(Text(""), *row) for row in rows]


def write(text: str) -> None:
    """Write one line of a document in ASCII to standard output, and send it on its way."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write one harmless line to standard error."""
    _never_fail(sys.stderr)
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()


def _never_fail(stream: object) -> None:
    """Let a terminal of a narrow alphabet show a code for what it lacks."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
