"""`alliance language`: a note with its words underlined, for people and for programs; the file stays as it is."""

import json

import pytest
from typer.testing import CliRunner

from alliance_core.edges.cli.app import app

NOTE = (
    "HPI: He is noncompliant with lithium, and claims\n"
    'that he sleeps. "I am crazy," he said.\n'
    "MSE:\n"
    "Hostile, guarded.\n"
    "Plan: If you keep drinking, I will stop seeing you.\n"
)


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(NOTE, "utf-8")
    return path


def run(*args):
    return CliRunner().invoke(app, ["language", *map(str, args), "--on", "2026-11-24"])


def test_words_are_underlined(note):
    """Each line with something to look at is shown, the words marked below, then why and what else to say."""
    done = run(note)
    lines = done.stdout.splitlines()

    assert 0 == done.exit_code
    assert "note.txt: 3 to look at, 1 noted, 1 left as they are" == lines[0]
    assert ["note.txt:1", "note.txt:5"] == [one for one in lines if one.startswith("note.txt:") and " " not in one]
    at = lines.index("note.txt:1")
    marked = "".join(sign for sign, mark in zip(lines[at + 1], lines[at + 2], strict=False) if mark == "~")
    assert "noncompliantclaims" == marked
    assert "instead: " in lines[at + 3]
    assert lines[at + 3].endswith("[LNG-non-compliant]")
    assert NOTE == note.read_text("utf-8")


def test_all_shows_what_was_left_and_why(note):
    lines = run(note, "--all").stdout.splitlines()

    assert "  a person named by a diagnosis: left, a quotation [LNG-crazy]" in lines
    assert "  a negative descriptor: left, the section's own word [LNG-hostile]" in lines


def test_programs_get_places_and_no_words(note):
    made = json.loads(run(note, "--format", "json").stdout)
    first = made["spans"][0]

    assert "note.txt" == made["file"]
    assert "noncompliant" == NOTE[first["start"] : first["end"]]
    assert {"flag", "note", "none"} == {one["marking"] for one in made["spans"]}
    assert "lithium" not in json.dumps(made)


def test_a_place_over_two_lines_is_marked_on_the_first(tmp_path):
    path = tmp_path / "note.txt"
    path.write_bytes(b"If you keep drinking\r\nthen i will stop seeing you\r\n")
    lines = run(path).stdout.splitlines()

    assert ["note.txt:1", "  If you keep drinking", "  " + "~" * 20] == lines[1:4]


def test_nothing_found_is_no_praise(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("She slept well.", "utf-8")

    assert "note.txt: no word of the list was found; that alone does not make it neutral\n" == run(path).stdout


@pytest.mark.parametrize("content", [b"\xff\xfe Zebulon", None])
def test_what_cannot_be_read_is_one_line_without_a_word_of_it(tmp_path, content):
    path = tmp_path / "note.txt"
    if content is not None:
        path.write_bytes(content)
    done = run(path)

    assert 2 == done.exit_code
    assert "Zebulon" not in done.output
    assert 1 == len(done.output.strip().splitlines())
