"""Where the gateway keeps its state, and how its parts hear of new events.

Everything that must happen together happens in one `Unit`: money, words and the log commit as one, or not at all.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from billing.account_ports import Accounts
from billing.figure_ports import Figures
from billing.gift_ports import Promotions, Rewards
from billing.offer_ports import Offers
from billing.ports import Books, Reports
from billing.shop_ports import Shop
from characters.release import ReleaseId
from gateway.curiosity import Asked
from gateway.events import LogEvent, ReceiptView, TurnStatus
from gateway.records import Conversation, Logged, PersonaVersion, RapportKept, Standing, Turn, TurnMessages, TurnReport
from memory.notes import Owner
from memory.ports import Notebook, Summaries, TranscriptWriter
from persona.relationship import Rapport


class Conversations(Protocol):
    """Conversations of fans."""

    async def find(self, fan: str, show: str, character: str, mode: str, *, partner: str = "") -> Conversation | None:
        """The fan's one conversation of this kind; `partner` is who else is there, the later slug of the two."""
        ...

    async def add(self, conversation: Conversation) -> None:
        """Keep a new conversation."""
        ...

    async def get(self, conversation: str, *, fan: str) -> Conversation:
        """Raises UnknownConversation, also for another fan's."""
        ...

    async def of_fan(self, fan: str) -> tuple[Conversation, ...]:
        """All of a fan's, newest first."""
        ...

    async def releases(self) -> frozenset[ReleaseId]:
        """The releases that conversations are in."""
        ...

    async def set_locale(self, conversation: str, locale: str) -> None:
        """The fan reads another language from now on."""
        ...

    async def set_horizon_cap(self, conversation: str, cap: int | None) -> None:
        """Remember how far the fan asked to be taken to have watched."""
        ...

    async def set_disclosed(self, conversation: str, *, at_ms: int) -> None:
        """Remember that the fan was just told that this is an AI."""
        ...

    async def set_disclosed_aloud(self, conversation: str, *, at_ms: int) -> None:
        """Remember that a voice is about to say so."""
        ...

    async def erase(self, fan: str) -> None:
        """Delete a fan's conversations with their turns and logs."""
        ...


class EventLog(Protocol):
    """The append-only log of each conversation."""

    async def append(self, conversation: str, drafts: Sequence[LogEvent], *, now_ms: int) -> tuple[Logged, ...]:
        """Give each draft its id, `epoch` and `seq`, contiguous from the head, and keep it."""
        ...

    async def read(self, conversation: str, *, after: int, limit: int) -> tuple[Logged, ...]:
        """Events with `seq` > `after`, in order."""
        ...

    async def of_turn(self, turn: str) -> tuple[Logged, ...]:
        """Every event of a turn, in order."""
        ...

    async def heads(self, conversations: Sequence[str]) -> Mapping[str, int]:
        """The newest `seq` of each log that has one."""
        ...

    async def newest(self, conversations: Sequence[str]) -> tuple[Logged, ...]:
        """The newest event of each log that has one."""
        ...


