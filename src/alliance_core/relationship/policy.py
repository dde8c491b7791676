"""The policy rows that the rules about the relationship read."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Final

from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline
from alliance_core.relationship.lexicon import Lexicon, Term


@value
class TermRow(Row):
    """
    Words that a note could do without, and what else could be said.

    `forms` are the literal word forms; `*` stands for up to eight words, `<name>` for any word of a class. `level` is
    flag, context (flag unless an exception holds), info (noted, never interrupts) or none (never asked about).
    `ordinary_in` names sections where the word is the field's own; near a word of `unless_near`, or without a word of
    `only_near`, it has another meaning. `rule` marks a row that no word form can say.
    """

    KEY: ClassVar = ("language", "term", "category")

    language: str
    term: str
    rule: str
    forms: str
    category: str
    level: str
    suggestion: str
    ordinary_in: str
    unless_near: str
    only_near: str
    reach: int | None


@value
class CategoryRow(Row):
    """A kind of wording, and why it matters: `family` is neutral or coercive."""

    KEY: ClassVar = ("category",)

    category: str
    family: str
    says: str


@value
class WordClassRow(Row):
    """A class of words of one language, by which forms and exceptions are said."""

    KEY: ClassVar = ("language", "class_name")

    language: str
    class_name: str
    words: str


@value
class SectionRow(Row):
    """A kind of section of a note, and the headings under which it stands in one language."""

    KEY: ClassVar = ("language", "section")

    language: str
    section: str
    headings: str


RELATIONSHIP_TABLES: Final[Mapping[str, type[Row]]] = {
    "language_terms": TermRow,
    "language_categories": CategoryRow,
    "language_words": WordClassRow,
    "language_sections": SectionRow,
}


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def kind_of(rows: tuple[Row, ...], kind: type[R]) -> tuple[R, ...]:
    """Return the rows of one kind, in table order."""
    return tuple(row for row in rows if isinstance(row, kind))


@value
class RelationshipView:
    """The rows in force on one day; what is built from them is built when it is first asked for."""

    rows: tuple[Row, ...]

    @cached_property
    def lexicons(self) -> Mapping[str, Lexicon]:
        """The lexicon of each language that has terms."""
        languages = dict.fromkeys(row.language for row in kind_of(self.rows, TermRow))
        return {language: self._lexicon(language) for language in languages}

    def _lexicon(self, language: str) -> Lexicon:
        why = {row.category: row for row in kind_of(self.rows, CategoryRow)}
        return Lexicon.of(
            terms=tuple(
                _term(row, why[row.category])
                for row in kind_of(self.rows, TermRow)
                if row.language == language and row.category in why
            ),
            classes={
                row.class_name: _words(row.words)
                for row in kind_of(self.rows, WordClassRow)
                if row.language == language
            },
            sections={
                heading: row.section
                for row in kind_of(self.rows, SectionRow)
                if row.language == language
                for heading in _words(row.headings)
            },
        )


def _term(row: TermRow, category: CategoryRow) -> Term:
    return Term(
        rows=(row.row_id, category.row_id),
        rule=row.rule,
        forms=_words(row.forms),
        category=row.category,
        is_coercive=category.family == "coercive",
        level=row.level,
        why=category.says,
        suggestion=row.suggestion,
        ordinary_in=frozenset(_words(row.ordinary_in)),
        unless_near=_words(row.unless_near),
        only_near=_words(row.only_near),
        reach=row.reach,
    )


@value
class RelationshipPolicy:
    """
    What is asked about words, beliefs, risk and preferences, on every day.

    `language` is the language in which this site writes its notes.
    """

    timeline: Timeline[Row, RelationshipView]
    language: str = "en"

    @classmethod
    def of(cls, *rows: Row, language: str = "en") -> "RelationshipPolicy":
        """Return a policy of just these rows."""
        return cls(timeline=Timeline(rows, _view), language=language)


def _view(rows: tuple[Row, ...]) -> RelationshipView:
    return RelationshipView(rows=rows)
