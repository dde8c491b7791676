"""
Word forms, and where a text has them: a walk over words, never a search for patterns.

Each form is found by its longest literal word, and what stands before and after that word is compared word by word. A
gap is at most `GAP` words long, so that a text of any length takes time in proportion to its length.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from alliance_core.base.errors import PolicyError
from alliance_core.base.kinds import value

#: How many words `*` may stand for [language term table: a gap of up to 8 tokens].
GAP: Final = 8
#: A word, with the apostrophes inside it; a hyphen parts two words.
WORD: Final = re.compile(r"\w+(?:'\w+)*")

_STAR: Final = "*"
_NONE: Final = frozenset[str]()
Words = list[str]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return WORD.findall(lowered(text))


def lowered(text: str) -> str:
    """Return the text in lower case, character by character: what is found in it stands at the same place."""
    made = text.lower()
    if len(made) != len(text):
        made = "".join(one.lower()[:1] for one in text)
    return made.replace("\u2019", "'")


@value
class Term:
    """What a lexicon says of one set of word forms."""

    rows: tuple[str, ...]
    rule: str
    forms: tuple[str, ...]
    category: str
    is_coercive: bool
    level: str
    why: str
    suggestion: str
    ordinary_in: frozenset[str]
    unless_near: tuple[str, ...]
    only_near: tuple[str, ...]
    reach: int | None


@value
class Phrases:
    """A set of words and of phrases of several words."""

    words: frozenset[str]
    phrases: tuple[str, ...]
    lengths: tuple[int, ...]
    sequences: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, entries: tuple[str, ...]) -> "Phrases":
        """Return the set of these entries."""
        parts = [tuple(words_of(entry)) for entry in entries]
        return cls(
            words=frozenset(part[0] for part in parts if len(part) == 1),
            phrases=tuple(f" {' '.join(part)} " for part in parts if len(part) > 1),
            lengths=tuple(sorted({len(part) for part in parts}, reverse=True)),
            sequences=frozenset(parts),
        )

    def is_among(self, words: Words) -> bool:
        """Return whether one of them is among these words."""
        if not self.words.isdisjoint(words):
            return True
        if not self.phrases:
            return False
        text = f" {' '.join(words)} "
        return any(phrase in text for phrase in self.phrases)

    def from_left(self, words: Words, at: int) -> int:
        """Return where the longest one that begins at a word ends; -1 if none does."""
        for length in self.lengths:
            if at + length <= len(words) and tuple(words[at : at + length]) in self.sequences:
                return at + length
        return -1

    def from_right(self, words: Words, end: int) -> int:
        """Return where the longest one that ends before a word begins; -1 if none does."""
        for length in self.lengths:
            if length <= end and tuple(words[end - length : end]) in self.sequences:
                return end - length
        return -1


Part = str | Phrases
#: What stands on one side of a form's own word: the parts between gaps, nearest first.
Side = tuple[tuple[Part, ...], ...]


@value
class Form:
    """
    One word form, seen from the word by which it is found.

    `next_words` are those of which one follows at once; empty = any word or none may follow.
    """

    term: int
    before: Side
    after: Side
    next_words: frozenset[str]


@value
class Occurrence:
    """Where a term stands: the words from `start` up to `end`."""

    term: int
    start: int
    end: int


@value
class Cues:
    """The single words by which exceptions are told; a class that a language does not have is empty."""

    third_party: frozenset[str]
    patient: frozenset[str]
    possessor: frozenset[str]
    not_subject: frozenset[str]
    attribution: frozenset[str]
    author: frozenset[str]
    negation: frozenset[str]
    turn: frozenset[str]
    and_only: frozenset[str]

    @classmethod
    def of(cls, classes: Mapping[str, Phrases]) -> "Cues":
        """Return the words of each class."""
        names = {name: name.replace("_", "-") for name in cls.__annotations__}
        return cls(**{name: classes[key].words if key in classes else _NONE for name, key in names.items()})


@value
class Lexicon:
    """The terms of one language and the words by which their exceptions are told."""

    terms: tuple[Term, ...]
    cues: Cues
    sections: Mapping[str, str]
    index: Mapping[str, tuple[Form, ...]]
    unless_near: tuple[Phrases | None, ...]
    only_near: tuple[Phrases | None, ...]

    @classmethod
    def of(
        cls, *, terms: tuple[Term, ...], classes: Mapping[str, tuple[str, ...]], sections: Mapping[str, str]
    ) -> "Lexicon":
        """Return the lexicon; raises `PolicyError` for a form without a word of its own or of an unknown class."""
        made = {name: Phrases.of(words) for name, words in classes.items()}
        index: dict[str, list[Form]] = {}
        for place, term in enumerate(terms):
            for written in term.forms:
                for form in _with_own_word(written, classes):
                    anchor, compiled = _compiled(place, form, made, term)
                    index.setdefault(anchor, []).append(compiled)
        return cls(
            terms=terms,
            cues=Cues.of(made),
            sections=sections,
            index={anchor: tuple(forms) for anchor, forms in index.items()},
            unless_near=tuple(Phrases.of(one.unless_near) if one.unless_near else None for one in terms),
            only_near=tuple(Phrases.of(one.only_near) if one.only_near else None for one in terms),
        )

    def has_none_of(self, words: Words) -> bool:
        """Return whether no term can stand among these words."""
        return self.index.keys().isdisjoint(words)

    def occurrences(self, words: Words) -> list[Occurrence]:
        """Return where terms stand, in order: of those that overlap, the longest."""
        found = self._all(words)
        if len(found) <= 1:
            return found
        found.sort(key=lambda one: (one.start, -one.end, one.term))
        kept: list[Occurrence] = []
        for one in found:
            if not kept or kept[-1].end <= one.start:
                kept.append(one)
            elif one.end - one.start > kept[-1].end - kept[-1].start:
                kept[-1] = one
        return kept

    def _all(self, words: Words) -> list[Occurrence]:
        index, found = self.index, list[Occurrence]()
        for at, word in enumerate(words):
            if word in index:
                following = words[at + 1] if at + 1 < len(words) else ""
                for form in index[word]:
                    if form.next_words and following not in form.next_words:
                        continue
                    end = _after(form.after, words, at + 1) if form.after else at + 1
                    if end < 0:
                        continue
                    start = _before(form.before, words, at) if form.before else at
                    if start >= 0:
                        found.append(Occurrence(term=form.term, start=start, end=end))
        return found


# -- forms -----------------------------------------------------------------------------------------------------------

_PIECE: Final = re.compile(r"<([a-z-]+)>|(\*)|([^\s<>*]+)")


#: Words of so many letters are rare enough to be looked for; shorter ones stand in every sentence.
_RARE: Final = 6


def _with_own_word(form: str, classes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Return a form, or if it has only common words, one form for each word of a class that has rare ones."""
    pieces = _PIECE.findall(form)
    if not any(len(text) >= _RARE for _, _, text in pieces):
        for name, _, _ in pieces:
            entries = classes.get(name, ())
            if entries and all(len(entry) >= _RARE for entry in entries):
                yield from (form.replace(f"<{name}>", entry, 1) for entry in entries)
                return
    yield form


