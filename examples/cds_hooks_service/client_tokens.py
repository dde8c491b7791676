"""
Whether a request comes from a client that this service was told to trust: the JWT of CDS Hooks, verified by PyJWT.

Keys are given beforehand, in a file. A `jku` is compared and never loaded: no request can send this service anywhere.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import jwt

from alliance_core.base.kinds import value

#: What the specification recommends; it forbids `none` and every symmetric algorithm.
ALGORITHMS: Final = ("ES384", "RS384")
#: How many seconds two clocks may differ.
LEEWAY: Final = 30
#: No longer than this is a token good for one call, in seconds.
LONGEST: Final = 600
#: A token is remembered until it has expired; at most so many at once.
MOST_REMEMBERED: Final = 100_000


class RefusedTokenError(Exception):
    """The token is none that is trusted. The text is a word of the rule, never a part of the token."""


@value
class Client:
    """One client: who issues its tokens, its keys by their ids, and the `jku` that its tokens may name."""

    issuer: str
    keys: Mapping[str, jwt.PyJWK]
    jku: str | None = None


def read_clients(path: Path) -> tuple[Client, ...]:
    """
    Return the clients of a file: a list of objects with `iss`, `jwks` (a JWK Set of public keys) and perhaps `jku`.

    Raises `ValueError` or `KeyError` for any other file, and `jwt.PyJWTError` for a key that is none.
    """
    return tuple(_client(one) for one in json.loads(path.read_text("utf-8")))


def _client(told: Mapping[str, Any]) -> Client:
    keys = {key["kid"]: jwt.PyJWK(key) for key in told["jwks"]["keys"]}
    return Client(issuer=told["iss"], keys=keys, jku=told.get("jku"))


class Gate:
    """Lets each token of a known client through once."""

    def __init__(self, clients: tuple[Client, ...]) -> None:
        self._clients = {one.issuer: one for one in clients}
        self._seen: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def check(self, authorization: str | None, audience: tuple[str, ...], now: float) -> None:
        """Raise `RefusedTokenError` unless the header holds a token of a known client for this address."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise RefusedTokenError("none")
        told = self._verified(token.strip(), audience)
        expires = int(told["exp"])  # a number, or it would not have been verified
        if expires - int(told["iat"]) > LONGEST:
            raise RefusedTokenError("too-long")
        self._once((told["iss"], str(told["jti"])), expires, now)

    def _verified(self, token: str, audience: tuple[str, ...]) -> dict[str, Any]:
        try:
            client, key = self._client_of(token)
            return jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=list(audience),
                issuer=client.issuer,
                leeway=LEEWAY,
                options={"require": ["iss", "aud", "exp", "iat", "jti"]},
            )
        except jwt.PyJWTError as error:
            word = type(error).__name__
        except (LookupError, TypeError, ValueError, ArithmeticError, RecursionError):
            word = "unknown-client"
        raise RefusedTokenError(word)

    def _client_of(self, token: str) -> tuple[Client, jwt.PyJWK]:
        """Return whose token it says it is, and that client's key; raises `KeyError` for anyone else."""
        head = jwt.get_unverified_header(token)
        client = self._clients[jwt.decode(token, options={"verify_signature": False})["iss"]]
        if str(head.get("typ")).upper() != "JWT" or head.get("jku", client.jku) != client.jku:
            raise KeyError
        return client, client.keys[head["kid"]]

    def _once(self, token: tuple[str, str], expires: int, now: float) -> None:
        with self._lock:
            if token in self._seen:
                raise RefusedTokenError("again")
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen = {one: until for one, until in self._seen.items() if until + LEEWAY > now}
            if len(self._seen) >= MOST_REMEMBERED:
                raise RefusedTokenError("too-many")
            self._seen[token] = expires
