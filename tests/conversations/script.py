"""The grammar of a recorded conversation: who the fan is, what the model will say, and what happens, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Age
from tests.fakes.elevenlabs.server import Fault

FOLDER = Path(__file__).parent
_PATHS = (
    "reply greeting sources languages spoiler refusal re_ask secret horizon_lowered horizon_raised human_claim",
    "injection_by_fan injection_in_note injection_in_script prompt_canary repetition two_characters relationship",
    "what_if notes contradiction boundary summary crisis children teens minor_parting disclosure farewell",
    "unserved_language wrong_language cancel_before_words cancel_after_words regenerate regenerate_after_failure",
    "report resume",
    "idempotent_repeat id_conflict turn_in_progress insufficient_credits wallet_low fallback cut_stream",
    "stall_before stall_between provider_error empty_reply too_long voice disclosure_aloud voice_stalled",
    "voice_failed voice_unlicensed voice_without_a_voice voice_cancelled",
)
PATHS = frozenset(path for row in _PATHS for path in row.split())
"""Everything that a conversation can run into; each has to be taken by one at least."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Who(_Strict):
    """The fan, as the host app vouches for them."""

    watched: int = 2
    age: Age = "adult"
    locale: str = "en"
    name: str = "Mara"
    credits: int = 40


class Reply(_Strict):
    """What the model says to one request, and where it goes wrong; counts are in words."""

    text: str
    stall_after: int | None = None
    """Silence, until whoever asked gives up."""
    hold_after: int | None = None
    """Silence, until the player has done what the step says."""
    fail_after: int | None = None
    reason: str = "connection"


class Step(_Strict):
    """One thing that the fan does, or that happens; exactly one of these is given, with what belongs to it."""

    open: str | None = None
    """A character."""
    mode: Literal["canon", "what_if"] = "canon"
    horizon: int | None = None
    say: str | None = None
    voice: bool = False
    cancel: Literal["", "before_words", "after_words", "while_heard"] = ""
    busy: str = ""
    """A second message, sent while the first is answered."""
    drop: bool = False
    """The connection is lost after the first words, and the fan comes back."""
    repeat: Literal["", "same", "other"] = ""
    """The last message's id once more, with the same words or with others."""
    regenerate: bool = False
    report: str = ""
    after: Literal["", "notes", "summary", "revoked"] = ""
    """What happens beside the talk: turns are read, told in short, or a right ends."""


class Conversation(_Strict):
    """One script."""

    name: str
    paths: tuple[str, ...]
    fan: Who = Who()
    settings: Mapping[str, str] = {}
    model: tuple[str | Reply, ...] = ()
    """One for each request, in order."""
    standby: tuple[str | Reply, ...] = ()
    """What a second model says, which is asked when the first fails."""
    voice: Fault | Literal["off", "steady"] = "off"
    steps: tuple[Step, ...] = Field(min_length=1)

    @property
    def golden(self) -> Path:
        """Where its recording is."""
        return FOLDER / "golden" / f"{self.name}.json"


def conversations() -> list[Conversation]:
    """Every script, by file and place in it."""
    found = []
    for path in sorted((FOLDER / "scripts").glob("*.yaml")):
        entries: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [Conversation.model_validate(entry) for entry in entries]
    return found
