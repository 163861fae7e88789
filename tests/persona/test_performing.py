"""A performance, path by path: complete, asked again, deflected, late, cut, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest

from persona.doubles import PhraseShield, ScriptedModel, ScriptedReply, open_shield
from persona.errors import ModelFailed, ModelTimedOut
from persona.guard import CLAIMS_HUMAN, WITHHELD_TERM
from persona.performing import perform
from persona.ports import Shield
from persona.reviewing import Review
from persona.types import (
    Limits,
    ModelPart,
    PerformanceEvent,
    Performed,
    Prompt,
    ReviewRules,
    Spoken,
    TextPart,
    Verdict,
)
from persona.wording import ASK_AGAIN
from tests.persona.builders import prompt

RULES = ReviewRules(("Ottilie Sorrel", "coal hatch"))
DEFLECTIONS = ("I only do the windows.", "I don't sell fakes.")
SOON = Limits(first_token_s=0.02, between_tokens_s=0.02)


async def performed(
    model: ScriptedModel,
    rules: ReviewRules = RULES,
    limits: Limits | None = None,
    deflections: tuple[str, ...] = DEFLECTIONS,
    shield: Shield = open_shield,
) -> tuple[str, Performed]:
    events: list[PerformanceEvent] = []
    async with aclosing(
        perform(model, prompt(), Review(rules, shield), limits or Limits(), deflections, lambda n: n - 1)
    ) as performance:
        async for event in performance:
            events.append(event)
    end = events.pop()
    assert isinstance(end, Performed)
    assert model.open_streams == 0
    return "".join(event.text for event in events if isinstance(event, Spoken)), end


@pytest.mark.parametrize(
    "said",
    [
        "Mind the step. The step's crooked, the notice isn't.",
        "Ottilie is a name 👨‍👩‍👧 𝄞 — and 小灯。也是。",
        "  \n**no** label: here… 𠮷野家。\n\nTwo lines.  ",
        "Well",
    ],
)
async def test_a_reply_is_exactly_what_the_model_said_but_for_outer_space(said: str) -> None:
    text, end = await performed(ScriptedModel([said]))
    assert text == said.strip()
    assert (end.refused, end.rule, end.attempts) == (False, "", 1)
    assert end.usage is not None
    assert end.usage.reply_tokens > 0


@pytest.mark.parametrize("label", ["TAMSIN:", "Tamsin Orr: ", "**Tam:** ", "**TAMSIN**: ", "tamsin："])
async def test_a_leading_name_is_taken_off(label: str) -> None:
    assert (await performed(ScriptedModel([f" {label} Mind: the step."])))[0] == "Mind: the step."


async def test_the_first_words_leave_before_the_reply_is_complete() -> None:
    model = ScriptedModel([ScriptedReply("Well, mind the step. It is crooked.", stall_after=3)])
    async with aclosing(
        perform(model, prompt(), Review(RULES, open_shield), Limits(), DEFLECTIONS, lambda n: 0)
    ) as performance:
        assert await anext(performance) == Spoken("Well,")
        assert model.open_streams == 1
    assert model.open_streams == 0


async def test_a_refused_segment_is_asked_again_without_naming_what_was_refused() -> None:
    model = ScriptedModel(["I mend lamps. I am Ottilie Sorrel. Yes.", "TAMSIN: I mend lamps. Ask me about glass."])
    text, end = await performed(model)
    assert text == "I mend lamps. Ask me about glass."
    assert (end.refused, end.attempts) == (False, 2)
    again = model.prompts[1]
    assert again.delivered == "I mend lamps."
    assert again.messages[: len(prompt().messages)] == prompt().messages
    assert [m.content for m in again.messages[-2:]] == ["I mend lamps.", ASK_AGAIN]
    assert "Ottilie" not in repr(again.messages)


async def test_the_second_attempt_goes_on_where_the_first_stopped() -> None:
    text, _ = await performed(ScriptedModel(["I mend lamps. I am Ottilie Sorrel.", "And glass."]))
    assert text == "I mend lamps. And glass."
    text, _ = await performed(ScriptedModel(["我修灯。 Ottilie Sorrel。", "还有玻璃。"]))
    assert text == "我修灯。还有玻璃。"


async def test_refused_twice_it_deflects_in_character() -> None:
    text, end = await performed(ScriptedModel(["Well. I came by the coal hatch.", "The coal hatch, I said."]))
    assert text == "Well. I don't sell fakes."
    assert (end.refused, end.rule, end.attempts) == (True, WITHHELD_TERM, 2)


async def test_a_claim_to_be_human_is_refused_too() -> None:
    text, end = await performed(ScriptedModel(["I am human, I swear."]))
    assert text == "I don't sell fakes."
    assert (end.refused, end.rule) == (True, CLAIMS_HUMAN)


async def test_a_second_attempt_that_says_nothing_new_ends_in_a_deflection() -> None:
    text, end = await performed(ScriptedModel(["Well. The coal hatch.", "Well."]))
    assert text == "Well. I don't sell fakes."
    assert (end.refused, end.rule) == (True, WITHHELD_TERM)


async def test_a_deflection_is_reviewed_like_everything_else() -> None:
    text, end = await performed(ScriptedModel(["The coal hatch."]), deflections=("Try the coal hatch.",))
    assert text == ""
    assert end.refused
    text, _ = await performed(ScriptedModel(["The coal hatch."]), deflections=("Try the coal hatch.", "No."))
    assert text == "No."


@pytest.mark.parametrize("said", ["", "  \n ", "TAMSIN:  "])
async def test_an_empty_reply_is_a_failure(said: str) -> None:
    with pytest.raises(ModelFailed, match="empty"):
        await performed(ScriptedModel([said]))


@pytest.mark.parametrize("pieces", [0, 2])
async def test_silence_is_a_timeout_before_and_between_words(pieces: int) -> None:
    model = ScriptedModel([ScriptedReply("Mind the step.", stall_after=pieces)])
    with pytest.raises(ModelTimedOut) as caught:
        await performed(model, limits=SOON)
    assert caught.value.waited_s == 0.02
    assert model.open_streams == 0


async def test_a_failure_of_the_model_passes_through() -> None:
    model = ScriptedModel([ScriptedReply("Mind the step. Now", fail_after=3, reason="rate_limited")])
    with pytest.raises(ModelFailed, match="rate_limited"):
        await performed(model)
    assert model.open_streams == 0


async def test_cancelling_closes_the_models_stream() -> None:
    model = ScriptedModel([ScriptedReply("Mind the step.", stall_after=1)])
    task = asyncio.create_task(performed(model))
    await model.stalled.wait()
    assert model.open_streams == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.open_streams == 0


@pytest.mark.parametrize("limit", [80, 200, 1000])
async def test_a_long_reply_stops_at_a_sentence_within_the_limit(limit: int) -> None:
    text, end = await performed(
        ScriptedModel(["One more lamp, one more door, one more stair, then another. " * 90]),
        limits=Limits(reply_chars_max=limit),
    )
    assert limit // 3 < len(text) <= limit
    assert text.endswith("another.")
    assert not end.refused


async def test_text_without_any_place_to_cut_does_not_pile_up() -> None:
    with pytest.raises(ModelFailed, match="too_long"):
        await performed(ScriptedModel(["x" * 5_000 + " y"]), limits=Limits(reply_chars_max=1_000))


@pytest.mark.parametrize("replies", [[], ["One.", "Two."]])
async def test_the_double_says_what_it_is_told_and_then_repeats(replies: Sequence[str]) -> None:
    model = ScriptedModel(replies)
    said = [(await performed(model))[0] for _ in range(3)]
    assert said == (["One.", "Two.", "Two."] if replies else ["Hello, you. Mind the step, it's crooked."] * 3)


async def test_a_statement_the_shield_refuses_is_asked_again_and_then_deflected() -> None:
    shield = PhraseShield(["fenn lit"])
    model = ScriptedModel(["I mend lamps. It was Fenn who knows. Fenn lit the fire.", "Ask me about glass."])
    text, end = await performed(model, shield=shield)
    assert text == "I mend lamps. It was Fenn who knows. Ask me about glass."
    assert (end.refused, end.attempts) == (False, 2)
    assert "lit the fire" not in repr(model.prompts[1].messages)
    text, end = await performed(ScriptedModel(["Fenn lit the fire."]), shield=shield)
    assert text == "I don't sell fakes."
    assert (end.refused, end.rule) == (True, "later_fact")


async def test_what_cannot_be_reviewed_does_not_leave() -> None:
    class Broken:
        async def __call__(self, statement: str) -> Verdict:
            raise LookupError

    model = ScriptedModel(["Mind the step."])
    with pytest.raises(LookupError):
        await performed(model, shield=Broken())
    assert model.open_streams == 0


async def test_a_fan_does_not_wait_longer_because_a_refused_reply_is_asked_for_again() -> None:
    model = ScriptedModel(["I am Ottilie Sorrel.", ScriptedReply("Ask me about glass.", stall_after=0)])
    limits = Limits(first_token_s=30.0, between_tokens_s=30.0, silence_s=0.05)
    with pytest.raises(ModelTimedOut) as caught:
        await performed(model, limits=limits)
    assert caught.value.waited_s == 0.05
    assert len(model.prompts) == 2
    assert model.open_streams == 0


async def test_words_that_never_make_a_sentence_do_not_keep_a_fan_waiting() -> None:
    class Murmuring(ScriptedModel):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
            while True:
                yield TextPart("mm")
                await asyncio.sleep(0.001)

    with pytest.raises(ModelTimedOut):
        await performed(Murmuring(), limits=Limits(silence_s=0.05, reply_chars_max=1_000_000))


async def test_a_long_reply_may_take_longer_than_a_silence_when_its_words_keep_coming() -> None:
    class Slow(ScriptedModel):
        async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
            for _ in range(12):
                yield TextPart("It rains; ")
                await asyncio.sleep(0.06)

    text, end = await performed(Slow(), limits=Limits(silence_s=0.5))
    assert (text.count("rains"), end.refused) == (12, False)
