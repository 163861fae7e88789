"""`encore shield`: what the review of a reply would say of texts, as if the model had just said them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from characters.casting import find_cast
from characters.errors import CharactersError
from characters.release import ReleaseId
from gateway.bootstrap import Stage, Store, open_memory, open_store
from gateway.cli.canon import Show, batch_lines, cue_of, newest
from gateway.cli.console import print_json, run, settings
from gateway.shielding import Speaker, review_of


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(shield)


def shield(
    show: Show,
    batch: Annotated[
        Path, typer.Option(help="JSON lines {id, character, watched_episode, text}; - for standard input.")
    ],
) -> None:
    """Review each line of a batch as if it were a reply: {id, verdict, reason}, never what was found."""

    async def work() -> None:
        async with open_store(settings()) as store, open_memory(store) as stage:
            release = await newest(store, show)
            await stage.memory.index(release)
            await stage.shield.learn()
            for line in batch_lines(batch):
                print_json(await _reviewed(store, stage, release, line))

    run(work())


async def _reviewed(store: Store, stage: Stage, release: ReleaseId, line: bytes) -> dict[str, Any]:
    """One answer for one line; a bad line is answered with an `error` and the next one goes on."""
    try:
        asked = json.loads(line)
        identity, character, text = asked["id"], asked["character"], asked["text"]
        episode, question = asked["watched_episode"], asked.get("question", "")
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"id": None, "error": "this line is not {id, character, watched_episode, text}"}
    texts = all(isinstance(value, str) for value in (character, text, question))
    if not texts or not isinstance(episode, int) or isinstance(episode, bool) or episode < 0:
        return {"id": identity, "error": "character, text and question must be texts, watched_episode a number from 0"}
    try:
        speaker = await _speaker(store, release, character, episode)
    except CharactersError as error:
        return {"id": identity, "error": str(error)}
    review = review_of(stage.shield, await store.casting.release(release), speaker, episode, question)
    verdict = await review.whole(text)
    return {
        "id": identity,
        "verdict": "allowed" if verdict.allowed else "refused",
        "reason": verdict.rule or None,
    }


async def _speaker(store: Store, release: ReleaseId, name: str, episode: int) -> Speaker:
    """Who speaks, met or not yet; a cue of the script needs no sheet. Raises UnknownCharacter."""
    cast = find_cast(await store.catalogue.cast(release.show, published_only=False), name, episode)
    if cast is not None:
        return Speaker(cast.sheet.cue, cast.sheet.name)
    cue = await cue_of(store, release, name)
    return Speaker(cue, cue.title())
