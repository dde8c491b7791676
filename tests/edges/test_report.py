"""The page that a clinician sees: all that is open, what is due when, no request, and a chart's words stay text."""

import json
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from alliance_core import Answer, Audience, Chart, Person, Recorded, forecast, load_policy, read_chart, review_chart
from alliance_core.base.kinds import changed
from alliance_core.competency import Decider, DecisionCapacity
from alliance_core.consent import ConsentDiscussion
from alliance_core.consent.records import ConsentDecision, DecidedBy, TreatmentEvent
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.edges.cli.app import app
from alliance_core.edges.plain import harmless
from alliance_core.edges.report import css_text, write_report
from alliance_core.edges.report.ahead import LINES, look_ahead
from alliance_core.edges.report.people import People
from alliance_core.edges.report.sheets import listed, sheet_of
from alliance_core.explanation import explain, words
from alliance_core.invitations.records import InvitationProposal, PatientChoice, SafetyGate, ThreatJudgement
from alliance_core.records import Coding, OtherPerson, Problem
from alliance_core.review import AREAS
from alliance_core.testing import charts

ON = date(2026, 11, 24)
POLICY = load_policy("US")
NATIVE = Path(__file__).parents[2] / "examples" / "native"
PATIENTS = sorted(path.stem for path in NATIVE.glob("*.json"))
MARKS = "\u0336\u0301\u0302\u0303\u0304"
HOSTILE = f"<script>alert(1)</script>\"'&\u202eevil{MARKS * 3}\x1b[31m</style>{{{{7*7}}}}"
YES, NO = Recorded.YES, Recorded.NO


def chart(name):
    return read_chart((NATIVE / f"{name}.json").read_bytes())


def reviewed(name):
    return review_chart(chart(name), policy=POLICY, on=ON)


def review(**records):
    made = Chart(id="c", person=Person(id="p", born_on="1980-05-05"), **records)
    return review_chart(made, policy=POLICY, on=ON)


