"""A trial as its page shows it: charts and tables beside them. Figures are worded here and reckoned in `billing`."""

from __future__ import annotations

from dataclasses import dataclass

from billing.impact import Cohort, CohortChange, Impact, Margin
from billing.whatif import REST, Revenue, Simulation
from billing.wording import day, price_of
from gateway.desk.charts import Chart, Series, bars, spreads, thousandths


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One line of who pays more."""

    name: str
    change: CohortChange
    mean: str
    interval: str


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One figure of money, as it was and as it would have been."""

    name: str
    was: str
    would_be: str


@dataclass(frozen=True, slots=True)
class TrialView:
    """All of the page."""

    found: Simulation
    unvalued: int
    days: tuple[tuple[str, Revenue], ...]
    characters: tuple[tuple[str, str, Revenue], ...]
    cohorts: tuple[CohortRow, ...]
    whole: CohortRow
    money: tuple[tuple[str, tuple[MoneyRow, ...]], ...]
    by_day: Chart
    by_character: Chart
    by_cohort: Chart


def trial_view(impact: Impact) -> TrialView:
    """What was found, for people."""
    found = impact.simulation
    days = sorted((day(key) if isinstance(key, int) else REST, revenue) for key, revenue in found.by_day.items())
    characters = sorted(
        ((*_pair(key), revenue) for key, revenue in found.by_character.items()), key=lambda row: row[:2]
    )
    figures = [revenue for _, _, revenue in characters]
    cohorts = tuple(_row(_named(cohort), change) for cohort, change in impact.cohorts.items())
    return TrialView(
        found=found,
        unvalued=impact.unvalued,
        days=tuple(days),
        characters=tuple(characters),
        cohorts=cohorts,
        whole=_row("All fans", impact.whole),
        money=tuple((margin.currency.upper(), _money(margin)) for margin in impact.whole.money),
        by_day=_beside("Credits by day", [name[5:] or name for name, _ in days], [revenue for _, revenue in days]),
        by_character=_beside("Credits by character", [name or show for show, name, _ in characters], figures),
        by_cohort=spreads(
            "Mean change per fan in credits, with its 95 of 100 interval",
            [(row.name, row.change.mean_milli, row.change.interval_milli) for row in cohorts],
        ),
    )


def _beside(title: str, names: list[str], revenues: list[Revenue]) -> Chart:
    was = Series("charged", [revenue.charged for revenue in revenues])
    return bars(title, names, (was, Series("would be", [revenue.would_be for revenue in revenues])))


def _row(name: str, change: CohortChange) -> CohortRow:
    interval = change.interval_milli
    told = f"{thousandths(interval[0])} to {thousandths(interval[1])}" if interval else "too few"
    return CohortRow(name, change, thousandths(change.mean_milli), told)


def _named(cohort: Cohort | None) -> str:
    if cohort is None:
        return REST
    return f"{day(cohort.joined_from_ms)}, {'paid' if cohort.pays else 'gifts'}"


def _money(margin: Margin) -> tuple[MoneyRow, ...]:
    rows = (
        ("Revenue", margin.revenue, margin.revenue_would_be),
        ("Rights’ share", margin.rights_share, margin.rights_share_would_be),
        ("Store", margin.store_cost, margin.store_cost_would_be),
        ("Model", margin.model_cost, margin.model_cost),
        ("Voice", margin.voice_cost, margin.voice_cost),
        ("Margin", margin.margin, margin.margin_would_be),
    )
    currency = margin.currency
    return tuple(
        MoneyRow(name, price_of(currency, was) or "", price_of(currency, anew) or "") for name, was, anew in rows
    )


def _pair(key: tuple[str, str] | str) -> tuple[str, str]:
    return (key, "") if isinstance(key, str) else key
