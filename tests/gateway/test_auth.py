"""Host tokens and origins: what opens the door, and everything that looks like it and does not."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.auth import TOKEN_BYTES_MAX, Claims, origin_allowed, sign, verify
from gateway.errors import AuthFailed
from gateway.settings import App
from tests.gateway.builders import APP, APPS, ORIGIN, OTHER_APP, OTHER_SECRET, SECRET, without


def payload(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": APP,
        "aud": "encore",
        "sub": "mara",
        "iat": now,
        "exp": now + 60,
        "shows": {"the-roof": 2},
    } | changes


def signed(claims: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_token_says_who_the_fan_is_and_how_far_they_have_watched() -> None:
    claims = verify(signed(payload(name="Mara", locale="es", region="eu", age="teen")), APPS)
    assert claims == Claims(APP, "mara", {"the-roof": 2}, name="Mara", locale="es", region="eu", age="teen")
    assert claims.fan == "demo/mara"
    assert (claims.horizon("the-roof"), claims.horizon("another")) == (2, 0)


def test_what_we_sign_we_accept_and_claims_survive_being_kept() -> None:
    claims = Claims(APP, "mara", {"the-roof": 2}, name="Mara", age="adult")
    assert verify(sign(claims, SECRET, now_s=int(time.time()), lifetime_s=60), APPS) == claims
    assert Claims.from_json(json.loads(json.dumps(claims.as_json()))) == claims


def test_the_same_fan_id_of_two_apps_is_two_fans() -> None:
    mine = verify(signed(payload()), APPS)
    theirs = verify(signed(payload(iss=OTHER_APP), OTHER_SECRET), APPS)
    assert mine.fan != theirs.fan


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": int(time.time()) - 30},
        {"exp": None},
        {"exp": "soon"},
        {"exp": float("inf")},
        {"nbf": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400},
        {"aud": "another-service"},
        {"aud": None},
        {"aud": 7},
        {"iss": "unknown-app"},
        {"iss": None},
        {"iss": [APP]},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 129},
        {"sub": "a\nb"},
        {"shows": ["the-roof"]},
        {"shows": "the-roof"},
        {"shows": {"the-roof": "2"}},
        {"shows": {"the-roof": 2.0}},
        {"shows": {"the-roof": True}},
        {"shows": {"the-roof": None}},
        {"shows": {"the-roof": -1}},
        {"shows": {"the-roof": 100_001}},
        {"age": "old"},
        {"age": ["adult"]},
        {"name": 7},
        {"name": "x" * 129},
        {"locale": []},
        {"region": {}},
    ],
    ids=lambda changes: re.sub(r"\d{9,}", "then", json.dumps(changes)[:40]),  # the same in every process that collects
)
def test_a_token_with_a_wrong_claim_opens_nothing(changes: dict[str, Any]) -> None:
    body = json.dumps({name: value for name, value in payload(**changes).items() if value is not None}).encode()
    with pytest.raises(AuthFailed):
        verify(jwt.api_jws.encode(body, SECRET, algorithm="HS256"), APPS)


@pytest.mark.parametrize("name", ["exp", "iss", "aud", "sub"])
def test_a_token_without_a_needed_claim_opens_nothing(name: str) -> None:
    with pytest.raises(AuthFailed):
        verify(signed(without(payload(), name)), APPS)


def test_a_token_of_too_many_shows_opens_nothing() -> None:
    shows = {f"s{n}": 1 for n in range(1_001)}
    with pytest.raises(AuthFailed):
        verify(signed(payload(shows=shows)), APPS)


def test_a_token_signed_with_anybody_elses_secret_is_forged() -> None:
    for secret in (OTHER_SECRET, "a-guess-that-is-long-enough-to-be-a-key"):
        with pytest.raises(AuthFailed):
            verify(signed(payload(), secret), APPS)
    with pytest.raises(AuthFailed):
        verify(signed(payload(iss=OTHER_APP)), APPS)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_algorithm_is_ours_and_not_the_tokens(algorithm: str) -> None:
    with pytest.raises(AuthFailed):
        verify(signed(payload(), SECRET + SECRET, algorithm), APPS)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_a_token_without_a_signature_opens_nothing(algorithm: str) -> None:
    for signature in ("", part("x")):
        with pytest.raises(AuthFailed):
            verify(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(payload())}.{signature}", APPS)


def test_a_token_of_a_key_pair_opens_nothing_even_where_the_public_key_is_the_secret() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    by_rsa = jwt.encode(payload(), private, algorithm="RS256")
    for secret in (SECRET, public):
        with pytest.raises(AuthFailed):
            verify(by_rsa, {APP: App(secret)})


def test_a_token_that_was_changed_after_signing_opens_nothing() -> None:
    head, body, signature = signed(payload()).split(".")
    for changed in (
        f"{head}.{part(payload(shows={'the-roof': 40}))}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}..{signature}",
        f"{head}.{body}.{signature}.{signature}",
    ):
        with pytest.raises(AuthFailed):
            verify(changed, APPS)


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "..", "\ud800", "…", f"{part('[' * 5_000)}.{part({})}.x", "x" * (TOKEN_BYTES_MAX + 1)],
    ids=lambda token: repr(token)[:12],
)
def test_what_is_no_token_opens_nothing(token: str) -> None:
    with pytest.raises(AuthFailed):
        verify(token, APPS)


def test_a_token_may_be_as_large_as_the_limit_and_no_larger() -> None:
    shows = {f"show-{n:03}": 1 for n in range(300)}
    assert len(verify(signed(payload(shows=shows)), APPS).shows) == 300
    with pytest.raises(AuthFailed):
        verify(signed(payload(padding="x" * TOKEN_BYTES_MAX)), APPS)


APP_OF_PAGES = App(SECRET, (ORIGIN, "http://127.0.0.1:*", "https://[::1]:8443"))


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (ORIGIN, True),
        ("https://[::1]:8443", True),
        ("http://127.0.0.1", True),
        ("http://127.0.0.1:8080", True),
        ("http://127.0.0.1:65535", True),
        ("http://127.0.0.1:123456", False),
        ("http://127.0.0.1:", False),
        ("http://127.0.0.1:٣", False),
        ("http://127.0.0.1:80\n", False),
        ("http://127.0.0.1:80.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://127a0b0c1:80", False),
        ("https://127.0.0.1:80", False),
        ("http://127.0.0.1:80/", False),
        ("http://user@127.0.0.1:80", False),
        ("http://app.example", False),
        ("https://app.example:443", False),
        ("https://app.example.evil.example", False),
        ("https://evil.example/https://app.example", False),
        ("https://evilapp.example", False),
        ("https://sub.app.example", False),
        ("HTTPS://APP.EXAMPLE", False),
        ("null", False),
        ("", False),
        ("*", False),
    ],
)
def test_only_the_apps_own_pages_may_act_for_its_fans(origin: str, allowed: bool) -> None:
    assert origin_allowed(origin, APP_OF_PAGES, native_clients=True) is allowed


def test_no_origin_is_a_native_client_which_may_come_when_that_is_allowed() -> None:
    assert origin_allowed(None, APP_OF_PAGES, native_clients=True)
    assert not origin_allowed(None, APP_OF_PAGES, native_clients=False)


def test_an_app_without_origins_has_no_pages() -> None:
    assert not origin_allowed(ORIGIN, App(SECRET), native_clients=True)
