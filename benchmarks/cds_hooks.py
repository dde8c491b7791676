"""
A patient-view call over a socket, beside the function alone and an empty route: `python benchmarks/cds_hooks.py`.

All three are asked in turn in one run, over one connection each, for the same bytes. The route that is empty reads the
body and answers `{}`. The budget: the whole call takes at most three times the function and the empty route together.
"""

import json
import socket
import statistics
import sys
import threading
import time
from datetime import date
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request

from alliance_core import Audience, load_policy
from alliance_core.edges import cds_hooks as hooks

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "examples" / "cds_hooks_service"))
from cds_service import Settings, create_app  # noqa: E402

ON = date(2026, 11, 24)
POLICY = load_policy("US")
SERVICE = "alliance-review"
BUDGET = 3
ROUNDS = 300


def body(patient):
    offer = next(one for one in hooks.OFFERS if one.id == SERVICE)
    entries = json.loads((ROOT / "examples" / "clinic" / f"{patient}.json").read_text())["entry"]
    prefetch = dict.fromkeys(offer.templates)
    for resource in (one["resource"] for one in entries):
        key = resource["resourceType"][0].lower() + resource["resourceType"][1:]
        if key == "patient":
            prefetch[key] = resource
        elif key in prefetch:
            prefetch[key] = prefetch[key] or {"resourceType": "Bundle", "type": "searchset", "entry": []}
            prefetch[key]["entry"].append({"resource": resource})
    context = {"userId": "Practitioner/example", "patientId": patient}
    return json.dumps({"hook": "patient-view", "hookInstance": "h", "context": context, "prefetch": prefetch}).encode()


def function(data):
    """Bytes in, bytes out: what the service does, without HTTP."""
    asked = hooks.read_message(data, hooks.Request)
    answer = hooks.respond(asked, service=SERVICE, policy=POLICY, on=ON, audience=Audience.CLINICIAN)
    return hooks.write_message(answer)


def empty():
    app = FastAPI()

    @app.post("/")
    async def nothing(request: Request):
        await request.body()
        return {}

    return app


def served(app):
    """Start a server on this machine; return its address, the server and its thread."""
    one = socket.socket(proto=socket.IPPROTO_TCP)  # asyncio sends at once only where it knows that it is TCP
    one.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [one]}, daemon=True)
    thread.start()
    return f"http://127.0.0.1:{one.getsockname()[1]}", server, thread


def clock(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def one_round(whole, route, data):
    """Return the seconds of the call, of the function and of the empty route, taken in turn."""
    return (
        clock(lambda: whole.post(f"/cds-services/{SERVICE}", content=data)),
        clock(lambda: function(data)),
        clock(lambda: route.post("/", content=data)),
    )


def main():
    settings = Settings(policy=POLICY, on=lambda: ON, audience=Audience.CLINICIAN)
    servers = [served(create_app(settings)), served(empty())]
    headers = {"content-type": "application/json"}
    over = 0
    with httpx.Client(base_url=servers[0][0], headers=headers) as whole, httpx.Client(base_url=servers[1][0]) as route:
        for patient in ("nina", "omar", "edith"):
            data = body(patient)
            assert whole.post(f"/cds-services/{SERVICE}", content=data).content == function(data)
            rounds = [one_round(whole, route, data) for _ in range(ROUNDS)]
            ratio = statistics.median(call / (pure + bare) for call, pure, bare in rounds)
            call, pure, bare = (statistics.median(one) * 1000 for one in zip(*rounds, strict=True))
            print(
                f"{patient:6} {len(data):6} bytes: call {call:5.2f} ms, function {pure:5.2f} ms, empty route {bare:5.2f} ms:"
                f" {ratio:.2f} times the two together (budget {BUDGET})"
            )
            over += ratio > BUDGET
    for _, server, thread in servers:
        server.should_exit = True
        thread.join(10)
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
