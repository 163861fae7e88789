"""AdMob as the tests have it: it signs callbacks with real keys and publishes them over real HTTP."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.billing.builders import NOW_MS

KEY_ID = 3335741209
UNIT = "2747237135"
TOLD = {
    "ad_network": "5450213213286189855",
    "ad_unit": UNIT,
    "custom_data": "nonce",
    "reward_amount": "10",
    "reward_item": "coins",
    "timestamp": str(NOW_MS),
    "transaction_id": "18fa792de1bca816048293fc71035638",
    "user_id": "",
}


def content(**changes: str | None) -> str:
    """What AdMob signs; None leaves a parameter out."""
    told = {**TOLD, **changes}
    return "&".join(f"{name}={value}" for name, value in told.items() if value is not None)


def escaped(signed: str) -> str:
    """The content as it stands in an address."""
    return re.sub("=([^&]*)", lambda value: "=" + quote(value[1], safe=""), signed)


def query(raw: str, signature: bytes, key_id: int = KEY_ID) -> str:
    """A whole query: the content as written, its signature and the key's id."""
    return f"{raw}&signature={base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}&key_id={key_id}"


class Signer:
    """One signing key of AdMob."""

    def __init__(self, curve: EllipticCurve | None = None) -> None:
        self._key = generate_private_key(curve or SECP256R1())

    def sign(self, signed: bytes) -> bytes:
        return self._key.sign(signed, ECDSA(SHA256()))

    def published(self, key_id: int) -> dict[str, Any]:
        """The key's entry in AdMob's list."""
        public = self._key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"keyId": key_id, "pem": pem, "base64": base64.b64encode(der).decode()}


class KeyPage:
    """Where the keys are published; what it answers may change while it is served."""

    def __init__(self) -> None:
        self.status, self.body, self.fetched, self.address = 200, b"", 0, ""

    def publish(self, *entries: dict[str, Any]) -> None:
        self.status, self.body = 200, json.dumps({"keys": entries}).encode()

    @contextmanager
    def serving(self) -> Iterator[None]:
        page = self

        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.fetched += 1
                self.send_response(page.status)
                self.send_header("content-length", str(len(page.body)))
                self.end_headers()
                self.wfile.write(page.body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
            self.address = f"http://127.0.0.1:{server.server_port}/keys"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()
