"""The bundled model with its real weights: it answers, it is true, and it can be stopped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from persona.adapters.local_model import LocalModel, Sampling
from persona.doubles import WordRelevance
from persona.errors import UnknownModel
from persona.prompt import compose
from persona.tokens import approximate_tokens
from persona.types import Prompt, Stage, TextPart, UsagePart
from tests.persona.builders import FIRST_REPLY, brief, own_line, passage, recall, sheet

pytestmark = pytest.mark.local_model

NO_SENDER = "This morning's post. No sender. Just a tag."
DEFLECTIONS = ("I only do the windows.", "I don't sell fakes.")
KNOWN = recall(lines=(own_line(NO_SENDER, "Where did that crate come from?"),))


def asked(fan_text: str) -> Prompt:
    return compose(brief(fan_text, known=KNOWN), budget_tokens=4_000, reply_tokens_max=120, count=approximate_tokens)


async def reply(model: LocalModel, prompt: Prompt) -> str:
    parts = [part async for part in model.stream(prompt)]
    assert isinstance(parts[-1], UsagePart)
    return "".join(part.text for part in parts if isinstance(part, TextPart))


@pytest.fixture(scope="module")
def models_dir() -> Path:
    return Path(os.environ.get("ENCORE_MODELS_DIR") or Path.home() / ".cache" / "encore")


@pytest.fixture
async def model(models_dir: Path) -> AsyncGenerator[LocalModel, None]:
    local = LocalModel.bundled(models_dir, relevance=WordRelevance())
    await local.warm()
    yield local
    await local.aclose()


async def test_it_answers_from_the_character_and_streams_words(model: LocalModel) -> None:
    await model.prepare(Stage(brief()))
    assert await reply(model, asked("hi!!")) == FIRST_REPLY
    assert await reply(model, asked("where did that crate come from?")) == NO_SENDER
    assert model.name == "gemma-3-270m (local)"


async def test_a_cancelled_question_leaves_the_model_free_for_the_next(model: LocalModel) -> None:
    async with aclosing(model.stream(asked("zeppelins, madagascar?"))) as stream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream)
    assert await reply(model, asked("hi!!")) == FIRST_REPLY


async def test_a_refused_line_is_followed_by_the_next_best_and_half_of_one_by_a_deflection(model: LocalModel) -> None:
    greeted = asked("hi!!")
    assert await reply(model, greeted) == FIRST_REPLY
    assert await reply(model, replace(greeted, delivered="")) != FIRST_REPLY
    assert await reply(model, replace(greeted, delivered="Hello, you.")) in DEFLECTIONS


class UnevenServer:
    """A runtime whose first sample is complete at once, and whose second never is."""

    def handle_completions(self, request: dict[str, Any], take: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        done = {"index": 0, "text": "The crate had no sender, only a tag.", "finish_reason": "stop"}
        stop = take({"choices": [done, {"index": 1, "text": "And then"}]})
        while not stop:
            stop = take({"choices": [{"index": 1, "text": " and then"}]})
        return {}


async def test_a_sample_that_is_complete_in_time_auditions_while_another_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalModel(tmp_path, relevance=WordRelevance(), name="uneven", sampling=Sampling(wait_s=0.05))
    monkeypatch.setattr(local, "_load", UnevenServer)
    known = recall(passages=(passage(text="TAMSIN: The crate had no sender. It had only a tag."),))
    prompt = compose(
        brief("and the tag on the crate?", known=known, of=sheet(examples=(), facts=())),
        budget_tokens=4_000,
        reply_tokens_max=120,
        count=approximate_tokens,
    )
    assert (await reply(local, prompt)).startswith("The crate had no sender")


async def test_weights_that_are_not_there_are_an_unknown_model(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="no such file"):
        await LocalModel.from_file(tmp_path / "none.gguf", relevance=WordRelevance()).warm()
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(UnknownModel, match="does not load"):
        await LocalModel.from_file(broken, relevance=WordRelevance()).warm()
