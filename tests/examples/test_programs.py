"""The short programs run, and say something."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SAYS = {
    "first_review.py": "The same answer on every day before 2027-01-15.",
    "one_question.py": "contested; decides: patient-for-now; next: consult-colleague-or-counsel",
    "site_policy.py": "Harbor Clinic: sertraline is due on 2026-12-10 by row harbor-antidepressant-maintenance",
    "post_chart.py": "422 body.person.born_on String should match pattern",
}


def test_every_program_is_run():
    """A program that no test runs is not shipped."""
    assert set(SAYS) == {path.name for path in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("name", SAYS)
def test_a_program_runs(name):
    """Each program ends well, warns of nothing, and says its sentence."""
    done = subprocess.run(
        [sys.executable, "-W", "error", EXAMPLES / name], capture_output=True, text=True, check=False, cwd="/"
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert SAYS[name] in done.stdout
