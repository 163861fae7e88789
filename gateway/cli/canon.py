"""`encore ask` and `encore recall`: looking at what a character can recall and would say, unbilled."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from characters.casting import find_cast
from characters.errors import CharactersError, UnknownCharacter
from characters.release import Cast, ReleaseId
from gateway.bootstrap import Stage, Store, make_feelings, make_replies, open_memory, open_model, open_store
from gateway.cli.console import AsJson, print_json, run, settings
from gateway.cli.explaining import (
    ask_json,
    crisis_json,
    explain_prompt,
    fixed_json,
    recall_json,
    tell_recall,
)
from gateway.crisis_protocol import crisis_protocol
from gateway.disclosure import disclosure_policy
from gateway.replies import PASSAGES_RECALLED, Prepared, Replies, ReplyRequest
from memory.types import Query, Recall, Viewpoint
from persona.hunches import Hunch
from persona.likeness import voice_share
from persona.types import Answering, Performed

Show = Annotated[str, typer.Option(help="The show's slug.")]
Character = Annotated[str, typer.Option(help="A slug, a name or an alias, in any case.")]
EpisodeOption = Annotated[int, typer.Option(help="The last episode the fan has watched.", min=0)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(ask)
    app.command()(recall)


def ask(
    question: Annotated[str, typer.Argument(help="What the fan writes.")],
    show: Show,
    character: Character,
    episode: EpisodeOption,
    explain: Annotated[bool, typer.Option(help="Show every block of the prompt, and what was withheld.")] = False,
    as_json: AsJson = False,
) -> None:
    """One turn in the terminal, unbilled."""

    async def work() -> None:
        async with (
            open_store(settings()) as store,
            open_memory(store) as stage,
            open_model(store.settings, stage) as model,
        ):
            cast, release = await _met(store, show, character, episode)
            if _told_instead(await make_feelings(stage).of(question), cast, model.name, as_json=as_json):
                return
            replies = make_replies(store, stage, model)
            await stage.memory.index(release)
            request = ReplyRequest("ask", cast, release, episode, (), question)
            prepared = await replies.prepare(request)
            if explain and not as_json:
                explain_prompt(prepared)
            text, end, answered = await _performed(replies, prepared, model.name, aloud=not as_json)
            share = None
            if explain:
                script = (await store.casting.release(release)).script
                share = voice_share(script, cast.sheet.cue, episode, text)
            if as_json:
                print_json(ask_json(prepared, text, end, answered, explain=explain, likeness=share))
                return
            sys.stdout.write("\n")
            if share is not None:
                sys.stdout.write(f"\n{share:.0%} of it sounds like {cast.sheet.name}, by the script so far.\n")

    run(work())


async def _performed(replies: Replies, prepared: Prepared, model: str, *, aloud: bool) -> tuple[str, Performed, str]:
    """The reply, written out as it comes when `aloud`; how it ended, and which model answered."""
    text, end, answered = "", Performed(refused=False), model
    async for event in replies.perform(prepared):
        if isinstance(event, Performed):
            end = event
        elif isinstance(event, Answering):
            answered = event.model
        else:
            text += event.text
            if aloud:
                sys.stdout.write(event.text)
                sys.stdout.flush()
    return text, end, answered


def _told_instead(hunch: Hunch, cast: Cast, model: str, *, as_json: bool) -> bool:
    """The fixed answer, as a fan would get it in place of a reply; False when there is to be a reply."""
    if hunch.danger is not None:
        answer = crisis_protocol().answer(hunch.danger, "en", "")
        told, printed = f"{answer.notice}\n\n{answer.text}", crisis_json(answer, model)
    elif hunch.sincere:
        told = disclosure_policy().asked("en", cast.sheet.name)
        printed = fixed_json(told, model)
    else:
        return False
    if as_json:
        print_json(printed)
    else:
        sys.stdout.write(f"{told}\n")
    return True


def recall(
    show: Show,
    question: Annotated[str | None, typer.Argument(help="What the fan writes.")] = None,
    character: Annotated[str | None, typer.Option(help="A slug, a name or an alias.")] = None,
    episode: Annotated[int | None, typer.Option(help="The last episode the fan has watched.", min=0)] = None,
    k: Annotated[int, typer.Option(help="How many scenes.", min=1, max=100)] = PASSAGES_RECALLED,
    batch: Annotated[
        Path | None, typer.Option(help="JSON lines {id, character, question, watched_episode}; - for standard input.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a character would recall for a question, or for each line of a batch."""
    one = None if question is None or character is None or episode is None else (character, episode, question)
    if (one is None) == (batch is None):
        raise typer.BadParameter("give a question with --character and --episode, or --batch FILE")

    async def work() -> None:
        async with open_store(settings()) as store, open_memory(store) as stage:
            await stage.memory.index(await newest(store, show))
            for line in batch_lines(batch) if batch is not None else ():
                print_json(await _batch_line(store, stage, show, line, k))
            if one is None:
                return
            found = await _recall(store, stage, show, *one, k)
            if as_json:
                print_json({"id": None, **recall_json(found)})
            else:
                tell_recall(found)

    run(work())


