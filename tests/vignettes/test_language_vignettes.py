"""Words weighed in the order of exceptions, row by row and case by case, and how much of what is marked is found."""

import csv
import importlib.util
from datetime import date
from pathlib import Path

import pytest

from alliance_core.base.errors import PolicyError
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.relationship import (
    RELATIONSHIP_TABLES,
    Marking,
    Note,
    NoteSection,
    RelationshipPolicy,
    Weighed,
    language,
    note_of,
    review_note,
)
from alliance_core.relationship.lexicon import words_of
from alliance_core.relationship.policy import CategoryRow, SectionRow, TermRow, WordClassRow

ON = date(2026, 11, 24)
ROWS = [row for name, kind in RELATIONSHIP_TABLES.items() for row in read_table(name, kind)]
TERMS = [row for row in ROWS if isinstance(row, TermRow)]
CLASSES = {row.class_name: row for row in ROWS if isinstance(row, WordClassRow)}
SECTIONS = [row for row in ROWS if isinstance(row, SectionRow)]
POLICY = RelationshipPolicy.of(*ROWS)
ASKED = ("section", "text")
ROOT = Path(__file__).parents[2]


def _read(name):
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


VIGNETTES = _read("language")


def found(text, section="", policy=POLICY):
    note = Note(id="note", sections=(NoteSection(heading=section, text=text),))
    return review_note(note, policy=policy, on=ON).spans


def _answered(row, policy=POLICY):
    spans = [one for one in found(row["text"], row["section"], policy) if one.category == row["=category"]]
    return [(one.weighed.value, one.marking.value) for one in spans]


@pytest.mark.parametrize("name", VIGNETTES)
def test_a_word_is_weighed_as_its_source_says(name):
    row = VIGNETTES[name]

    assert _answered(row) == [(row["=weighed"], row["=marking"])]


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which word or which section turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]

    assert len([column for column in ASKED if row[column] != twin[column]]) == 1
    assert (row["=weighed"], row["=marking"]) != (twin["=weighed"], twin["=marking"])


@pytest.mark.parametrize("case", [case.id for case in language.CASES])
def test_every_case_matters(case, monkeypatch):
    """Without any one case of the table, some vignette has another answer, or none."""
    monkeypatch.setattr(language, "CASES", tuple(one for one in language.CASES if one.id != case))

    assert [name for name, row in VIGNETTES.items() if _differs(row)]
    assert case in {row["case"] for row in VIGNETTES.values()}


def _differs(row, policy=POLICY):
    try:
        return _answered(row, policy) != [(row["=weighed"], row["=marking"])]
    except RuntimeError:  # no case holds, within a generator
        return True
    except PolicyError:  # a form names a class of words that is gone
        return True


# -- every row -------------------------------------------------------------------------------------------------------


def _said(form):
    """Return a text that has a form: a class by its first word, a gap by nothing."""
    parts = form.replace("*", " ").replace("<", " <").split()
    return " ".join(CLASSES[part[1:-1]].words.split("|")[0] if part[0] == "<" else part for part in parts)


@pytest.mark.parametrize("row", [row for row in TERMS if row.forms], ids=lambda row: row.row_id)
def test_every_form_is_found(row):
    """Each form of each row stands in the text that it spells, alone or within a longer one, whatever it is there."""
    lexicon = RelationshipPolicy.of(*(one for one in ROWS if one is row or not isinstance(one, TermRow)))
    lost = [form for form in row.forms.split("|") if not found(_said(form), policy=lexicon)]

    assert lost == []


@pytest.mark.parametrize("row", [row for row in TERMS if row.forms], ids=lambda row: row.row_id)
def test_every_row_matters(row):
    """Without the row, its own forms are found no more, or as something else."""
    rest = RelationshipPolicy.of(*(one for one in ROWS if one is not row))
    texts = [_said(form) for form in row.forms.split("|")]

    assert [text for text in texts if found(text) != found(text, policy=rest)]


@pytest.mark.parametrize("row", [row for row in TERMS if row.unless_near], ids=lambda row: row.row_id)
def test_every_other_meaning_is_seen(row):
    """Next to a word of another meaning, the row is not the term."""
    alone = RelationshipPolicy.of(*(one for one in ROWS if one is row or not isinstance(one, TermRow)))
    form = _said(row.forms.split("|")[0])
    wrong = [
        word
        for word in row.unless_near.split("|")
        if any(one.weighed in {Weighed.TERM, Weighed.INFORMATION} for one in found(f"{form} {word}", policy=alone))
    ]

    assert wrong == []


@pytest.mark.parametrize("row", [row for row in TERMS if row.only_near], ids=lambda row: row.row_id)
def test_a_word_of_many_meanings_needs_its_company(row):
    """Alone it has another meaning; next to any of its words it has this one."""
    plain = changed(row, unless_near="", level="flag")
    alone = RelationshipPolicy.of(plain, *(one for one in ROWS if not isinstance(one, TermRow)))
    [form] = row.forms.split("|")[:1]

    assert {one.weighed for one in found(f"the {form} of it", policy=alone)} <= {Weighed.OTHER_MEANING}
    for word in row.only_near.split("|"):
        assert Weighed.OTHER_MEANING not in {one.weighed for one in found(f"{word} {form}", policy=alone)}, word


