"""A fan in a chaos run: says what was planned, over as many sockets and processes as it takes, and remembers it all.

What the fan holds of each conversation's log is checked as it comes, and kept to be compared with the log itself. A
law that is broken is noted in `wrong`; that a connection is lost or a process is gone is a fan's everyday life.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import httpx
from websockets.exceptions import InvalidHandshake, WebSocketException

from tests.chaos.evidence import FanSaw
from tests.chaos.plan import CHARACTERS, Errand
from tests.chaos.progress import Progress
from tests.gateway.builders import claims_of, token_of
from tests.gateway.client import Event, Fan, Refused, Talk
from tests.gateway.story import SHOW

EVENT_S = 4.0
"""How long a fan waits for the next event before they look elsewhere: it may be another process that makes them."""
PAUSE_S = 0.3
AGAIN = frozenset({"draining", "internal"})
"""Errors after which the same message may be sent again."""
ELSEWHERE = frozenset({"turn_in_progress", "idempotency_conflict"})
TOO_LATE = "turn_finished"


class _Lost(Exception):
    """The fan has no connection just now."""


class _Told(Exception):
    """The server answered with an error."""

    def __init__(self, event: Event) -> None:
        super().__init__(event["code"])
        self.code = str(event["code"])


UNREACHABLE = (_Lost, OSError, TimeoutError, EOFError, WebSocketException, InvalidHandshake, httpx.HTTPError)


class Reachable(Protocol):
    """Where the servers are at present."""

    @property
    def bases(self) -> list[str]:
        """The addresses of those that serve."""
        ...


@dataclass
class Said:
    """What became of an errand, as far as the fan knows."""

    errand: Errand
    character: str
    """Whom it is sent to at present."""
    posts: int = 0
    turns: set[str] = field(default_factory=set)
    done: Event | None = None
    refused: str | None = None
    """The code of the error that ended it without a turn."""


class ChaosFan:
    """One fan. `run` says everything; `come_back` reads whatever of the logs is still missing."""

    def __init__(
        self,
        name: str,
        errands: Sequence[Errand],
        *,
        bases: Reachable,
        luck: Random,
        progress: Progress,
        patience_s: float,
    ) -> None:
        self.name, self._reachable, self._luck, self._progress = name, bases, luck, progress
        self._patience_s = patience_s
        self._token = token_of(claims_of(name))
        self.said = [Said(errand, errand.character) for errand in errands]
        self.logs: dict[str, dict[int, Event]] = {}
        """What the fan holds: conversation → seq → event."""
        self.conversations: dict[str, str] = {}
        """Character → conversation."""
        self._epochs: dict[str, str] = {}
        self.wrong: list[str] = []
        self.tally: Counter[str] = Counter()

    # Speaking

    async def run(self) -> None:
        """Say everything, one thing after another."""
        for said in self.said:
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._say(said)
            except TimeoutError:
                self.tally["messages left open"] += 1

    async def _say(self, said: Said) -> None:
        """Try until the reply has ended, or until the message was refused."""
        twin = said.errand.twin
        drops = list(said.errand.drops)
        while said.done is None and said.refused is None:
            attempts = [self._attempt(said, drop_after=drops.pop(0) if drops else None)]
            if twin:
                attempts.append(self._attempt(said, only_accepted=True))
                twin = False
            for outcome in await asyncio.gather(*attempts, return_exceptions=True):
                self._note(said, outcome)
            if said.done is None and said.refused is None:
                await asyncio.sleep(PAUSE_S)

    def _note(self, said: Said, outcome: BaseException | None) -> None:
        """What an attempt came to."""
        match outcome:
            case None:
                pass
            case _Told() if outcome.code == "insufficient_credits":
                said.refused = outcome.code
            case _Told() if outcome.code in ELSEWHERE:
                # No turn, no trace: the other character may be asked. Had the message come after all, on a connection
                # that was given up, then with the one it was meant for before.
                said.character = next(name for name in CHARACTERS if name != said.character)
                self.tally[f"told {outcome.code}"] += 1
            case _Told() if outcome.code in AGAIN:
                self.tally[f"told {outcome.code}"] += 1
            case Refused() if outcome.event["code"] in AGAIN:
                self.tally[f"told {outcome.event['code']}"] += 1
            case _Told() | AssertionError():
                self.wrong.append(f"{said.errand.tag}: {type(outcome).__name__} {outcome}")
            case _Lost():
                pass  # counted where it came about
            case _ if isinstance(outcome, UNREACHABLE):
                self.tally["connections lost, or silent"] += 1
            case _:
                raise outcome

    async def _attempt(self, said: Said, *, drop_after: int | None = None, only_accepted: bool = False) -> None:
        """Send the message on a socket of its own and read on."""
        async with self._talk() as talk:
            conversation = await self._opened(talk, said.character)
            if said.done is not None:
                return  # it ended while the fan was away
            said.posts += 1
            await talk.post(conversation, said.errand.text, said.errand.client_msg_id)
            await self._read(talk, said, drop_after=drop_after, only_accepted=only_accepted)

    async def _read(self, talk: Talk, said: Said, *, drop_after: int | None, only_accepted: bool) -> None:
        seen, accepted, cancel_after = 0, False, said.errand.cancel_after
        while said.done is None and not (accepted and only_accepted):
            if drop_after is not None and seen >= drop_after:
                await talk.drop()
                self.tally["connections dropped"] += 1
                raise _Lost
            if cancel_after is not None and seen >= cancel_after and said.turns and not only_accepted:
                await talk.send("turn.cancel", turn=next(iter(said.turns)))
                self.tally["cancels sent"] += 1
                cancel_after = None
            event = await self._next(talk)
            if event["type"] == "error" and event["code"] != TOO_LATE:
                raise _Told(event)
            seen += event.get("turn") in said.turns
            accepted = accepted or event.get("client_msg_id") == said.errand.client_msg_id

    # Listening

    @asynccontextmanager
    async def _talk(self) -> AsyncIterator[Talk]:
        """A welcomed socket to any process, resumed where the fan is in every conversation."""
        bases = self._reachable.bases
        if not bases:
            self.tally["looked while every process was down"] += 1
            raise _Lost
        fan = Fan(self._luck.choice(bases), self._token)
        answer = await fan.call("POST", "/v1/realtime/tickets")
        if answer.status_code != 201:
            self.tally["tickets not given"] += 1
            raise _Lost
        marks = [self._mark(conversation) for conversation in self.logs]
        async with fan.socket(ticket=answer.json()["ticket"], resume=marks) as talk:
            await talk.hello(marks)
            for mark, resumed in zip(marks, talk.welcome["resumed"], strict=True):
                assert resumed["recovered"], f"{mark} was not recovered"
                while self._head(mark["conversation"]) < resumed["to"]:
                    await self._next(talk)
            yield talk

    async def _next(self, talk: Talk) -> Event:
        async with asyncio.timeout(EVENT_S):
            event = await talk.next()
        self._keep(event)
        return event

    async def _opened(self, talk: Talk, character: str) -> str:
        """The conversation with a character; one that the fan has is followed since the welcome."""
        if character not in self.conversations:
            async with asyncio.timeout(EVENT_S):
                opened = await talk.open(SHOW, character)
            known = self._epochs.setdefault(opened["conversation"], opened["epoch"])
            assert known == opened["epoch"], "another epoch"
            self.conversations[character] = opened["conversation"]
            self.logs.setdefault(opened["conversation"], {})
        conversation = self.conversations[character]
        if conversation not in talk.heads:  # the twin of this socket opened it
            async with asyncio.timeout(EVENT_S):
                await talk.open(SHOW, character)
        return conversation

    def _head(self, conversation: str) -> int:
        return max(self.logs[conversation], default=0)

    def _mark(self, conversation: str) -> Event:
        return {
            "conversation": conversation,
            "epoch": self._epochs[conversation],
            "seq": self._head(conversation),
        }

    def _keep(self, event: Event) -> None:
        if "seq" not in event or event["type"] == "conversation.opened":
            return
        held = self.logs[event["conversation"]].setdefault(event["seq"], event)
        assert held == event, f"seq {event['seq']} came again as another event"
        if event["type"] == "message.accepted":
            said = next(each for each in self.said if each.errand.client_msg_id == event["client_msg_id"])
            if not said.turns:
                self._progress.accepted()
            said.turns.add(event["turn"])
        elif event["type"] == "reply.done":
            for said in self.said:
                if event["turn"] in said.turns:
                    said.done = event

    # Coming back

    def look_at(self, bases: Reachable) -> None:
        """From now on the servers are there."""
        self._reachable = bases

    async def come_back(self) -> None:
        """Read every conversation to its head, when everything is over."""
        try:
            async with self._talk():
                pass
        except AssertionError as broken:
            self.wrong.append(f"{self.name} came back: {broken}")

    def saw(self) -> FanSaw:
        """Everything that the fan holds, to be held against what the servers have."""
        return FanSaw(
            logs=self.logs,
            turns={said.errand.client_msg_id: frozenset(said.turns) for said in self.said},
            refused=frozenset(said.errand.client_msg_id for said in self.said if said.refused and said.posts == 1),
            posts={said.errand.client_msg_id: said.posts for said in self.said if said.turns},
            wrong=tuple(self.wrong),
        )
