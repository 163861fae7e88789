"""Accounts over the books in memory, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from billing.account_ports import Account
from billing.ledger import Lot
from billing.memory_state import State
from billing.settlement import Hold
from billing.types import LotClass


@dataclass(frozen=True)
class MemoryAccounts:
    """`billing.account_ports.Accounts` over dictionaries; orders are not among them."""

    state: Callable[[], State]

    async def owners(self, name: str, *, limit: int) -> tuple[str, ...]:
        state = self.state()
        found = {name} & set(state.wallets)
        found |= {holds[0].fan for turn, holds in state.holds.items() if name in (turn, holds[0].receipt)}
        return tuple(sorted(found))[:limit]

    async def account(self, fan: str) -> Account | None:
        state = self.state()
        return Account(fan, state.joined_at_ms[fan], fan in state.frozen) if fan in state.wallets else None

    async def lots(self, fan: str) -> tuple[Lot, ...]:
        mine = [lot for lot in self.state().lots.values() if lot.fan == fan]
        return tuple(sorted(mine, key=lambda lot: lot.seq))

    async def holds(self, fan: str, *, limit: int) -> tuple[Hold, ...]:
        mine = [hold for holds in self.state().holds.values() for hold in holds if hold.fan == fan]
        return tuple(sorted(mine, key=lambda hold: (-hold.opened_at_ms, hold.turn, hold.kind))[:limit])

    async def freeze(self, fan: str, *, frozen: bool) -> bool:
        state = self.state()
        if fan not in state.wallets or (fan in state.frozen) == frozen:
            return False
        state.frozen ^= {fan}
        return True

    async def given(self, lot_class: LotClass, *, since_ms: int, fan: str = "", actor: str = "") -> int:
        credits = 0
        for entry in (recorded.entry for recorded in self.state().journal):
            named = fan in ("", entry.fan) and actor in ("", entry.actor)
            if named and entry.at_ms > since_ms and entry.terms and entry.terms.lot_class == lot_class:
                credits += sum(posting.credits for posting in entry.postings if posting.lot)
        return credits
