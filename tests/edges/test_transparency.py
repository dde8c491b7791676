"""What is told about each rule: all thirteen attributes, derived from what the rule says, cites and reads."""

import csv
import importlib.util
import json
import subprocess
import sys
from datetime import date
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import alliance_core
from alliance_core import load_policy, read_chart, review_chart
from alliance_core.base.findings import Answer, Finding, Weight
from alliance_core.base.tables import read_table
from alliance_core.edges.cases import BESIDE, CASES, FURTHER
from alliance_core.edges.cli.app import app
from alliance_core.edges.fhir.questionnaire import FORMS
from alliance_core.edges.fhir.table import MAPPING
from alliance_core.edges.transparency import (
    Maker,
    cards,
    disclose,
    requirements,
    write_csv,
    write_json,
    write_markdown,
)
from alliance_core.edges.transparency.cards import reads
from alliance_core.edges.transparency.records import has_field, is_text, record_classes
from alliance_core.edges.transparency.tables import (
    AttributeFieldRow,
    RuleInput,
    RuleTable,
    UseRow,
    attributes,
    carriers,
)
from alliance_core.policy import TABLES
from alliance_core.records import Person, Sex
from alliance_core.review import AREAS, RULES

ROOT = Path(__file__).parents[2]
ON = date(2026, 11, 24)
CARDS = {one.rule: one for one in cards(load_policy("US"), on=ON)}
IDS = [rule.id for rule in RULES]
NEEDS = {rule: requirements(rule) for rule in IDS}
#: How the code of an area names what it reads of the person.
NAMED_AS = {
    ".sex": "Person.sex",
    ".languages": "Person.languages",
    ".interpreter_needed": "Person.interpreter_needed",
    "has_age(": "Person.born_on",
}
TOLD = disclose(load_policy("US"), on=ON)


