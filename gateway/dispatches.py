"""What one gateway process tells another, as bytes: new events of a conversation, a turn to stop, a sign of life.

Pure: it knows no transport. What comes from elsewhere may be of another version of the program or no dispatch at all;
nothing of it is believed before its shape is right, and an error repeats none of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from gateway.errors import NotADispatch
from gateway.records import Logged

_TYPES = tuple(int if field.type == "int" else str for field in fields(Logged))


@dataclass(frozen=True, slots=True)
class Told:
    """New events of one conversation, in order; `sender` is the process that logged them."""

    sender: str
    events: tuple[Logged, ...]


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Whoever performs this turn shall stop."""

    turn: str


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """A process's word to itself: what it says can be heard."""


Dispatch = Told | Unwanted | SignOfLife


def pack_told(sender: str, events: Sequence[Logged]) -> bytes:
    """The bytes of `Told`; at least one event, all of one conversation."""
    return _packed("told", sender, [astuple(event) for event in events])


def pack_unwanted(turn: str) -> bytes:
    """The bytes of `Unwanted`."""
    return _packed("unwanted", turn)


def pack_sign_of_life() -> bytes:
    """The bytes of `SignOfLife`."""
    return _packed("alive")


def unpack(data: bytes) -> Dispatch:
    """What was packed. Raises NotADispatch."""
    try:
        parts = json.loads(data)
    except (ValueError, RecursionError):  # neither JSON nor UTF-8, or an abyss of brackets
        raise NotADispatch from None
    match parts:
        case ["told", str(sender), [_, *_] as events]:
            told = tuple(_logged(event) for event in events)
            if len({event.conversation for event in told}) != 1:
                raise NotADispatch
            return Told(sender, told)
        case ["unwanted", str(turn)]:
            return Unwanted(turn)
        case ["alive"]:
            return SignOfLife()
    raise NotADispatch


def _packed(*parts: object) -> bytes:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()


def _logged(parts: Any) -> Logged:
    if not isinstance(parts, list) or tuple(type(part) for part in parts) != _TYPES:
        raise NotADispatch
    return Logged(*parts)
