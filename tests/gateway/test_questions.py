"""What fans ask about is told in numbers that no single fan can be found in, and in no word of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.units import DAY_MS
from characters.canon import Term
from gateway.adapters import sql_questions
from gateway.bootstrap import Store, now_ms, open_store
from gateway.curiosity import FANS_MIN, Asked, Curiosity, Tally, subjects_of
from memory.types import ASIDE
from tests.gateway.builders import settings_of
from tests.gateway.commands import Encore
from tests.gateway.story import SHOW
from tests.gateway.test_store_contract import conversation

SUBJECTS = {"Tamsin Orr": ("Tamsin Orr", "TAMSIN", "Tam"), "Zephyr House": ("Zephyr House",), "灯笼": ("灯笼",)}


def rows(messages: Sequence[Asked]) -> tuple[Curiosity, ...]:
    tally = Tally(SUBJECTS)
    for asked in messages:
        tally.add(asked)
    return tally.rows()


def by(fans: int, text: str, episode: int = 3) -> list[Asked]:
    return [Asked(f"fan-{number}", episode, text) for number in range(fans)]


def test_a_row_needs_enough_different_fans_however_often_one_of_them_asks() -> None:
    assert rows(by(FANS_MIN - 1, "Who is Tamsin?") * 50) == ()
    assert rows(by(FANS_MIN, "Who is Tamsin?") * 2) == (Curiosity(3, "Tamsin Orr", FANS_MIN, 2 * FANS_MIN),)


def test_fans_of_different_episodes_do_not_hide_each_other() -> None:
    assert rows([*by(FANS_MIN - 1, "Tam?", 2), *by(FANS_MIN - 1, "Tam?", 3)]) == ()


def test_something_is_found_by_whatever_it_is_called_and_counted_once_in_a_message() -> None:
    said = ["tam, TAMSIN and Tamsin Orr!", "what does Tam’s shop sell", "Zephyr house?", "那个灯笼"]
    found = rows([asked for text in said for asked in by(FANS_MIN, text)])
    assert [(row.subject, row.messages) for row in found] == [
        ("Tamsin Orr", 2 * FANS_MIN),
        ("Zephyr House", FANS_MIN),
        ("灯笼", FANS_MIN),
    ]


@pytest.mark.parametrize("text", ["Tamarind?", "a zephyr", "the house", "", "¿?"])
def test_a_part_of_a_name_is_another_word(text: str) -> None:
    assert rows(by(FANS_MIN, text)) == ()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 2), st.sampled_from(["Tam", "Zephyr House", "rain"]))))
def test_no_row_ever_stands_for_fewer_fans(asked: list[tuple[int, int, str]]) -> None:
    messages = [Asked(f"fan-{fan}", episode, text) for fan, episode, text in asked]
    for row in rows(messages):
        name = {"Tamsin Orr": "Tam"}.get(row.subject, row.subject)
        fans = {m.fan for m in messages if (m.episode, m.text) == (row.episode, name)}
        assert row.fans == len(fans) >= FANS_MIN


def test_a_term_that_is_a_characters_name_is_told_under_the_character() -> None:
    assert subjects_of([Term("Zephyr House", 3)], ()) == {"Zephyr House": ["Zephyr House"]}


async def written(store: Store, *, fans: int, text: str, at_ms: int, status: str = "completed", first: int = 0) -> None:
    """So many fans said this."""
    async with store.units.begin() as unit:
        for number in range(first, first + fans):
            talk = conversation(number, fan=f"demo/fan-{number}", created_at_ms=min(at_ms, 1_000))
            if await unit.conversations.find(talk.fan, talk.show, talk.character, talk.mode) is None:
                await unit.conversations.add(talk)
            turn = f"t-{number}-{at_ms}-{status}-{len(text)}"
            await unit.transcripts.begin(talk.id, turn, fan_text=text, horizon=2, now_ms=at_ms)
            await unit.transcripts.finish(turn, reply_text="Mind the step.", status="completed")
            if status in ASIDE:
                await unit.transcripts.put_aside(turn, status=status)


async def test_every_message_of_the_period_is_read_once_over_many_pages(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_questions, "PAGE", 3)
    await written(empty_store, fans=7, text="Who leaks?", at_ms=1_000)  # all in one millisecond
    await written(empty_store, fans=5, text="And who mends?", at_ms=2_000)
    await written(empty_store, fans=2, text="too early", at_ms=999)
    await written(empty_store, fans=2, text="too late", at_ms=3_000)
    read = [asked async for asked in empty_store.questions.about(SHOW, from_ms=1_000, until_ms=3_000)]
    assert sorted((asked.fan, asked.text) for asked in read) == sorted(
        [(f"demo/fan-{n}", "Who leaks?") for n in range(7)] + [(f"demo/fan-{n}", "And who mends?") for n in range(5)]
    )
    assert [asked async for asked in empty_store.questions.about("another", from_ms=0, until_ms=9_000)] == []


async def test_a_cry_for_help_is_never_counted_by_what_it_names(empty_store: Store) -> None:
    for status in sorted(ASIDE):
        await written(empty_store, fans=1, text="Tamsin, help", at_ms=1_000, status=status)
    assert [asked async for asked in empty_store.questions.about(SHOW, from_ms=0, until_ms=9_000)] == []


async def seeded(data_dir: Path) -> None:
    yesterday = now_ms() - DAY_MS
    async with open_store(settings_of(data_dir)) as store:
        await written(store, fans=FANS_MIN, text="Is Gideon at Zephyr House?", at_ms=yesterday)
        await written(store, fans=FANS_MIN - 1, text="What about Tamsin?", at_ms=yesterday)


def test_the_command_tells_numbers_and_no_words(encore: Encore, data_dir: Path) -> None:
    asyncio.run(seeded(data_dir))
    done = encore("show", "questions", SHOW, "--json")
    assert done.status == 0
    told = [(row["episode"], row["subject"], row["fans"]) for row in done.json["rows"]]
    assert (2, "Zephyr House", FANS_MIN) in told
    assert all("Tamsin" not in subject for _, subject, _ in told)
    plain = encore("show", "questions", SHOW).out
    assert "Zephyr House" in plain
    assert "What about" not in plain


@pytest.mark.parametrize(
    "period",
    [
        ("--to", "2999-01-01"),
        ("--from", "2026-01-02", "--to", "2026-01-01"),
        ("--from", "2020-01-01", "--to", "2026-01-01"),
        ("--from", "2026-01-01T10:00"),
        ("--to", str((datetime.now(UTC) + timedelta(hours=1)).date())),
    ],
)
def test_a_period_is_whole_days_that_are_over(encore: Encore, period: tuple[str, ...]) -> None:
    done = encore("show", "questions", SHOW, *period)
    assert (done.status, done.out) == (2, "")
    assert "Invalid value for --" in done.err
