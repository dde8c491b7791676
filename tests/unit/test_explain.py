"""Findings into words: short, from the table of words, with a basis, and never more than is known."""

import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given

from alliance_core import Answer, Finding, Weight, explain, load_policy, read_chart, review_chart
from alliance_core.base.findings import Rule
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import Row, read_sources, read_table
from alliance_core.competency.deciders import DeciderKind
from alliance_core.competency.determination import Determination
from alliance_core.competency.escalation import Step
from alliance_core.competency.leaving import Departure
from alliance_core.competency.policy import DecisionRow, GroundRow, SurrogateRow
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent import Authority, Completeness, TreatmentKind
from alliance_core.consent.policy import ItemRow, RiskRow
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.diagnosis import Telling
from alliance_core.explanation import SUMMARY_LENGTH, Citation, WordRow, cite, phrase, words
from alliance_core.medicines import MedicineRow
from alliance_core.records import CircumstanceKind, Person
from alliance_core.relationship import Ending, Scale, Skipping, Stance
from alliance_core.review import RULES
from alliance_core.testing import REVIEW_DAY, charts

ON = REVIEW_DAY
POLICY = load_policy("US", ["nursing-facility", "part-d-mtm"])
POLICIES = [POLICY, load_policy("any"), load_policy("US-NH"), load_policy("US-CA"), load_policy("GB-EAW")]
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "native").glob("*.json"))
WORD_ROWS = read_table("words", WordRow)

VERDICTS = {
    "competency.determination": [("determination", one.value) for one in Determination],
    "competency.decider": [("decider", one.value) for one in DeciderKind],
    "competency.escalation": [("step", one.value) for one in Step],
    "competency.leaving": [("next", one.value) for one in Departure],
    "diagnosis.told": [("told", one.value) for one in Telling],
    "relationship.no-punishment": [("stance", one.value) for one in Stance],
    "relationship.ending-care": [("ending", one.value) for one in Ending],
    "relationship.order-of-options": [("order", one.value) for one in Skipping],
    "consent.authority": [("authority", one.value) for one in Authority],
    "consent.completeness": [
        ("completeness", one.value) for one in Completeness if one is not Completeness.NO_DISCUSSION
    ],
}


def longest(texts):
    return max(texts, key=len)


#: What is said in a discussion has its phrase in the tables that ask for it.
DISCUSSED = {
    f"discussed.{row.element}"
    for row in (*read_table("consent_items", ItemRow), *read_table("consent_risks", RiskRow))
    if row.says
}
DECISIONS = [row.decision for row in read_table("capacity_decisions", DecisionRow)]
MEDICINE = longest(row.name for row in read_table("medicines", MedicineRow))
ITEMS = {
    "competency": ["", "another-word", *DECISIONS, *(step.value for step in Step)],
    "deprescribing": ["", "US-DRR", MEDICINE, f"{MEDICINE} (subcutaneous)"],
    "diagnosis": [""],
    "consent": [f"{MEDICINE} early-education", *(f"{kind.value} event-not-recorded" for kind in TreatmentKind)],
    "invitations": [""],
    "links": [""],
    "relationship": ["", *(scale.value for scale in Scale)],
}


def every_finding():
    """Every rule with every answer, every verdict that it can rest on, and every item it can be about."""
    for rule, answer in product(RULES, (one for one in Answer if one is not Answer.NOT_APPLICABLE)):
        items = ITEMS[rule.id.partition(".")[0]]
        for verdict, item in product(VERDICTS.get(rule.id, [None]), items):
            yield finding(rule.id, answer, item=item, because=() if verdict is None else (verdict,), due_on=ON)


def finding(rule="diagnosis.told", answer=Answer.MET, **fields):
    return Finding(rule=rule, about="record", answer=answer, weight=Weight.REQUIRED, **fields)


def _own_words(told):
    """Return what this library says; a source's title and section are the source's own."""
    return "\n".join((told.summary, *told.detail))


