"""Scripted talks for measuring what is remembered: things a fan says, small talk between them, and a question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from memory.extracting import extract
from memory.note_recall import Remembered, prepare_talk, remember
from memory.notes import Note, Owner, merged
from memory.ports import Embedder
from memory.types import Exchange

SETS = Path(__file__).parents[1] / "data" / "notes"
OWNER = Owner("demo/mara", "the-roof", "tamsin")
SMALL_TALK = (
    "Is the roof still leaking?",
    "That scene made me laugh.",
    "What happened next?",
    "你好呀",
    "Qué bonita escena.",
    "I watched it twice.",
    "Who sent the crate?",
    "Good night!",
)
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Script:
    """One line of a set; `current` is in the note that must come first."""

    id: str
    said: tuple[str, ...]
    question: str
    current: str = ""


def read_scripts(path: Path) -> list[Script]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Script(row["id"], tuple(row["said"]), row["question"], row.get("current", "")) for row in rows]


def notes_after(messages: tuple[str, ...]) -> tuple[Note, ...]:
    """The notes that these messages leave, one turn an hour."""
    book: dict[str, Note] = {}
    for number, message in enumerate(messages):
        changes = merged(
            tuple(book.values()),
            extract(message),
            owner=OWNER,
            turn=f"t{number}",
            horizons={},
            at_ms=(number + 1) * HOUR_MS,
        )
        book |= {note.id: note for note in changes.kept}
        for gone in changes.removed:
            del book[gone]
    return tuple(book.values())


async def remembered_of(script: Script, embedder: Embedder) -> Remembered:
    """What comes to mind for the script's question."""
    messages = (script.said[0], *SMALL_TALK[:4], *script.said[1:], *SMALL_TALK[4:])
    notes = notes_after(messages)
    said = [
        Exchange(f"t{number}", message, "Mind the step.", "completed", 1, (number + 1) * HOUR_MS)
        for number, message in enumerate(messages)
    ]
    talk = prepare_talk(said)
    vectors = await embedder.passages([note.text for note in notes])
    spoken = await embedder.passages([one.text for one in talk.said.utterances])
    return remember(
        script.question,
        await embedder.query(script.question),
        notes,
        np.stack(vectors) if vectors else np.zeros((0, embedder.dims), dtype=np.float32),
        talk,
        np.stack(spoken),
        horizon=1,
        now_ms=(len(messages) + 1) * HOUR_MS,
    )
