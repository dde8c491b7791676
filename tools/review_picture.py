"""
Draw the README's picture of a review: `python tools/review_picture.py`; needs Chromium (Debian: `chromium`).

The page of one chart of the examples, as `alliance review --format html` writes it, from its top down as far as the
README shows it. Draw it again when the page changes.
"""

import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from alliance_core import Audience, load_policy, review_chart
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.report import write_report

ROOT: Final = Path(__file__).resolve().parents[1]
CHART: Final = ROOT / "examples" / "clinic" / "rosa.json"
PICTURE: Final = ROOT / "docs" / "review.png"
ON: Final = date(2026, 11, 24)
#: The width at which a README is read, and how far down the page the picture goes.
WIDTH, HEIGHT = 900, 772
#: No larger than a README may load at once.
MOST: Final = 250_000
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


def page() -> str:
    """Return the page of the chart, for the clinician."""
    policy = load_policy("US")
    reviews = [review_chart(one, policy=policy, on=ON) for one in read_bundle(CHART.read_bytes()).charts]
    return write_report(reviews, audience=Audience.CLINICIAN)


def draw(browser: str, folder: Path) -> Path:
    """Return a picture of the page, taken with a browser that has no network and keeps nothing."""
    (folder / "page.html").write_text(page(), "utf-8")
    picture = folder / "review.png"
    options = (
        "--headless",
        "--no-sandbox",
        "--disable-background-networking",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--force-device-scale-factor=1.5",
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={WIDTH},{HEIGHT}",
        f"--screenshot={picture}",
    )
    command = [browser, *options, (folder / "page.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603  # our own page, nothing else
    return picture


def main() -> None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.exit(f"review_picture: none of {', '.join(BROWSERS)} is installed")
    with tempfile.TemporaryDirectory() as folder:
        picture = draw(browser, Path(folder)).read_bytes()
    if len(picture) > MOST:
        sys.exit(f"review_picture: {len(picture)} bytes are more than {MOST}")
    PICTURE.write_bytes(picture)
    print(f"{PICTURE.relative_to(ROOT)}: {len(picture)} bytes")


if __name__ == "__main__":
    main()
