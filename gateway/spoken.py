"""What the events of one turn add up to: the text, how far it has come, and who said what of it.

Pure. The log is the one source of it: a snapshot, a list of messages and the transcript are all read here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.events import PartView, ReplyDelta, SpeakingState, TurnStatusEvent, parse_log_event
from gateway.records import Logged
from memory.types import Part


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reply as far as it has come."""

    text: str
    state: SpeakingState
    parts: tuple[Part, ...] = ()
    """Empty where the reply is all of one character's."""


def spoken_in(events: Sequence[Logged]) -> Spoken:
    """What these events of one turn add up to."""
    text = ""
    state: SpeakingState = "recalling"
    parts: list[Part] = []
    for logged in events:
        event = parse_log_event(logged.wire)
        if isinstance(event, ReplyDelta):
            text += event.text
            if event.speaker is not None:
                _extend(parts, event, event.speaker)
        elif isinstance(event, TurnStatusEvent):
            state = event.state
    return Spoken(text, state, tuple(parts))


def _extend(parts: list[Part], delta: ReplyDelta, speaker: str) -> None:
    """Add a delta to the part that it continues, or begin one; the space before another's words is nobody's."""
    end = delta.offset + len(delta.text)
    if parts and parts[-1].speaker == speaker:
        parts[-1] = Part(speaker, parts[-1].start, end)
    elif delta.text.strip():
        parts.append(Part(speaker, end - len(delta.text.lstrip()), end))


def part_views(parts: Iterable[Part]) -> tuple[PartView, ...] | None:
    """Parts as they go over the wire; None where there are none."""
    return tuple(PartView(speaker=part.speaker, from_=part.start, to=part.end) for part in parts) or None


def text_sha256(text: str) -> str:
    """Lower-case hex over the UTF-8 bytes of a whole reply."""
    return hashlib.sha256(text.encode()).hexdigest()
