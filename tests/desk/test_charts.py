"""Charts: every figure is drawn to scale within its frame, whatever the figures are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.desk.charts import HEIGHT, LABELS_MAX, WIDTH, Series, bars, short, spreads, thousandths

figures = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=40)


@given(figures)
def test_bars_lie_within_the_frame_and_are_as_long_as_their_figures(values: list[int]) -> None:
    chart = bars("t", [str(n) for n in range(len(values))], (Series("a", values),))
    assert len(chart.bars) == len(values)
    assert len(chart.labels) <= LABELS_MAX
    low, high = min((0, *values)), max((0, *values))
    for bar, value in zip(chart.bars, values, strict=True):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
        scale = (HEIGHT - 12 - 28) / max(high - low, 1)
        assert bar.height == pytest.approx(abs(value) * scale, abs=0.2)
        assert (bar.y < chart.zero - 0.2) <= (value > 0)
    assert all(0 <= y <= HEIGHT for y, _ in chart.ticks)
    assert "0" in {label for _, label in chart.ticks}


def test_nothing_is_drawn_of_nothing() -> None:
    chart = bars("t", [], (Series("a", []),))
    assert (chart.bars, chart.labels) == ((), ())


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**5)), min_size=1, max_size=9))
def test_a_mean_lies_in_the_middle_of_its_interval(rows: list[tuple[int, int]]) -> None:
    chart = spreads("t", [(str(n), mean, (mean - half, mean + half)) for n, (mean, half) in enumerate(rows)])
    for spread in chart.spreads:
        assert 0 <= spread.low <= spread.middle <= spread.high <= WIDTH
        assert spread.middle == pytest.approx((spread.low + spread.high) / 2, abs=0.2)
        assert spread.y < chart.height


def test_a_mean_without_an_interval_is_a_point_and_says_nothing_of_one() -> None:
    (spread,) = spreads("t", [("few", 250, None)]).spreads
    assert (spread.low, spread.high, spread.told) == (spread.middle, spread.middle, "few: 0.25")


@pytest.mark.parametrize(
    ("value", "told"), [(0, "0"), (3_000, "3"), (-250, "-0.25"), (1_001, "1.001"), (-12_340, "-12.34")]
)
def test_thousandths_are_told_without_idle_decimals(value: int, told: str) -> None:
    assert thousandths(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(999, "999"), (1_500, "1.5k"), (-2_000_000, "-2M"), (3 * 10**9, "3G"), (0, "0")]
)
def test_large_figures_are_told_in_short(value: int, told: str) -> None:
    assert short(value) == told
