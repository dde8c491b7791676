"""
Print each speed as a ratio to a yardstick of the same run: `python benchmarks/run.py`.

Every figure is the median of ratios taken in turn, never in a tight loop of one thing. Yardsticks: `orjson.loads` of
the same bytes; hand-written Python over dictionaries (`by_hand.py`), which answers five questions and cites nothing.
Real bundles are measured compact, as they travel, and indented, as they lie on the disk: white space slows the
yardstick too, so a ratio says which it is. Beside each figure stands the budget of the first design, met or not; what
became of it is in `docs/architecture.md`.
"""

import gc
import json
import lzma
import multiprocessing
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parent))
import bundles
import by_hand

from alliance_core import load_policy, review_chart
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.reviews import encode_review, write_review

ON = date(2026, 11, 24)
REAL = Path(__file__).resolve().parents[2] / "shared" / "realdata" / "synthea_r4"


def compact(data):
    """Return the same JSON without white space, its numbers as they were written."""
    return orjson.dumps(orjson.loads(data))


def clock(work):
    """Return the seconds that one call takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def one_round(data, policy):
    """Return the seconds of each step over the same bytes, taken in turn."""
    loads, _ = clock(lambda: orjson.loads(data))
    hand, _ = clock(lambda: by_hand.answer(data))
    read, result = clock(lambda: read_bundle(data))
    review, reviews = clock(lambda: [review_chart(one, policy=policy, on=ON) for one in result.charts])
    write, _ = clock(lambda: [encode_review(one) for one in reviews])
    plain, _ = clock(lambda: [write_review(one) for one in reviews])
    receipt, _ = clock(lambda: [one.receipt.digest for one in reviews])
    return {
        "loads": loads,
        "hand": hand,
        "read": read,
        "review": review,
        "write": write,
        "write_review": plain,
        "receipt": receipt,
    }


#: What the first design allowed each step, in times of `orjson.loads`: on generated bundles, on real ones.
BUDGETS = {"read": (0.9, 0.6), "review": (0.3, 0.1), "write": (0.1, 0.03), "all": (1.2, 0.8)}
#: What is printed of each step.
STEPS = {
    "hand": "by hand, citing nothing",
    "read": "read",
    "review": "review",
    "write": "write (batch path)",
    "receipt": "  of which the receipt",
    "write_review": "write (write_review)",
}


def ratios(name, documents, policy, rounds):
    """Print the medians of the ratios over all documents and rounds."""
    column = 0 if name.startswith("S") else 1
    taken = []
    for turn in range(rounds + 1):
        for data in documents:
            gc.collect(0)
            if turn:
                taken.append(one_round(data, policy))
            else:
                one_round(data, policy)
    size = statistics.median(len(data) for data in documents)
    print(f"\n{name}: {len(documents)} bundles, {size / 1000:.0f} kB each (median), {rounds} rounds")
    for step, words in STEPS.items():
        budget = f"  (budget {BUDGETS[step][column]})" if step in BUDGETS else ""
        print(f"  {words:28} {_median(taken, lambda t, s=step: t[s] / t['loads']):6.2f} x orjson.loads{budget}")
    total = _median(taken, lambda t: (t["read"] + t["review"] + t["write"]) / t["loads"])
    print(f"  {'read + review + write':28} {total:6.2f} x orjson.loads  (budget {BUDGETS['all'][column]})")
    rate = _median(taken, lambda t: 1 / (t["read"] + t["review"] + t["write"]))
    print(f"  {'':28} {rate:6.0f} charts a second on one core of this machine")
    against = _median(taken, lambda t: (t["read"] + t["review"] + t["write"]) / t["hand"])
    print(f"  {'read + review + write':28} {against:6.2f} x by hand")


def _median(taken, figure):
    return statistics.median(figure(one) for one in taken)


def answered(data):
    """Read, review and write one bundle, as a worker does; return how many bytes came out."""
    policy = load_policy("US")
    reviews = [review_chart(one, policy=policy, on=ON) for one in read_bundle(data).charts]
    return sum(len(encode_review(one)) for one in reviews)


def all_answered(documents):
    """Do the same for many, with nobody to talk to."""
    return sum(map(answered, documents))


def two_processes(documents, rounds=5):
    """Print what two processes that share one queue reach of what two that share nothing do."""
    halves = [documents[::2] * 4, documents[1::2] * 4]
    taken = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for turn in range(rounds + 1):
            alone, apart = clock(lambda: sum(pool.map(all_answered, halves, chunksize=1)))
            shared, together = clock(lambda: sum(pool.map(answered, halves[0] + halves[1], chunksize=4)))
            assert apart == together
            taken += [alone / shared] if turn else []
    print(f"\n  {'two processes, one queue':28} {statistics.median(taken):6.2f} of two that share nothing")


def imports(rounds=7):
    """Print how long importing takes beside importing pydantic's dataclasses, each in a fresh process."""
    taken = []
    for _ in range(rounds):
        ours, _ = clock(lambda: _python("import alliance_core"))
        theirs, _ = clock(lambda: _python("import pydantic.dataclasses"))
        bare, _ = clock(lambda: _python("pass"))
        taken.append((ours - bare) / (theirs - bare))
    print(f"\n  {'import alliance_core':28} {statistics.median(taken):6.2f} x import pydantic.dataclasses")


def loading(rounds=5):
    """Print how long the first policy takes in a fresh process, and another jurisdiction after it."""
    code = (
        "import json, time; from alliance_core import load_policy\n"
        "a = time.perf_counter(); load_policy('US'); b = time.perf_counter()\n"
        "load_policy('US-NH', ['nursing-facility']); c = time.perf_counter()\n"
        "print(json.dumps([b - a, c - b]))"
    )
    taken = [json.loads(_python(code)) for _ in range(rounds)]
    print(f"  {'load_policy, first':28} {1000 * statistics.median(one[0] for one in taken):6.1f} ms")
    print(f"  {'load_policy, another place':28} {1000 * statistics.median(one[1] for one in taken):6.1f} ms")


def _python(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def main():
    policy = load_policy("US")
    ratios("S, generated", [bundles.bundle(seed) for seed in range(20)], policy, rounds=15)
    if REAL.is_dir():
        real = [lzma.decompress(path.read_bytes()) for path in sorted(REAL.glob("*.xz"))]
        ratios("R, real, compact", [compact(data) for data in real], policy, rounds=3)
        ratios("R, real, indented", real, policy, rounds=2)
    two_processes([bundles.bundle(seed) for seed in range(20)])
    imports()
    loading()


if __name__ == "__main__":
    main()
