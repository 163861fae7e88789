"""`encore ask` and `encore recall`: looking at what a character can recall and would say, unbilled."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from gateway.preparing import scene_with
from gateway.replies import PASSAGES_RECALLED, Prepared, Replies, ReplyRequest
from memory.types import Query, Recall, Viewpoint
from persona.calling import called
from persona.hunches import Hunch
from persona.likeness import voice_share
from persona.types import Answering, Performed, Scene

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
    partner: Annotated[str | None, typer.Option("--with", help="Who else is there, and answers too.")] = None,
    locale: Annotated[str, typer.Option(help="The fan's locale, such as es or zh-Hans.")] = "en",
    explain: Annotated[bool, typer.Option(help="Show every block of the prompt, and what was withheld.")] = False,
    as_json: AsJson = False,
) -> None:
    """One turn in the terminal, unbilled."""
    names = (character,) if partner is None else (character, partner)

    async def work() -> None:
        async with (
            open_store(settings()) as store,
            open_memory(store) as stage,
            open_model(store.settings, stage) as model,
        ):
            release = await newest(store, show)
            met = [await _met(store, release, name, episode) for name in names]
            if len({cast.sheet.slug for cast in met}) < len(met):
                raise typer.BadParameter("is the same character", param_hint="--with")
            hunch = await make_feelings(stage).of(question)
            if _told_instead(hunch, met, model.name, locale, as_json=as_json):
                return
            await stage.memory.index(release)
            asking = _Asking(
                store, make_replies(store, stage, model), release, episode, question, locale, explain, as_json
            )
            told, heard = [], ""
            for cast in _in_order(met, question, episode):
                other = next((one for one in met if one is not cast), None)
                scene = None if other is None else scene_with(other, episode, heard)
                answer, heard = await asking.ask(cast, scene)
                told.append(answer)
                if answer["refused"]:  # as in a turn, which ends there
                    break
            if as_json:
                print_json(told[0] if partner is None else {"replies": told})

    run(work())


def _in_order(met: Sequence[Cast], question: str, episode: int) -> list[Cast]:
    """Whom the question calls, and then whoever was named first."""
    names = [(cast.sheet.slug, *cast.sheet.at(episode).names) for cast in met]
    return [met[place] for place in called(question, names, began=None).order]


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question, to whoever answers it."""

    store: Store
    replies: Replies
    release: ReleaseId
    episode: int
    question: str
    locale: str
    explain: bool
    as_json: bool

    async def ask(self, cast: Cast, scene: Scene | None) -> tuple[dict[str, Any], str]:
        """A reply as JSON, and its words; unless JSON is wanted it is told as it comes."""
        request = ReplyRequest(
            "ask", cast, self.release, self.episode, (), self.question, scene=scene, locale=self.locale
        )
        prepared = await self.replies.prepare(request)
        if self.explain and not self.as_json:
            explain_prompt(prepared)
        if scene is not None and not self.as_json:
            sys.stdout.write(f"{cast.sheet.name}: ")
        model = self.replies.model_name
        text, end, answered = await _performed(self.replies, prepared, model, aloud=not self.as_json)
        share = None
        if self.explain:
            script = (await self.store.casting.release(self.release)).script
            share = voice_share(script, cast.sheet.cue, self.episode, text)
        if not self.as_json:
            sys.stdout.write("\n")
            if share is not None:
                sys.stdout.write(f"\n{share:.0%} of it sounds like {cast.sheet.name}, by the script so far.\n")
        answer = ask_json(prepared, text, end, answered, explain=self.explain, likeness=share)
        return (answer if scene is None else {"speaker": cast.sheet.slug, **answer}), text


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


def _told_instead(hunch: Hunch, met: Sequence[Cast], model: str, locale: str, *, as_json: bool) -> bool:
    """The fixed answer, as a fan would get it in place of a reply; False when there is to be a reply."""
    if hunch.danger is not None:
        answer = crisis_protocol().answer(hunch.danger, locale, "")
        told, printed = f"{answer.notice}\n\n{answer.text}", crisis_json(answer, model)
    elif hunch.sincere:
        names = " & ".join(cast.sheet.name_in(locale) for cast in met)
        told = disclosure_policy().asked(crisis_protocol().language_of(locale), names)
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


async def _met(store: Store, release: ReleaseId, name: str, episode: int) -> Cast:
    """A character, published or draft, that a fan of this episode has met. Raises UnknownCharacter."""
    cast = find_cast(await store.catalogue.cast(release.show, published_only=False), name, episode)
    if cast is None or cast.first_episode > max(1, episode):
        raise UnknownCharacter(release.show, name)
    return cast


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
