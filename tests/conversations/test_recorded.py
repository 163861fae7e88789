"""Sixty conversations, each against its recording: every path that one can take, with the manifest of every prompt."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.conversations.playing import played
from tests.conversations.script import FOLDER, PATHS, Conversation, conversations

SCRIPTS = conversations()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.name))
async def test_a_conversation_goes_as_it_was_recorded(script: Conversation, data_dir: Path) -> None:
    """After a change that is meant: `python -m tests.conversations`, and read what differs."""
    recorded = json.loads(script.golden.read_text(encoding="utf-8"))
    assert await played(script, data_dir) == recorded


def test_there_are_sixty_and_every_path_is_taken() -> None:
    assert len(SCRIPTS) >= 60
    assert max(Counter(script.name for script in SCRIPTS).values()) == 1
    assert {path for script in SCRIPTS for path in script.paths} == PATHS
    assert {path.stem for path in (FOLDER / "golden").glob("*.json")} == {script.name for script in SCRIPTS}
