"""CDS Hooks: every field of a message survives, cards are few and honest, and what is drafted is asked about."""

import json
import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Answer, Audience, ChartError, Finding, load_policy, review_chart
from alliance_core.base.findings import Weight
from alliance_core.edges.cds_hooks import (
    OFFERS,
    Discovery,
    FeedbackBody,
    MissingPrefetchError,
    Request,
    Response,
    Service,
    UnknownServiceError,
    card_uuid,
    cards_of,
    discovery,
    outcomes,
    override_reasons,
    read_message,
    respond,
    write_message,
)
from alliance_core.edges.cds_hooks.cards import MOST, indicator_of
from alliance_core.edges.cds_hooks.models import Action, Card, Coding, FhirAuthorization, Link, Suggestion
from alliance_core.edges.fhir import read_bundle
from alliance_core.explanation import words

ON = date(2026, 11, 24)
POLICY = load_policy("US")
CLINIC = Path(__file__).parents[2] / "examples" / "clinic"
SPEC = os.environ.get("ALLIANCE_CDS_HOOKS_SPEC")  # noqa: TID251  # a checkout that is not part of this repository
CONSENT = "alliance-consent"
PEOPLE = ("edith", "marcus", "nina", "omar", "rosa", "vera", "walter")
HOOKS = {
    "patient-view": "alliance-review",
    "order-select": "alliance-consent-selected",
    "order-sign": CONSENT,
    "encounter-discharge": "alliance-leaving",
    "appointment-book": "alliance-visit",
    "problem-list-item-create": "alliance-diagnosis",
    "medication-refill": "alliance-refill",
}


def bundle(*resources, kind="searchset"):
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources]}


def drafted(patient, medicine, dose=None, **changes):
    order = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationCodeableConcept": {"text": medicine},
    }
    if dose is not None:
        rate = [{"doseQuantity": {"value": dose, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}]
        timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
        order["dosageInstruction"] = [{"timing": timing, "doseAndRate": rate}]
    return bundle(order | changes, kind="collection")


CONTEXTS = {
    "patient-view": lambda _: {},
    "order-select": lambda one: {
        "draftOrders": drafted(one, "sertraline", 50),
        "selections": ["MedicationRequest/draft"],
    },
    "order-sign": lambda one: {"draftOrders": drafted(one, "sertraline", 50)},
    "encounter-discharge": lambda _: {"encounterId": "visit"},
    "appointment-book": lambda _: {"appointments": bundle({"resourceType": "Appointment", "minutesDuration": 30})},
    "problem-list-item-create": lambda one: {
        "conditions": bundle(
            {
                "resourceType": "Condition",
                "id": "new",
                "subject": {"reference": f"Patient/{one}"},
                "code": {"text": "a new problem"},
            }
        )
    },
    "medication-refill": lambda one: {"medications": drafted(one, "escitalopram")},
}


def offer_of(hook):
    return next(one for one in OFFERS if one.hook == hook)


def fetched(hook, name):
    """Return what a client would fetch for a hook from one of the example patients."""
    entries = json.loads((CLINIC / f"{name}.json").read_text("utf-8"))["entry"]
    resources = [one["resource"] for one in entries]
    found = {}
    for key, template in offer_of(hook).templates.items():
        kind = re.match("[A-Za-z]+", template)[0]
        mine = [one for one in resources if one["resourceType"] == kind]
        found[key] = mine[0] if kind == "Patient" else bundle(*mine) if mine else None
    return found


def request(hook, name, *, user="Practitioner/example", prefetch=None, **context):
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": user, "patientId": name} | CONTEXTS[hook](name) | context,
        "prefetch": fetched(hook, name) if prefetch is None else prefetch,
    }


def ask(hook, name, audience=Audience.CLINICIAN, **changes):
    asked = read_message(json.dumps(request(hook, name, **changes)), Request)
    return respond(asked, service=HOOKS[hook], policy=POLICY, on=ON, audience=audience)


def summaries(answer):
    return [one.summary for one in answer.cards]


# -- messages --------------------------------------------------------------------------------------------------------

