"""Text from a chart made harmless: on one line, and nothing in it that a terminal or a page would obey or hide."""

import unicodedata


def harmless(text: str) -> str:
    """Return text on one line in which what a terminal would obey, hide or reorder is written out as its code."""
    return text if text.isprintable() else "".join(_shown(one) for one in text)


def _shown(one: str) -> str:
    if one.isprintable():
        return one
    return " " if unicodedata.category(one) == "Zs" else one.encode("unicode_escape").decode()