class Reader(HTMLParser):
    """The text, the tags and the addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.ids, self.open, self.texts, self.styles = set(), [], [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open += [] if tag == "meta" else [tag]
        fields = dict(attrs)
        self.addresses += [fields[name] for name in ("href", "src", "action", "data") if name in fields]
        self.ids += [fields["id"]] if "id" in fields else []

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        (self.styles if self.open[-1:] == ["style"] else self.texts).append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def page(*reviews, audience=Audience.CLINICIAN, **more):
    return write_report(reviews, audience=audience, **more)


def text(*reviews, **more):
    return Reader(page(*reviews, **more)).text


def articles(made):
    """Return the text of each open finding."""
    return [Reader(one).text for one in re.findall(r"<article.*?</article>", made, re.DOTALL)]


def spaced(said):
    return " ".join(said.split())


def undated(said):
    """The days of a text are set apart on the page, so that spaces come around them."""
    return spaced(re.sub(r"([0-9]{4}-[0-9]{2}-[0-9]{2})", r" \1 ", said))


REVISIT = date(2027, 1, 4)


def refused(name, nominee="n", **facts):
    """Return an invitation to which nothing is missing: the patient said no, and it may be taken up again on a day."""
    gate = ("fears_nominee", "violence_or_control", "protective_order", "abuse_or_exploitation")
    known = {
        "nominee_person": OtherPerson(id=nominee, is_adult=YES, name=nominee),
        "gate": SafetyGate(asked_alone=YES, asked_on=ON, screens=(), **dict.fromkeys(gate, NO)),
        "threat": ThreatJudgement(serious_and_imminent=NO),
        "patient_choice": PatientChoice.NO,
        "asked_on": ON,
        "revisit_on": REVISIT,
    }
    return InvitationProposal(id=name, nominee=nominee, **known | facts)


class TestFindings:
    """Each open finding stands there once, heaviest first, with all that is known of it."""

    @pytest.mark.parametrize("name", PATIENTS)
    def test_every_open_finding(self, name):
        """What it is, when, what was read, what is missing, what is asked, and each source with who read it."""
        found = reviewed(name)
        shown = articles(page(found))

        assert len(found.open) == len(shown)
        for finding, article in zip(found.open, shown, strict=True):
            why = explain(finding, policy=POLICY, on=ON)
            read = [f"{what}: {said}" for what, said in why.read]
            for said in (why.summary, why.due, *read, *why.missing, why.says, *why.stale):
                assert undated(said) in article
            for source in why.sources:
                stands = f"{source.basis} {source.seen} {', '.join(filter(None, (source.title, source.locator)))}"
                assert spaced(stands) in article
                assert source.row in article
            assert words()["report.changes"] in article

    @pytest.mark.parametrize("name", PATIENTS)
    def test_every_settled_finding(self, name):
        """What is recorded or in time stands below with its sources."""
        found = reviewed(name)
        below = text(found).partition(words()["report.settled"] + " (")[2]

        for finding in found.findings:
            if not finding.is_open:
                why = explain(finding, policy=POLICY)
                assert undated(why.summary) in below
                assert all(source.title in below for source in why.sources)

    def test_sources_of_the_page(self):
        """Each source stands once, with its address as text: nothing on the page can be followed by mistake."""
        made = page(reviewed("marcus"))

        assert 1 == made.count("https://www.legislation.gov.uk/ukpga/2005/9")
        assert "The Therapeutic Alliance (Miller) (Psychiatric Times, 42(5), 2025; last checked on" in Reader(made).text

    def test_a_source_of_a_site(self):
        assert ["Our guideline"] == [one.title for one in listed(["site:Our guideline", "site:Our guideline"])]

    def test_what_nobody_read_is_marked(self):
        """A dashed frame and the words say it without color."""
        unread = '<span class="tag seen unread">not read; unverified</span>'

        assert unread in page(review(invitations=(refused("i", substance_program=YES),)))
        assert unread not in page(reviewed("omar"))

    def test_what_a_source_has_to_be_looked_at_again(self):
        late = review_chart(chart("omar"), policy=POLICY, on=date(2030, 1, 1))

        assert "was to be looked at again by" in text(late)

    def test_nothing_open(self):
        said = text(reviewed("rosa-resolved"))

        assert "To look at (0) No open finding under this policy; that does not show that what is recorded" in said

    def test_rules_and_records_that_are_not_read_are_counted(self):
        later = DiagnosisRevision(id="r", revised_on=ON + timedelta(days=9))

        assert "Records dated after that day and not read: 1." in text(review(revisions=(later,)))
        assert re.search(r"Rules with no question here: [0-9]+\.", text(review()))


class TestWhen:
    """What is due when: each day given, and each day on which an answer changes by itself."""

    def test_a_table(self):
        said = text(reviewed("nina-resolved"))

        assert undated("2026-12-21 Escitalopram cannot tell escitalopram: whether it was reviewed in time") in said
        assert undated("2027-03-21 Escitalopram not done escitalopram: review of whether it is still") in said

    def test_what_was_due_comes_first(self):
        """A day that has passed stands in the table and in the drawing."""
        said = text(reviewed("walter"))

        assert undated("2026-10-15 Gabapentin not done gabapentin: review of whether") in said
        assert spaced("not done since 2026-10-15") in said

    def test_no_day(self):
        assert "No day is given for what is open, and no answer changes by itself." in text(review())

    def test_only_what_was_asked(self):
        """A review of one area looks ahead in that area alone."""
        only = review_chart(chart("walter"), policy=POLICY, on=ON, areas=["consent"])

        assert "Whole regimen" not in text(only)

    def test_what_is_not_drawn_is_in_the_table(self):
        found = review(invitations=tuple(refused(f"i{number}") for number in range(LINES + 3)))
        sheet = sheet_of(1, found)

        assert (LINES, 3) == (len(sheet.drawing.lanes), sheet.drawing.more)
        assert LINES + 3 == len([one for one in sheet.days if one.on == REVISIT])
        assert "Lines that are in the table only: 3" in text(found)

    @settings(max_examples=15)
    @given(charts(), st.integers(0, 364))
    def test_any_day_within_the_year(self, chart, days):
        """What is drawn for a day is what a review on that day says: to look ahead is to review again."""
        today = review_chart(chart, policy=POLICY, on=ON)
        outlook = look_ahead(today)
        then = review_chart(chart, policy=POLICY, on=ON + timedelta(days=days))
        answers = {one.key: one.answer for one in then.findings}

        assert answers.keys() <= outlook.turns.keys()
        for key, turns in outlook.turns.items():
            last = [turn for turn in turns if turn.on <= then.on][-1]
            assert answers.get(key, Answer.NOT_APPLICABLE) is last.answer

    @settings(max_examples=15)
    @given(charts())
    def test_every_day_is_told(self, chart):
        """Each day on which an answer changes stands in the table and with its finding; so does each day given."""
        today = review_chart(chart, policy=POLICY, on=ON)
        sheet = sheet_of(1, today)
        told = {one.on for one in sheet.days}
        ahead = forecast(chart, policy=POLICY, on=ON, until=sheet.outlook.window.last)
        changes = [
            after.on
            for before, after in pairwise(ahead)
            if {one.key: one.answer for one in before.findings} != {one.key: one.answer for one in after.findings}
        ]

        assert set(changes) <= told
        for finding in today.open:
            assert finding.due_on is None or finding.due_on > sheet.outlook.window.last or finding.due_on in told

    def test_by_itself(self):
        """What changes without anybody's doing stands with the finding, as the table has it."""
        settled = text(reviewed("walter")).partition("Recorded or in time (")[2]

        assert undated("by itself on 2027-01-15: cannot tell; by itself on 2027-07-15: not done") in undated(settled)

    @settings(max_examples=15)
    @given(charts())
    def test_spans_fill_the_year(self, chart):
        """A line is drawn whole: its parts follow one another, from the first day to the last."""
        drawing = sheet_of(1, review_chart(chart, policy=POLICY, on=ON)).drawing

        for lane in drawing.lanes if drawing else ():
            ends = [0, *(round(one.left + one.width, 2) for one in lane.spans)]
            assert ends[:-1] == [one.left for one in lane.spans]
            assert 100 == ends[-1]
            assert all(one.word for one in lane.spans)

    def test_at_the_end_of_the_calendar(self):
        last = review_chart(chart("walter"), policy=POLICY, on=date.max)

        assert "9999-12-31" in page(last)


