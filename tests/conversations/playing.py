"""Plays a script against a gateway on a real socket and tells what came of it, without what differs from run to run.

Ids are numbered in the order in which they come, deltas of a turn are joined, times are left out; words, credits,
codes, sources and the manifest of every request stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from gateway.auth import Claims
from gateway.bootstrap import make_remembrance, make_summarising, now_ms
from persona.errors import ModelFailed
from persona.fallbacks import FallbackModel, Post
from persona.ports import ChatModel
from persona.turnstile import Turnstile
from persona.types import Limits, ModelPart, Prompt, TextPart, UsagePart
from tests.conversations.script import Conversation, Reply, Step
from tests.fakes.elevenlabs import KEY, elevenlabs_server
from tests.gateway.builders import House, claims_of, grant, make_stage, served, settings_of, token_of
from tests.gateway.client import Event, Fan, Talk
from tests.gateway.story import SHOW

SOON = {"FIRST_TOKEN_S": "0.4", "BETWEEN_TOKENS_S": "0.4", "FIRST_SOUND_S": "0.4", "BETWEEN_SOUNDS_S": "0.4"}
PIECE = re.compile(r"\s*\S+\s*$|\s*\S+")
DROPPED = ("id", "epoch", "server_time", "session", "heartbeat_s", "limits", "trace_id", "stream", "from_seq", "seq")
IDS = ("conversation", "turn", "client_msg_id", "replaces", "ref")
NOTE = re.compile(r"\bn-[0-9a-f]{32}\b")
DATED = ("notes", "summary")
"""Blocks that say on which day something was said."""
QUIET = ("welcome", "turn.status", "audio.marks", "audio.start", "audio.done", "voice.degraded", "audio.dropped")


@dataclass
class Recording:
    """What is kept of a conversation."""

    names: dict[str, str] = field(default_factory=dict)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def name(self, kind: str, value: str) -> str:
        """An id by its kind and number."""
        if value not in self.names:
            number = sum(name.startswith(f"{kind}-") for name in self.names.values()) + 1
            self.names[value] = f"{kind}-{number}"
        return self.names[value]

    def clean(self, value: Any, key: str = "") -> Any:
        """A value without what differs from run to run."""
        if isinstance(value, dict):
            return {name: self.clean(inner, name) for name, inner in value.items() if name not in DROPPED}
        if isinstance(value, list):
            return [self.clean(inner, key) for inner in value]
        if isinstance(value, str):
            if key in IDS:
                return self.name("message" if key == "client_msg_id" else "turn" if key == "replaces" else key, value)
            for known, name in self.names.items():
                value = value.replace(known, name)
        return value


class Playing:
    """One script being played."""

    def __init__(self, script: Conversation, house: House, models: Sequence[PlayedModel]) -> None:
        self._script, self._house, self._models = script, house, models
        self._recording = Recording()
        self._conversation = self._character = self._turn = self._text = self._message = ""
        self._asked = [0] * len(models)

    async def play(self) -> dict[str, Any]:
        """Every step, and what came of it."""
        claims = self._claims()
        if credits := self._script.fan.credits:
            await grant(self._house.store.units, claims, credits)
        fan = Fan(self._house.base, token_of(claims))
        async with AsyncExitStack() as stack:
            talk = await stack.enter_async_context(fan.talk())
            for step in self._script.steps:
                talk = await self._step(step, talk, fan, stack)
        return {"name": self._script.name, "paths": list(self._script.paths), "steps": self._recording.steps}

    def _claims(self) -> Claims:
        who = self._script.fan
        return replace(claims_of(watched=who.watched), age=who.age, locale=who.locale, name=who.name)

    async def _step(self, step: Step, talk: Talk, fan: Fan, stack: AsyncExitStack) -> Talk:
        before, heard = len(talk.events), len(talk.audio)
        if step.open is not None:
            await self._open(step, talk)
        elif step.say is not None or step.regenerate or step.repeat:
            again = await self._speak(step, talk, fan, stack)
            if again is not talk:
                self._write(step, [*talk.events[before:], *again.events], len(talk.audio) > heard)
                return again
        elif step.report:
            await talk.send("turn.report", turn=self._turn, reason=step.report)
            await talk.until("turn.reported")
        elif step.after:
            await self._happen(step.after)
        self._write(step, talk.events[before:], len(talk.audio) > heard)
        return talk

    async def _open(self, step: Step, talk: Talk) -> None:
        wanted: dict[str, Any] = {
            "show": SHOW,
            "character": step.open,
            "mode": step.mode,
            "locale": self._script.fan.locale,
        }
        if step.partner is not None:
            wanted["with"] = step.partner
        if step.horizon is not None:
            wanted["horizon"] = step.horizon
        await talk.send("conversation.open", **wanted)
        answer = await self._answered(talk, "conversation.opened")
        if answer["type"] == "conversation.opened":
            self._conversation, self._character = answer["conversation"], str(step.open)

    async def _speak(self, step: Step, talk: Talk, fan: Fan, stack: AsyncExitStack) -> Talk:
        """A message, or another reply to the last one, to its end; the socket that the fan is on afterwards."""
        await self._send(step, talk)
        accepted = await self._answered(talk, "message.accepted")
        if accepted["type"] == "error":
            return talk
        self._turn = accepted["turn"]
        if step.cancel:
            await self._cancel(step, talk)
        if step.busy:
            await talk.until("reply.delta")
            await talk.post(self._conversation, step.busy)
            await talk.until_error(code="turn_in_progress")
            self._release()
        if step.drop:
            await talk.until("reply.delta")
            mark = talk.mark(self._conversation)
            await talk.drop()
            self._release()
            talk = await stack.enter_async_context(fan.talk(resume=[mark]))
        await talk.until("reply.done", turn=self._turn)
        return talk

    async def _send(self, step: Step, talk: Talk) -> None:
        if step.regenerate:
            await talk.send("turn.regenerate", turn=self._turn, client_msg_id=str(uuid.uuid4()))
            return
        if not step.repeat:
            self._message, self._text = str(uuid.uuid4()), str(step.say)
        text = f"{self._text} And more." if step.repeat == "other" else self._text
        await talk.post(self._conversation, text, self._message, voice=step.voice or None)

    async def _cancel(self, step: Step, talk: Talk) -> None:
        heard = {}
        if step.cancel == "before_words":
            await self._models[0].stalled.wait()
        else:
            await talk.until("audio.marks" if step.cancel == "while_heard" else "reply.delta")
        if step.cancel == "while_heard":
            heard = {"heard_ms": 100_000}
        await talk.send("turn.cancel", turn=self._turn, **heard)

    def _release(self) -> None:
        for model in self._models:
            model.going_on.set()

    async def _answered(self, talk: Talk, wanted: str) -> Event:
        """The event that is waited for, or the error that comes in its place."""
        while True:
            event = await talk.next()
            if event["type"] in (wanted, "error"):
                return event

    async def _happen(self, what: str) -> None:
        store = self._house.store
        if what == "revoked":
            await store.catalogue.revoke_right(SHOW, "tamsin", "voice", now_ms=now_ms())
            return
        stage = make_stage(store)
        await make_remembrance(store, stage).catch_up()
        if what == "summary":
            await make_summarising(store, stage).catch_up()

    def _write(self, step: Step, events: Sequence[Event], audio: bool) -> None:
        clean = self._recording.clean
        written: dict[str, Any] = {"step": step.model_dump(exclude_defaults=True, by_alias=True), "events": []}
        for event in events:
            if event["type"] in QUIET:
                continue
            kept = clean(event)
            last = written["events"][-1] if written["events"] else {}
            same = last.get("type") == "reply.delta" and last.get("speaker") == event.get("speaker")
            if event["type"] == "reply.delta" and same:
                last["text"] += event["text"]
            else:
                written["events"].append(kept)
        if sounds := [clean(event) for event in events if event["type"] in ("audio.done", "voice.degraded")]:
            written["voice"] = {
                "heard": audio,
                "end": [{k: v for k, v in one.items() if k != "turn"} for one in sounds],
            }
        if requests := list(self._requests()):
            written["requests"] = requests
        self._recording.steps.append(written)

    def _requests(self) -> Any:
        for number, model in enumerate(self._models):
            for prompt in model.prompts[self._asked[number] :]:
                yield {"model": model.name, **self._manifest(prompt)}
            self._asked[number] = len(model.prompts)

    def _manifest(self, prompt: Prompt) -> dict[str, Any]:
        blocks = []
        for one in prompt.manifest.blocks:
            source = NOTE.sub(lambda found: self._recording.name("note", found[0]), self._recording.clean(one.source))
            version = "of its day" if one.name in DATED else one.version
            inside = "in " if one.included else "out"
            blocks.append(f"{inside} {one.name} | {source} | {version} | {one.tokens} | {one.reason}")
        return {"tokens": prompt.manifest.used_tokens, "messages": len(prompt.messages), "blocks": blocks}


class PlayedModel:
    """A ChatModel that says one reply of a script a request, and where the script holds it, waits for the player."""

    def __init__(self, replies: Sequence[str | Reply], *, name: str) -> None:
        self.name = name
        self._replies = [Reply(text=reply) if isinstance(reply, str) else reply for reply in replies]
        self.prompts: list[Prompt] = []
        self.stalled, self.going_on = asyncio.Event(), asyncio.Event()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        """See ChatModel."""
        self.prompts.append(prompt)
        assert len(self.prompts) <= len(self._replies), "the script has a reply for every request"
        reply = self._replies[len(self.prompts) - 1]
        for number, piece in enumerate([*PIECE.findall(reply.text), None]):
            if number == reply.fail_after:
                raise ModelFailed(reply.reason)
            if number == reply.stall_after:
                self.stalled.set()
                await asyncio.Event().wait()
            if number == reply.hold_after:
                await self.going_on.wait()
            if piece is not None:
                await asyncio.sleep(0)
                yield TextPart(piece)
        yield UsagePart(100, len(reply.text.split()))

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to release."""


