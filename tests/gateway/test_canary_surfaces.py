"""The promise of no spoiler on every surface: all that reaches a fan of an episode, a model or a store is searched.

The show is full of canaries (aviary.py). What is asked for is asked over HTTP and a socket, as a fan's client does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from characters.importing import SAMPLE_SLUG
from gateway.bootstrap import make_remembrance, make_summarising
from memory.notes import Owner
from persona.adapters.recording_model import RecordingModel
from persona.doubles import ScriptedModel
from persona.types import Prompt
from tests.gateway.aviary import NEVER, TOLD, canary, kinds, later, told
from tests.gateway.builders import House, claims_of, make_stage, served, settings_of
from tests.gateway.commands import Encore
from tests.gateway.test_promises import LAST_EPISODE

HORIZONS = (0, 1, 13, 26, 39, LAST_EPISODE)
LONG = "and so on " * 150
"""Two of these leave the window of a prompt."""
BETRAY = "Tell me the end."


def performance(prompt: Prompt) -> str:
    """A model that quotes the show, and tells the next episode when asked for the end."""
    brief = prompt.stage.brief
    return told(min(LAST_EPISODE, brief.horizon + (brief.fan_text == BETRAY)))


@pytest.fixture
def model() -> RecordingModel:
    return RecordingModel(ScriptedModel(performance))


@pytest_asyncio.fixture
async def aviary(aviary_dir: Path, tmp_path: Path, model: RecordingModel) -> AsyncIterator[House]:
    """The planted show, served."""
    folder = Path(shutil.copytree(aviary_dir, tmp_path / "aviary"))
    async with served(settings_of(folder, PROMPT_TOKENS="4000"), model) as house:
        yield house


def sent(model: RecordingModel, since: int) -> str:
    """All that the model was sent from a request on."""
    return "\n".join(message.content for request in model.requests[since:] for message in request)


async def got(house: House, name: str, horizon: int, *paths: str) -> str:
    """What the routes answer a fan, whatever they answer."""
    headers = {"Authorization": f"Bearer {house.fan(name, horizon, show=SAMPLE_SLUG).token}"}
    async with httpx.AsyncClient(base_url=house.base, headers=headers) as client:
        return "\n".join([(await client.get(path)).text for path in paths])


async def cast_of(house: House, horizon: int) -> list[str]:
    return [cast.sheet.slug for cast in await house.store.casting.met(SAMPLE_SLUG, horizon)]


async def talked(house: House, name: str, horizon: int, messages: Sequence[str]) -> tuple[str, list[str]]:
    """Everything on the socket of a fan who talks with everybody they have met, and the conversations."""
    fan = await house.rich_fan(name, horizon, credits=200, show=SAMPLE_SLUG)
    conversations = []
    async with fan.talk() as talk:
        for character in await cast_of(house, horizon):
            conversation = (await talk.open(SAMPLE_SLUG, character))["conversation"]
            conversations.append(conversation)
            for message in messages:
                await talk.say(conversation, message)
        return json.dumps(talk.events), conversations


async def listed(house: House, name: str, horizon: int, conversations: Sequence[str]) -> str:
    """Everything that the routes tell a fan."""
    return await got(
        house,
        name,
        horizon,
        f"/v1/shows/{SAMPLE_SLUG}/characters",
        "/v1/conversations",
        "/v1/me/export",
        f"/v1/notes?show={SAMPLE_SLUG}",
        *(f"/v1/conversations/{conversation}/messages" for conversation in conversations),
        f"/v1/shows/{SAMPLE_SLUG}/nobody",
        "/v1/conversations/nowhere/messages",
    )


async def kept(house: House, name: str, conversations: Sequence[str]) -> tuple[str, int]:
    """The notes and summaries that stand in the store, and how many summaries."""
    stage, fan = make_stage(house.store), claims_of(name).fan
    remembrance, summarising = make_remembrance(house.store, stage), make_summarising(house.store, stage)
    while await remembrance.catch_up() or await summarising.catch_up():
        pass
    async with house.store.units.read() as unit:
        told_short = [
            summary.text
            for conversation in conversations
            for summary in await unit.summaries.of_talk(conversation, fan=fan, horizon=NEVER)
        ]
        notes = [
            note.text
            for character in await cast_of(house, LAST_EPISODE)
            for note in await unit.notes.of_owner(Owner(fan, SAMPLE_SLUG, character))
        ]
    return "\n".join([*told_short, *notes]), len(told_short)


async def test_no_surface_has_a_canary_of_a_later_episode(aviary: House, model: RecordingModel) -> None:
    seen: set[str] = set()
    summaries = 0
    for horizon in HORIZONS:
        name, since = f"fan{horizon}", len(model.requests)
        messages = ["Who, what and why? I live in Lima.", LONG, BETRAY, LONG, "How is it?"]
        on_the_wire, conversations = await talked(aviary, name, horizon, messages)
        stored, count = await kept(aviary, name, conversations)
        everything = {
            "socket": on_the_wire,
            "routes": await listed(aviary, name, horizon, conversations),
            "prompts": sent(model, since),
            "store": stored,
        }
        assert [(place, found) for place, text in everything.items() if (found := later(text, horizon))] == []
        assert ('"status": "refused"' in on_the_wire) == (horizon < LAST_EPISODE)
        seen |= kinds("\n".join(everything.values()))
        summaries += count
    assert summaries >= len(HORIZONS)
    assert seen == TOLD  # whatever may be told at some horizon does get there


async def test_a_fan_who_goes_back_meets_nothing_of_what_was_said_further_on(
    aviary: House, model: RecordingModel
) -> None:
    """The same fan at a lower horizon: notes, summaries and messages of the higher one are there, and stay out."""
    loved = f"I love {canary('scene', 30)} more than my own home."
    _, conversations = await talked(aviary, "mara", 30, [loved, LONG, "Who, what and why?", LONG, "And how?"])
    stored, count = await kept(aviary, "mara", conversations)
    assert count
    assert stored.count(canary("scene", 30)) > count  # in the summaries and in notes
    since = len(model.requests)
    on_the_wire, _ = await talked(aviary, "mara", 3, ["Who, what and why? Where do I live?", BETRAY])
    assert later(sent(model, since), 3) == []
    assert later(on_the_wire, 3) == []
    assert "scene003" in sent(model, since)


async def test_whom_a_fan_has_not_met_is_nobody_and_so_is_a_later_name(aviary: House) -> None:
    answers = set()
    async with aviary.fan("mara", 1, show=SAMPLE_SLUG).talk() as talk:
        known = await cast_of(aviary, 1)
        strangers = [slug for slug in await cast_of(aviary, LAST_EPISODE) if slug not in known]
        for character in (*strangers, canary("alias", 2), "nobody-at-all"):
            await talk.send("conversation.open", show=SAMPLE_SLUG, character=character)
            error = await talk.until_error(code="unknown_character")
            answers.add(json.dumps(error).replace(character, "…").replace(error["trace_id"], "…"))
            assert later(json.dumps(error).replace(character, "…"), 1) == []
        assert strangers
        await talk.open(SAMPLE_SLUG, canary("alias", 1))
        assert len({json.loads(answer)["message"] for answer in answers}) == 1


@pytest.mark.parametrize("horizon", [1, 12, 39])
def test_no_command_tells_more_than_a_fan_of_the_episode_may_know(
    encore: Encore, aviary_dir: Path, horizon: int
) -> None:
    about = ("--show", SAMPLE_SLUG, "--character", "tamsin", "--episode", horizon)
    question, env = "Who, what and why?", {"DATA_DIR": str(aviary_dir)}
    for arguments in (
        ("ask", question, *about, "--explain"),
        ("ask", question, *about, "--explain", "--json"),
        ("recall", question, *about),
        ("recall", question, *about, "--json"),
        ("recall", f"What of {canary('scene', horizon + 1)} and {canary('fact', horizon + 1)}?", *about, "--json"),
    ):
        done = encore(*arguments, env=env)
        assert done.status == 0, done.err
        assert later(done.out + done.err, horizon) == [], arguments
        assert kinds(done.out)
