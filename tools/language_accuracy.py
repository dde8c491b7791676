"""
How well `review_note` finds what people marked: `python tools/language_accuracy.py`.

250 sentences stand in `tests/vignettes/language_sentences.csv`, each with the places that a person marked, written from
the categories of the published lists before the word list was opened. A hash of the sentence put each in one half; the
rows were made with the seen half alone. A place counts as found if a span without an exception overlaps it.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from alliance_core import load_policy
from alliance_core.relationship import Note, NoteSection, Weighed, review_note

SENTENCES: Final = Path(__file__).resolve().parents[1] / "tests" / "vignettes" / "language_sentences.csv"
ON: Final = date(2026, 11, 24)
#: The wide category, as people marked it, of each category of the table.
WIDE: Final = {
    "compliance-judgment": "adherence",
    "blame-failure": "adherence",
    "credibility-doubt": "doubt",
    "obstinacy-difficult": "difficult",
    "negative-descriptor": "difficult",
    "manipulation-attribution": "difficult",
    "substance-identity": "substance",
    "substance-term": "substance",
    "tox-clean-dirty": "substance",
    "mental-health-identity": "identity",
    "weight-identity": "identity",
    "condition-identity": "identity",
    "stereotype": "identity",
    "disapproval": "blame",
    "unilateral-authority": "blame",
    "suicide-language": "suicide",
}
NOTHING: Final = "nothing"


class Place(NamedTuple):
    """One place of a sentence, with its wide category."""

    category: str
    start: int
    end: int


class Scored(NamedTuple):
    """One half: how often each marked category was found as each, and the sentences with an error."""

    confusion: Counter[tuple[str, str]]
    errors: tuple[tuple[str, str, str, str], ...]

    @property
    def precision(self) -> float:
        """The share of the places found that a person marked, whatever the category."""
        right = sum(n for (gold, found), n in self.confusion.items() if NOTHING not in {gold, found})
        return right / (right + sum(n for (gold, _), n in self.confusion.items() if gold == NOTHING))

    @property
    def recall(self) -> float:
        """The share of the marked places that were found, whatever the category."""
        right = sum(n for (gold, found), n in self.confusion.items() if NOTHING not in {gold, found})
        return right / (right + sum(n for (_, found), n in self.confusion.items() if found == NOTHING))


def _marked(cell: str) -> Iterator[Place]:
    for one in filter(None, cell.split(";")):
        category, _, place = one.partition("@")
        start, _, end = place.partition("-")
        yield Place(category.partition(".")[0], int(start), int(end))


def _found(section: str, text: str) -> Iterator[Place]:
    note = Note(id="sentence", sections=(NoteSection(heading=section, text=text),))
    for span in review_note(note, policy=load_policy("US").relationship, on=ON).spans:
        if span.weighed in {Weighed.TERM, Weighed.INFORMATION}:
            wide = "coercive" if span.is_coercive else WIDE.get(span.category, span.category)
            yield Place(wide, span.start, span.end)


def _overlap(a: Place, b: Place) -> bool:
    return a.start < b.end and b.start < a.end


def _compared(gold: list[Place], found: list[Place]) -> Iterator[tuple[str, str, Place]]:
    for one in gold:
        over = [other for other in found if _overlap(one, other)]
        best = next((other for other in over if other.category == one.category), over[0] if over else None)
        yield one.category, best.category if best else NOTHING, one
    for other in found:
        if not any(_overlap(one, other) for one in gold):
            yield NOTHING, other.category, other


def score(half: str) -> Scored:
    """Return how one half of the sentences comes out."""
    confusion: Counter[tuple[str, str]] = Counter()
    errors: list[tuple[str, str, str, str]] = []
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["half"] == half:
                pairs = _compared(list(_marked(row["gold"])), list(_found(row["section"], row["sentence"])))
                for gold, found, place in pairs:
                    confusion[gold, found] += 1
                    if gold != found:
                        errors.append((row["id"], gold, found, row["sentence"][place.start : place.end]))
    return Scored(confusion, tuple(errors))


def categories(scored: Scored) -> Iterator[tuple[str, ...]]:
    """Return a line a category: marked, found as such, precision and recall, and what else it was found as."""
    names = sorted({gold for gold, _ in scored.confusion} - {NOTHING})
    for name in names:
        right = scored.confusion[name, name]
        marked = sum(n for (gold, _), n in scored.confusion.items() if gold == name)
        found = sum(n for (_, other), n in scored.confusion.items() if other == name)
        others = [f"{other} {n}" for (gold, other), n in sorted(scored.confusion.items()) if gold == name != other]
        precision = f"{right / found:.2f}" if found else "-"
        yield name, str(marked), str(right), precision, f"{right / marked:.2f}", ", ".join(others) or "-"


if __name__ == "__main__":
    for half in ("seen", "unseen"):
        made = score(half)
        print(f"{half}: precision {made.precision:.3f}, recall {made.recall:.3f}")
        for line in categories(made):
            print("  ", *line)
        for error in made.errors:
            print("  ", *error)
