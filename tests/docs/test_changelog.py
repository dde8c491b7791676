"""Changelog fragments: whoever runs the library can see from them which answers changed."""

import re
from pathlib import Path

import pytest

from alliance_core.base.tables import read_table
from alliance_core.policy import CONTENT_EDITION, TABLES
from alliance_core.review import RULES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "changelog.d"
KINDS = {"added", "answers", "changed", "deprecated", "fixed", "removed", "security"}
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.(?P<kind>[a-z]+)\.md")
EXAMPLE = re.compile(r"```markdown\n(.*?)```", re.DOTALL)
RULE_IDS = {rule.id for rule in RULES}
ROW_IDS = {row.row_id for name, kind in TABLES.items() for row in read_table(name, kind)}


def _fragments():
    return sorted(path for path in FOLDER.iterdir() if path.name != "README.md")


def _lacks(text):
    """Return what a fragment that can change an answer does not say."""
    named = set(re.findall(r"`([^`]+)`", text))
    said = {
        "a rule or row": bool(named & (RULE_IDS | ROW_IDS)),
        "a day": bool(re.search(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", text)),
    }
    return [name for name, is_said in said.items() if not is_said]


class TestFragments:
    """A change that can change an answer names the rules or rows it touches, and from which day."""

    def test_every_fragment_has_a_kind(self):
        found = {path.name: NAME.fullmatch(path.name) for path in _fragments()}

        assert [] == [name for name, match in found.items() if match is None or match["kind"] not in KINDS]

    def test_every_fragment_that_can_change_an_answer_says_which(self):
        fragments = [path for path in _fragments() if path.name.endswith(".answers.md")]

        assert [] == [(path.name, lacks) for path in fragments if (lacks := _lacks(path.read_text("utf-8")))]

    def test_the_example_is_such_a_fragment(self):
        (example,) = EXAMPLE.findall((FOLDER / "README.md").read_text("utf-8"))

        assert [] == _lacks(example)

    @pytest.mark.parametrize(
        ("text", "lacks"),
        [
            ("Antidepressants are reviewed sooner from 2027-02-01.", ["a rule or row"]),
            ("`deprescribing.review` comes sooner.", ["a day"]),
            ("Some dates were mended.", ["a rule or row", "a day"]),
        ],
    )
    def test_what_is_left_out_is_noticed(self, text, lacks):
        assert lacks == _lacks(text)


class TestChangelog:
    """The changelog names the edition of the content."""

    def test_the_edition_is_named(self):
        assert f"content {CONTENT_EDITION}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