@asynccontextmanager
async def house_of(script: Conversation, data_dir: Path) -> AsyncIterator[tuple[House, list[PlayedModel]]]:
    """A gateway for one script."""
    models = [PlayedModel(script.model, name="scripted")]
    model: ChatModel = models[0]
    if script.standby:
        models.append(PlayedModel(script.standby, name="standby"))
        limits = Limits(first_token_s=0.4, between_tokens_s=0.4)
        model = FallbackModel([Post(one, Turnstile(1)) for one in models], limits, lambda: 0)
    async with AsyncExitStack() as stack:
        settings = {**SOON, **script.settings}
        if script.voice != "off":
            provider = await stack.enter_async_context(elevenlabs_server())
            provider.fault = "" if script.voice == "steady" else script.voice
            settings |= {"VOICE": "elevenlabs", "ELEVENLABS_KEY": KEY, "ELEVENLABS_BASE_URL": provider.url}
        house = await stack.enter_async_context(served(settings_of(data_dir, **settings), model))
        if script.voice != "off" and "voice_unlicensed" not in script.paths:
            await house.store.catalogue.record_right(SHOW, "tamsin", "voice", source="tests", now_ms=now_ms())
        yield house, models


async def played(script: Conversation, data_dir: Path) -> dict[str, Any]:
    """A script's recording, of a gateway on a data directory that nobody else uses."""
    async with house_of(script, data_dir) as (house, models):
        with contextlib.suppress(ConnectionClosed):
            return await Playing(script, house, models).play()
        raise AssertionError("the socket was closed in mid-script")