CODE = {"code": "c", "system": "urn:s", "display": "d"}
RESOURCE = {"resourceType": "Basic", "id": "b", "value": 1.10, "list": [None, {"a": []}]}
AUTHORIZATION = {
    "access_token": "t",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/Patient.read",
    "subject": "s",
    "patient": "p",
}
EXTRA = {"extension": {"com.example": {"deep": [1, "2", None]}}, "com.later": True}
REQUEST = {
    "hook": "patient-view",
    "hookInstance": "h",
    "fhirServer": "https://fhir.example.org",
    "fhirAuthorization": AUTHORIZATION,
    "context": {"userId": "Practitioner/1", "patientId": "p", "other": [{}]},
    "prefetch": {"patient": RESOURCE, "none": None, "text": "123"},
    **EXTRA,
}
ACTION = {"type": "create", "description": "d", "resource": RESOURCE, "resourceId": "Basic/b", **EXTRA}
SUGGESTION = {"label": "l", "uuid": "u", "isRecommended": False, "actions": [ACTION], **EXTRA}
LINK = {"label": "l", "url": "https://x.example", "type": "smart", "appContext": "{}", "autolaunchable": True}
SOURCE = {"label": "l", "url": "https://s.example", "icon": "https://s.example/i.png", "topic": CODE}
CARD = {
    "uuid": "u",
    "summary": "s",
    "detail": "*d*",
    "indicator": "critical",
    "source": SOURCE,
    "suggestions": [SUGGESTION],
    "selectionBehavior": "at-most-one",
    "overrideReasons": [CODE, CODE | {"code": "other"}],
    "links": [LINK],
    **EXTRA,
}
RESPONSE = {"cards": [CARD], "systemActions": [ACTION, {"type": "delete", "resource": "Basic/b"}], **EXTRA}
SERVICE = {
    "hook": "patient-view",
    "title": "t",
    "description": "d",
    "id": "i",
    "prefetch": {"patient": "Patient/{{context.patientId}}"},
    "usageRequirements": "u",
    **EXTRA,
}
OUTCOME = {
    "card": "u",
    "outcome": "overridden",
    "acceptedSuggestions": [{"id": "i", "com.later": 1}],
    "overrideReason": {"reason": CODE, "userComment": "words"},
    "outcomeTimestamp": "2026-11-24T10:05:31.5Z",
    **EXTRA,
}
MESSAGES = {
    Request: REQUEST,
    Response: RESPONSE,
    Discovery: {"services": [SERVICE]},
    FeedbackBody: {"feedback": [OUTCOME]},
}
PARTS = {
    Request: REQUEST,
    FhirAuthorization: AUTHORIZATION,
    Card: CARD,
    Action: ACTION,
    Suggestion: SUGGESTION,
    Link: LINK,
    Coding: CODE,
    Service: SERVICE,
}


