"""Trying a character in the Studio: as a fan of an episode, with the lorebook, by labelled lines; nothing is billed."""

from __future__ import annotations

import io
import json
import wave
from dataclasses import replace

from gateway.settings import Settings
from tests.gateway.builders import House, served
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW, WITHHELD
from tests.studio.team import AT, draft_of, jobs_done, save, team_of

ASKED = {"who": "tamsin", "which": "draft", "question": "What about the roof?"}


async def test_a_fan_of_an_episode_is_shown_every_block_and_nothing_beyond(house: House, model: LedModel) -> None:
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/ask")
        page = (await team.ana.post(f"{AT}/ask", {**ASKED, "episode": "2"})).text
        assert TEXT in page
        assert "passages, beyond the horizon" in page
        assert "names and terms that this fan has not met" in page
        assert WITHHELD not in page + "".join(message.content for message in model.prompts[-1].messages)
        assert WITHHELD in (await team.ana.post(f"{AT}/ask", {**ASKED, "episode": "3"})).text


async def test_the_draft_is_asked_as_it_is_written_and_fans_keep_what_is_published(
    house: House, model: LedModel
) -> None:
    async with team_of(house) as team:
        content, revision = await draft_of(team.ana)
        await save(team.ana, {**content, "essence": "You are a lamp yourself."}, revision)
        assert "You are a lamp yourself." in (await team.ben.post(f"{AT}/ask", {**ASKED, "episode": "1"})).text
        front = await team.ben.post(f"{AT}/ask", {**ASKED, "which": "published", "episode": "1"})
        assert "You are a lamp yourself." not in front.text
        await save(team.ana, {"slug": "tamsin"}, revision + 1)
        refused = await team.ben.post(f"{AT}/ask", {**ASKED, "episode": "1"})
        assert (refused.status_code, "not complete yet" in refused.text) == (422, True)
    async with house.store.units.read() as unit:
        assert await unit.conversations.releases() == set()


async def test_somebody_not_met_and_somebody_in_danger_are_answered_as_for_a_fan(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/ask")
        early = await team.ana.post(f"{AT}/ask", {**ASKED, "who": "gideon", "episode": "1"})
        assert early.status_code == 404
        danger = await team.ana.post(f"{AT}/ask", {**ASKED, "question": "I want to kill myself", "episode": "2"})
        assert "written beforehand: crisis" in danger.text
        assert (await team.ana.post(f"{AT}/ask", {**ASKED, "question": " ", "episode": "2"})).status_code == 422


async def test_the_lorebook_is_tried_within_the_horizon(house: House) -> None:
    async with team_of(house) as team:
        content, revision = await draft_of(team.ana)
        entries = [
            {"text": "The till has learned to swim.", "keys": ["till"]},
            {"text": "The books are ash.", "keys": ["till"], "from_episode": 3},
        ]
        await save(team.ana, {**content, "lore": {"entries": entries}}, revision)
        at = f"{AT}/characters/tamsin/lore"
        tried = (await team.ana.post(at, {"episode": "2", "text": "Does the till leak?"})).text
        assert "learned to swim" in tried
        assert "are ash" not in tried
        assert "1 withheld" in tried
        assert "Nothing comes to mind" in (await team.ana.post(at, {"episode": "2", "text": "Hello."})).text


async def test_labelled_lines_are_asked_of_what_is_published(house: House) -> None:
    lines = [
        {
            "id": "q1",
            "character": "TAMSIN",
            "question": "Who came about the roof?",
            "watched_episode": 2,
            "evidence": [{"episode": 2, "scene": 1}],
        },
        {
            "id": "q2",
            "character": "TAMSIN",
            "question": "Who came about the roof?",
            "watched_episode": 1,
            "evidence": [{"episode": 3, "scene": 1}],
        },
        {
            "id": "p1",
            "character": "TAMSIN",
            "question": "Who burnt it?",
            "watched_episode": 2,
            "must_not_contain": [WITHHELD],
        },
        {
            "id": "p2",
            "character": "TAMSIN",
            "question": "The step?",
            "watched_episode": 1,
            "must_not_contain": ["third one is a liar"],
        },
        {"id": "p3", "character": "NOBODY", "question": "Hm?", "watched_episode": 1, "must_not_contain": ["x"]},
    ]
    written = "\n".join([*(json.dumps(line) for line in lines), "no json", "[]"]).encode()
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/probes")
        assert (await team.ana.post(f"{AT}/probes")).status_code == 422
        await team.ana.post(f"{AT}/files", files=[("file", ("probes.jsonl", written))])
        before = (await team.ana.get(f"{AT}/probes")).text
        assert "<dd>2</dd>" in before.replace("\n", "")
        assert (await team.ana.post(f"{AT}/probes")).status_code == 303
        await jobs_done()
        page = (await team.ana.get(f"{AT}/probes")).text
        assert "1 of 2 probes got nothing out, 1 of 2 questions found a scene" in page
        assert "1 were left out" in page
        assert "the prompt holds “third one is a liar”" in page
        assert "<code>q2</code>" in page


async def test_the_shield_is_asked_on_demand(house: House) -> None:
    async with team_of(house) as team:
        page = await team.ben.get(f"{AT}/characters/tamsin/versions/1/doubts")
        assert page.status_code == 200
        assert "doubt" in page.text
        assert (await team.ben.get(f"{AT}/characters/tamsin/versions/9/doubts")).status_code == 404


async def test_what_is_tried_is_written_down_without_the_words(house: House) -> None:
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/ask")
        await team.ana.post(f"{AT}/ask", {**ASKED, "question": "A secret question of mine", "episode": "2"})
        page = (await team.ana.get(f"/studio/{SHOW}/log")).text
        assert "character.asked" in page
        assert "A secret question of mine" not in page


async def test_a_voice_is_heard_under_a_right_to_it(settings: Settings, model: LedModel) -> None:
    loud = replace(settings, voice=replace(settings.voice, engine="tone"))
    async with served(loud, model) as house, team_of(house) as team:
        await team.ana.get(f"{AT}/characters/tamsin")
        at = f"{AT}/characters/tamsin/voice"
        refused = await team.ana.post(at)
        assert (refused.status_code, "no valid record of the right" in refused.text) == (409, True)
        await house.store.catalogue.record_right(SHOW, "tamsin", "voice", source="c1", now_ms=1)
        heard = await team.ana.post(at)
        assert heard.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(heard.content)) as read:
            assert (read.getnchannels(), read.getsampwidth()) == (1, 2)
            assert read.getnframes() > read.getframerate() // 2
        content, revision = await draft_of(team.ana)
        for nobodys in ({"tone": "nobody"}, {"piper": "joe"}):
            await save(team.ana, {**content, "heard_as": nobodys}, revision)
            revision += 1
            assert (await team.ana.post(at)).status_code == 422


async def test_without_an_engine_nobody_is_heard(house: House) -> None:
    async with team_of(house) as team:
        await house.store.catalogue.record_right(SHOW, "tamsin", "voice", source="c1", now_ms=1)
        await team.ana.get(f"{AT}/characters/tamsin")
        answer = await team.ana.post(f"{AT}/characters/tamsin/voice")
        assert (answer.status_code, "names no voice for the engine" in answer.text) == (422, True)
