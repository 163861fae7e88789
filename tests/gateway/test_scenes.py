"""Scenes over real sockets: two who answer in one turn, each from what only they know, paid for once."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from gateway.bootstrap import make_remembrance, make_summarising, open_store
from persona.errors import ModelFailed
from tests.gateway.builders import House, books_add_up, make_stage, served, settings_of
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of, types_of
from tests.gateway.duet import (
    DEFLECTIONS,
    GREETINGS,
    KINDS,
    PRICE,
    SHOW,
    WITHHELD,
    DuetModel,
    import_duet,
    marks_of,
)

LINES = {"tamsin": "Ask me about lamps, number", "gideon": "The lane is mine, number"}
NAMES = {"tamsin": "Tamsin Orr", "gideon": "Gideon Hallam"}
NOTHING = {"text": 0, "voice": 0}
CHARGED = {"text": PRICE, "voice": 0}


def other_than(slug: str) -> str:
    return "gideon" if slug == "tamsin" else "tamsin"


def line(slug: str, number: int) -> str:
    return f"{LINES[slug]} {number}."


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the duet in it."""
    folder = tmp_path_factory.mktemp("duet")

    async def furnish() -> None:
        async with open_store(settings_of(folder / "data")) as store:
            await import_duet(store, folder / "show")

    asyncio.run(furnish())
    return folder / "data"


@pytest.fixture
def model() -> DuetModel:
    return DuetModel(line)


@pytest_asyncio.fixture
async def house(staged: Path, tmp_path: Path, model: DuetModel) -> AsyncIterator[House]:
    folder = Path(shutil.copytree(staged, tmp_path / "data"))
    async with served(settings_of(folder, PROMPT_TOKENS="3000"), model) as house:
        yield house


@pytest_asyncio.fixture
async def fan(house: House) -> Fan:
    return await house.rich_fan(credits=60, show=SHOW)


async def scene(talk: Talk, character: str = "tamsin", partner: str = "gideon") -> Event:
    return await talk.open(SHOW, character, mode="scene", **{"with": partner})


async def begun(talk: Talk) -> str:
    return str((await scene(talk))["conversation"])


async def listed(fan: Fan, conversation: str) -> list[Event]:
    found: list[Event] = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
    return found


def spoken(events: list[Event]) -> list[tuple[str | None, str]]:
    """Who said what, by the deltas."""
    parts: list[tuple[str | None, str]] = []
    for event in events:
        if event["type"] == "reply.delta":
            if not parts or parts[-1][0] != event.get("speaker"):
                parts.append((event.get("speaker"), ""))
            parts[-1] = (parts[-1][0], parts[-1][1] + event["text"])
    return [(speaker, text.strip()) for speaker, text in parts]


def parted(message: Event) -> list[tuple[str, str]]:
    """Who said what, by the parts of a listed message."""
    return [(part["speaker"], message["text"][part["from"] : part["to"]]) for part in message["parts"]]