def drawn(chart):
    for policy in POLICIES:
        for one in review_chart(chart, policy=policy, on=ON).findings:
            yield one, explain(one, policy=policy, on=ON)


# -- the words -------------------------------------------------------------------------------------------------------


class TestSummary:
    """A summary fits on a card, comes from the table of words, and says nothing that could harm."""

    def test_every_rule_with_every_answer(self, banned):
        made = [(one, explain(one, policy=POLICY).summary) for one in every_finding()]

        assert [text for _, text in made if len(text) > SUMMARY_LENGTH or text.endswith("…")] == []
        assert [text for _, text in made if banned.search(text)] == []
        assert [text for _, text in made if re.search(r"[{}]|^\W|_", text)] == []

    @given(charts())
    def test_drawn_charts(self, banned, chart):
        for one, told in drawn(chart):
            assert len(told.summary) <= SUMMARY_LENGTH
            assert not told.summary.endswith("…")
            assert not banned.search(_own_words(told)), one.key
            assert not re.search(r"[{}]", str(told)), one.key

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_examples(self, path, banned):
        for one, told in drawn(read_chart(path.read_bytes())):
            assert len(told.summary) <= SUMMARY_LENGTH
            assert not banned.search(_own_words(told)), one.key
            assert words()["say.other"] not in str(told), one.key

    def test_a_summary_that_is_too_long_is_cut(self):
        """Whatever a site calls its row, a card has no more room."""
        row = _own_row("x" * 300)
        policy = load_policy("US").with_rows([row])
        told = explain(finding("deprescribing.required-review", item=row.row_id, rows=(row.row_id,)), policy=policy)

        assert len(told.summary) == SUMMARY_LENGTH
        assert told.summary.endswith("…")

    def test_every_rule_says_something_by_itself(self):
        """Each rule has a phrase for when no more particular one fits, or one for each of its answers."""
        bare = {rule.id for rule in RULES if rule.id in words()}
        answered = {rule.id for rule in RULES if all(f"{rule.id}.{one}" in words() for one in ("met", "not-met"))}

        assert bare | answered == {rule.id for rule in RULES}

    def test_every_rule_has_a_short_name(self, banned):
        """A line of days to come has room for a name and no more."""
        named = {rule.id: words().get(f"short.{rule.id}", "") for rule in RULES}

        assert [rule for rule, name in named.items() if not 0 < len(name) <= 40 or banned.search(name)] == []

    def test_words_are_rows_of_one_language(self):
        """A key stands once in a language, and no text is empty."""
        keys = [(row.key, row.language) for row in WORD_ROWS]

        assert len(set(keys)) == len(keys)
        assert [row.key for row in WORD_ROWS if not row.text] == []
        assert words("xx") == {}


class TestPhrase:
    """Every path, verdict and word that a finding can carry has a phrase; nothing else of a record is repeated."""

    @given(charts())
    def test_paths_and_words(self, chart):
        said = words()
        for one, _ in drawn(chart):
            paths = {*one.missing, *(path for path, _ in one.because)}
            assert sorted(path for path in paths if f"say.{path}" not in said and path not in DISCUSSED) == []
            assert [pair for pair in one.because if not _is_sayable(*pair)] == []

    @pytest.mark.parametrize("pairs", VERDICTS.values(), ids=VERDICTS)
    def test_verdicts(self, pairs):
        assert [one for path, one in pairs if not _is_sayable(path, one)] == []

    @pytest.mark.parametrize(
        "word",
        [
            *DECISIONS,
            *(row.ground for row in read_table("capacity_grounds", GroundRow)),
            *(row.decider_class for row in read_table("surrogate_order", SurrogateRow)),
            *(row.phase for row in read_table("review_intervals", IntervalRow) if row.phase),
            *(f"circumstances.{kind.value}" for kind in CircumstanceKind),
            *(row.row_id for row in read_table("review_intervals", IntervalRow) if row.kind in {"law", "limit"}),
        ],
    )
    def test_words_of_the_tables(self, word):
        assert f"say.{word}" in words()

    def test_what_stands_as_it_is(self):
        """Days are ISO days, and a medicine is called by its name."""
        assert phrase("2026-11-24") == "2026-11-24"
        assert phrase("sertraline") == "sertraline"

    def test_routes(self):
        """A usual route is said; any other is the record's own text."""
        assert phrase("haloperidol (intramuscular)") == "haloperidol (intramuscular)"
        assert phrase("haloperidol (im)") == "haloperidol (intramuscular)"
        assert phrase("haloperidol (as Zebulon likes)") == "haloperidol"

    @pytest.mark.parametrize(
        "word", ["zebulon-quagmire", "Zebulon (oral)", "2026-11-24T10:00", "kind_of", "a\nb (c\nd)"]
    )
    def test_what_no_table_has_is_not_repeated(self, word):
        assert words()["say.other"] in phrase(word)
        assert word not in phrase(word)