async def newest(store: Store, show: str) -> ReleaseId:
    """The published release; before anything is published the newest one, for its authors."""
    listing = next((one for one in await store.catalogue.shows() if one.slug == show), None)
    if listing is None or listing.published is None:
        return await store.catalogue.newest(show)
    return ReleaseId(show, listing.published)


async def _met(store: Store, show: str, name: str, episode: int) -> tuple[Cast, ReleaseId]:
    """A character, published or draft, that a fan of this episode has met. Raises UnknownShow, UnknownCharacter."""
    release = await newest(store, show)
    cast = find_cast(await store.catalogue.cast(show, published_only=False), name, episode)
    if cast is None or cast.first_episode > max(1, episode):
        raise UnknownCharacter(show, name)
    return cast, release


async def _recall(store: Store, stage: Stage, show: str, character: str, episode: int, question: str, k: int) -> Recall:
    release = await newest(store, show)
    cast = find_cast(await store.catalogue.cast(show, published_only=False), character, episode)
    cue = cast.sheet.cue if cast is not None else await cue_of(store, release, character)
    return await stage.memory.recall(release, Viewpoint(cue, episode), Query(question), k=k)


async def cue_of(store: Store, release: ReleaseId, name: str) -> str:
    """A cue of the script that has no sheet yet. Raises UnknownCharacter."""
    cues = (await store.casting.release(release)).script.report.cues
    found = next((cue for cue in cues if cue.casefold() == name.strip().casefold()), None)
    if found is None:
        raise UnknownCharacter(release.show, name)
    return found


def batch_lines(batch: Path) -> Iterable[bytes]:
    """The lines as bytes: one that is no UTF-8 is a bad line, not the end of the batch."""
    if str(batch) == "-":
        yield from sys.stdin.buffer
        return
    try:
        with batch.open("rb") as file:
            yield from file
    except OSError as error:
        raise typer.BadParameter(f"{batch.name} cannot be read", param_hint="--batch") from error


async def _batch_line(store: Store, stage: Stage, show: str, line: bytes, k: int) -> dict[str, Any]:
    """One answer for one line; a bad line is answered with an `error` and the next one goes on."""
    try:
        asked = json.loads(line)
        identity, character, question = asked["id"], asked["character"], asked["question"]
        episode = asked["watched_episode"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"id": None, "error": "this line is not {id, character, question, watched_episode}"}
    texts = isinstance(character, str) and isinstance(question, str)
    if not texts or not isinstance(episode, int) or isinstance(episode, bool) or episode < 0:
        return {"id": identity, "error": "character and question must be texts, watched_episode a number from 0"}
    try:
        return {"id": identity, **recall_json(await _recall(store, stage, show, character, episode, question, k))}
    except CharactersError as error:
        return {"id": identity, "error": str(error)}
