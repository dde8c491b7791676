"""
Neutral and uncoercive words: where a note has others, why it matters, and what else could be said.

Nothing is ever rewritten. Each word that was found is weighed in one order: the section, an attributed quotation, a
third party, another meaning, a negation, and only then the term itself. What is found is a suggestion; a note without
findings is not thereby neutral.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.cases import first
from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.relationship.lexicon import WORD, Lexicon, Occurrence, Words, lowered
from alliance_core.relationship.policy import RelationshipPolicy
from alliance_core.relationship.quotations import Quotation, quotation_at, quotations
from alliance_core.relationship.records import Note, NoteSection
from alliance_core.relationship.weighing import CASES, Marking, Place, Weighed

NEUTRAL: Final = Rule(
    id="relationship.neutral-words",
    basis=Basis.SEED,
    source="seed",
    locator="opening",
    says="A note describes the patient in neutral, nonjudgmental words.",
)
UNCOERCIVE: Final = Rule(
    id="relationship.uncoercive-words",
    basis=Basis.SEED,
    source="seed",
    locator="Risky Behaviors",
    says="A note holds no threat, no ultimatum and no condition on care.",
)
RULES: Final[tuple[Rule, ...]] = (NEUTRAL, UNCOERCIVE)


@value
class Span:
    """
    One place in a note: the section's place in the note, and the characters from `start` up to `end` in its text.

    It holds no word of the note. `why` and `suggestion` are the table's, never a new wording of the sentence.
    """

    section: int
    start: int
    end: int
    category: str
    is_coercive: bool
    weighed: Weighed
    marking: Marking
    why: str
    suggestion: str
    rows: tuple[str, ...]


# -- where terms stand -----------------------------------------------------------------------------------------------

#: Where a sentence ends: at its own mark, or at a line that the next one does not go on with.
_BREAK: Final = re.compile(r"[.!?;\n]")
_AFTER_SENTENCE: Final = frozenset(" \t\r\n\"\u201d'\u2019)]")
_HEADING: Final = re.compile(r"^[ \t]{0,8}([^\W\d_][^:\n]{0,48}):", re.MULTILINE)


def _spans(note: Note, lexicon: Lexicon) -> Iterator[Span]:
    for place, section in enumerate(note.sections):
        yield from _in_section(place, section.text, _section_kind(section.heading, lexicon), lexicon)


def _section_kind(heading: str | None, lexicon: Lexicon) -> str:
    return lexicon.sections.get(" ".join((heading or "").strip(" :\t").lower().split()), "")


def _in_section(place: int, text: str, kind: str, lexicon: Lexicon) -> Iterator[Span]:
    small = lowered(text)
    quoted = quotations(text, lexicon)
    kinds = _kinds(text, kind, lexicon)
    starts = [start for start, _ in kinds]
    for start, end in _sentences(text):
        words = WORD.findall(small, start, end)
        if not lexicon.has_none_of(words):
            here = kinds[bisect_right(starts, start) - 1][1]
            yield from _in_sentence(place, small, start, end, words, here, quoted, lexicon)
    yield from _scare_quotes(place, quoted, kinds, lexicon)


def _kinds(text: str, kind: str, lexicon: Lexicon) -> list[tuple[int, str]]:
    """Return which kind of section begins where: a line may open one of its own with a heading that is known."""
    known = [(0, kind)]
    for match in _HEADING.finditer(text):
        heading = _section_kind(match[1], lexicon)
        if heading:
            known.append((match.start(), heading))
    return known


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BREAK.finditer(text):
        end = match.end()
        if _is_end(text, end):
            yield start, end
            start = end
    if start < len(text):
        yield start, len(text)


def _is_end(text: str, end: int) -> bool:
    """Whether a sentence ends here: at a mark before a space, or at a line that the next one does not go on with."""
    after = text[end : end + 2]
    if text[end - 1] == "\n":
        return not after.lstrip(" \t")[:1].isalpha() or after.lstrip(" \t")[:1].isupper()
    return not after or after[0] in _AFTER_SENTENCE


def _in_sentence(
    place: int,
    small: str,
    start: int,
    end: int,
    words: Words,
    kind: str,
    quoted: tuple[Quotation, ...],
    lexicon: Lexicon,
) -> Iterator[Span]:
    found = lexicon.occurrences(words)
    if not found:
        return
    offsets = [match.span() for match in WORD.finditer(small, start, end)]
    for one in found:
        first_char, last_char = offsets[one.start][0], offsets[one.end - 1][1]
        quotation = quotation_at(quoted, first_char) if quoted else None
        yield _span(place, first_char, last_char, _place(one, words, kind, quotation, lexicon))


def _place(one: Occurrence, words: Words, kind: str, quotation: Quotation | None, lexicon: Lexicon) -> Place:
    return Place(
        term=lexicon.terms[one.term],
        lexicon=lexicon,
        words=words,
        start=one.start,
        end=one.end,
        section=kind,
        quotation=quotation,
        unless_near=lexicon.unless_near[one.term],
        only_near=lexicon.only_near[one.term],
    )


def _span(section: int, start: int, end: int, place: Place) -> Span:
    gives = first(CASES, place).gives
    term = place.term
    return Span(
        section=section,
        start=start,
        end=end,
        category=term.category,
        is_coercive=term.is_coercive,
        weighed=gives.weighed,
        marking=gives.marking,
        why=term.why,
        suggestion=term.suggestion,
        rows=term.rows,
    )


def _scare_quotes(
    place: int, quoted: tuple[Quotation, ...], kinds: list[tuple[int, str]], lexicon: Lexicon
) -> Iterator[Span]:
    """Quotation marks around one or two words, which nobody is said to have said, may cast doubt on them."""
    for number, term in enumerate(lexicon.terms):
        if term.rule != SCARE_QUOTES:
            continue
        for one in quoted:
            kind = kinds[bisect_right(kinds, (one.start, "\uffff")) - 1][1]
            if one.is_scare and kind not in term.ordinary_in:
                here = Occurrence(term=number, start=0, end=0)
                yield _span(place, one.start, one.end + 1, _place(here, [], kind, None, lexicon))


SCARE_QUOTES: Final = "scare-quotes"


# -- a plain text ----------------------------------------------------------------------------------------------------

#: A section of a record holds no more characters than this.
_LONGEST: Final = 20_000


def note_of(text: str, *, id: str, policy: RelationshipPolicy, on: date) -> Note:  # noqa: A002  # the record's id
    """
    Return a plain text as a note whose sections, read one after the other, are the text again.

    A long text is cut at the ends of lines; what is cut off goes on under the last heading that is known.
    """
    lexicon = policy.timeline.at(Day(on)).lexicons.get(policy.language)
    sections: list[NoteSection] = []
    heading: str | None = None
    for part in _cut(text):
        sections.append(NoteSection(heading=heading, text=part))
        known = [match[1] for match in _HEADING.finditer(part) if lexicon and _section_kind(match[1], lexicon)]
        heading = known[-1] if known else heading
    return Note(id=id, sections=tuple(sections))


def _cut(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = min(start + _LONGEST, len(text))
        if end < len(text):
            end = text.rfind("\n", start, end) + 1 or end
        yield text[start:end]
        start = end


# -- the review ------------------------------------------------------------------------------------------------------


@value
class NoteReview:
    """What was found in one note. `spans` holds every place, also those that nothing is asked about, in order."""

    about: str
    spans: tuple[Span, ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None

    @property
    def flagged(self) -> tuple[Span, ...]:
        """The places to look at; what is merely noted never interrupts."""
        return tuple(one for one in self.spans if one.marking is Marking.FLAG)


def review_note(note: Note, *, policy: RelationshipPolicy, on: date) -> NoteReview:
    """
    Return where a note has words that judge or coerce, weighed, each with a suggestion; the note stays as it is.

    A neutral, nonjudgmental presence [seed: opening]; no criticism, judgment, threat or ultimatum [seed: Risky
    Behaviors]. Offsets are characters of the section's text. A finding asks for a judgement and is never a verdict
    about the writer. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    lexicon = policy.timeline.at(day).lexicons.get(policy.language)
    spans = tuple(sorted(_spans(note, lexicon), key=_order)) if lexicon is not None else ()
    missing = _missing(note, lexicon)
    found = tuple(_finding(rule, note, spans, missing) for rule in RULES)
    return NoteReview(
        about=note.id,
        spans=spans,
        findings=canonical(found),
        not_applicable=(),
        valid_until=day.valid_until,
    )