class TestMessages:
    """A message that is read and written says the same."""

    @pytest.mark.parametrize("kind", MESSAGES)
    def test_nothing_is_lost(self, kind):
        assert json.loads(write_message(read_message(json.dumps(MESSAGES[kind]), kind))) == MESSAGES[kind]

    @pytest.mark.parametrize("kind", PARTS)
    def test_the_messages_here_have_every_field(self, kind):
        assert set(kind.model_fields) <= set(PARTS[kind])

    @pytest.mark.parametrize("kind", MESSAGES)
    def test_nothing_is_added(self, kind):
        """What was not sent is not written as null."""
        bare = {
            Request: {"hook": "h", "hookInstance": "i", "context": {}},
            Response: {"cards": []},
            Discovery: {"services": []},
            FeedbackBody: {"feedback": []},
        }[kind]

        assert json.loads(write_message(read_message(json.dumps(bare), kind))) == bare

    def test_numbers_are_exact(self):
        text = '{"hook":"h","hookInstance":"i","context":{"dose":1.10,"large":1E+400}}'

        read = read_message(text, Request)

        assert read.context == {"dose": Decimal("1.10"), "large": Decimal("1E+400")}
        assert b"1.10" in write_message(read)

    @pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
    def test_a_required_field_is_missed(self, name):
        with pytest.raises(ChartError, match=f"^{name}: "):
            read_message(json.dumps({key: one for key, one in REQUEST.items() if key != name}), Request)

    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"[]",
            b"\xff",
            b"{",
            b'{"cards":NaN}',
            b'{"hook":"JANE","hook":"JANE"}',
            b'{"JANE":' + b"[" * 100_000,
            b'{"hook":1,"hookInstance":{"JANE":1},"context":"JANE"}',
            b'{"hook":"a","hookInstance":"b","context":{},"fhirAuthorization":{"JANE":"JANE"}}',
        ],
    )
    def test_what_is_no_message_is_refused_without_a_word_of_it(self, text):
        with pytest.raises(ChartError) as caught:
            read_message(text, Request)

        assert "JANE" not in str(caught.value)
        assert caught.value.__context__ is None

    @pytest.mark.parametrize("moment", ["2026-11-24", "2026-11-24T10:00:00", "soon"])
    def test_an_outcome_has_a_moment_with_its_zone(self, moment):
        with pytest.raises(ChartError, match="outcomeTimestamp: is no date and time"):
            read_message(json.dumps({"feedback": [OUTCOME | {"outcomeTimestamp": moment}]}), FeedbackBody)

    def test_a_message_is_silent(self):
        assert (repr(read_message(json.dumps(REQUEST), Request)), str(override_reasons()[0])) == (
            "Request(…)",
            "Coding(…)",
        )


#: No part of the specification: its indicator is a word that the specification does not have.
TUTORIAL = "quickstart.md"