class TestClinic:
    """Several charts on one page: a list of them, the heaviest first, and the days to come."""

    def test_heaviest_first(self):
        made = text(reviewed("nina-resolved"), reviewed("walter"), reviewed("omar"), reviewed("marcus"))
        order = [made.index(f"Chart {number} of 4: {name}") for number, name in enumerate(ORDER, 1)]

        assert sorted(order) == order

    def test_contents(self):
        """Each chart with how much of which weight is open, the first of it, and the next day."""
        made = page(reviewed("omar"), review())

        assert 'href="#c2"' in made
        first = "omar 1 essential, 2 asked for Tell the patient about the revised diagnosis 2026-12-07"
        assert undated(first) in undated(Reader(made).text)
        assert "none within a year" in Reader(made).text

    def test_days_to_come(self):
        said = text(reviewed("omar"), reviewed("walter"))

        assert "2026-12-07 omar Lamotrigine not done 2027-01-12 omar Discussion: lamotrigine (start) no longer" in said
        assert "2027-01-15 walter Whole regimen cannot tell" in said

    def test_how_many_over_time(self):
        """For each chart the number that is open, as its reviews on those days have it."""
        made = page(reviewed("omar"), reviewed("nina-resolved"))
        drawn = re.findall(r'<span class="part (?:some|none)"[^>]*>(\d+)</span>', made)

        assert ["3", "4", "3", "4", "5", "1", "3", "4"] == drawn

    def test_reviews_of_several_days(self):
        """One time is drawn for all, from the first day to the last."""
        later = review_chart(chart("omar"), policy=POLICY, on=ON + timedelta(days=100))

        assert "In the clinic until 2028-03-04" in text(later, reviewed("nina"))

    def test_no_chart(self):
        assert "Reviews of 0 charts" in text()


