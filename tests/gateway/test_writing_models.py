"""The model that writes for us, as the settings have it: notes and summaries over real HTTP, and rules without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import Store, make_remembrance, make_summarising, open_scribe, open_store
from gateway.errors import InvalidSetting
from tests.fakes.openai_server import Behaviour, OpenAIServer, openai_server
from tests.gateway.builders import make_stage, settings_of
from tests.gateway.test_notes import OWNER
from tests.gateway.test_summaries import chat, summaries_of, talked
from tests.persona.test_note_reading import answer, said

WORDS = "Down by the harbour of Lima is where I sleep these days."
"""No rule reads it."""


class Writing(OpenAIServer):
    """Reads one message, and tells every talk in the same words."""

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        if "response_format" not in request:
            return Behaviour(text="Fan sleeps by a harbour.")
        quoted = WORDS in request["messages"][-1]["content"]
        return Behaviour(text=answer(said(quote="harbour of Lima is where I sleep")) if quoted else answer())


async def remembered_and_told(store: Store) -> tuple[list[str], str]:
    """The notes of a fan who said WORDS long ago, and who wrote the summary of it."""
    async with open_scribe(store.settings) as scribe:
        stage = make_stage(store)
        conversation = await talked(store, *chat(WORDS))
        async with store.units.begin() as unit:
            await unit.notes.tell(OWNER, f"{conversation[:12]}-1000", now_ms=1)
        await make_remembrance(store, stage, scribe).catch_up()
        await make_summarising(store, stage, scribe).catch_up()
    async with store.units.read() as unit:
        notes = [note.value for note in await unit.notes.of_owner(OWNER)]
    (summary,) = await summaries_of(store, conversation)
    return notes, summary.written_by


@pytest.mark.parametrize(
    ("changes", "notes", "wrote"),
    [
        ({"NOTES_MODEL": "model"}, ["lima"], "openai:scripted"),
        ({}, [], "openai:scripted"),
        ({"NOTES_MODEL": "model", "SUMMARIES_MODEL": "rules"}, ["lima"], "rules"),
        ({"SUMMARIES_MODEL": "rules"}, [], "rules"),
        ({"MODEL": "scripted"}, [], "rules"),
    ],
)
async def test_what_reads_and_what_writes_is_what_the_settings_say(
    data_dir: Path, changes: dict[str, str], notes: list[str], wrote: str
) -> None:
    async with openai_server(Writing()) as server:
        hosted = {"MODEL": "openai:scripted", "MODEL_BASE_URL": server.url}
        async with open_store(settings_of(data_dir, **{**hosted, **changes})) as store:
            assert await remembered_and_told(store) == (notes, wrote)
        assert bool(server.requests) == (notes != [] or wrote != "rules")


@pytest.mark.parametrize("model", ["local", "scripted", "gguf:/some/file"])
def test_notes_cannot_be_read_by_a_model_that_only_performs(tmp_path: Path, model: str) -> None:
    with pytest.raises(InvalidSetting, match="ENCORE_NOTES_MODEL"):
        settings_of(tmp_path, MODEL=model, NOTES_MODEL="model")
