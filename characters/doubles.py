"""The catalogue in memory, for tests and for trying things: same rules as the SQL one, no file, gone at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from characters.audit import AuditAction, AuditEntry
from characters.canon import Fact
from characters.casting import cast_of, find_cast, same_person
from characters.codec import content_hash
from characters.deciding import decide
from characters.errors import NoRight, NotPublished, SameApprover, UnknownCharacter, UnknownShow
from characters.glossary import Glossary
from characters.release import Cast, KeptCard, Release, ReleaseId, ShowListing
from characters.rights import EVERYBODY, RightUse
from characters.sheet import Sheet


@dataclass(frozen=True, slots=True)
class _Right:
    character: str
    use: RightUse
    source: str
    from_ms: int
    until_ms: int | None = None
    actor: str = ""

    def holds_at(self, now_ms: int) -> bool:
        return self.from_ms <= now_ms and (self.until_ms is None or now_ms < self.until_ms)


@dataclass(slots=True)
class _Show:
    releases: list[Release] = field(default_factory=list)
    published: int | None = None
    casts: dict[str, list[Cast]] = field(default_factory=dict)
    """Every version of each character, oldest first."""
    fronts: dict[str, int] = field(default_factory=dict)
    """The version of each character that new conversations begin with."""
    times: dict[tuple[str, int], tuple[int, int | None]] = field(default_factory=dict)
    """When a version was stored, and when it was published, by slug and version."""
    released_at_ms: list[int] = field(default_factory=list)
    about: tuple[str, str] = ("", "")
    """Title and locale of a show that has no release yet."""
    cards: dict[tuple[str, int], KeptCard] = field(default_factory=dict)
    """By slug and version."""
    rights: list[_Right] = field(default_factory=list)
    log: list[AuditEntry] = field(default_factory=list)


class MemoryCatalogue:
    """`characters.ports.Catalogue` in dictionaries."""

    def __init__(self) -> None:
        self._shows: dict[str, _Show] = {}

    async def add_release(self, release: Release, *, now_ms: int) -> ReleaseId:
        digest = release.content_hash or content_hash(
            title=release.title,
            locale=release.locale,
            script=release.script,
            facts=release.facts,
            terms=release.terms,
            glossary=release.glossary,
        )
        stored = self._shows.setdefault(release.id.show, _Show()).releases
        if not stored or stored[-1].content_hash != digest:
            id_ = ReleaseId(release.id.show, len(stored) + 1)
            stored.append(replace(release, id=id_, content_hash=digest))
            self._shows[release.id.show].released_at_ms.append(now_ms)
        return stored[-1].id

    async def publish_release(self, release: ReleaseId, *, now_ms: int) -> None:
        show = self._show(release.show)
        await self.release(release)
        if show.published != release.version:
            show.published = release.version
            _log(show, release.show, "release.published", str(release.version), now_ms)

    async def decide_facts(
        self, show: str, *, approved: Sequence[Fact], rejected: Sequence[str], by: str, now_ms: int
    ) -> ReleaseId:
        kept = self._show(show)
        before = kept.releases[-1]
        decided = decide(before.facts, kept.log, show=show, approved=approved, rejected=rejected)
        if decided.facts != before.facts:
            await self.add_release(replace(before, facts=decided.facts, content_hash=""), now_ms=now_ms)
        for action, fact_id in decided.log:
            _log(kept, show, action, fact_id, now_ms, (by, ""))
        return kept.releases[-1].id

    async def set_glossary(self, show: str, glossary: Glossary, *, by: str, now_ms: int) -> ReleaseId:
        kept = self._show(show)
        before = kept.releases[-1]
        if glossary != before.glossary:
            await self.add_release(replace(before, glossary=glossary, content_hash=""), now_ms=now_ms)
            _log(kept, show, "glossary.set", str(kept.releases[-1].id.version), now_ms, (by, ""))
        return kept.releases[-1].id

    async def shows(self) -> tuple[ShowListing, ...]:
        return tuple(_listing(slug, show) for slug, show in sorted(self._shows.items()))

    async def published(self, show: str) -> ReleaseId:
        version = self._show(show).published
        if version is None:
            raise NotPublished(show)
        return ReleaseId(show, version)

    async def newest(self, show: str) -> ReleaseId:
        if not self._show(show).releases:
            raise UnknownShow(show)
        return self._shows[show].releases[-1].id

    async def release(self, release: ReleaseId) -> Release:
        for stored in self._show(release.show).releases:
            if stored.id == release:
                return stored
        raise UnknownShow(str(release))

    async def save_sheet(
        self, show: str, sheet: Sheet, *, first_episode: int, now_ms: int, card: KeptCard | None = None
    ) -> Cast:
        versions = self._show(show).casts.setdefault(sheet.slug, [])
        same = bool(versions) and (versions[-1].sheet, versions[-1].first_episode) == (sheet, first_episode)
        if card is not None and same:
            same = card == await self.kept_card(show, sheet.slug, card.kind, version=versions[-1].version)
        if not same:
            versions.append(cast_of(show, len(versions) + 1, sheet, status="draft", first_episode=first_episode))
            self._show(show).times[sheet.slug, len(versions)] = (now_ms, None)
            if card is not None:
                self._show(show).cards[sheet.slug, len(versions)] = card
        return versions[-1]

    async def kept_card(
        self, show: str, slug: str, kind: Literal["character", "lorebook"], *, version: int
    ) -> KeptCard | None:
        cards = self._show(show).cards
        found = ((n, card) for (name, n), card in cards.items() if name == slug and card.kind == kind and n <= version)
        return max(found, key=lambda numbered: numbered[0], default=(0, None))[1]

    async def publish_character(
        self, show: str, name: str, *, author: str, approver: str, now_ms: int, version: int | None = None
    ) -> Cast:
        cast = find_cast(await self.cast(show, published_only=False), name)
        if cast is None:
            raise UnknownCharacter(show, name)
        if version is not None:
            cast = await self.cast_version(show, cast.sheet.slug, version)
        if same_person(author, approver):
            raise SameApprover(author)
        slug = cast.sheet.slug
        if not await self.has_right(show, slug, "text", now_ms=now_ms):
            raise NoRight(slug, "text")
        kept = self._show(show)
        if kept.fronts.get(slug) != cast.version:
            cast = replace(cast, status="published")
            kept.casts[slug][cast.version - 1] = cast
            kept.fronts[slug] = cast.version
            kept.times[slug, cast.version] = (kept.times[slug, cast.version][0], now_ms)
            _log(kept, show, "character.published", f"{slug}@{cast.version}", now_ms, (author, approver))
        return cast

    async def cast(self, show: str, *, published_only: bool) -> tuple[Cast, ...]:
        kept = self._show(show)
        fronts = {slug: kept.fronts.get(slug, 0) if published_only else len(kept.casts[slug]) for slug in kept.casts}
        found = (kept.casts[slug][version - 1] for slug, version in fronts.items() if version)
        return tuple(sorted(found, key=lambda cast: (cast.first_episode, cast.sheet.slug)))

    async def cast_version(self, show: str, slug: str, version: int) -> Cast:
        for cast in self._show(show).casts.get(slug, ()):
            if cast.version == version:
                return cast
        raise UnknownCharacter(show, slug)

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
        known = self._show(show).rights
        if any((right.character, right.use, right.source) == (character, use, source) for right in known):
            return
        known.append(_Right(character, use, source, now_ms, until_ms, actor))
        _log(self._show(show), show, "right.recorded", f"{character}:{use}", now_ms, (source, ""))

    async def revoke_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> None:
        known = self._show(show).rights
        ended = [
            i
            for i, right in enumerate(known)
            if (right.character, right.use) == (character, use) and (right.until_ms is None or right.until_ms > now_ms)
        ]
        for i in ended:
            known[i] = replace(known[i], until_ms=now_ms)
        if ended:
            _log(self._show(show), show, "right.revoked", f"{character}:{use}", now_ms)

    async def has_right(self, show: str, character: str, use: RightUse, *, now_ms: int) -> bool:
        known = self._shows[show].rights if show in self._shows else ()
        return any(
            right.character in (character, EVERYBODY) and right.use == use and right.holds_at(now_ms) for right in known
        )

    async def audit_log(self, show: str) -> tuple[AuditEntry, ...]:
        return tuple(self._show(show).log)

    def _show(self, slug: str) -> _Show:
        if slug not in self._shows:
            raise UnknownShow(slug)
        return self._shows[slug]


def _listing(slug: str, show: _Show) -> ShowListing:
    if not show.releases:
        return ShowListing(slug, *show.about, newest=None, published=None)
    newest = show.releases[-1]
    return ShowListing(slug, newest.title, newest.locale, len(show.releases), show.published)


def _log(
    show: _Show, slug: str, action: AuditAction, subject: str, now_ms: int, people: tuple[str, str] = ("", "")
) -> None:
    show.log.append(AuditEntry(now_ms, slug, action, subject, *people))