ORDER = ("marcus", "omar", "walter", "nina-resolved")


# -- who reads -------------------------------------------------------------------------------------------------------

SISTER = OtherPerson(id="sister", name="Ana Madeup", relationship="sister")


def peopled(**facts):
    """Return a review that is about people: a nominee, a decider, and a diagnosis that the patient was not told."""
    lack = DecisionCapacity(
        id="d", decision="medication", concern=YES, deciders=(Decider(id="g", decider_class="guardian", name="Gus"),)
    )
    talk = ConsentDiscussion(
        id="t",
        event=TreatmentEvent.START,
        treatment="sertraline",
        discussed_on=ON,
        decided_by=DecidedBy.LAWFUL_DECIDER,
        decision=ConsentDecision.AGREED,
        decider="g",
    )
    proposal = InvitationProposal(id="i", nominee="sister", purpose="what she saw", would_help_diagnosis=YES)
    given = {
        "people": (SISTER,),
        "invitations": (proposal,),
        "decisions": (lack,),
        "consents": (talk,),
        "problems": (Problem(id="pb", text="Bipolar II disorder"),),
        "revisions": (DiagnosisRevision(id="r", problem="pb", told=NO, revised_on=date(2026, 10, 1)),),
    }
    return review(**given | facts)


class TestPeople:
    """Whom a finding is about stands with it, in the record's words, for the clinician alone."""

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ("invitations.asked", "Nominee sister, Ana Madeup Purpose, as written what she saw"),
            ("competency.decider", "Decider a guardian, Gus"),
            ("consent.authority", "Decider a guardian, Gus"),
            ("links.decider-authority", "Decider a guardian, Gus"),
            ("diagnosis.told", "Diagnosis, as written Bipolar II disorder"),
        ],
    )
    def test_clinician(self, rule, said):
        found = peopled()
        place = next(n for n, one in enumerate(found.open) if one.rule == rule)

        assert said in articles(page(found))[place]

    def test_portal(self):
        """Before a portal nobody is named: not the nominee, nor a decider, nor a diagnosis that was not told."""
        made = write_report([peopled()])

        for said in ("sister", "Ana Madeup", "what she saw", "Gus", "Bipolar", "Nominee", "Decider"):
            assert said not in made

    @settings(max_examples=15)
    @given(charts(texts=st.just("planted-marker")))
    def test_no_text_of_a_record_reaches_a_portal(self, chart):
        """Whatever is written in a chart, none of it but its id is repeated before a portal."""
        made = write_report([review_chart(chart, policy=POLICY, on=ON)], remarks=["planted-marker"])

        assert "planted-marker" not in made

    def test_a_nominee_of_whom_only_the_id_is_known(self):
        found = peopled(people=())

        assert "Nominee sister Purpose" in text(found)

    def test_a_consent_of_someone_among_the_people(self):
        """Who decided may be known as a person only; a consent whose decider nobody knows names none."""
        talk = peopled().reviewed.consents[0]

        assert "Decider sister, Ana Madeup" in text(peopled(consents=(changed(talk, decider="sister"),), decisions=()))
        assert "Decider" not in text(peopled(consents=(changed(talk, decider="?"),), decisions=()))

    def test_a_diagnosis_by_its_code(self):
        coded = Problem(id="pb", codes=(Coding(system="s", code="c"), Coding(system="s", code="d", display="Named")))

        assert "Diagnosis, as written Named" in text(peopled(problems=(coded,)))
        assert "Diagnosis, as written" not in text(peopled(problems=()))

    def test_two_nominees_are_told_apart_in_the_table(self):
        """A line that two findings share says whom each is about."""
        sheet = sheet_of(1, review(invitations=(refused("i1", nominee="Ana"), refused("i2", nominee="Ben"))))

        assert ["Ana", "Ben"] == [one.who for one in sheet.days if one.on == REVISIT]
        assert {"Ana", "Ben"} == {one.who for one in sheet.drawing.lanes}

    def test_long_words_are_cut(self):
        long = changed(SISTER, name="x" * 900)

        assert "x" * 200 + "…" in text(peopled(people=(long,)))
        assert "x" * 201 not in text(peopled(people=(long,)))

    def test_audience(self):
        """Without a word about who reads, the page is written for the most careful reader."""
        assert "anyone beside the patient" in Reader(write_report([reviewed("omar")])).text
        assert "Written for the clinician" in text(reviewed("omar"))

    def test_remarks(self):
        """What could not be read stands at the top for the clinician; it may name files, and patients."""
        assert "Not all could be read bad.json: not readable" in text(remarks=["bad.json: not readable"])
        assert "bad.json" not in write_report([], remarks=["bad.json: not readable"])

    def test_nobody(self):
        nobody = People(nominees={}, deciders={}, revisions={})

        assert {()} == {nobody.of(one) for one in peopled().findings}


