"""Text from a chart made harmless: on one line, and nothing in it that a terminal or a page would obey or hide."""

import unicodedata
from typing import Final

#: Letters of living languages carry no more marks above and below them than this; a tower of them hides other lines.
_MOST_MARKS: Final = 4


def harmless(text: str) -> str:
    """
    Return text on one line in which what a terminal would obey, hide or reorder is written out as its code.

    So is a mark that has no letter of the text to stand on, and would join ours, and each of more marks on one letter
    than any language has.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = _MOST_MARKS  # before the first letter there is none to carry a mark
    for one in text:
        is_mark = unicodedata.category(one) in {"Mn", "Me"}
        marks = marks + 1 if is_mark else 0
        shown.append(_code(one) if is_mark and marks > _MOST_MARKS else _shown(one))
    return "".join(shown)


def _shown(one: str) -> str:
    if one.isprintable():
        return one
    return " " if unicodedata.category(one) == "Zs" else _code(one)


def _code(one: str) -> str:
    return one.encode("unicode_escape").decode()
