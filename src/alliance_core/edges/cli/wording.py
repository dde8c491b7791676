"""A text with the words that could be more neutral, or that may coerce, underlined; the text stays as it is."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from alliance_core.edges.cli.blocks import say
from alliance_core.edges.cli.screen import FAINT, HEAD, line
from alliance_core.edges.plain import harmless
from alliance_core.explanation import words
from alliance_core.policy import Policy
from alliance_core.relationship import Marking, Note, NoteReview, Span, note_of, review_note

_STYLES: Final = {True: "underline bold red", False: "underline yellow"}
_MARK: Final = "~"


def read_note(path: Path, policy: Policy, on: date) -> tuple[Note, NoteReview]:
    """Return a text file as a note, and what was found in it."""
    text = path.read_bytes().decode("utf-8")
    note = note_of(text, id=path.name[:256], policy=policy.relationship, on=on)
    return note, review_note(note, policy=policy.relationship, on=on)


def underlined(name: str, note: Note, review: NoteReview, *, everything: bool) -> Iterator[Text]:
    """Return each line that has something to look at, the words underlined, and below it why and what else to say."""
    counts = {
        marking: sum(one.marking is marking for one in review.spans)
        for marking in (Marking.FLAG, Marking.NOTE, Marking.NONE)
    }
    if not review.spans:
        yield line(say("language.none", file=name))
        return
    told = say(
        "language.count",
        file=name,
        flagged=counts[Marking.FLAG],
        noted=counts[Marking.NOTE],
        left=counts[Marking.NONE],
    )
    yield line((told, HEAD))
    for number, start, text, spans in _lines(note, review.spans):
        shown = [one for one in spans if everything or one.marking is Marking.FLAG]
        if shown:
            yield from _block(f"{name}:{number}", start, text, shown)


def _lines(note: Note, spans: tuple[Span, ...]) -> Iterator[tuple[int, int, str, list[Span]]]:
    """Return each line on which a place begins: its number, where it begins in its section, its text, its places."""
    waiting = list(spans[::-1])
    number = 1
    for place, section in enumerate(note.sections):
        start = 0
        for text in section.text.splitlines(keepends=True):
            mine: list[Span] = []
            while waiting and waiting[-1].section == place and waiting[-1].start < start + len(text):
                mine.append(waiting.pop())
            if mine:
                yield number, start, text.rstrip("\r\n"), mine
            number += text.endswith(("\n", "\r"))
            start += len(text)


def _block(place: str, start: int, text: str, spans: list[Span]) -> Iterator[Text]:
    shown, marks = Text(), ""
    at = 0
    for one in spans:
        begin, end = one.start - start, min(one.end - start, len(text))
        before, within = harmless(text[at:begin]), harmless(text[begin:end])
        shown.append(before)
        shown.append(within, _STYLES[one.is_coercive])
        marks += " " * len(before) + _MARK * len(within)
        at = end
    shown.append(harmless(text[at:]))
    yield line((place, HEAD))
    yield Text("  ").append_text(shown)
    yield line("  ", (marks, FAINT))
    for one in spans:
        yield line("  ", _told(one))


def _told(one: Span) -> str:
    known = words()
    category = known[f"say.category.{one.category}"]
    if one.marking is Marking.FLAG:
        return say("language.mark", category=category, why=one.why, suggestion=one.suggestion, row=one.rows[0])
    return say("language.weighed", category=category, weighed=known[f"weighed.{one.weighed.value}"], row=one.rows[0])


def as_document(name: str, review: NoteReview) -> dict[str, Any]:
    """Return the places as plain JSON values: offsets in sections, never the words themselves."""
    return {"file": name, "spans": [_place(one) for one in review.spans]}


def _place(one: Span) -> dict[str, Any]:
    return {
        "section": one.section,
        "start": one.start,
        "end": one.end,
        "category": one.category,
        "coercive": one.is_coercive,
        "weighed": one.weighed.value,
        "marking": one.marking.value,
        "why": one.why,
        "suggestion": one.suggestion,
        "rows": list(one.rows),
    }


__all__ = ["as_document", "read_note", "underlined"]
