"""`alliance explain` of a place: who decides there, what a discussion is asked to hold there, and who read what."""

import re
from datetime import date
from itertools import pairwise

import pytest
from typer.testing import CliRunner

from alliance_core import load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.sources import Seen
from alliance_core.base.tables import read_table
from alliance_core.competency.policy import MinorRow, ReservedRow, SurrogateRow
from alliance_core.consent.agenda import TOPICS
from alliance_core.consent.policy import ElementRow, FreshnessRow, RiskRow
from alliance_core.edges.cli import lookup
from alliance_core.edges.cli.app import app
from alliance_core.edges.cli.marks import spans
from alliance_core.explanation import cite, cited, length, words
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.policy import OverlayRow
from alliance_core.review import AREAS, RULES

ON = date(2026, 11, 24)
CODES = [row.code for row in read_table("jurisdictions", JurisdictionRow)]
OVERLAYS = {row.name: row.jurisdiction for row in read_table("overlays", OverlayRow)}
#: Every place by itself, and every overlay where it belongs; one of no state belongs to each that has rows of it.
PLACES = [
    *((code, ()) for code in CODES),
    *((code, (name,)) for name, code in OVERLAYS.items() if code != "any"),
    *((code, ("ect",)) for code in ("US-CA", "US-TX")),
    *(("US-MI", (name,)) for name in ("uhcda-1993", "uhcda-2023")),
    ("GB-EAW", ("gmc-2020", "mhra-valproate")),
]
IDS = ["+".join((code, *overlays)) for code, overlays in PLACES]
MARKS = {one: words()[f"seen.{one.value}"] for one in Seen}
MINE = ("competency", "consent", "links")
TABLES = (
    "capacity_",
    "consent_",
    "surrogate_order",
    "reserved_",
    "minor_rules",
    "escalation_",
    "jurisdictions",
    "overlays",
)


def shown(name, code, overlays=(), on=ON):
    return [str(one) for one in lookup.tell(name, load_policy(code, overlays), on)]


def competency(code, overlays, on=ON):
    return load_policy(code, overlays).competency.timeline.at(Day(on))


def consent(code, overlays):
    return load_policy(code, overlays).consent.timeline.at(Day(ON))


every_place = pytest.mark.parametrize(("code", "overlays"), PLACES, ids=IDS)


@every_place
class TestWhoDecides:
    """The deciders of a place in their order, what is kept from them, and minors: each with its source and its mark."""

    def test_the_order(self, code, overlays):
        """One line a class, in the order of the law, each with its own word; one whose source nobody read is marked."""
        view = competency(code, overlays)
        rows = [(place, row) for place, rank in enumerate(view.ranks, 1) for row in rank]
        told = [f"  {place}. {row.says} [{row.decider_class}]{_mark(row, ': ')}" for place, row in rows]

        assert told == [one for one in shown("surrogate_order", code, overlays) if re.match(r"  \d+\. ", one)]

    def test_every_source(self, code, overlays):
        """No row is shown without its source, who read it, and what is to be known of it."""
        view = competency(code, overlays)
        rows = [row for rank in view.ranks for row in rank]
        text = "\n".join(shown("surrogate_order", code, overlays))

        for row in (*rows, *view.reserved, *view.minors):
            assert str(cite(row)) in text
            assert row.note in text
            assert row.says in text

    def test_what_is_counted(self, code, overlays):
        """Of how many rows nobody read the source is said before them."""
        view = competency(code, overlays)
        parts = [[row for rank in view.ranks for row in rank], list(view.reserved), list(view.minors)]
        told = [one for one in shown("surrogate_order", code, overlays) if one.startswith("  rows: ")]

        assert told == [_tally(rows) for rows in parts if rows]

    def test_the_same_by_either_name(self, code, overlays):
        assert shown("decider", code, overlays) == shown("surrogate_order", code, overlays)

    def test_in_the_profile(self, code, overlays):
        lines = shown("profile", code, overlays)
        deciders = shown("decider", code, overlays)

        assert "\n".join(deciders) in "\n".join(lines)
        named = " with ".join((code, ", ".join(overlays))) if overlays else code
        assert lines[0] == f"policy {named} on 2026-11-24"