def _compiled(place: int, form: str, classes: Mapping[str, Phrases], term: Term) -> tuple[str, Form]:
    parts = list(_parts(form, classes, term))
    own = [part for part in parts if isinstance(part, str) and part != _STAR]
    if not own:
        raise PolicyError(f"language_terms row {term.rows[0]}: a form needs a word of its own")
    at = parts.index(max(own, key=len))
    after = _side(parts[at + 1 :])
    return max(own, key=len), Form(
        term=place, before=_side(parts[:at][::-1]), after=after, next_words=_next_words(after)
    )


def _next_words(after: Side) -> frozenset[str]:
    if not after or not after[0]:
        return _NONE
    part = after[0][0]
    return frozenset((part,)) if isinstance(part, str) else frozenset(one[0] for one in part.sequences)


def _parts(form: str, classes: Mapping[str, Phrases], term: Term) -> Iterator[Part]:
    for name, star, text in _PIECE.findall(form):
        if name and name not in classes:
            raise PolicyError(f"language_terms row {term.rows[0]}: no class of words of this name: {name}")
        if name:
            yield classes[name]
        elif star:
            yield _STAR
        else:
            yield from words_of(text)


def _side(parts: list[Part]) -> Side:
    if not parts:
        return ()
    sides: list[tuple[Part, ...]] = []
    run: list[Part] = []
    for part in parts:
        if part == _STAR:
            sides.append(tuple(run))
            run = []
        else:
            run.append(part)
    return (*sides, tuple(run))


def _after(side: Side, words: Words, at: int) -> int:
    """Return where the form ends that goes on here; -1 if it does not."""
    at = _run_after(side[0], words, at)
    for run in side[1:]:
        if at >= 0:
            at = _found_after(run, words, at)
    return at


def _found_after(run: tuple[Part, ...], words: Words, at: int) -> int:
    for start in range(at, min(at + GAP, len(words)) + 1):
        end = _run_after(run, words, start)
        if end >= 0:
            return end
    return -1


def _run_after(run: tuple[Part, ...], words: Words, at: int) -> int:
    for part in run:
        if isinstance(part, str):
            at = at + 1 if at < len(words) and words[at] == part else -1
        else:
            at = part.from_left(words, at)
        if at < 0:
            return -1
    return at


def _before(side: Side, words: Words, end: int) -> int:
    """Return where the form begins that ends here; -1 if it does not."""
    end = _run_before(side[0], words, end)
    for run in side[1:]:
        if end >= 0:
            end = _found_before(run, words, end)
    return end


def _found_before(run: tuple[Part, ...], words: Words, end: int) -> int:
    for last in range(end, max(end - GAP, 0) - 1, -1):
        start = _run_before(run, words, last)
        if start >= 0:
            return start
    return -1


def _run_before(run: tuple[Part, ...], words: Words, end: int) -> int:
    for part in run:
        if isinstance(part, str):
            end = end - 1 if end > 0 and words[end - 1] == part else -1
        else:
            end = part.from_right(words, end)
        if end < 0:
            return -1
    return end


__all__ = ["GAP", "WORD", "Form", "Lexicon", "Occurrence", "Phrases", "Term", "lowered", "words_of"]
