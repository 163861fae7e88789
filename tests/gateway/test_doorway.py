"""Bad manners on the way in and beneath the protocol, over real connections: each has one answer."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import AsyncExitStack

import pytest

import gateway.doorway
from gateway.doorway import (
    BODY_BYTES_MAX,
    CONTROL_FRAMES,
    FRAGMENT_BYTES,
    HALF_OPEN_MAX,
    HALF_OPEN_PER_ADDRESS_MAX,
    HEAD_BYTES_MAX,
    WHOLE_S,
    Porch,
)
from gateway.protocol import FRAME_BYTES_MAX
from tests.gateway.builders import House
from tests.gateway.client import sha256_of, text_of
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.raw import (
    BINARY,
    CLOSE,
    CONT,
    PING,
    PONG,
    Raw,
    frame,
    raw_connection,
    raw_socket,
    upgrade,
)
from tests.gateway.story import SHOW

JSON_PING = b'{"type": "ping", "t": 1}'


def fragments(payload: bytes, size: int) -> bytes:
    """A message in fragments of so many bytes."""
    parts = [payload[start : start + size] for start in range(0, len(payload), size)]
    frames = [
        frame(part, 1 if number == 0 else CONT, fin=number == len(parts) - 1) for number, part in enumerate(parts)
    ]
    return b"".join(frames)


def bomb() -> bytes:
    """A megabyte in a compressed frame that is itself small. RFC 7692, section 7.2.1."""
    deflate = zlib.compressobj(wbits=-15)
    packed = deflate.compress(b" " * 1_000_000) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return frame(packed[:-4], rsv=0b100)


MANNERS: dict[str, tuple[bytes, int]] = {
    "malformed JSON": (frame(b'{"type": "ping", "t": 1'), 4505),
    "no object": (frame(b"[1, 2]"), 4505),
    "nested too deeply": (frame(b'{"a":' * 40 + b"1" + b"}" * 40), 4505),
    "nested very deeply": (frame(b"[" * 16_000), 4505),
    "binary": (frame(bytes(range(256)), BINARY), 4505),
    "an empty frame": (frame(b""), 4505),
    "no UTF-8": (frame(b'{"type": "\xff\xfe"}'), 1007),
    "over 16 KiB": (frame(b" " * (FRAME_BYTES_MAX + 1)), 1009),
    "a length of many exabytes": (b"\x81\xff" + b"\x7f" + b"\xff" * 7, 1009),
    "fragments over 16 KiB": (fragments(b" " * (FRAME_BYTES_MAX + 1), 1_000), 1009),
    "thousands of tiny fragments": (fragments(b" " * 10_000, 1), 1009),
    "empty fragments without end": (frame(b"{", fin=False) + frame(b"", CONT, fin=False) * 5_000, 1009),
    "a new message inside a fragmented one": (frame(b"{", fin=False) + frame(JSON_PING), 1002),
    "a fragment of nothing": (frame(b"}", CONT), 1002),
    "no mask": (frame(JSON_PING, masked=False), 1002),
    "a reserved opcode": (frame(JSON_PING, 3), 1002),
    "a compressed bomb": (bomb(), 1002),
    "a message of a megabyte": (frame(b" " * 1_000_000), 1009),
    "a ping that is too long": (frame(bytes(126), PING), 1002),
    "a fragmented ping": (frame(b"", PING, fin=False), 1002),
    "a flood of pings": (frame(b"x" * 125, PING) * (CONTROL_FRAMES.at_once + 50), 4013),
    "a flood of pongs": (frame(b"", PONG) * (CONTROL_FRAMES.at_once + 50), 4013),
    "garbage": (b"\xde\xad\xbe\xef" * 400, 1002),
}


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.doorway, "CUT_S", 0.3)


@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize(("sent", "code"), MANNERS.values(), ids=MANNERS)
async def test_each_bad_manner_has_one_answer(
    house: House, sent: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with raw_socket(house.fan()) as raw:
        await raw.send(sent)
        assert await raw.closed() == code
        await raw.gone()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_who_is_still_sending_hears_why_the_socket_was_closed(house: House) -> None:
    async with raw_socket(house.fan()) as raw:
        raw.stop_reading()
        await raw.send(b"\x81\xff" + (1_000_000).to_bytes(8) + bytes(4))
        for _ in range(20):  # as a client does that has begun a large message
            await raw.send(bytes(1_000))
            await asyncio.sleep(0.02)
        raw.read_on()
        assert await raw.closed() == 1009


async def test_what_is_unusual_and_allowed_is_answered(house: House) -> None:
    async with raw_socket(house.fan()) as raw:
        await raw.send(fragments(JSON_PING, 1))
        assert json.loads(await raw.text())["type"] == "pong"
        await raw.send(frame(JSON_PING[:9], fin=False) + frame(b"between", PING))
        assert await raw.frame() == (PONG, b"between")
        await raw.send(frame(JSON_PING[9:], CONT))
        assert json.loads(await raw.text())["type"] == "pong"
        await raw.send(fragments(JSON_PING + b" " * (FRAME_BYTES_MAX // FRAGMENT_BYTES - len(JSON_PING)), 1))
        assert json.loads(await raw.text())["type"] == "pong"
        await raw.send(frame(b"\x03\xe8", CLOSE))
        assert await raw.closed() == 1000


async def test_compression_is_not_agreed_to(house: House) -> None:
    async with raw_connection(house.base) as raw:
        await raw.send(upgrade(house.base, await house.fan().ticket(), "Sec-WebSocket-Extensions: permessage-deflate"))
        assert "permessage-deflate" not in (await raw.whole_head()).lower()


# On the way in


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.doorway, "HEAD_S", 0.4)
    monkeypatch.setattr(gateway.doorway, "BODY_S", 0.4)


async def dribbled(raw: Raw, data: bytes) -> None:
    """Send byte by byte, for as long as the server is there."""
    for byte in data:
        await raw.send(bytes([byte]))
        await asyncio.sleep(0.02)


HEADS: list[bytes] = [
    b"",
    b"GET /v1/realtime HTTP/1.1\r\nhost: x\r\n" + b"x-more: and more\r\n" * 1_000,
    b"POST /v1/realtime/tickets HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n" + b" " * 1_000,
]


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("sent", HEADS, ids=["nothing at all", "a head", "a body"])
async def test_who_dribbles_is_answered_408_and_let_go(house: House, sent: bytes) -> None:
    async with raw_connection(house.base) as raw:
        dribbling = asyncio.create_task(dribbled(raw, sent))
        try:
            assert await raw.head() in ("HTTP/1.1 408 Request Timeout", "HTTP/1.1 401 Unauthorized")
            await raw.gone()
        finally:
            dribbling.cancel()
            await asyncio.gather(dribbling, return_exceptions=True)


@pytest.mark.usefixtures("hurried")
async def test_a_second_request_is_bounded_as_the_first_is(house: House) -> None:
    async with raw_connection(house.base) as raw:
        await raw.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await raw.head() == "HTTP/1.1 200 OK"
        await raw.send(b"GET /healthz HTTP/1.1\r\nx: ")
        assert (await raw.rest()).endswith(
            b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )


REFUSED: dict[str, tuple[bytes, str]] = {
    "an endless head": (b"GET / HTTP/1.1\r\nx: " + b"x" * (HEAD_BYTES_MAX + 1), "431 Request Header Fields Too Large"),
    "a head of a megabyte": (b"GET / HTTP/1.1\r\nx: " + b"x" * 1_000_000, "431 Request Header Fields Too Large"),
    "an endless body": (
        b"POST /v1/conversations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b" " * 65_536 + b"\r\n") * (2 * BODY_BYTES_MAX // 65_536),
        "413 Content Too Large",
    ),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00", "400 Bad Request"),
}


@pytest.mark.parametrize(("sent", "answer"), REFUSED.values(), ids=REFUSED)
async def test_what_is_too_much_or_no_request_is_refused(house: House, sent: bytes, answer: str) -> None:
    async with raw_connection(house.base) as raw:
        await raw.send(sent)
        assert await raw.head() == f"HTTP/1.1 {answer}"
        await raw.gone()


async def test_a_quiet_socket_is_not_held_to_the_bounds_of_a_request(house: House, hurried: None) -> None:
    async with raw_socket(house.fan()) as raw:
        await asyncio.sleep(0.6)
        await raw.send(frame(JSON_PING))
        assert json.loads(await raw.text())["type"] == "pong"


class Transport(asyncio.Transport):
    """One that only knows whether it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = False

    def abort(self) -> None:
        """See asyncio."""
        self.cut = True


