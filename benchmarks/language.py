"""
Print how long `review_note` takes as a multiple of `re.findall(r"\\w+", text)` on the same long notes.

`python benchmarks/language.py`. Notes of 1 to 10 MB in two kinds: *usual*, in which one sentence of nine holds words of
the list, and *dense*, in which every sentence was written to hold some or nearly so. The yardstick is taken in turn with
the work, and the median of the ratios is printed; time for each MB shows whether growth is linear.
"""

import csv
import gc
import re
import statistics
import time
from datetime import date
from pathlib import Path

from alliance_core import Note, load_policy, review_note
from alliance_core.relationship import note_of

ON = date(2026, 11, 24)
SENTENCES = Path(__file__).resolve().parents[1] / "tests" / "vignettes" / "language_sentences.csv"
PLAIN = (
    "The patient was seen in the clinic today with her sister present for part of the visit.",
    "Sleep is seven hours a night, appetite is good, and energy has returned since the last dose change.",
    "We went through the options again, what each may bring and cost, and she would like two weeks to think.",
    "Vital signs are within the usual range and the weight is unchanged from last month.",
)
SIZES = (1, 2, 5, 10)
ROUNDS = 5


def sentences():
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return [row["sentence"] for row in csv.DictReader(file)]


def text(kind, megabytes):
    """Return a text of about that size, a paragraph for every ten sentences."""
    mine = sentences() if kind == "dense" else [one for each in sentences() for one in (each, *PLAIN, *PLAIN)]
    lines = [" ".join(mine[n : n + 10]) for n in range(0, len(mine), 10)]
    block = "\n".join(lines) + "\n"
    return block * (1 + megabytes * 1_000_000 // len(block))


def clock(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def measured(note: Note, policy):
    pairs = []
    for _ in range(ROUNDS):
        gc.collect()
        yardstick = clock(lambda: [re.findall(r"\w+", section.text) for section in note.sections])
        pairs.append((yardstick, clock(lambda: review_note(note, policy=policy, on=ON))))
    return statistics.median(b / a for a, b in pairs), statistics.median(b for _, b in pairs)


def main():
    policy = load_policy("US").relationship
    for kind in ("usual", "dense"):
        for size in SIZES:
            whole = text(kind, size)
            note = note_of(whole, id="note", policy=policy, on=ON)
            ratio, seconds = measured(note, policy)
            each = seconds / (len(whole) / 1_000_000)
            print(f"{kind:6} {size:3} MB: {ratio:5.1f} times re.findall, {each:.3f} s for each MB")


if __name__ == "__main__":
    main()
