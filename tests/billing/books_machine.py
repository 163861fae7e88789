"""Any order of what can happen to money, against every kind of books at once and a model that knows nothing of lots.

Each step is done in memory and, where a test gives a connection, in a database as well: the answers have to be the
same. After each the books are verified (I1–I5, I7, I10, shares and seals) and compared with the model; a repeated key
is I6, a sweep I8, and a crash takes back whatever was done since the last commit. Stripe's I9 and the parallel sends of
I11 have tests of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_seals
from billing.adapters.sql_books import SqlBooks
from billing.doubles import MemoryBooks
from billing.errors import (
    BillingError,
    BudgetReached,
    HoldNotOverdue,
    IdempotencyConflict,
    InsufficientCredits,
    NotRefundable,
    UnknownHold,
)
from billing.ports import Books
from billing.types import (
    LOT_CLASSES,
    Budget,
    BudgetSetter,
    Charge,
    LotClass,
    PriceScope,
    PriceVersion,
    Quote,
    Rates,
    Receipt,
    Usage,
    Wallet,
)
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOTHING, NOW_MS, SCOPE, SPOKEN, STRANGER, TEXT, stock

DAY_MS = 86_400_000
HARBOUR = PriceScope(show="harbour")
METERED = PriceVersion("p2", HARBOUR, Charge(1, 2), NOW_MS - 1_000, "ana", "ben", rates=Rates(2, 1, 3_000, 400))
AT_THE_HARBOUR = replace(SCOPE, show="harbour", character="gideon")
QUOTES = (
    TEXT,
    SPOKEN,
    NOTHING,
    ACTED,
    Quote("p2", Charge(7, 6), AT_THE_HARBOUR, share="s2"),
    Quote("p2", Charge(7), AT_THE_HARBOUR),
)
HARBOUR_SHARE = replace(MEI_SHARE, id="s2", show="", character="gideon", share_bps=3_333)

Answer = Receipt | Wallet | Charge | tuple[object, ...] | int | None
Do = Callable[[Books], Awaitable[Answer]]
FANS = st.sampled_from([FAN, STRANGER])
TURNS = st.sampled_from([f"t{number}" for number in range(6)])
CREDITS = st.integers(1, 20)
USAGES = st.builds(Usage, st.booleans(), st.booleans(), st.integers(0, 4_000), st.integers(0, 500))


class Crashed(Exception):
    """The process is gone, before its commit."""


@dataclass
class Turn:
    """What the model knows of a turn."""

    fan: str
    quote: Quote
    opened_at_ms: int
    expires_at_ms: int
    state: str = "open"
    captured: int = 0
    refunded: int = 0

    @property
    def used(self) -> int:
        """What a cap on its day counts."""
        return self.quote.amounts.total if self.state == "open" else self.captured

    def price(self, usage: Usage) -> Charge:
        """What this usage costs by the numbers of the card, written down once more."""
        if self.quote.price_version == "p2":
            text, voice = 1 + 2 * -(-min(usage.tokens, 3_000) // 1_000), 2 + -(-min(usage.chars, 400) // 100)
        else:
            text, voice = self.quote.amounts.text, self.quote.amounts.voice
        return Charge(text * usage.text, voice * (usage.voice and self.quote.amounts.voice > 0))


def comparable(answer: Answer) -> Answer:
    """The answer without the ids that each of the books draws for itself."""
    if not isinstance(answer, Receipt):
        return answer
    return replace(answer, id="", burned=tuple(replace(burn, lot="") for burn in answer.burned))


class BooksMachine(RuleBasedStateMachine):
    """A test makes a subclass of it that has the loop to run in and, if it wants to, a database beside the memory."""

    runner: ClassVar[asyncio.Runner]
    connection: ClassVar[AsyncConnection | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.run = self.runner.run
        memory = MemoryBooks()
        self.shells: list[tuple[Books, Callable[[], AbstractAsyncContextManager[object]]]] = [
            (memory, memory.transaction)
        ]
        if self.connection is not None:
            self.shells.append((SqlBooks(self.connection), self.connection.begin_nested))
        self.now_ms = NOW_MS
        self.turns: dict[str, Turn] = {}
        self.granted = {FAN: 0, STRANGER: 0}
        self.expiring = {FAN: False, STRANGER: False}
        self.keys: set[str] = set()
        self.refund_keys: set[str] = set()

    def teardown(self) -> None:
        if self.connection is not None:
            self.run(self.connection.rollback())

    def each(self, act: Do) -> Answer | BillingError:
        """Do it with all the books; their answers, errors included, have to agree."""
        answers = [self.run(attempt(books, act)) for books, _ in self.shells]
        facts = [(type(answer), answer.args) if isinstance(answer, BillingError) else answer for answer in answers]
        assert all(fact == facts[0] for fact in facts), facts
        return answers[0]

    def wallet(self, fan: str) -> Wallet:
        found = self.each(lambda books: books.wallet(fan))
        assert isinstance(found, Wallet)
        return found

    def budgets(self, fan: str) -> tuple[Budget, ...]:
        found = self.each(lambda books: books.budgets(fan, now_ms=self.now_ms))
        assert isinstance(found, tuple)
        return tuple(budget for budget in found if isinstance(budget, Budget))

    def spent_today(self, fan: str, show: str) -> int:
        today = [turn for turn in self.turns.values() if turn.opened_at_ms // DAY_MS == self.now_ms // DAY_MS]
        return sum(turn.used for turn in today if turn.fan == fan and show in ("", turn.quote.scope.show))

    @initialize()
    def price(self) -> None:
        self.each(stock)
        self.each(lambda books: books.add_price(METERED))
        self.each(lambda books: books.card.add_share(MEI_SHARE))
        self.each(lambda books: books.card.add_share(HARBOUR_SHARE))

    @rule(ms=st.integers(1, 30))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule(days=st.integers(1, 2))
    def days_pass(self, days: int) -> None:
        self.now_ms += days * DAY_MS

    @rule(
        fan=FANS,
        credits=CREDITS,
        lot_class=st.sampled_from(LOT_CLASSES),
        key=st.integers(1, 20).map(str),
        life_ms=st.none() | st.integers(1, 60),
        paid_minor=st.sampled_from([0, 0, 199, 1]),
    )
    def grant(
        self, fan: str, credits: int, lot_class: LotClass, key: str, life_ms: int | None, paid_minor: int
    ) -> None:
        expires_at_ms = None if life_ms is None or lot_class == "purchased" else self.now_ms + life_ms
        answer = self.each(granting(fan, credits, lot_class, key, self.now_ms, expires_at_ms, paid_minor))
        if key not in self.keys:
            assert isinstance(answer, Wallet)
            self.keys.add(key)
            self.granted[fan] += credits
            self.expiring[fan] |= expires_at_ms is not None

    @rule(
        fan=FANS,
        show=st.sampled_from(["", "harbour", SCOPE.show]),
        set_by=st.sampled_from(["fan", "guardian"]),
        credits=st.none() | st.integers(0, 30),
    )
    def set_budget(self, fan: str, show: str, set_by: BudgetSetter, credits: int | None) -> None:
        self.each(lambda books: books.set_budget(fan, show=show, set_by=set_by, credits=credits, now_ms=self.now_ms))

    @rule(turn=TURNS, fan=FANS, quote=st.sampled_from(QUOTES), ttl_ms=st.integers(1, 50))
    def hold(self, turn: str, fan: str, quote: Quote, ttl_ms: int) -> None:
        caps = [budget for budget in self.budgets(fan) if budget.show in ("", quote.scope.show)]
        needed = quote.amounts.total
        over = [budget for budget in caps if budget.credits is not None and budget.spent + needed > budget.credits]
        answer = self.each(lambda books: books.hold(turn, fan, quote, now_ms=self.now_ms, ttl_ms=ttl_ms))
        if isinstance(answer, InsufficientCredits):
            assert answer.needed == needed > answer.available
        elif isinstance(answer, BudgetReached):
            assert needed > 0
            assert over
        elif turn in self.turns and self.turns[turn].fan == fan:
            assert answer == self.turns[turn].quote.amounts
        elif turn not in self.turns:
            assert answer == quote.amounts
            assert needed == 0 or not over
            self.turns[turn] = Turn(fan, quote, self.now_ms, self.now_ms + ttl_ms)

    @rule(turns=st.lists(TURNS, max_size=3), more_ms=st.integers(-10, 40))
    def heartbeat(self, turns: Sequence[str], more_ms: int) -> None:
        until_ms = self.now_ms + more_ms
        self.each(lambda books: books.extend(turns, expires_at_ms=until_ms))
        for turn in turns:
            if turn in self.turns and self.turns[turn].state == "open":
                self.turns[turn].expires_at_ms = max(self.turns[turn].expires_at_ms, until_ms)

    @rule(turn=TURNS, usage=USAGES)
    def capture(self, turn: str, usage: Usage) -> None:
        known = self.turns.get(turn)
        answer = self.each(lambda books: books.capture(turn, usage, now_ms=self.now_ms))
        if known is None or known.state in ("captured", "voided"):
            return
        assert isinstance(answer, Receipt)
        # Who held credits is served, whatever expired meanwhile; only who lost the hold can come away with nothing.
        late = known.state == "expired" and answer.reason == "uncollected"
        assert answer.charged == (Charge() if late else known.price(usage))
        assert answer.usage == usage
        known.state, known.captured = "captured", answer.charged.total

    @rule(turn=TURNS)
    def void(self, turn: str) -> None:
        self.each(lambda books: books.void(turn, "failed", now_ms=self.now_ms))
        if turn in self.turns and self.turns[turn].state == "open":
            self.turns[turn].state = "voided"

    @rule(turn=TURNS)
    def expire(self, turn: str) -> None:
        answer = self.each(lambda books: books.expire(turn, now_ms=self.now_ms))
        known = self.turns.get(turn)
        if known is not None and known.state == "open":
            assert isinstance(answer, HoldNotOverdue) == (known.expires_at_ms > self.now_ms)
            known.state = "open" if isinstance(answer, HoldNotOverdue) else "expired"

    @rule(turn=TURNS, credits=st.none() | st.integers(0, 9), key=st.integers(1, 6).map(str))
    def refund(self, turn: str, credits: int | None, key: str) -> None:
        known = self.turns.get(turn)
        answer = self.each(refunding(turn, credits, key, self.now_ms))
        if known is None:
            assert isinstance(answer, UnknownHold)
            return
        left = known.captured - known.refunded
        given = left if credits is None else credits
        if key in self.refund_keys:
            assert isinstance(answer, IdempotencyConflict | Receipt)
        elif not 1 <= given <= left:
            assert isinstance(answer, NotRefundable)
            assert answer.left == left
        else:
            assert isinstance(answer, Receipt)
            self.refund_keys.add(key)
            known.refunded += given
        assert not isinstance(answer, Receipt) or answer.refunded == known.refunded

    @rule(fan=FANS, credits=st.integers(0, 30))
    def look(self, fan: str, credits: int) -> None:
        self.each(lambda books: books.value(fan, credits, now_ms=self.now_ms))
        self.each(lambda books: books.refunds_of(fan, since_ms=self.now_ms - DAY_MS))

    @rule()
    def sweep(self) -> None:
        """I8: afterwards no open hold is past its time."""
        due = self.each(lambda books: books.overdue(now_ms=self.now_ms, limit=9))
        assert isinstance(due, tuple)
        still_open = [turn for turn, known in self.turns.items() if known.state == "open"]
        assert set(due) == {turn for turn in still_open if self.turns[turn].expires_at_ms <= self.now_ms}
        for turn in due:
            self.expire(str(turn))
        self.each(lambda books: books.lapse(now_ms=self.now_ms, limit=9))
        assert self.each(lambda books: books.verify(now_ms=self.now_ms)) == ()

    @rule()
    def seal(self) -> None:
        if self.connection is not None:
            self.run(sql_seals.seal(self.connection, self.now_ms))

    @rule(steps=st.lists(st.integers(0, 6), min_size=1, max_size=4), turn=TURNS, fan=FANS, usage=USAGES)
    def crash(self, steps: Sequence[int], turn: str, fan: str, usage: Usage) -> None:
        """Some of a transaction is done, then the process dies; the invariants see that nothing of it is left."""
        now_ms = self.now_ms
        acts: tuple[Do, ...] = (
            granting(fan, 9, "promotional", "never committed", now_ms, now_ms + 5),
            lambda books: books.hold("never committed", fan, ACTED, now_ms=now_ms, ttl_ms=9),
            lambda books: books.capture(turn, usage, now_ms=now_ms),
            lambda books: books.void(turn, "failed", now_ms=now_ms),
            refunding(turn, None, "never committed", now_ms),
            lambda books: books.lapse(now_ms=now_ms, limit=9),
            lambda books: books.set_budget(fan, show="", set_by="guardian", credits=0, now_ms=now_ms),
        )

        async def die(books: Books, transaction: Callable[[], AbstractAsyncContextManager[object]]) -> None:
            try:
                async with transaction():
                    for step in steps:
                        await attempt(books, acts[step])
                    raise Crashed
            except Crashed:
                return

        before = [(self.wallet(one), self.budgets(one)) for one in (FAN, STRANGER)]
        for books, transaction in self.shells:
            self.run(die(books, transaction))
        assert [(self.wallet(one), self.budgets(one)) for one in (FAN, STRANGER)] == before

    @invariant()
    def the_books_add_up(self) -> None:
        assert self.each(lambda books: books.verify()) == ()

    @invariant()
    def nobody_has_more_than_they_were_granted_and_nobody_loses_what_they_hold(self) -> None:
        for fan in (FAN, STRANGER):
            wallet, mine = self.wallet(fan), [turn for turn in self.turns.values() if turn.fan == fan]
            assert wallet.held == sum(turn.quote.amounts.total for turn in mine if turn.state == "open")
            assert wallet.available >= 0
            posted = wallet.available + wallet.held
            most = self.granted[fan] - sum(turn.captured - turn.refunded for turn in mine)
            assert posted <= most if self.expiring[fan] else posted == most

    @invariant()
    def caps_count_what_today_s_turns_cost_or_hold(self) -> None:
        for fan in (FAN, STRANGER):
            for budget in self.budgets(fan):
                assert budget.spent == self.spent_today(fan, budget.show)

    @invariant()
    def receipts_agree(self) -> None:
        for turn, known in self.turns.items():
            receipt = self.each(lambda books, turn=turn: books.receipt_of(turn))  # type: ignore[misc]
            assert (receipt is None) == (known.state == "open")
            if isinstance(receipt, Receipt):
                assert (receipt.charged.total, receipt.refunded) == (known.captured, known.refunded)


async def attempt(books: Books, act: Do) -> Answer | BillingError:
    """What the books answer, a refusal included."""
    try:
        return comparable(await act(books))
    except BillingError as error:
        return error


def granting(
    fan: str,
    credits: int,
    lot_class: LotClass,
    key: str,
    now_ms: int,
    expires_at_ms: int | None = None,
    paid_minor: int = 0,
) -> Do:
    """A grant, in dollars when something was paid."""

    async def act(books: Books) -> Answer:
        return await books.grant(
            fan,
            credits,
            lot_class=lot_class,
            reason="a test",
            actor="tester",
            idem_key=key,
            now_ms=now_ms,
            expires_at_ms=expires_at_ms,
            paid_minor=paid_minor,
            currency="usd" if paid_minor else "",
        )

    return act


def refunding(turn: str, credits: int | None, key: str, now_ms: int) -> Do:
    """A refund of a turn, of all that is left when no number is given."""
    return lambda books: books.refund(
        turn, credits=credits, reason="a test", actor="tester", idem_key=key, now_ms=now_ms
    )
