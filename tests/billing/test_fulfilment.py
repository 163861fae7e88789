"""Decisions and looks that no till of ours leads to, and the calendar of the poller."""

from __future__ import annotations

from typing import Any

import pytest

from billing.fulfilment import Seen, decide
from billing.orders import next_look
from billing.till import SessionState
from billing.units import DAY_MS, HOUR_MS, MINUTE_MS
from tests.billing.builders import NOW_MS
from tests.billing.shop_builders import order

SUBSCRIBED: dict[str, Any] = {"kind": "subscription", "interval": "month"}


def test_an_order_that_is_paid_is_not_opened_again_by_its_session() -> None:
    paid = order(state="paid", paid_at_ms=NOW_MS, **SUBSCRIBED)
    session = SessionState("cs", "o1", "subscription", "open", "unpaid", 499, "usd", None, None, None, False)
    decision = decide(paid, Seen(session), NOW_MS)
    assert (decision.order.state, decision.order.session, decision.wrong) == ("paid", "cs", ())


def test_a_period_that_was_paid_outside_of_the_till_is_granted_and_has_no_standing() -> None:
    period = order(kind="period", parent="o0", invoice="in", state="open", period_end_ms=NOW_MS + DAY_MS)
    decision = decide(period, Seen(), NOW_MS)
    assert decision.purchase is not None
    assert (decision.purchase.expires_at_ms, decision.standing) == (NOW_MS + 4 * DAY_MS, None)


@pytest.mark.parametrize(
    ("fields", "age_ms", "wait_ms"),
    [
        ({}, 0, 30_000),
        ({"state": "open"}, 2 * MINUTE_MS, 30_000),
        ({"state": "open"}, HOUR_MS, 15 * MINUTE_MS),
        ({"state": "open"}, DAY_MS, HOUR_MS),
        ({"state": "open"}, 30 * DAY_MS + 1, None),
        ({"state": "awaiting"}, HOUR_MS, HOUR_MS),
        ({"state": "awaiting"}, DAY_MS, DAY_MS),
        ({"state": "paid"}, 0, None),
        ({"state": "paid", "pending": 1}, 0, MINUTE_MS),
        ({"state": "paid", "dispute": "needs_response"}, 0, 6 * HOUR_MS),
        ({"state": "paid", "dispute": "appeal_under_review"}, 0, 6 * HOUR_MS),
        ({"state": "paid", "dispute": "won"}, 0, None),
        ({"state": "paid", "period_end_ms": NOW_MS + DAY_MS, **SUBSCRIBED}, 0, DAY_MS + HOUR_MS),
        ({"state": "paid", "period_end_ms": NOW_MS - DAY_MS, **SUBSCRIBED}, 0, 6 * HOUR_MS),
        ({"state": "paid", "ended": True, **SUBSCRIBED}, 0, None),
        ({"state": "expired"}, 0, None),
        ({"state": "failed"}, 0, None),
    ],
)
def test_the_poller_looks_again_when_something_may_have_changed(
    fields: dict[str, Any], age_ms: int, wait_ms: int | None
) -> None:
    known = order(now_ms=NOW_MS - age_ms, **fields)
    assert next_look(known, NOW_MS) == (None if wait_ms is None else NOW_MS + wait_ms)
