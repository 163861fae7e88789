"""A show in which each of two characters knows what the other must not, and a model that speaks for both.

Everything that is only Tamsin's has a word that begins with `quill` in it, everything that is only Gideon's one that
begins with `oster`; the end of the word says where it stands. Neither is a word of any language.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from characters.importing import import_show
from gateway.bootstrap import Store, now_ms
from persona.errors import ModelFailed
from persona.types import ModelPart, Prompt, TextPart, UsagePart
from tests.gateway.builders import make_stage
from tests.gateway.client import Event, Talk

SHOW = "the-duet"
PRICE = 3
"""Credits of a message in a scene by the opening price."""
OWN = {"tamsin": re.compile(r"quill([a-z]+)"), "gideon": re.compile(r"oster([a-z]+)")}
KINDS = frozenset({"scene", "fact", "secret", "sheet", "want", "saying", "example", "lore"})

SCRIPT = """Title: The Duet
Episode: 1

INT. LAMP SHOP - DAY

TAMSIN mends a lamp. GIDEON stands in the door.

TAMSIN
Mind the step, Mr. Hallam, it has had better people than you.

GIDEON
I have come about the roof and the rent of the lane.

INT. CELLAR - NIGHT

TAMSIN
The quillscene lies under the third stone of the cellar, and nobody saw me.

INT. COUNTING HOUSE - NIGHT

GIDEON
The osterscene is entered in the ledger of the lane, in my own hand.
"""
CANON = """
- {id: F1, text: Tamsin hid the quillfact in the cellar., subject: TAMSIN, episode_aired: 1, known_by: {TAMSIN: 0}}
- {id: F2, text: Gideon forged the osterfact of the lane., subject: GIDEON, episode_aired: 1, known_by: {GIDEON: 0}}
"""
WITHHELD = "Zephyr House"
TERMS = """
1: {people: ["Tamsin Orr", "Gideon Hallam"]}
3: {places: ["Zephyr House"]}
"""
LATER = "Title: The Duet\nEpisode: 3\n\nINT. HALL - DAY\n\nGIDEON\nZephyr House is mine.\n\nTAMSIN\nIt burns.\n"
GREETINGS = {"tamsin": "Mind the step.", "gideon": "Sit."}
LINES = {"tamsin": "Ask me about lamps, number", "gideon": "The lane is mine, number"}
NAMES = {"tamsin": "Tamsin Orr", "gideon": "Gideon Hallam"}
DEFLECTIONS = {"tamsin": "Hold this screw.", "gideon": "That is not on the list."}


def sheet(slug: str, name: str, mark: str, kept_from: str) -> dict[str, Any]:
    """A sheet that has a word of its own in every part of it."""
    return {
        "slug": slug,
        "name": name,
        "cue": slug.upper(),
        "tagline": "Somebody of the lane.",
        "essence": f"You are {name}, of the lane.",
        "voice": {"description": "Dry.", "says": [{"text": f"By the {mark}saying."}]},
        "wants": [{"text": f"You want the {mark}want back."}],
        "secrets": [{"text": f"You stole the {mark}secret.", "kept_from": [kept_from]}],
        "facts": [{"text": f"You own the {mark}sheet."}],
        "greetings": [{"text": GREETINGS[slug]}],
        "deflections": [{"text": DEFLECTIONS[slug]}],
        "goodbyes": [{"text": f"Go well, says {name}."}],
        "examples": [{"fan": "What is it?", "reply": f"Only the {mark}example."}],
        "lore": {"entries": [{"text": f"There is the {mark}lore.", "constant": True}]},
    }


async def import_duet(store: Store, folder: Path) -> None:
    """Import and publish it."""
    (folder / "episodes").mkdir(parents=True)
    (folder / "characters").mkdir()
    (folder / "episodes" / "ep1.fountain").write_text(SCRIPT, encoding="utf-8")
    (folder / "episodes" / "ep3.fountain").write_text(LATER, encoding="utf-8")
    (folder / "canon.yaml").write_text(CANON, encoding="utf-8")
    (folder / "terms.yaml").write_text(TERMS, encoding="utf-8")
    for one in (sheet("tamsin", "Tamsin Orr", "quill", "Gideon"), sheet("gideon", "Gideon Hallam", "oster", "Tamsin")):
        (folder / "characters" / f"{one['slug']}.yaml").write_text(yaml.safe_dump(one), encoding="utf-8")
    imported = await import_show(store.catalogue, folder, SHOW, now_ms=now_ms())
    await store.catalogue.publish_release(imported.release_id, now_ms=now_ms())
    for slug in imported.sheets:
        await store.catalogue.publish_character(SHOW, slug, author="ana", approver="ben", now_ms=now_ms())
    await make_stage(store).memory.index(imported.release_id)


def marks_of(slug: str, text: str) -> set[str]:
    """Where in the show the words stand that are only this character's, of those in a text."""
    return set(OWN[slug].findall(text.casefold()))


@dataclass(frozen=True)
class Asked:
    """A request to the model, and whose it was."""

    speaker: str
    prompt: Prompt

    @property
    def text(self) -> str:
        """Every word that the model was sent."""
        return "\n".join(message.content for message in self.prompt.messages)

    @property
    def manifest(self) -> str:
        """Every word of the manifest, blocks that stayed out too."""
        blocks = self.prompt.manifest.blocks
        return "\n".join(f"{one.name} {one.source} {one.reason} {one.text}" for one in blocks)


Line = str | ModelFailed | None


@dataclass
class DuetModel:
    """Says what `says` has for who is asked; of None it waits for `going_on` after the first sentence."""

    says: Callable[[str, int], Line]
    name: str = "duet"
    is_silent: bool = False
    """Whether nothing comes at all until `going_on`."""
    asked: list[Asked] = field(default_factory=list)
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    going_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        """See ChatModel."""
        speaker = prompt.stage.brief.sheet.slug
        self.asked.append(Asked(speaker, prompt))
        said = self.says(speaker, sum(one.speaker == speaker for one in self.asked))
        if self.is_silent:
            self.stalled.set()
            await self.going_on.wait()
        if isinstance(said, ModelFailed):
            raise said
        if said is None:
            yield TextPart(f"A sentence of {speaker}'s to begin with. And")
            self.stalled.set()
            await self.going_on.wait()
            said = " a second one."
        yield TextPart(said)
        yield UsagePart(100, len(said.split()))

    def of(self, speaker: str) -> list[Asked]:
        """What was asked of one character."""
        return [one for one in self.asked if one.speaker == speaker]

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to release."""


def line(slug: str, number: int) -> str:
    """What a character says to their so many-eth request, unless the test says otherwise."""
    return f"{LINES[slug]} {number}."


async def scene(talk: Talk, character: str = "tamsin", partner: str = "gideon") -> Event:
    """`conversation.opened` of the two together."""
    return await talk.open(SHOW, character, mode="scene", **{"with": partner})


async def begun(talk: Talk) -> str:
    """The conversation of the two."""
    return str((await scene(talk))["conversation"])


def spoken(events: Iterable[Event]) -> list[tuple[str | None, str]]:
    """Who said what, by the deltas."""
    parts: list[tuple[str | None, str]] = []
    for event in events:
        if event["type"] == "reply.delta":
            if not parts or parts[-1][0] != event.get("speaker"):
                parts.append((event.get("speaker"), ""))
            parts[-1] = (parts[-1][0], parts[-1][1] + event["text"])
    return [(speaker, text.strip()) for speaker, text in parts]
