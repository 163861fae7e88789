"""One contract for every scribe, and what a hosted one does when its provider misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from persona.adapters.langchain_scribe import LangChainScribe
from persona.doubles import ScriptedScribe
from persona.errors import ModelFailed, ModelTimedOut, UnknownModel
from persona.ports import Scribe
from tests.fakes.openai_server import Mode, OpenAIServer, openai_server

WRITTEN = '{"sayings": []}  👨‍👩‍👧'
SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@pytest.fixture
async def server() -> AsyncGenerator[OpenAIServer, None]:
    async with openai_server() as state:
        state.text = WRITTEN
        yield state


@pytest.fixture
async def hosted(server: OpenAIServer) -> AsyncGenerator[LangChainScribe, None]:
    scribe = LangChainScribe("openai:scripted", base_url=server.url, writing_s=5)
    yield scribe
    await scribe.aclose()


@pytest.fixture(params=["double", "langchain"])
def scribe(request: pytest.FixtureRequest, hosted: LangChainScribe, server: OpenAIServer) -> tuple[Scribe, Scribe]:
    """One that writes, and one of the same kind that writes nothing."""
    if request.param == "double":
        return ScriptedScribe(WRITTEN), ScriptedScribe("  ")
    return hosted, hosted


class TestEveryScribe:
    async def test_writes_the_whole_text_with_and_without_a_schema(self, scribe: tuple[Scribe, Scribe]) -> None:
        for schema in (None, SCHEMA):
            assert await scribe[0].write("Be short.", "> words", tokens_max=50, schema=schema) == WRITTEN

    async def test_nothing_written_is_a_failure(self, scribe: tuple[Scribe, Scribe], server: OpenAIServer) -> None:
        server.text = " "
        with pytest.raises(ModelFailed, match="empty"):
            await scribe[1].write("Be short.", "> words", tokens_max=50)

    async def test_has_a_name_and_may_be_closed_twice(self, scribe: tuple[Scribe, Scribe]) -> None:
        assert scribe[0].name
        await scribe[0].aclose()
        await scribe[0].aclose()


async def test_a_hosted_scribe_sends_instruction_and_data_apart_and_asks_for_the_schema(
    server: OpenAIServer, hosted: LangChainScribe
) -> None:
    await hosted.write("Be short.", "> words", tokens_max=50, schema=SCHEMA)
    await hosted.write("Be short.", "> words", tokens_max=50)
    first, second = server.requests
    assert [(m["role"], m["content"]) for m in first["messages"]] == [("system", "Be short."), ("user", "> words")]
    assert (first["temperature"], first["max_completion_tokens"]) == (0.0, 50)
    described = first["response_format"]["json_schema"]
    assert (described["strict"], described["schema"]) == (True, SCHEMA)
    assert "response_format" not in second


@pytest.mark.parametrize(
    ("mode", "reason"), [("error", "upstream_5xx"), ("cut", "connection"), ("garbage", "bad_response")]
)
async def test_a_providers_failure_is_a_code_without_its_words(
    server: OpenAIServer, hosted: LangChainScribe, mode: Mode, reason: str
) -> None:
    server.mode = mode
    for schema in (None, SCHEMA):
        with pytest.raises(ModelFailed) as caught:
            await hosted.write("Be short.", "> words", tokens_max=50, schema=schema)
        assert "SECRET" not in str(caught.value)
        assert caught.value.reason == reason


async def test_a_provider_that_goes_on_for_too_long_is_given_up_and_hung_up_on(server: OpenAIServer) -> None:
    server.mode, server.after_words = "stall", 1
    scribe = LangChainScribe("scripted", base_url=server.url, writing_s=0.1)
    with pytest.raises(ModelTimedOut):
        await scribe.write("Be short.", "> words", tokens_max=50)
    async with asyncio.timeout(5):
        await server.abandoned.wait()
    await scribe.aclose()


def test_a_model_nobody_can_open_is_told_at_once() -> None:
    with pytest.raises(UnknownModel):
        LangChainScribe("no-such-provider:x")
