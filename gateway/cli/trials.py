"""How `encore prices simulate` tells what a price would have brought."""

from __future__ import annotations

from typing import Any

from billing.whatif import Revenue, Simulation
from gateway.cli.console import out, print_table


def trial_json(found: Simulation) -> dict[str, Any]:
    """All of it; a group that stands for the rest of too many has the name “…”."""
    return {
        "total": _figures(found.total),
        "by_day": [{"day_ms": day_ms, **_figures(revenue)} for day_ms, revenue in found.by_day.items()],
        "by_show": [{"show": show, **_figures(revenue)} for show, revenue in _by_show(found).items()],
        "by_character": [
            {"show": _pair(key)[0], "character": _pair(key)[1], **_figures(revenue)}
            for key, revenue in found.by_character.items()
        ],
        "fans": {
            "paying_more": found.fans_paying_more,
            "paying_less": found.fans_paying_less,
            "paying_the_same": found.fans_paying_the_same,
            "most_more": {"fan": found.most_more[0], "credits": found.most_more[1]} if found.most_more[0] else None,
        },
        "unpriced": found.unpriced,
    }


def tell_trial(found: Simulation) -> None:
    """Print the tables and the sentences."""
    if found.total.turns == 0:
        out.print("No turn was charged in this period.")
        return
    rows = [(*_pair(key), *_figures(revenue).values()) for key, revenue in sorted(found.by_character.items(), key=str)]
    rows += [(show, "all", *_figures(revenue).values()) for show, revenue in _by_show(found).items()]
    rows.append(("total", "", *_figures(found.total).values()))
    print_table(("show", "character", "turns", "charged", "would be", "difference"), rows)
    more, less, same = found.fans_paying_more, found.fans_paying_less, found.fans_paying_the_same
    out.print(f"Fans who would pay more: {more}, less: {less}, the same: {same}.", markup=False)
    if found.most_more[0]:
        out.print(f"Most of all {found.most_more[0]}: {found.most_more[1]} credits more.", markup=False)
    if found.unpriced:
        out.print(f"{found.unpriced} turns would have no price, and are counted as free.", markup=False)


def _figures(revenue: Revenue) -> dict[str, int]:
    return {
        "turns": revenue.turns,
        "charged": revenue.charged,
        "would_be": revenue.would_be,
        "difference": revenue.would_be - revenue.charged,
    }


def _by_show(found: Simulation) -> dict[str, Revenue]:
    sums: dict[str, Revenue] = {}
    for key, revenue in found.by_character.items():
        of_show = sums.setdefault(_pair(key)[0], Revenue())
        of_show.turns += revenue.turns
        of_show.charged += revenue.charged
        of_show.would_be += revenue.would_be
    return dict(sorted(sums.items()))


def _pair(key: tuple[str, str] | str) -> tuple[str, str]:
    return (key, "") if isinstance(key, str) else key
