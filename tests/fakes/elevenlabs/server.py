"""The stand-in run on a port of this machine: the socket, the voices, and text to speech over HTTP.

It must never be reachable from outside. Faults are set on the server and hold until they are set otherwise.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import WSMsgType, web

from tests.fakes.elevenlabs import sound
from tests.fakes.elevenlabs.contexts import Contexts, Refused

KEY = "xi-test-encore"
VOICES = {"voice-mara": "Mara", "voice-teo": "Teo"}

Fault = Literal["", "stall", "stall_after_first", "cut", "restart", "garbage", "error", "no_alignment", "snake_case"]


@dataclass
class ElevenLabsServer:
    """The stand-in's state: how it behaves, and what has come."""

    url: str = ""
    fault: Fault = ""
    busy: int = 0
    """So many more handshakes are refused because every slot is taken."""
    delay_s: float = 0.0
    """Of every answer: the provider's own time."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What came over sockets, in order."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """What went out over sockets, in order, but for faults."""
    queries: list[dict[str, str]] = field(default_factory=list)
    handshakes: int = 0
    open_sockets: int = 0
    spoken_at: list[float] = field(default_factory=list)
    """When each answer with audio was sent, by the event loop's clock."""

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """`multi-stream-input`."""
        self.handshakes += 1
        if (refused := self._refused(request)) is not None:
            return refused
        self.queries.append(dict(request.query))
        line = web.WebSocketResponse(autoping=True)
        await line.prepare(request)
        self.open_sockets += 1
        try:
            await self._serve(line, request)
        finally:
            self.open_sockets -= 1
        return line

    async def _serve(self, line: web.WebSocketResponse, request: web.Request) -> None:
        voice = request.match_info["voice"]
        if voice not in VOICES:
            await line.send_json({"message": "no such voice", "error": "voice_id_does_not_exist", "code": 1008})
            await line.close(code=1008)
            return
        contexts = Contexts(request.query.get("output_format", "mp3_44100_64"), self.fault != "no_alignment")
        idle_s = float(request.query.get("inactivity_timeout", 20))
        while True:
            try:
                frame = await line.receive(timeout=idle_s)
            except TimeoutError:
                await line.send_json({"message": "idle", "error": "input_timeout_exceeded", "code": 1008})
                await line.close(code=1008)
                return
            if frame.type is not WSMsgType.TEXT:
                return
            message = json.loads(frame.data)
            self.messages.append(message)
            if not await self._answer(line, contexts, message):
                return
            if message.get("close_socket"):
                await line.close()
                return

    async def _answer(self, line: web.WebSocketResponse, contexts: Contexts, message: dict[str, Any]) -> bool:
        try:
            answers = contexts.take(message)
        except Refused as refused:
            await line.send_json(refused.message)
            await line.close(code=1008)
            return False
        for number, answer in enumerate(answers):
            if answer["audio"] is not None and not await self._misbehave(line, number):
                return False
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            if answer["audio"] is not None:
                self.spoken_at.append(asyncio.get_running_loop().time())
            self.answers.append(answer)
            await line.send_json(_snake_case(answer) if self.fault == "snake_case" else answer)
        return True

    async def _misbehave(self, line: web.WebSocketResponse, number: int) -> bool:
        """Whether the socket goes on."""
        if self.fault == "stall" or (self.fault == "stall_after_first" and number):
            while (await line.receive()).type is WSMsgType.TEXT:
                pass  # nothing more is said, whatever comes
            return False
        if self.fault == "cut" and number:
            request = line._req
            assert request is not None
            assert request.transport is not None
            request.transport.abort()
            return False
        if self.fault == "restart" and number:
            await line.close(code=1012)
            return False
        if self.fault == "garbage" and number:
            await line.send_str("{not json")
            return False
        if self.fault == "error":
            await line.send_json({"message": "quota", "error": "quota_exceeded", "code": 1008})
            await line.close(code=1008)
            return False
        return True

    def _refused(self, request: web.Request) -> web.Response | None:
        if request.headers.get("xi-api-key") != KEY:
            return _told(401, "invalid_api_key")
        if self.busy > 0:
            self.busy -= 1
            return _told(429, "concurrent_limit_exceeded")
        return None

    async def voices(self, request: web.Request) -> web.Response:
        """`GET /v2/voices`, and `/v1/voices`."""
        if (refused := self._refused(request)) is not None:
            return refused
        listed: list[dict[str, Any]] = [
            {"voice_id": voice, "name": name, "category": "professional", "labels": {}, "settings": None}
            for voice, name in VOICES.items()
        ]
        return web.json_response({"voices": listed, "has_more": False, "total_count": len(listed)})

    async def convert(self, request: web.Request) -> web.Response:
        """`POST /v1/text-to-speech/{voice}`, and the same with timestamps."""
        if (refused := self._refused(request)) is not None:
            return refused
        if request.match_info["voice"] not in VOICES:
            return _told(404, "voice_not_found")
        text = str((await request.json())["text"])
        audio = sound.audio(len(text) * sound.CHAR_MS, request.query.get("output_format", "mp3_44100_64"))
        if not request.path.endswith("with-timestamps"):
            return web.Response(body=audio, content_type="audio/mpeg")
        timed = {
            "characters": list(text),
            "character_start_times_seconds": [place * sound.CHAR_MS / 1000 for place in range(len(text))],
            "character_end_times_seconds": [(place + 1) * sound.CHAR_MS / 1000 for place in range(len(text))],
        }
        return web.json_response({"audio_base64": base64.b64encode(audio).decode(), "alignment": timed})


def _told(status: int, error: str) -> web.Response:
    return web.json_response({"detail": {"status": error, "message": error}}, status=status)


def _snake_case(answer: dict[str, Any]) -> dict[str, Any]:
    """The other spelling, which some of their answers have."""
    names = {"isFinal": "is_final", "contextId": "context_id"}
    return {names.get(name, name): value for name, value in answer.items()}


@asynccontextmanager
async def elevenlabs_server() -> AsyncGenerator[ElevenLabsServer, None]:
    """A running stand-in."""
    state = ElevenLabsServer()
    app = web.Application()
    app.router.add_get("/v1/text-to-speech/{voice}/multi-stream-input", state.socket)
    app.router.add_get("/v1/voices", state.voices)
    app.router.add_get("/v2/voices", state.voices)
    app.router.add_post("/v1/text-to-speech/{voice}", state.convert)
    app.router.add_post("/v1/text-to-speech/{voice}/with-timestamps", state.convert)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    state.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield state
    finally:
        await runner.cleanup()
