"""The books in memory, read for people: each report by one plain walk over the journal.

It is for tests and for trying things out, and shows what the reports of a database have to come to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from typing import cast

from billing.errors import UnknownReceipt
from billing.ledger import Lot, Recorded
from billing.liability import LotLeft, Owed, owed
from billing.memory_state import State
from billing.replay import Difference, Replayed, differing_lots, differing_wallets, replayed
from billing.revenue import MONEY_KINDS, By, CreditSum, Group, LotStep, RevenueLine, Tally, group_of
from billing.settlement import UNCOLLECTED, Hold, held, status_of
from billing.shares import Payout, PayoutRow, payouts
from billing.statement import StatementLine, lines
from billing.traffic import NEVER_MS, TrafficRow, TurnColumns, columns
from billing.types import CHARGE_KINDS, Charge, TurnKind
from billing.whatif import RecordedTurn


@dataclass(frozen=True)
class MemoryReports:
    """`billing.ports.Reports` over dictionaries; `state` gives those of the books it reads."""

    state: Callable[[], State]

    async def statement(self, fan: str, *, before: int | None, limit: int) -> tuple[StatementLine, ...]:
        every = lines([each for each in self.state().journal if each.entry.fan == fan], balance=0)
        return tuple(line for line in every if before is None or line.seq < before)[:limit]

    async def liability(self, at_ms: int) -> tuple[Owed, ...]:
        then = replayed(each for each in self.state().journal if each.entry.at_ms <= at_ms)
        return owed(
            LotLeft(lot.terms.lot_class, lot.granted, lot.remaining, lot.terms.paid_minor, lot.terms.currency)
            for lot in then.lots.values()
        )

    async def journal(self) -> AsyncIterator[Recorded]:
        for recorded in self.state().journal:
            yield recorded

    async def replay(self) -> tuple[Replayed, tuple[Difference, ...]]:
        state = self.state()
        found = replayed(state.journal)
        return found, differing_wallets(found, state.wallets.values()) + differing_lots(found, state.lots.values())

    async def revenue(self, *, from_ms: int, until_ms: int, by: By) -> tuple[RevenueLine, ...]:
        tally, state = Tally(), self.state()
        for recorded, steps in self._steps(by):
            entry = recorded.entry
            if not from_ms <= entry.at_ms < until_ms:
                continue
            group = self._group(by, entry.at_ms, entry.turn)
            for posting in entry.postings:
                tally.credits(CreditSum(group, posting.account, entry.kind, posting.credits, 1))
            for step in steps:
                tally.step(step)
            for share in entry.shares or ():
                tally.share(group, share.currency, share.micros)
        for (turn, kind), cost in state.costs.items():
            at_ms = state.costs_at_ms[turn, kind]
            if from_ms <= at_ms < until_ms:
                tally.cost(self._group(by, at_ms, turn), cost.kind, cost.currency, cost.micros)
        return tally.lines()

    async def payouts(self, *, from_ms: int, until_ms: int) -> tuple[Payout, ...]:
        state, rows = self.state(), list[PayoutRow]()
        for entry in (recorded.entry for recorded in state.journal):
            used = {posting.lot: -posting.credits for posting in entry.postings}
            for share in entry.shares or ():
                group, terms = self._group("character", entry.at_ms, entry.turn), state.lots[share.lot].terms
                names = (share.payee, group.show, group.character, share.currency, terms.lot_class)
                rows.append(PayoutRow(*names, entry.at_ms, used[share.lot], share.micros))
        return payouts(rows, from_ms=from_ms, until_ms=until_ms)

    async def turns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[RecordedTurn]:
        async for holds in self._delivered(from_ms, until_ms):
            yield _turn(holds)

    async def turn_columns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[TurnColumns]:
        rows = [row async for turn in self._delivered(from_ms, until_ms) for row in self._traffic(turn)]
        if rows:
            yield columns(rows)

    async def turns_burning(self, lot: str, *, limit: int) -> tuple[str, ...]:
        captures = [each.entry for each in self.state().journal if each.entry.kind == "capture"]
        burning = [entry.turn for entry in captures if any(posting.lot == lot for posting in entry.postings)]
        return tuple(turn for turn in burning if turn is not None)[:limit]

    async def turn_of(self, name: str) -> str:
        for turn, holds in self.state().holds.items():
            if name in (turn, holds[0].receipt):
                return turn
        raise UnknownReceipt(name)

    async def _delivered(self, from_ms: int, until_ms: int) -> AsyncIterator[tuple[Hold, ...]]:
        taken = [holds for holds in self.state().holds.values() if status_of(holds) == "captured"]
        for holds in sorted(taken, key=lambda holds: (holds[0].fan, holds[0].opened_at_ms, holds[0].turn)):
            if from_ms <= holds[0].opened_at_ms < until_ms and holds[0].reason != UNCOLLECTED:
                yield holds

    def _traffic(self, holds: tuple[Hold, ...]) -> Iterator[TrafficRow]:
        """A turn with each lot that it burned."""
        state, first, turn = self.state(), holds[0], _turn(holds)
        costs = {kind: state.costs.get((first.turn, kind)) for kind in CHARGE_KINDS}
        model, speech, opened_at_ms = costs["text"], costs["voice"], first.conversation_opened_at_ms
        entry = next((each.entry for each in state.journal if each.entry.idem_key == f"capture:{first.turn}"), None)
        burns = [posting for posting in entry.postings if posting.lot is not None] if entry else []
        shares = {share.lot: share.micros for share in (entry.shares or () if entry else ())}
        used: list[tuple[Lot | None, int]] = []
        used += [(state.lots[burn.lot], -burn.credits) for burn in burns if burn.lot is not None]
        for lot, credits in used or [(None, 0)]:
            yield TrafficRow(
                turn=first.turn,
                fan=first.fan,
                joined_at_ms=state.joined_at_ms[first.fan],
                **asdict(first.scope),
                voice=first.voice,
                voice_held=held(holds).voice > 0,
                text_delivered=first.usage.text,
                voice_delivered=first.usage.voice,
                tokens=first.usage.tokens,
                chars=first.usage.chars,
                quoted_at_ms=first.opened_at_ms,
                opened_at_ms=NEVER_MS if opened_at_ms is None else opened_at_ms,
                waived=first.waived,
                text_charged=turn.charged.text,
                voice_charged=turn.charged.voice,
                lot_credits=credits,
                lot_granted=lot.granted if lot else 1,
                lot_paid_minor=lot.terms.paid_minor if lot else 0,
                currency=lot.terms.currency if lot else "",
                share_micros=shares.get(lot.terms.lot, 0) if lot else 0,
                model_micros=model.micros if model else 0,
                model_currency=model.currency if model else "",
                speech_micros=speech.micros if speech else 0,
                speech_currency=speech.currency if speech else "",
            )

    def _steps(self, by: By) -> Iterator[tuple[Recorded, list[LotStep]]]:
        """Every entry with what it did to the money of its lots."""
        state, used = self.state(), dict[tuple[str | None, str], int]()
        for recorded in state.journal:
            entry, steps = recorded.entry, list[LotStep]()
            for posting in entry.postings if entry.kind in MONEY_KINDS else ():
                if posting.lot is None:
                    continue
                lot, key = state.lots[posting.lot], (entry.turn, posting.lot)
                before = 0 if entry.kind == "lapse" else used.get(key, 0)
                used[key] = before - posting.credits
                group = self._group(by, entry.at_ms, entry.turn)
                terms = (lot.terms.currency, lot.terms.paid_minor, lot.granted)
                steps.append(LotStep(group, entry.kind, *terms, before, used[key]))
            yield recorded, steps

    def _group(self, by: By, at_ms: int, turn: str | None) -> Group:
        holds = self.state().holds.get(turn) if turn is not None else None
        scope = holds[0].scope if holds else None
        return group_of(by, at_ms, scope.show if scope else "", scope.character if scope else "")


def _turn(holds: tuple[Hold, ...]) -> RecordedTurn:
    first = holds[0]
    charged = {hold.kind: hold.captured_credits for hold in holds}
    return RecordedTurn(
        fan=first.fan,
        scope=first.scope,
        voice=first.voice or held(holds).voice > 0 or first.usage.voice,
        usage=first.usage,
        quoted_at_ms=first.opened_at_ms,
        charged=Charge(charged.get("text", 0), charged.get("voice", 0)),
        conversation_opened_at_ms=first.conversation_opened_at_ms,
        kind=cast(TurnKind, first.waived or "message"),
    )
