"""What each of two in a scene knows and remembers, and how a scene stands beside the play: over real sockets."""

from __future__ import annotations

import uuid

from gateway.bootstrap import make_remembrance, make_summarising
from tests.gateway.builders import House, make_stage
from tests.gateway.client import Fan, types_of
from tests.gateway.duet import KINDS, NAMES, PRICE, SHOW, DuetModel, begun, line, marks_of, spoken

NOTHING = {"text": 0, "voice": 0}


def other_than(slug: str) -> str:
    return "gideon" if slug == "tamsin" else "tamsin"


class TestKnowing:
    async def test_what_only_one_knows_is_in_no_prompt_of_the_others(self, fan: Fan, duo: DuetModel) -> None:
        """Scenes, facts, secrets, lore and every part of a sheet: each is in its own character's prompts alone."""
        async with fan.talk() as talk:
            conversation = await begun(talk)
            for asked in ("What lies in the cellar?", "Gideon, what is forged?", "What did you steal, both of you?"):
                last = await talk.say(conversation, f"{asked} The scene, the fact, the ledger of the lane.")
            await talk.send("turn.regenerate", client_msg_id=str(uuid.uuid4()), turn=last["turn"])
            await talk.until("reply.done")
        for slug in ("tamsin", "gideon"):
            asked_of = duo.of(slug)
            assert len(asked_of) == 4
            for one in asked_of:
                assert marks_of(other_than(slug), one.text) == set()
                assert marks_of(other_than(slug), one.manifest) == set()
                assert marks_of(slug, one.text) == KINDS, "the search would find what it looks for"
                assert NAMES[other_than(slug)] in one.text

    async def test_what_was_said_aloud_in_the_scene_is_heard_there_and_nowhere_else(
        self, fan: Fan, duo: DuetModel
    ) -> None:
        duo.says = lambda slug, n: "I stole the quillsecret, Gideon." if (slug, n) == ("tamsin", 1) else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.say(conversation, "Tamsin, what did you steal?")
            await talk.say(conversation, "And then?")
            alone = (await talk.open(SHOW, "gideon"))["conversation"]
            await talk.say(alone, "What did Tamsin steal? What was the quillsecret?")
        first, second, plain = duo.of("gideon")
        assert "Gideon Hallam" not in first.prompt.messages[-2].content
        assert "Tamsin Orr has just answered the message below, aloud" in first.prompt.messages[-2].content
        assert marks_of("tamsin", first.text) == marks_of("tamsin", second.text) == {"secret"}
        assert "> I stole the quillsecret, Gideon." in second.text
        assert marks_of("tamsin", plain.text.replace("What was the quillsecret?", "")) == set()
        assert [block.name for block in first.prompt.manifest.blocks if "quill" in block.text] == ["heard"]
        assert [block.name for block in second.prompt.manifest.blocks if "quill" in block.text] == ["history"]

    async def test_a_character_who_was_not_there_remembers_nothing_of_it(
        self, stage: House, fan: Fan, duo: DuetModel
    ) -> None:
        """What the fan told one of them alone is not the other's, nor what one answered in a scene."""
        duo.says = lambda slug, n: "My osterword is given." if slug == "gideon" else line(slug, n)
        remembrance = make_remembrance(stage.store, make_stage(stage.store))
        async with fan.talk() as talk:
            alone = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.say(alone, "I live in Quillhaven and I keep two cats.")
            conversation = await begun(talk)
            await talk.say(conversation, "I work as a baker.")
            await remembrance.catch_up()
            await talk.say(conversation, "Where do I live, and what do I do?")
            gideon = duo.of("gideon")[-1]
            assert (marks_of("tamsin", gideon.text), "baker" in gideon.text) == (set(), True)
            assert "Quillhaven" in duo.of("tamsin")[-1].text
            await talk.say(alone, "What is my work? What was given?")
        assert "baker" in duo.of("tamsin")[-1].text
        assert "osterword" not in duo.of("tamsin")[-1].text
        notes = (await fan.get("/v1/notes"))["notes"]
        assert {(one["character"], "baker" in one["text"]) for one in notes} == {
            ("tamsin", False),
            ("tamsin", True),
            ("gideon", True),
        }

    async def test_a_reply_in_the_name_of_the_other_does_not_leave(self, fan: Fan, duo: DuetModel) -> None:
        duo.says = lambda slug, n: (
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

    async def test_older_turns_are_told_to_both_in_the_same_words(self, stage: House, fan: Fan, duo: DuetModel) -> None:
        duo.says = lambda slug, n: f"{NAMES[slug]} counts drop number {n} of the long night. " * 12
        async with fan.talk() as talk:
            conversation = await begun(talk)
            for number in range(8):
                await talk.say(conversation, f"How many drops fell in night number {number}?")
            assert await make_summarising(stage.store, make_stage(stage.store)).catch_up() == 1
            await talk.say(conversation, "So it leaks?")
        told = []
        for slug in ("tamsin", "gideon"):
            blocks = duo.of(slug)[-1].prompt.manifest.blocks
            told += [block.text for block in blocks if block.name == "summary" and block.included]
        assert len(told) == 2
        assert told[0] == told[1]
        assert "> Fan: " in told[0]
        assert any(f"> {name}: " in told[0] for name in NAMES.values())
        assert "> You: " not in told[0]


class TestBesideThePlay:
    async def test_a_cry_for_help_is_answered_by_nobody_of_the_play_free_of_charge(
        self, fan: Fan, duo: DuetModel
    ) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "I want to kill myself tonight.")
            events = talk.of_turn(done["turn"])
        assert "safety.notice" in types_of(events)
        assert [speaker for speaker, _ in spoken(events)] == [None]
        assert (done["receipt"]["charged"], duo.asked) == (NOTHING, [])

    async def test_a_sincere_question_is_answered_for_both(self, fan: Fan, duo: DuetModel) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "Are you a real person or an AI?")
            ((speaker, told),) = spoken(talk.of_turn(done["turn"]))
        assert (speaker, duo.asked, done["receipt"]["charged"]) == (None, [], NOTHING)
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

    async def test_what_is_forgotten_of_one_is_kept_by_the_other(self, stage: House, fan: Fan) -> None:
        async with fan.talk() as talk:
            done = await talk.say(await begun(talk), "I live in Lima.")
        await make_remembrance(stage.store, make_stage(stage.store)).catch_up()
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
