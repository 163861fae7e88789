"""`verify` finds what should be impossible: each invariant broken behind the books' back, in a real database."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from billing.adapters import sql_seals
from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_shop import SqlShop
from billing.audit import SWEEP_GRACE_MS
from billing.purchases import Purchase
from billing.standing import Standing
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOW_MS, SPOKEN, STRANGER, TEXT, TTL_MS, WORDS, grant, stock
from tests.billing.shop_builders import SMALL, order
from tests.billing.test_refunds_contract import captured, give_back
from tests.billing.unguarded import remove_guards

FAR_MS = NOW_MS + TTL_MS + SWEEP_GRACE_MS


async def corrupted(database: Database, *statements: str, now_ms: int | None = None) -> list[tuple[str, str, str]]:
    """What verify finds in sealed, healthy books after the statements ran with every guard off."""
    async with database.writer.begin() as connection:
        books = SqlBooks(connection)
        await stock(books, 20)
        await grant(books, 5, "theirs", fan=STRANGER)
        for turn in ("t1", "t2"):
            await books.hold(turn, FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        await books.capture("t1", WORDS, now_ms=NOW_MS)
        await books.hold("t3", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
        await books.capture("t3", WORDS, now_ms=NOW_MS)
        await sql_seals.seal(connection, NOW_MS)
        assert await books.verify(now_ms=NOW_MS) == ()
    await remove_guards(database)
    async with database.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
        found = await SqlBooks(connection).verify(now_ms=now_ms)
    return [(violation.invariant, violation.where, violation.detail) for violation in found]


async def test_healthy_books_stay_healthy_without_their_guards(database: Database) -> None:
    assert await corrupted(database, now_ms=FAR_MS) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE postings SET credits = 4 WHERE account = 'earned' AND entry_seq = 3",
            [("I1", "entry 3", "sums to 1"), ("seal", "seal 1", "the entries differ from what was sealed")],
        ),
        (
            "DELETE FROM postings WHERE entry_seq = 3",
            [
                ("I1", "entry 3", "has no postings"),
                ("I2", f"fan {FAN}", "wallet 14, lots 14, postings 17"),
                ("I5", "turn t1", "3 captured, 0 burned"),
                ("I10", "lot *", "differs from what the journal says"),
                ("seal", "seal 1", "the entries differ from what was sealed"),
            ],
        ),
        (
            f"UPDATE wallets SET posted = 99 WHERE fan = '{FAN}'",
            [("I2", f"fan {FAN}", "wallet 99, lots 14, postings 14")],
        ),
        (
            f"DELETE FROM wallets WHERE fan = '{STRANGER}'",
            [("I2", f"fan {STRANGER}", "wallet 0, lots 5, postings 5")],
        ),
        (f"UPDATE wallets SET held = 4 WHERE fan = '{FAN}'", [("I3", f"fan {FAN}", "wallet 4, open holds 3")]),
        (
            "DELETE FROM holds WHERE turn = 't2'",
            [("I3", f"fan {FAN}", "wallet 3, open holds 0")],
        ),
        (
            f"UPDATE lots SET remaining = -1 WHERE fan = '{STRANGER}'",
            [
                ("I2", f"fan {STRANGER}", "wallet 5, lots -1, postings 5"),
                ("I4", "lot *", "-1 left of 5"),
                ("I10", "lot *", "differs from what the journal says"),
            ],
        ),
        (
            f"UPDATE lots SET lot_class = 'purchased' WHERE fan = '{STRANGER}'",
            [("I10", "lot *", "differs from what the journal says")],
        ),
        (
            f"DELETE FROM lots WHERE fan = '{STRANGER}'",
            [
                ("I2", f"fan {STRANGER}", "wallet 5, lots 0, postings 5"),
                ("I10", "lot *", "differs from what the journal says"),
            ],
        ),
        (
            "UPDATE holds SET captured_credits = 2 WHERE turn = 't1'",
            [
                ("I5", "turn t1", "2 captured, 3 burned"),
                ("I7", "turn t1 text", "captured 2, what was delivered costs 3"),
            ],
        ),
        (
            "UPDATE holds SET captured_credits = 9 WHERE turn = 't1'",
            [("I5", "turn t1", "9 captured, 3 burned"), ("I7", "turn t1 text", "captured 9 of 3")],
        ),
        (
            "UPDATE journal_entries SET turn = 't1' WHERE turn = 't3'",
            [
                ("I5", "turn t1", "was settled more than once"),
                ("I5", "turn t1", "3 captured, 6 burned"),
                ("I5", "turn t3", "3 captured, 0 burned"),
                ("seal", "seal 1", "the entries differ from what was sealed"),
            ],
        ),
        (
            "UPDATE price_versions SET text_credits = 1 WHERE id = 'p1'",
            [
                ("I7", "turn t1 text", "held 3, the pinned price is 1"),
                ("I7", "turn t1 text", "captured 3, what was delivered costs 1"),
                ("I7", "turn t2 text", "held 3, the pinned price is 1"),
                ("I7", "turn t3 text", "held 3, the pinned price is 1"),
                ("I7", "turn t3 text", "captured 3, what was delivered costs 1"),
            ],
        ),
        (
            "UPDATE holds SET settled_at_ms = 1 WHERE turn = 't2'",
            [("I8", "turn t2 text", "is open, settled at 1")],
        ),
        (
            "UPDATE holds SET expires_at_ms = opened_at_ms WHERE turn = 't1'",
            [("I8", "turn t1 text", "ends before it begins")],
        ),
        (
            "UPDATE journal_entries SET reason = 'because' WHERE seq = 1",
            [("seal", "seal 1", "the entries differ from what was sealed")],
        ),
        (
            "UPDATE seals SET previous_hash = hash",
            [
                ("seal", "seal 1", "does not follow the seal before it"),
                ("seal", "seal 1", "the entries differ from what was sealed"),
            ],
        ),
    ],
)
async def test_a_planted_error_is_found_and_nothing_else(
    database: Database, statement: str, found: list[tuple[str, str, str]]
) -> None:
    violations = await corrupted(database, statement)
    assert [(kind, "lot *" if where.startswith("lot ") else where, what) for kind, where, what in violations] == found


async def test_a_sealed_entry_that_vanished_is_missed(database: Database) -> None:
    found = await corrupted(
        database, "DELETE FROM postings WHERE entry_seq = 2", "DELETE FROM journal_entries WHERE seq = 2"
    )
    assert ("seal", "seal 1", "1 sealed entries are gone") in found


async def test_an_open_hold_that_nobody_swept_is_found_when_the_time_is_given(database: Database) -> None:
    found = await corrupted(database, now_ms=FAR_MS + 1)
    assert found == [("I8", "turn t2 text", f"should have ended at {NOW_MS + TTL_MS}")]


async def shared(database: Database, *statements: str) -> list[tuple[str, str, str]]:
    """What verify finds in healthy books with a shared turn of 8 credits, 3 given back, after the statements."""
    async with database.writer.begin() as connection:
        books = SqlBooks(connection)
        await captured(books)
        await give_back(books, 3)
        assert await books.verify() == ()
    await remove_guards(database)
    async with database.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
        found = await SqlBooks(connection).verify()
    return [(violation.invariant, violation.where, violation.detail) for violation in found]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "UPDATE share_postings SET micros = micros + 1 WHERE entry_seq = 3",
            [("share", "entry 3", "posts 1791001 millionths, and owes 1791000")],
        ),
        (
            "DELETE FROM share_postings WHERE entry_seq = 4",
            [("share", "entry 4", "posts 0 millionths, and owes -895500")],
        ),
        (
            "UPDATE share_terms SET share_bps = 0",
            [
                ("share", "entry 3", "posts 1791000 millionths, and owes 0"),
                ("share", "entry 4", "posts -895500 millionths, and owes 0"),
            ],
        ),
        (
            "UPDATE holds SET share_terms = NULL",
            [
                ("share", "entry 3", "posts 1791000 millionths, and owes 0"),
                ("share", "entry 4", "posts -895500 millionths, and owes 0"),
            ],
        ),
        (
            "UPDATE journal_entries SET turn = 't2' WHERE seq = 4",
            [
                ("I5", "turn t2", "gave lot * back 3 more than it took"),
                ("share", "entry 4", "posts -895500 millionths, and owes 0"),
            ],
        ),
        (
            "UPDATE holds SET text_delivered = false",
            [("I7", "turn t1 text", "captured 3, what was delivered costs 0")],
        ),
        (
            "UPDATE holds SET waived = 'crisis'",
            [
                ("I7", "turn t1 text", "held 3, the pinned price is 0"),
                ("I7", "turn t1 text", "captured 3, what was delivered costs 0"),
                ("I7", "turn t1 voice", "held 5, the pinned price is 0"),
                ("I7", "turn t1 voice", "captured 5, what was delivered costs 0"),
            ],
        ),
        (
            "DELETE FROM price_versions WHERE id = 'p1'",
            [
                ("I7", "turn t1 text", "held 3, the pinned price is None"),
                ("I7", "turn t1 voice", "held 5, the pinned price is None"),
            ],
        ),
    ],
)
async def test_a_planted_error_of_a_share_or_a_refund_is_found(
    database: Database, statement: str, found: list[tuple[str, str, str]]
) -> None:
    violations = await shared(database, statement)
    wording = re.compile("lot [^ ]+")
    assert [(kind, where, wording.sub("lot *", detail)) for kind, where, detail in violations] == found


async def sold(database: Database, *statements: str) -> list[tuple[str, str, str]]:
    """What verify finds in healthy books of the shop after the statements.

    Of three orders o1 is lost with 3 of its 550 credits spent, o2 repaid those and is frozen in part, o3 is refunded.
    """
    async with database.writer.begin() as connection:
        books, shop = SqlBooks(connection), SqlShop(connection)
        await stock(books)
        await shop.add_pack(SMALL, now_ms=NOW_MS)
        for name, fan in (("o1", FAN), ("o2", FAN), ("o3", STRANGER)):
            await shop.add(order(name, fan=fan, state="paid", paid_at_ms=NOW_MS))
            if name == "o2":
                await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
                await books.capture("t1", WORDS, now_ms=NOW_MS)
                await books.stand("o1", FAN, Standing(499, lost_minor=499), now_ms=NOW_MS)
            await books.purchase(Purchase(name, fan, 500, 50, "purchased", 499, "usd"), now_ms=NOW_MS)
        await shop.add(order("o4", kind="subscription", state="paid", paid_at_ms=NOW_MS))
        await shop.add(order("o5"))
        for claimed in (100, 50):
            await books.stand("o2", FAN, Standing(499, open_minor=claimed), now_ms=NOW_MS)
        await books.stand("o3", STRANGER, Standing(499, refunded_minor=499), now_ms=NOW_MS)
        assert await books.verify(now_ms=NOW_MS) == ()
    await remove_guards(database)
    async with database.writer.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
        found = await SqlBooks(connection).verify()
    return [(violation.invariant, violation.where, violation.detail) for violation in found]


def moved(kind: str, account: str, to: str) -> str:
    """Book what entries of a kind moved in an account into another one; the entries still balance."""
    entries = f"SELECT seq FROM journal_entries WHERE kind = '{kind}'"
    return f"UPDATE postings SET account = '{to}' WHERE account = '{account}' AND entry_seq IN ({entries})"


GRANT_OF_O2 = "idem_key IN ('purchase:o2', 'purchase:o2:bonus')"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            f"UPDATE journal_entries SET order_id = 'o1' WHERE {GRANT_OF_O2}",
            [
                ("I6", "order o1", "was granted its credits 2 times"),
                ("I6", "order o1", "was granted its bonus 2 times"),
                ("I6", "order o1", "granted 1000 credits, 500 were paid for"),
                ("I6", "order o2", "granted 0 credits, 500 were paid for"),
                ("I6", "order o2", "granted 0 credits of a bonus of 50"),
            ],
        ),
        (
            "UPDATE orders SET credits = 400 WHERE id = 'o2'",
            [("I6", "order o2", "granted 500 credits, 400 were paid for")],
        ),
        (
            "UPDATE orders SET bonus = 51 WHERE id = 'o2'",
            [("I6", "order o2", "granted 50 credits of a bonus of 51")],
        ),
        ("UPDATE orders SET bonus = 49 WHERE id = 'o2'", []),
        (
            "UPDATE orders SET state = 'open' WHERE id = 'o2'",
            [("I6", "order o2", "granted 500 credits, 0 were paid for")],
        ),
        (
            "UPDATE orders SET state = 'paid' WHERE id = 'o5'",
            [
                ("I6", "order o5", "granted 0 credits, 500 were paid for"),
                ("I6", "order o5", "granted 0 credits of a bonus of 50"),
            ],
        ),
        (
            f"UPDATE orders SET fan = '{STRANGER}' WHERE id = 'o2'",
            [("I6", "order o2", "was granted to another fan")],
        ),
        (
            moved("purchase_refund", "stripe_clearing", "fan_debt"),
            [("debt", f"fan {STRANGER}", "repaid 500 more than was owed")],
        ),
        (
            moved("dispute_lost", "fan_debt", "breakage"),
            [("debt", f"fan {FAN}", "repaid 3 more than was owed")],
        ),
        (
            moved("dispute_frozen", "dispute_clearing", "breakage"),
            [("dispute", "order o2", "released 55 more than was frozen")],
        ),
        (
            moved("purchase", "stripe_clearing", "dispute_clearing"),
            [("dispute", f"order {name}", "released 500 more than was frozen") for name in ("o1", "o3")]
            + [("dispute", "order o2", "released 445 more than was frozen")],
        ),
    ],
)
async def test_a_planted_error_of_an_order_a_debt_or_a_claim_is_found(
    database: Database, statement: str, found: list[tuple[str, str, str]]
) -> None:
    assert sorted(await sold(database, statement)) == sorted(found)
