"""Any order of grants, holds, settlements, refunds, caps, repeats and expiries leaves books that add up.

Every step is done in memory and, in the second test, in SQLite or PostgreSQL as well: the answers have to be the same.
A model that knows nothing of lots or journals says what a fan may have been charged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_seals
from billing.adapters.sql_books import SqlBooks
from billing.budgets import DAY_MS, day_start_ms
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
    BUDGET_SETTERS,
    LOT_CLASSES,
    Budget,
    BudgetSetter,
    Charge,
    LotClass,
    Money,
    PriceScope,
    Quote,
    Rates,
    Receipt,
    Usage,
    Wallet,
)
from gateway.adapters.database import open_database
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOTHING, NOW_MS, PRICE, SCOPE, SPOKEN, STRANGER, TEXT, stock
from tests.postgres import Postgres

Answer = Receipt | Wallet | Charge | tuple[str, ...] | tuple[Budget, ...] | tuple[Money, ...] | int | None
METERED = replace(
    PRICE, id="metered", scope=PriceScope(mode="chat"), amounts=Charge(1, 1), rates=Rates(1, 2, 1_500, 150)
)
BY_USE = Quote("metered", Charge(3, 5), SCOPE, share="s1")
FANS = st.sampled_from([FAN, STRANGER])
TURNS = st.sampled_from([f"t{number}" for number in range(6)])


@dataclass
class Turn:
    """What the model knows of a turn."""

    fan: str
    held: Charge
    expires_at_ms: int
    quote: Quote
    opened_at_ms: int
    state: str = "open"
    charged: int = 0
    refunded: int = 0


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
        self.shells: list[Books] = [MemoryBooks()]
        if self.connection is not None:
            self.shells.append(SqlBooks(self.connection))
        self.now_ms = NOW_MS
        self.turns: dict[str, Turn] = {}
        self.granted = {FAN: 0, STRANGER: 0}
        self.charged = {FAN: 0, STRANGER: 0}
        self.expiring = {FAN: False, STRANGER: False}
        self.keys: set[str] = set()
        self.refunds: set[str] = set()

    def teardown(self) -> None:
        if self.connection is not None:
            self.run(self.connection.rollback())

    def each(self, act: Callable[[Books], Awaitable[Answer]]) -> Answer | BillingError:
        """Do it with all the books; their answers, errors included, have to agree."""

        async def one(books: Books) -> Answer | BillingError:
            try:
                return comparable(await act(books))
            except BillingError as error:
                return error

        answers = [self.run(one(books)) for books in self.shells]
        facts = [(type(answer), answer.args) if isinstance(answer, BillingError) else answer for answer in answers]
        assert all(fact == facts[0] for fact in facts), facts
        return answers[0]

    def wallet(self, fan: str) -> Answer | BillingError:
        return self.each(lambda books: books.wallet(fan))

    def receipt(self, turn: str) -> Answer | BillingError:
        return self.each(lambda books: books.receipt_of(turn))

    @initialize()
    def price(self) -> None:
        async def act(books: Books) -> None:
            await stock(books)
            await books.add_price(METERED)
            await books.card.add_share(MEI_SHARE)

        self.each(act)

    @rule(ms=st.integers(1, 30))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms

    @rule(
        fan=FANS,
        credits=st.integers(1, 20),
        lot_class=st.sampled_from(LOT_CLASSES),
        key=st.integers(1, 20).map(str),
        life_ms=st.none() | st.integers(1, 60),
        paid_minor=st.sampled_from([0, 0, 199, 1]),
    )
    def grant(
        self, fan: str, credits: int, lot_class: LotClass, key: str, life_ms: int | None, paid_minor: int
    ) -> None:
        expires_at_ms = None if life_ms is None or lot_class == "purchased" else self.now_ms + life_ms

        async def act(books: Books) -> Answer:
            return await books.grant(
                fan,
                credits,
                lot_class=lot_class,
                reason="a test",
                actor="tester",
                idem_key=key,
                now_ms=self.now_ms,
                expires_at_ms=expires_at_ms,
                paid_minor=paid_minor,
                currency="usd" if paid_minor else "",
            )

        answer = self.each(act)
        if key not in self.keys:
            assert isinstance(answer, Wallet)
            self.keys.add(key)
            self.granted[fan] += credits
            self.expiring[fan] |= expires_at_ms is not None

    @rule(
        turn=TURNS, fan=FANS, quote=st.sampled_from([TEXT, SPOKEN, NOTHING, ACTED, BY_USE]), ttl_ms=st.integers(1, 50)
    )
    def hold(self, turn: str, fan: str, quote: Quote, ttl_ms: int) -> None:
        answer = self.each(lambda books: books.hold(turn, fan, quote, now_ms=self.now_ms, ttl_ms=ttl_ms))
        if isinstance(answer, InsufficientCredits):
            assert answer.needed == quote.amounts.total > answer.available
        elif isinstance(answer, BudgetReached):
            assert turn not in self.turns
            assert answer.cap < answer.spent + quote.amounts.total
        elif turn in self.turns and self.turns[turn].fan == fan:
            assert answer == self.turns[turn].held
        elif turn not in self.turns:
            assert answer == quote.amounts
            self.turns[turn] = Turn(fan, quote.amounts, self.now_ms + ttl_ms, quote, self.now_ms)

    @rule(turns=st.lists(TURNS, max_size=3), more_ms=st.integers(-10, 40))
    def heartbeat(self, turns: Sequence[str], more_ms: int) -> None:
        until_ms = self.now_ms + more_ms
        self.each(lambda books: books.extend(turns, expires_at_ms=until_ms))
        for turn in turns:
            if turn in self.turns and self.turns[turn].state == "open":
                self.turns[turn].expires_at_ms = max(self.turns[turn].expires_at_ms, until_ms)

    @rule(turn=TURNS, text=st.booleans(), voice=st.booleans(), tokens=st.integers(0, 3_000), chars=st.integers(0, 300))
    def capture(self, turn: str, text: bool, voice: bool, tokens: int, chars: int) -> None:
        known = self.turns.get(turn)
        usage = Usage(text, voice, tokens, chars)
        answer = self.each(lambda books: books.capture(turn, usage, now_ms=self.now_ms))
        if known is None or known.state in ("captured", "voided"):
            return
        assert isinstance(answer, Receipt)
        held = known.held
        delivered = Charge(held.text * text, held.voice * voice)
        if known.quote is BY_USE:
            used = Charge(min(2, -(-tokens // 1_000)), min(2, -(-chars // 100)))
            delivered = Charge((1 + used.text) * text, (1 + 2 * used.voice) * voice)
        # Who held credits is served, whatever expired meanwhile; only who lost the hold can come away with nothing.
        assert answer.charged == delivered or (known.state == "expired" and answer.reason == "uncollected")
        assert answer.usage == usage
        known.state, known.charged = "captured", answer.charged.total
        self.charged[known.fan] += answer.charged.total

    @rule(turn=TURNS, credits=st.none() | st.integers(0, 9), key=st.integers(1, 6).map(str))
    def refund(self, turn: str, credits: int | None, key: str) -> None:
        known = self.turns.get(turn)

        async def act(books: Books) -> Answer:
            return await books.refund(
                turn, credits=credits, reason="a test", actor="eve", idem_key=key, now_ms=self.now_ms
            )

        answer = self.each(act)
        left = known.charged - known.refunded if known else 0
        given = left if credits is None else credits
        if known is None:
            assert isinstance(answer, UnknownHold)
        elif key in self.refunds:
            assert isinstance(answer, IdempotencyConflict) or (
                isinstance(answer, Receipt) and answer.refunded == known.refunded
            )
        elif not 1 <= given <= left:
            assert isinstance(answer, NotRefundable)
            assert answer.left == left
        else:
            assert isinstance(answer, Receipt)
            self.refunds.add(key)
            known.refunded += given
            assert answer.refunded == known.refunded
            self.charged[known.fan] -= given

    @rule(
        fan=FANS,
        show=st.sampled_from(["", SCOPE.show]),
        set_by=st.sampled_from(BUDGET_SETTERS),
        credits=st.none() | st.integers(0, 40),
    )
    def set_budget(self, fan: str, show: str, set_by: BudgetSetter, credits: int | None) -> None:
        self.each(lambda books: books.set_budget(fan, show=show, set_by=set_by, credits=credits, now_ms=self.now_ms))

    @rule(days=st.integers(1, 2))
    def days_pass(self, days: int) -> None:
        self.now_ms += days * DAY_MS

    @rule(fan=FANS, credits=st.integers(0, 30))
    def look(self, fan: str, credits: int) -> None:
        self.each(lambda books: books.value(fan, credits, now_ms=self.now_ms))
        self.each(lambda books: books.refunds_of(fan, since_ms=self.now_ms - DAY_MS))

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

    @rule()
    def sweep(self) -> None:
        due = self.each(lambda books: books.overdue(now_ms=self.now_ms, limit=9))
        model = [turn for turn, known in self.turns.items() if known.state == "open"]
        assert set(due or ()) == {turn for turn in model if self.turns[turn].expires_at_ms <= self.now_ms}  # type: ignore[arg-type]
        self.each(lambda books: books.lapse(now_ms=self.now_ms, limit=9))

    @rule()
    def seal(self) -> None:
        if self.connection is not None:
            self.run(sql_seals.seal(self.connection, self.now_ms))

    @invariant()
    def the_books_add_up(self) -> None:
        assert self.each(lambda books: books.verify()) == ()  # type: ignore[arg-type,return-value]

    @invariant()
    def nobody_has_more_than_they_were_granted_and_nobody_loses_what_they_hold(self) -> None:
        for fan in (FAN, STRANGER):
            wallet = self.wallet(fan)
            assert isinstance(wallet, Wallet)
            open_turns = [turn for turn in self.turns.values() if (turn.fan, turn.state) == (fan, "open")]
            assert wallet.held == sum(turn.held.total for turn in open_turns)
            assert wallet.available >= 0
            posted, most = wallet.available + wallet.held, self.granted[fan] - self.charged[fan]
            assert posted <= most if self.expiring[fan] else posted == most

    @invariant()
    def caps_count_what_today_cost_or_holds(self) -> None:
        for fan in (FAN, STRANGER):
            standing = self.each(lambda books, fan=fan: books.budgets(fan, now_ms=self.now_ms))  # type: ignore[misc]
            assert isinstance(standing, tuple)
            today = [t for t in self.turns.values() if t.fan == fan and t.opened_at_ms >= day_start_ms(self.now_ms)]
            for cap in standing:
                assert isinstance(cap, Budget)
                mine = [t for t in today if cap.show in ("", t.quote.scope.show)]
                assert cap.spent == sum(t.held.total if t.state == "open" else t.charged for t in mine)

    @invariant()
    def receipts_agree(self) -> None:
        for turn, known in self.turns.items():
            receipt = self.receipt(turn)
            assert (receipt is None) == (known.state == "open")


def test_books_in_memory_add_up_after_any_steps() -> None:
    with asyncio.Runner() as loop:

        class InMemory(BooksMachine):
            runner = loop

        few = settings(max_examples=60, stateful_step_count=40, deadline=None)
        run_state_machine_as_test(InMemory, settings=few)


@pytest.fixture(params=["sqlite", "postgresql"])
def loop_and_url(request: pytest.FixtureRequest) -> Iterator[tuple[asyncio.Runner, str]]:
    """Hypothesis runs its steps from outside of a loop: here is one, and a database to be opened in it."""
    with asyncio.Runner() as loop:
        if request.param == "sqlite":
            yield loop, request.getfixturevalue("sqlite_url")
            return
        server: Postgres = request.getfixturevalue("postgres")
        fresh = server.fresh()
        yield loop, loop.run(fresh.__aenter__())
        loop.run(fresh.__aexit__(None, None, None))


def test_books_in_a_database_answer_as_those_in_memory(loop_and_url: tuple[asyncio.Runner, str]) -> None:
    loop, url = loop_and_url
    database = open_database(url)

    async def connect() -> AsyncConnection:
        return await database.writer.connect()

    async def close() -> None:
        await opened.close()
        await database.aclose()

    opened = loop.run(connect())

    class InBoth(BooksMachine):
        """One example is one transaction, and it is rolled back."""

        runner = loop
        connection = opened

    few = settings(max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    try:
        run_state_machine_as_test(InBoth, settings=few)
    finally:
        loop.run(close())
