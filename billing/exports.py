"""The books as tables, to be taken elsewhere: one row for each posting, and the reports as they are shown.

Pure: values in, rows out. A table says of each column what it holds, so that CSV and Parquet have the same figures;
whole numbers stay whole, and money is in millionths of a minor unit beside its currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from billing.ledger import Recorded
from billing.liability import Owed
from billing.revenue import By, RevenueLine
from billing.shares import Payout
from billing.types import LOT_CLASSES
from billing.wording import day

Kind = Literal["text", "whole"]
Format = Literal["csv", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
Cell = str | int | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by name and kind."""

    name: str
    columns: tuple[tuple[str, Kind], ...]


JOURNAL = Table(
    "journal",
    (
        ("seq", "whole"),
        ("position", "whole"),
        ("at_ms", "whole"),
        ("kind", "text"),
        ("fan", "text"),
        ("turn", "text"),
        ("order_id", "text"),
        ("account", "text"),
        ("credits", "whole"),
        ("lot", "text"),
        ("price_version", "text"),
        ("actor", "text"),
        ("reason", "text"),
    ),
)
REVENUE = Table(
    "revenue",
    (
        ("day", "text"),
        ("show", "text"),
        ("character", "text"),
        ("turns", "whole"),
        ("captured", "whole"),
        ("refunded", "whole"),
        ("uncollected", "whole"),
        ("breakage", "whole"),
        ("promotional", "whole"),
        ("goodwill", "whole"),
        ("currency", "text"),
        ("revenue_micros", "whole"),
        ("breakage_micros", "whole"),
        ("rights_share_micros", "whole"),
        ("model_cost_micros", "whole"),
        ("voice_cost_micros", "whole"),
        ("margin_micros", "whole"),
    ),
)
LIABILITY = Table(
    "liability", (("class", "text"), ("currency", "text"), ("credits", "whole"), ("paid_micros", "whole"))
)
PAYOUTS = Table(
    "payouts",
    (
        ("payee", "text"),
        ("show", "text"),
        ("character", "text"),
        ("currency", "text"),
        *((f"{lot_class}_credits", "whole") for lot_class in LOT_CLASSES),
        ("earned_micros", "whole"),
    ),
)


def journal_rows(recorded: Recorded) -> Iterator[Row]:
    """An entry, a row for each posting: over any number of whole entries `credits` sum to zero."""
    entry = recorded.entry
    for position, posting in enumerate(entry.postings):
        yield (
            recorded.seq,
            position,
            entry.at_ms,
            entry.kind,
            entry.fan,
            entry.turn,
            entry.order_id,
            posting.account,
            posting.credits,
            posting.lot,
            entry.price_version,
            entry.actor,
            entry.reason,
        )


def revenue_rows(lines: Iterable[RevenueLine], by: By) -> Iterator[Row]:
    """A report, a row for each group and currency; the credits of a group are in the first of its rows only."""
    for line in lines:
        group = line.group
        names = (day(group.day_ms) if by == "day" else "", group.show, group.character)
        credits: Row = (
            line.turns,
            line.captured,
            line.refunded,
            line.uncollected,
            line.breakage,
            line.promotional,
            line.goodwill,
        )
        if not line.money:
            yield (*names, *credits, None, 0, 0, 0, 0, 0, 0)
        for money in line.money:
            costs = (money.rights_share, money.model_cost, money.voice_cost, money.margin)
            yield (*names, *credits, money.currency, money.revenue, money.breakage, *costs)
            credits = (0,) * len(credits)


def liability_rows(owed: Iterable[Owed]) -> Iterator[Row]:
    """What is owed, a row for each class and currency."""
    for each in owed:
        yield each.lot_class, each.currency, each.credits, each.micros


def payout_rows(payouts: Iterable[Payout]) -> Iterator[Row]:
    """What payees earned."""
    for each in payouts:
        credits = (each.credits.get(lot_class, 0) for lot_class in LOT_CLASSES)
        yield each.payee, each.show, each.character, each.currency, *credits, each.micros
