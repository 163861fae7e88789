"""What a team works on before fans meet it: sheets being written, what was asked of a reviewer, files, airing dates.

Plain values. A draft may be no valid sheet yet; nothing here ever reaches a prompt of a fan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from characters.release import Cast
from characters.rights import RightUse

ReviewState = Literal["in_review", "approved", "returned"]
REVIEW_STATES: tuple[ReviewState, ...] = get_args(ReviewState)
PROBE_FILES = ("probes.jsonl", "questions.jsonl")
"""Names under which a show's labelled probes and questions are kept among its files."""


@dataclass(frozen=True, slots=True)
class SheetDraft:
    """A sheet as it is being written. `revision` counts what was saved, from 1."""

    show: str
    slug: str
    revision: int
    content: Mapping[str, Any]
    """In the grammar of a sheet, complete or not."""
    by: str
    at_ms: int
    aside: bool = False
    """It was written on something that had changed meanwhile: kept, so that nothing is lost, and in nobody's way."""


@dataclass(frozen=True, slots=True)
class SheetReview:
    """What became of one version that was handed to a reviewer."""

    version: int
    state: ReviewState
    authors: tuple[str, ...]
    """Everybody who wrote in it: none of them can approve it."""
    asked_at_ms: int
    reviewer: str = ""
    decided_at_ms: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class VersionListed:
    """One version of a character, as a list shows it."""

    cast: Cast
    created_at_ms: int
    published_at_ms: int | None
    live: bool
    """Whether new conversations begin with it."""


@dataclass(frozen=True, slots=True)
class ReleaseListed:
    """One release of a show, as a list shows it."""

    version: int
    created_at_ms: int
    live: bool


@dataclass(frozen=True, slots=True)
class RightRecord:
    """One record of a right; `character` is a slug or EVERYBODY, `until_ms` is when it ends or ended."""

    id: int
    character: str
    use: RightUse
    source: str
    actor: str
    from_ms: int
    until_ms: int | None

    def holds_at(self, now_ms: int) -> bool:
        """Whether the use is allowed then."""
        return self.from_ms <= now_ms and (self.until_ms is None or now_ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class ShowFile:
    """A file that a team has dropped in: a script, a canon, or labelled lines."""

    name: str
    by: str
    at_ms: int
    content: bytes = field(default=b"", repr=False)
