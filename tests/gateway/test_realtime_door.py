"""The front door of the socket: who is let in, what closes it, and that a neighbour does not notice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

import gateway.connection
from gateway.adapters.sql_conversations import SqlTickets
from gateway.ports import Units
from gateway.protocol import FRAME_BYTES_MAX, NESTING_MAX
from gateway.records import Logged
from gateway.session import Effect, Session
from gateway.settings import Settings
from tests.gateway.breaking import UnreadableUnits
from tests.gateway.builders import ORIGIN, OTHER_APP, House, served, settings_of
from tests.gateway.client import Fan, Talk, text_of
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW

PING = '{"type": "ping", "t": 1}'
HELLO = '{"type": "hello", "protocol": "encore.v1"}'


async def refused_with(fan: Fan, ticket: str) -> int:
    """The HTTP status of an upgrade that is refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with fan.socket(ticket=ticket):
            pass
    return refused.value.response.status_code


async def closed_after(fan: Fan, *frames: str | bytes, hello: bool = False, text: bool | None = None) -> int:
    """The code that a socket is closed with after these frames."""
    async with fan.socket() as talk:
        if hello:
            await talk.hello()
        for frame in frames:
            await talk.send_raw(frame, text=text)
        return await talk.closed()


async def test_a_wrong_origin_is_refused_before_anything_is_accepted(house: House) -> None:
    ticket = await house.fan(origin=ORIGIN).ticket()
    for origin in ("https://evil.example", "https://app.example.evil.example", "null"):
        assert await refused_with(house.fan(origin=origin), ticket) == 403
    async with house.fan(origin=ORIGIN).socket(ticket=ticket) as talk:
        assert (await talk.hello())["type"] == "welcome"


async def test_another_apps_page_cannot_use_this_apps_ticket(house: House) -> None:
    ticket = await house.fan().ticket()
    assert await refused_with(house.fan(app=OTHER_APP, origin="https://second.example"), ticket) == 403


async def test_native_clients_are_refused_where_they_are_off(data_dir: Path, model: LedModel) -> None:
    settings = settings_of(data_dir, NATIVE_CLIENTS="off")
    async with served(settings, model) as house:
        assert (await house.fan().call("POST", "/v1/realtime/tickets")).status_code == 403
        ticket = await house.fan(origin=ORIGIN).ticket()
        assert await refused_with(house.fan(), ticket) == 403


async def test_a_ticket_opens_one_socket(house: House) -> None:
    fan = house.fan()
    ticket = await fan.ticket()
    async with fan.socket(ticket=ticket) as first:
        await first.hello()
        async with fan.socket(ticket=ticket) as second:
            assert await second.closed() == 4501
        async with fan.socket(ticket="guessed") as third:
            assert await third.closed() == 4501
        await first.send("ping", t=1)
        assert (await first.until("pong"))["t"] == 1


async def test_a_process_that_drains_lets_nobody_in_and_leaves_the_ticket_for_another(house: House) -> None:
    fan = house.fan()
    ticket = await fan.ticket()
    house.gateway.turns.draining = True
    assert await refused_with(fan, ticket) == 503
    house.gateway.turns.draining = False
    async with fan.socket(ticket=ticket) as talk:
        await talk.hello()


async def test_two_tickets_or_none_are_no_ticket(house: House) -> None:
    fan = house.fan()
    async with fan.socket(protocols=["encore.v1", f"ticket.{await fan.ticket()}"]) as talk:
        assert await talk.closed() == 4501


async def test_a_client_of_another_version_is_told_to_update(house: House) -> None:
    fan = house.fan()
    async with fan.socket(protocols=["encore.v2"]) as talk:
        assert await talk.closed() == 4506
    for more in ("", ', "capabilities": ["video"]', ', "resume": "all"', f', "client": "{"x" * 300}"'):
        assert await closed_after(fan, f'{{"type": "hello", "protocol": "encore.v2"{more}}}') == 4506


async def test_a_client_that_never_says_hello_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.connection, "HELLO_S", 0.2)
    assert await closed_after(house.fan()) == 4502
    assert await closed_after(house.fan(), "{}", '{"type": "hello"}') == 4502


