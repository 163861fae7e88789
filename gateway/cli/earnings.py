"""How `encore ledger revenue` tells a report: credits in one table, money in another, each with its total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from billing.revenue import By, Group, RevenueLine, total
from billing.wording import day, price_of
from gateway.cli.console import out, print_table

CREDITS = ("turns", "captured", "refunded", "revenue", "uncollected", "breakage", "promotional", "goodwill")
MONEY = ("revenue", "breakage", "rights_share", "model_cost", "voice_cost", "margin")


def revenue_json(lines: Sequence[RevenueLine], by: By) -> dict[str, Any]:
    """The lines and their total; money in millionths of the minor unit."""
    return {"lines": [{**_named(line.group, by), **_figures(line)} for line in lines], "total": _figures(total(lines))}


def tell_revenue(lines: Sequence[RevenueLine], by: By) -> None:
    """Print the tables."""
    if not lines:
        out.print("Nothing was booked in this period.")
        return
    names = tuple(_named(Group(), by))
    whole = total(lines)
    titled = [(tuple(_named_for_people(line.group, by)), line) for line in lines]
    titled.append((("total", *[""] * (len(names) - 1)), whole))
    print_table((*_titles(names), *CREDITS), ((*name, *_credits(line).values()) for name, line in titled))
    print_table((*_titles(names), *(column.replace("_", " ") for column in MONEY)), _money_rows(titled))


def _money_rows(titled: Sequence[tuple[tuple[str, ...], RevenueLine]]) -> Iterator[tuple[object, ...]]:
    for name, line in titled:
        for money in line.money:
            yield (*name, *(price_of(money.currency, getattr(money, column)) for column in MONEY))


def _figures(line: RevenueLine) -> dict[str, Any]:
    money = [{"currency": m.currency, **{column: getattr(m, column) for column in MONEY}} for m in line.money]
    return {**_credits(line), "money": money}


def _credits(line: RevenueLine) -> dict[str, int]:
    return {column: getattr(line, column) for column in CREDITS}


def _named(group: Group, by: By) -> dict[str, Any]:
    if by == "day":
        return {"day_ms": group.day_ms}
    return {"show": group.show, "character": group.character} if by == "character" else {"show": group.show}


def _named_for_people(group: Group, by: By) -> Iterator[str]:
    for name, value in _named(group, by).items():
        yield day(value) if name == "day_ms" else value or "-"


def _titles(names: Sequence[str]) -> Iterator[str]:
    return (name.removesuffix("_ms") for name in names)
