"""Host apps that share no secret: their published keys, over real HTTP, with rotation."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from gateway.auth import verify
from gateway.error_codes import code_of
from gateway.errors import AuthFailed, KeysUnreachable
from gateway.settings import App
from tests.gateway.builders import APP, SECRET
from tests.gateway.test_auth import payload

RSA_KEY = generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = Ed25519PrivateKey.generate()


def published(kid: str, key: Any) -> dict[str, Any]:
    """A public key as an app publishes it."""
    algorithm, name = (OKPAlgorithm, "EdDSA") if isinstance(key, Ed25519PrivateKey) else (RSAAlgorithm, "RS256")
    jwk: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return {**jwk, "kid": kid, "use": "sig", "alg": name}


def signed(kid: str, key: Any, algorithm: str, **changes: Any) -> str:
    return jwt.encode(payload(**changes), key, algorithm=algorithm, headers={"kid": kid})


class Publisher:
    """A host app's key page; `keys` may change while it is served."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.fetched = 0
        self.address = ""

    @contextmanager
    def serving(self) -> Iterator[None]:
        publisher = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.fetched += 1
                body = json.dumps({"keys": publisher.keys}).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
            self.address = f"http://127.0.0.1:{server.server_port}/keys"
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    page = Publisher()
    page.keys = [published("r1", RSA_KEY), published("e1", ED_KEY)]
    with page.serving():
        yield page


def test_both_kinds_of_published_keys_open_the_door_and_are_fetched_once(publisher: Publisher) -> None:
    apps = {APP: App(jwks=publisher.address)}
    assert verify(signed("r1", RSA_KEY, "RS256"), apps).fan == "demo/mara"
    assert verify(signed("e1", ED_KEY, "EdDSA"), apps).fan == "demo/mara"
    assert publisher.fetched == 1


def test_a_new_key_is_found_when_the_app_has_rotated(publisher: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.auth.JWKS_REFETCH_S", 0)
    apps, fresh = {APP: App(jwks=publisher.address)}, Ed25519PrivateKey.generate()
    verify(signed("r1", RSA_KEY, "RS256"), apps)
    publisher.keys = [published("e2", fresh)]
    assert verify(signed("e2", fresh, "EdDSA"), apps).fan == "demo/mara"


def test_made_up_keys_do_not_make_us_flood_the_app(publisher: Publisher) -> None:
    verify(signed("r1", RSA_KEY, "RS256"), {APP: App(jwks=publisher.address)})
    for kid in ("x1", "x2", "x3", "x4"):
        with pytest.raises(AuthFailed):
            verify(signed(kid, ED_KEY, "EdDSA"), {APP: App(jwks=publisher.address)})
    assert publisher.fetched <= 2


def test_a_key_that_is_not_published_opens_nothing(publisher: Publisher) -> None:
    stranger = Ed25519PrivateKey.generate()
    for kid in ("e1", "e9"):
        with pytest.raises(AuthFailed):
            verify(signed(kid, stranger, "EdDSA"), {APP: App(jwks=publisher.address)})


def test_a_secret_is_no_key_and_a_key_is_no_secret(publisher: Publisher) -> None:
    with pytest.raises(AuthFailed):
        verify(signed("r1", SECRET, "HS256"), {APP: App(jwks=publisher.address)})
    with pytest.raises(AuthFailed):
        verify(signed("r1", RSA_KEY, "RS256"), {APP: App(secret=SECRET)})


def test_an_expired_token_stays_expired_whatever_signed_it(publisher: Publisher) -> None:
    with pytest.raises(AuthFailed):
        verify(signed("e1", ED_KEY, "EdDSA", exp=1_000), {APP: App(jwks=publisher.address)})


def test_an_app_whose_keys_cannot_be_fetched_lets_nobody_in_for_now() -> None:
    gone = Publisher()
    with gone.serving():
        address = gone.address
    with pytest.raises(KeysUnreachable) as told:
        verify(signed("r1", RSA_KEY, "RS256"), {APP: App(jwks=address)})
    row = code_of(told.value)
    assert (row.status, row.retryable) == (503, True)
