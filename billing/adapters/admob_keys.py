"""AdMob's public keys, and whether one of them signed what it is said to have signed.

Keys are fetched when they are needed, kept for a day at most while they can be renewed, and asked for again at most
once a minute: callbacks with made-up keys must not make us flood the source. It never believes a key that is not
of the curve AdMob signs with.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from billing.errors import KeysUnavailable, RewardRefused

KEYS_ADDRESS = "https://www.gstatic.com/admob/reward/verifier-keys.json"
KEYS_KEPT_MS = 24 * 60 * 60 * 1000
"""The longest that AdMob's guide allows (developers.google.com/admob/android/ssv)."""
KEYS_OUTLIVE_MS = 7 * KEYS_KEPT_MS
"""How old keys may get while the source is down: a withdrawn key must not be believed for ever."""
KEYS_REFETCH_MS = 60 * 1000
KEYS_TIMEOUT_S = 5.0
KEYS_BYTES_MAX = 64 * 1024

log = logging.getLogger(__name__)


class _Unreadable(Exception):
    """What the source answered is no list of keys."""


@asynccontextmanager
async def open_keys(*, now_ms: Callable[[], int], address: str) -> AsyncIterator[AdMobKeys]:
    """The keys with a client of their own; nothing is fetched before the first callback."""
    async with httpx.AsyncClient(timeout=KEYS_TIMEOUT_S) as client:
        yield AdMobKeys(client, now_ms=now_ms, address=address)


class AdMobKeys:
    """`billing.rewards.SignatureCheck` over AdMob's published keys.

    The caller owns the client and closes it. `now_ms` gives the time; it has to go forward.
    """

    def __init__(self, client: httpx.AsyncClient, *, now_ms: Callable[[], int], address: str = KEYS_ADDRESS) -> None:
        self._client, self._now_ms, self._address = client, now_ms, address
        self._keys: Mapping[int, EllipticCurvePublicKey] = {}
        self._fetched_at_ms: int | None = None
        self._tried_at_ms: int | None = None
        self._reachable = True
        self._fetching = asyncio.Lock()

    async def genuine(self, key_id: int, signed: bytes, signature: bytes) -> bool:
        """ECDSA over P-256 and SHA-256 (FIPS 186-5), the signature in DER; see `SignatureCheck`."""
        key = await self._key(key_id)
        try:
            key.verify(signature, signed, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    async def _key(self, key_id: int) -> EllipticCurvePublicKey:
        if self._wanting(key_id):
            async with self._fetching:  # those who waited find that the first has just asked
                if self._may_fetch():
                    await self._fetch()
        if self._age_ms() > KEYS_OUTLIVE_MS:
            raise KeysUnavailable("they were never fetched, or too long ago")
        if key_id in self._keys:
            return self._keys[key_id]
        if not self._reachable:
            raise KeysUnavailable("a new one is asked for and their source does not answer")
        raise RewardRefused("unknown_key")

    def _wanting(self, key_id: int) -> bool:
        return key_id not in self._keys or self._age_ms() > KEYS_KEPT_MS

    def _age_ms(self) -> float:
        return float("inf") if self._fetched_at_ms is None else self._now_ms() - self._fetched_at_ms

    def _may_fetch(self) -> bool:
        return self._tried_at_ms is None or self._now_ms() - self._tried_at_ms >= KEYS_REFETCH_MS

    async def _fetch(self) -> None:
        started_at_ms = self._tried_at_ms = self._now_ms()
        try:
            async with asyncio.timeout(KEYS_TIMEOUT_S):
                self._keys = _keys_of(await self._download())
        except (httpx.HTTPError, TimeoutError, _Unreadable) as error:
            self._reachable = False
            log.warning("The keys of rewarded ads could not be fetched: %s.", type(error).__name__)
        else:
            self._reachable, self._fetched_at_ms = True, started_at_ms

    async def _download(self) -> bytes:
        body = b""
        async with self._client.stream("GET", self._address) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > KEYS_BYTES_MAX:
                    raise _Unreadable
        return body


def _keys_of(document: bytes) -> Mapping[int, EllipticCurvePublicKey]:
    # {"keys": [{"keyId": int, "pem": str, "base64": str}]}, `base64` a SubjectPublicKeyInfo; other kinds passed over
    try:
        listed = json.loads(document)["keys"]
        found = {entry["keyId"]: _p256(entry["base64"]) for entry in listed if type(entry["keyId"]) is int}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _Unreadable from error
    keys = {key_id: key for key_id, key in found.items() if key is not None}
    if not keys:
        raise _Unreadable
    return keys


def _p256(text: Any) -> EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
