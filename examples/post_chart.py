"""
A chart posted to a FastAPI route, a review back: `python examples/post_chart.py`.

FastAPI is no dependency of this library: `pip install fastapi httpx`. A chart that is refused is answered with paths
and rules, and never with what was sent.
"""

import asyncio
from datetime import date
from pathlib import Path

import httpx
from fastapi import FastAPI, Response

from alliance_core import Audience, load_policy, review_chart
from alliance_core.edges.reviews import write_review
from alliance_core.edges.wire import ChartBody

HERE = Path(__file__).parent
POLICY = load_policy("US")
app = FastAPI()


@app.post("/reviews/{on}")
def review(on: date, body: ChartBody) -> Response:
    found = review_chart(body.chart, policy=POLICY, on=on)
    return Response(write_review(found, audience=Audience.CLINICIAN), media_type="application/json")


async def main() -> None:
    chart = (HERE / "native" / "omar.json").read_bytes()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://clinic.example") as client:
        answer = await client.post("/reviews/2026-11-24", content=chart, headers={"content-type": "application/json"})
        refused = await client.post("/reviews/2026-11-24", json={"id": "c", "person": {"id": "p", "born_on": "spring"}})
    for finding in answer.json()["findings"]:
        print(finding["answer"], finding["rule"], finding["missing"])
    [problem] = refused.json()["detail"]
    print(refused.status_code, ".".join(problem["loc"]), problem["msg"])


if __name__ == "__main__":
    asyncio.run(main())
