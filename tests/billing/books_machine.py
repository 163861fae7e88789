"""Any order of what can happen to money, against every kind of books at once and a model that knows nothing of lots.

Each step is done in memory and, where a test gives a connection, in a database as well: the answers have to be the
same. After each the books are verified (I1–I7, I10, debts, claims, shares and seals) and compared with the models; a
repeated key is I6 too, a sweep I8, a look at an order I9, and a crash takes back whatever was done since the last
commit. The messages behind the looks and the parallel sends of I11 have tests of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import ClassVar, cast

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
from billing.standing import Plan, Standing, Taken
from billing.types import (
    LOT_CLASSES,
    Budget,
    BudgetSetter,
    Charge,
    LotClass,
    Quote,
    Receipt,
    Usage,
    Wallet,
)
from tests.billing.acts import Answer, Do, attempt, granting, looking, purchasing, refunding
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOW_MS, SCOPE, SPOKEN, STRANGER, TEXT, stock
from tests.billing.sales_model import ORDERS, PAID_MINOR, STANDINGS, Left, Sale, Sales
from tests.billing.turn_model import (
    CREDITS,
    DAY_MS,
    FANS,
    HARBOUR_SHARE,
    LOST,
    METERED,
    PICKS,
    QUOTES,
    TRADES,
    TURNS,
    TURNS_MAX,
    USAGES,
    Crashed,
    Turn,
    picked,
)


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
        self.sales = Sales()
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

    def debt(self, fan: str) -> Answer | BillingError:
        return self.each(lambda books: books.debt(fan))

    def lots_of(self, order: str) -> Left:
        async def act(books: Books) -> Answer:
            lots = sorted(await books.lots_of(order), key=lambda lot: lot.seq)
            return tuple((lot.granted, lot.remaining) for lot in lots)

        return cast(Left, self.each(act))

    def spent_today(self, fan: str, show: str) -> int:
        today = [turn for turn in self.turns.values() if turn.opened_at_ms // DAY_MS == self.now_ms // DAY_MS]
        return sum(turn.used for turn in today if turn.fan == fan and show in ("", turn.quote.scope.show))

    @initialize(spent=st.booleans())
    def open_the_shop(self, spent: bool) -> None:
        """Somebody has bought, and perhaps spent of it: what refunds and disputes meet is there from the start."""
        self.each(stock)
        self.each(lambda books: books.add_price(METERED))
        self.each(lambda books: books.card.add_share(MEI_SHARE))
        self.each(lambda books: books.card.add_share(HARBOUR_SHARE))
        self.purchase("o0", FAN, 12, 2, None)
        if spent:
            self.hold("t0", FAN, SPOKEN, 30)
            self.settle("t0", Usage(text=True, voice=True))

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

    @rule(order=ORDERS, fan=FANS, credits=CREDITS, bonus=st.integers(0, 5), life_ms=st.none() | st.integers(1, 60))
    def purchase(self, order: str, fan: str, credits: int, bonus: int, life_ms: int | None) -> None:
        answer = self.each(purchasing(order, fan, credits, bonus, life_ms, self.now_ms))
        known = self.sales.of.get(order)
        if known is None:
            assert answer is True
            self.sales.buy(order, Sale(fan, credits, bonus))
            self.expiring[fan] |= life_ms is not None
        elif (known.fan, known.credits) == (fan, credits):
            assert answer is False
        else:
            assert isinstance(answer, IdempotencyConflict)

    @rule(pick=PICKS, standing=STANDINGS | st.just(LOST))
    def stand(self, pick: int, standing: Standing) -> None:
        """I9: where credits are depends on what the till says now; a second look at the same changes nothing."""
        order = picked(self.sales.of, pick)
        sale = self.sales.of.get(order)
        look = looking(order, sale.fan if sale else FAN, standing, self.now_ms)
        self.each(lambda books: books.lapse(now_ms=self.now_ms, limit=9))
        before = self.lots_of(order)
        answer = self.each(look)
        assert isinstance(answer, Plan)
        if sale is not None:
            self.sales.stand(order, standing, answer, before, self.lots_of(order))
        else:
            assert answer == Plan((), Taken(), 0)
        assert self.each(look) == replace(answer, entries=())

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

    @rule(steps=st.lists(st.tuples(TRADES, PICKS, STANDINGS), min_size=3, max_size=9))
    def trade(self, steps: Sequence[tuple[str, int, Standing]]) -> None:
        """Many small steps of one fan: debts and their ends take more of them in a row than chance would bring."""
        for trade, pick, standing in steps:
            turn = f"u{len(self.turns)}"
            match trade:
                case "buy":
                    self.purchase(f"o{pick}", FAN, 6, pick % 2, None)
                case "look" | "lose" | "win":
                    self.stand(pick, {"look": standing, "lose": LOST, "win": Standing(PAID_MINOR)}[trade])
                case "give back":
                    self.refund(pick, None, "7")
                case _ if len(self.turns) < TURNS_MAX:
                    self.hold(turn, FAN, TEXT, 30)
                    if trade == "talk":
                        self.settle(turn, Usage(text=True))

    @rule(pick=PICKS, usage=USAGES)
    def capture(self, pick: int, usage: Usage) -> None:
        self.settle(picked(self.turns, pick), usage)

    def settle(self, turn: str, usage: Usage) -> None:
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

    @rule(pick=PICKS)
    def void(self, pick: int) -> None:
        turn = picked(self.turns, pick)
        self.each(lambda books: books.void(turn, "failed", now_ms=self.now_ms))
        if turn in self.turns and self.turns[turn].state == "open":
            self.turns[turn].state = "voided"

    @rule(pick=PICKS)
    def expire(self, pick: int) -> None:
        self.end(picked(self.turns, pick))

    def end(self, turn: str) -> None:
        answer = self.each(lambda books: books.expire(turn, now_ms=self.now_ms))
        known = self.turns.get(turn)
        if known is not None and known.state == "open":
            assert isinstance(answer, HoldNotOverdue) == (known.expires_at_ms > self.now_ms)
            known.state = "open" if isinstance(answer, HoldNotOverdue) else "expired"

    @rule(pick=PICKS, credits=st.none() | st.integers(0, 9), key=st.integers(1, 6).map(str))
    def refund(self, pick: int, credits: int | None, key: str) -> None:
        turn = picked(self.turns, pick)
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
            self.end(str(turn))
        self.each(lambda books: books.lapse(now_ms=self.now_ms, limit=9))
        assert self.each(lambda books: books.verify(now_ms=self.now_ms)) == ()

    @rule()
    def seal(self) -> None:
        if self.connection is not None:
            self.run(sql_seals.seal(self.connection, self.now_ms))

    @rule(steps=st.lists(st.integers(0, 8), min_size=1, max_size=4), turn=TURNS, fan=FANS, usage=USAGES)
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
            purchasing("never committed", fan, 9, 2, 5, now_ms),
            looking("o0", self.sales.of["o0"].fan if "o0" in self.sales.of else fan, LOST, now_ms),
        )

        async def die(books: Books, transaction: Callable[[], AbstractAsyncContextManager[object]]) -> None:
            try:
                async with transaction():
                    for step in steps:
                        await attempt(books, acts[step])
                    raise Crashed
            except Crashed:
                return

        before = [(self.wallet(one), self.budgets(one), self.debt(one)) for one in (FAN, STRANGER)]
        for books, transaction in self.shells:
            self.run(die(books, transaction))
        assert [(self.wallet(one), self.budgets(one), self.debt(one)) for one in (FAN, STRANGER)] == before

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
            most = self.granted[fan] + self.sales.left(fan) - sum(turn.captured - turn.refunded for turn in mine)
            assert posted <= most if self.expiring[fan] else posted == most

    @invariant()
    def debts_are_what_was_lost_and_not_repaid(self) -> None:
        for fan in (FAN, STRANGER):
            assert self.debt(fan) == self.sales.debt(fan) >= 0

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