def _is_sayable(path, value):
    """Whether a value is a day, an id that is only counted, or made of words that each have a phrase."""
    if path == "medications" or re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return True
    return all(f"say.{one}" in words() or f"say.{path}.{one}" in words() for one in value.split("|"))


@pytest.mark.parametrize(
    ("decision", "begins"),
    [
        ("", "A decision that is not named: "),
        ("zebulon-quagmire", "A decision that no table names: "),
        ("will", "making"),
    ],
)
def test_a_decision_is_called_by_the_tables_word(decision, begins):
    """What stands in the record as a decision is repeated only if a table has it."""
    told = explain(finding("competency.determination", Answer.CANNOT_TELL, item=decision), policy=POLICY)

    assert told.summary.startswith(begins)
    assert "zebulon" not in str(told)


@given(charts())
def test_no_free_text_reaches_the_words(chart):
    """Whatever a record's texts say, the words are the same."""
    plain = [str(told) for _, told in drawn(chart)]
    marked = [str(told) for _, told in drawn(_marked(chart))]

    assert plain == marked
    assert not any("Quagmire" in text for text in marked)


def _marked(chart):
    """Return the chart with a marker in the texts that no rule resolves."""
    revisions = tuple(
        changed(one, told_by="Quagmire", patient_view="Quagmire", evidence_for="Quagmire") for one in chart.revisions
    )
    decisions = tuple(
        changed(
            one, deciders=tuple(changed(d, name="Quagmire") for d in one.deciders) if one.deciders else one.deciders
        )
        for one in chart.decisions
    )
    listed = tuple(
        changed(
            one,
            prescriber=f"Quagmire {one.prescriber}" if one.prescriber is not None else None,
            indication_text="Quagmire" if one.indication_text else one.indication_text,
        )
        for one in chart.medications or ()
    )
    return changed(
        chart, revisions=revisions, decisions=decisions, medications=listed if chart.medications else chart.medications
    )


def test_what_is_read_is_said_in_words():
    """Several words of which one holds are joined by *or*; ids of entries are counted and not shown."""
    one = finding(
        "deprescribing.review",
        Answer.CANNOT_TELL,
        item="sertraline",
        because=(("phase", "stabilization|maintenance"), ("medications.started_on", "2026-01-02")),
        missing=("medications.remission",),
    )
    unknown = finding(
        "deprescribing.medicine-known", Answer.CANNOT_TELL, because=(("medications", "id-1"), ("medications", "id-2"))
    )

    assert explain(one, policy=POLICY).detail[1:] == (
        "Read: phase of treatment: stabilization or maintenance; when it was started: 2026-01-02",
        "Not recorded: remission and since when",
    )
    assert explain(unknown, policy=POLICY).summary == (
        "Not known to the medicines table: 2 on the list; their review day cannot be told"
    )
    assert "id-1" not in str(explain(unknown, policy=POLICY))


