"""The core reads no clock, no file but its own tables once, no network, no environment; it writes and keeps nothing."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "alliance_core"
CORE = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "edges" not in path.parts and path.name not in {"testing.py", "__main__.py"}
)
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

#: Modules that reach a clock, chance, the machine, the network or a log.
FORBIDDEN = frozenset(
    re.findall(
        r"\w+",
        """
        asyncio ctypes glob http logging multiprocessing os pathlib random secrets shutil signal socket sqlite3
        subprocess sys tempfile threading time urllib uuid warnings
        """,
    )
)
#: Calls that reach them without an import.
CALLS = frozenset({"open", "print", "input", "exec", "eval", "compile", "breakpoint", "globals", "__import__"})
NOW = frozenset({"today", "now", "utcnow", "fromtimestamp"})

UNDER_WATCH = """
import sys
from datetime import date
from alliance_core import explain, forecast, load_policy, read_chart, replay, review_chart
lines = sys.stdin.buffer.read().splitlines()
charts = [read_chart(line) for line in lines]
policy = load_policy("US-NH", ("nursing-facility",))
on = date(2026, 11, 24)
for finding in review_chart(charts[0], policy=policy, on=on).findings:
    explain(finding, policy=policy)  # every table is read once, on first use
policy.digest

ALLOWED = {"object.__getattr__", "object.__setattr__", "object.__delattr__", "marshal.loads", "code.__new__", "exec",
           "compile", "builtins.id", "sys._getframe", "gc.get_objects"}
def watch(event, arguments):
    if event not in ALLOWED:
        raise RuntimeError("the core reached outside: " + event)
sys.addaudithook(watch)

def work():
    for chart in charts:
        review = review_chart(chart, policy=policy, on=on)
        for finding in review.findings:
            explain(finding, policy=policy, on=on)
        if replay(review.receipt, chart, policy=policy) != review:
            return "replayed otherwise"
        forecast(chart, policy=policy, on=on, until=date(2027, 11, 24))
    return "done"

try:
    said = work()
except RuntimeError as error:  # a traceback would open files itself
    said = str(error)
sys.stdout.write(said)
"""


def _examples():
    return [
        path.read_text("utf-8").replace("\n", " ") for path in sorted((ROOT / "examples" / "native").glob("*.json"))
    ]


def _run(code, lines):
    return subprocess.run(
        [sys.executable, "-c", code], input="\n".join(lines), capture_output=True, text=True, check=False
    )


def test_rules_run_under_watch():
    """Once the tables are loaded, reviewing, forecasting, replaying and explaining touch nothing outside."""
    done = _run(UNDER_WATCH, _examples())

    assert (done.stdout, done.stderr) == ("done", "")


@pytest.mark.parametrize("act", ["open('/dev/null')", "__import__('socket').socket()", "__import__('os').listdir('.')"])
def test_the_watch_sees(act):
    """The watch stops what it is there to stop."""
    done = _run(UNDER_WATCH.replace('return "done"', act), _examples()[:1])

    assert done.stdout.startswith("the core reached outside")


def test_importing_reads_no_table():
    """Tables are read on first use: importing the package opens none."""
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, told: opened.append(str(told[0])) if event == 'open' else None)\n"
        "import alliance_core\n"
        "sys.stdout.write(';'.join(name for name in opened if name.endswith('.csv')))"
    )
    done = _run(code, [])

    assert (done.returncode, done.stdout) == (0, "")


def test_there_is_a_core():
    assert {"review.py", "diagnosis.py", "facts.py"} <= {path.name for path in CORE}


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(PACKAGE)))
class TestModule:
    """No module of the core has the means to reach outside, or keeps anything that changes."""

    def test_imports(self, path):
        assert _imported(path) & FORBIDDEN == set()

    def test_calls(self, path):
        calls = {node.func.id for node in _nodes(path, ast.Call) if isinstance(node.func, ast.Name)}
        clocks = {node.attr for node in _nodes(path, ast.Attribute)} & NOW

        assert calls & CALLS == set()
        assert clocks == set()

    def test_nothing_is_rebound(self, path):
        """No function writes to a name of its module."""
        assert [node.lineno for node in _nodes(path, ast.Global)] == []

    def test_no_module_holds_what_can_change(self, path):
        """A module's own dict, list or set is declared final, and nothing in it is ever changed."""
        loose = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.Assign)]
        changing = [node.lineno for node in loose if isinstance(node.value, ast.Dict | ast.List | ast.Set)]
        names = {target.id for node in _top_level(path) for target in [node.target] if isinstance(target, ast.Name)}

        assert [line for line in changing if not _is_dunder(loose, line)] == []
        assert _written(path) & names == set()


def _is_dunder(nodes, line):
    return any(node.lineno == line and node.targets[0].id.startswith("__") for node in nodes)


def _nodes(path, kind):
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kind)]


def _top_level(path):
    return [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.AnnAssign)]


def _imported(path):
    whole = {alias.name.partition(".")[0] for node in _nodes(path, ast.Import) for alias in node.names}
    return whole | {(node.module or "").partition(".")[0] for node in _nodes(path, ast.ImportFrom)}


_CHANGES = frozenset({"append", "add", "update", "setdefault", "pop", "clear", "extend", "remove", "insert"})


def _written(path):
    """Return the names of which something is changed: an item set or deleted, or a method that changes called."""
    items = {
        node.value.id
        for node in _nodes(path, ast.Subscript)
        if isinstance(node.ctx, ast.Store | ast.Del) and isinstance(node.value, ast.Name)
    }
    methods = {
        node.func.value.id
        for node in _nodes(path, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES and isinstance(node.func.value, ast.Name)
    }
    return items | methods


def test_the_lint_names_what_is_banned():
    """The linter refuses clocks, chance, the environment and logs before a test has to."""
    banned = SETTINGS["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]

    assert {
        "datetime.date.today",
        "datetime.datetime.now",
        "time",
        "random",
        "secrets",
        "os.environ",
        "logging",
    } <= set(banned)


def test_the_layers_are_checked():
    """Imports go downward only, and the core imports neither an edge nor a framework: import-linter holds it."""
    contracts = SETTINGS["tool"]["importlinter"]["contracts"]
    layers = next(one for one in contracts if one["type"] == "layers" and one["containers"] == ["alliance_core"])
    forbidden = next(one for one in contracts if one["type"] == "forbidden")
    top = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir() if path.suffix in {"", ".py"}}
    core = {one.removeprefix("alliance_core.") for one in forbidden["source_modules"]}

    assert layers["exhaustive"] is True
    assert top - {"edges", "testing", "data", "__init__", "__main__", "__pycache__"} <= core
    assert "lint-imports" in (ROOT / ".ci" / "run").read_text("utf-8")
