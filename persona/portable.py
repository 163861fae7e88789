"""The messages of a prompt for a model that takes a system message only at the beginning, and turns that alternate.

Most models' templates ask for that. What comes to mind then stands in one message with the fan's words, before a fixed
mark: after it everything is the fan's, so nothing that a fan writes can pass for what comes to mind.
"""

from __future__ import annotations

from collections.abc import Sequence

from persona.types import Message
from persona.wording import FAN_WRITES

UNSAID = "…"


def portable(messages: Sequence[Message]) -> tuple[Message, ...]:
    """One system message, if there is any, and then user and assistant in turn.

    Later system messages become the head of the fan's next one. Between two messages of the user stands an unsaid
    reply: the second may be ours, and must not pass for the fan's. Others of one role that meet are joined.
    """
    made: list[Message] = []
    reminder = ""
    for message in messages:
        if message.role == "system" and made and made[-1].role != "system":
            reminder = f"{reminder}\n\n{message.content}" if reminder else message.content
            continue
        content = message.content
        if message.role == "user" and reminder:
            content, reminder = f"{reminder}\n\n{FAN_WRITES}\n\n{content}", ""
        if message.role == "user" and made and made[-1].role == "user":
            made.append(Message("assistant", UNSAID))
        elif made and made[-1].role == message.role:
            content = f"{made.pop().content}\n\n{content}"
        made.append(Message(message.role, content))
    return tuple(made)
