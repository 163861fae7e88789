"""A model provider with moods: most replies come, some slowly, some not to their end, some not at all.

The mood and the words are drawn from the seed and the fan's message, so that the same message is answered alike
whenever it comes and whichever process asks.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

from tests.chaos.plan import chance
from tests.fakes.openai_server import Behaviour, Mode, OpenAIServer

TAG = re.compile(r"\(([\w-]+ m\d+)\)")
REPLY_TAG = re.compile(r"You ask as ([\w-]+ m\d+) does")
MOODS: tuple[tuple[Mode, float, int], ...] = (
    ("reply", 0.0, 40),
    ("reply", 0.02, 20),
    ("reply", 0.12, 12),
    ("stall", 0.01, 8),
    ("cut", 0.02, 10),
    ("error", 0.0, 6),
    ("garbage", 0.01, 4),
)
"""Mode, the pause between two words in seconds, and how often."""
SENTENCES = (
    "The roof leaks over the till.",
    "I mend it at night.",
    "Nobody has asked me to.",
    "Hold the ladder, will you?",
    "The third step is a liar.",
    "Put yourself on the list.",
    "It will not last the winter.",
)


class MoodyModel(OpenAIServer):
    """Answers every request by the mood that its last tagged message has."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        """See OpenAIServer."""
        tags = TAG.findall(" ".join(str(message["content"]) for message in request["messages"]))
        assert tags, "every fan's message has a tag"
        self.requests.clear()  # hundreds of prompts would only be kept
        return mood(chance(self._seed, "mood", tags[-1]), tags[-1])


def mood(luck: Random, tag: str) -> Behaviour:
    """How the message with this tag is answered."""
    mode, pause_s, _ = luck.choices(MOODS, weights=[weight for *_, weight in MOODS])[0]
    text = " ".join([f"You ask as {tag} does.", *luck.sample(SENTENCES, luck.randint(1, 5))])
    return Behaviour(text=text, mode=mode, after_words=luck.randint(0, len(text.split()) - 1), pause_s=pause_s)
