"""The lorebook of a sheet: texts that come to mind when the talk touches their keys, each bounded by episode.

The grammar of the `lore:` section, with the fields of a Character Card V3 lorebook that Encore acts on (SPEC_V3.md of
kwaroran/character-card-spec-v3). Which entries fire is decided in `characters/cards/activation.py`, never here.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from characters.cards.pattern_syntax import PATTERN_CHARS_MAX
from characters.cards.patterns import UnusablePattern, compile_pattern
from characters.parts import Dated, Part, ShortText

ENTRIES_MAX = 2_000
KEYS_MAX = 100
ALL_KEYS_MAX = 20_000
"""Of a whole book: every message is looked through for each of them."""
LORE_CHARS_MAX = 4_000
NUMBER_MAX = 1_000_000
SCAN_DEPTH_DEFAULT = 4
TOKEN_BUDGET_DEFAULT = 600

LoreText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LORE_CHARS_MAX)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=PATTERN_CHARS_MAX)]
Keys = Annotated[tuple[Key, ...], Field(max_length=KEYS_MAX)]
Number = Annotated[int, Field(ge=-NUMBER_MAX, le=NUMBER_MAX)]
Count = Annotated[int, Field(ge=0, le=NUMBER_MAX)]
Position = Literal["before", "after", "near"]
"""Among the lore of a prompt: first, then, or last and so nearest to the fan's message."""


class LoreEntry(Dated):
    """One text and what brings it to mind: a key of `keys`, and one of each further list that is not empty."""

    text: LoreText
    keys: Keys = ()
    secondary_keys: Keys = ()
    additional_keys: Keys = ()
    exclude_keys: Keys = ()
    """None of these may be spoken of."""
    constant: bool = False
    """Always in mind, within the budget."""
    use_regex: bool = False
    """`keys` are regular expressions, bare or as `/pattern/ims`; see `characters/cards/patterns.py` for the syntax."""
    case_sensitive: bool = False
    scan_depth: Count | None = None
    """How many of the newest messages are looked through; None: as the book says."""
    priority: Number | None = None
    """What goes last when the budget is short; None: as `order`."""
    order: Number = 100
    """What stands first in the prompt: the lower."""
    position: Position = "after"
    after_replies: Count = 0
    """Not before the character has said so much."""
    every_replies: Annotated[int, Field(ge=1, le=NUMBER_MAX)] = 1
    """Only when the number of the character's replies divides by it."""
    only_with_room: bool = False
    """The first to go when a prompt is full."""
    comment: ShortText | None = None
    """For authors; never in a prompt."""

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        if not self.keys and not self.constant:
            raise ValueError("an entry needs keys, or has to be constant")
        if self.use_regex:
            for key in (*self.keys, *self.additional_keys):
                try:
                    compile_pattern(key, case_sensitive=self.case_sensitive)
                except UnusablePattern as error:
                    raise ValueError(f"a key is no usable pattern: {error.reason}") from error
        return self

    @property
    def keys_count(self) -> int:
        """How many keys are looked for, of every kind."""
        return sum(map(len, (self.keys, self.secondary_keys, self.additional_keys, self.exclude_keys)))


class Lore(Part):
    """A lorebook. `scan_depth` counts messages, the fan's newest first; `token_budget` bounds what a prompt gets."""

    name: ShortText | None = None
    scan_depth: Count = SCAN_DEPTH_DEFAULT
    token_budget: Count = TOKEN_BUDGET_DEFAULT
    recursive: bool = False
    """Whether what an entry says may bring others to mind."""
    entries: Annotated[tuple[LoreEntry, ...], Field(max_length=ENTRIES_MAX)] = ()

    @model_validator(mode="after")
    def _can_be_looked_for(self) -> Self:
        if sum(entry.keys_count for entry in self.entries) > ALL_KEYS_MAX:
            raise ValueError(f"there are more than {ALL_KEYS_MAX} keys in the book")
        return self

    def at(self, horizon: int) -> Lore:
        """The book as a fan of that horizon may meet it."""
        return self.model_copy(update={"entries": tuple(entry for entry in self.entries if entry.holds_at(horizon))})
