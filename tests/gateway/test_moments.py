"""Days and moments as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.wording import moment
from gateway.moments import end_ms, first_ms

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("written", "first", "end"),
    [
        ("1970-01-01", 0, DAY_MS),
        ("2027-01-15", 1_799_971_200_000, 1_800_057_600_000),
        (" 2027-01-15 ", 1_799_971_200_000, 1_800_057_600_000),
        (date(2027, 1, 15), 1_799_971_200_000, 1_800_057_600_000),
        ("2027-01-15T08:00", 1_800_000_000_000, 1_800_000_000_000),
        ("2027-01-15T08:00:00Z", 1_800_000_000_000, 1_800_000_000_000),
        ("2027-01-15T10:00:00.007+02:00", 1_800_000_000_007, 1_800_000_000_007),
        (datetime(2027, 1, 15, 8, tzinfo=UTC), 1_800_000_000_000, 1_800_000_000_000),
        ("2027-01-15T00:00", 1_799_971_200_000, 1_799_971_200_000),
    ],
)
def test_a_day_is_all_of_it_and_a_moment_is_itself(written: str | date | datetime, first: int, end: int) -> None:
    assert (first_ms(written), end_ms(written)) == (first, end)


@pytest.mark.parametrize("written", ["", "today", "2027", "2027-1-15", "2027-02-30", "1969-12-31", "2027-01-15T25:00"])
def test_what_is_no_day_is_refused(written: str) -> None:
    for read in (first_ms, end_ms):
        with pytest.raises(ValueError, match="is not a day"):
            read(written)


def test_a_moment_that_an_offset_moves_out_of_the_calendar_is_refused() -> None:
    for written in ("0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"):
        with pytest.raises(ValueError, match="is not a day"):
            first_ms(written)


@given(st.integers(0, 4_000_000_000))
def test_what_is_printed_reads_back(seconds: int) -> None:
    assert first_ms(moment(seconds * 1000).replace(" UTC", "Z")) == seconds * 1000
