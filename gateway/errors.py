"""What can be refused at the gateway. `gateway/error_codes.py` gives each its wire code, status and sentence.

GatewayError
├── NotAnEvent
├── InvalidEvent
├── AuthFailed
├── KeysUnreachable
├── WrongOrigin
├── TicketRefused
├── UnknownConversation
├── NoCrisisProtocol
├── TooYoung
├── UnknownTurn
├── UnknownNote
├── StaleMark
├── TurnFinished
├── NotTheLastTurn
├── TurnInProgress
├── MessageIdConflict
├── TooManySockets
├── TooOften
├── Draining
├── NotADispatch
├── RewardsOff
├── ShopClosed
├── WrongReturn
├── NotEnoughCredits
├── InvalidFile
└── SetupError
    ├── InvalidSetting
    ├── DatabaseUnusable
    ├── DataNewerThanProgram
    ├── ModelsNotPublished
    ├── DataFolderInUse
    ├── DataFolderUnusable
    ├── BackupUnusable
    ├── DatabaseInTheWay
    ├── AddressUnusable
    └── PortInUse
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class GatewayError(Exception):
    """Base of this package's errors."""


class NotAnEvent(GatewayError):
    """A frame that is no event at all: the socket closes with 4505."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidEvent(GatewayError):
    """An object that is no valid event; `field` is the first wrong one, `ref` the id of the event when it had one."""

    def __init__(self, field: str, ref: str | None = None) -> None:
        super().__init__(field)
        self.field, self.ref = field, ref


class AuthFailed(GatewayError):
    """The host app's token is missing, forged, expired or not for us. `reason` is for the operator's eyes."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeysUnreachable(GatewayError):
    """The keys that an app publishes cannot be fetched: its fans' tokens can be neither believed nor refused."""

    def __init__(self, app: str) -> None:
        super().__init__(app)
        self.app = app


class WrongOrigin(GatewayError):
    """A page of this origin may not use this app's fans."""


class TicketRefused(GatewayError):
    """A ticket that is unknown, used, expired or bound to another origin."""


class UnknownConversation(GatewayError):
    """No such conversation of this fan."""


class NoCrisisProtocol(GatewayError):
    """No words for a fan in danger are loaded in this language, so nobody may be talked with in it."""

    def __init__(self, locale: str) -> None:
        super().__init__(locale)
        self.locale = locale


class TooYoung(GatewayError):
    """The host app says that the fan is a child: nobody chats with one."""


class UnknownTurn(GatewayError):
    """No such turn of this fan."""


class UnknownNote(GatewayError):
    """No such note of this fan."""


class StaleMark(GatewayError):
    """No place in this conversation's log that it goes on from."""

    def __init__(self, conversation: str) -> None:
        super().__init__(conversation)
        self.conversation = conversation

    def __str__(self) -> str:
        return f"The log of {self.conversation} does not go on from there."


class TurnFinished(GatewayError):
    """The turn has ended already."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn


class NotTheLastTurn(GatewayError):
    """Only the last reply of a conversation is given again."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn


class TurnInProgress(GatewayError):
    """One turn at a time for each conversation."""

    def __init__(self, turn: str) -> None:
        super().__init__(turn)
        self.turn = turn


class MessageIdConflict(GatewayError):
    """The `client_msg_id` was used for another message."""


class TooManySockets(GatewayError):
    """The fan has as many sockets open as one fan may."""


class TooOften(GatewayError):
    """Somebody asks for too much at once; nothing of it was done."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(retry_after_ms)
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        return f"That was too often; try again in {self.retry_after_ms} ms."


class Draining(GatewayError):
    """This process takes no new turns: it is about to end."""


class NotADispatch(GatewayError):
    """Bytes from another process that are no dispatch of this version; none of them are repeated."""

    def __str__(self) -> str:
        return "Another process said something that is not understood here."


class RewardsOff(GatewayError):
    """This installation gives nothing for watched ads."""


class ShopClosed(GatewayError):
    """This installation sells nothing."""


class WrongReturn(GatewayError):
    """A page to come back to that is not of an origin the app allows."""


class NotEnoughCredits(GatewayError):
    """A message that the wallet does not cover, and what is for sale: each pack as it goes over the wire."""

    def __init__(self, needed: int, available: int, packs: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(needed, available)
        self.needed, self.available, self.packs = needed, available, tuple(packs)


class InvalidFile(GatewayError):
    """A file of a price or a promotion; each fault is where it is and what is wrong there. Values are not quoted."""

    def __init__(self, source: str, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__(source, faults)
        self.source, self.faults = source, faults

    def __str__(self) -> str:
        return "\n".join(f"{self.source} cannot be used at “{where}”: {reason}." for where, reason in self.faults)


class SetupError(GatewayError):
    """Something about the installation keeps a command from running; `str()` is the sentence to print."""


class InvalidSetting(SetupError):
    """A setting with a value that cannot be used. The value is not repeated: it may be a secret."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"{self.name} cannot be used: {self.reason}."


class DatabaseUnusable(SetupError):
    """The database cannot be opened. Its address is not repeated: there may be a password in it."""

    def __str__(self) -> str:
        return "The database cannot be opened: it is damaged, it is none, or its server does not answer."


class DataNewerThanProgram(SetupError):
    """The data was written by a newer Encore."""

    def __str__(self) -> str:
        return "The data directory was written by a newer version of Encore; use that version, or another directory."


class ModelsNotPublished(SetupError):
    """The settings name models that nobody has published; `number` and `published` are the newest version's."""

    def __init__(self, models: tuple[str, ...], number: int, published: tuple[str, ...]) -> None:
        super().__init__(models, number, published)
        self.models, self.number, self.published = models, number, published

    def __str__(self) -> str:
        return (
            f"{', '.join(self.models)} would play the characters, and persona version {self.number} is played by "
            f"{', '.join(self.published)}: publish the change with “encore models publish”, or set ENCORE_MODEL back."
        )


class DataFolderInUse(SetupError):
    """Another server owns this data directory."""

    def __str__(self) -> str:
        return "Another Encore server is running on this data directory; stop it first, or use another directory."


class DataFolderUnusable(SetupError):
    """The data directory cannot be made or written."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"The data directory {self.path} cannot be written."


class BackupUnusable(SetupError):
    """A backup cannot be written, read or believed; `reason` is one clause."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"The backup cannot be used: {self.path}: {self.reason}."


class DatabaseInTheWay(SetupError):
    """There is a database, or a part of one, where a backup is to be restored."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"There is a database at {self.path} already; restore into an empty data directory."


class AddressUnusable(SetupError):
    """Nobody can listen there; `reason` is one clause."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(host, port, reason)
        self.host, self.port, self.reason = host, port, reason

    def __str__(self) -> str:
        return f"Encore cannot listen on port {self.port} of {self.host}: {self.reason}."


class PortInUse(SetupError):
    """Somebody else listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host, self.port = host, port

    def __str__(self) -> str:
        return f"Port {self.port} on {self.host} is in use; choose another one with --port."
