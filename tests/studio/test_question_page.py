"""What fans ask, on its page: numbers of enough fans over whole days, and not a word of theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from billing.units import DAY_MS
from gateway.bootstrap import now_ms
from gateway.curiosity import FANS_MIN
from tests.gateway.builders import House
from tests.gateway.test_questions import written
from tests.studio.team import AT, team_of


async def test_the_page_tells_what_enough_fans_spoke_of_and_no_words(house: House) -> None:
    yesterday = now_ms() - DAY_MS
    await written(house.store, fans=FANS_MIN, text="Is Gideon at Zephyr House?", at_ms=yesterday)
    await written(house.store, fans=FANS_MIN - 1, text="What about the Orrery?", at_ms=yesterday)
    await written(house.store, fans=FANS_MIN - 1, text="What does Tamsin sell?", at_ms=yesterday + 1)
    await written(house.store, fans=FANS_MIN, text="Where is Tamsin now?", at_ms=now_ms())  # the day is not over
    async with team_of(house) as team:
        page = (await team.ben.get(f"{AT}/questions")).text.replace("\n", "")
        row = f'<td class="num">2</td><td>{{}}</td><td class="num">{FANS_MIN}</td><td class="num">{FANS_MIN}</td>'
        assert row.format("Zephyr House") in page
        assert "Tamsin" not in page
        assert "What about" not in page
        long_ago = (await team.ben.get(f"{AT}/questions?since=2020-01-01&until=2020-01-31")).text
        assert "Nothing that enough fans spoke of" in long_ago


TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    "period",
    [
        f"until={TODAY + timedelta(days=1)}",
        "since=2026-01-02&until=2026-01-01",
        "since=2020-01-01&until=2022-01-01",
        "since=2026-01-01T10:00",
        "until=0001-01-01",
    ],
)
async def test_a_period_is_whole_days_that_are_over(house: House, period: str) -> None:
    async with team_of(house) as team:
        assert (await team.ana.get(f"{AT}/questions?{period}")).status_code == 422
