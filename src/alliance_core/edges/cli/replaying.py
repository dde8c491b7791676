"""A stored receipt and its chart: the same review again, or what has changed since."""

from pathlib import Path

from rich.text import Text

from alliance_core.base.errors import ChartError, Problem
from alliance_core.chart import Chart
from alliance_core.edges.cli.blocks import say
from alliance_core.edges.cli.inputs import find_sources, read
from alliance_core.edges.cli.screen import line
from alliance_core.edges.receipts import StoredReceipt, read_receipt, replay_receipt
from alliance_core.explanation import words
from alliance_core.policy import Policy


def one_receipt(path: Path) -> StoredReceipt:
    """Return the one receipt of a file; raises `ChartError` if it holds none, or several."""
    return read_receipt(path.read_bytes())


def one_chart(path: Path) -> Chart:
    """Return the one chart of a path; raises `ChartError` if there is none, or more than one."""
    readings = [reading for source in find_sources([path]) for reading in read(source)]
    problems = [reading.problem for reading in readings if reading.problem]
    charts = [chart for reading in readings for chart in reading.charts]
    if problems or len(charts) != 1:
        reason = problems[0] if problems else f"holds {len(charts)} charts; a receipt is of one: name its own file"
        raise ChartError((Problem(path="", reason=reason),))
    return charts[0]


def replayed(stored: StoredReceipt, chart: Chart, policy: Policy | None) -> tuple[list[Text], int]:
    """Return the lines that say what came of it, and the exit code: 0 the same bytes, 1 something changed."""
    made = replay_receipt(stored, chart, policy=policy)
    if isinstance(made, bytes):
        return [line(say("replay.same", digest=stored.review))], 0
    return [line(say("replay.changed", what=words()[f"replay.{name}"])) for name in made], 1