def test_what_was_waived_is_said_as_the_table_says_it():
    waived = finding("consent.completeness", because=(("waived", "outcome-range"),))

    assert explain(waived, policy=POLICY).detail[1:] == (
        "Read: would rather not hear: how differently it may turn out",
    )


def test_one_word_may_mean_two_things():
    """A verdict is said as a verdict where a fact has the same name."""
    one = finding("competency.determination", because=(("determination", "activated"),), missing=("activated",))

    assert explain(one, policy=POLICY).detail[1:] == (
        "Read: determination: an agent's authority is active",
        "Not recorded: whether an agent's authority was activated",
    )


@pytest.mark.parametrize(
    "step", [Step.COUNSEL, Step.COURT, Step.ETHICS_OR_COUNSEL, Step.ROUTE], ids=lambda step: step.value
)
def test_a_step_that_was_taken_is_not_asked_for_again(step):
    """What a consultation leaves to be weighed is said as that, and not as a consultation still to come."""
    because = (("step", step.value),)
    taken = explain(finding("competency.escalation", Answer.JUDGEMENT, because=because), policy=POLICY).summary
    due = explain(finding("competency.escalation", Answer.NOT_MET, because=because), policy=POLICY).summary

    assert taken != due
    assert re.search(r"was asked|is recorded", taken)
    assert not re.search(r": (ask|seek|consult) ", taken)


def test_what_was_not_done_is_to_do():
    """A missing fact is to be recorded where nobody can tell, and to be done where it was not done."""
    open_, undone = (
        finding("diagnosis.reasons", answer, missing=("reasons_recorded",))
        for answer in (Answer.CANNOT_TELL, Answer.NOT_MET)
    )

    assert explain(open_, policy=POLICY).detail[-1] == "Not recorded: the reasons in detail"
    assert explain(undone, policy=POLICY).detail[-1] == "To do or to record: the reasons in detail"


# -- days ------------------------------------------------------------------------------------------------------------


def _due(rule, answer, row_id, on, policy=POLICY, due_on=ON):
    return explain(finding(rule, answer, rows=(row_id,), due_on=due_on), policy=policy, on=on).detail[1]


BEFORE, AFTER = ON - timedelta(days=1), ON + timedelta(days=1)
OURS, LAWS = "ENG-benzodiazepine-maintenance", "US-DRR"


@pytest.mark.parametrize(
    ("row_id", "answer", "on", "expected"),
    [
        (OURS, Answer.MET, BEFORE, "Our suggested date (adjustable): 2026-11-24"),
        (OURS, Answer.NOT_MET, ON, "Our suggested date is today (adjustable): 2026-11-24"),
        (OURS, Answer.NOT_MET, AFTER, "Our suggested date has passed (adjustable): 2026-11-24"),
        (OURS, Answer.NOT_MET, None, "Our suggested date has passed (adjustable): 2026-11-24"),
        (
            OURS,
            Answer.CANNOT_TELL,
            AFTER,
            "Our suggested date (adjustable): 2026-11-24; whether it was done cannot be told",
        ),
        (LAWS, Answer.MET, BEFORE, "Due on 2026-11-24"),
        (LAWS, Answer.NOT_MET, ON, "Due today: 2026-11-24"),
        (LAWS, Answer.NOT_MET, AFTER, "Was due on 2026-11-24"),
        (LAWS, Answer.NOT_MET, None, "Was due on 2026-11-24"),
        (LAWS, Answer.CANNOT_TELL, AFTER, "Due on 2026-11-24; whether it was done cannot be told"),
    ],
)
def test_a_day_says_whose_it_is(row_id, answer, on, expected):
    """Law was due on its day; our own day is suggested, adjustable, and has passed only if it has."""
    assert _due("deprescribing.review", answer, row_id, on).startswith(expected)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(BEFORE, "(adjustable)"), (None, "(adjustable)"), (ON, "is today"), (AFTER, "has passed")],
)
def test_a_step_not_done_is_not_late_before_its_day(on, expected):
    """Where the answer does not go by the day, the day has passed only if the review day shows it."""
    text = _due("competency.escalation", Answer.NOT_MET, "CLK-GE-1", on)

    assert text.startswith("Our suggested date")
    assert expected in text
    assert ("has passed" in text) is (on == AFTER)


