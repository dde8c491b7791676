"""A FHIR bundle in, a cited review out: `python examples/first_review.py [BUNDLE]`."""

import sys
from datetime import date
from pathlib import Path

from alliance_core import explain, load_policy, review_chart
from alliance_core.edges.fhir import read_bundle

HERE = Path(__file__).parent


def main(path: Path) -> None:
    policy = load_policy("US")
    read = read_bundle(path.read_bytes())
    for chart in read.charts:
        review = review_chart(chart, policy=policy, on=date(2026, 11, 24))
        for finding in review.open:
            print(explain(finding, policy=policy))
        print(f"The same answer on every day before {review.valid_until}.")
    for line in read.not_understood:
        print(f"not understood: {line}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "clinic" / "walter.json")
