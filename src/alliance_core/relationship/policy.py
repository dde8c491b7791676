"""The policy rows that the rules about the relationship read."""

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline, grouped
from alliance_core.relationship.lexicon import Lexicon, Term
from alliance_core.relationship.records import Note


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


@value
class GuideRow(Row):
    """One step of an answer to a question about beliefs, or what a regulator lets a clinician say of their own."""

    KEY: ClassVar = ("kind", "step")

    kind: str
    step: int
    says: str


@value
class CueRow(Row):
    """A thought for the clinician about one cue of a greeting."""

    KEY: ClassVar = ("cue",)

    cue: str
    says: str


@value
class ClockRow(Row):
    """After how long something is asked again, or how long before its day notice is given."""

    KEY: ClassVar = ("subject",)

    subject: str
    interval: CalendarDuration
    says: str


@value
class StageRow(Row):
    """What fits a stage of change, and the fact of a plan that shows it."""

    KEY: ClassVar = ("stage",)

    stage: str
    fact: str
    says: str


@value
class MenuRow(Row):
    """One option to offer about a behavior; `any` stands for each of them."""

    KEY: ClassVar = ("behavior", "option")

    behavior: str
    option: str
    says: str


@value
class ScaleRow(Row):
    """
    One band of a screen's total, for women, men or anyone; `positive`: it is to be talked about.

    A total in no positive band shows nothing. `licence` is what its owners allow.
    """

    KEY: ClassVar = ("scale", "sex", "lower")

    scale: str
    sex: str
    lower: int
    upper: int | None
    band: str
    positive: bool
    assess: bool
    licence: str


@value
class EndingRow(Row):
    """One thing that is done before care ends, or a reason and whether it can be one at all."""

    KEY: ClassVar = ("part", "name")

    part: str
    name: str
    fewest: int | None
    says: str


RELATIONSHIP_TABLES: Final[Mapping[str, type[Row]]] = {
    "language_terms": TermRow,
    "language_categories": CategoryRow,
    "language_words": WordClassRow,
    "language_sections": SectionRow,
    "boundary_guides": GuideRow,
    "first_contact_cues": CueRow,
    "relationship_clocks": ClockRow,
    "change_stages": StageRow,
    "harm_reduction": MenuRow,
    "behavior_screens": ScaleRow,
    "ending_care": EndingRow,
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
    def guides(self) -> Mapping[str, tuple[GuideRow, ...]]:
        """The steps of an answer, by the kind of question."""
        steps = sorted(kind_of(self.rows, GuideRow), key=lambda row: (row.step, row.row_id))
        return grouped(steps, lambda row: row.kind)

    @property
    def own_view(self) -> tuple[GuideRow, ...]:
        """What lets a clinician speak of own beliefs here; empty where nothing does."""
        return self.guides.get("own-view", ())

    @cached_property
    def cues(self) -> Mapping[str, CueRow]:
        """The thought for each cue of a greeting."""
        return {row.cue: row for row in kind_of(self.rows, CueRow)}

    @cached_property
    def clocks(self) -> Mapping[str, ClockRow]:
        """The intervals, by what they are for."""
        return {row.subject: row for row in kind_of(self.rows, ClockRow)}

    @cached_property
    def stages(self) -> Mapping[str, StageRow]:
        """What fits each stage of change."""
        return {row.stage: row for row in kind_of(self.rows, StageRow)}

    @cached_property
    def menus(self) -> Mapping[str, tuple[MenuRow, ...]]:
        """The options to offer, by behavior."""
        return grouped(kind_of(self.rows, MenuRow), lambda row: row.behavior)

    @cached_property
    def scales(self) -> Mapping[str, tuple[ScaleRow, ...]]:
        """The bands of each screen."""
        return grouped(kind_of(self.rows, ScaleRow), lambda row: row.scale)

    @cached_property
    def endings(self) -> Mapping[str, tuple[EndingRow, ...]]:
        """What is done before care ends, and which reasons there are, by part."""
        return grouped(kind_of(self.rows, EndingRow), lambda row: row.part)

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

    def looks_at(self, note: Note, day: Day) -> bool:
        """Return whether a note is recent enough to be looked at; one of unknown day always is."""
        row = self.timeline.at(day).clocks.get("notes")
        return row is None or note.written_on is None or not day.has_passed(row.interval.after(note.written_on))

    @classmethod
    def of(cls, *rows: Row, language: str = "en") -> "RelationshipPolicy":
        """Return a policy of just these rows."""
        return cls(timeline=Timeline(rows, _view), language=language)


def _view(rows: tuple[Row, ...]) -> RelationshipView:
    return RelationshipView(rows=rows)