def _blocks(folder):
    """Yield every JSON block of a checkout of the specification that is a message, or a part of one, and its kind."""
    kinds = {
        frozenset({"services"}): Discovery,
        frozenset({"hookInstance"}): Request,
        frozenset({"cards"}): Response,
        frozenset({"feedback"}): FeedbackBody,
    }
    pages = (page for page in sorted(Path(folder).rglob("*.md")) if page.name != TUTORIAL)
    for page in pages:
        for block in re.findall(r"^ *```.*?\n(.*?)^ *```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            text = re.sub(r"^POST .*$|\s// .*$", "", block, flags=re.MULTILINE).strip()
            try:
                found = json.loads(text if text.startswith("{") else f"{{{text}}}")
            except ValueError:
                continue
            whole = next(
                (kind for names, kind in kinds.items() if isinstance(found, dict) and names <= set(found)), None
            )
            yield page.name, found, whole


@pytest.mark.skipif(SPEC is None, reason="ALLIANCE_CDS_HOOKS_SPEC names no checkout of the specification")
def test_every_example_of_the_specification_survives():
    """Whole messages as they are; parts of one (a context, a source, an action) where they stand in one."""
    seen = []
    for page, found, whole in _blocks(SPEC):
        kind, message = (whole, found) if whole is not None else _around(found)
        assert json.loads(write_message(read_message(json.dumps(message), kind))) == message, page
        seen.append(whole is not None)
    print(f"{len(seen)} examples, {sum(seen)} of them whole messages")  # noqa: T201
    assert sum(seen) >= 10


def _around(found):
    if "source" in found or "overrideReasons" in found:
        return Response, {"cards": [{"summary": "s", "source": SOURCE} | found]}
    if found.get("type") in {"create", "update", "delete"}:
        return Response, {"cards": [], "systemActions": [found]}
    return Request, {"hook": "h", "hookInstance": "i", "context": {}} | found


# -- discovery and prefetch ------------------------------------------------------------------------------------------


class TestDiscovery:
    """Each hook has its service, and each asks only for what is recommended to be asked for."""

    def test_what_is_offered(self):
        assert {one.hook: one.id for one in discovery().services} == HOOKS
        assert len(set(HOOKS.values())) == len(HOOKS)  # clients know a service by its address alone

    def test_a_template_is_a_read_or_a_search_by_patient(self):
        asked = {text for one in discovery().services for text in one.prefetch.values()}

        assert all(
            re.fullmatch(r"Patient/{{context\.patientId}}|[A-Za-z]+\?patient={{context\.patientId}}", one)
            for one in asked
        )

    def test_every_type_that_is_asked_for_is_read(self):
        from alliance_core.edges.fhir.table import READ

        assert {kind for one in OFFERS for kind in (*one.required, *one.optional)} <= set(READ)


class TestPrefetch:
    """What is required and was not sent is an error; null says that there is none."""

    @pytest.mark.parametrize("hook", HOOKS)
    def test_each_required_key_is_required(self, hook):
        offer = offer_of(hook)
        for key in [one for one, _ in zip(offer.templates, offer.required, strict=False)]:
            sent = {name: one for name, one in fetched(hook, "nina").items() if name != key}
            with pytest.raises(MissingPrefetchError) as caught:
                ask(hook, "nina", prefetch=sent)
            assert caught.value.keys == (key,)

    def test_an_operation_outcome_is_no_answer(self):
        sent = fetched("patient-view", "nina") | {"condition": {"resourceType": "OperationOutcome", "issue": []}}

        with pytest.raises(MissingPrefetchError, match="prefetch: condition not sent"):
            ask("patient-view", "nina", prefetch=sent)

    def test_no_prefetch_at_all(self):
        with pytest.raises(MissingPrefetchError):
            ask("patient-view", "nina", prefetch={})

    @pytest.mark.parametrize("other", [{"resourceType": "Patient", "id": "other"}, [], "nina"])
    def test_the_patient_is_the_one_of_the_context(self, other):
        with pytest.raises(ChartError, match=r"prefetch\.patient: is not the patient"):
            ask("patient-view", "nina", prefetch=fetched("patient-view", "nina") | {"patient": other})

    def test_a_patient_who_is_none(self):
        with pytest.raises(ChartError, match=r"prefetch\.patient: holds no patient"):
            ask("patient-view", "nina", prefetch=fetched("patient-view", "nina") | {"patient": {"id": "nina"}})

    def test_the_chart_is_the_one_that_the_bundle_holds(self):
        """Fetched key by key or sent as one Bundle, the same is found."""
        (chart,) = read_bundle((CLINIC / "nina.json").read_bytes()).charts
        found = review_chart(chart, policy=POLICY, on=ON).open

        answer = ask("patient-view", "nina")

        assert [one.uuid for one in answer.cards] == [card_uuid("nina", one.key) for one in found[:MOST]]

    def test_what_cannot_be_used_is_told(self):
        sent = fetched("encounter-discharge", "nina")
        sent |= {"encounter": bundle({"resourceType": "Encounter", "id": "e", "status": "no-such"})}

        (card,) = ask("encounter-discharge", "nina", prefetch=sent).cards

        assert (card.indicator, card.summary) == ("info", words()["hook.unread"])
        assert "1 of 4 resources could not be used" in card.detail

    def test_a_further_page_and_an_unsent_key_are_told(self):
        sent = fetched("patient-view", "nina")
        sent["condition"]["link"] = [{"relation": "next", "url": "https://fhir.example.org/2"}]
        del sent["careTeam"]

        detail = ask("patient-view", "nina", prefetch=sent).cards[-1].detail

        assert "only the first page was sent: 1" in detail
        assert "not sent: 1" in detail

    def test_the_outcome_of_a_search_is_no_resource(self):
        sent = fetched("patient-view", "nina")
        sent["condition"]["entry"].append(
            {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}}
        )

        assert ask("patient-view", "nina", prefetch=sent) == ask("patient-view", "nina")


# -- cards -----------------------------------------------------------------------------------------------------------


def finding(**changes):
    given = {"rule": "diagnosis.told", "about": "r", "answer": Answer.NOT_MET, "weight": Weight.ESSENTIAL}
    return Finding(**(given | changes))


