"""Summaries in dictionaries, beside the transcripts and the notebook of the same fans: the double of the SQL ones.

It keeps no secrets from itself, so it shows what is stored; nothing but tests and benchmarks may use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memory.doubles import MemoryTranscripts
from memory.notebook_double import MemoryNotebook
from memory.summaries import Mark, Summary, TalkUnderWay, ended, mark_of
from memory.types import Exchange


@dataclass(slots=True)
class _Talk:
    fan: str
    at_ms: int
    told: int = 0
    done: int = 0
    version: int = 0
    forgotten_ms: int = -1


class MemorySummaries:
    """See memory.ports.Summaries."""

    def __init__(self, transcripts: MemoryTranscripts, notebook: MemoryNotebook) -> None:
        self._transcripts, self._notebook = transcripts, notebook
        self.talks: dict[str, _Talk] = {}
        self.kept: dict[tuple[str, int], Summary] = {}
        """(Conversation, horizon) -> its summary."""

    async def tell(self, conversation: str, *, fan: str, now_ms: int) -> None:
        talk = self.talks.setdefault(conversation, _Talk(fan, now_ms))
        if talk.fan == fan:
            talk.at_ms = talk.at_ms if talk.done < talk.told else now_ms
            talk.told += 1

    async def waiting(self, *, limit: int) -> tuple[TalkUnderWay, ...]:
        late = [(talk.at_ms, key) for key, talk in self.talks.items() if talk.done < talk.told]
        return tuple(self._under_way(key) for _, key in sorted(late)[:limit])

    async def untold(self, talk: TalkUnderWay, *, before: Mark, limit: int) -> tuple[Exchange, ...]:
        said = [one for owner, one in self._transcripts.kept.values() if owner == talk.conversation]
        told = [one for key, one in self.kept.items() if key[0] == talk.conversation]
        found = [
            one
            for one in sorted(ended(said), key=mark_of)
            if one.at_ms > talk.forgotten_ms
            and mark_of(one) < before
            and not any(summary.covers(one) for summary in told)
            and not self._forgotten(one.turn)
        ]
        return tuple(found[:limit])

    def _forgotten(self, turn: str) -> bool:
        return any(told.turn == turn and state == "forgotten" for told, state, _ in self._notebook.told.values())

    async def of_talk(self, conversation: str, *, fan: str, horizon: int) -> tuple[Summary, ...]:
        return tuple(
            one for one in await self.of_fan(fan) if one.conversation == conversation and one.horizon <= horizon
        )

    async def of_fan(self, fan: str) -> tuple[Summary, ...]:
        return tuple(one for (talk, _), one in sorted(self.kept.items()) if self.talks[talk].fan == fan)

    async def keep(self, talk: TalkUnderWay, summary: Summary) -> bool:
        known = self.talks.get(talk.conversation)
        if known is None or (known.fan, known.version) != (talk.fan, talk.version):
            return False
        known.version += 1
        self.kept[summary.conversation, summary.horizon] = summary
        return True

    async def done(self, talk: TalkUnderWay) -> None:
        known = self.talks.get(talk.conversation)
        if known is not None and known.fan == talk.fan:
            known.done = talk.told

    async def forget(self, turns: Sequence[str], *, fan: str) -> None:
        changed = set()
        for conversation, exchange in [
            self._transcripts.kept[turn] for turn in set(turns) & set(self._transcripts.kept)
        ]:
            talk = self.talks.get(conversation)
            if talk is not None and talk.fan == fan:
                changed.add(conversation)
                told = self.kept.get((conversation, exchange.horizon))
                if told is not None and told.covers(exchange):
                    del self.kept[conversation, exchange.horizon]
        for conversation in changed:
            self.talks[conversation].told += 1
            self.talks[conversation].version += 1

    async def forget_talks(self, conversations: Sequence[str], *, fan: str, now_ms: int) -> None:
        for conversation in conversations:
            await self.tell(conversation, fan=fan, now_ms=now_ms)
            talk = self.talks[conversation]
            if talk.fan == fan:
                talk.version, talk.forgotten_ms = talk.version + 1, now_ms
                for key in [key for key in self.kept if key[0] == conversation]:
                    del self.kept[key]

    async def erase(self, fan: str) -> None:
        for conversation in [key for key, talk in self.talks.items() if talk.fan == fan]:
            del self.talks[conversation]
            for key in [key for key in self.kept if key[0] == conversation]:
                del self.kept[key]

    def _under_way(self, conversation: str) -> TalkUnderWay:
        talk = self.talks[conversation]
        return TalkUnderWay(conversation, talk.fan, talk.told, talk.version, talk.forgotten_ms)