def test_a_judgement_is_not_late():
    """A person weighs it; nothing says that it was not done."""
    text = _due("competency.escalation", Answer.JUDGEMENT, "CLK-CN-1", AFTER)

    assert text == "Our suggested date (adjustable): 2026-11-24"


def test_the_notice_time_ends():
    """The day of a notice is no day on which anything is due."""
    policy = load_policy("US-MA")

    assert _due("competency.leaving", Answer.JUDGEMENT, "CLK-MA-1", ON, policy).startswith(
        "The notice time ends on 2026-11-24 as its row counts"
    )


def test_a_guideline_of_another_country_is_a_suggestion_after_it():
    """A guideline binds in its own country; elsewhere our date says which guideline it follows."""
    row = next(
        row
        for row in POLICY.rows()
        if isinstance(row, IntervalRow) and row.binds_in and row.binds_in != "US" and row.lane is Basis.GUIDELINE
    )
    home = load_policy(row.binds_in)
    title = read_sources()[row.source_id].title

    abroad = _due("deprescribing.review", Answer.NOT_MET, row.row_id, AFTER)
    assert abroad == f"Our suggested date has passed (adjustable): 2026-11-24; after {title}"
    assert _due("deprescribing.review", Answer.NOT_MET, row.row_id, AFTER, home) == "Was due on 2026-11-24"


# -- sources ---------------------------------------------------------------------------------------------------------


def test_a_finding_without_rows_cites_its_rule():
    """Everything rests on something: a row, or else the rule's own source."""
    one = explain(finding("deprescribing.history"), policy=POLICY).sources

    assert [(cited.row, cited.title) for cited in one] == [("", read_sources()["seed"].title)]
    assert str(one[0]).endswith("Continued Treatment Evaluation (the article this library encodes; source read)")


def test_a_row_is_cited_before_the_rule():
    """A reader sees the row that was used, and the rule that asked."""
    one = explain(finding(rows=("DXE-1",)), policy=POLICY).sources

    assert [cited.row for cited in one] == ["DXE-1", ""]
    assert one[0].url == read_sources()["seed"].url


def test_what_nobody_has_read_is_unverified_and_practice():
    """A row that nobody read is never shown as law, whatever it says of itself."""
    unread = [row for policy in POLICIES for row in policy.rows() if row.seen is Seen.NOT_READ and row.is_law]
    cited = [cite(row) for row in unread]

    assert unread
    assert {"practice; adjustable"} == {one.basis for one in cited}
    assert {"not read; unverified"} == {one.seen for one in cited}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (Seen.PRIMARY, "a review that law asks for was due"),
        (Seen.SECONDARY, "that law asks for"),
        (Seen.NOT_READ, "day"),
    ],
)
def test_law_is_called_law_only_if_someone_read_it(seen, expected):
    """An unread row joins the practice lane in every line: the summary, the day, the source."""
    policy = _with_changed_row("US-DRR", seen=seen)
    told = explain(
        finding("deprescribing.required-review", Answer.NOT_MET, item="US-DRR", rows=("US-DRR",), due_on=ON),
        policy=policy,
        on=AFTER,
    )

    assert expected in told.summary
    assert ("law" in told.summary) is (seen is not Seen.NOT_READ)
    assert told.detail[1].startswith("Our suggested date" if seen is Seen.NOT_READ else "Was due on")