class TestCards:
    """Three at most, heaviest first, each short, with its source and the six reasons."""

    @pytest.mark.parametrize("hook", HOOKS)
    @pytest.mark.parametrize("name", PEOPLE)
    @pytest.mark.parametrize("audience", Audience)
    def test_every_card_is_whole(self, hook, name, audience):
        answer = ask(hook, name, audience)

        assert len(answer.cards) <= MOST
        assert answer.systemActions is None
        for card in answer.cards:
            assert 0 < len(card.summary) < 140
            assert card.indicator in {"info", "warning", "critical"}
            assert card.source.label
            assert card.detail
            assert card.suggestions is None
            assert card.links is None

    def test_the_rest_is_behind_the_last_one(self):
        found = [finding(about=f"r{place}") for place in range(5)]

        cards = cards_of(found, chart="c", policy=POLICY, on=ON)

        assert len(cards) == MOST
        assert "Also open (2):" in cards[-1].detail
        assert all("Also open" not in one.detail for one in cards[:-1])

    @pytest.mark.parametrize(
        ("weight", "answer", "indicator"),
        [
            (Weight.SAFETY, Answer.NOT_MET, "critical"),
            (Weight.SAFETY, Answer.JUDGEMENT, "critical"),
            (Weight.SAFETY, Answer.CANNOT_TELL, "warning"),
            (Weight.ESSENTIAL, Answer.NOT_MET, "warning"),
            (Weight.ESSENTIAL, Answer.CANNOT_TELL, "warning"),
            (Weight.REQUIRED, Answer.NOT_MET, "info"),
            (Weight.RECOMMENDED, Answer.JUDGEMENT, "info"),
        ],
    )
    def test_how_urgent_it_looks(self, weight, answer, indicator):
        """Silence about safety is never critical."""
        assert indicator_of(finding(weight=weight, answer=answer)) == indicator

    def test_six_reasons(self):
        assert [one.code for one in override_reasons()] == [
            "cds-not-applicable",
            "cds-suboptimal-context",
            "recipient-disagrees-evidence",
            "recipient-concerns-outcomes",
            "does-not-align-preferences",
            "not-convenient-feasible",
        ]
        (card,) = cards_of([finding()], chart="c", policy=POLICY, on=ON)
        assert card.overrideReasons == override_reasons()
        assert read_message(write_message(Response(cards=(card,))), Response).cards == (card,)

    @given(st.tuples(st.text(), st.text(), st.text(), st.text()), st.tuples(st.text(), st.text(), st.text(), st.text()))
    def test_a_uuid_is_of_one_finding_of_one_chart(self, one, other):
        assert (card_uuid(one[0], one[1:]) == card_uuid(other[0], other[1:])) == (one == other)

    def test_markdown_says_what_the_text_says(self):
        (card,) = cards_of([], chart="c", policy=POLICY, on=ON, notes=["<b> *x* [y](z)"])

        assert card.detail == r"- \<b\> \*x\* \[y\](z)"

    def test_nothing_open_is_no_card(self):
        assert cards_of([], chart="c", policy=POLICY, on=ON) == ()


# -- services --------------------------------------------------------------------------------------------------------


