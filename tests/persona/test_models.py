"""One contract for every chat model, and what is particular to the adapters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from pydantic import SecretStr

from persona.adapters.langchain_model import LangChainModel
from persona.adapters.recording_model import RecordingModel
from persona.doubles import ScriptedModel, ScriptedReply
from persona.errors import ModelFailed, UnknownModel
from persona.fallbacks import FallbackModel, Post
from persona.portable import portable
from persona.ports import ChatModel
from persona.turnstile import Turnstile
from persona.types import Limits, TextPart, UsagePart
from tests.fakes.openai_server import Mode, OpenAIServer, openai_server
from tests.persona.builders import prompt

SAID = "Mind the step 👨‍👩‍👧, it's 𝄞 crooked."


@pytest.fixture
async def server() -> AsyncGenerator[OpenAIServer, None]:
    async with openai_server() as state:
        state.text = SAID
        yield state


@pytest.fixture
async def hosted(server: OpenAIServer) -> AsyncGenerator[LangChainModel, None]:
    model = LangChainModel("openai:scripted", base_url=server.url, api_key=SecretStr("k"), timeout_s=5)
    yield model
    await model.aclose()


@pytest.fixture(params=["double", "langchain", "recording", "line"])
def model(request: pytest.FixtureRequest, hosted: LangChainModel) -> ChatModel:
    models: dict[str, ChatModel] = {
        "double": ScriptedModel([SAID]),
        "langchain": hosted,
        "recording": RecordingModel(ScriptedModel([SAID])),
        "line": FallbackModel(
            [Post(ScriptedModel([ScriptedReply("", fail_after=0)]), Turnstile(1)), Post(hosted, Turnstile(1))],
            Limits(),
            lambda: 0,
        ),
    }
    return models[str(request.param)]


class TestEveryChatModel:
    async def test_streams_text_and_then_usage_at_most_once(self, model: ChatModel) -> None:
        parts = [part async for part in model.stream(prompt())]
        assert "".join(part.text for part in parts if isinstance(part, TextPart)) == SAID
        assert len([part for part in parts if isinstance(part, TextPart)]) > 1
        assert [type(part) for part in parts if isinstance(part, UsagePart)] == [UsagePart]
        assert isinstance(parts[-1], UsagePart)

    async def test_may_be_closed_early_and_asked_again(self, model: ChatModel) -> None:
        async with aclosing(model.stream(prompt())) as stream:
            while not isinstance(await anext(stream), TextPart):
                pass
        parts = [part async for part in model.stream(prompt())]
        assert "".join(part.text for part in parts if isinstance(part, TextPart)) == SAID

    async def test_has_a_name_and_may_be_warmed_and_closed_twice(self, model: ChatModel) -> None:
        assert model.name
        await model.warm()
        await model.aclose()
        await model.aclose()


async def test_a_model_at_an_address_of_ones_own_gets_messages_that_every_template_takes(
    server: OpenAIServer, hosted: LangChainModel
) -> None:
    asked = prompt()
    parts = [part async for part in hosted.stream(asked)]
    sent = server.requests[0]
    assert [(m["role"], m["content"]) for m in sent["messages"]] == [
        (m.role, m.content) for m in portable(asked.messages)
    ]
    assert len(sent["messages"]) < len(asked.messages)
    assert (sent["stream"], sent["model"], sent["max_completion_tokens"]) == (True, "scripted", 200)
    assert parts[-1] == UsagePart(11, 7)


async def collect(model: ChatModel, said: list[str]) -> None:
    async for part in model.stream(prompt()):
        if isinstance(part, TextPart):
            said.append(part.text)


@pytest.mark.parametrize(
    ("mode", "status", "reason"),
    [
        ("error", 500, "upstream_5xx"),
        ("error", 503, "upstream_5xx"),
        ("error", 429, "rate_limited"),
        ("error", 401, "not_authorised"),
        ("error", 404, "model_not_found"),
        ("error", 400, "bad_request"),
        ("cut", 200, "connection"),
        ("garbage", 200, "bad_response"),
    ],
)
async def test_a_providers_failure_is_a_code_without_its_words(
    server: OpenAIServer, hosted: LangChainModel, mode: Mode, status: int, reason: str
) -> None:
    server.mode, server.status = mode, status
    said: list[str] = []
    with pytest.raises(ModelFailed) as caught:
        await collect(hosted, said)
    assert caught.value.reason == reason
    assert caught.value.__cause__ is None
    assert "SECRET" not in str(caught.value) + "".join(said)
    assert len(server.requests) == 1


async def test_closing_a_stalled_stream_hangs_up(server: OpenAIServer, hosted: LangChainModel) -> None:
    server.mode, server.after_words = "stall", 2
    async with aclosing(hosted.stream(prompt())) as stream:
        assert isinstance(await anext(stream), TextPart)
    async with asyncio.timeout(5):
        await server.abandoned.wait()


async def test_a_providers_silence_is_a_failure(server: OpenAIServer) -> None:
    server.mode, server.after_words = "stall", 0
    model = LangChainModel("scripted", base_url=server.url, timeout_s=0.05)
    with pytest.raises(ModelFailed, match="timeout"):
        _ = [part async for part in model.stream(prompt())]
    await model.aclose()


async def test_no_server_is_a_failure_to_connect() -> None:
    model = LangChainModel("openai:x", base_url="http://127.0.0.1:9/v1", timeout_s=1)
    with pytest.raises(ModelFailed, match="connection"):
        _ = [part async for part in model.stream(prompt())]
    await model.aclose()


async def test_a_model_nobody_can_open_is_unknown() -> None:
    with pytest.raises(UnknownModel):
        await LangChainModel("no-such-provider:x").warm()


def test_a_model_without_a_key_is_told_before_it_is_asked_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(UnknownModel, match="OPENAI_API_KEY"):
        LangChainModel("openai:x").check()
    LangChainModel("openai:x", base_url="http://127.0.0.1:9/v1").check()


async def test_a_recording_holds_what_was_sent_even_when_the_model_fails(tmp_path: Path) -> None:
    path = tmp_path / "sent.jsonl"
    model = RecordingModel(ScriptedModel(["Yes.", ScriptedReply("No", fail_after=0)]), path)
    asked = prompt("你好 👋")
    _ = [part async for part in model.stream(asked)]
    with pytest.raises(ModelFailed):
        _ = [part async for part in model.stream(asked)]
    assert model.requests == [asked.messages, asked.messages]
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 2
    assert rows[0]["model"] == "scripted"
    assert rows[0]["messages"][-1] == {"role": "user", "content": "你好 👋"}
