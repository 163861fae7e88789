"""Where shows are kept. One adapter speaks SQL; the offline double keeps them in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from characters.audit import AuditEntry
from characters.canon import Fact
from characters.glossary import Glossary
from characters.release import Cast, KeptCard, Release, ReleaseId, ShowListing
from characters.rights import RightUse
from characters.sheet import Sheet


class Catalogue(Protocol):
    """Shows, their releases and their characters. Every method is one transaction of its own."""

    async def add_release(self, release: Release, *, now_ms: int) -> ReleaseId:
        """Store a release under the show's next version (the id inside `release` is ignored), all or nothing.

        A release with the same `content_hash` as the show's newest is not stored again; its id is returned.
        """
        ...

    async def publish_release(self, release: ReleaseId, *, now_ms: int) -> None:
        """Make it the one that new conversations get. Raises UnknownShow."""
        ...

    async def decide_facts(
        self, show: str, *, approved: Sequence[Fact], rejected: Sequence[str], by: str, now_ms: int
    ) -> ReleaseId:
        """Take approved facts into the canon and rejected ids out of it, as the show's next release, and log who did.

        See `characters/deciding.py`. Deciding the same again changes nothing; the newest release's id is returned.
        Raises UnknownShow, FactIsAuthored.
        """
        ...

    async def set_glossary(self, show: str, glossary: Glossary, *, by: str, now_ms: int) -> ReleaseId:
        """Give the show's newest release this glossary, as its next release, and log who did.

        The same glossary again changes nothing; the newest release's id is returned. Raises UnknownShow.
        """
        ...

    async def shows(self) -> tuple[ShowListing, ...]:
        """Every show, by slug."""
        ...

    async def published(self, show: str) -> ReleaseId:
        """Raises UnknownShow, NotPublished."""
        ...

    async def newest(self, show: str) -> ReleaseId:
        """The newest release, published or not. Raises UnknownShow."""
        ...

    async def release(self, release: ReleaseId) -> Release:
        """The whole release. Raises UnknownShow."""
        ...

    async def save_sheet(
        self, show: str, sheet: Sheet, *, first_episode: int, now_ms: int, card: KeptCard | None = None
    ) -> Cast:
        """Store a sheet as the character's next version, a draft, with the `card` it came from.

        One equal to the newest, card included when there is one, is not stored again. Raises UnknownShow.
        """
        ...

    async def kept_card(
        self, show: str, slug: str, kind: Literal["character", "lorebook"], *, version: int
    ) -> KeptCard | None:
        """The newest card of this kind that came with this version or an earlier one. Raises UnknownShow."""
        ...

    async def publish_character(self, show: str, name: str, *, author: str, approver: str, now_ms: int) -> Cast:
        """Publish the newest version of a character and keep who did in the audit log.

        `name` is a slug, name, cue or alias. One that is published already stays as it is.
        Raises UnknownShow, UnknownCharacter, SameApprover, NoRight (there is no right to its text at `now_ms`).
        """
        ...

    async def cast(self, show: str, *, published_only: bool) -> tuple[Cast, ...]:
        """The newest (published) version of each character, by first episode, then slug. Raises UnknownShow."""
        ...

    async def cast_version(self, show: str, slug: str, version: int) -> Cast:
        """One version of one character. Raises UnknownShow, UnknownCharacter."""
        ...

    async def record_right(self, show: str, character: str, use: RightUse, *, source: str, now_ms: int) -> None:
        """Record from now on a right to use a character (a slug, or EVERYBODY), and where it comes from.

        A record of the same source that is there already, revoked or not, stays as it is. Raises UnknownShow.
        """
        ...

    async def revoke_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> None:
        """End every record of exactly this right. Raises UnknownShow."""
        ...

    async def has_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> bool:
        """Whether a record for the character or for EVERYBODY holds: `from_ms <= now_ms < until_ms`."""
        ...

    async def audit_log(self, show: str) -> tuple[AuditEntry, ...]:
        """What was done to the show, oldest first. Raises UnknownShow."""
        ...
