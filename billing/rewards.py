"""Rewarded ads: who may have credits for a finished ad, how many, and how often.

Pure: what AdMob said, what the books know, the settings and the time are arguments. It never takes an amount from the
callback: anyone who may edit the ad unit in AdMob could otherwise print credits.

The order of a callback: `verified` (form and signature), `open_nonce` on its `custom_data`, look up what is known of
the nonce and of the fan, `decide`, and grant under the reward's key, all in one transaction. AdMob repeats a callback
up to five times, a second apart, until it is answered with 200: answer so whatever was refused here for good, and
with an error when KeysUnavailable.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from billing.admob import Callback, parse_callback
from billing.errors import RewardRefused
from billing.ledger import GRANT_CREDITS_MAX, KEY_LENGTH_MAX

NONCE_CHARS_MAX = 200
NONCE_ID_CHARS_MAX = 64
SECRET_BYTES_MIN = 32
"""As long as the hash's output (RFC 2104, section 3)."""
CALLBACK_AGE_MAX_MS = 60 * 60 * 1000
"""Room for callbacks that were held up; a repetition is found by its transaction, not by its age."""
CALLBACK_AHEAD_MAX_MS = 60 * 1000
"""Room for clocks that disagree."""
_NONCE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NONCE = re.compile(
    r"1\.(?P<id>[A-Za-z0-9_-]{1,64})\.(?P<expires>[0-9]{1,16})\.(?P<mark>[A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}"
)


class SignatureCheck(Protocol):
    """Knows AdMob's public keys."""

    async def genuine(self, key_id: int, signed: bytes, signature: bytes) -> bool:
        """Whether `signature` (DER) is that of `signed` under the key; False for any other bytes.

        Raises RewardRefused: unknown_key, and KeysUnavailable when there are no keys to tell by.
        """
        ...


@dataclass(frozen=True, slots=True)
class Nonce:
    """One permission to be rewarded for one ad, as it came back."""

    id: str
    fan_mark: str
    """What `fan_mark` gives for the fan it was made for."""
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class RewardRules:
    """Our settings."""

    units: Mapping[str, int]
    """Ad unit -> credits, 1..GRANT_CREDITS_MAX. A unit that is not here gives nothing."""
    daily_cap: int
    """Rewards a fan may have in a day (UTC)."""

    def __post_init__(self) -> None:
        assert all(1 <= credits <= GRANT_CREDITS_MAX for credits in self.units.values())
        assert self.daily_cap >= 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the books know when a callback arrives, read in the transaction that grants."""

    fan: str
    """Whom the nonce was given to."""
    rewarded_today: int
    transaction_booked: bool = False
    """Whether this transaction was rewarded before."""
    nonce_used: bool = False


@dataclass(frozen=True, slots=True)
class Reward:
    """What to grant: a lot of class `reward`, once per key."""

    fan: str
    credits: int
    idem_key: str


def make_nonce(fan: str, *, id: str, expires_at_ms: int, secret: bytes) -> str:
    """A signed nonce for the app to give to the ad as its custom data: at most NONCE_CHARS_MAX unreserved characters.

    `id` is new for every nonce (1..NONCE_ID_CHARS_MAX url-safe characters), kept with the fan until it is used. The
    fan is in the nonce as a keyed mark only: it passes through the ad network, and a host app's id may be an address.
    The mark differs from nonce to nonce, so that ads cannot be told to be one fan's.
    """
    assert _NONCE_ID.fullmatch(id), "an id that goes into an address as it is"
    assert 0 <= expires_at_ms < 10**16
    body = f"1.{id}.{expires_at_ms}.{fan_mark(fan, id, secret)}"
    nonce = f"{body}.{_mac(body, secret)}"
    assert len(nonce) <= NONCE_CHARS_MAX
    return nonce


def open_nonce(text: str, *, secrets: Sequence[bytes], now_ms: int) -> Nonce:
    """The nonce that one of the secrets signed; give the old one too while secrets change.

    HMAC-SHA256 (RFC 2104), compared in constant time. Raises RewardRefused: bad_nonce, expired_nonce.
    """
    matched = _NONCE.fullmatch(text) if text.isascii() else None
    if matched is None:
        raise RewardRefused("bad_nonce")
    body, _, mac = text.rpartition(".")
    if not any(hmac.compare_digest(_mac(body, secret), mac) for secret in secrets):
        raise RewardRefused("bad_nonce")
    expires_at_ms = int(matched["expires"])
    if now_ms >= expires_at_ms:
        raise RewardRefused("expired_nonce")
    return Nonce(matched["id"], matched["mark"], expires_at_ms)


def fan_mark(fan: str, nonce_id: str, secret: bytes) -> str:
    """How a nonce names its fan: 128 bits of HMAC-SHA256 over its id and the fan, in 22 url-safe characters."""
    return _b64(_hmac(f"encore.ad-fan.1\0{nonce_id}\0{fan}", secret)[:16])


async def verified(query: str | bytes, check: SignatureCheck) -> Callback:
    """The callback of a query that AdMob signed. Raises RewardRefused: malformed, unknown_key, forged; KeysUnavailable.

    AdMob signs for every publisher with the same keys: whether the ad was ours is for `decide` to say.
    """
    callback = parse_callback(query)
    if not await check.genuine(callback.key_id, callback.signed, callback.signature):
        raise RewardRefused("forged")
    return callback


def decide(
    callback: Callback, nonce: Nonce, *, known: Known, rules: RewardRules, secrets: Sequence[bytes], now_ms: int
) -> Reward:
    """The reward for a verified callback and its opened nonce.

    Raises RewardRefused: repeated, used_nonce, wrong_unit, wrong_fan, stale, future, over_cap. A repetition is told
    first: the second delivery of a reward that was given is no offence, whatever else has changed since.
    """
    if known.transaction_booked:
        raise RewardRefused("repeated")
    if known.nonce_used:
        raise RewardRefused("used_nonce")
    if callback.ad_unit not in rules.units:
        raise RewardRefused("wrong_unit")
    marks = [fan_mark(known.fan, nonce.id, secret) for secret in secrets]
    if not any(hmac.compare_digest(mark, nonce.fan_mark) for mark in marks):
        raise RewardRefused("wrong_fan")
    if now_ms - callback.timestamp_ms > CALLBACK_AGE_MAX_MS:
        raise RewardRefused("stale")
    if callback.timestamp_ms - now_ms > CALLBACK_AHEAD_MAX_MS:
        raise RewardRefused("future")
    if known.rewarded_today >= rules.daily_cap:
        raise RewardRefused("over_cap")
    key = f"admob:{callback.transaction_id}"
    assert len(key) <= KEY_LENGTH_MAX
    return Reward(known.fan, rules.units[callback.ad_unit], key)


def _mac(body: str, secret: bytes) -> str:
    return _b64(_hmac(f"encore.ad-nonce.1\0{body}", secret))


def _hmac(text: str, secret: bytes) -> bytes:
    assert len(secret) >= SECRET_BYTES_MIN, "a secret that cannot be guessed"
    return hmac.new(secret, text.encode("utf-8"), hashlib.sha256).digest()


def _b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