LATER_S = WHOLE_S + 0.01


def test_of_too_many_half_open_connections_the_one_that_waited_longest_is_cut() -> None:
    porch, transports = Porch(), [Transport() for _ in range(HALF_OPEN_MAX + 2)]
    for number, transport in enumerate(transports[:-2]):
        porch.came(transport, f"203.0.{number // 250}.{number % 250}", 0.0)
    assert not any(transport.cut for transport in transports)
    porch.left(transports[0])
    porch.came(transports[-2], "127.0.0.1", LATER_S)
    assert not any(transport.cut for transport in transports)
    porch.came(transports[-1], "127.0.0.1", LATER_S)
    assert [transport.cut for transport in transports] == [False, True] + [False] * HALF_OPEN_MAX
    assert len(porch) == HALF_OPEN_MAX


def test_an_address_may_have_fewer_half_open_connections_and_harms_only_itself() -> None:
    porch, other = Porch(), Transport()
    porch.came(other, "203.0.113.1", 0.0)
    many = [Transport() for _ in range(HALF_OPEN_PER_ADDRESS_MAX + 3)]
    for number, transport in enumerate(many):
        porch.came(transport, f"2001:db8::{number:x}", number * LATER_S)
    assert [transport.cut for transport in many] == [True] * 3 + [False] * HALF_OPEN_PER_ADDRESS_MAX
    assert not other.cut