def _order(one: Span) -> tuple[int, int, int, str]:
    return one.section, one.start, one.end, one.rows[0]


def _missing(note: Note, lexicon: Lexicon | None) -> tuple[str, ...]:
    if lexicon is None:
        return ("policy.language_terms",)
    return () if any(section.text.strip() for section in note.sections) else ("sections",)


def _finding(rule: Rule, note: Note, spans: tuple[Span, ...], missing: tuple[str, ...]) -> Finding:
    coercive = rule is UNCOERCIVE
    mine = [one for one in spans if one.is_coercive is coercive and one.marking is Marking.FLAG]
    answer = Answer.JUDGEMENT if mine else Answer.CANNOT_TELL if missing else Answer.MET
    return Finding(
        rule=rule.id,
        about=note.id,
        answer=answer,
        weight=Weight.REQUIRED if coercive else Weight.RECOMMENDED,
        because=tuple(("category", category) for category in sorted({one.category for one in mine})),
        missing=missing,
        rows=tuple(sorted({row for one in mine for row in one.rows})),
    )


__all__ = [
    "CASES",
    "NEUTRAL",
    "RULES",
    "UNCOERCIVE",
    "Marking",
    "NoteReview",
    "Span",
    "Weighed",
    "note_of",
    "review_note",
]