# -- the rim ---------------------------------------------------------------------------------------------------------


def hostile(**facts):
    """Return a review of a chart in which everything that a person can write is hostile."""
    sister = OtherPerson(id="sister", name=MARKS + HOSTILE, relationship=HOSTILE)
    decider = Decider(id="g", decider_class="guardian", name=HOSTILE)
    return peopled(
        people=(sister,),
        invitations=(InvitationProposal(id="i", nominee="sister", purpose=HOSTILE, would_help_diagnosis=YES),),
        decisions=(DecisionCapacity(id="d", decision="medication", concern=YES, deciders=(decider,)),),
        problems=(Problem(id="pb", text=HOSTILE),),
        **facts,
    )


class TestRim:
    """The page runs nothing, asks for nothing, and nothing of a chart is more than text."""

    def test_no_request(self):
        found = Reader(page(reviewed("omar"), reviewed("marcus")))

        assert {"script", "link", "img", "iframe", "object", "form", "svg"}.isdisjoint(found.tags)
        assert all(one.startswith("#") for one in found.addresses)
        assert "url(" not in page(reviewed("omar"))

    @pytest.mark.parametrize("number", [1, 2])
    def test_hostile(self, number):
        """Names, notes and relationships made of markup, of turned letters and towers of marks stay what they are."""
        found = hostile()
        named = review_chart(changed(found.reviewed, id=HOSTILE), policy=POLICY, on=ON)
        made = page(*(named, found)[:number], remarks=[HOSTILE])
        read = Reader(made)

        assert {"script"}.isdisjoint(read.tags)
        assert 7 <= read.text.count("<script>alert(1)</script>")
        assert "{{7*7}}" in read.text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", made)
        assert not re.search("[\u0300-\u036f]{5}", made)
        assert 1 == len(re.findall("</style>", made))

    def test_a_name_stays_its_own_direction(self):
        """What is written is kept apart from our words, whichever way it runs."""
        made = page(peopled(people=(changed(SISTER, name="שרה", relationship="אחות"),)))

        assert "<bdi>אחות, שרה</bdi>" in made

    def test_style_sheet(self):
        """The name of a chart on each printed page stands in the style sheet as codes alone."""
        named = review_chart(changed(chart("omar"), id=HOSTILE), policy=POLICY, on=ON)
        [style] = Reader(page(named)).styles
        contents = re.findall(r'content: "([^"]*)"', style)

        assert all(re.fullmatch(r"(?:[a-zA-Z0-9]|\\[0-9a-f]{6})*", one) for one in contents)
        assert css_text("<script>") in style
        assert "\\00003c\\00002fstyle\\00003e" == css_text("</style>")

    @settings(max_examples=20)
    @given(charts())
    def test_any_chart(self, chart):
        """Any chart gives a well-formed page whose ids are its own."""
        found = Reader(page(review_chart(chart, policy=POLICY, on=ON)))

        assert [] == found.open
        assert len(set(found.ids)) == len(found.ids)

    @settings(max_examples=15)
    @given(charts())
    def test_same_input_same_page(self, chart):
        made = review_chart(chart, policy=POLICY, on=ON)

        assert page(made) == page(review_chart(chart, policy=POLICY, on=ON))

    def test_areas(self):
        """Each area alone gives a page."""
        for area in AREAS:
            assert "Review of one chart" in text(review_chart(chart("marcus"), policy=POLICY, on=ON, areas=[area]))


