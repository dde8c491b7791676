"""The service over HTTP: who may ask, what is refused, and that nothing of a record is in a log or an error."""

import asyncio
import base64
import json
import logging  # noqa: TID251  # what a service logs is read here
import socket
import subprocess
import sys
import tempfile
import threading
import time  # noqa: TID251  # tokens have times
from datetime import date
from pathlib import Path

import httpx
import jwt
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec

from alliance_core import Audience, load_policy
from alliance_core.edges.cds_hooks import OFFERS, card_uuid

FOLDER = Path(__file__).parents[2] / "examples" / "cds_hooks_service"
sys.path.insert(0, str(FOLDER))

from cds_service import Settings, create_app  # noqa: E402
from client_tokens import MOST_REMEMBERED, Gate, RefusedTokenError, read_clients  # noqa: E402

ROOT = Path(__file__).parents[2]
BASE = "http://127.0.0.1:8080"
PAGE = "http://127.0.0.1:9000"
REVIEW = "/cds-services/alliance-review"
POLICY = load_policy("US")
ON = date(2026, 11, 24)
ISSUER = "https://ehr.example.org"
JKU = "https://ehr.example.org/jwks.json"


class Client:
    """A client of a service in this process."""

    def __init__(self, settings):
        self._app = create_app(settings)

    def get(self, path, **sent):
        return asyncio.run(self._ask("GET", path, sent))

    def post(self, path, **sent):
        return asyncio.run(self._ask("POST", path, sent))

    def options(self, path, **sent):
        return asyncio.run(self._ask("OPTIONS", path, sent))

    async def _ask(self, method, path, sent):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=BASE) as asks:
            return await asks.request(method, path, **sent)


def client(**changes):
    return Client(Settings(**({"policy": POLICY, "base_url": BASE, "origins": (PAGE,), "on": lambda: ON} | changes)))


def prefetch(name="nina"):
    offer = next(one for one in OFFERS if one.hook == "patient-view")
    resources = [one["resource"] for one in json.loads((ROOT / f"examples/clinic/{name}.json").read_text())["entry"]]
    found = dict.fromkeys(offer.templates)
    for one in resources:
        key = one["resourceType"][0].lower() + one["resourceType"][1:]
        if key == "patient":
            found[key] = one
        elif key in found:
            found[key] = found[key] or {"resourceType": "Bundle", "type": "searchset", "entry": []}
            found[key]["entry"].append({"resource": one})
    return found


def asked(name="nina", **changes):
    given = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": name},
        "prefetch": prefetch(name),
    }
    return given | changes


class TestAnswers:
    """Each request has its status, and a body that says what to mend."""

    def test_discovery(self):
        answer = client().get("/cds-services")

        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert len(answer.json()["services"]) == len(OFFERS)

    def test_cards(self):
        answer = client(audience=Audience.CLINICIAN).post(REVIEW, json=asked())

        assert answer.status_code == 200
        assert len(answer.json()["cards"]) == 3
        assert answer.json()["cards"][0]["overrideReasons"]

    @pytest.mark.parametrize(
        ("path", "changes", "status", "problem"),
        [
            ("/cds-services/none", {}, 404, "service"),
            (REVIEW, {"hook": "order-sign"}, 400, "hook"),
            (REVIEW, {"context": {}}, 400, "patientId"),
            (REVIEW, {"hookInstance": None}, 400, "hookInstance"),
            (REVIEW, {"prefetch": {}}, 412, "prefetch.patient"),
            (REVIEW, {"prefetch": {**prefetch(), "patient": {"resourceType": "Patient"}}}, 400, "prefetch.patient"),
        ],
    )
    def test_a_refusal_names_what_is_wrong(self, path, changes, status, problem):
        answer = client().post(path, json=asked(**changes))

        assert (answer.status_code, answer.json()["problems"][0]["path"]) == (status, problem)

    def test_only_json(self):
        answer = client().post(REVIEW, content=b"{}", headers={"content-type": "text/plain"})

        assert answer.status_code == 415

    @pytest.mark.parametrize("parts", [1, 50])
    def test_a_body_that_is_too_long_is_not_read(self, parts):
        """Whether it says its length or not."""
        body = b"[" * 2000

        async def pieces():
            for _ in range(parts):
                yield body

        answer = client(most_bytes=1000).post(
            REVIEW, content=pieces() if parts > 1 else body, headers={"content-type": "application/json"}
        )

        assert answer.status_code == 413

    def test_a_host_that_is_not_this_one(self):
        assert client().get("/cds-services", headers={"host": "elsewhere.example"}).status_code == 400

    def test_openapi_names_every_status(self):
        told = client().get("/openapi.json").json()["paths"]["/cds-services/{service}"]["post"]

        assert {"200", "400", "401", "404", "408", "412", "413", "415"} <= set(told["responses"])
        assert "hookInstance" in told["requestBody"]["content"]["application/json"]["schema"]["properties"]

    def test_what_fails_within_says_nothing(self, caplog):
        def day():
            raise RuntimeError("JANE")

        with caplog.at_level(logging.DEBUG):
            answer = client(on=day).post(REVIEW, json=asked())

        assert (answer.status_code, "JANE" in answer.text + caplog.text) == (500, False)
        assert "failed: RuntimeError" in caplog.text


