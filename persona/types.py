"""The values that pass through a performance: the brief, the prompt and its manifest, what the model and the guard say.

Plain values: nothing here decides or waits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from characters.cards.activation import Activation
from characters.sheet import Sheet
from memory.note_recall import Remembered
from memory.summaries import Summary
from memory.types import Exchange, Recall
from persona.relationship import Rapport

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a reply may be made of. The sheet is already cut to the horizon; so is everything in the recall."""

    show_title: str
    sheet: Sheet
    sheet_version: int
    horizon: int
    recall: Recall
    history: tuple[Exchange, ...]
    """Earlier turns, oldest first."""
    fan_text: str
    fan_name: str = ""
    locale: str = "en"
    minor: bool = False
    lore: Activation = field(default_factory=Activation)
    """What the sheet's lorebook brings to mind."""
    remembered: Remembered = field(default_factory=Remembered)
    """What the character remembers of this fan, within the horizon."""
    summaries: tuple[Summary, ...] = ()
    """What was said in this conversation before the history, the lowest horizon first."""
    rapport: Rapport | None = None
    """How the character stands with the fan; None: the prompt says nothing of it."""
    what_if: bool = False
    """Whether the fan supposes what did not happen."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a chat model takes it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a prompt, in or out, and why: a row of the manifest."""

    name: str
    """`disclosure`, `rules`, `sheet`, `secrets`, `examples`, `facts`, `canon`, `notes`, `summary`, `history` …"""
    source: str
    """Where it is from: `sheet tamsin`, `episode 7, scene 2`, `fact F012`, `turn …`."""
    tokens: int
    included: bool
    reason: str
    """Why it is in or out, in a few words."""
    text: str = ""
    version: str = ""
    """Which version of it: `wording 2`, `sheet 3`, `release 1`, or the first digits of the text's SHA-256 for what was
    said or noted. "" for what may not be shown."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What went into a prompt and what did not."""

    budget_tokens: int
    used_tokens: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """The same brief for a base model that continues a script, and for choosing among ready lines."""

    brief: Brief

    @property
    def speaker(self) -> str:
        """The name before the character's lines."""
        return self.brief.sheet.cue


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent to a model. `messages` begin with a byte-stable prefix, so that providers can cache it."""

    messages: tuple[Message, ...]
    manifest: Manifest
    stage: Stage
    reply_tokens_max: int
    asked_by: str = ""
    """Whose turn it is, for a fair queue; it never goes to a model."""
    delivered: str | None = None
    """When a refused reply is asked again: what of it the fan has already (perhaps ""). None the first time."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some more text of the reply, exactly as the model gave it."""

    text: str


@dataclass(frozen=True, slots=True)
class UsagePart:
    """What the provider counted, at most once, at the end."""

    prompt_tokens: int
    reply_tokens: int


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers, where several may: before the first text of an answer."""

    model: str


ModelPart = TextPart | UsagePart | Answering


@dataclass(frozen=True, slots=True)
class Verdict:
    """The guard's word on one segment. `rule` names what was broken, never the words that broke it."""

    allowed: bool
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A reviewed segment: it may leave. Segments of a reply join to exactly its text."""

    text: str


@dataclass(frozen=True, slots=True)
class Performed:
    """The end of a performance. `refused`: it ended in a deflection, as the model would not keep to the canon."""

    refused: bool
    rule: str = ""
    usage: UsagePart | None = None
    attempts: int = 1


PerformanceEvent = Spoken | Performed | Answering


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a model may keep a fan waiting, in seconds, and how much it may say."""

    first_token_s: float = 20.0
    between_tokens_s: float = 10.0
    reply_chars_max: int = 4_000
    silence_s: float = 30.0
    """How long a fan may go without any further words, whatever the model, its repetition or its review is at."""


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """What a segment is reviewed against: terms the fan has not met yet."""

    withheld_terms: tuple[str, ...] = field(default_factory=tuple)
    parting: bool = False
    """Whether the reply is to somebody who leaves: nothing in it may hold them back."""
    minor: bool = False
    """Whether the reply is to a minor: nothing in it may hold them back or court them, or be sexual at all."""
    young: bool = False
    """Whether the character is a minor in the story: they court nobody, and nothing that they say is sexual."""
