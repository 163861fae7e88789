"""Every scenario, each on a gateway of its own."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import gateway.assembly as assembly
from gateway.bootstrap import now_ms
from tests.chaos.scenarios import crowds, model_faults, stores
from tests.chaos.scenarios.model_faults import Fault
from tests.chaos.scenarios.stage import staged

SEED = 20_261_125


@pytest.mark.parametrize(
    ("fault", "reader"), model_faults.SCENARIOS, ids=lambda part: part if isinstance(part, str) else part.name
)
async def test_whatever_the_model_does_a_turn_ends_once(data_dir: Path, fault: Fault, reader: str) -> None:
    async with staged(data_dir, SEED) as stage:
        await model_faults.play(stage, fault, reader)


@pytest.mark.parametrize("name", crowds.SCENARIOS)
async def test_whatever_readers_do_every_word_arrives(data_dir: Path, name: str) -> None:
    async with staged(data_dir, SEED, FIRST_TOKEN_S="30", BETWEEN_TOKENS_S="30") as stage:
        await crowds.SCENARIOS[name](stage)


@pytest.mark.parametrize("name", stores.SCENARIOS)
async def test_whatever_the_database_does_the_books_add_up(data_dir: Path, name: str) -> None:
    async with staged(data_dir, SEED, FIRST_TOKEN_S="30", BETWEEN_TOKENS_S="30") as stage:
        await stores.SCENARIOS[name](stage)


@pytest.mark.parametrize("step_s", [3_600, -3_600, 90_000, -5])
async def test_a_step_of_the_clock_in_mid_reply_loses_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, step_s: int
) -> None:
    stepped = itertools.chain([0] * 12, itertools.repeat(step_s * 1000))
    monkeypatch.setattr(assembly, "now_ms", lambda: now_ms() + next(stepped))
    async with staged(data_dir, SEED, FIRST_TOKEN_S="30", BETWEEN_TOKENS_S="30") as stage:
        await crowds.several_turns(stage)