class TestOrigins:
    """A browser may ask from the pages that were named, and from no other; a preflight needs no token."""

    @pytest.mark.parametrize(("origin", "allowed"), [(PAGE, PAGE), ("http://elsewhere.example", None)])
    def test_a_preflight(self, origin, allowed):
        asks = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        }

        answer = client(clients=(_known(),)).options(REVIEW, headers=asks)

        assert answer.headers.get("access-control-allow-origin") == allowed
        assert answer.status_code == (200 if allowed else 400)
        assert "access-control-allow-credentials" not in answer.headers

    def test_a_refusal_can_be_read_by_the_page(self):
        answer = client(clients=(_known(),)).post(REVIEW, json=asked(), headers={"origin": PAGE})

        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, PAGE)


# -- tokens ----------------------------------------------------------------------------------------------------------

KEY = ec.generate_private_key(ec.SECP384R1())
OTHER = ec.generate_private_key(ec.SECP384R1())


def _number(number):
    return base64.urlsafe_b64encode(number.to_bytes(48, "big")).rstrip(b"=").decode()


def _jwk(key):
    numbers = key.public_key().public_numbers()
    point = {"x": _number(numbers.x), "y": _number(numbers.y)}
    return {"kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig", "kid": "k"} | point


def _known(folder=None, **changes):
    told = [{"iss": ISSUER, "jku": JKU, "jwks": {"keys": [_jwk(KEY)]}} | changes]
    file = (folder or Path(_TEMPORARY.name)) / "clients.json"
    file.write_text(json.dumps(told))
    return read_clients(file)[0]


_TEMPORARY = tempfile.TemporaryDirectory()


