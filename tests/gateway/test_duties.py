"""What is owed where: the strictest of what applies, all of it where nobody said, never less than the house asks."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.disclosure import HOUR_MS, disclosure_policy
from gateway.duties import Duties, DutyTable, Row, duty_table, strictest

TODAY = datetime.date(2026, 11, 25)
GUIDE = Path(__file__).parents[2] / "docs/safety.md"
DUTIES = st.builds(
    Duties,
    told_every_h=st.none() | st.integers(1, 9),
    minors_told_every_h=st.none() | st.integers(1, 9),
    crisis_protocol=st.booleans(),
    yearly_report=st.booleans(),
)


def row(name: str, where: str, duties: Duties, since: str = "2026-01-01") -> Row:
    day = datetime.date.fromisoformat(since)
    return Row(id=name, where=(where,), from_=day, source="s", checked=None, duties=duties)


TABLE = DutyTable(
    version="t",
    rows=(
        row("house", "*", Duties(told_every_h=3)),
        row("state", "US-CA", Duties(told_every_h=2)),
        row("later", "US-CA", Duties(yearly_report=True), "2027-07-01"),
        row("country", "CN", Duties(audio_marked=True)),
    ),
)


@pytest.mark.parametrize(
    ("region", "day", "owed"),
    [
        ("US-CA", "2026-11-25", Duties(told_every_h=2)),
        ("US-CA", "2027-06-30", Duties(told_every_h=2)),
        ("US-CA", "2027-07-01", Duties(told_every_h=2, yearly_report=True)),
        ("US-CA-LA", "2026-11-25", Duties(told_every_h=2)),
        ("CN", "2026-11-25", Duties(told_every_h=3, audio_marked=True)),
        ("", "2026-11-25", Duties(told_every_h=2, audio_marked=True)),
        ("BR", "2027-07-01", Duties(told_every_h=2, audio_marked=True, yearly_report=True)),
        ("US", "2026-11-25", Duties(told_every_h=2, audio_marked=True)),
        ("CNX", "2025-12-31", Duties()),
    ],
)
def test_the_strictest_of_what_applies_on_that_day_is_owed(region: str, day: str, owed: Duties) -> None:
    assert TABLE.owed(region, datetime.date.fromisoformat(day)) == owed


@given(st.lists(DUTIES, max_size=5), DUTIES)
def test_one_more_duty_never_makes_less_owed(duties: list[Duties], more: Duties) -> None:
    before, after = strictest(duties), strictest([*duties, more])
    for hours in ("told_every_h", "minors_told_every_h"):
        old, new = getattr(before, hours), getattr(after, hours)
        assert old is None or new <= old
    assert after.crisis_protocol >= before.crisis_protocol
    assert after.yearly_report >= before.yearly_report


@given(st.sampled_from(["", "US-CA", "US-NY", "DE", "CN", "BR", "XX-1"]))
def test_nowhere_is_less_owed_than_the_house_asks(region: str) -> None:
    owed = duty_table().owed(region, TODAY)
    assert (owed.told_every_h, owed.minors_told_every_h) == (3, 1)
    assert owed.crisis_protocol
    assert owed.audio_marked
    assert owed.minors_no_sexual_content


def test_the_clock_of_the_disclosure_follows_the_table() -> None:
    now_ms = int(datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC).timestamp() * 1000)
    policy = disclosure_policy()
    for age, hours in (("adult", 3), ("unknown", 3), ("teen", 1)):
        told = now_ms - hours * HOUR_MS
        assert policy.is_due(age, "US-CA", told_at_ms=told, now_ms=now_ms)  # type: ignore[arg-type]
        assert not policy.is_due(age, "", told_at_ms=told + 1, now_ms=now_ms)  # type: ignore[arg-type]


def test_the_guide_has_every_row() -> None:
    told = re.findall(r"^\| `([\w-]+)` \| .* \| (\d{4}-\d\d-\d\d) \|$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [(one.id, one.from_.isoformat()) for one in duty_table().rows]
