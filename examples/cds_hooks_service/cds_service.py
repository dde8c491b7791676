"""
CDS Hooks over HTTP: discovery, seven services, and feedback.

It answers from what a request holds, keeps none of it, and logs the service, the status and the milliseconds.
"""

import asyncio
import json
import logging  # noqa: TID251  # the core logs nothing; a service may, but never a value of a record
import time  # noqa: TID251  # as above: a service has a clock, rules have none
from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from client_tokens import Client, Gate, RefusedTokenError
from fastapi import FastAPI, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect

from alliance_core import Audience, ChartError, Policy
from alliance_core.base.errors import Problem
from alliance_core.base.kinds import value
from alliance_core.edges import cds_hooks as hooks

LOG: Final = logging.getLogger("alliance.cds_hooks")
IDS: Final = frozenset(one.id for one in hooks.OFFERS)
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
#: A service's id, as the description shows it; which of them exist is looked up, and what else was sent never echoed.
ServiceId = Annotated[str, Path(json_schema_extra={"enum": sorted(IDS)})]
#: How many seconds a client may take to send a body.
PATIENCE: Final = 10.0
JSON: Final = "application/json"


def today() -> date:
    """The day here, by this machine's clock."""
    return datetime.now().astimezone().date()  # noqa: TID251  # handed to rules, which read no clock


@value
class Settings:
    """
    How a service is run.

    `base_url` is its address as clients write it, and what their tokens name. With no `clients` anyone may ask, which
    is for one's own machine only. `origins` are the pages that a browser may ask from. `audience` is clinician only
    where the client shows cards to clinicians alone. Feedback is kept in a file, or not offered.
    """

    policy: Policy
    base_url: str = "http://127.0.0.1:8080"
    clients: tuple[Client, ...] = ()
    origins: tuple[str, ...] = ()
    audience: Audience = Audience.PORTAL
    most_bytes: int = 4 * 1024 * 1024
    feedback_file: FilePath | None = None
    on: Callable[[], date] = today


class StatusError(Exception):
    """A request that is answered with a status other than 200, and why."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(status)
        self.status, self.problems = status, problems


def create_app(settings: Settings) -> FastAPI:
    """Return the service."""
    app = FastAPI(title="alliance_core: CDS Hooks", docs_url=None, redoc_url=None)
    desk = Desk(settings)
    app.add_api_route("/cds-services", desk.discover, methods=["GET"], responses=_answers("Discovery", 401))
    app.add_api_route(
        "/cds-services/{service}",
        desk.call,
        methods=["POST"],
        responses=_answers("Response", 400, 401, 404, 408, 412, 413, 415),
        openapi_extra=_body("Request"),
    )
    app.add_api_route(
        "/cds-services/{service}/feedback",
        desk.feedback,
        methods=["POST"],
        responses=_answers(None, 400, 401, 404, 408, 413, 415),
        openapi_extra=_body("FeedbackBody"),
    )
    host = urlsplit(settings.base_url).hostname or ""
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, host])
    app.add_middleware(  # the outermost: a browser asks first without a token
        CORSMiddleware,
        allow_origins=list(settings.origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Accept"],
    )
    return app


class Desk:
    """The three endpoints."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._gate = Gate(settings.clients) if settings.clients else None
        self._discovery = hooks.write_message(hooks.discovery())

    async def discover(self, request: Request) -> Response:
        """What is offered."""
        return await self._answer(request, "discovery", self._discover)

    async def call(self, request: Request, service: ServiceId) -> Response:
        """The cards of one call."""
        return await self._answer(request, service, self._call)

    async def feedback(self, request: Request, service: ServiceId) -> Response:
        """Keep what was done with cards."""
        return await self._answer(request, service, self._keep)

    async def _answer(
        self, request: Request, service: str, work: Callable[[Request, str, bytes], bytes | None]
    ) -> Response:
        """Answer, and write one line that names nothing of the request but a service that exists."""
        started = time.perf_counter()
        try:
            body = await self._admitted(request, service)
            answer = _json(await run_in_threadpool(work, request, service, body))
        except StatusError as error:
            answer = _refusal(error.status, error.problems)
        except hooks.MissingPrefetchError as error:
            answer = _refusal(412, tuple(Problem(path=f"prefetch.{key}", reason="was not sent") for key in error.keys))
        except (ChartError, hooks.UnknownServiceError) as error:
            answer = _refusal(400, getattr(error, "problems", (Problem(path="hook", reason=_OTHER_HOOK),)))
        except Exception as error:  # noqa: BLE001  # its text may hold anything: only its kind is told
            LOG.error("failed: %s", type(error).__name__)  # noqa: TRY400  # a traceback may show what was sent
            answer = _refusal(500, (Problem(path="", reason="could not be answered; nothing was kept"),))
        known = service if service in IDS or service == "discovery" else "unknown"
        milliseconds = (time.perf_counter() - started) * 1000
        LOG.info("%s %d %.1f ms", known, answer.status_code, milliseconds)
        return answer

    async def _admitted(self, request: Request, service: str) -> bytes:
        """Return the body of a request of someone trusted, for a service that exists."""
        path = request.url.path
        if self._gate is not None:
            self._check(request, path)
        if request.method == "GET":
            return b""
        if service not in IDS:
            raise StatusError(404, Problem(path="service", reason="no service has this id; see discovery"))
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise StatusError(415, Problem(path="", reason="is not sent as application/json"))
        return await _read(request, self._settings.most_bytes)

    def _check(self, request: Request, path: str) -> None:
        address = self._settings.base_url.rstrip("/") + path
        word = ""
        try:
            if self._gate is not None:
                audience = (address, address.removesuffix("/feedback"))
                self._gate.check(request.headers.get("authorization"), audience, time.time())
        except RefusedTokenError as error:
            word = str(error)
        if word:
            LOG.info("token refused: %s", word)
            raise StatusError(401, Problem(path="Authorization", reason="holds no token of a client known here"))

    def _discover(self, _request: Request, _service: str, _body: bytes) -> bytes:
        return self._discovery

    def _call(self, _request: Request, service: str, body: bytes) -> bytes:
        settings = self._settings
        asked = hooks.read_message(body, hooks.Request)
        answer = hooks.respond(
            asked, service=service, policy=settings.policy, on=settings.on(), audience=settings.audience
        )
        return hooks.write_message(answer)

    def _keep(self, _request: Request, service: str, body: bytes) -> None:
        """Keep the card, the outcome, a reason of ours and the day; never words of a person's own."""
        file = self._settings.feedback_file
        if file is None:
            raise StatusError(404, Problem(path="", reason="feedback is not kept here"))
        told = hooks.read_message(body, hooks.FeedbackBody)
        lines = [json.dumps(_kept(service, one, place)) + "\n" for place, one in enumerate(told.feedback)]
        with file.open("a", encoding="utf-8") as out:
            out.writelines(lines)


