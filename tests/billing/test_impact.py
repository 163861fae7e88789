"""A price tried on batches says, to the credit, what charging the same turns one by one says; and what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import impact, tariff
from billing.errors import InvalidAmount
from billing.impact import BatchTrial, Cohort, CohortChange, Impact, Margin
from billing.tariff import Tariff
from billing.traffic import NEVER_MS, TrafficRow, TurnColumns, columns, scaled
from billing.types import Charge, PriceScope, PriceVersion
from billing.units import DAY_MS, cost_basis
from billing.whatif import GROUPS_MAX, RecordedTurn, Revenue, Simulation, simulate, with_draft, would_charge
from tests.billing.builders import PRICE, SCOPE
from tests.billing.ledgers import DAY_1, Ledger, in_database, in_memory, random_traffic
from tests.billing.test_whatif import LIN, OLD, T, drafts, recorded_turns, turn

WEEKS = impact.JOINED_DAYS * DAY_MS
JOINED = T - T % WEEKS


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    return in_memory() if request.param == "memory" else in_database(request.getfixturevalue(request.param))


def row(name: str, taken: RecordedTurn, **more: Any) -> TrafficRow:
    """A turn as the books tell of it; without money, if nothing is said of it."""
    money = {"lot_credits": 0, "lot_granted": 1, "lot_paid_minor": 0, "currency": "", "share_micros": 0}
    money |= {"model_micros": 0, "model_currency": "", "speech_micros": 0, "speech_currency": ""}
    told = {
        "turn": name,
        "fan": taken.fan,
        "joined_at_ms": JOINED,
        **asdict(taken.scope),
        "voice": taken.voice if isinstance(taken.voice, str) else "",
        "voice_held": taken.voice is True,
        "text_delivered": taken.usage.text,
        "voice_delivered": taken.usage.voice if taken.voice else False,
        "tokens": taken.usage.tokens,
        "chars": taken.usage.chars,
        "quoted_at_ms": taken.quoted_at_ms,
        "opened_at_ms": NEVER_MS if taken.conversation_opened_at_ms is None else taken.conversation_opened_at_ms,
        "waived": "" if taken.kind == "message" else taken.kind,
        "text_charged": taken.charged.text,
        "voice_charged": taken.charged.voice,
    }
    return TrafficRow(**{**money, **told, **more})


def plausible(turns: Sequence[RecordedTurn]) -> list[RecordedTurn]:
    """The turns without a voice that was delivered and never asked for, which the books cannot have."""
    return [replace(t, usage=replace(t.usage, voice=t.usage.voice and bool(t.voice))) for t in turns]


def tried(card: Sequence[PriceVersion], batches: Sequence[TurnColumns], store_bps: int = 0) -> Impact:
    trial = BatchTrial(card, store_bps)
    for batch in batches:
        trial.take(batch)
    return trial.end()


def split(rows: Sequence[TrafficRow], at: Sequence[int]) -> Iterator[TurnColumns]:
    """Batches that end at some of these places."""
    ends = [*sorted({place for place in at if 0 < place < len(rows)}), len(rows)]
    begins = [0, *ends[:-1]]
    return (columns(rows[begin:end]) for begin, end in zip(begins, ends, strict=True))


@given(recorded_turns.filter(bool).map(plausible), drafts, st.lists(st.integers(1, 11)))
def test_batches_of_any_size_are_charged_as_their_turns_one_by_one(
    turns: list[RecordedTurn], draft: PriceVersion, ends: list[int]
) -> None:
    card = with_draft([OLD, replace(PRICE, id="lin", scope=LIN, effective_from_ms=T - DAY_MS // 2)], draft, T)
    rows = [row(f"t{number}", each) for number, each in enumerate(turns)]
    anew = [would_charge(card, each) for each in turns]
    charges = Tariff(card).charge(columns(rows))
    assert [
        Charge(int(text), int(voice)) if priced else None
        for text, voice, priced in zip(charges.text, charges.voice, charges.priced, strict=True)
    ] == anew
    found = tried(card, list(split(rows, ends)))
    assert found.simulation == simulate(turns, card)
    assert (found.whole.charged, found.whole.would_be) == (
        found.simulation.total.charged,
        found.simulation.total.would_be,
    )
    assert found.unvalued == sum(
        charge.total for charge, each in zip(anew, turns, strict=True) if charge and not each.charged.total
    )


def test_a_card_without_a_price_charges_nothing_and_says_so() -> None:
    found = tried([], [columns([row("t1", turn())])])
    assert (found.simulation.unpriced, found.simulation.total) == (1, Revenue(1, 3, 0))


def test_nothing_tried_brings_nothing() -> None:
    assert tried([OLD], []) == Impact(Simulation(), CohortChange(), {}, 0)


def test_fans_out_of_order_are_a_programmers_error() -> None:
    with pytest.raises(AssertionError):
        tried([OLD], [columns([row("t1", turn("b")), row("t2", turn("a"))])])
    with pytest.raises(AssertionError):
        tried([OLD], [columns([row("t1", turn("b"))]), columns([row("t2", turn("a"))])])


@pytest.mark.parametrize("store_bps", [-1, 10_001])
def test_a_store_keeps_between_nothing_and_all(store_bps: int) -> None:
    with pytest.raises(InvalidAmount):
        BatchTrial([OLD], store_bps)


async def one_by_one(ledger: Ledger, card: Sequence[PriceVersion]) -> tuple[Simulation, list[RecordedTurn]]:
    async with ledger.read() as reports:
        turns = [each async for each in reports.turns(from_ms=0, until_ms=DAY_1 + 90 * DAY_MS)]
    return simulate(turns, card), turns


@pytest.mark.parametrize("seed", [1, 4, 7])
async def test_the_books_own_turns_come_in_columns_with_the_money_that_the_journal_tells(
    ledger: Ledger, seed: int
) -> None:
    await random_traffic(ledger, seed)
    until = {"from_ms": 0, "until_ms": DAY_1 + 90 * DAY_MS}
    draft = replace(PRICE, id="draft", scope=SCOPE, amounts=Charge(7, 1), effective_from_ms=DAY_1 + 500 * DAY_MS)
    card = with_draft([replace(PRICE, effective_from_ms=1)], draft, DAY_1)
    async with ledger.read() as reports:
        batches = [batch async for batch in reports.turn_columns(**until)]
        journal = [recorded.entry async for recorded in reports.journal()]
        reported = await reports.revenue(**until, by="show")
    found, (expected, turns) = tried(card, batches, 3_000), await one_by_one(ledger, card)
    assert found.simulation == expected
    assert sum(batch.turns for batch in batches) == len(turns) > 20
    lots = {entry.terms.lot: (entry.terms, entry.postings[0].credits) for entry in journal if entry.terms}
    paid, shared = defaultdict[str, int](int), defaultdict[str, int](int)
    for entry in journal:
        for posting in entry.postings if entry.kind == "capture" else ():
            if posting.lot is not None:
                terms, granted = lots[posting.lot]
                paid[terms.currency] += cost_basis(-posting.credits, granted=granted, paid_minor=terms.paid_minor)
        for share in (entry.shares or ()) if entry.kind == "capture" else ():
            shared[share.currency] += share.micros
    money = {margin.currency: margin for margin in found.whole.money}
    assert {c: margin.revenue for c, margin in money.items() if margin.revenue} == {c: m for c, m in paid.items() if m}
    assert {c: m.rights_share for c, m in money.items() if m.rights_share} == {c: m for c, m in shared.items() if m}
    costs = defaultdict[str, int](int)
    for line in reported:
        for each in line.money:
            costs["model"] += each.model_cost
            costs["voice"] += each.voice_cost
    # What an uncollected turn cost is in the report of a period and not in a trial, which leaves it out.
    assert 0 < money["usd"].model_cost <= costs["model"]
    assert 0 < money["usd"].voice_cost <= costs["voice"]


async def test_the_same_card_again_brings_the_same_money(ledger: Ledger) -> None:
    await random_traffic(ledger, 4)
    async with ledger.read() as reports:
        batches = [batch async for batch in reports.turn_columns(from_ms=0, until_ms=DAY_1 + 90 * DAY_MS)]
    found = tried([replace(PRICE, effective_from_ms=1)], batches)
    assert found.whole.charged == found.whole.would_be > 0
    for margin in found.whole.money:
        assert margin.margin == margin.margin_would_be
    assert (found.whole.paying_more, found.whole.paying_less) == (0, 0)
    assert found.whole.interval_milli == (0, 0)


def test_money_is_carried_over_in_proportion_and_the_store_and_the_costs_come_off() -> None:
    lots = {"lot_granted": 100, "currency": "usd"}
    rows = [
        # 3 credits: 2 of a gift, 1 of a pack of 100 for 4.99 dollars, of which the actor's side had 15 %
        row("t1", turn("a"), lot_credits=2, lot_paid_minor=0, lot_granted=10, currency=""),
        row("t1", turn("a"), lot_credits=1, lot_paid_minor=499, share_micros=748_500, **lots),
        row("t2", turn("a"), lot_credits=3, lot_paid_minor=499, share_micros=2_245_500, **lots),
        row("t3", turn("b"), lot_credits=3, lot_paid_minor=0, lot_granted=10, currency=""),
    ]
    rows[0] = rows[0]._replace(model_micros=10, model_currency="usd", speech_micros=30, speech_currency="usd")
    rows[1] = rows[1]._replace(model_micros=10, model_currency="usd", speech_micros=30, speech_currency="usd")
    found = tried(with_draft([OLD], replace(PRICE, id="d", amounts=Charge(6), scope=SCOPE), T), [columns(rows)], 1_000)
    (margin,) = found.whole.money
    assert margin == Margin("usd", 19_960_000, 39_920_000, 2_994_000, 5_988_000, 10, 30, store_bps=1_000)
    assert margin.store_cost == 1_996_000
    assert margin.margin == 19_960_000 - 2_994_000 - 1_996_000 - 40
    assert margin.margin_would_be == 39_920_000 - 5_988_000 - 3_992_000 - 40
    assert {cohort: change.fans for cohort, change in found.cohorts.items()} == {
        Cohort(JOINED, False): 1,
        Cohort(JOINED, True): 1,
    }


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=30))
def test_an_interval_is_the_mean_with_two_standard_errors_to_either_side(changes: list[int]) -> None:
    change = CohortChange(
        fans=len(changes), charged=0, would_be=sum(changes), squares=sum(each * each for each in changes)
    )
    mean = Fraction(sum(changes), len(changes))
    variance = sum((each - mean) ** 2 for each in changes) / (len(changes) - 1)
    half = 1.96 * float(variance / len(changes)) ** 0.5
    assert change.interval_milli is not None
    low, high = change.interval_milli
    assert low == pytest.approx(1_000 * (float(mean) - half), abs=2.1)
    assert high == pytest.approx(1_000 * (float(mean) + half), abs=2.1)


def test_one_fan_has_no_interval_and_nobody_no_mean() -> None:
    assert CohortChange(fans=1, would_be=5, squares=25).interval_milli is None
    assert CohortChange().mean_milli == 0


def test_what_comes_after_the_most_cohorts_is_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impact, "GROUPS_MAX", 2)
    rows = [row(f"t{n}", turn(f"f{n}"), joined_at_ms=JOINED + n * WEEKS) for n in range(4)]
    found = tried([OLD], [columns(rows)])
    assert [cohort.joined_from_ms if cohort else None for cohort in found.cohorts] == [JOINED, JOINED + WEEKS, None]
    assert found.cohorts[None].fans == 2
    assert sum(change.fans for change in found.cohorts.values()) == found.whole.fans == 4
    assert GROUPS_MAX > 2


def test_cases_beyond_those_that_are_remembered_are_charged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tariff, "CASES_MAX", 1)
    rows = [row("t1", turn("a")), row("t2", turn("b", LIN)), row("t3", turn("c", PriceScope()))]
    assert [int(each) for each in Tariff([OLD]).charge(columns(rows)).total] == [3, 3, 3]


def test_a_product_beyond_64_bits_is_exact() -> None:
    big = columns([row("t1", turn(), lot_credits=700, lot_granted=1_000, lot_paid_minor=10**11, currency="usd")])
    assert big.paid["usd"].micros.tolist() == [cost_basis(700, granted=1_000, paid_minor=10**11)]
    assert impact.total(np.array([2**62, 2**62, 2**62])) == 3 * 2**62
    assert scaled(np.array([], dtype=np.int64), big.tokens, big.tokens).tolist() == []