async def test_a_client_that_has_said_hello_may_be_quiet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.connection, "HELLO_S", 0.2)
    async with house.fan().talk() as talk, house.fan("late").socket() as late:
        assert await late.closed() == 4502
        await talk.send("ping", t=2)
        assert (await talk.until("pong"))["t"] == 2


BEFORE_HELLO: list[str | bytes] = [
    b"\x00\x01binary",
    "not json",
    "[]",
    "[" * (NESTING_MAX + 1),
    PING,
    json.dumps({"type": "conversation.open", "show": SHOW, "character": "tamsin"}),
    json.dumps({"type": "turn.cancel", "turn": "t-1"}),
]
AFTER_HELLO: list[str | bytes] = [
    b"",
    b"\xff" * 100,
    "",
    "{",
    "nul",
    '"hello"',
    PING + PING,
    '{"type": "ping", "t": ' + "[" * NESTING_MAX + "]" * NESTING_MAX + "}",
]


async def test_what_is_no_event_closes_the_socket_as_a_protocol_error(house: House) -> None:
    codes = [await closed_after(house.fan(), frame) for frame in BEFORE_HELLO]
    codes += [await closed_after(house.fan(), frame, hello=True) for frame in AFTER_HELLO]
    assert set(codes) == {4505}


async def test_the_websocket_layer_refuses_what_is_too_large_or_no_utf_8(house: House) -> None:
    fan = house.fan()
    assert await closed_after(fan, "x" * (FRAME_BYTES_MAX + 1), hello=True) == 1009
    assert await closed_after(fan, b"x" * (FRAME_BYTES_MAX + 1), hello=True) == 1009
    assert await closed_after(fan, b'{"type": "\xff"}', hello=True, text=True) == 1007


async def test_a_frame_as_large_as_the_limit_is_read(house: House) -> None:
    async with house.fan().talk() as talk:
        await talk.send_raw(PING.ljust(FRAME_BYTES_MAX))
        assert (await talk.until("pong"))["t"] == 1


async def test_an_invalid_event_is_answered_and_the_socket_stays(house: House) -> None:
    async with house.fan().talk() as talk:
        for frame, field in [
            ("{}", "type"),
            ('{"type": "nothing", "id": "e1"}', "type"),
            (HELLO, "type"),
            ('{"type": "ping"}', "t"),
            ('{"type": "ping", "t": 1, "more": 2}', "more"),
            ('{"type": "message.send", "conversation": 7}', "client_msg_id"),
        ]:
            await talk.send_raw(frame)
            error = await talk.until_error()
            assert (error["code"], error["class"], error["field"]) == ("invalid_event", "invalid_request", field)
            assert error.get("ref") == json.loads(frame).get("id")
        await talk.send("typing", conversation="c-1")
        await talk.send("ping", t=-0.5)
        assert (await talk.until("pong"))["t"] == -0.5


async def test_a_fan_has_so_many_sockets_and_no_more(house: House, settings: Settings) -> None:
    fan = house.fan()
    async with AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(fan.talk()) for _ in range(settings.sockets_per_fan)]
        async with fan.socket() as one_more:
            assert await one_more.closed() == 4504
        async with house.fan("somebody-else").talk() as other:
            assert other.welcome["limits"]["sockets_max"] == settings.sockets_per_fan
        await talks[0].drop()
        await freed(fan)


async def freed(fan: Fan) -> None:
    """Wait until one more socket of the fan is welcomed."""
    async with asyncio.timeout(10):
        while await closed_after_hello(fan):
            pass


async def closed_after_hello(fan: Fan) -> bool:
    """Whether the server closes a new socket of the fan instead of welcoming it."""
    async with fan.socket() as talk:
        try:
            await talk.hello()
        except ConnectionClosed:
            return True
        return False


