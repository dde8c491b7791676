"""The shipped tables are sound, and no published row ever vanishes."""

import csv
from collections import Counter
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from alliance_core import PolicyError, load_policy
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import Row, prevailing, read_sources, read_table
from alliance_core.edges.transparency.tables import TRANSPARENCY_TABLES
from alliance_core.explanation import words
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.policy import TABLES, OverlayRow
from alliance_core.review import RULES

EVERY = {**TABLES, **TRANSPARENCY_TABLES, "overlays": OverlayRow}
ROWS = [(name, row) for name, kind in EVERY.items() for row in read_table(name, kind)]
CODES = [row.code for row in read_table("jurisdictions", JurisdictionRow)]
OVERLAYS = [row.name for row in read_table("overlays", OverlayRow)]
MONTHS = [date(year, month, 1) for year in range(2019, 2032) for month in range(1, 13)]
#: The cells of a row that a person reads as they are.
READ = ("says", "question", "note", "conditions", "exclusions", "who", "by", "record")


def test_row_ids_are_unique_over_all_tables():
    """A row id names one row, for ever."""
    counts = Counter(row.row_id for _, row in ROWS)

    assert [row_id for row_id, count in counts.items() if count > 1] == []


def test_no_published_row_has_vanished_and_every_row_is_published():
    """Row ids are public API: what findings and receipts cite stays."""
    with (Path(__file__).parent / "published_rows.csv").open(encoding="utf-8") as file:
        published = {(line["table"], line["row_id"]) for line in csv.DictReader(file)}

    assert published == {(name, row.row_id) for name, row in ROWS}


@pytest.mark.parametrize("name", EVERY)
def test_every_source_exists(name):
    """Each row cites a source of the sources table."""
    assert set() == {row.source_id for row in read_table(name, EVERY[name])} - set(read_sources())


def test_every_source_has_a_licence_and_every_rule_a_source():
    """What is cited can be looked up, and it is known under which terms."""
    assert [source.source_id for source in read_sources().values() if not source.licence] == []
    assert set() == {rule.source for rule in RULES} - set(read_sources())


def test_law_has_a_locator():
    """A row of law says where in the law."""
    assert [row.row_id for _, row in ROWS if row.basis is Basis.LAW and not row.locator] == []


def test_what_nobody_read_has_no_day_on_which_it_was_checked():
    """Checked means that someone saw it; a row that nobody read joins the practice lane."""
    unread = [row for _, row in ROWS if row.seen is Seen.NOT_READ]

    assert [row.row_id for row in unread if row.checked_on is not None] == []
    assert {Basis.PRACTICE} == {row.lane for row in unread}


def test_dates_are_ordered():
    """A row ends after it begins, and is looked at again after it was checked."""
    assert [
        r.row_id for _, r in ROWS if r.effective_from and r.effective_to and r.effective_to <= r.effective_from
    ] == []
    assert [r.row_id for _, r in ROWS if r.checked_on and r.review_by and r.review_by <= r.checked_on] == []


def test_jurisdictions_and_overlays_exist():
    """A row stands under a jurisdiction and an overlay that can be chosen."""
    assert set() == {row.jurisdiction for _, row in ROWS} - set(CODES)
    assert set() == {row.overlay for _, row in ROWS} - {"", *OVERLAYS}


@pytest.mark.parametrize("code", CODES)
def test_on_no_day_do_two_rows_claim_one_key(code):
    """Every month from 2019 to 2031 has one answer, with any overlay."""
    for overlay in ((), *((name,) for name in OVERLAYS)):
        policy = load_policy(code, overlay)
        rows = [row for row in policy.rows() if row.effective_from or row.effective_to]
        for on in MONTHS:
            assert len(prevailing([row for row in rows if row.in_force(on)])) <= len(rows)


def test_rows_of_one_key_and_standing_do_not_overlap_in_time():
    """Half-open dates of two rows with one key never share a day; law may stand beside law."""
    groups = {}
    for name, row in ROWS:
        if not row.is_law:
            groups.setdefault((name, row.jurisdiction, row.overlay, row.key), []).append(row)
    pairs = [pair for rows in groups.values() for pair in combinations(rows, 2)]

    assert [(a.row_id, b.row_id) for a, b in pairs if _share_a_day(a, b)] == []


def _share_a_day(a: Row, b: Row) -> bool:
    begin = max(a.effective_from or date.min, b.effective_from or date.min)
    return begin < min(a.effective_to or date.max, b.effective_to or date.max)


def test_words_that_could_harm_stand_nowhere(banned):
    """Nothing a person reads says authorized, safe, overdue or must, or names someone unable to decide; but for law."""
    said = [*words().values(), *(rule.says for rule in RULES)]
    said += [
        getattr(row, name)
        for _, row in ROWS
        for name in READ
        if hasattr(row, name) and not (row.is_law and row.seen is Seen.PRIMARY)
    ]

    assert [text for text in said if banned.search(text)] == []


def test_a_site_row_counts_before_the_shipped_one_and_cites_the_site():
    """A site's own value is found first, and says whose it is."""
    policy = load_policy("US")
    row = policy.row("ENG-antidepressant-maintenance")
    own = _own(row, row_id="clinic-1")

    view = policy.with_rows([own]).deprescribing.timeline
    held = [one for one in prevailing(view.rows) if one.key == row.key]

    assert [own] == held


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"source_id": "practice"}, "source_id"),
        ({"basis": Basis.LAW}, "basis"),
        ({"row_id": "ENG-antidepressant-maintenance"}, "taken"),
    ],
)
def test_a_site_row_that_is_not_the_sites_own_is_refused(changes, reason):
    """A site's row cites the site, is practice, and has an id of its own."""
    policy = load_policy("US")

    with pytest.raises(PolicyError, match=reason):
        policy.with_rows([_own(policy.row("ENG-antidepressant-maintenance"), **changes)])


def test_a_site_row_never_stands_in_the_place_of_law():
    """A row that would loosen law is refused."""
    policy = load_policy("US", ["nursing-facility"])
    law = policy.row("US-DRR")

    with pytest.raises(PolicyError, match="law"):
        policy.with_rows([_own(law, row_id="clinic-2", key_of=law)])


def _own(row, key_of=None, **changes):
    import attrs

    own = {"row_id": "clinic-1", "source_id": "site:clinic", "basis": Basis.PRACTICE, "seen": Seen.PRIMARY}
    return attrs.evolve(row, **{**own, **changes})


def test_remission_counts_as_long_for_a_plan_as_for_a_review():
    """What holds a taper and what speaks against a lower dose are two tables, of a request and of a regimen."""
    lengths = {row.row_id: getattr(row, "within", None) or getattr(row, "interval", None) for _, row in ROWS}

    assert lengths["HLD-remission"] == lengths["THD-remission"]
