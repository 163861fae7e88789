"""Our stand-in held against two that other people wrote: the same deeds over the real SDK, the same facts.

Every known difference is in the table below with its reason; one that is not there fails, and so does a row that is no
longer true. localstripe always takes part; emulate does so once `make test` has installed it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.node import INSTALLED
from tests.stripe_server.peers import Peer, emulate, localstripe, ours
from tests.stripe_server.scenarios import Facts, checkout, customers, payments, refunds, repeats, subscriptions
from tests.stripe_server.till import SDK_WARNS

pytestmark = SDK_WARNS

Start = Callable[[], AbstractAsyncContextManager[Peer]]
Scenario = Callable[[Peer], Awaitable[Facts]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that we and a peer do not share, and why we keep ours."""

    peer: Start
    scenario: Scenario
    fact: str
    ours: Any
    theirs: Any
    why: str


def _bare_refusals(peer: Start, scenario: Scenario, *facts: tuple[str, str]) -> list[Difference]:
    return [Difference(peer, scenario, fact, value, None, "its refusals leave this out") for fact, value in facts]


_UNSEEN_AMOUNTS = "it takes no fee and pays out at once; Stripe does neither"
_NO_KEYS = "it ignores idempotency keys"
_UNDATED = "it does not say when a subscription was or will be cancelled"
DIFFERENCES = [
    *_bare_refusals(
        localstripe,
        customers,
        ("missing.refused.code", "resource_missing"),
        ("missing.refused.param", "id"),
    ),
    *[
        Difference(localstripe, customers, f"{step}.{field}", our, their, why)
        for step in ("created", "updated")
        for field, our, their, why in (
            ("currency", None, "eur", "Stripe sets a customer's currency with the first subscription or invoice"),
            ("preferred_locales", [], None, "Stripe's list is empty, never null"),
        )
    ],
    Difference(
        localstripe,
        customers,
        "list.emails",
        ["2@b.example", "1@b.example"],
        ["a@b.example", "0@b.example"],
        "Stripe lists the newest first",
    ),
    Difference(
        localstripe,
        customers,
        "rest.emails",
        ["0@b.example", "a@b.example"],
        ["1@b.example", "2@b.example"],
        "Stripe lists the newest first",
    ),
    *_bare_refusals(
        localstripe,
        payments,
        ("again.refused.code", "payment_intent_unexpected_state"),
        ("cancelled.refused.code", "payment_intent_unexpected_state"),
        ("missing.refused.code", "resource_missing"),
        ("missing.refused.param", "intent"),
        ("stranger.refused.code", "resource_missing"),
        ("stranger.refused.param", "customer"),
    ),
    Difference(localstripe, payments, "stranger.refused.status", 400, 404, "Stripe's 404 is for the path alone"),
    Difference(localstripe, payments, "confirmed.latest_charge", "ch_…", "a charge", "Stripe expands only on demand"),
    Difference(
        localstripe,
        payments,
        "charge.metadata",
        {"order": "o1"},
        {},
        "Stripe copies the intent's metadata to the charge",
    ),
    *[
        Difference(peer, repeats, fact, our, their, _NO_KEYS)
        for peer in (localstripe, emulate)
        for fact, our, their in (
            ("repeat.same", True, False),
            ("repeat.made", 1, 2),
            ("other.refused.status", 400, 200),
        )
    ],
    *_bare_refusals(
        localstripe,
        refunds,
        ("stranger.refused.code", "resource_missing"),
        ("stranger.refused.param", "charge"),
    ),
    Difference(localstripe, refunds, "stranger.refused.status", 400, 404, "Stripe's 404 is for the path alone"),
    Difference(localstripe, refunds, "too much.refused.status", 400, 200, "it allows refunds beyond the charge"),
    Difference(localstripe, refunds, "part.payment_intent", "pi_…", None, "Stripe names the intent of any refund"),
    *[
        Difference(localstripe, refunds, f"entry of the {source}.{field}", our, their, _UNSEEN_AMOUNTS)
        for source in ("charge", "refund")
        for field, our, their in (("exchange_rate", None, 1.0), ("status", "pending", "available"))
    ],
    Difference(localstripe, refunds, "entry of the charge.fee", 59, 0, _UNSEEN_AMOUNTS),
    Difference(localstripe, refunds, "entry of the charge.net", 941, 1000, _UNSEEN_AMOUNTS),
    Difference(
        localstripe,
        refunds,
        "entry of the charge.fee_details",
        [
            {
                "amount": 59,
                "application": None,
                "currency": "usd",
                "type": "stripe_fee",
                "description": "Stripe processing fees",
            }
        ],
        [],
        _UNSEEN_AMOUNTS,
    ),
    Difference(localstripe, subscriptions, "invoice.billing_reason", "subscription_create", None, "it gives no reason"),
    *[
        Difference(localstripe, subscriptions, f"{step}.{field}", "a time", None, why)
        for step, field, why in (
            ("begun", "billing_cycle_anchor", "Stripe always names the anchor"),
            ("ending", "billing_cycle_anchor", "Stripe always names the anchor"),
            ("ended", "billing_cycle_anchor", "Stripe always names the anchor"),
            ("ending", "cancel_at", _UNDATED),
            ("ending", "canceled_at", _UNDATED),
            ("ended", "cancel_at", _UNDATED),
            ("ended", "canceled_at", _UNDATED),
        )
    ],
    *_bare_refusals(emulate, customers, ("missing.refused.param", "id")),
    *_bare_refusals(emulate, payments, ("missing.refused.param", "intent")),
    *_bare_refusals(
        emulate,
        checkout,
        ("missing.refused.param", "id"),
        ("paid expires.refused.param", "session"),
    ),
    Difference(
        emulate,
        checkout,
        "paid expires.refused.code",
        None,
        "checkout_session_not_open",
        "the SDK knows no such code",
    ),
]

ALIKE_MIN: dict[Scenario, int] = {customers: 20, payments: 60, repeats: 0, refunds: 40, checkout: 60, subscriptions: 70}
"""How many facts must agree, so that a comparison of nothing cannot pass; of repeats, no peer knows any."""
PLAYS: list[tuple[Start, Scenario]] = [
    *((localstripe, scenario) for scenario in (customers, payments, repeats, refunds, subscriptions)),
    *((emulate, scenario) for scenario in (customers, payments, repeats, checkout) if INSTALLED),
]


@pytest.mark.parametrize(
    ("peer", "scenario"), PLAYS, ids=[f"{peer.__name__}-{scenario.__name__}" for peer, scenario in PLAYS]
)
async def test_a_peer_differs_from_us_only_where_the_table_says_so(peer: Start, scenario: Scenario) -> None:
    async with ours() as us:
        our_facts = await scenario(us)
    async with peer() as them:
        their_facts = await scenario(them)
    shared = our_facts.keys() & their_facts.keys()
    differing = {fact: (our_facts[fact], their_facts[fact]) for fact in shared if our_facts[fact] != their_facts[fact]}
    rows = [row for row in DIFFERENCES if (row.peer, row.scenario) == (peer, scenario)]
    assert differing == {row.fact: (row.ours, row.theirs) for row in rows}
    assert len(shared) - len(differing) >= ALIKE_MIN[scenario]