class TestOpening:
    async def test_a_pair_has_one_conversation_whoever_is_named_first(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            opened = await scene(talk)
            again = await scene(talk, "Gideon Hallam", "TAMSIN")
            alone = await talk.open(SHOW, "tamsin")
        assert opened["mode"] == again["mode"] == "scene"
        assert opened["conversation"] == again["conversation"] != alone["conversation"]
        assert (opened["character"]["slug"], opened["with"]["slug"]) == ("tamsin", "gideon")
        assert (again["character"]["slug"], again["with"]["name"]) == ("gideon", NAMES["tamsin"])
        assert (opened["greeting"], again["greeting"]) == (GREETINGS["tamsin"], GREETINGS["gideon"])
        assert [name in alone for name in ("with", "mode")] == [False, False]
        assert "slug" not in alone["character"]
        talks = (await fan.get("/v1/conversations"))["conversations"]
        assert {(one["character"], one.get("with"), one["mode"]) for one in talks} == {
            ("gideon", "tamsin", "scene"),
            ("tamsin", None, "canon"),
        }

    async def test_its_price_is_its_own_and_is_shown_before_anything_is_sent(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            opened, alone = await scene(talk), await talk.open(SHOW, "tamsin")
        assert (opened["price"]["text"], alone["price"]["text"]) == (PRICE, PRICE - 1)
        assert ("speaks" in opened, opened["price"]["voice"]) == (False, 0)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"mode": "scene"}, "with"),
            ({"with": "gideon"}, "with"),
            ({"mode": "what_if", "with": "gideon"}, "with"),
            ({"mode": "scene", "with": "Tamsin Orr"}, "with"),
            ({"mode": "scene", "with": ""}, "with"),
            ({"mode": "scene", "with": ["gideon"]}, "with"),
        ],
    )
    async def test_a_scene_is_of_two_and_nothing_else_is(self, fan: Fan, wish: dict[str, Any], field: str) -> None:
        async with fan.talk() as talk:
            await talk.send("conversation.open", show=SHOW, character="tamsin", **wish)
            await talk.until_error(code="invalid_event", field=field)
        answer = await fan.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin", **wish})
        assert (answer.status_code // 100, answer.json()["error"]["field"]) == (4, field)
        assert (await fan.get("/v1/conversations"))["conversations"] == []

    async def test_nobody_is_there_whom_the_fan_has_not_met(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            await talk.send("conversation.open", show=SHOW, character="tamsin", mode="scene", **{"with": "nobody"})
            await talk.until_error(code="unknown_character")


class TestKnowing:
    async def test_what_only_one_knows_is_in_no_prompt_of_the_others(self, fan: Fan, model: DuetModel) -> None:
        """Scenes, facts, secrets, lore and every part of a sheet: each is in its own character's prompts alone."""
        async with fan.talk() as talk:
            conversation = await begun(talk)
            for asked in ("What lies in the cellar?", "Gideon, what is forged?", "What did you steal, both of you?"):
                last = await talk.say(conversation, f"{asked} The scene, the fact, the ledger of the lane.")
            await talk.send("turn.regenerate", client_msg_id=str(uuid.uuid4()), turn=last["turn"])
            await talk.until("reply.done")
        for slug in ("tamsin", "gideon"):
            asked_of = model.of(slug)
            assert len(asked_of) == 4
            for one in asked_of:
                assert marks_of(other_than(slug), one.text) == set()
                assert marks_of(other_than(slug), one.manifest) == set()
                assert marks_of(slug, one.text) == KINDS, "the search would find what it looks for"
                assert NAMES[other_than(slug)] in one.text

    async def test_what_was_said_aloud_in_the_scene_is_heard_there_and_nowhere_else(
        self, fan: Fan, model: DuetModel
    ) -> None:
        model.says = lambda slug, n: "I stole the quillsecret, Gideon." if (slug, n) == ("tamsin", 1) else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.say(conversation, "Tamsin, what did you steal?")
            await talk.say(conversation, "And then?")
            alone = (await talk.open(SHOW, "gideon"))["conversation"]
            await talk.say(alone, "What did Tamsin steal? What was the quillsecret?")
        first, second, plain = model.of("gideon")
        assert "Gideon Hallam" not in first.prompt.messages[-2].content
        assert "Tamsin Orr has just answered the message below, aloud" in first.prompt.messages[-2].content
        assert marks_of("tamsin", first.text) == marks_of("tamsin", second.text) == {"secret"}
        assert "> I stole the quillsecret, Gideon." in second.text
        assert marks_of("tamsin", plain.text.replace("What was the quillsecret?", "")) == set()
        assert [block.name for block in first.prompt.manifest.blocks if "quill" in block.text] == ["heard"]
        assert [block.name for block in second.prompt.manifest.blocks if "quill" in block.text] == ["history"]

    async def test_a_character_who_was_not_there_remembers_nothing_of_it(
        self, house: House, fan: Fan, model: DuetModel
    ) -> None:
        """What the fan told one of them alone is not the other's, nor what one answered in a scene."""
        model.says = lambda slug, n: "My osterword is given." if slug == "gideon" else line(slug, n)
        remembrance = make_remembrance(house.store, make_stage(house.store))
        async with fan.talk() as talk:
            alone = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.say(alone, "I live in Quillhaven and I keep two cats.")
            conversation = await begun(talk)
            await talk.say(conversation, "I work as a baker.")
            await remembrance.catch_up()
            await talk.say(conversation, "Where do I live, and what do I do?")
            gideon = model.of("gideon")[-1]
            assert (marks_of("tamsin", gideon.text), "baker" in gideon.text) == (set(), True)
            assert "Quillhaven" in model.of("tamsin")[-1].text
            await talk.say(alone, "What is my work? What was given?")
        assert "baker" in model.of("tamsin")[-1].text
        assert "osterword" not in model.of("tamsin")[-1].text
        notes = (await fan.get("/v1/notes"))["notes"]
        assert {(one["character"], "baker" in one["text"]) for one in notes} == {
            ("tamsin", False),
            ("tamsin", True),
            ("gideon", True),
        }

    async def test_a_reply_in_the_name_of_the_other_does_not_leave(self, fan: Fan, model: DuetModel) -> None:
        model.says = lambda slug, n: (
            "I only mend lamps here. \nGideon: And I forged the deed." if (slug, n) == ("tamsin", 1) else line(slug, n)
        )
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "Who are you?")
            parts = spoken(talk.of_turn(done["turn"]))
            turned = await talk.say(done["conversation"], "And who are you?")
            back = spoken(talk.of_turn(turned["turn"]))
        assert [who for who, _ in parts] == ["gideon", "tamsin"]
        assert parts[1][1] == f"I only mend lamps here. {line('tamsin', 2)}"
        assert [who for who, _ in back] == ["tamsin", "gideon"]

    async def test_older_turns_are_told_to_both_in_the_same_words(
        self, house: House, fan: Fan, model: DuetModel
    ) -> None:
        model.says = lambda slug, n: f"{NAMES[slug]} counts drop number {n} of the long night. " * 12
        async with fan.talk() as talk:
            conversation = await begun(talk)
            for number in range(8):
                await talk.say(conversation, f"How many drops fell in night number {number}?")
            assert await make_summarising(house.store, make_stage(house.store)).catch_up() == 1
            await talk.say(conversation, "So it leaks?")
        told = []
        for slug in ("tamsin", "gideon"):
            blocks = model.of(slug)[-1].prompt.manifest.blocks
            told += [block.text for block in blocks if block.name == "summary" and block.included]
        assert len(told) == 2
        assert told[0] == told[1]
        assert "> Fan: " in told[0]
        assert any(f"> {name}: " in told[0] for name in NAMES.values())
        assert "> You: " not in told[0]


class TestTurns:
    async def test_both_answer_one_message_in_one_turn_that_is_charged_once(self, house: House, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Who leaks?")
            events = talk.of_turn(done["turn"])
        said = text_of(events)
        assert said == f"{line('gideon', 1)}\n\n{line('tamsin', 1)}"
        assert done["text_sha256"] == sha256_of(said)
        assert spoken(events) == [("gideon", line("gideon", 1)), ("tamsin", line("tamsin", 1))]
        assert types_of(events).count("turn.status:speaking") == 2
        assert (done["status"], done["receipt"]["charged"]) == ("completed", CHARGED)
        assert done["receipt"]["price_version"] == "opening-scene"
        receipt = await fan.get(f"/v1/receipts/{done['receipt']['id']}")
        assert (receipt["character"], receipt["charged"]) == ("gideon+tamsin", CHARGED)
        assert (await fan.get("/v1/wallet"))["available"] == 60 - PRICE
        own, reply = await listed(fan, conversation)
        assert (own["parts"], parted(reply)) == (None, spoken(events))
        assert await books_add_up(house.store.units)

    async def test_who_is_called_by_name_begins_and_otherwise_they_take_turns(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            order = []
            for text in ("Who leaks?", "And then?", "And you, Tamsin?", "Why?", "Tamsin, does Gideon?", "Gideon!"):
                done = await talk.say(conversation, text)
                order.append([who for who, _ in spoken(talk.of_turn(done["turn"]))])
        assert [who for who, _ in order] == ["gideon", "tamsin", "tamsin", "gideon", "tamsin", "gideon"]
        assert all(set(pair) == {"gideon", "tamsin"} for pair in order)

    async def test_another_reply_is_begun_by_the_same_and_costs_the_same(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.say(conversation, "Who leaks?")
            first = await talk.say(conversation, "And then?")
            identity = str(uuid.uuid4())
            await talk.send("turn.regenerate", client_msg_id=identity, turn=first["turn"])
            accepted = await talk.until("message.accepted", client_msg_id=identity)
            second = await talk.until("reply.done", turn=accepted["turn"])
            events = talk.of_turn(second["turn"])
        assert accepted["hold"] == second["receipt"]["charged"] == CHARGED
        assert spoken(events) == [("tamsin", line("tamsin", 3)), ("gideon", line("gideon", 3))]
        replies = [one for one in await listed(fan, conversation) if one["role"] == "character"]
        assert [one["replaces"] for one in replies] == [None, None, first["turn"]]

    async def test_the_same_message_again_is_the_same_turn(self, fan: Fan) -> None:
        identity = str(uuid.uuid4())
        async with fan.talk() as talk:
            conversation = await begun(talk)
            first = await talk.say(conversation, "Who leaks?", identity)
            again = await talk.say(conversation, "Who leaks?", identity)
        assert first == again
        assert (await fan.get("/v1/wallet"))["available"] == 60 - PRICE

    async def test_stopped_while_the_second_speaks_it_keeps_what_was_said_and_is_paid(
        self, fan: Fan, model: DuetModel
    ) -> None:
        model.says = lambda slug, n: None if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await talk.until("reply.delta", speaker="tamsin")
            await talk.send("turn.cancel", turn=turn)
            done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]) == ("cancelled", CHARGED)
        _, reply = await listed(fan, conversation)
        assert [who for who, _ in parted(reply)] == ["gideon", "tamsin"]

    async def test_stopped_before_a_word_it_is_free(self, fan: Fan, model: DuetModel) -> None:
        model.is_silent = True
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await model.stalled.wait()
            await talk.send("turn.cancel", turn=turn)
            done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]) == ("cancelled", NOTHING)
        assert [one["text"] for one in await listed(fan, conversation)] == ["Who leaks?", ""]

    async def test_a_lost_connection_goes_on_in_the_second_reply_and_a_new_device_is_shown_both(
        self, fan: Fan, model: DuetModel
    ) -> None:
        model.says = lambda slug, n: None if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await talk.until("reply.delta", speaker="tamsin")
            mark = talk.mark(conversation)
            await talk.drop()
        async with fan.talk() as device:
            await scene(device)
            shown = await device.until("reply.snapshot", turn=turn)
            assert [who for who, _ in parted(shown)] == ["gideon", "tamsin"]
            assert parted(shown)[0][1] == line("gideon", 1)
            running = (await listed(fan, conversation))[1]
            assert (running["status"], running["parts"]) == ("running", shown["parts"])
            async with fan.talk(resume=[mark]) as back:
                model.going_on.set()
                done = await back.until("reply.done", turn=turn)
                deltas = [event for event in back.of_turn(turn) if event["type"] == "reply.delta"]
        assert {event["speaker"] for event in deltas} == {"tamsin"}
        assert (done["status"], done["receipt"]["charged"]) == ("completed", CHARGED)
        _, reply = await listed(fan, conversation)
        assert sha256_of(reply["text"]) == done["text_sha256"]

    @pytest.mark.parametrize("refused", ["gideon", "tamsin"])
    async def test_who_tells_what_lies_ahead_deflects_and_the_turn_is_free(
        self, fan: Fan, model: DuetModel, refused: str
    ) -> None:
        model.says = lambda slug, n: f"It was {WITHHELD}." if slug == refused else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Gideon, who leaks?")
            parts = spoken(talk.of_turn(done["turn"]))
        assert (done["status"], done["receipt"]["charged"]) == ("refused", NOTHING)
        assert WITHHELD not in str(parts)
        assert parts[-1][0] == refused
        assert parts[-1][1].endswith(DEFLECTIONS[refused])
        assert len(parts) == (1 if refused == "gideon" else 2)

    async def test_a_second_reply_that_fails_leaves_the_first_and_costs_nothing(
        self, fan: Fan, model: DuetModel
    ) -> None:
        model.says = lambda slug, n: ModelFailed("connection") if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Gideon, who leaks?")
        assert (done["status"], done["receipt"]["charged"]) == ("failed", NOTHING)
        _, reply = await listed(fan, conversation)
        assert parted(reply) == [("gideon", line("gideon", 1))]
        assert (await fan.get("/v1/wallet"))["available"] == 60

    async def test_too_few_credits_for_a_scene_are_said_before_anybody_speaks(
        self, house: House, model: DuetModel
    ) -> None:
        poor = await house.rich_fan("poor", credits=PRICE - 1, show=SHOW)
        async with poor.talk() as talk:
            conversation = await begun(talk)
            await talk.post(conversation, "Who leaks?")
            await talk.until_error(code="insufficient_credits", needed=PRICE, available=PRICE - 1)
        assert model.asked == []

    async def test_nobody_reads_a_scene_aloud_and_nobody_pays_for_it(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.post(conversation, "Who leaks?", voice=True)
            accepted = await talk.until("message.accepted")
            degraded = await talk.until("voice.degraded")
            done = await talk.until("reply.done")
        assert (accepted["hold"], degraded["code"], done["receipt"]["charged"]) == (
            CHARGED,
            "voice_unavailable",
            CHARGED,
        )


class TestBesideThePlay:
    async def test_a_cry_for_help_is_answered_by_nobody_of_the_play_free_of_charge(
        self, fan: Fan, model: DuetModel
    ) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "I want to kill myself tonight.")
            events = talk.of_turn(done["turn"])
        assert "safety.notice" in types_of(events)
        assert [speaker for speaker, _ in spoken(events)] == [None]
        assert (done["receipt"]["charged"], model.asked) == (NOTHING, [])

    async def test_a_sincere_question_is_answered_for_both(self, fan: Fan, model: DuetModel) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "Are you a real person or an AI?")
            ((speaker, told),) = spoken(talk.of_turn(done["turn"]))
        assert (speaker, model.asked, done["receipt"]["charged"]) == (None, [], NOTHING)
        assert all(name in told for name in NAMES.values())

    async def test_who_leaves_is_let_go_by_whom_they_call(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "Tamsin, goodbye.")
            parts = spoken(talk.of_turn(done["turn"]))
        assert parts == [("tamsin", "Go well, says Tamsin Orr.")]
        assert done["receipt"]["charged"] == NOTHING

    async def test_a_kind_word_moves_whom_it_is_said_to(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Tamsin, thank you for the lamp.")
            news = await talk.until("conversation.updated", turn=turn)
            await talk.until("reply.done", turn=turn)
            assert (news["character"], news["relationship"]["warmth"]) == ("tamsin", 52)
            await talk.say(conversation, "Thank you both for the evening.")
        kept = (await fan.get("/v1/relationships"))["relationships"]
        assert {(one["character"], one["warmth"]) for one in kept} == {("tamsin", 54), ("gideon", 52)}

    async def test_what_is_forgotten_of_one_is_kept_by_the_other(self, house: House, fan: Fan) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "I live in Lima.")
        await make_remembrance(house.store, make_stage(house.store)).catch_up()
        assert (await fan.call("DELETE", "/v1/notes", params={"character": "gideon"})).status_code == 204
        assert [one["character"] for one in (await fan.get("/v1/notes"))["notes"]] == ["tamsin"]
        assert (await fan.call("DELETE", "/v1/notes", params={"turn": done["turn"]})).status_code == 204
        assert (await fan.get("/v1/notes"))["notes"] == []

    async def test_a_report_looks_at_each_reply_as_its_speakers(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "Who leaks?")
            await talk.send("turn.report", turn=done["turn"], reason="spoiler")
            reported = await talk.until("turn.reported")
        assert "refunded" not in reported

    async def test_it_is_exported_with_who_said_what_and_erased(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.say(conversation, "Who leaks?")
        (exported,) = (await fan.get("/v1/me/export"))["conversations"]
        (turn,) = exported["turns"]
        assert (exported["character"], exported["with"], exported["mode"]) == ("gideon", "tamsin", "scene")
        said = [turn["character"][part["from"] : part["to"]] for part in turn["parts"]]
        assert said == [line("gideon", 1), line("tamsin", 1)]
        assert (await fan.call("DELETE", "/v1/me")).status_code == 204
        assert (await fan.call("GET", f"/v1/conversations/{conversation}/messages")).status_code == 404

    async def test_it_goes_without_a_socket(self, fan: Fan) -> None:
        wish = {"show": SHOW, "character": "tamsin", "mode": "scene", "with": "gideon"}
        opened = (await fan.call("POST", "/v1/conversations", json=wish)).json()
        assert (opened["character"]["slug"], opened["with"]["slug"], opened["price"]["text"]) == (
            "tamsin",
            "gideon",
            PRICE,
        )
        sent = {"client_msg_id": str(uuid.uuid4()), "text": "Tamsin, who leaks?"}
        path = f"/v1/conversations/{opened['conversation']}/messages"
        streamed = (await fan.call("POST", path, json=sent)).text
        assert streamed.index('"speaker":"tamsin"') < streamed.index('"speaker":"gideon"')
        assert '"status":"completed"' in streamed