class Turns(Protocol):
    """Turns, their owners and their ends."""

    async def add(self, turn: Turn) -> None:
        """Keep a running turn."""
        ...

    async def by_message(self, fan: str, client_msg_id: str) -> Turn | None:
        """The turn that a message of this fan began."""
        ...

    async def get(self, turn: str, *, fan: str) -> Turn:
        """Raises UnknownTurn, also for another fan's."""
        ...

    async def running(self, conversation: str) -> Turn | None:
        """The turn under way in a conversation."""
        ...

    async def running_of(self, fan: str) -> tuple[Turn, ...]:
        """A fan's turns under way. Until this unit ends none begins, and when there is none, none is being ended."""
        ...

    async def standing(self, turn: str) -> Standing:
        """How a turn stands, "ended" for an unknown one; until this unit ends nobody else can change that or ask."""
        ...

    async def ask_to_cancel(self, turn: str, *, now_ms: int) -> bool:
        """Keep that a running turn is unwanted, for whoever performs it; False when it had ended."""
        ...

    async def unwanted(self, turns: Sequence[str]) -> frozenset[str]:
        """Those of the turns that run and are unwanted."""
        ...

    async def finish(
        self, turn: str, status: TurnStatus, receipt: ReceiptView, *, heard_chars: int | None = None, now_ms: int
    ) -> bool:
        """End a running turn; False when it had ended already. The one gate of a turn's end."""
        ...

    async def beat(self, turns: Sequence[str], *, now_ms: int) -> None:
        """Their owner is alive."""
        ...

    async def abandoned(self, *, quiet_since_ms: int) -> tuple[Turn, ...]:
        """Running turns that have not been heard of since then, oldest first."""
        ...

    async def page(self, conversation: str, *, before: str | None, limit: int) -> tuple[TurnMessages, ...]:
        """The newest turns (before the turn `before`), oldest first."""
        ...


class TurnLog(Protocol):
    """The log of turns as reports read it."""

    async def ended_after(self, position: int, *, before_ms: int, limit: int) -> tuple[tuple[int, str, int], ...]:
        """Ended turns (place, id, episodes watched) after a place, begun before then; up to the first that runs."""
        ...

    async def episodes_of(self, turns: Sequence[str]) -> Mapping[str, int]:
        """How far the fan of each turn had watched; a turn that was erased is left out."""
        ...

    async def last_place(self, fan: str, *, before_ms: int) -> tuple[str, str, int]:
        """Show, character and episodes watched of the last turn a fan had begun by then; "" and 0 without one."""
        ...


class Personas(Protocol):
    """The persona versions of an installation. One is added and never changed."""

    async def versions(self) -> tuple[PersonaVersion, ...]:
        """All of them, oldest first. Until a unit that began ends, nobody else in one reads or adds any."""
        ...

    async def add(self, version: PersonaVersion) -> None:
        """Keep a version with the next number."""
        ...


class TurnReports(Protocol):
    """What fans report about replies, once a turn."""

    async def find(self, turn: str) -> TurnReport | None:
        """The report of a turn; until this unit ends nobody else can add it."""
        ...

    async def add(self, report: TurnReport) -> None:
        """Keep the first report of a turn."""
        ...

    async def of_fan(self, fan: str) -> tuple[TurnReport, ...]:
        """All of a fan's, oldest first."""
        ...

    async def erase(self, fan: str) -> None:
        """Delete a fan's reports."""
        ...


class Tickets(Protocol):
    """Single-use tickets, known by their hash only."""

    async def issue(self, ticket_hash: str, claims: dict[str, Any], origin: str | None, *, expires_at_ms: int) -> None:
        """Keep a ticket."""
        ...

    async def redeem(self, ticket_hash: str, *, now_ms: int) -> tuple[dict[str, Any], str | None] | None:
        """Use a ticket up: its claims and origin, once; None when unknown, used or expired."""
        ...

    async def erase(self, fan: str) -> None:
        """Delete a fan's tickets, with the claims that are kept beside them."""
        ...


class Rapports(Protocol):
    """How characters stand with fans; nothing can be read without saying whose it is."""

    async def get(self, owner: Owner) -> Rapport:
        """How the character stands with the fan: as with a stranger, where nothing is kept."""
        ...

    async def put(self, owner: Owner, rapport: Rapport, *, now_ms: int) -> None:
        """Keep it."""
        ...

    async def of_fan(self, fan: str) -> tuple[RapportKept, ...]:
        """All of a fan's, by show and character."""
        ...

    async def erase(self, fan: str) -> None:
        """Forget all of a fan's."""
        ...


