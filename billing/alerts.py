"""What somebody has to look at now: books that do not add up, holds that hang, a till that is not heard, fraud, losses.

Pure: readings in, alerts out, the gravest first. A reading never taken is told as such and never as a good one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from billing.revenue import RevenueLine
from billing.units import DAY_MS, HOUR_MS, MINUTE_MS

AlertKind = Literal["verify", "holds", "webhooks", "fraud", "margin"]
Gravity = Literal["bad", "warn"]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
GRAVITIES: tuple[Gravity, ...] = get_args(Gravity)


@dataclass(frozen=True, slots=True)
class AlertBounds:
    """Beyond what something is told."""

    hold_overdue_ms: int = 10 * MINUTE_MS
    """An open hold this long past its expiry: the sweeper did not come by."""
    look_overdue_ms: int = 30 * MINUTE_MS
    """An order whose look at the till is this long due."""
    refused_webhooks_day: int = 20
    orders_hour: int = 5
    """Paid orders of one fan in an hour."""
    disputes_day: int = 3
    margin_floor_bps: int = 2_000
    """Of revenue, what is to be left at least, in hundredths of a percent."""
    verified_within_ms: int = DAY_MS


BUYER_SPAN_MS, DISPUTE_SPAN_MS, MARGIN_SPAN_MS = HOUR_MS, DAY_MS, 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read of the books and of the till's messages."""

    stuck_holds: int = 0
    overdue_looks: int = 0
    refused_webhooks: int = 0
    """Today."""
    hasty_buyers: tuple[tuple[str, int], ...] = ()
    """Fans with as many paid orders within an hour, or more."""
    disputes: int = 0
    """Orders with a dispute that were looked at within a day."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One of them; `where` is a fan, a character or a currency, if it is about one."""

    kind: AlertKind
    gravity: Gravity
    sentence: str
    where: str = ""


def alerts(
    readings: Readings,
    lines: Iterable[RevenueLine],
    violations: Sequence[str] | None,
    *,
    verified_at_ms: int | None,
    now_ms: int,
    bounds: AlertBounds,
) -> tuple[Alert, ...]:
    """Everything that is beyond its bounds. `violations`: those of the newest verification, None without one."""
    found = [*_of_books(violations, verified_at_ms, now_ms, bounds)]
    if readings.stuck_holds:
        found.append(Alert("holds", "bad", f"{readings.stuck_holds} holds are long past their end and still open."))
    if readings.overdue_looks:
        sentence = f"{readings.overdue_looks} orders wait to be asked about at the till for too long."
        found.append(Alert("webhooks", "bad", sentence))
    if readings.refused_webhooks >= bounds.refused_webhooks_day:
        sentence = f"{readings.refused_webhooks} webhooks were refused today; is a secret out of date?"
        found.append(Alert("webhooks", "warn", sentence))
    found += [
        Alert("fraud", "warn", f"{fan} paid {orders} orders within an hour.", fan)
        for fan, orders in readings.hasty_buyers
    ]
    if readings.disputes >= bounds.disputes_day:
        found.append(Alert("fraud", "bad", f"{readings.disputes} orders of the last day are disputed."))
    found += _of_margins(lines, bounds)
    return tuple(sorted(found, key=lambda alert: (alert.gravity != "bad", alert.kind, alert.where)))


def counted(found: Iterable[Alert]) -> Mapping[tuple[AlertKind, Gravity], int]:
    """How many alerts there are of each kind and gravity, also of those that there are none of."""
    there = Counter((alert.kind, alert.gravity) for alert in found)
    return {(kind, gravity): there[kind, gravity] for kind in ALERT_KINDS for gravity in GRAVITIES}


def _of_books(
    violations: Sequence[str] | None, verified_at_ms: int | None, now_ms: int, bounds: AlertBounds
) -> list[Alert]:
    if violations is None or verified_at_ms is None:
        return [Alert("verify", "warn", "The books have not been verified since this process started.")]
    if violations:
        return [Alert("verify", "bad", f"The books do not add up: {violations[0]} ({len(violations)} in all).")]
    if now_ms - verified_at_ms > bounds.verified_within_ms:
        return [Alert("verify", "warn", "The books were last verified more than a day ago.")]
    return []


def _of_margins(lines: Iterable[RevenueLine], bounds: AlertBounds) -> list[Alert]:
    found = []
    for line in lines:
        for money in line.money:
            if money.revenue > 0 and money.margin * 10_000 < money.revenue * bounds.margin_floor_bps:
                kept = money.margin * 100 // money.revenue
                where = f"{line.group.character or line.group.show}"
                sentence = f"Of what {where} earned in {money.currency.upper()}, {kept} % are left after its costs."
                found.append(Alert("margin", "warn", sentence, where))
    return found