@every_place
class TestDiscussion:
    """The element matrix of a place, in the order of a conversation, each line with its source and its mark."""

    def test_every_element_in_its_order(self, code, overlays):
        view = consent(code, overlays)
        asked = {row.element for row in view.elements}
        items = sorted(view.items.values(), key=lambda one: (TOPICS.index(one.topic), one.step))
        told = [f"  {one.says} [{one.element}]" for one in items if one.element in asked]

        assert told == [
            one for one in shown("consent_elements", code, overlays) if re.fullmatch(r"  \S.* \[[a-z].*\]", one)
        ]

    def test_every_source(self, code, overlays):
        view = consent(code, overlays)
        risks = [row for row in view.risks if row.jurisdiction != "any"]
        rows = (*view.elements, *risks, *view.freshness, *view.settings.values())
        lines = shown("consent_elements", code, overlays)
        text = "\n".join(lines)

        assert lines[1] == _tally(rows)
        for row in rows:
            assert str(cite(row)) in text
            assert row.note in text
        for row in (*risks, *view.freshness, *view.settings.values()):
            assert row.says in text

    def test_no_source_is_unmarked(self, code, overlays):
        """Whatever cites a source that nobody read itself says so on its own line."""
        lines = shown("consent_elements", code, overlays)
        sources = {one[1]: one[2] for line in lines if (one := re.match(r"  \[(\d+)\] (.*)", line))}
        refs = [found for line in lines if (found := re.search(r" \[(\d+)(?:: ([^\]]+))?\]$", line))]

        assert {found[1] for found in refs} == set(sources)
        for found in refs:
            told = next(mark for mark in MARKS.values() if f"; {mark})" in sources[found[1]])
            assert (found[2] or MARKS[Seen.PRIMARY]) == told

    def test_each_row_is_told_once(self, code, overlays):
        """As many events stand beside their weight as there are rows: none is lost, none is told twice."""
        view = consent(code, overlays)
        lines = [one for one in shown("consent_elements", code, overlays) if one.startswith("    ")]
        columns = sorted({_column(row) for row in view.elements}, key=len, reverse=True)
        told = sum(_count(line, columns) for line in lines)
        by_group = [_group(row) for row in view.elements]

        assert told == len(set(by_group))


def _mark(row, before):
    return "" if row.seen is Seen.PRIMARY else before + MARKS[row.seen]


def _tally(rows):
    seen = [row.seen for row in rows]
    numbers = [seen.count(one) for one in (Seen.PRIMARY, Seen.SECONDARY, Seen.NOT_READ)]
    return "  rows: {}; source read: {}; read second-hand: {}; not read: {}".format(len(rows), *numbers)


def _column(row):
    return words()[f"column.{row.treatment}.{row.event}" if row.event else f"column.{row.treatment}"]


def _count(line, columns):
    """Count the events of a line; a longer one is taken out before a shorter one that is part of it."""
    number = 0
    for column in columns:
        pattern = rf"(?:: |, ){re.escape(column)}(?=[*,; ]|$)"
        number += len(re.findall(pattern, line))
        line = re.sub(pattern, lambda found: found[0][:2], line)
    return number


def _group(row):
    """Return what rows of several groups of medicines have in common that stand on one line."""
    medicine = row.medicine or ("a group" if row.drug_group else "")
    when = (row.asked_when, row.effective_from, row.effective_to)
    return (row.element, row.treatment, row.event, row.weight, medicine, when, str(cite(row)), row.note)


class TestOnADay:
    """What is shown is what holds on the day: a list that changed is shown as it was."""

    @pytest.mark.parametrize(
        ("code", "on", "first", "last"),
        [
            ("US-DE", date(2025, 9, 29), "agent", "adult-grandchild"),
            ("US-DE", date(2025, 9, 30), "agent", "special-care"),
            ("US-TX", date(2023, 8, 31), "spouse", "designee-relative-or-clergy"),
            ("US-TX", date(2023, 9, 1), "guardian-or-agent", "concurring-physician"),
        ],
    )
    def test_a_list_that_changed(self, code, on, first, last):
        told = [one for one in shown("surrogate_order", code, on=on) if re.match(r"  \d+\. ", one)]

        assert re.search(r"\[(.*)\]", told[0])[1] == first
        assert re.search(r"\[(.*)\]", told[-1])[1] == last

    def test_when_it_began_and_when_it_ends(self):
        assert "    1-6: until the day before 2025-09-30" in shown("decider", "US-DE", on=date(2025, 9, 29))
        assert "    1-10: from 2025-09-30" in shown("decider", "US-DE")

    def test_a_rule_that_had_not_begun(self):
        text = "\n".join(shown("consent_elements", "GB", ("mhra-valproate",), on=date(2024, 1, 30)))

        assert "a second specialist agreed" not in text
        assert "a second specialist agreed" in "\n".join(shown("consent_elements", "GB", ("mhra-valproate",)))


