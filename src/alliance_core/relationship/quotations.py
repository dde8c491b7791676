"""Quotations in a text, and whether their words are attributed to someone."""

import re
from bisect import bisect_right
from typing import Final

from alliance_core.base.kinds import value
from alliance_core.relationship.lexicon import Lexicon, words_of

_MARK: Final = re.compile('["“”«»]|\n')
_CLOSES: Final = {'"': '"', "“": "”", "«": "»"}
#: How far around a quotation the words are looked at that say whose it is: characters, then words.
_AROUND: Final = 80
_NEAR: Final = 6
#: A quotation of so many words or fewer may put a word in doubt.
_SHORT: Final = 2


@value
class Quotation:
    """The characters between two quotation marks; `is_attributed` if someone is said to have said them."""

    start: int
    end: int
    is_attributed: bool
    is_scare: bool


def quotations(text: str, lexicon: Lexicon) -> tuple[Quotation, ...]:
    """Return the quotations of a text in order. One that is not closed on its line is none."""
    found: list[Quotation] = []
    opened, mark = -1, ""
    for match in _MARK.finditer(text):
        sign, at = match[0], match.start()
        if opened >= 0 and sign == _CLOSES[mark]:
            found.append(_quotation(text, opened, at, lexicon))
            opened = -1
        elif sign in _CLOSES:
            opened, mark = at, sign
        elif sign == "\n":
            opened = -1
    return tuple(found)


def quotation_at(found: tuple[Quotation, ...], start: int) -> Quotation | None:
    """Return the quotation in which a character stands."""
    place = bisect_right(found, start, key=lambda one: one.start) - 1
    return found[place] if place >= 0 and start < found[place].end else None


def _quotation(text: str, opened: int, closed: int, lexicon: Lexicon) -> Quotation:
    before = text[max(0, opened - _AROUND) : opened]
    said = words_of(text[opened + 1 : min(closed, opened + 1 + _AROUND)])
    is_short = len(said) <= _SHORT and closed - opened <= _AROUND
    whose = lexicon.cues.attribution
    near = words_of(before)[-_NEAR:]
    after = words_of(text[closed + 1 : closed + 1 + _AROUND])[:3]
    if is_short:  # one or two words are someone's only if the saying stands right before them
        attributed = before.rstrip().endswith((":", ",")) or (bool(near) and (near[-1] in whose or near[-1] == "as"))
    else:
        attributed = not whose.isdisjoint(near) or not whose.isdisjoint(after) or not near
        attributed = attributed and lexicon.cues.author.isdisjoint(near)
    return Quotation(
        start=opened,
        end=closed,
        is_attributed=attributed,
        is_scare=is_short and not attributed and bool(said) and all(word.isalpha() for word in said),
    )
