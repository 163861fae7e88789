"""A model that stalls, breaks off, answers with an error or with garbage, while its reader stays, leaves or cancels."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from tests.chaos.scenarios.stage import QUESTION, Stage, reckoned
from tests.fakes.openai_server import Mode
from tests.gateway.story import SHOW


@dataclass(frozen=True, slots=True)
class Fault:
    """How the model misbehaves."""

    name: str
    mode: Mode
    after_words: int = 0
    status: int = 500
    code: str = ""
    """Why a turn then failed."""


FAULTS = (
    Fault("stalls before its first token", "stall", code="model_timeout"),
    Fault("stalls within its first words", "stall", 2, code="model_timeout"),
    Fault("stalls after a sentence", "stall", 12, code="model_timeout"),
    Fault("breaks off before its first token", "cut", code="model_failed"),
    Fault("breaks off after a sentence", "cut", 12, code="model_failed"),
    Fault("sends garbage at once", "garbage", code="model_failed"),
    Fault("sends garbage after a sentence", "garbage", 12, code="model_failed"),
    Fault("answers 429", "error", status=429, code="model_failed"),
    Fault("answers 500", "error", status=500, code="model_failed"),
    Fault("answers 503", "error", status=503, code="model_failed"),
)
READERS = ("stays", "leaves and comes back", "cancels")
SCENARIOS = tuple(product(FAULTS, READERS))


async def play(stage: Stage, fault: Fault, reader: str) -> None:
    """One turn with this fault, then one without it: the gateway is none the worse."""
    fan = await stage.fan()
    stage.model.mode, stage.model.after_words, stage.model.status = fault.mode, fault.after_words, fault.status
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, QUESTION)
        if reader == "stays":
            done = await talk.until("reply.done", turn=turn)
        elif reader == "cancels":
            await talk.send("turn.cancel", turn=turn)
            while True:
                event = await talk.next()
                if event["type"] == "reply.done":
                    done = event
                    break
                assert event["type"] != "error" or event["code"] == "turn_finished", event
        else:
            await talk.drop()
            done = await stage.until_ended(fan, talk, conversation, turn)
    assert done["status"] in (("failed",) if reader != "cancels" else ("failed", "cancelled")), done
    if done["status"] == "failed":
        assert done["code"], done
    stage.model.mode = "reply"
    assert (await stage.whole_turn(fan))["status"] == "completed"
    await reckoned(stage, [fan])
