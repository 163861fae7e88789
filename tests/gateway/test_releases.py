"""A new release is published while fans talk: each conversation stays in the one that it began with."""

from __future__ import annotations

from pathlib import Path

from characters.importing import import_show
from characters.release import ReleaseId
from gateway.bootstrap import now_ms
from tests.gateway.builders import House, make_stage
from tests.gateway.client import Event
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW, write_show

BEFORE, AFTER = "mends a brass lamp", "mends a paper kite"
QUESTION = "What is mended under the leaking skylight?"


async def publish_another(house: House, folder: Path) -> ReleaseId:
    """Import, index and publish the show with one line written otherwise."""
    script = write_show(folder) / "episodes" / "ep1.fountain"
    text = script.read_text("utf-8")
    assert BEFORE in text
    script.write_text(text.replace(BEFORE, AFTER), "utf-8")
    imported = await import_show(house.store.catalogue, folder, SHOW, now_ms=now_ms())
    await make_stage(house.store).memory.index(imported.release_id)
    await house.store.catalogue.publish_release(imported.release_id, now_ms=now_ms())
    return imported.release_id


def quoted(done: Event) -> str:
    """What a reply rests on."""
    return "\n".join(source["quote"] for source in done["sources"])


def sent(model: LedModel) -> str:
    """The newest prompt as the model had it."""
    return "\n".join(message.content for message in model.prompts[-1].messages)


async def test_a_conversation_stays_in_the_release_that_it_began_with(
    house: House, model: LedModel, tmp_path: Path
) -> None:
    old, new = await house.rich_fan("mara"), await house.rich_fan("noor")
    async with old.talk() as talk, new.talk() as other:
        began = str((await talk.open(SHOW, "tamsin"))["conversation"])
        assert BEFORE in quoted(await talk.say(began, QUESTION))
        release = await publish_another(house, tmp_path / "another")
        for _ in range(2):  # the newer release is loaded between the two
            done = await talk.say(began, QUESTION)
            assert BEFORE in quoted(done)
            assert AFTER not in quoted(done) + sent(model)
            fresh = str((await other.open(SHOW, "tamsin"))["conversation"])
            assert AFTER in quoted(await other.say(fresh, QUESTION))
            assert BEFORE not in sent(model)
        again = await talk.open(SHOW, "tamsin")
        assert again["conversation"] == began
        assert AFTER in quoted(
            await talk.say(str((await talk.open(SHOW, "tamsin", mode="what_if"))["conversation"]), QUESTION)
        )
    async with house.store.units.read() as unit:
        assert await unit.conversations.releases() == {ReleaseId(SHOW, 1), release}


async def test_a_reply_under_way_is_not_disturbed_by_a_new_release(
    house: House, model: LedModel, tmp_path: Path
) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        turn = await talk.begin(str((await talk.open(SHOW, "tamsin"))["conversation"]), QUESTION)
        part = await model.asked()
        part.say("It swims. ")
        await talk.until("reply.delta", turn=turn)
        await publish_another(house, tmp_path / "another")
        part.say("Mind the step.")
        part.end()
        done = await talk.until("reply.done", turn=turn)
    assert done["status"] == "completed"
    assert BEFORE in quoted(done)