def token(path=REVIEW, key=KEY, head=None, algorithm="ES384", **changes):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": BASE + path, "exp": now + 300, "iat": now, "jti": str(time.perf_counter_ns())}
    claims = {name: one for name, one in (claims | changes).items() if one is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k", "jku": JKU} | (head or {}))


def _sent(value, path=REVIEW, **changes):
    headers = {"authorization": f"Bearer {value}"}
    return client(clients=(_known(),)).post(path, json=asked(**changes), headers=headers).status_code


#: What is changed in a token so that nobody trusts it, at a moment.
REFUSED = {
    "another-address": lambda _: {"aud": BASE + "/cds-services/alliance-consent"},
    "no-address": lambda _: {"aud": None},
    "another-issuer": lambda _: {"iss": "https://elsewhere.example"},
    "no-issuer": lambda _: {"iss": None},
    "expired": lambda now: {"exp": now - 3600},
    "no-end": lambda _: {"exp": None},
    "no-beginning": lambda _: {"iat": None},
    "no-name": lambda _: {"jti": None},
    "too-long": lambda now: {"exp": now + 100_000},
    "of-tomorrow": lambda now: {"iat": now + 100_000, "exp": now + 100_100},
    "another-key": lambda _: {"key": OTHER},
    "another-key-id": lambda _: {"head": {"kid": "other"}},
    "another-jku": lambda _: {"head": {"jku": "https://elsewhere.example"}},
    "another-type": lambda _: {"head": {"typ": "other"}},
    "symmetric": lambda _: {"key": "secret" * 20, "algorithm": "HS384"},
    "unsigned": lambda _: {"key": None, "algorithm": "none"},
}


class TestTokens:
    """A token opens one address once, if a known client signed it for that."""

    def test_a_good_one(self):
        assert _sent(token()) == 200

    def test_discovery_asks_too(self):
        service = client(clients=(_known(),))
        good = {"authorization": f"Bearer {token('/cds-services')}"}

        assert (service.get("/cds-services").status_code, service.get("/cds-services", headers=good).status_code) == (
            401,
            200,
        )

    @pytest.mark.parametrize("name", list(REFUSED))
    def test_any_other(self, name):
        assert _sent(token(**REFUSED[name](int(time.time())))) == 401

    @pytest.mark.parametrize("value", ["", "a.b.c", "JANE", "a" * 5000, "e30.e30.e30"])
    def test_what_is_no_token(self, value):
        assert _sent(value) == 401

    def test_only_once(self):
        service = client(clients=(_known(),))
        headers = {"authorization": f"Bearer {token()}"}

        statuses = [service.post(REVIEW, json=asked(), headers=headers).status_code for _ in range(2)]

        assert statuses == [200, 401]

    def test_a_token_is_asked_for_before_anything_is_read(self):
        assert client(clients=(_known(),), most_bytes=1).post("/cds-services/none", json=asked()).status_code == 401

    def test_what_is_remembered_is_bounded(self):
        """What has expired is forgotten first; where all of it still counts, nobody new is let in."""
        gate = Gate((_known(),))
        far = int(time.time()) + 10_000
        gate._seen = {("i", str(one)): far for one in range(MOST_REMEMBERED)}
        with pytest.raises(RefusedTokenError, match="too-many"):
            gate.check(f"Bearer {token()}", (BASE + REVIEW,), time.time())

        gate.check(f"Bearer {token()}", (BASE + REVIEW,), far + 1000)

        assert len(gate._seen) == 1


# -- feedback --------------------------------------------------------------------------------------------------------


class TestFeedback:
    """What is kept is the card, the outcome, a reason of ours and the day: never a person's own words."""

    def _post(self, file, **changes):
        told = {
            "card": card_uuid("c", ("r", "a", "")),
            "outcome": "overridden",
            "outcomeTimestamp": "2026-11-24T10:00:00Z",
            "overrideReason": {
                "reason": {
                    "code": "cds-not-applicable",
                    "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
                },
                "userComment": "JANE",
            },
        }
        return client(feedback_file=file).post(f"{REVIEW}/feedback", json={"feedback": [told | changes]})

    def test_kept(self, tmp_path):
        file = tmp_path / "feedback.ndjson"
        own = {"reason": {"code": "JANE", "system": "urn:own"}, "userComment": "JANE"}

        assert [self._post(file).status_code, self._post(file, overrideReason=own).status_code] == [200, 200]

        first, second = (json.loads(line) for line in file.read_text().splitlines())
        assert first == {
            "service": "alliance-review",
            "card": card_uuid("c", ("r", "a", "")),
            "outcome": "overridden",
            "reason": "cds-not-applicable",
            "on": "2026-11-24",
        }
        assert (second["reason"], "JANE" in file.read_text()) == ("other", False)

    def test_a_card_that_is_none(self, tmp_path):
        answer = self._post(tmp_path / "f", card="JANE")

        assert (answer.status_code, "JANE" in answer.text) == (400, False)
        assert not (tmp_path / "f").exists()

    def test_not_offered(self):
        assert self._post(None).status_code == 404


# -- nothing of a record ---------------------------------------------------------------------------------------------

MARK = "Zq7Marker"


def _marked(node, path=()):
    """Plant a marker into every text that is not a word which decides whether a resource is read at all."""
    if isinstance(node, dict):
        return {key: _marked(one, (*path, key)) for key, one in node.items()}
    if isinstance(node, list):
        return [_marked(one, path) for one in node]
    return f"{MARK}{node}" if isinstance(node, str) and path[-1] in FREE else node


FREE = {"display", "text", "value", "div", "family", "given", "valueString", "city", "line", "note", "title", "name"}


def _each_marked(node, path=()):
    """Yield the path of every text of a message."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, one in steps:
        if isinstance(one, str):
            yield (*path, step)
        yield from _each_marked(one, (*path, step))


def _with(node, path):
    copy = json.loads(json.dumps(node))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = MARK
    return copy


class TestMarkers:
    """A marker that is planted in a field comes out nowhere: not in a card for a portal, an error, or a log."""

    @pytest.mark.parametrize("name", ["nina", "omar", "edith"])
    def test_in_every_free_text_at_once(self, name, caplog):
        body = _marked(asked(name))
        assert json.dumps(body).count(MARK) > 3

        with caplog.at_level(logging.DEBUG):
            answer = client().post(REVIEW, json=body)

        assert answer.status_code == 200
        assert MARK not in answer.text + caplog.text

    def test_in_each_text_alone(self, caplog):
        body = asked("omar")
        service = client()
        statuses = set()
        for path in _each_marked(body):
            with caplog.at_level(logging.DEBUG):
                answer = service.post(REVIEW, json=_with(body, path))
            statuses.add(answer.status_code)
            assert MARK not in answer.text + caplog.text, path
            caplog.clear()

        assert {200, 400} <= statuses

    def test_as_a_name(self, caplog):
        """Names of fields can be anything too."""
        body = asked("nina") | {MARK: 1}
        body["context"][MARK] = {MARK: []}
        body["prefetch"][MARK] = MARK
        body["prefetch"]["condition"]["entry"][0]["resource"][MARK] = MARK

        with caplog.at_level(logging.DEBUG):
            answer = client().post(REVIEW, json=body)

        assert answer.status_code == 200
        assert MARK not in answer.text + caplog.text

    def test_in_an_address_and_a_header(self, caplog):
        with caplog.at_level(logging.DEBUG, logger="alliance"):
            answer = client(clients=(_known(),)).post(
                f"/cds-services/{MARK}?q={MARK}", json={}, headers={"authorization": f"Bearer {MARK}"}
            )

        assert MARK not in answer.text + "".join(one.message for one in caplog.records if one.name.startswith("alli"))


def test_elsewhere_it_asks_for_tokens_or_does_not_start():
    """Without the file of clients the command serves this machine alone."""
    done = subprocess.run(
        [sys.executable, FOLDER, "--host", "0.0.0.0", "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (done.returncode, "--clients" in done.stderr) == (1, True)


# -- a socket --------------------------------------------------------------------------------------------------------


def test_over_a_socket(capfd):
    """A real server on this machine answers a real client, and writes nothing of the request."""
    with socket.socket(proto=socket.IPPROTO_TCP) as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        app = create_app(Settings(policy=POLICY, base_url=base, on=lambda: ON))
        server = uvicorn.Server(uvicorn.Config(app, access_log=False, server_header=False, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [one]}, daemon=True)
        thread.start()
        try:
            with httpx.Client(base_url=base, timeout=10) as asks:
                services = asks.get("/cds-services").json()["services"]
                answer = asks.post(REVIEW, json=_marked(asked()))
        finally:
            server.should_exit = True
            thread.join(10)

    assert (len(services), answer.status_code, "server" in answer.headers) == (len(OFFERS), 200, False)
    assert MARK not in answer.text + "".join(capfd.readouterr())
