"""Any WebSocket client holds a conversation: it asks, loses the line in mid-reply, comes back, and has every word."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import browser as browser
from tests.gateway.builders import House
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.story import SHOW
from tests.node import needs_packages, node
from tests.stacks.lines import (
    AiohttpLine,
    ChromiumLine,
    Line,
    PicowsLine,
    WebSocketClientLine,
    WebsocketsLine,
    said,
)

FIRST, REST = "The roof 🏮 leaks, and nobody has asked. ", "I mend it at night — for the roof’s sake."
WHOLE = FIRST + REST
STACKS: dict[str, Callable[[str, list[str]], Awaitable[Line]]] = {
    "websockets": WebsocketsLine.connect,
    "aiohttp": AiohttpLine.connect,
    "picows": PicowsLine.connect,
    "websocket-client": WebSocketClientLine.connect,
}

Connect = Callable[[str, list[str]], Awaitable[Line]]
Spawn = Coroutine[Any, Any, Process]


async def holds_a_conversation(house: House, model: LedModel, connect: Connect) -> None:
    """The whole of it over one stack."""
    model.text = None
    fan = await house.rich_fan("mara")
    url = house.base.replace("http", "ws", 1) + "/v1/realtime"
    line = await connect(url, ["encore.v1", f"ticket.{await fan.ticket()}"])
    await line.send(json.dumps({"type": "hello", "id": "1", "protocol": "encore.v1", "client": "stacks/1"}))
    await said(line, "welcome")
    await line.send(json.dumps({"type": "conversation.open", "id": "2", "show": SHOW, "character": "tamsin"}))
    opened, _ = await said(line, "conversation.opened")
    asked = {"conversation": opened["conversation"], "client_msg_id": str(uuid.uuid4()), "text": "Is it dry?"}
    await line.send(json.dumps({"type": "message.send", "id": "3", **asked}))
    part = await model.asked()
    part.say(FIRST)
    delta, _ = await said(line, "reply.delta")
    text = delta["text"]
    await line.drop()
    part.say(REST)
    part.end()
    again = await connect(url, ["encore.v1", f"ticket.{await fan.ticket()}"])
    mark = {"conversation": opened["conversation"], "epoch": opened["epoch"], "seq": delta["seq"]}
    hello = {"type": "hello", "id": "4", "protocol": "encore.v1", "client": "stacks/1", "resume": [mark]}
    await again.send(json.dumps(hello))
    done, came = await said(again, "reply.done")
    for event in came:
        if event["type"] == "reply.delta":
            text = text[: event["offset"]] + event["text"]
    assert text == WHOLE
    assert hashlib.sha256(text.encode()).hexdigest() == done["text_sha256"]
    await again.drop()


@pytest.mark.parametrize("stack", STACKS)
async def test_a_python_stack_holds_a_conversation(house: House, model: LedModel, stack: str) -> None:
    async with asyncio.timeout(3 * WAIT_S):
        await holds_a_conversation(house, model, STACKS[stack])


@pytest.mark.browser
async def test_a_page_in_chromium_holds_a_conversation(house: House, model: LedModel, browser: Browser) -> None:
    async def connect(url: str, protocols: list[str]) -> Line:
        return await ChromiumLine.connect(browser, f"{house.base}/healthz", url, protocols)

    async with asyncio.timeout(6 * WAIT_S):
        await holds_a_conversation(house, model, connect)


async def holds_its_own_conversation(house: House, model: LedModel, start: Callable[[dict[str, str]], Spawn]) -> None:
    """The same of a program that keeps the story of `holds_a_conversation` itself and ends with 0."""
    model.text = None
    fan = await house.rich_fan("mara")
    variables = {
        "URL": house.base.replace("http", "ws", 1) + "/v1/realtime",
        "SHOW": SHOW,
        "CHARACTER": "tamsin",
        "MESSAGE": str(uuid.uuid4()),
        "TICKET": await fan.ticket(),
        "TICKET_AGAIN": await fan.ticket(),
    }
    process = await start(variables)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(6 * WAIT_S):
            part = await model.asked()
            part.say(FIRST)
            told = ""
            while "dropped" not in told:
                line = await process.stderr.readline()
                assert line, told
                told += line.decode()
            part.say(REST)
            part.end()
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, (out + err).decode()


async def test_k6_holds_a_conversation(house: House, model: LedModel) -> None:
    k6 = shutil.which("k6", path=str(Path(sys.executable).parent))
    assert k6 is not None
    command = [k6, "run", "--quiet", "--no-usage-report", "--log-format", "raw", "--address", ""]
    script = str(Path(__file__).with_name("conversation.js"))

    def start(variables: dict[str, str]) -> Spawn:
        named = [argument for name, value in variables.items() for argument in ("-e", f"{name}={value}")]
        return asyncio.create_subprocess_exec(*command, *named, script, stdout=PIPE, stderr=PIPE)

    await holds_its_own_conversation(house, model, start)


@needs_packages
async def test_the_npm_package_ws_holds_a_conversation(house: House, model: LedModel) -> None:
    def start(variables: dict[str, str]) -> Spawn:
        return asyncio.create_subprocess_exec(*node("conversation.mjs"), stdout=PIPE, stderr=PIPE, env=variables)

    await holds_its_own_conversation(house, model, start)
