"""The documentation: what it shows runs, what it prints is what comes out, what is generated is fresh."""

import importlib.util
import io
import re
import shlex
from contextlib import redirect_stdout
from itertools import zip_longest
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_core.edges.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
GENERATED = "<!-- generated: "
#: Pages that a reader is promised, by their names.
PROMISED = {
    "a-visit",
    "architecture",
    "cds-hooks",
    "concepts",
    "consent",
    "contributing",
    "diagnosis-revised",
    "embedding",
    "fhir-mapping",
    "hazard-log",
    "index",
    "non-negotiables",
    "invitations",
    "quickstart",
    "regulatory",
    "relationship",
    "safety",
    "what-is-due",
    "fewer-medicines",
    "who-decides",
}


def _tool():
    spec = importlib.util.spec_from_file_location("decision_tables", ROOT / "tools" / "decision_tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _blocks(page):
    """Return each block with its language, and the `text` block that follows it at once: what it prints."""
    text = page.read_text("utf-8")
    found = list(FENCE.finditer(text))
    for one, after in zip_longest(found, found[1:]):
        adjacent = after is not None and after[1] == "text" and not text[one.end() : after.start()].strip()
        yield one[1], one[2], after[2] if adjacent else None


def _commands(block):
    return [line for line in block.splitlines() if line.startswith("alliance ")]


def _pages_with(language):
    return [page for page in PAGES if any(kind == language for kind, _, _ in _blocks(page))]


def _run(line):
    done = CliRunner().invoke(app, shlex.split(line)[1:])
    assert (line, 0) == (line, done.exit_code)
    return done.stdout


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


class TestCode:
    """Every Python block of a page runs, in order and in one namespace, and prints what the page says it prints."""

    @pytest.mark.parametrize("page", _pages_with("python"), ids=lambda page: page.stem)
    def test_it_runs_and_prints_what_is_shown(self, page):
        namespace = {"__name__": page.stem}
        for language, block, shown in _blocks(page):
            if language == "python":
                with redirect_stdout(io.StringIO()) as printed:
                    exec(compile(block, page.name, "exec"), namespace)  # the page's own code
                assert (shown or printed.getvalue()) == printed.getvalue()


class TestCommands:
    """Every `alliance` command of a page ends with 0, and prints what the page says it prints."""

    @pytest.mark.parametrize("page", _pages_with("sh"), ids=lambda page: page.stem)
    def test_it_runs_and_prints_what_is_shown(self, page):
        for language, block, shown in _blocks(page):
            if language == "sh":
                printed = "".join(_run(line) for line in _commands(block))
                assert (shown or printed) == printed

    def test_the_first_pages_show_commands(self):
        assert len([line for _, block, _ in _blocks(ROOT / "docs" / "quickstart.md") for line in _commands(block)]) > 5


class TestReadme:
    """The first page shows what comes out, and a picture that everyone can have read to them."""

    TEXT = (ROOT / "README.md").read_text("utf-8")

    def test_what_it_prints(self):
        """A line that begins with a dollar is run; what follows is its output, to the letter."""
        [block] = [one[2] for one in FENCE.finditer(self.TEXT) if one[1] == "text"]
        command, _, shown = block.partition("\n")

        assert _run(command.removeprefix("$ ")) == shown

    def test_it_runs(self):
        """Its Python block runs as it stands."""
        [block] = [one[2] for one in FENCE.finditer(self.TEXT) if one[1] == "python"]
        with redirect_stdout(io.StringIO()) as printed:
            exec(compile(block, "README.md", "exec"), {"__name__": "readme"})  # the page's own code

        assert "2027-01-15" in printed.getvalue()

    def test_the_picture(self):
        """It stands before the first command, says in words what it shows, and loads at once."""
        [(said, path)] = re.findall(r"^!\[([^]]+)\]\(([^)]+)\)$", self.TEXT, re.MULTILINE)
        picture = (ROOT / path).read_bytes()

        assert self.TEXT.index("![") < self.TEXT.index("```sh")
        assert len(said) > 100
        assert picture.startswith(b"\x89PNG")
        assert len(picture) < 250_000

    def test_every_link_leads_to_a_file(self):
        assert [] == [link for link in LINK.findall(self.TEXT) if not (ROOT / link).exists()]


class TestGenerated:
    """What a page shows of the code and the tables is what they say: run `python tools/decision_tables.py`."""

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_it_is_fresh(self, page):
        text = page.read_text("utf-8")

        assert text == _tool().filled(text)

    def test_every_part_is_shown_once(self):
        shown = re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(page.read_text("utf-8") for page in PAGES))

        assert sorted(_tool().PARTS) == sorted(shown)

    def test_a_stale_part_is_noticed(self):
        stale = f"{GENERATED}telling -->\nan older table\n<!-- end -->"

        assert "an older table" not in _tool().filled(stale)

    def test_a_bar_in_a_cell_does_not_end_it(self):
        tool = _tool()

        assert ["| a |", "| --- |", "| b \\| c |"] == list(tool.table(("a",), [("b | c",)]))


class TestPages:
    """The map leads everywhere, and no link leads nowhere."""

    def test_every_promised_page_is_there_and_in_the_map(self):
        linked = {Path(link).stem for link in LINK.findall((ROOT / "docs" / "index.md").read_text("utf-8"))}

        assert PROMISED <= {page.stem for page in PAGES}
        assert {page.stem for page in PAGES} - {"index"} <= linked

    @pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.stem)
    def test_no_page_holds_two_states_of_itself(self, page):
        assert not re.search(r"^(<{7}|>{7}) ", page.read_text("utf-8"), re.MULTILINE)

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
    def test_every_link_leads_to_a_file(self, page):
        links = LINK.findall(page.read_text("utf-8"))

        assert [] == [link for link in links if not (page.parent / link).exists()]