class TestOrders:
    """A drafted medicine asks for its discussion; a renewal does not, and what is not known never reassures."""

    @pytest.mark.parametrize("hook", ["order-sign", "order-select"])
    def test_a_start(self, hook):
        assert summaries(ask(hook, "nina")) == ["sertraline (start): no discussion of it is recorded"]

    def test_a_category_as_the_public_sandbox_sends_it(self):
        asked = drafted("nina", "sertraline", 50, category={"coding": [{"system": "urn:s", "code": "community"}]})

        assert ask("order-sign", "nina", draftOrders=asked) == ask("order-sign", "nina")

    @pytest.mark.parametrize(("dose", "event"), [(20, "increase"), (5, "decrease")])
    def test_a_change_of_dose(self, dose, event):
        answer = ask("order-sign", "nina", draftOrders=drafted("nina", "escitalopram", dose))

        assert summaries(answer) == [f"escitalopram ({event}): no discussion of it is recorded"]

    def test_a_renewal(self):
        assert ask("order-sign", "nina", draftOrders=drafted("nina", "escitalopram", 10)).cards == ()

    @pytest.mark.parametrize(
        ("medicine", "note"), [("escitalopram", "whether the dose changes: 1"), ("no-such-thing", "no table knows: 1")]
    )
    def test_what_cannot_be_told(self, medicine, note):
        (card,) = ask("order-sign", "nina", draftOrders=drafted("nina", medicine)).cards

        assert card.summary == words()["hook.unread"]
        assert note in card.detail

    def test_an_order_of_someone_else(self):
        (card,) = ask("order-sign", "nina", draftOrders=drafted("omar", "sertraline", 50)).cards

        assert "could not be read: 1" in card.detail

    def test_what_is_not_selected(self):
        assert ask("order-select", "nina", selections=[]).cards == ()

    @pytest.mark.parametrize(
        "changes", [{"doNotPerform": True}, {"resourceType": "ServiceRequest"}, {"medicationCodeableConcept": None}]
    )
    def test_not_giving_other_orders_and_unfinished_ones_ask_nothing(self, changes):
        assert ask("order-sign", "nina", draftOrders=drafted("nina", "sertraline", 50, **changes)).cards == ()

    def test_a_discussion_that_is_recorded_is_read(self):
        items = [
            {"linkId": "event", "answer": [{"valueString": "start"}]},
            {"linkId": "treatment", "answer": [{"valueString": "sertraline"}]},
            {"linkId": "discussed_on", "answer": [{"valueDate": "2026-11-23"}]},
            {"linkId": "decision", "answer": [{"valueString": "agreed"}]},
        ]
        told = {
            "resourceType": "QuestionnaireResponse",
            "id": "talk",
            "status": "completed",
            "questionnaire": "urn:alliance-core:questionnaire:consent-discussion",
            "subject": {"reference": "Patient/nina"},
            "item": items,
        }
        sent = fetched("order-sign", "nina") | {"questionnaireResponse": bundle(told)}

        answer = ask("order-sign", "nina", prefetch=sent)

        assert answer.cards
        assert all("no discussion" not in one for one in summaries(answer))
        assert all("sertraline" in one for one in summaries(answer))


class TestOtherServices:
    """Each hook is answered with what belongs to it."""

    def test_a_refill(self):
        answer = ask("medication-refill", "nina")

        assert answer.cards
        assert all("escitalopram" in one for one in summaries(answer))

    def test_a_refill_of_something_else(self):
        assert ask("medication-refill", "nina", medications=drafted("nina", "lithium")).cards == ()

    def test_leaving(self):
        answers = {name: summaries(ask("encounter-discharge", name)) for name in PEOPLE}

        assert {name for name, found in answers.items() if found} == LEAVING

    def test_a_problem_that_is_added(self):
        assert set(summaries(ask("problem-list-item-create", "nina"))) == {
            "Not recorded: the reasons for the revised diagnosis",
            "Not recorded whether the patient was told about the revised diagnosis",
            "Not recorded whether the patient was told that the first formulation may be wrong",
        }

    def test_a_problem_that_is_added_comes_before_one_that_was_revised(self):
        first, *_ = ask("problem-list-item-create", "omar").cards

        assert first.uuid == card_uuid("omar", ("diagnosis.reasons", "Condition/new#added", ""))

    def test_a_problem_that_cannot_be_read(self):
        conditions = bundle({"resourceType": "Condition", "id": "new", "subject": {"reference": "Patient/omar"}})

        assert "could not be read: 1" in ask("problem-list-item-create", "nina", conditions=conditions).cards[-1].detail

    @pytest.mark.parametrize(
        "appointment",
        [
            {"minutesDuration": 30},
            {"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:30:00Z"},
            {"start": "2026-12-01T10:00:00Z", "end": "soon"},
            {"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:30:00"},
            {"minutesDuration": 0},
        ],
    )
    def test_a_visit_loses_nothing(self, appointment):
        """What fits comes first; all that is open in the chart is on the cards or behind them."""
        asked = bundle({"resourceType": "Appointment"} | appointment)

        answer = ask("appointment-book", "edith", appointments=asked)

        (chart,) = read_bundle((CLINIC / "edith.json").read_bytes()).charts
        ids = {card_uuid("edith", one.key) for one in review_chart(chart, policy=POLICY, on=ON).open}
        assert {one.uuid for one in answer.cards} <= ids
        assert len(answer.cards) == min(MOST, len(ids))

    @pytest.mark.parametrize("user", ["Patient/nina", "RelatedPerson/r"])
    def test_a_patient_never_gets_what_is_for_clinicians(self, user):
        assert ask("appointment-book", "vera", user=user) == ask("appointment-book", "vera", Audience.PORTAL)

    def test_the_portal_is_told_nothing_of_a_hard_stop(self):
        """The same answer, whatever was said when the patient was asked alone; a clinician is told."""
        for hook in ("patient-view", "appointment-book"):
            portal = {
                write_message(ask(hook, "nina", Audience.PORTAL, prefetch=_asked_alone(hook, one))) for one in SAID
            }
            clinician = {write_message(ask(hook, "nina", prefetch=_asked_alone(hook, one))) for one in SAID}

            assert (len(portal), len(clinician) > 1) == (1, True)

    def test_an_unknown_service(self):
        asked = read_message(json.dumps(request("patient-view", "nina")), Request)

        with pytest.raises(UnknownServiceError):
            respond(asked, service=CONSENT, policy=POLICY, on=ON)

    @pytest.mark.parametrize(
        ("hook", "name"),
        [
            ("order-sign", "draftOrders"),
            ("appointment-book", "appointments"),
            ("problem-list-item-create", "conditions"),
            ("medication-refill", "medications"),
        ],
    )
    def test_a_context_of_another_hook(self, hook, name):
        with pytest.raises(ChartError, match=rf"context\.{name}: is no Bundle|^{name}"):
            ask(hook, "nina", **{name: {"resourceType": "Basic"}})

    @pytest.mark.parametrize("patient", ["", "a/b", "x" * 65, None])
    def test_a_patient_id_is_one(self, patient):
        with pytest.raises(ChartError, match=r"^patientId: "):
            ask("patient-view", "nina", patientId=patient)


