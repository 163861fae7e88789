"""The hash chain over the journal."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from billing.adapters import sql_seals
from billing.adapters.sql_books import SqlBooks
from billing.ledger import LotTerms, Recorded, grant_entry
from billing.seals import GENESIS, SEAL_LOOKBACK, broken_seals, next_seal, seal_hash
from billing.types import Violation
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOW_MS, grant


def recorded(seq: int, reason: str = "a gift") -> Recorded:
    terms = LotTerms(f"lot-{seq}", "reward")
    return Recorded(seq, grant_entry(FAN, 5, terms, reason=reason, actor="ana", idem_key=str(seq), at_ms=NOW_MS + seq))


def test_a_hash_is_that_of_the_documented_text() -> None:
    text = (
        '[{"entry":{"actor":"ana","at_ms":1800000000001,"fan":"app:fan-1","idem_key":"grant:1","kind":"grant",'
        '"postings":[{"account":"fan_lots","credits":5,"lot":"lot-1"},{"account":"promo_expense","credits":-5}],'
        '"reason":"caf\\u00e9","terms":{"currency":"","lot":"lot-1","lot_class":"reward","order_id":"",'
        '"paid_minor":0}},"seq":1}]'
    )
    expected = hashlib.sha256(f"{GENESIS}\n{text}".encode()).hexdigest()
    assert seal_hash(GENESIS, [recorded(1, "café")]) == expected


def test_the_order_in_which_a_batch_is_read_does_not_matter() -> None:
    assert seal_hash(GENESIS, [recorded(1), recorded(2)]) == seal_hash(GENESIS, [recorded(2), recorded(1)])


def test_an_empty_batch_is_not_sealed() -> None:
    with pytest.raises(AssertionError):
        next_seal(None, [], NOW_MS)


def test_a_chain_is_whole_until_a_link_is_cut() -> None:
    journal = {seq: recorded(seq) for seq in (1, 2, 5)}
    first = next_seal(None, [journal[2], journal[1]], NOW_MS)
    second = next_seal(first, [journal[5]], NOW_MS)
    assert (first.number, first.seqs, second.number, second.previous_hash) == (1, (1, 2), 2, first.hash)
    assert broken_seals([second, first], journal) == ()
    assert broken_seals([second], journal) == (Violation("seal", "seal 2", "does not follow the seal before it"),)
    forged = replace(first, hash=GENESIS)
    assert broken_seals([forged, second], journal) == (
        Violation("seal", "seal 1", "the entries differ from what was sealed"),
        Violation("seal", "seal 2", "does not follow the seal before it"),
    )


def test_an_entry_slipped_in_far_behind_the_seals_is_found() -> None:
    newest = SEAL_LOOKBACK + 7
    journal = {seq: recorded(seq) for seq in (7, 8, newest, newest + 1)}
    chain = [next_seal(None, [journal[newest]], NOW_MS)]
    assert broken_seals(chain, journal) == (Violation("seal", "entry 7", "was slipped in behind the seals"),)


async def test_sealing_covers_each_entry_once_and_links_the_batches(database: Database) -> None:
    async with database.writer.begin() as connection:
        books = SqlBooks(connection)
        assert await sql_seals.seal(connection, NOW_MS) == 0
        await grant(books, 1, "a")
        await grant(books, 1, "b")
        assert await sql_seals.seal(connection, NOW_MS) == 2
        assert await sql_seals.seal(connection, NOW_MS) == 0
        await grant(books, 1, "c")
        assert await sql_seals.seal(connection, NOW_MS + 1) == 1
        chain = await sql_seals.read(connection)
        assert [(seal.number, seal.seqs, seal.sealed_at_ms) for seal in chain] == [
            (1, (1, 2), NOW_MS),
            (2, (3,), NOW_MS + 1),
        ]
        assert chain[1].previous_hash == chain[0].hash
        assert await books.verify() == ()
