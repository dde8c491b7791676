"""
A FHIR endpoint on this machine that serves the example patients, and a built client's pages beside it.

`python .ci/fhir_endpoint.py PORT PAGES`: `/fhir` answers reads and searches by patient; `/` is the folder PAGES.
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles

Json = dict[str, Any]
CLINIC = Path(__file__).parents[1] / "examples" / "clinic"
NAMED = {
    "nina": ("Nina", "Example"),
    "omar": ("Omar", "Example"),
    "marcus": ("Marcus", "Example"),
    "edith": ("Edith", "Example"),
}


def records(patient: str) -> list[Json]:
    entries = json.loads((CLINIC / f"{patient}.json").read_text("utf-8"))["entry"] if patient in NAMED else []
    return [one["resource"] for one in entries]


def shown(resource: Json) -> Json:
    """The examples have no names; a client's banner wants one."""
    given, family = NAMED[resource["id"]]
    return resource | {"name": [{"given": [given], "family": family}], "gender": resource.get("gender", "unknown")}


def searched(kind: str, query: dict[str, list[str]]) -> Json:
    patient = (query.get("patient") or query.get("subject") or [""])[0].removeprefix("Patient/")
    if kind == "Patient":
        found = [shown(one) for name in NAMED for one in records(name) if one["resourceType"] == "Patient"]
    else:
        found = [one for one in records(patient) if one["resourceType"] == kind]
    entries = [{"resource": one} for one in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(found), "entry": entries}


def endpoint(pages: str) -> FastAPI:
    app = FastAPI()
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])

    @app.get("/fhir/metadata")
    def metadata() -> Json:
        return {"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1"}

    @app.get("/fhir/{kind}")
    def search(kind: str, request: Request) -> Json:
        return searched(kind, parse_qs(request.url.query))

    @app.post("/fhir/{kind}/_search")
    async def search_by_post(kind: str, request: Request) -> Json:
        return searched(kind, parse_qs((await request.body()).decode()))

    @app.get("/fhir/{kind}/{name}")
    def read(kind: str, name: str) -> Response:
        found = [one for one in records(name) if kind == one["resourceType"] == "Patient"]
        return JSONResponse(shown(found[0])) if found else Response(status_code=404)

    app.mount("/", StaticFiles(directory=pages, html=True))
    return app


if __name__ == "__main__":
    uvicorn.run(endpoint(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
