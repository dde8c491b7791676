"""
What a word of the list is where it stands, weighed in one order.

The section, an attributed quotation, a third party, another meaning, a negation, and only then the term itself.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always
from alliance_core.base.kinds import value
from alliance_core.relationship.lexicon import Lexicon, Phrases, Term, Words
from alliance_core.relationship.quotations import Quotation


class Weighed(Enum):
    """What a word was found to be, in the order in which it is weighed."""

    SECTION = "section"
    QUOTATION = "attributed-quotation"
    THIRD_PARTY = "third-party"
    OTHER_MEANING = "other-meaning"
    NEGATION = "negation"
    ALLOWED = "allowed"
    INFORMATION = "information"
    TERM = "term"


class Marking(Enum):
    """How a word is shown: flagged; noted, which never interrupts; or left as it is."""

    FLAG = "flag"
    NOTE = "note"
    NONE = "none"


@value
class Weighing:
    """What a case gives."""

    weighed: Weighed
    marking: Marking


@value
class Place:
    """One occurrence of a term, with all that is looked at to weigh it."""

    term: Term
    lexicon: Lexicon
    words: Words
    start: int
    end: int
    section: str
    quotation: Quotation | None
    unless_near: Phrases | None
    only_near: Phrases | None


# -- the weighing ----------------------------------------------------------------------------------------------------

#: How many words before a term are looked at for its subject, and for a negation; and around it for its meaning.
_SUBJECT_REACH: Final = 8
_NEGATION_REACH: Final = 5
_COERCION_NEGATION_REACH: Final = 2
_MEANING_REACH: Final = 3
_COERCION_REACH: Final = 12
_FAMILY: Final = "family"


def _is_ordinary_here(p: Place) -> bool:
    return p.section in p.term.ordinary_in or (p.section == _FAMILY and not p.term.is_coercive)


def _is_quoted(p: Place) -> bool:
    return p.quotation is not None and p.quotation.is_attributed


def _is_about_another(p: Place) -> bool:
    """The nearest subject before the words is someone else, or the words name someone else or are told by them."""
    others = p.lexicon.cues.third_party
    after = p.words[p.end : p.end + 3]
    if not p.term.is_coercive and after and (after[0] in others or (after[0] == "by" and not others.isdisjoint(after))):
        return True
    before = p.words[max(0, p.start - _SUBJECT_REACH) : p.start]
    if p.term.is_coercive:
        return not others.isdisjoint(before)
    return _subject(before, p.lexicon) in others


def _subject(before: Words, lexicon: Lexicon) -> str:
    """Return the nearest word before that can be the subject; empty if there is none."""
    cues = lexicon.cues
    others, possessor = cues.third_party, cues.possessor
    at = len(before) - 1
    while at >= 0:
        word = before[at]
        if word in others:
            held = at - 1
            while held >= 0 and before[held] in possessor:
                held -= 1
            if held < 0 or before[held] not in cues.not_subject:
                return word
            at = held
        elif word in cues.patient or word in cues.attribution:
            return word
        at -= 1
    return ""


def _has_another_meaning(p: Place) -> bool:
    reach = p.term.reach or (_COERCION_REACH if p.term.is_coercive else _MEANING_REACH)
    if p.unless_near is None and p.only_near is None:
        return False
    near = p.words[max(0, p.start - reach) : p.end + reach]
    if p.unless_near is not None and p.unless_near.is_among(near):
        return True
    return p.only_near is not None and not p.only_near.is_among(near)


def _is_negated(p: Place) -> bool:
    cues = p.lexicon.cues
    reach = _COERCION_NEGATION_REACH if p.term.is_coercive else _NEGATION_REACH
    for at in range(p.start - 1, max(-1, p.start - 1 - reach), -1):
        word = p.words[at]
        if word in cues.turn:
            return False
        if word in cues.negation:
            return p.words[at + 1] not in cues.and_only
    return False


_LOCATOR: Final = "neutral language: order of exceptions"


def _case(
    id: str,  # noqa: A002  # the case's id, as Case calls it
    says: str,
    when: Callable[[Place], bool],
    weighed: Weighed,
    marking: Marking,
) -> Case[Place, Weighing]:
    gives = Weighing(weighed=weighed, marking=marking)
    return Case(id=id, says=says, when=when, gives=gives, source="practice", locator=_LOCATOR)


CASES: Final[tuple[Case[Place, Weighing], ...]] = (
    _case(
        "L01",
        "the section's own words: a review of systems, a mental status, laboratory or legal part, the family's history",
        _is_ordinary_here,
        Weighed.SECTION,
        Marking.NOTE,
    ),
    _case("L02", "within a quotation of someone's words", _is_quoted, Weighed.QUOTATION, Marking.NONE),
    _case("L03", "said of someone other than the patient", _is_about_another, Weighed.THIRD_PARTY, Marking.NONE),
    _case("L04", "another meaning of the same words", _has_another_meaning, Weighed.OTHER_MEANING, Marking.NONE),
    _case("L05", "said not to be so", _is_negated, Weighed.NEGATION, Marking.NOTE),
    _case("L06", "a preferred or neutral word", lambda p: p.term.level == "none", Weighed.ALLOWED, Marking.NONE),
    _case(
        "L07",
        "a word to know of, which never interrupts",
        lambda p: p.term.level == "info",
        Weighed.INFORMATION,
        Marking.NOTE,
    ),
    _case("L08", "the term itself", always, Weighed.TERM, Marking.FLAG),
)


__all__ = ["CASES", "Marking", "Place", "Weighed", "Weighing"]