class TestHarmless:
    """Text stays readable in every language; what would hide or reorder other text is written out."""

    @pytest.mark.parametrize("name", ["Zoë", "Ze\u0308", "Nguyễn", "e\u0302\u0323", "שָׁלוֹם", "محمد", "李", "नेहा"])
    def test_names(self, name):
        assert name == harmless(name)

    @pytest.mark.parametrize(
        ("written", "shown"),
        [
            ("\u0301a", "\\u0301a"),
            ("a" + "\u0301" * 4, "a" + "\u0301" * 4),
            ("a" + "\u0301" * 5, "a" + "\u0301" * 4 + "\\u0301"),
            ("a\u202eb", "a\\u202eb"),
            ("a\u200bb", "a\\u200bb"),
            ("a\u3000b", "a b"),
            ("a\nb", "a\\nb"),
            ("\ud800", "\\ud800"),
        ],
    )
    def test_codes(self, written, shown):
        assert shown == harmless(written)


class TestCommand:
    """`--format html` writes the page in ASCII, and what could not be read to standard error, too."""

    def run(self, *paths):
        return CliRunner().invoke(app, ["review", *map(str, paths), "--on", ON.isoformat(), "--format", "html"])

    def test_command(self):
        done = self.run(NATIVE)

        assert (0, True) == (done.exit_code, done.stdout.isascii())
        assert len(list(NATIVE.glob("*.json"))) == Reader(done.stdout).text.count("Reviewed on 2026-11-24")

    def test_with_a_failure(self, tmp_path):
        """A chart that is missing from the page is named on it."""
        (tmp_path / "bad.json").write_text("{")
        done = self.run(tmp_path)

        assert (2, True) == (done.exit_code, "not readable" in done.stderr)
        assert "bad.json" in Reader(done.stdout).text

    def test_what_was_not_understood(self, tmp_path):
        """Nothing is lost silently between a bundle and the page."""
        patient = {"resourceType": "Patient", "id": "p"}
        stray = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/other"}}
        entries = [{"resource": one} for one in (patient, stray)]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        (tmp_path / "bundle.json").write_text(json.dumps(bundle))
        said = Reader(self.run(tmp_path).stdout).text

        assert re.search(r"bundle\.json: resources 2: used 1; not needed 0; not understood 1", said)
        assert "bundle.json: not understood: Condition" in said


def test_every_phrase_of_the_page_is_used():
    """No word for the page is left over, and none is missing: each is asked for in its template or its modules."""
    package = Path(__file__).parents[2] / "src" / "alliance_core" / "edges" / "report"
    written = "".join(path.read_text("utf-8") for path in sorted(package.iterdir()) if path.is_file())
    asked = set(re.findall(r"""(?:say\(|report\.)["']?([a-z.-]+)["']""", written))
    asked |= {other for _, other in re.findall(r"""say\(("[a-z.-]+") if [^)]+ else "([a-z.-]+)""", written)}
    families = ("audience.", "changes.", "footer.", "legend.", "who.")
    keys = {key.removeprefix("report.") for key in words() if key.startswith("report.")}

    assert {one for one in asked if not one.startswith(families)} == {
        one for one in keys if not one.startswith(families)
    }