@pytest.mark.parametrize("row", SECTIONS, ids=lambda row: row.row_id)
def test_every_heading_is_known(row):
    """Under each heading, as the section's own or at the beginning of a line, a word that is ordinary there is left."""
    term = changed(TERMS[0], ordinary_in=row.section, unless_near="", only_near="", forms="zebulon", level="flag")
    policy = RelationshipPolicy.of(term, *(one for one in ROWS if not isinstance(one, TermRow)))
    for heading in row.headings.split("|"):
        assert {Weighed.SECTION} == {one.weighed for one in found("zebulon", heading.upper(), policy)}
        assert {Weighed.SECTION} == {one.weighed for one in found(f"{heading.title()}: zebulon", "", policy)}
    assert {Weighed.TERM} == {one.weighed for one in found("Zebulon: zebulon", "", policy)}


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_matters(name):
    """Without a class of words a form cannot be read, or some vignette has another answer."""
    policy = RelationshipPolicy.of(*(one for one in ROWS if one is not CLASSES[name]))

    assert [name for name, row in VIGNETTES.items() if _differs(row, policy)]


@pytest.mark.parametrize("row", [row for row in ROWS if isinstance(row, CategoryRow)], ids=lambda row: row.row_id)
def test_every_category_matters(row):
    """Each category says why, and without it its terms are not asked about."""
    mine = next(one for one in TERMS if one.category == row.category and one.forms)
    [span, *_] = [one for one in found(_said(mine.forms.split("|")[0])) if mine.row_id in one.rows]
    rest = RelationshipPolicy.of(*(one for one in ROWS if one is not row))

    assert (row.says, row.row_id) == (span.why, span.rows[1])
    assert mine.row_id not in {one.rows[0] for one in found(_said(mine.forms.split("|")[0]), policy=rest)}


def test_a_form_of_no_word_or_of_an_unknown_class_is_refused():
    """The error names the row."""
    for form in ("<person> *", "<nobody> goes"):
        policy = RelationshipPolicy.of(
            *(one for one in ROWS if not isinstance(one, TermRow)), changed(TERMS[0], forms=form)
        )
        with pytest.raises(PolicyError, match=TERMS[0].row_id):
            found("anything", policy=policy)


# -- what a review says ----------------------------------------------------------------------------------------------


def answers(review):
    return {one.rule: one.answer.value for one in review.findings}


def test_a_note_without_text_cannot_be_told():
    review = review_note(Note(id="note"), policy=POLICY, on=ON)

    assert {"cannot-tell"} == set(answers(review).values())
    assert {("sections",)} == {one.missing for one in review.findings}


def test_a_language_without_a_list_cannot_be_told():
    """Where the site writes in a language that no row has, nothing is said to be neutral."""
    policy = RelationshipPolicy.of(*ROWS, language="de")
    review = review_note(note_of("He is a junkie.", id="note", policy=policy, on=ON), policy=policy, on=ON)

    assert {"cannot-tell"} == set(answers(review).values())
    assert {("policy.language_terms",)} == {one.missing for one in review.findings}


def test_another_language_is_rows():
    """A few rows are a lexicon of another language."""
    term = changed(TERMS[0], language="de", forms="verweigert", only_near="", unless_near="", level="flag")
    policy = RelationshipPolicy.of(*(one for one in ROWS if isinstance(one, CategoryRow)), term, language="de")

    assert [(4, 14)] == [(one.start, one.end) for one in found("Sie verweigert die Spritze.", policy=policy)]


def test_findings_cite_the_rows_of_what_is_flagged():
    review = review_note(
        Note(id="n", sections=(NoteSection(text="He is a junkie. If he drinks, I will stop seeing him."),)),
        policy=POLICY,
        on=ON,
    )

    assert {"relationship.neutral-words": "judgement", "relationship.uncoercive-words": "judgement"} == answers(review)
    assert {one.rows for one in review.findings} == {
        ("LNC-substance-identity", "LNG-junkie"),
        ("LNC-coercive-termination", "LNG-if-then-discharge"),
    }
    assert 2 == len(review.flagged)


def test_the_longest_of_overlapping_words_counts():
    assert [(0, 20)] == [(one.start, one.end) for one in found("Former heroin addict")]
    assert 2 == len(found("a junkie, a junkie"))


def test_what_is_no_quotation():
    """A mark that is not closed on its line quotes nothing, and a mark of another kind closes nothing."""
    assert Marking.FLAG in {one.marking for one in found('He said "I am a junkie.\nStill here.')}
    assert Marking.FLAG in {one.marking for one in found("He said “I am a junkie.« Still here.")}
    assert {Marking.NONE} == {one.marking for one in found("He said «I am a junkie and that is that.»")}


def test_a_word_keeps_its_place_in_any_script():
    """Letters that grow when made small do not move what comes after them."""
    text = "\u0130\u0130 he is a junkie"

    assert ["junkie"] == [text[one.start : one.end] for one in found(text)]


def test_a_sentence_goes_on_over_a_broken_line_and_ends_with_its_own():
    assert [one.category for one in found("If you keep drinking\nthen i will stop seeing you")] == [
        "coercive-termination"
    ]
    assert {Weighed.TERM} == {one.weighed for one in found("No fever\nManipulative") if one.marking is Marking.FLAG}


# -- what people marked ----------------------------------------------------------------------------------------------


def _tool():
    spec = importlib.util.spec_from_file_location("language_accuracy", ROOT / "tools" / "language_accuracy.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("half", ["seen", "unseen"])
def test_what_people_marked_is_found(half):
    """At least nine of ten marked places are found, and nine of ten found places were marked, in either half."""
    scored = _tool().score(half)

    assert scored.precision >= 0.90
    assert scored.recall >= 0.90


def test_the_halves_are_the_hash_of_the_sentence():
    """Nobody chose which sentence is in which half."""
    import hashlib

    for row in _read("language_sentences").values():
        even = int(hashlib.sha256(row["sentence"].encode()).hexdigest(), 16) % 2 == 0
        assert row["half"] == ("seen" if even else "unseen")


def test_the_words_of_a_text():
    assert ["don't", "re", "start", "it"] == words_of("Don\u2019t re-start IT!")
