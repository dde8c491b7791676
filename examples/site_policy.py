"""A clinic's own interval and formulary code beside the shipped ones: `python examples/site_policy.py`."""

from datetime import date
from pathlib import Path

from alliance_core import CalendarDuration, load_policy, review_chart
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis, Seen
from alliance_core.deprescribing import Product
from alliance_core.edges.wire import read_chart

HERE = Path(__file__).parent
ON = date(2026, 11, 24)

shipped = load_policy("US")
row = shipped.row("ENG-antidepressant-maintenance")
own = changed(
    row,
    row_id="harbor-antidepressant-maintenance",
    interval=CalendarDuration.parse("P3M"),
    basis=Basis.PRACTICE,
    seen=Seen.PRIMARY,
    source_id="site:Harbor Clinic",
    locator="prescribing policy, 2026",
)
clinic = shipped.with_rows([own]).with_products(
    [Product(system="https://harbor.example/formulary", code="E-10", medicine="escitalopram")]
)


def main() -> None:
    chart = read_chart((HERE / "native" / "rosa.json").read_bytes())
    for name, policy in (("shipped", shipped), ("Harbor Clinic", clinic)):
        review = review_chart(chart, policy=policy, on=ON, areas=["deprescribing"])
        for finding in review.findings:
            if finding.rule == "deprescribing.review":
                print(f"{name}: {finding.item} is due on {finding.due_on} by row {', '.join(finding.rows)}")


if __name__ == "__main__":
    main()
