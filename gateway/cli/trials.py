"""How `encore prices simulate` tells what a price would have brought."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from billing.impact import Cohort, CohortChange, Impact, Margin
from billing.whatif import REST, Revenue, Simulation
from billing.wording import day, price_of
from gateway.cli.console import out, print_table


def trial_json(impact: Impact) -> dict[str, Any]:
    """All of it; a group that stands for the rest of too many has the name “…”. Money is in millionths."""
    found = impact.simulation
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
        "unvalued": impact.unvalued,
        "money": [_money_json(margin) for margin in impact.whole.money],
        "cohorts": [_cohort_json(cohort, change) for cohort, change in impact.cohorts.items()],
    }


def tell_trial(impact: Impact) -> None:
    """Print the tables and the sentences."""
    found = impact.simulation
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
    print_table(
        ("joined", "pays", "fans", "more", "less", "charged", "would be", "mean change", "95 of 100"),
        (_cohort_row(cohort, change) for cohort, change in impact.cohorts.items()),
    )
    if impact.whole.money:
        print_table(
            ("money", "revenue", "rights share", "store", "model cost", "voice cost", "margin"),
            (row for margin in impact.whole.money for row in _money_rows(margin)),
        )
    if impact.unvalued:
        out.print(f"{impact.unvalued} credits would fall on turns that were free; what they are worth is not known.")
    if found.unpriced:
        out.print(f"{found.unpriced} turns would have no price, and are counted as free.", markup=False)


def _figures(revenue: Revenue) -> dict[str, int]:
    return {
        "turns": revenue.turns,
        "charged": revenue.charged,
        "would_be": revenue.would_be,
        "difference": revenue.would_be - revenue.charged,
    }


def _cohort_json(cohort: Cohort | None, change: CohortChange) -> dict[str, Any]:
    interval = change.interval_milli
    return {
        "joined_from_ms": cohort.joined_from_ms if cohort else None,
        "pays": cohort.pays if cohort else None,
        "fans": change.fans,
        "paying_more": change.paying_more,
        "paying_less": change.paying_less,
        "paying_the_same": change.paying_the_same,
        "charged": change.charged,
        "would_be": change.would_be,
        "mean_change_milli": change.mean_milli,
        "interval_milli": list(interval) if interval else None,
        "money": [_money_json(margin) for margin in change.money],
    }


def _money_json(margin: Margin) -> dict[str, Any]:
    return {
        **asdict(margin),
        "store_cost": margin.store_cost,
        "store_cost_would_be": margin.store_cost_would_be,
        "margin": margin.margin,
        "margin_would_be": margin.margin_would_be,
    }


def _cohort_row(cohort: Cohort | None, change: CohortChange) -> tuple[object, ...]:
    joined, pays = (day(cohort.joined_from_ms), "yes" if cohort.pays else "no") if cohort else (REST, REST)
    interval = change.interval_milli
    spread = f"{_milli(interval[0])} to {_milli(interval[1])}" if interval else None
    who = (joined, pays, change.fans, change.paying_more, change.paying_less)
    return (*who, change.charged, change.would_be, _milli(change.mean_milli), spread)


def _money_rows(margin: Margin) -> tuple[tuple[object, ...], ...]:
    def told(*figures: int) -> tuple[str | None, ...]:
        return tuple(price_of(margin.currency, figure) for figure in figures)

    costs = (margin.model_cost, margin.voice_cost)
    was = told(margin.revenue, margin.rights_share, margin.store_cost, *costs, margin.margin)
    anew = told(
        margin.revenue_would_be,
        margin.rights_share_would_be,
        margin.store_cost_would_be,
        *costs,
        margin.margin_would_be,
    )
    return ("as it was", *was), ("would be", *anew)


def _milli(thousandths: int) -> str:
    whole, part = divmod(abs(thousandths), 1_000)
    return f"{'-' if thousandths < 0 else ''}{whole}.{part:03}"


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