_OTHER_HOOK: Final = "is not a hook of this service; see discovery"


def _kept(service: str, one: hooks.Feedback, place: int) -> dict[str, str | None]:
    try:
        card = str(UUID(one.card))
    except ValueError:
        card = ""
    if not card:
        raise StatusError(400, Problem(path=f"feedback[{place}].card", reason="is no uuid of a card"))
    reason = one.overrideReason.reason if one.overrideReason is not None else None
    ours = {(each.system, each.code) for each in hooks.override_reasons()}
    is_ours = reason is not None and (reason.system, reason.code) in ours
    return {
        "service": service,
        "card": card,
        "outcome": one.outcome,
        "reason": reason.code if reason is not None and is_ours else "other" if one.overrideReason else None,
        "on": one.day.isoformat(),
    }


async def _read(request: Request, most: int) -> bytes:
    """Return the body; it is not read past the limit, whatever its length was said to be."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise StatusError(413, Problem(path="", reason=f"is longer than {most} bytes"))
    except (TimeoutError, ClientDisconnect):
        body.clear()
        raise StatusError(408, Problem(path="", reason="did not arrive in time")) from None
    return bytes(body)


def _json(body: bytes | None) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(body or b"{}", media_type=JSON, headers=headers)


def _refusal(status: int, problems: tuple[Problem, ...]) -> Response:
    told = {"problems": [{"path": one.path, "reason": one.reason} for one in problems]}
    headers = {"Cache-Control": "no-store"} | (
        {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    )
    return Response(json.dumps(told), status_code=status, media_type=JSON, headers=headers)


# -- OpenAPI ---------------------------------------------------------------------------------------------------------

_PROBLEM: Final = {
    "type": "object",
    "required": ["path", "reason"],
    "properties": {"path": {"type": "string"}, "reason": {"type": "string"}},
}
_PROBLEMS: Final = {
    "type": "object",
    "required": ["problems"],
    "properties": {"problems": {"type": "array", "items": _PROBLEM}},
}
_WHY: Final = {
    400: "What was sent cannot be read, or its context is not of the hook.",
    401: "No token of a known client.",
    404: "No such service, or feedback is not kept.",
    408: "The body did not arrive in time.",
    412: "A required prefetch key was not sent.",
    413: "Too long.",
    415: "Not JSON.",
}


_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Request": {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": "example"},
        "prefetch": dict.fromkeys(hooks.OFFERS[0].templates)
        | {"patient": {"resourceType": "Patient", "id": "example"}},
    },
    "FeedbackBody": {
        "feedback": [
            {
                "card": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
                "outcome": "overridden",
                "overrideReason": {"reason": hooks.override_reasons()[0].model_dump(exclude={"display"})},
                "outcomeTimestamp": "2026-11-24T10:05:31Z",
            }
        ]
    },
}


def _schema(name: str) -> dict[str, Any]:
    return _inlined(getattr(hooks, name).model_json_schema())


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose parts stand where they are used: OpenAPI looks for `$defs` elsewhere."""
    parts = schema.pop("$defs", {})

    def put(node: Any) -> Any:  # noqa: ANN401  # JSON
        if isinstance(node, dict):
            named = node.get("$ref")
            return put(parts[named.rpartition("/")[2]]) if named else {key: put(one) for key, one in node.items()}
        return [put(one) for one in node] if isinstance(node, list) else node

    found: dict[str, Any] = put(schema)
    return found


def _body(name: str) -> dict[str, Any]:
    content = {"schema": _schema(name), "example": _EXAMPLES[name]}
    return {"requestBody": {"required": True, "content": {JSON: content}}}


def _answers(name: str | None, *statuses: int) -> dict[int | str, dict[str, Any]]:
    good = {"description": "Answered.", "content": {JSON: {"schema": _schema(name) if name else {"type": "object"}}}}
    bad: dict[str, Any] = {"content": {JSON: {"schema": _PROBLEMS}}}
    return {200: good, **{status: {"description": _WHY[status], **bad} for status in statuses}}
