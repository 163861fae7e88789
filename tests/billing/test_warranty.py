"""When a fan's report refunds a turn by itself."""

from __future__ import annotations

import pytest

from billing.types import Charge, Receipt
from billing.warranty import REFUNDS_MAX, REPORT_WITHIN_MS, ReportAnswer, may_refund_report
from tests.billing.builders import FAN, NOW_MS


@pytest.mark.parametrize(
    ("charged", "reason", "refunded", "age_ms", "refunds", "answer"),
    [
        (3, "delivered", 0, 0, 0, "refundable"),
        (3, "delivered", 0, REPORT_WITHIN_MS, REFUNDS_MAX - 1, "refundable"),
        (3, "delivered", 0, REPORT_WITHIN_MS + 1, 0, "too_late"),
        (3, "delivered", 0, 0, REFUNDS_MAX, "too_many"),
        (3, "delivered", 1, 0, 0, "refunded_before"),
        (0, "delivered", 0, 0, 0, "not_charged"),
        (0, "failed", 0, 0, 0, "not_charged"),
        (0, "uncollected", 0, 0, 0, "not_charged"),
    ],
)
def test_a_report_refunds_a_delivered_turn_in_time_and_not_too_often(
    charged: int, reason: str, refunded: int, age_ms: int, refunds: int, answer: ReportAnswer
) -> None:
    receipt = Receipt("r", "t", FAN, Charge(charged), "p1", "ana", "ben", (), reason, NOW_MS, NOW_MS, refunded)
    assert may_refund_report(receipt, refunds=refunds, now_ms=NOW_MS + age_ms) == answer
