"""What a reply is asked with: the talk so far, what the character remembers of this fan, and what was told in short.

It only reads, and may begin before a message has its turn: the question's vector is what takes longest, and it is made
while the books are asked. It knows no money.
"""

from __future__ import annotations

import asyncio

from characters.release import Cast, ReleaseId
from gateway.auth import Claims
from gateway.ports import Units
from gateway.records import Conversation, Turn
from gateway.remembering import Remembrance
from gateway.replies import HISTORY_TURNS_MAX, ReplyRequest
from gateway.summarising import Summarising
from memory.asked_once import AskedOnce
from memory.note_recall import Remembered
from memory.notes import Owner
from memory.ports import Transcripts
from memory.recalling import QUERY_CHARS_MAX
from persona.relationship import Rapport
from persona.types import Scene


class Preparing:
    """Puts requests together for every turn of a process."""

    def __init__(
        self,
        *,
        units: Units,
        transcripts: Transcripts,
        remembrance: Remembrance,
        summarising: Summarising,
        embedder: AskedOnce,
    ) -> None:
        self._units, self._transcripts = units, transcripts
        self._remembrance, self._summarising, self._embedder = remembrance, summarising, embedder

    def expect(self, fan_text: str) -> None:
        """A message is being taken: begin with what its reply will need whatever else is found. Returns at once."""
        self._embedder.expect(fan_text[:QUERY_CHARS_MAX])

    async def request(
        self,
        turn: Turn,
        conversation: Conversation,
        claims: Claims,
        fan_text: str,
        cast: Cast,
        *,
        other: Cast | None = None,
        heard: str = "",
    ) -> ReplyRequest:
        """The request to `cast`, for a turn that has been taken. Raises EmbedderUnavailable.

        `other`: who else is there, of whom nothing goes into it but the name, and `heard`, which they have just said.
        """
        owner = Owner(turn.fan, conversation.show, cast.sheet.slug)
        history, remembered, summaries, rapport = await asyncio.gather(
            self._transcripts.recent(conversation.id, limit=HISTORY_TURNS_MAX, before=turn.id),
            self._remembered(owner, turn, conversation, claims, fan_text),
            self._summarising.of_talk(conversation.id, fan=turn.fan, horizon=turn.horizon),
            self._rapport(owner, conversation),
        )
        return ReplyRequest(
            key=turn.id if other is None else f"{turn.id}:{cast.sheet.slug}",
            cast=cast,
            release=ReleaseId(conversation.show, conversation.release_version),
            horizon=turn.horizon,
            history=history,
            fan_text=fan_text,
            fan_name=claims.name,
            locale=conversation.locale,
            minor=claims.age == "teen",
            asked_by=turn.fan,
            remembered=remembered,
            summaries=summaries,
            rapport=rapport,
            what_if=conversation.mode == "what_if",
            scene=None if other is None else scene_with(other, turn.horizon, heard),
        )

    async def _rapport(self, owner: Owner, conversation: Conversation) -> Rapport | None:
        """How the character stands with the fan; None in a what-if, where nobody has met them."""
        if not conversation.is_played:
            return None
        async with self._units.read() as unit:
            return await unit.rapports.get(owner)

    async def _remembered(
        self, owner: Owner, turn: Turn, conversation: Conversation, claims: Claims, fan_text: str
    ) -> Remembered:
        if not conversation.is_played:  # a what-if is played by somebody who has never met the fan
            return Remembered()
        return await self._remembrance.recall(owner, fan_text, horizon=turn.horizon, name=claims.name)


def scene_with(other: Cast, horizon: int, heard: str = "") -> Scene:
    """Somebody else in front of a fan of this horizon, as who answers beside them is told of them."""
    sheet = other.sheet.at(horizon)
    return Scene(sheet.name, sheet.names, heard)
