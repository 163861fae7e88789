"""The workshop in memory, beside the catalogue in memory: the same rules as in SQL, gone at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from characters.casting import same_person
from characters.doubles import MemoryCatalogue, _log, _Show
from characters.errors import (
    DraftConflict,
    NeverPublished,
    NoRight,
    NotInReview,
    SameApprover,
    UnknownShow,
)
from characters.workshop import (
    ReleaseListed,
    ReviewState,
    RightRecord,
    SheetDraft,
    SheetReview,
    ShowFile,
    VersionListed,
)


@dataclass(slots=True)
class _Bench:
    """What is worked on in one show."""

    drafts: dict[str, list[SheetDraft]] = field(default_factory=dict)
    aside: dict[str, list[SheetDraft]] = field(default_factory=dict)
    reviews: dict[tuple[str, int], SheetReview] = field(default_factory=dict)
    files: dict[str, ShowFile] = field(default_factory=dict)
    airings: dict[int, int] = field(default_factory=dict)


class MemoryWorkshop:
    """`characters.ports.Workshop` in dictionaries."""

    def __init__(self, catalogue: MemoryCatalogue) -> None:
        self._shows = catalogue._shows
        self._catalogue = catalogue
        self._benches: dict[str, _Bench] = {}

    async def create_show(self, show: str, *, title: str, locale: str, now_ms: int) -> bool:
        if show in self._shows:
            return False
        self._shows[show] = _Show(about=(title, locale))
        return True

    async def draft(self, show: str, slug: str) -> SheetDraft | None:
        kept = self._bench(show).drafts.get(slug)
        return kept[-1] if kept else None

    async def drafted(self, show: str) -> tuple[SheetDraft, ...]:
        return tuple(kept[-1] for _, kept in sorted(self._bench(show).drafts.items()))

    async def save_draft(
        self, show: str, slug: str, content: Mapping[str, Any], *, expected: int, by: str, now_ms: int
    ) -> SheetDraft:
        if show not in self._shows:
            raise UnknownShow(show)
        bench, newest = self._bench(show), await self.draft(show, slug)
        own = json.loads(json.dumps(content))
        saved = SheetDraft(show, slug, expected + 1, own, by, now_ms)
        if newest is not None and newest.revision != expected:
            bench.aside.setdefault(slug, []).insert(0, replace(saved, revision=expected, aside=True))
            raise DraftConflict(newest)
        bench.drafts.setdefault(slug, []).append(saved)
        return saved

    async def aside(self, show: str, slug: str) -> tuple[SheetDraft, ...]:
        return tuple(self._bench(show).aside.get(slug, ()))

    async def writers(self, show: str, slug: str, *, since_ms: int) -> tuple[str, ...]:
        kept = self._bench(show).drafts.get(slug, [])
        return tuple(dict.fromkeys(draft.by for draft in kept if draft.at_ms >= since_ms))

    async def ask_review(self, show: str, slug: str, review: SheetReview) -> None:
        if show not in self._shows:
            raise UnknownShow(show)
        await self._catalogue.cast_version(show, slug, review.version)
        self._bench(show).reviews[slug, review.version] = review

    async def review(self, show: str, slug: str, version: int) -> SheetReview | None:
        return self._bench(show).reviews.get((slug, version))

    async def decide_review(
        self, show: str, slug: str, version: int, *, approved: bool, reviewer: str, comment: str, now_ms: int
    ) -> SheetReview:
        review = await self.review(show, slug, version)
        if review is None or review.state != "in_review":
            raise NotInReview(slug, version)
        if approved and any(same_person(reviewer, author) for author in review.authors):
            raise SameApprover(reviewer)
        state: ReviewState = "approved" if approved else "returned"
        decided = replace(review, state=state, reviewer=reviewer, comment=comment, decided_at_ms=now_ms)
        self._bench(show).reviews[slug, version] = decided
        return decided

    async def versions(self, show: str, slug: str) -> tuple[VersionListed, ...]:
        kept = self._shows.get(show, _Show())
        return tuple(
            VersionListed(cast, *kept.times[slug, cast.version], live=kept.fronts.get(slug) == cast.version)
            for cast in reversed(kept.casts.get(slug, []))
        )

    async def roll_back(self, show: str, slug: str, version: int, *, by: str, now_ms: int) -> None:
        if show not in self._shows:
            raise UnknownShow(show)
        kept = self._shows[show]
        found = [cast for cast in kept.casts.get(slug, ()) if cast.version == version and cast.status == "published"]
        if not found:
            raise NeverPublished(slug, version)
        if not await self._catalogue.has_right(show, slug, "text", now_ms=now_ms):
            raise NoRight(slug, "text")
        if kept.fronts.get(slug) != version:
            kept.fronts[slug] = version
            _log(kept, show, "character.rolled_back", f"{slug}@{version}", now_ms, (by, ""))

    async def releases(self, show: str) -> tuple[ReleaseListed, ...]:
        kept = self._shows.get(show, _Show())
        numbered = reversed(list(enumerate(kept.released_at_ms, start=1)))
        return tuple(ReleaseListed(version, at_ms, kept.published == version) for version, at_ms in numbered)

    async def rights(self, show: str) -> tuple[RightRecord, ...]:
        kept = self._shows.get(show, _Show()).rights
        records = (
            RightRecord(n, right.character, right.use, right.source, right.actor, right.from_ms, right.until_ms)
            for n, right in enumerate(kept, start=1)
        )
        return tuple(reversed(list(records)))

    async def put_file(self, show: str, file: ShowFile) -> None:
        if show not in self._shows:
            raise UnknownShow(show)
        self._bench(show).files[file.name] = file

    async def drop_file(self, show: str, name: str) -> None:
        self._bench(show).files.pop(name, None)

    async def files(self, show: str) -> tuple[ShowFile, ...]:
        return tuple(replace(file, content=b"") for file in await self.contents(show))

    async def contents(self, show: str) -> tuple[ShowFile, ...]:
        return tuple(file for _, file in sorted(self._bench(show).files.items()))

    async def set_airing(self, show: str, episode: int, airs_at_ms: int | None) -> None:
        if show not in self._shows:
            raise UnknownShow(show)
        self._bench(show).airings.pop(episode, None)
        if airs_at_ms is not None:
            self._bench(show).airings[episode] = airs_at_ms

    async def airings(self, show: str) -> Mapping[int, int]:
        return dict(self._bench(show).airings)

    def _bench(self, show: str) -> _Bench:
        return self._benches.setdefault(show, _Bench())