MARK = "Zq7Marker"


def _texts(node, path=()):
    """Yield the path of each text in a message."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, one in steps:
        if isinstance(one, str):
            yield (*path, step)
        yield from _texts(one, (*path, step))


def _planted(node, path):
    copy = json.loads(json.dumps(node))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = MARK
    return copy


@pytest.mark.parametrize("hook", HOOKS)
def test_a_marker_in_a_context_comes_out_nowhere(hook):
    """Neither on a card for a portal nor in an error, whichever text of the context it stands in."""
    body = request(hook, "nina")
    answered = 0
    for path in _texts({"context": body["context"]}):
        asked = read_message(json.dumps(_planted(body, path)), Request)
        try:
            said = write_message(respond(asked, service=HOOKS[hook], policy=POLICY, on=ON)).decode()
            answered += 1
        except ChartError as error:
            said = str(error)
        assert MARK not in said, path
    assert answered


LEAVING = {"marcus"}
#: What may be answered to whether the patient fears the one who could be invited; None: nobody asked.
SAID = (True, False, None)


def _asked_alone(hook, fears):
    items = [{"linkId": "nominee", "answer": [{"valueString": "sister"}]}]
    if fears is not None:
        items += [{"linkId": "gate", "item": [{"linkId": "fears_nominee", "answer": [{"valueBoolean": fears}]}]}]
    told = {
        "resourceType": "QuestionnaireResponse",
        "id": "invitation",
        "status": "completed",
        "questionnaire": "urn:alliance-core:questionnaire:invitation",
        "subject": {"reference": "Patient/nina"},
        "item": items,
    }
    return fetched(hook, "nina") | {"questionnaireResponse": bundle(told)}


class TestFeedback:
    """Feedback finds the finding that its card was made of."""

    def test_joined(self):
        told = finding()
        mine = {**OUTCOME, "card": card_uuid("c", told.key)}
        bare = {"card": mine["card"], "outcome": "accepted", "outcomeTimestamp": "2026-11-25T00:00:00+01:00"}
        body = read_message(json.dumps({"feedback": [mine, bare, OUTCOME]}), FeedbackBody)

        found, others = outcomes(body, [told, finding(about="x")], chart="c")

        assert [(one.key, one.outcome, one.override_code, one.on.isoformat()) for one in found] == [
            (told.key, "overridden", "c", "2026-11-24"),
            (told.key, "accepted", None, "2026-11-25"),
        ]
        assert others == 1