class TestWords:
    """Every word of a table that is shown has one of ours, and none is there for nothing."""

    @pytest.mark.parametrize(
        ("family", "wanted"),
        [
            ("list", {row.decider_list for row in read_table("jurisdictions", JurisdictionRow)} | {"overlay"}),
            ("named", {row.kind for row in read_table("surrogate_order", SurrogateRow)}),
            ("differ", {row.disagreement for row in read_table("surrogate_order", SurrogateRow)}),
            ("who", {row.who for row in read_table("reserved_decisions", ReservedRow)} | {"anyone"}),
            ("needs", {row.needs for row in read_table("reserved_decisions", ReservedRow)}),
            (
                "besides",
                {
                    word
                    for row in read_table("reserved_decisions", ReservedRow)
                    for word in (row.medicine, row.circumstance)
                }
                - {""},
            ),
            ("topic", set(TOPICS)),
            ("sex", {row.sex for row in read_table("consent_risks", RiskRow)} - {""}),
        ],
    )
    def test_a_family(self, family, wanted):
        known = {key.partition(".")[2] for key in words() if key.startswith(f"{family}.")}

        assert known == wanted

    def test_columns_and_conditions(self):
        elements, risks = read_table("consent_elements", ElementRow), read_table("consent_risks", RiskRow)
        columns = {f"{row.treatment}.{row.event}" if row.event else row.treatment for row in elements}
        columns |= {row.treatment for row in risks}
        asked = {row.asked_when for row in (*elements, *read_table("consent_freshness", FreshnessRow))} - {""}
        # what these two ask, the row's own words say
        said_by_the_row = {"turned-adult", "new-interacting-medicine"}

        assert {key.removeprefix("column.") for key in words() if key.startswith("column.")} == columns
        assert {key.removeprefix("when.") for key in words() if key.startswith("when.")} == {
            one for one in asked if not one.startswith("age-below-")
        } - said_by_the_row

    def test_switches(self):
        """Each way in which a place reads a question has its words, whether a place or only a site reads it so."""
        rows = read_table("jurisdictions", JurisdictionRow)
        used = {f"stale-lack.{row.stale_lack_reading}" for row in rows} | {
            f"activation.{row.activation}" for row in rows
        }
        used |= {"nexus.yes", "nexus.no", "scale.on", "scale.off"}

        assert {key.removeprefix("switch.") for key in words() if key.startswith("switch.")} == used

    @every_place
    def test_nothing_raw(self, code, overlays):
        """No cell name, no key, no brace: what is shown is words, and the tables' own words only in square brackets."""
        for name in ("decider", "consent_elements"):
            for told in shown(name, code, overlays):
                plain = told.replace("alliance explain consent_risks", "")  # a command, as a user types it
                assert not re.search(r"[{}=]|\w_\w|\bNone\b", plain), told

    @every_place
    def test_no_harmful_word(self, code, overlays, banned):
        """Neither area says more than the library can know, whatever is looked up; only law that was read says must."""
        policy = load_policy(code, overlays)
        law = _law(policy)
        names = [rule.id for rule in RULES if rule.id.partition(".")[0] in MINE]
        names += [name for name in (*lookup.ALL_TABLES, *lookup.PLACES, *AREAS) if name.startswith((*MINE, *TABLES))]
        names += ["decider", "profile"]

        for name in names:
            for told in lookup.tell(name, policy, ON):
                assert not banned.search(_without(str(told), law)), (name, str(told))


def _law(policy):
    rows = [row for row in policy.rows() if row.is_law and row.seen is Seen.PRIMARY]
    cells = {getattr(row, name, "") for row in rows for name in ("says", "conditions", "exclusions", "note")}
    return sorted(cells - {""}, key=len, reverse=True)


def _without(told, law):
    for text in law:
        told = told.replace(text, "")
    return told


