"""A fan's account as the people see it who help with it. It finds and tells; it holds no words of any conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from billing.ledger import Lot
from billing.settlement import Hold
from billing.types import LotClass


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account, since when, and whether it is frozen."""

    fan: str
    joined_at_ms: int
    frozen: bool


class Accounts(Protocol):
    """Inside one transaction of the caller."""

    async def owners(self, name: str, *, limit: int) -> tuple[str, ...]:
        """The fans that a name is about: a fan's key, or the id of a turn, a receipt, an order or a till's payment."""
        ...

    async def account(self, fan: str) -> Account | None:
        """None for a fan who never had a wallet."""
        ...

    async def lots(self, fan: str) -> tuple[Lot, ...]:
        """All lots of a fan, spent ones too, the oldest first."""
        ...

    async def holds(self, fan: str, *, limit: int) -> tuple[Hold, ...]:
        """The newest holds of a fan, newest first."""
        ...

    async def freeze(self, fan: str, *, frozen: bool) -> bool:
        """Let a fan spend nothing, or let them again; False when it was so already, or there is no such fan.

        What is held stays held and is settled as ever; turns that cost nothing go on.
        """
        ...

    async def given(self, lot_class: LotClass, *, since_ms: int, fan: str = "", actor: str = "") -> int:
        """Credits of a class granted since then, to a fan or by somebody if they are named."""
        ...
