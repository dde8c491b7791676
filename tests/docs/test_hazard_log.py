"""The hazard log names tests that are there, and every hazard has a control and a test."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "hazard-log.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| H\d", line)
]
HAZARDS = [row for row in ROWS if len(row) == 6]
TESTS = {row[0]: re.findall(r"`(tests/[^`]+)`", row[1]) for row in ROWS if len(row) == 2}


def _collected(*names):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *names]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)


def test_every_hazard_is_whole():
    """An id of its own, a cause, an effect, an estimate, a control, and the tests that hold it."""
    ids = [row[0] for row in HAZARDS]

    assert [f"H{number:02}" for number in range(1, len(HAZARDS) + 1)] == ids
    assert all(cell for row in HAZARDS for cell in row) is True
    assert ids == list(TESTS)
    assert all(TESTS.values()) is True


@pytest.mark.parametrize("row", HAZARDS, ids=lambda row: row[0])
def test_the_estimate_is_in_the_words_of_the_page(row):
    severity, likelihood = row[4].split(", ")

    assert severity in {"minor", "considerable", "major"}
    assert likelihood in {"low", "medium", "high"}


def test_every_test_that_is_named_is_collected():
    """By the runner itself: a class that was renamed, or that collects nothing, is missed."""
    names = sorted({name for named in TESTS.values() for name in named})
    done = _collected(*names)

    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
    assert [] == [name for name in names if name not in done.stdout]


def test_a_test_that_is_not_there_is_noticed():
    done = _collected("tests/docs/test_hazard_log.py::TestNoSuch")

    assert 0 != done.returncode