class Unit(Protocol):
    """One transaction over everything the gateway may change."""

    @property
    def conversations(self) -> Conversations: ...
    @property
    def log(self) -> EventLog: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def turn_log(self) -> TurnLog: ...
    @property
    def personas(self) -> Personas: ...
    @property
    def turn_reports(self) -> TurnReports: ...
    @property
    def rapports(self) -> Rapports: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def transcripts(self) -> TranscriptWriter: ...
    @property
    def notes(self) -> Notebook: ...
    @property
    def summaries(self) -> Summaries: ...
    @property
    def books(self) -> Books: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def figures(self) -> Figures: ...
    @property
    def promotions(self) -> Promotions: ...
    @property
    def rewards(self) -> Rewards: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def offers(self) -> Offers: ...


class Questions(Protocol):
    """What fans wrote, for counting."""

    def about(self, show: str, *, from_ms: int, until_ms: int) -> AsyncGenerator[Asked, None]:
        """Every message about a show from one moment until before another, without what is no part of a talk."""
        ...


class Units(Protocol):
    """Opens units."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that commits when its block ends, and rolls back when the block raises."""
        ...

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """A unit for reading: it never waits for a writer, and nothing may be written through it."""
        ...


class Listener(Protocol):
    """Somebody who follows conversations."""

    def hear(self, events: Sequence[Logged]) -> None:
        """New events of one conversation, in order. Must return at once; what is missed is read from the log."""
        ...

    def speak(self, piece: bytes | str) -> bool:
        """A frame of audio, or an event beside it, neither of which is in the log. Must return at once.

        False: it will not be heard here.
        """
        ...

    @property
    def is_behind(self) -> bool:
        """Whether so much waits to be sent that audio had better wait too."""
        ...


class Socket(Protocol):
    """What a connection needs of a WebSocket that has been accepted."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None when the socket is closed."""
        ...

    async def send(self, text: str) -> None:
        """Send a text frame. Raises ConnectionError when the socket is gone."""
        ...

    async def send_audio(self, frame: bytes) -> None:
        """Send a binary frame. Raises ConnectionError when the socket is gone."""
        ...

    async def close(self, code: int) -> None:
        """Close; harmless when it is closed."""
        ...

    def evict(self, code: int) -> None:
        """Close without waiting for a client that takes nothing, and cut the line soon after."""
        ...


Reach = Literal["local", "shared", "degraded"]
"""How far events are told of: in this process alone; in every process; in every process, were it not for a fault."""


class LiveEvents(Protocol):
    """Tells listeners of events that were just appended, and owners of turns of cancels.

    Losing any of it loses nothing: the log has every event, and a turn's row says that it is unwanted. Events may come
    twice or late; a listener knows by their `seq`. The law: of what is published after a `follow` its listener hears,
    or hears something newer of that conversation, or `missed` is told of that conversation.
    """

    @property
    def reach(self) -> Reach:
        """How far events are told of just now."""
        ...

    @property
    def followed(self) -> Collection[str]:
        """The conversations that somebody here follows."""
        ...

    def attend(self, *, cancelled: Callable[[str], object], missed: Callable[[Collection[str]], None]) -> None:
        """Whom to tell of turns that another process wants stopped here, and of conversations to look up in the log.

        The latter is also told of a change of `reach`, with whatever that makes worth looking up.
        """
        ...

    def publish(self, events: Sequence[Logged]) -> None:
        """Events of one conversation, committed: for listeners here at once, and for those elsewhere."""
        ...

    def deliver(self, events: Sequence[Logged]) -> None:
        """Events of one conversation, read from the log: for listeners here alone."""
        ...

    def cancel(self, turn: str, *, owner: str) -> None:
        """Tell the process that performs a turn that it is unwanted."""
        ...

    def follow(self, conversation: str, listener: Listener) -> None:
        """Begin to hear of a conversation; again is harmless."""
        ...

    def audience(self, conversation: str) -> Sequence[Listener]:
        """Who follows a conversation in this process: audio goes no further."""
        ...

    def leave(self, listener: Listener) -> None:
        """Stop hearing of anything."""
        ...