def test_who_comes_in_a_crowd_is_not_cut_before_it_could_ask() -> None:
    porch, crowd, late = Porch(), [Transport() for _ in range(3 * HALF_OPEN_MAX)], Transport()
    for transport in crowd:  # fans who come back after a restart, by one proxy
        porch.came(transport, "203.0.113.1", 0.0)
    assert not any(transport.cut for transport in crowd)
    for transport in crowd[5:]:
        porch.left(transport)
    porch.came(late, "203.0.113.1", LATER_S)
    assert not any(transport.cut for transport in (*crowd, late))
    assert len(porch) == 6


def test_what_is_left_of_a_crowd_goes_when_it_had_its_time() -> None:
    porch, crowd = Porch(), [Transport() for _ in range(3 * HALF_OPEN_MAX)]
    for number, transport in enumerate(crowd):
        porch.came(transport, f"203.0.{number // 250}.{number % 250}", 0.0)
    porch.came(Transport(), "127.0.0.1", LATER_S)
    assert sum(transport.cut for transport in crowd) == len(crowd) + 1 - HALF_OPEN_MAX
    assert len(porch) == HALF_OPEN_MAX


async def test_a_request_that_comes_whole_is_half_open_no_longer(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.doorway, "HALF_OPEN_MAX", 2)
    monkeypatch.setattr(gateway.doorway, "WHOLE_S", 0.0)
    async with raw_socket(house.fan()) as kept, AsyncExitStack() as stack:
        waiting = [await stack.enter_async_context(raw_connection(house.base)) for _ in range(3)]
        await waiting[0].gone()
        await waiting[2].send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert await waiting[2].head() == "HTTP/1.1 200 OK"
        await kept.send(frame(JSON_PING))
        assert json.loads(await kept.text())["type"] == "pong"


# The neighbour


async def test_a_neighbours_reply_is_whole_whatever_comes_from_others(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Is the roof all right?")
        part, said = await model.asked(), ""
        for number, (sent, code) in enumerate(MANNERS.values()):
            async with raw_socket(house.fan(f"vandal-{number}")) as raw:
                await raw.send(sent)
                part.say(f"Sentence {number} is whole. ")
                said += f"Sentence {number} is whole. "
                await talk.until("reply.delta", turn=turn)
                assert await raw.closed() == code
        part.say(TEXT)
        part.end()
        done = await talk.until("reply.done", turn=turn)
    assert text_of(talk.of_turn(turn)) == said + TEXT
    assert (done["status"], done["text_sha256"]) == ("completed", sha256_of(said + TEXT))