def _tool():
    spec = importlib.util.spec_from_file_location("rule_inputs", ROOT / "tools" / "rule_inputs.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["rule_inputs"] = module
    spec.loader.exec_module(module)
    return module


class TestAttributes:
    """Every rule has the thirteen attributes of 45 CFR 170.315(b)(11)(iv)(A), and none of them is empty."""

    @pytest.mark.parametrize("rule", IDS)
    def test_none_is_missing(self, rule):
        told = CARDS[rule].attributes

        assert list(range(1, 14)) == [one.number for one in told]
        assert [] == [one.name for one in told if not (one.says and one.value.strip())]
        assert [f"170.315(b)(11)(iv)(A)({n})" for n in range(1, 14)] == [one.locator for one in told]

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
    def test_the_citation_begins_with_the_rules_own_source(self, rule):
        [title] = {one.title for one in _sources() if one.source_id == rule.source}

        assert CARDS[rule.id].attributes[0].value.startswith(title)

    def test_where_a_rule_rests_on_rows_of_a_place_their_sources_are_cited(self):
        """So the citation of one rule differs between places, and between days."""
        cited = {place: _attribute("competency.decider", 1, place) for place in ("US-NH", "GB-EAW")}

        assert "Family Law Reform Act" in cited["GB-EAW"]
        assert "Family Law Reform Act" not in cited["US-NH"]

    @pytest.mark.parametrize(
        ("rule", "number", "used"),
        [
            ("deprescribing.candidate", 11, ("Person.born_on",)),
            ("diagnosis.told", 11, ()),
            ("consent.completeness", 10, ("Person.sex",)),
            ("relationship.screen", 10, ("Person.sex",)),
            ("diagnosis.told", 10, ()),
            ("consent.completeness", 7, ("ConsentDiscussion.interpreter_used", "Person.interpreter_needed")),
        ],
    )
    def test_what_is_used(self, rule, number, used):
        attribute = CARDS[rule].attributes[number - 1]

        assert used == attribute.uses
        assert all(one in attribute.value for one in used) is True
        assert bool(used) is attribute.value.startswith("used: ")

    def test_a_chart_has_no_field_for_what_is_told_to_have_none(self):
        """Whoever adds one has to say which attribute it carries."""
        bare = {row.name for row in attributes()[4:] if not carriers(row.name)}
        words = ("race", "ethnic", "orientation", "gender_identity", "pronoun")
        fields = [f"{kind}.{name}" for kind, cls in record_classes().items() for name in cls.__dataclass_fields__]

        assert {"race", "ethnicity", "sexual-orientation", "gender-identity"} == bare
        assert [] == [one for one in fields if any(word in one.lower() for word in words)]

    def test_words_as_written_are_named_where_they_are_read(self):
        """A note can say anything of anyone, and a rule that reads it says that it reads words."""
        assert "NoteSection.text" in CARDS["relationship.neutral-words"].attributes[4].value
        assert is_text("NoteSection.text")
        assert not any(map(is_text, ("Person.born_on", "Person.id", "Person.sex", "MedicationStatement.indications")))

    def test_a_host_names_itself(self):
        made = cards(load_policy("US"), on=ON, maker=Maker(developer="Example Hospital", funding="Example Fund"))

        assert {("Example Hospital", "Example Fund")} == {
            (one.attributes[1].value, one.attributes[2].value) for one in made
        }


def _sources():
    from alliance_core.base.tables import read_sources

    return read_sources().values()


def _attribute(rule, number, place):
    [card] = [one for one in cards(load_policy(place), on=ON) if one.rule == rule]
    return card.attributes[number - 1].value


class TestLogic:
    """Sentence, cases and rows are the rule's own: there is no second copy that could go stale."""

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
    def test_it_is_what_the_rule_has(self, rule):
        card = CARDS[rule.id]
        cases = [case.id for table in (BESIDE, CASES, FURTHER) for case in table.get(rule.id, ())]

        assert (rule.says, rule.basis.value) == (card.says, card.basis)
        assert cases == [one.id for one in card.cases]
        assert all(one.gives and one.source for one in card.cases) is True

    def test_rows_are_counted_as_the_policy_has_them(self):
        held = load_policy("US").in_force(ON)

        for card in CARDS.values():
            for one in card.tables:
                assert sum(isinstance(row, TABLES[one.table]) for row in held) == one.rows

    @pytest.mark.parametrize("rule", IDS)
    def test_whom_it_is_for_and_where_it_ends(self, rule):
        card = CARDS[rule]

        assert card.user
        assert 1 <= len(card.population)
        assert len(card.exclusions) >= 2
        assert len(card.limits) >= 2

    def test_a_rule_of_its_own_population_is_not_for_its_areas(self):
        assert "nursing facility" in CARDS["deprescribing.gradual-reduction"].population[0]
        assert CARDS["deprescribing.review"].population != CARDS["deprescribing.gradual-reduction"].population


class TestInputs:
    """`rule_inputs` names what each rule reads: nothing that is not there, and nothing too little."""

    def test_every_rule_reads_something_and_every_name_is_one(self):
        rows = read_table("rule_inputs", RuleInput)

        assert set(IDS) == {row.rule for row in rows}
        assert [] == [row for row in rows if not has_field(f"{row.record}.{row.field}")]
        assert set() == {row.table for row in read_table("rule_tables", RuleTable)} - set(TABLES)
        assert set() == {row.rule for row in read_table("rule_tables", RuleTable)} - set(IDS)

    def test_what_carries_an_attribute_is_a_field_and_the_attribute_is_one(self):
        rows = read_table("attribute_fields", AttributeFieldRow)

        assert [] == [row.row_id for row in rows if not has_field(f"{row.record}.{row.field}")]
        assert set() == {row.attribute for row in rows} - {row.name for row in attributes()}

    def test_intended_use_is_about_rules_and_areas(self):
        rows = read_table("intended_use", UseRow)

        assert set() == {row.about for row in rows} - {"any", *AREAS, *IDS}
        assert {"user", "population", "exclusion", "limit"} == {row.aspect for row in rows}

    def test_no_rule_reads_what_is_not_named(self):
        """In a process of its own: reviews of vignettes and charts, asked for again with one field changed."""
        command = [sys.executable, str(ROOT / "tools" / "rule_inputs.py"), "--check"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240, cwd=ROOT)

        assert "" == done.stdout
        assert 0 == done.returncode, done.stderr[-2000:]

    @pytest.mark.parametrize("area", sorted(set(AREAS) - {"links"}))
    def test_an_area_whose_code_names_a_field_of_the_person_has_a_rule_that_reads_it(self, area):
        """The other way round: from the code, and not from what a vignette happens to show."""
        package = Path(alliance_core.__file__).parent
        modules = [package / f"{area}.py", *(package / area).rglob("*.py")]
        code = "".join(one.read_text("utf-8") for one in modules if one.exists())
        named = {path for word, path in NAMED_AS.items() if word in code}
        read = {path for rule in IDS if rule.startswith(f"{area}.") for path in reads(rule)}

        assert set() == named - read

    @pytest.mark.parametrize("chart", sorted((ROOT / "examples" / "native").glob("*.json")), ids=lambda path: path.stem)
    def test_what_a_finding_says_of_the_person_is_read_by_its_rule(self, chart):
        """What was read, and what is missing, stand in the table."""
        review = review_chart(read_chart(chart.read_bytes()), policy=load_policy("US"), on=ON)
        told = {
            (one.rule, path)
            for one in review.findings
            for path in (*one.missing, *(name for name, _ in one.because))
            if path.startswith("person.")
        }

        assert set() == {(rule, path) for rule, path in told if f"P{path[1:]}" not in reads(rule)}

    def test_a_rule_that_reads_one_more_field_is_found_out(self):
        """The finder finds: here is a rule that looks at nothing but the patient's sex."""
        found = Finding(rule="x.y", about="p", answer=Answer.MET, weight=Weight.SAFETY)

        def review(record, *, policy, on):
            return SimpleNamespace(findings=(found,) if record.sex is Sex.FEMALE else ())

        asked = _tool().Asked(review, Person(id="p", sex=Sex.FEMALE, born_on="1960"), None, ON)

        assert {("x.y", "Person", "sex")} == _tool().reads_of([asked]).fields


class TestRequirements:
    """What a rule reads is asked for by FHIR, or said not to be read from it: nothing is left out."""

    @pytest.mark.parametrize("rule", IDS)
    def test_every_element_is_one_that_the_reader_reads(self, rule):
        elements = {(line.type, line.element.replace("[]", "")) for line in MAPPING}
        for one in NEEDS[rule].fhir:
            if "extension" in one:
                [form, *links] = one["extension"]
                assert form["valueCanonical"].rpartition(":")[2] in FORMS
                assert links
                assert {"valueString"} == {name for link in links for name in link} - {"url"}
            else:
                assert set() == {(one["type"], path) for path in one["mustSupport"]} - elements

    @pytest.mark.parametrize("rule", IDS)
    def test_a_rule_needs_something(self, rule):
        assert NEEDS[rule].fhir or NEEDS[rule].elsewhere
        assert set() == set(NEEDS[rule].elsewhere) - set(reads(rule))

    @pytest.mark.parametrize(
        ("rule", "kind", "element"),
        [
            ("deprescribing.candidate", "Patient", "birthDate"),
            ("deprescribing.indication", "MedicationRequest", "reasonCode"),
            ("diagnosis.told", "Communication", "sent"),
            ("relationship.neutral-words", "DocumentReference", "content.attachment"),
            ("deprescribing.monitoring", "Observation", "effectiveDateTime"),
        ],
    )
    def test_what_is_needed(self, rule, kind, element):
        [one] = [one for one in NEEDS[rule].fhir if one["type"] == kind]

        assert element in one["mustSupport"]

    def test_what_only_a_questionnaire_can_carry(self):
        links = [one for each in NEEDS["competency.determination"].fhir for one in each.get("extension", ())]

        assert "assessments.conclusion" in {link.get("valueString") for link in links}

    def test_what_fhir_does_not_carry(self):
        """A draft of an answer is in no chart; whatever a chart holds comes in an element or a questionnaire."""
        assert "BeliefQuestion.asked_directly" in NEEDS["relationship.belief-reply"].elsewhere
        assert () == NEEDS["relationship.stage-of-change"].elsewhere


class TestWriting:
    """JSON, CSV and Markdown tell the same of every rule."""

    def test_json(self):
        document = json.loads(write_json(TOLD))

        assert IDS == [one["rule"] for one in document["rules"]]
        assert {13} == {len(one["attributes"]) for one in document["rules"]}
        assert [list(NEEDS[rule].fhir) for rule in IDS] == [one["dataRequirement"] for one in document["rules"]]
        assert "HTI-5" in document["notice"]
        assert "read second-hand" in document["notice"]

    def test_csv(self):
        rows = list(csv.DictReader(StringIO(write_csv(TOLD))))
        numbers = [(row["rule"], int(row["name"])) for row in rows if row["part"] == "attribute"]

        assert [(rule, number) for rule in IDS for number in range(1, 14)] == numbers
        assert {rule: set(reads(rule)) for rule in IDS} == {
            rule: {row["name"] for row in rows if (row["rule"], row["part"]) == (rule, "reads")} for rule in IDS
        }

    def test_markdown(self):
        page = write_markdown(TOLD)
        lines = page.splitlines()

        assert [f"## {rule}" for rule in IDS] == [line for line in lines if line.startswith("## ")]
        assert 13 * len(IDS) == sum(line.startswith("| (") for line in lines)
        assert {4} == {line.replace("\\|", "").count("|") for line in lines if line.startswith("| (")}
        assert "HTI-5" in page

    def test_a_bar_ends_no_cell(self):
        page = write_markdown(disclose(load_policy("US"), on=ON, maker=Maker(developer="a | b")))

        assert "| a \\| b |" in page

    def test_no_word_that_could_harm(self, banned):
        """But for the words of the regulation, and the names of sources."""
        said = [text for one in CARDS.values() for text in (*one.user, *one.population, *one.exclusions, *one.limits)]

        assert [] == [text for text in said if banned.search(text)]

    @pytest.mark.parametrize("form", ["json", "csv", "markdown"])
    def test_the_command(self, form):
        done = CliRunner().invoke(
            app, ["transparency", "--format", form, "--on", "2026-11-24", "--funding", "a\x1b[2J"]
        )

        assert 0 == done.exit_code
        assert "\x1b" not in done.stdout
        assert all(rule in done.stdout for rule in IDS)
