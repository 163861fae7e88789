"""Who a fan is and how far they have watched: the host app's token, and nothing the fan can edit.

Tokens are JWTs signed by the app, with HS256 and the shared secret, or with RS256 or EdDSA and a key it publishes.
Which of the two is settled by the app's entry in the settings, never by the token.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any, Literal, cast, get_args

import jwt

from gateway.errors import AuthFailed, KeysUnreachable
from gateway.settings import App

AUDIENCE = "encore"
SECRET_ALGORITHM = "HS256"
KEY_ALGORITHMS = ("RS256", "EdDSA")
JWKS_KEPT_S = 300
JWKS_REFETCH_S = 30
"""How soon keys are fetched again for one that is not among them: tokens with made-up keys must not flood the app."""
JWKS_TIMEOUT_S = 5
TOKEN_BYTES_MAX = 8 * 1024
FAN_ID_CHARS_MAX = 128
SHOWS_MAX = 1_000
EPISODES_MAX = 100_000
LEEWAY_S = 5

_ANY_HOST = r"http://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"

Age = Literal["adult", "teen", "child", "unknown"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a host app vouches for."""

    app: str
    fan_id: str
    shows: Mapping[str, int] = field(default_factory=dict)
    """Show slug -> last watched episode."""
    name: str = ""
    locale: str = "en"
    region: str = ""
    age: Age = "unknown"
    verified: bool = False
    """Whether the app knows this to be one person's only account: what a welcome gift asks for."""
    guardian: bool = False
    """Whether it is the fan's guardian who acts: caps set so are not the fan's to raise."""

    @property
    def fan(self) -> str:
        """The one key of a fan everywhere: two apps' fans never meet."""
        return f"{self.app}/{self.fan_id}"

    def horizon(self, show: str) -> int:
        """The last episode this fan has watched; 0 when nobody said."""
        return self.shows.get(show, 0)

    def as_json(self) -> dict[str, Any]:
        """For keeping beside a ticket; `Claims.from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Claims:
        """The claims kept beside a ticket."""
        return cls(**value)


def verify(token: str, apps: Mapping[str, App]) -> Claims:
    """The claims of a host app's token. Raises AuthFailed for anything but a valid, current token of a known app.

    Raises KeysUnreachable when the app's keys are needed and cannot be had. It may fetch them, so it is not for the
    event loop.
    """
    if not token or len(token) > TOKEN_BYTES_MAX:
        raise AuthFailed("no token, or one of a size no app signs")
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        app = apps.get(issuer) if isinstance(issuer, str) else None
        if app is None:
            raise AuthFailed("unknown app")
        payload = jwt.decode(
            token,
            _key_of(cast(str, issuer), app, token) if app.jwks else app.secret,
            algorithms=KEY_ALGORITHMS if app.jwks else [SECRET_ALGORITHM],
            audience=AUDIENCE,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
    except (jwt.PyJWTError, UnicodeError) as error:
        raise AuthFailed(type(error).__name__) from error
    return _claims(cast(str, issuer), payload)


def _key_of(name: str, app: App, token: str) -> jwt.PyJWK:
    try:
        return _published(app.jwks).get_signing_key_from_jwt(token)
    except jwt.PyJWKClientConnectionError as error:
        raise KeysUnreachable(name) from error


@cache
def _published(address: str) -> jwt.PyJWKClient:
    """The keys an app publishes: kept for JWKS_KEPT_S seconds, fetched sooner when a key is new."""
    return jwt.PyJWKClient(address, lifespan=JWKS_KEPT_S, timeout=JWKS_TIMEOUT_S, cooldown_duration=JWKS_REFETCH_S)


def sign(claims: Claims, secret: str, *, now_s: int, lifetime_s: int) -> str:
    """A token as a host app would sign it: for the demo page and for trying things."""
    payload = {
        "iss": claims.app,
        "aud": AUDIENCE,
        "sub": claims.fan_id,
        "iat": now_s,
        "exp": now_s + lifetime_s,
        "age": claims.age,
        "name": claims.name,
        "locale": claims.locale,
        "region": claims.region,
        "verified": claims.verified,
        "guardian": claims.guardian,
        "shows": dict(claims.shows),
    }
    return jwt.encode(payload, secret, algorithm=SECRET_ALGORITHM)


def origin_allowed(origin: str | None, app: App, *, native_clients: bool) -> bool:
    """Whether a page of this origin may act for the app's fans; no origin is a native client."""
    if origin is None:
        return native_clients
    if app.any_host_port and re.fullmatch(_ANY_HOST + f":{app.any_host_port}", origin):
        return True
    return any(_matches(origin, allowed) for allowed in app.origins)


def _matches(origin: str, allowed: str) -> bool:
    if allowed.endswith(":*"):
        return re.fullmatch(re.escape(allowed[:-2]) + r"(:[0-9]{1,5})?", origin) is not None
    return origin == allowed


def _claims(app: str, payload: Mapping[str, Any]) -> Claims:
    fan_id, shows = payload["sub"], payload.get("shows", {})
    if not isinstance(fan_id, str) or not 1 <= len(fan_id) <= FAN_ID_CHARS_MAX or not fan_id.isprintable():
        raise AuthFailed("sub is no fan id")
    if not isinstance(shows, dict) or len(shows) > SHOWS_MAX or not all(_is_episode(n) for n in shows.values()):
        raise AuthFailed("shows is no table of episodes")
    age = payload.get("age", "unknown")
    if age not in get_args(Age):
        raise AuthFailed("age is none of the known ones")
    name, locale, region = (
        payload.get(key, default) for key, default in (("name", ""), ("locale", "en"), ("region", ""))
    )
    if not all(isinstance(text, str) and len(text) <= FAN_ID_CHARS_MAX for text in (name, locale, region)):
        raise AuthFailed("name, locale or region is no short text")
    verified, guardian = payload.get("verified", False), payload.get("guardian", False)
    if not isinstance(verified, bool) or not isinstance(guardian, bool):
        raise AuthFailed("verified or guardian is neither true nor false")
    return Claims(
        app=app,
        fan_id=fan_id,
        shows=shows,
        name=name,
        locale=locale,
        region=region,
        age=age,
        verified=verified,
        guardian=guardian,
    )


def _is_episode(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= EPISODES_MAX
