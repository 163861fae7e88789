"""How many sockets an address may open in a while, as a trusted proxy tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import realtime
from gateway.rates import Rule
from tests.gateway.builders import House, served, settings_of
from tests.gateway.lead import LedModel
from tests.gateway.raw import HELLO, TEXT, frame, raw_connection, upgrade

SELDOM = Rule("arrivals", at_once=2, a_minute=1)


async def let_in(house: House, address: str) -> bool:
    """Whether a socket from there is welcomed; it is closed with 4013 when not."""
    async with raw_connection(house.base) as raw:
        told = (f"X-Forwarded-For: {address}",) if address else ()
        await raw.send(upgrade(house.base, await house.fan().ticket(), *told))
        assert (await raw.head()).startswith("HTTP/1.1 101")
        await raw.send(frame(HELLO))
        opcode, payload = await raw.frame()
        assert opcode == TEXT or payload[:2] == (4013).to_bytes(2)
        return opcode == TEXT


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["203.0.113.7"] * 3 + ["203.0.113.8"], [True, True, False, True]),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::3"], [True, True, False, True]),
        ([""] * 4, [True] * 4),
    ],
    ids=["each address apart", "an IPv6 network is one", "this machine's own are none"],
)
async def test_an_address_has_so_many_arrivals(
    data_dir: Path, model: LedModel, monkeypatch: pytest.MonkeyPatch, addresses: list[str], expected: list[bool]
) -> None:
    monkeypatch.setattr(realtime, "ARRIVALS", SELDOM)
    async with served(settings_of(data_dir, LIMITS="on", TRUSTED_PROXIES="127.0.0.1"), model) as house:
        assert [await let_in(house, address) for address in addresses] == expected


async def test_a_strangers_word_for_an_address_is_not_taken(
    data_dir: Path, model: LedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "ARRIVALS", SELDOM)
    async with served(settings_of(data_dir, LIMITS="on"), model) as house:
        assert [await let_in(house, "203.0.113.7") for _ in range(4)] == [True] * 4


async def test_an_app_has_so_many_arrivals_whoever_they_are(
    data_dir: Path, model: LedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "APP_ARRIVALS", SELDOM)
    async with served(settings_of(data_dir, LIMITS="on"), model) as house:
        for number in range(SELDOM.at_once):
            async with house.fan(f"fan{number}").talk():
                pass
        async with house.fan("one-more").socket() as refused:
            assert await refused.closed() == 4013
