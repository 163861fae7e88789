"""Who may be heard: the voice that a character's sheet names, for the engine in use, under a right that holds now.

Asked for every turn, in the transaction that takes it, so that a right that was revoked ends with the next message. It
never reads a fan's words.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from characters.ports import Catalogue
from characters.release import Cast, ReleaseId
from gateway.casting import Casting
from memory.passages import own_lines
from persona.sentences import SentenceCutter
from persona.speaking import Patience
from persona.voices import Role, SoundStore, Voice

MuteCode = Literal["voice_unavailable", "voice_not_licensed"]
AUTHORED_MAX = 64
"""Characters whose authored sentences are kept in memory."""


@dataclass(frozen=True, slots=True)
class Mute:
    """Why a character is not heard."""

    code: MuteCode


NO_VOICE = Mute("voice_unavailable")
NO_RIGHT = Mute("voice_not_licensed")


class Speakers:
    """Finds voices. Without an engine everybody is mute."""

    def __init__(
        self,
        voice: Voice | None,
        *,
        catalogue: Catalogue,
        casting: Casting,
        store: SoundStore | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.voice, self.store, self.patience = voice, store, patience or Patience()
        self._catalogue, self._casting = catalogue, casting
        self._authored: dict[tuple[str, str, int, int], frozenset[str]] = {}

    @property
    def engine(self) -> str:
        """The engine in use; "" when there is none."""
        return "" if self.voice is None else self.voice.name

    async def role(self, cast: Cast, locale: str, *, now_ms: int) -> Role | Mute:
        """How a character is heard by a fan of this language at this moment."""
        if self.voice is None or cast.sheet.heard_as is None:
            return NO_VOICE
        named = cast.sheet.heard_as.voice_of(self.voice.name)
        if named is None:
            return NO_VOICE
        role = Role(named, locale, cast.sheet.heard_as.speed)
        if not self.voice.speaks(role):
            return NO_VOICE
        if not await self._catalogue.has_right(cast.show, cast.sheet.slug, "voice", now_ms=now_ms):
            return NO_RIGHT
        return role

    async def authored(self, cast: Cast, release: ReleaseId) -> frozenset[str]:
        """The sentences that authors wrote for a character: greetings, deflections, goodbyes, its lines in the script.

        A reading of one may be kept, because it holds nothing of any fan.
        """
        key = (cast.show, cast.sheet.slug, cast.version, release.version)
        if key not in self._authored:
            canon = await self._casting.release(release)
            texts = [part.text for part in (*cast.sheet.greetings, *cast.sheet.deflections, *cast.sheet.goodbyes)]
            texts += [line.text for line in own_lines(canon.script, cast.sheet.cue)]
            while len(self._authored) >= AUTHORED_MAX:
                del self._authored[next(iter(self._authored))]
            self._authored[key] = await asyncio.to_thread(_sentences, texts)
        return self._authored[key]


def _sentences(texts: list[str]) -> frozenset[str]:
    found: set[str] = set()
    for text in texts:
        cutter = SentenceCutter()
        found.update(said.text for said in (*cutter.feed(text), *cutter.flush()))
    return frozenset(found)
