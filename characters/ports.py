"""Where shows are kept, and what teams work on. One adapter each speaks SQL; the offline doubles keep it in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from characters.audit import AuditEntry
from characters.canon import Fact
from characters.glossary import Glossary
from characters.release import Cast, KeptCard, Release, ReleaseId, ShowListing
from characters.rights import RightUse
from characters.sheet import Sheet
from characters.workshop import ReleaseListed, RightRecord, SheetDraft, SheetReview, ShowFile, VersionListed


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

    async def publish_character(
        self, show: str, name: str, *, author: str, approver: str, now_ms: int, version: int | None = None
    ) -> Cast:
        """Put the newest version of a character, or the given one, in front of fans and keep who did in the audit log.

        `name` is a slug, name, cue or alias. One that is in front already stays as it is.
        Raises UnknownShow, UnknownCharacter, SameApprover, NoRight (there is no right to its text at `now_ms`).
        """
        ...

    async def cast(self, show: str, *, published_only: bool) -> tuple[Cast, ...]:
        """The newest (published) version of each character, by first episode, then slug. Raises UnknownShow."""
        ...

    async def cast_version(self, show: str, slug: str, version: int) -> Cast:
        """One version of one character. Raises UnknownShow, UnknownCharacter."""
        ...

    async def record_right(
        self,
        show: str,
        character: str,
        use: RightUse,
        *,
        source: str,
        now_ms: int,
        actor: str = "",
        until_ms: int | None = None,
    ) -> None:
        """Record from now on a right to use a character (a slug, or EVERYBODY), and where it comes from.

        `actor` is who gave it, `until_ms` when it ends.
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


class Workshop(Protocol):
    """What a team works on. Every method is one transaction of its own; of an unknown show nothing is found."""

    async def create_show(self, show: str, *, title: str, locale: str, now_ms: int) -> bool:
        """Begin a show without a release; False when there is one of this slug."""
        ...

    async def draft(self, show: str, slug: str) -> SheetDraft | None:
        """The newest revision of a draft."""
        ...

    async def drafted(self, show: str) -> tuple[SheetDraft, ...]:
        """The newest revision of every draft of a show, by slug."""
        ...

    async def save_draft(
        self, show: str, slug: str, content: Mapping[str, Any], *, expected: int, by: str, now_ms: int
    ) -> SheetDraft:
        """Save on top of revision `expected` (0: of none). What one person saves in a stretch is one row.

        Raises UnknownShow, and DraftConflict when there is a newer one; then the content is kept aside.
        """
        ...

    async def aside(self, show: str, slug: str) -> tuple[SheetDraft, ...]:
        """What was kept aside, the newest first."""
        ...

    async def writers(self, show: str, slug: str, *, since_ms: int) -> tuple[str, ...]:
        """Who has saved the draft since then, in order."""
        ...

    async def ask_review(self, show: str, slug: str, review: SheetReview) -> None:
        """Hand a version in; again, after it was returned. Raises UnknownCharacter for a version that is not there."""
        ...

    async def review(self, show: str, slug: str, version: int) -> SheetReview | None:
        """What became of a version; None for one that nobody has handed in."""
        ...

    async def decide_review(
        self, show: str, slug: str, version: int, *, approved: bool, reviewer: str, comment: str, now_ms: int
    ) -> SheetReview:
        """Approve or return. Raises NotInReview, SameApprover for one of its authors."""
        ...

    async def versions(self, show: str, slug: str) -> tuple[VersionListed, ...]:
        """Every version of a character, the newest first."""
        ...

    async def roll_back(self, show: str, slug: str, version: int, *, by: str, now_ms: int) -> None:
        """Put an earlier version in front again, at once. Conversations keep theirs.

        Raises UnknownShow, NeverPublished, NoRight.
        """
        ...

    async def releases(self, show: str) -> tuple[ReleaseListed, ...]:
        """Every release of a show, the newest first."""
        ...

    async def rights(self, show: str) -> tuple[RightRecord, ...]:
        """Every record of a right, the newest first, ended ones too."""
        ...

    async def put_file(self, show: str, file: ShowFile) -> None:
        """Keep a file, in place of one of the same name. Raises UnknownShow."""
        ...

    async def drop_file(self, show: str, name: str) -> None:
        """Keep it no more."""
        ...

    async def files(self, show: str) -> tuple[ShowFile, ...]:
        """Every file without its content, by name."""
        ...

    async def contents(self, show: str) -> tuple[ShowFile, ...]:
        """Every file with its content, by name."""
        ...

    async def set_airing(self, show: str, episode: int, airs_at_ms: int | None) -> None:
        """When an episode airs; None: nobody says. Raises UnknownShow."""
        ...

    async def airings(self, show: str) -> Mapping[int, int]:
        """Episode -> when it airs, of those that somebody has set."""
        ...