class TestCommand:
    """The command itself, as a user types it."""

    def run(self, *args):
        done = CliRunner().invoke(app, ["explain", *args, "--on", "2026-11-24"])
        assert done.exit_code == 0
        return done.stdout.splitlines()

    def test_the_matrix(self):
        lines = self.run("consent_elements", "--policy", "US-TX", "--overlay", "mh-facility")

        assert lines == shown("consent_elements", "US-TX", ("mh-facility",))
        assert lines[0] == "what a discussion is asked to hold; policy US-TX with mh-facility on 2026-11-24"
        assert "    essential: starting a medicine, raising a medicine (only psychotropic medicines) [3]" in lines
        assert "  asked again every year: 1 year (only psychotropic medicines) [24]" in lines

    def test_what_weighs_as_much_inside_a_range(self):
        lines = self.run("consent_elements", "--policy", "any")

        assert "    essential: raising a medicine*, lowering, tapering or stopping a medicine* [1]" in lines

    def test_the_deciders(self):
        lines = self.run("surrogate_order", "--policy", "US-NH")

        assert lines[0] == "who decides for someone else; policy US-NH on 2026-11-24"
        assert "  1. agent under a durable power of attorney for health care [agent]" in lines
        assert "  4. adult son or daughter [adult-child]: read second-hand" in lines
        assert "  rows: 12; source read: 3; read second-hand: 9; not read: 0" in lines

    def test_a_place_without_a_list(self):
        """It says so, borrows none, and still says what is kept from anyone, and who decides for a minor."""
        lines = self.run("decider", "--policy", "any")

        assert lines[:2] == [
            "no row says who decides under policy any on 2026-11-24",
            "  no row says who decides here for an adult",
        ]
        assert "under the age of majority" in lines

    def test_before_any_row(self):
        done = CliRunner().invoke(app, ["explain", "decider", "--policy", "any", "--on", "1990-01-01"])

        assert "no row says who decides under policy any on 1990-01-01" in done.stdout

    def test_an_order_that_an_overlay_brings(self):
        lines = self.run("decider", "--policy", "US-MI", "--overlay", "uhcda-1993")

        assert lines[1] == "  no list of this place is known; the order is that of the overlay"

    def test_what_is_kept_from_several_is_told_once(self):
        lines = self.run("decider", "--policy", "US-CA")

        assert (
            "  an agent or a surrogate: admission, electroconvulsive therapy, psychosurgery, sterilization, abortion"
            in lines
        )

    def test_minors(self):
        assert "  from 16 to under 18: admission: may apply alone for voluntary admission" in self.run(
            "decider", "--policy", "US-MA"
        )
        assert (
            "  under 18: any decision, outpatient: own consent to outpatient care in listed circumstances"
            in self.run("decider", "--policy", "US-NY")
        )

    def test_the_profile(self):
        lines = self.run("profile", "--policy", "GB-EAW")

        assert lines[1:7] == [
            "  England and Wales (GB-EAW)",
            "  of age at 18",
            "  an older finding of a lack no longer stands by itself: look again",
            "  each decision is assessed by itself: an activation serves none of them",
            "  a lack counts only if it is because of an impairment or a disturbance of mind or brain",
            "  the stakes ask for no more evidence",
        ]
        assert lines[7].startswith(
            "  source: Mental Capacity Act 2005, s.2(1), s.4 (practice; adjustable; source read); "
        )


class TestParts:
    """Numbers, places and lengths as a person writes them."""

    @pytest.mark.parametrize(
        ("numbers", "told"),
        [([], ""), ([4], "4"), ([1, 2], "1-2"), ([3, 1, 1], "1, 3"), ([1, 3, 4, 5, 9, 10], "1, 3-5, 9-10")],
    )
    def test_spans(self, numbers, told):
        assert spans(numbers) == told

    @pytest.mark.parametrize(
        ("title", "locator", "told"),
        [
            ("A Code 12", "s.1", "A Code 12, s.1"),
            ("A Code 12", "", "A Code 12"),
            ("A Code 12", "12", "A Code 12"),
            ("A Code 10 to 12", "12", "A Code 10 to 12, 12"),
            ("A Code 112", "12", "A Code 112, 12"),
        ],
    )
    def test_a_place_in_a_source(self, title, locator, told):
        """A place that the title names is not said twice, unless it is only the end of a range."""
        assert cited(title, locator) == told

    @pytest.mark.parametrize(
        ("iso", "told"),
        [
            ("P1Y", "1 year"),
            ("P2Y", "2 years"),
            ("P15M", "15 months"),
            ("P1M", "1 month"),
            ("P1W", "1 week"),
            ("P2W", "2 weeks"),
            ("P10D", "10 days"),
            ("P1D", "1 day"),
            ("PT24H", "24 hours"),
            ("PT1H", "1 hour"),
        ],
    )
    def test_a_length(self, iso, told):
        assert length(CalendarDuration.parse(iso)) == told

    def test_ages_of_minors_are_ordered(self):
        """A rule begins before it ends, so that both can be said."""
        assert [row.row_id for row in read_table("minor_rules", MinorRow) if row.age_from >= row.age_below] == []

    def test_topics_stand_in_their_order(self):
        lines = shown("consent_elements", "US", ("research",))
        places = [lines.index(words()[f"topic.{one}"]) for one in TOPICS]

        assert all(a < b for a, b in pairwise(places))
