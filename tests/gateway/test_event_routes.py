"""A conversation over plain HTTP: opened, talked in, followed and gone on with, in the same events as on a socket."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.gateway.builders import House, claims_of, grant
from tests.gateway.client import Event, Fan, sha256_of, text_of, types_of
from tests.gateway.frames import hold_against_schema
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW


class Stream:
    """Server-sent events as they come; each id is checked against its event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()
        self.last_id = ""

    async def next(self) -> Event | None:
        """The next event; None at the end of the stream."""
        mark = ""
        async for line in self._lines:
            if line.startswith("id: "):
                mark = line.removeprefix("id: ")
            elif line.startswith("data: "):
                event: Event = json.loads(line.removeprefix("data: "))
                hold_against_schema(event)
                assert mark == f"{event['epoch']}:{event['seq']}"
                self.last_id = mark
                return event
        return None

    async def rest(self) -> list[Event]:
        """Everything to the end."""
        events = []
        while (event := await self.next()) is not None:
            events.append(event)
        return events


@asynccontextmanager
async def streaming(fan: Fan, method: str, path: str, last: str = "", body: Any = None) -> AsyncIterator[Stream]:
    headers = {"authorization": f"Bearer {fan.token}", "accept": "text/event-stream"}
    if last:
        headers["last-event-id"] = last
    async with (
        httpx.AsyncClient(base_url=fan.base, trust_env=False, verify=False, timeout=WAIT_S) as http,
        http.stream(method, path, headers=headers, json=body) as answer,
    ):
        yield Stream(answer)


async def opened(fan: Fan, **more: Any) -> Event:
    answer = await fan.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin", **more})
    assert answer.status_code == 200, answer.text
    event: Event = answer.json()
    return event


def saying(text: str = "Is the roof all right?", message_id: str = "") -> dict[str, Any]:
    return {"client_msg_id": message_id or str(uuid.uuid4()), "text": text}


async def credited(house: House, credits: int = 20) -> Fan:
    await grant(house.store.units, claims_of("mara"), credits)
    return house.fan("mara")


async def test_a_whole_turn_comes_as_events_and_the_stream_ends_with_it(house: House) -> None:
    fan = await credited(house)
    conversation = (await opened(fan))["conversation"]
    async with streaming(fan, "POST", f"/v1/conversations/{conversation}/messages", body=saying()) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        events = await stream.rest()
    assert types_of(events)[0] == "message.accepted"
    assert types_of(events)[-1] == "reply.done"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["text_sha256"] == sha256_of(text_of(events))


async def test_a_socket_of_the_same_fan_has_the_same_events(house: House) -> None:
    fan = await credited(house)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        assert (await opened(fan))["conversation"] == conversation
        async with streaming(fan, "POST", f"/v1/conversations/{conversation}/messages", body=saying()) as stream:
            events = await stream.rest()
        await talk.until("reply.done", turn=events[0]["turn"])
        assert talk.of_turn(events[0]["turn"]) == events


async def test_a_message_that_comes_again_is_the_same_turn_and_charged_once(house: House) -> None:
    fan = await credited(house)
    conversation = (await opened(fan))["conversation"]
    path, message = f"/v1/conversations/{conversation}/messages", saying()
    runs = []
    for _ in range(2):
        async with streaming(fan, "POST", path, body=message) as stream:
            runs.append(await stream.rest())
    assert runs[0] == runs[1]
    spent = 20 - (await fan.get("/v1/wallet"))["available"]
    assert spent == runs[0][-1]["receipt"]["charged"]["text"]
    answer = await fan.call("POST", path, json={**message, "text": "Another?"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_conflict")


async def test_who_goes_away_loses_nothing_and_goes_on_after_the_last_event(house: House, model: LedModel) -> None:
    fan = await credited(house)
    conversation = (await opened(fan))["conversation"]
    model.text = None
    async with streaming(fan, "POST", f"/v1/conversations/{conversation}/messages", body=saying()) as stream:
        heard = [await stream.next()]
        mark = stream.last_id
    part = await model.asked()
    part.say(TEXT)
    part.end()
    async with streaming(fan, "GET", f"/v1/conversations/{conversation}/events", last=mark) as stream:
        while (event := heard[-1]) is not None and event["type"] != "reply.done":
            heard.append(await stream.next())
    events = [event for event in heard if event is not None]
    assert [event["seq"] for event in events] == list(range(1, len(heard) + 1))
    assert events[-1]["text_sha256"] == sha256_of(text_of(events))


async def test_without_a_mark_only_what_comes_next_is_told(house: House) -> None:
    fan = await credited(house)
    conversation = (await opened(fan))["conversation"]
    path = f"/v1/conversations/{conversation}/messages"
    async with streaming(fan, "POST", path, body=saying()) as stream:
        before = await stream.rest()
    async with streaming(fan, "GET", f"/v1/conversations/{conversation}/events") as following:
        next_event = asyncio.create_task(following.next())
        async with streaming(fan, "POST", path, body=saying("And the till?")) as stream:
            await stream.rest()
        event = await next_event
    assert event is not None
    assert event["seq"] == before[-1]["seq"] + 1


@pytest.mark.parametrize("mark", ["nowhere:1", "1", ":", "EPOCH:", "EPOCH:-1", "EPOCH:99", "EPOCH:1x", "EPOCH:²"])
async def test_a_mark_that_the_log_does_not_go_on_from_is_refused(house: House, mark: str) -> None:
    fan = await credited(house)
    event = await opened(fan)
    place = mark.replace("EPOCH", event["epoch"]).encode("latin-1")
    headers = {b"authorization": f"Bearer {fan.token}".encode(), b"last-event-id": place}
    async with httpx.AsyncClient(base_url=fan.base, trust_env=False, verify=False, timeout=WAIT_S) as http:
        answer = await http.get(f"/v1/conversations/{event['conversation']}/events", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale_mark")


async def test_a_refused_message_is_an_answer_and_no_stream(house: House) -> None:
    fan = house.fan("mara")
    conversation = (await opened(fan))["conversation"]
    path = f"/v1/conversations/{conversation}/messages"
    for body, status, code in (
        (saying(), 402, "insufficient_credits"),
        ({**saying(), "text": " "}, 422, "invalid_request"),
        ({**saying(), "client_msg_id": "one"}, 422, "invalid_request"),
        ({**saying(), "more": 1}, 422, "invalid_request"),
    ):
        answer = await fan.call("POST", path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await fan.get(path))["messages"] == []


async def test_streams_end_when_the_server_drains(house: House) -> None:
    fan = await credited(house)
    conversation = (await opened(fan))["conversation"]
    async with streaming(fan, "GET", f"/v1/conversations/{conversation}/events") as stream:
        house.gateway.turns.draining = True
        assert await stream.rest() == []
