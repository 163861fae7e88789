"""A small chaos run, with a fixed seed: what `make chaos` does at length. The full one is `python -m tests.chaos`."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.plan import SMALL
from tests.chaos.run import chaos
from tests.chaos.summary import summary

SEED = 7


async def test_after_kills_lost_connections_and_a_moody_model_every_credit_is_accounted_for(
    postgres_url: str, tmp_path: Path
) -> None:
    outcome = await chaos(SEED, SMALL, postgres_url, tmp_path, patient=False)
    told = summary(outcome)
    assert outcome.found == (), told
    # A run in which nothing broke and nobody spoke would find nothing wrong either.
    assert len(outcome.evidence.turns) >= SMALL.turns // 2, told
    for broken in (
        "kills",
        "connections dropped",
        "database connections cut",
        "silences of live events",
        "purchases paid",
        "webhooks applied",
    ):
        assert outcome.tally[broken] > 0, told
    assert {"completed", "failed"} <= {turn.state for turn in outcome.evidence.turns}, told
