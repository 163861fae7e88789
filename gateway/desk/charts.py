"""Charts as SVG, drawn on the server: no script, no style of their own, and never without the table they stand beside.

Pure: figures in, shapes out. Colours and strokes are classes of `desk.css`, so that light and dark and print fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 12, 28
LABELS_MAX = 8
TICKS = 4


@dataclass(frozen=True, slots=True)
class Series:
    """Figures under one name; as many as the chart has places."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle: which series it is of, and where."""

    series: int
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean with its interval: three places on a line, and what is told of them."""

    y: float
    low: float
    middle: float
    high: float
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a template draws. `ticks` are (place, label) of the axis of figures, `labels` of that of places."""

    title: str
    names: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    labels: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...] = ()
    spreads: tuple[Spread, ...] = ()
    zero: float = 0
    width: int = WIDTH
    height: int = HEIGHT


def bars(title: str, places: Sequence[str], series: Sequence[Series]) -> Chart:
    """Bars beside each other at every place; figures may be negative."""
    assert all(len(each.values) == len(places) for each in series), "a figure for every place"
    figures = [value for each in series for value in each.values]
    low, high = _bounds(figures)
    plot = HEIGHT - TOP - BOTTOM

    def at(value: int) -> float:
        return round(TOP + plot * (high - value) / (high - low), 1)

    room = (WIDTH - LEFT - RIGHT) / max(len(places), 1)
    wide = room * 0.8 / max(len(series), 1)
    drawn = [
        Bar(
            series=number,
            x=round(LEFT + room * (place + 0.1) + wide * number, 1),
            y=min(at(value), at(0)),
            width=round(wide, 1),
            height=round(abs(at(value) - at(0)), 1),
            told=f"{places[place]}, {each.name}: {value:,}",
        )
        for number, each in enumerate(series)
        for place, value in enumerate(each.values)
    ]
    every = max(1, -(-len(places) // LABELS_MAX))
    labels = tuple((round(LEFT + room * (n + 0.5), 1), name) for n, name in enumerate(places) if n % every == 0)
    return Chart(title, tuple(each.name for each in series), _ticks(low, high, at), labels, tuple(drawn), zero=at(0))


def spreads(title: str, rows: Sequence[tuple[str, int, tuple[int, int] | None]]) -> Chart:
    """Means with their intervals, one line for each: (label, mean, interval), in thousandths."""
    figures = [value for _, mean, interval in rows for value in (mean, *(interval or ()))]
    low, high = _bounds(figures) if any(figures) else (0, 1_000)
    height, left = TOP + BOTTOM + 26 * len(rows), 170

    def at(value: int) -> float:
        return round(left + (WIDTH - left - RIGHT) * (value - low) / (high - low), 1)

    drawn = []
    for number, (label, mean, interval) in enumerate(rows):
        bounds = interval or (mean, mean)
        told = f"{label}: {thousandths(mean)}"
        told += f", between {thousandths(bounds[0])} and {thousandths(bounds[1])}" if interval else ""
        drawn.append(Spread(TOP + 26 * number + 13, at(bounds[0]), at(mean), at(bounds[1]), label, told))
    ticks = tuple((at(value), thousandths(value)) for value in _steps(low, high))
    return Chart(title, (), ticks, (), spreads=tuple(drawn), zero=at(0), height=height)


def thousandths(value: int) -> str:
    """A number of thousandths with its decimals, and none that say nothing: `-0.25`, `3`."""
    whole, part = divmod(abs(value), 1_000)
    decimals = f".{part:03}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{whole}{decimals}"


def _bounds(figures: Sequence[int]) -> tuple[int, int]:
    low, high = min((0, *figures)), max((0, *figures))
    return (low, high) if low < high else (0, 1)


def _steps(low: int, high: int) -> list[int]:
    """Round figures between the bounds, zero among them."""
    size = max(1, (high - low) // TICKS)
    digits = 10 ** (len(str(size)) - 1)
    step = max(1, next(digits * times for times in (1, 2, 5, 10) if digits * times >= size))
    return [value for value in range(low // step * step, high + step, step) if low <= value <= high]


def _ticks(low: int, high: int, at: object) -> tuple[tuple[float, str], ...]:
    assert callable(at)
    return tuple((at(value), short(value)) for value in _steps(low, high))


def short(value: int) -> str:
    """A figure for an axis: `1.2k`, `3M`."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return str(value)
