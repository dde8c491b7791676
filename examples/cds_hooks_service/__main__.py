"""
Run the service: `python examples/cds_hooks_service`.

It listens on this machine only. For any other address it wants the file of clients, so that a token is asked for.
"""

import argparse
import logging  # noqa: TID251  # see cds_service
import sys
from datetime import date
from pathlib import Path

import uvicorn
from cds_service import Settings, create_app, today
from client_tokens import read_clients

from alliance_core import Audience, load_policy

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def main() -> None:
    asked = arguments()
    if asked.host not in LOCAL and asked.clients is None:
        sys.exit("--clients: outside of this machine a service asks for tokens; name the file of clients")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = Settings(
        policy=load_policy(asked.policy, overlays=tuple(asked.overlay)),
        base_url=asked.base_url or f"http://{asked.host}:{asked.port}",
        clients=read_clients(asked.clients) if asked.clients else (),
        origins=tuple(asked.origin),
        audience=Audience(asked.audience),
        feedback_file=asked.feedback,
        on=today if asked.on is None else lambda: asked.on,
    )
    uvicorn.run(
        create_app(settings),
        host=asked.host,
        port=asked.port,
        access_log=False,  # an address may hold what a client put into it
        server_header=False,
        limit_concurrency=64,
        log_level="warning",
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cds_hooks_service", description="CDS Hooks 2.0.1 over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--base-url", help="the address as clients write it; their tokens name it")
    parser.add_argument("--clients", type=Path, help="JSON: a list of iss, jwks and jku of each client that is trusted")
    parser.add_argument("--origin", action="append", default=[], help="a page that a browser may ask from; repeat it")
    parser.add_argument("--audience", choices=[one.value for one in Audience], default=Audience.PORTAL.value)
    parser.add_argument("--feedback", type=Path, help="the file to which feedback is added; none: not offered")
    parser.add_argument("--policy", default="US")
    parser.add_argument("--overlay", action="append", default=[])
    parser.add_argument("--on", type=date.fromisoformat, help="the day to answer for; none: the day it is")
    return parser.parse_args()


if __name__ == "__main__":
    main()
