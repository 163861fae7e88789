"""AdMob's keys: what any signature check does, and fetching over real HTTP with rotation and a source that is down."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.adapters import admob_keys
from billing.adapters.admob_keys import (
    KEYS_BYTES_MAX,
    KEYS_KEPT_MS,
    KEYS_OUTLIVE_MS,
    KEYS_REFETCH_MS,
    AdMobKeys,
    open_keys,
)
from billing.errors import KeysUnavailable, RewardRefused
from billing.rewards import SignatureCheck, verified
from billing.signature_double import SharedKeys
from tests.billing.admob_stand_in import KEY_ID, KeyPage, Signer, content, escaped, query
from tests.billing.builders import NOW_MS

SIGNER, OTHER = Signer(), Signer()
OTHER_ID = 1916455855
SIGNED = content().encode()


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.ms = NOW_MS

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def page() -> Iterator[KeyPage]:
    served = KeyPage()
    served.publish(SIGNER.published(KEY_ID))
    with served.serving():
        yield served


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as opened:
        yield opened


@pytest.fixture
def keys(page: KeyPage, clock: Clock, client: httpx.AsyncClient) -> AdMobKeys:
    return AdMobKeys(client, now_ms=clock, address=page.address)


async def genuine(keys: SignatureCheck, signer: Signer = SIGNER, key_id: int = KEY_ID) -> bool:
    return await keys.genuine(key_id, SIGNED, signer.sign(SIGNED))


async def unknown(keys: SignatureCheck, key_id: int = OTHER_ID) -> None:
    with pytest.raises(RewardRefused) as refused:
        await keys.genuine(key_id, SIGNED, OTHER.sign(SIGNED))
    assert refused.value.reason == "unknown_key"


@dataclass
class Checking:
    """A signature check and what a test of any needs: two known keys to sign with, and a source to take away."""

    check: SignatureCheck
    sign: Callable[[int, bytes], bytes]
    withdraw: Callable[[], None]


class TestAnyCheck:
    @pytest.fixture(params=["double", "adapter"])
    def checking(self, request: pytest.FixtureRequest, page: KeyPage, keys: AdMobKeys) -> Checking:
        if request.param == "double":
            double = SharedKeys({KEY_ID: b"k" * 32, OTHER_ID: b"o" * 32})
            return Checking(double, double.sign, lambda: setattr(double, "secrets", None))
        signers = {KEY_ID: SIGNER, OTHER_ID: OTHER}
        page.publish(*(signer.published(key_id) for key_id, signer in signers.items()))
        return Checking(keys, lambda key_id, signed: signers[key_id].sign(signed), lambda: setattr(page, "status", 503))

    async def test_a_signature_is_genuine_for_its_own_key_and_content_only(self, checking: Checking) -> None:
        signature = checking.sign(KEY_ID, SIGNED)
        assert await checking.check.genuine(KEY_ID, SIGNED, signature)
        assert not await checking.check.genuine(OTHER_ID, SIGNED, signature)
        assert not await checking.check.genuine(KEY_ID, SIGNED + b"0", signature)
        assert not await checking.check.genuine(KEY_ID, b"", signature)

    async def test_bytes_that_are_no_signature_are_not_genuine(self, checking: Checking) -> None:
        for signature in (b"", b"\x30\x00", checking.sign(KEY_ID, SIGNED)[:-1], checking.sign(KEY_ID, SIGNED) + b"\0"):
            assert not await checking.check.genuine(KEY_ID, SIGNED, signature)

    async def test_a_key_that_is_not_among_the_known_ones_is_told_apart(self, checking: Checking) -> None:
        await unknown(checking.check, key_id=7)

    async def test_without_keys_nothing_is_said_to_be_forged(self, checking: Checking) -> None:
        checking.withdraw()
        with pytest.raises(KeysUnavailable):
            await checking.check.genuine(KEY_ID, SIGNED, b"x")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(signature=st.binary(max_size=100))
async def test_made_up_signatures_are_not_genuine(keys: AdMobKeys, signature: bytes) -> None:
    assert not await keys.genuine(KEY_ID, SIGNED, signature)


async def test_a_callback_with_escapes_is_verified_with_real_keys(keys: AdMobKeys) -> None:
    signed = content(custom_data='{"a": "b+c"}', user_id="mara@example.org")
    sent = query(escaped(signed), SIGNER.sign(signed.encode()))
    assert (await verified(sent, keys)).user_id == "mara@example.org"
    with pytest.raises(RewardRefused, match="did not sign"):
        await verified(query(escaped(signed), SIGNER.sign(escaped(signed).encode())), keys)


class TestFetching:
    async def test_nothing_is_fetched_before_the_first_callback(
        self, page: KeyPage, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with open_keys(now_ms=clock, address=page.address) as keys:
            assert page.fetched == 0
            assert await genuine(keys)
        assert page.fetched == 1

    async def test_keys_are_fetched_once_for_many(self, keys: AdMobKeys, page: KeyPage) -> None:
        assert page.fetched == 0
        assert all(await asyncio.gather(*(genuine(keys) for _ in range(8))))
        assert page.fetched == 1

    @pytest.mark.parametrize(("age_ms", "fetched"), [(KEYS_KEPT_MS, 1), (KEYS_KEPT_MS + 1, 2)])
    async def test_keys_are_kept_for_a_day(
        self, keys: AdMobKeys, page: KeyPage, clock: Clock, age_ms: int, fetched: int
    ) -> None:
        assert await genuine(keys)
        clock.ms += age_ms
        assert await genuine(keys)
        assert page.fetched == fetched

    async def test_a_new_key_is_found_at_once_and_a_withdrawn_one_is_gone(
        self, keys: AdMobKeys, page: KeyPage, clock: Clock
    ) -> None:
        assert await genuine(keys)
        page.publish(OTHER.published(OTHER_ID))
        clock.ms += KEYS_REFETCH_MS
        assert await genuine(keys, OTHER, OTHER_ID)
        await unknown(keys, KEY_ID)

    async def test_made_up_keys_do_not_make_us_flood_the_source(
        self, keys: AdMobKeys, page: KeyPage, clock: Clock
    ) -> None:
        assert await genuine(keys)
        clock.ms += KEYS_REFETCH_MS - 1
        await asyncio.gather(*(unknown(keys, key_id) for key_id in range(4)))
        assert page.fetched == 1
        clock.ms += 1
        await asyncio.gather(*(unknown(keys, key_id) for key_id in range(4)))
        assert page.fetched == 2


class TestSourceDown:
    async def test_the_keys_we_have_are_used_for_a_week(self, keys: AdMobKeys, page: KeyPage, clock: Clock) -> None:
        assert await genuine(keys)
        page.status = 503
        clock.ms += KEYS_OUTLIVE_MS
        assert await genuine(keys)
        clock.ms += 1
        with pytest.raises(KeysUnavailable, match="too long ago"):
            await genuine(keys)

    async def test_it_is_asked_once_a_minute_until_it_is_back(
        self, keys: AdMobKeys, page: KeyPage, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        page.status = 503
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                with pytest.raises(KeysUnavailable, match="never fetched"):
                    await genuine(keys)
        assert page.fetched == 1
        assert [record.getMessage() for record in caplog.records] == [
            "The keys of rewarded ads could not be fetched: HTTPStatusError."
        ]
        page.publish(SIGNER.published(KEY_ID))
        clock.ms += KEYS_REFETCH_MS
        assert await genuine(keys)

    async def test_a_new_key_is_not_called_unknown_before_the_source_has_said_so(
        self, keys: AdMobKeys, page: KeyPage, clock: Clock
    ) -> None:
        assert await genuine(keys)
        page.status = 503
        clock.ms += KEYS_REFETCH_MS
        for _ in range(2):
            with pytest.raises(KeysUnavailable, match="does not answer"):
                await genuine(keys, OTHER, OTHER_ID)
        page.publish(SIGNER.published(KEY_ID))
        clock.ms += KEYS_REFETCH_MS
        await unknown(keys)

    async def test_a_source_that_is_gone_is_down(self, clock: Clock, client: httpx.AsyncClient) -> None:
        gone = KeyPage()
        with gone.serving():
            address = gone.address
        with pytest.raises(KeysUnavailable):
            await genuine(AdMobKeys(client, now_ms=clock, address=address))

    async def test_a_source_that_never_answers_is_down(
        self, clock: Clock, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(admob_keys, "KEYS_TIMEOUT_S", 0.05)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
            with pytest.raises(KeysUnavailable):
                await genuine(AdMobKeys(client, now_ms=clock, address=address))


class TestList:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff",
            b"[]",
            b"{}",
            b"[" * 50_000,
            b'{"keys": 5}',
            b'{"keys": [5]}',
            b'{"keys": []}',
            b'{"keys": [{"keyId": 5}]}',
            json.dumps({"keys": [{**SIGNER.published(KEY_ID), "keyId": str(KEY_ID)}]}).encode(),
            json.dumps({"keys": [{**SIGNER.published(KEY_ID), "base64": "!"}]}).encode(),
            json.dumps({"keys": [{**SIGNER.published(KEY_ID), "base64": "eA=="}]}).encode(),
            json.dumps({"keys": [{**SIGNER.published(KEY_ID), "base64": 5}]}).encode(),
        ],
    )
    async def test_an_answer_without_a_key_counts_as_none(self, keys: AdMobKeys, page: KeyPage, body: bytes) -> None:
        page.body = body
        with pytest.raises(KeysUnavailable):
            await genuine(keys)

    async def test_a_list_longer_than_any_is_not_read(self, keys: AdMobKeys, page: KeyPage, clock: Clock) -> None:
        page.body += b" " * (KEYS_BYTES_MAX - len(page.body) + 1)
        with pytest.raises(KeysUnavailable):
            await genuine(keys)
        page.body = page.body[:-1]
        clock.ms += KEYS_REFETCH_MS
        assert await genuine(keys)

    async def test_keys_of_another_kind_are_passed_over(self, keys: AdMobKeys, page: KeyPage) -> None:
        bitcoin, edwards = Signer(SECP256K1()), Ed25519PrivateKey.generate().public_key()
        der = edwards.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        odd = {"keyId": 7, "pem": "", "base64": base64.b64encode(der).decode()}
        page.publish(bitcoin.published(OTHER_ID), odd, SIGNER.published(KEY_ID))
        assert await genuine(keys)
        await unknown(keys, OTHER_ID)
        await unknown(keys, 7)
