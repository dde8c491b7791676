"""What reaches a terminal: words with a style, and nothing in them that a terminal would obey."""

import sys
import unicodedata
from collections.abc import Iterable
from io import TextIOWrapper
from typing import Final

from rich.console import Console
from rich.text import Text

from alliance_core.base.findings import Answer, Weight

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


def harmless(text: str) -> str:
    """Return text on one line in which what a terminal would obey, hide or reorder is written out as its code."""
    return text if text.isprintable() else "".join(_shown(one) for one in text)


def _shown(one: str) -> str:
    if one.isprintable():
        return one
    return " " if unicodedata.category(one) == "Zs" else one.encode("unicode_escape").decode()


def line(*parts: str | tuple[str, str]) -> Text:
    """Return a line of plain parts and (text, style) parts, each made harmless."""
    made = Text()
    for part in parts:
        text, style = (part, "") if isinstance(part, str) else part
        made.append(harmless(text), style)
    return made


class _Console(Console):
    """A console that leaves it to the command what happens when its reader has gone."""

    def on_broken_pipe(self) -> None:
        """Go on raising, where the library would end the process."""
        raise BrokenPipeError


class Screen:
    """Standard output, for people: lines that are not broken, and no color where nobody would see it."""

    def __init__(self) -> None:
        _never_fail(sys.stdout)
        self._console = _Console(file=sys.stdout, soft_wrap=True, markup=False, highlight=False, emoji=False)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches."""
        return self._console.is_terminal

    def show(self, lines: Iterable[Text]) -> None:
        """Print lines."""
        for one in lines:
            self._console.print(one)


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
