"""The dashboards' figures: each derived from the journal another way, filled bit by bit or all at once alike."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from billing.figures import DayFigures, Funnel, PerPayer, Place, share_bps
from billing.ledger import Entry
from billing.units import DAY_MS, day_start_ms
from gateway.bootstrap import Store
from tests.desk.traffic import DAY_1, Told, weeks_of_business
from tests.gateway.conftest import empty_store as empty_store

WHOLE = {"from_ms": DAY_1, "until_ms": DAY_1 + 400 * DAY_MS}


async def sealed(store: Store) -> None:
    while await store.seal():
        pass


async def journal(store: Store) -> list[Entry]:
    async with store.snapshot() as reports:
        return [recorded.entry async for recorded in reports.journal()]


async def days(store: Store) -> dict[tuple[int, Place], DayFigures]:
    async with store.units.read() as unit:
        return {(day, place): sums for day, place, sums in await unit.figures.days(**WHOLE)}


async def summed(store: Store) -> DayFigures:
    total = DayFigures()
    for each in (await days(store)).values():
        total.add(each)
    return total


def classes_of(entries: Sequence[Entry]) -> dict[str, str]:
    return {entry.terms.lot: entry.terms.lot_class for entry in entries if entry.terms}


@pytest.fixture
async def told(empty_store: Store) -> Told:
    found = await weeks_of_business(empty_store)
    await sealed(empty_store)
    await empty_store.figuring().catch_up()
    return found


async def test_credits_by_day_character_and_episode_are_those_of_the_captures(empty_store: Store, told: Told) -> None:
    expected: Counter[tuple[int, Place]] = Counter()
    for entry in await journal(empty_store):
        if entry.kind == "capture" and entry.turn is not None:
            scope = told.scopes[entry.turn]
            place = Place(scope.show, scope.character, told.episodes[entry.turn])
            earned = sum(posting.credits for posting in entry.postings if posting.account == "earned")
            expected[day_start_ms(entry.at_ms), place] += earned
    found = await days(empty_store)
    assert {key: sums.credits for key, sums in found.items() if sums.credits} == dict(expected)
    assert sum(sums.turns for sums in found.values()) == len(told.episodes) > 50


async def test_shares_of_ads_gifts_and_voice_are_those_of_the_lots_and_the_receipts(
    empty_store: Store, told: Told
) -> None:
    entries = await journal(empty_store)
    classes, burned = classes_of(entries), Counter[str]()
    for entry in entries:
        for posting in entry.postings if entry.kind == "capture" else ():
            if posting.lot:
                burned[classes[posting.lot]] -= posting.credits
    voice = voiced = 0
    async with empty_store.units.read() as unit:
        for turn in told.episodes:
            receipt = await unit.books.receipt_of(turn)
            assert receipt is not None
            voice += receipt.charged.voice
            voiced += receipt.charged.voice > 0
    total = await summed(empty_store)
    assert total.reward_credits == burned["reward"] > 0
    assert total.gift_credits == burned["promotional"] + burned["goodwill"] > 0
    assert total.bought_credits == burned["purchased"] > 0
    assert (total.voice_credits, total.voiced) == (voice, voiced)
    assert total.credits == total.reward_credits + total.gift_credits + total.bought_credits
    assert share_bps(total.reward_credits, total.credits) == 10_000 * burned["reward"] // sum(burned.values())


async def test_refusals_and_refunds_are_those_of_the_turns_and_the_journal(empty_store: Store, told: Told) -> None:
    refunds = [entry for entry in await journal(empty_store) if entry.kind == "turn_refund"]
    total = await summed(empty_store)
    assert total.refused == len(told.refused) > 0
    assert total.refunds == len(refunds) > 0
    assert total.refunded_credits == sum(-p.credits for e in refunds for p in e.postings if p.account == "earned")


async def test_recharges_come_by_where_the_fan_was_then(empty_store: Store, told: Told) -> None:
    at: dict[str, Place] = {}
    expected: dict[tuple[Place, str], list[tuple[str, int]]] = defaultdict(list)
    async with empty_store.units.read() as unit:
        holds = {turn: (await unit.figures.settled([turn]))[turn][0] for turn in told.scopes}
        episodes = await unit.turn_log.episodes_of(sorted(told.scopes))
    moments = sorted((hold.opened_at_ms, hold.fan, turn) for turn, hold in holds.items())
    for entry in await journal(empty_store):
        if entry.terms is None or not entry.terms.paid_minor:
            continue
        while moments and moments[0][0] <= entry.at_ms:
            _, fan, turn = moments.pop(0)
            scope = told.scopes[turn]
            at[fan] = Place(scope.show, scope.character, episodes[turn])
        key = at.get(entry.fan, Place()), entry.terms.currency
        expected[key].append((entry.fan, entry.terms.paid_minor))
    async with empty_store.units.read() as unit:
        found = await unit.figures.recharges(**WHOLE)
    assert {(each.place, each.currency): (each.sales, each.paid_minor, each.fans) for each in found} == {
        key: (len(sales), sum(paid for _, paid in sales), len({fan for fan, _ in sales}))
        for key, sales in expected.items()
    }


async def test_what_a_payer_pays_is_the_purchases_over_those_who_made_them(empty_store: Store, told: Told) -> None:
    paid: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for entry in await journal(empty_store):
        if entry.terms and entry.terms.paid_minor:
            paid[entry.terms.currency].append((entry.fan, entry.terms.paid_minor))
    async with empty_store.units.read() as unit:
        found = await unit.figures.per_payer(**WHOLE)
    expected = [
        PerPayer(currency, len({fan for fan, _ in sales}), sum(minor for _, minor in sales))
        for currency, sales in sorted(paid.items())
    ]
    assert list(found) == expected
    assert [each.arppu_minor for each in found] == [each.paid_minor // each.payers for each in expected]
    assert PerPayer("usd", 0, 0).arppu_minor == share_bps(1, 0) == 0


async def test_the_funnel_narrows_from_those_who_came_to_those_who_paid(empty_store: Store, told: Told) -> None:
    entries = await journal(empty_store)
    wrote = {entry.fan for entry in entries if entry.kind == "capture"}
    paid = {entry.fan for entry in entries if entry.terms and entry.terms.paid_minor}
    async with empty_store.units.read() as unit:
        found = await unit.figures.funnel(**WHOLE)
        assert await unit.figures.funnel(from_ms=0, until_ms=DAY_1) == Funnel(0, 0, 0)
    assert (found.joined, found.wrote, found.paid) == (12, len(wrote), len(paid))


async def test_retention_counts_who_wrote_again_by_week_and_first_episode(empty_store: Store, told: Told) -> None:
    active: dict[str, dict[int, int]] = defaultdict(dict)
    for entry in await journal(empty_store):
        if entry.kind == "capture" and entry.turn is not None:
            day, episode = day_start_ms(entry.at_ms), told.episodes[entry.turn]
            active[entry.fan][day] = min(active[entry.fan].get(day, episode), episode)
    now_ms = DAY_1 + 33 * DAY_MS
    fans: Counter[int] = Counter()
    stayed: Counter[tuple[int, int]] = Counter()
    over: Counter[tuple[int, int]] = Counter()
    for mine in active.values():
        first = min(mine)
        episode, again = mine[first], {(day - first) // (7 * DAY_MS) for day in mine if day > first}
        fans[episode] += 1
        for week in range(8):
            if first + (week + 1) * 7 * DAY_MS <= now_ms:
                over[episode, week] += 1
                stayed[episode, week] += week in again
    async with empty_store.units.read() as unit:
        found = await unit.figures.retention(**WHOLE, now_ms=now_ms)
    assert {each.episode: each.fans for each in found} == dict(fans)
    assert 0 < sum(over.values()) < 8 * sum(fans.values())
    for each in found:
        assert list(each.weeks) == [(stayed[each.episode, week], over[each.episode, week]) for week in range(8)]


async def test_filled_bit_by_bit_twice_and_anew_they_are_the_same(empty_store: Store) -> None:
    figuring = empty_store.figuring()
    assert await figuring.catch_up() == 0
    await weeks_of_business(empty_store, steps=90)
    await sealed(empty_store)
    await figuring.catch_up()
    assert await figuring.catch_up() == 0
    early = await days(empty_store)
    async with empty_store.units.begin() as unit:
        for number in range(3):
            await unit.books.grant(
                f"demo/f{number:02}",
                40,
                lot_class="purchased",
                reason="r",
                actor="a",
                idem_key=f"late{number}",
                now_ms=DAY_1 + 60 * DAY_MS,
                paid_minor=100,
                currency="usd",
            )
    assert await days(empty_store) == early
    await sealed(empty_store)
    await figuring.catch_up()
    async with empty_store.units.read() as unit:
        bit_by_bit = (await days(empty_store), await unit.figures.recharges(**WHOLE))
    await figuring.rebuild()
    async with empty_store.units.read() as unit:
        assert (await days(empty_store), await unit.figures.recharges(**WHOLE)) == bit_by_bit
