"""The canon warranty: when a fan's report that a reply broke the canon gives the credits back without anybody's word.

Pure. It says whether the rule allows it; whether the report is justified is found elsewhere, and staff may refund more.
"""

from __future__ import annotations

from typing import Literal

from billing.settlement import DELIVERED
from billing.types import Receipt
from billing.units import DAY_MS

REPORT_WITHIN_MS = 7 * DAY_MS
"""How long after its end a reply may be reported."""
REFUNDS_SINCE_MS = 30 * DAY_MS
"""The span that `Books.refunds_of` is asked about."""
REFUNDS_MAX = 5
"""The most turns of one fan that are refunded within that span on reports."""

ReportAnswer = Literal["refundable", "not_charged", "refunded_before", "too_late", "too_many"]


def may_refund_report(receipt: Receipt, *, refunds: int, now_ms: int) -> ReportAnswer:
    """Whether a report of this turn may refund it. `refunds`: the fan's refunded turns of the last 30 days."""
    if receipt.reason != DELIVERED or receipt.charged.total == 0:
        return "not_charged"
    if receipt.refunded:
        return "refunded_before"
    if now_ms - receipt.settled_at_ms > REPORT_WITHIN_MS:
        return "too_late"
    return "too_many" if refunds >= REFUNDS_MAX else "refundable"
