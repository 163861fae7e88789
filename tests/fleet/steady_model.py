"""A model provider that answers every fan with words of their own, at an even pace, and fails nobody.

What a fan must have heard in the end follows from what they asked, so that a reply can be held against it.
"""

from __future__ import annotations

from typing import Any

from tests.chaos.moody_model import SENTENCES, TAG
from tests.fakes.openai_server import Behaviour, OpenAIServer


def reply_to(tag: str) -> str:
    """The whole reply to the message with this tag."""
    return " ".join((f"You ask as {tag} does.", *SENTENCES))


class SteadyModel(OpenAIServer):
    """Answers with `reply_to`, a word each `word_s` seconds."""

    def __init__(self, word_s: float) -> None:
        super().__init__()
        self.word_s = word_s

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        """See OpenAIServer."""
        tags = TAG.findall(" ".join(str(message["content"]) for message in request["messages"]))
        assert tags, "every fan's message has a tag"
        self.requests.clear()  # hundreds of prompts would only be kept
        return Behaviour(text=reply_to(tags[-1]), pause_s=self.word_s)