def test_guidance_is_not_called_law():
    """What a regulator only advises is no law."""
    told = explain(
        finding("deprescribing.required-review", Answer.MET, item="US-MTM-CMR1", rows=("US-MTM-CMR1",), due_on=ON),
        policy=POLICY,
    )

    assert told.summary == "First comprehensive medication review: next review by 2026-11-24"


def _with_changed_row(row_id, **fields):
    own = POLICY.deprescribing
    rows = tuple(changed(row, **fields) if row.row_id == row_id else row for row in own.timeline.rows)
    made = type(own).of(*rows, medicines=own.medicines, jurisdiction=own.jurisdiction, overlays=own.overlays)
    return changed(POLICY, deprescribing=made)


def _own_row(row_id, **fields):
    shipped = POLICY.row("ENG-antidepressant-maintenance")
    own = {"source_id": "site:Harbor", "basis": Basis.PRACTICE, "seen": Seen.PRIMARY, "locator": ""}
    return changed(shipped, row_id=row_id, **{**own, **fields})


def test_a_sites_row_is_cited_by_the_sites_name():
    """A site's own value says whose it is, and claims no source of ours."""
    row = _own_row("harbor-1", note="agreed in May")

    assert cite(row) == Citation(
        row="harbor-1",
        basis="practice; adjustable",
        seen="source read",
        title="Harbor",
        locator="",
        url="",
        note="agreed in May",
    )
    assert str(cite(row)) == "Harbor (practice; adjustable; source read)"


def test_a_locator_of_none_is_not_shown():
    """Some sources have no sections."""
    row = Row(row_id="x", jurisdiction="any", basis=Basis.LAW, seen=Seen.PRIMARY, source_id="seed", locator="none")

    assert cite(row).locator == ""


def test_a_source_past_its_day_says_so():
    """What should have been looked at again is named, from that day on and only when a day is given."""
    row = POLICY.row("DXE-1")
    late = f"Row DXE-1 was to be looked at again by {row.review_by}; check that its source still says so"

    assert late in explain(finding(rows=("DXE-1",)), policy=POLICY, on=row.review_by).detail
    assert late not in explain(finding(rows=("DXE-1",)), policy=POLICY, on=row.review_by - timedelta(days=1)).detail
    assert late not in explain(finding(rows=("DXE-1",)), policy=POLICY).detail


def test_an_explanation_as_text():
    """The summary first, the detail below it, the sources last."""
    told = str(explain(finding(because=(("told", "told-before-or-with"),), rows=("DXE-1",)), policy=POLICY))
    lines = told.splitlines()

    assert lines[0] == "The patient was told of the revised diagnosis before it or with it"
    assert lines[2] == "  Read: whether the patient was told: told before the change or with it"
    assert [line[:9] for line in lines[3:]] == ["  Basis: ", "  Basis: "]


def test_a_finding_without_a_day_says_so():
    """Where no day can be told, none is made up."""
    told = explain(finding("deprescribing.review", Answer.CANNOT_TELL, item="sertraline"), policy=POLICY)

    assert told.summary == "sertraline: whether it was reviewed in time cannot be told; day given: none"


def test_rules_are_what_is_explained():
    """The first line of the detail is the rule itself."""
    rules: dict[str, Rule] = {rule.id: rule for rule in RULES}

    assert [explain(finding(one), policy=POLICY).detail[0] for one in rules] == [one.says for one in rules.values()]


def test_a_presumed_capacity_is_never_called_recorded():
    """The presumption is said as such."""
    record = DecisionCapacity(id="d", decision="placement", person=Person(id="p", born_on="1980"))
    chart = read_chart({"id": "c", "person": {"id": "p", "born_on": "1980"}})
    review = review_chart(changed(chart, decisions=(record,)), policy=POLICY, on=date(2026, 11, 24))
    told = [explain(one, policy=POLICY).summary for one in review.findings if one.rule == "competency.determination"]

    assert told == ["placement: capacity is presumed; whether anyone doubts it is not recorded"]