async def test_when_the_database_fails_an_event_is_refused_as_internal_and_the_socket_goes_on(
    settings: Settings, model: LedModel
) -> None:
    units: list[UnreadableUnits] = []

    def unreadable(opened: Units) -> Units:
        units.append(UnreadableUnits(opened))
        return units[0]

    async with served(settings, model, wrap=unreadable) as house, house.fan().talk() as talk:
        units[0].broken = True
        for type_, fields in (
            ("turn.cancel", {"turn": "t-1"}),
            ("conversation.open", {"show": SHOW, "character": "tamsin"}),
        ):
            reference = await talk.send(type_, **fields)
            error = await talk.until_error(code="internal", ref=reference)
            assert "BooksBroken" not in repr(error)
        assert (await house.fan().call("GET", "/readyz")).status_code == 503
        units[0].broken = False
        assert (await house.fan().call("GET", "/readyz")).status_code == 200
        await talk.send("turn.cancel", turn="t-1")
        await talk.until_error(code="unknown_turn")
        assert (await talk.open(SHOW, "tamsin"))["seq"] == 0


async def test_when_the_database_fails_at_the_door_the_client_may_come_again_and_the_log_quotes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: object, ticket: str, *, now_ms: int) -> None:
        raise RuntimeError(f"{ticket} at {now_ms}")

    fan = house.fan()
    ticket = await fan.ticket()
    with monkeypatch.context() as patch:
        patch.setattr(SqlTickets, "redeem", broken)
        async with fan.socket(ticket=ticket) as talk:
            assert await talk.closed() == 1011
    (told,) = (record.getMessage() for record in caplog.records if record.levelname == "ERROR")
    assert told.startswith("a ticket was not looked up: RuntimeError at ")
    assert "Traceback" not in caplog.text
    async with fan.socket(ticket=ticket) as talk:
        await talk.hello()


async def test_a_socket_that_breaks_is_closed_with_a_code_and_logged_by_its_place(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Session, events: Sequence[Logged]) -> list[Effect]:
        raise RuntimeError(events[0].wire)

    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        mark = talk.mark(conversation)
        with monkeypatch.context() as patch:
            patch.setattr(Session, "offer", broken)
            await talk.post(conversation, "Is the roof all right?")
            assert await talk.closed() == 1011
    (told,) = (record.getMessage() for record in caplog.records if record.levelname == "ERROR")
    assert told.startswith("a socket broke: RuntimeError at ")
    assert "message.accepted" not in caplog.text
    assert "Traceback" not in caplog.text
    async with fan.talk(resume=[mark]) as back:
        assert (await back.until("reply.done"))["status"] == "completed"


Trouble = Callable[[House], Awaitable[object]]


async def test_a_neighbours_stream_goes_on_whatever_others_send(house: House, model: LedModel) -> None:
    model.text = None
    fan, vandal = await house.rich_fan(), house.fan("vandal")
    troubles: list[Trouble] = [
        lambda _: closed_after(vandal, b"\x00" * 100),
        lambda _: closed_after(vandal, "[" * 16_000, hello=True),
        lambda _: closed_after(vandal, '{"a": "' + '\\"[' * 5_000, hello=True),
        lambda _: closed_after(vandal, "x" * (FRAME_BYTES_MAX + 1)),
        lambda _: closed_after(vandal, b'{"\xff"}', text=True),
        lambda house: house.fan(origin="https://evil.example").call("POST", "/v1/realtime/tickets"),
        lambda _: cut_off(vandal),
    ]
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Is the roof all right?")
        part = await model.asked()
        said = ""
        for number, trouble in enumerate(troubles):
            await trouble(house)
            part.say(f"Sentence {number} is whole. ")
            said += f"Sentence {number} is whole. "
            delta = await talk.until("reply.delta", turn=turn)
            assert said.startswith(text_of([*talk.of_turn(turn)]))
            assert delta["turn"] == turn
        part.say(TEXT)
        part.end()
        done = await talk.until("reply.done", turn=turn)
    assert (done["status"], text_of(talk.of_turn(turn))) == ("completed", said + TEXT)


async def cut_off(fan: Fan) -> None:
    """A client that vanishes."""
    async with fan.socket() as talk:
        await vanish(talk)


async def vanish(talk: Talk) -> None:
    await talk.send_raw(HELLO)
    await talk.drop()
