"""What sheets and lorebooks are made of: bounded texts, and parts with the episodes in which they may be used.

One grammar for every dated thing an author writes, so that a bound means the same wherever it stands. Nothing here
knows what a part is for.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SHORT_TEXT_CHARS_MAX = 200
LONG_TEXT_CHARS_MAX = 1_200
PARTS_MAX = 200

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SHORT_TEXT_CHARS_MAX)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONG_TEXT_CHARS_MAX)]


class Part(BaseModel):
    """Base of everything in a sheet: unknown keys are refused, so that a misspelt bound cannot open a gate."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Dated(Part):
    """A part of a sheet with the episodes in which it may be used: `from_episode <= horizon < until_episode`."""

    from_episode: Annotated[int, Field(ge=0)] = 1
    until_episode: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until_episode is not None and self.until_episode <= self.from_episode:
            raise ValueError("until_episode must be later than from_episode")
        return self

    def holds_at(self, horizon: int) -> bool:
        """Whether a fan who has watched `horizon` episodes may meet this part."""
        return self.from_episode <= horizon and (self.until_episode is None or horizon < self.until_episode)
