"""One fan on two processes: whichever they come to, it is the same conversation, also when Redis fails under it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from tests.gateway.builders import PRICE
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of
from tests.gateway.lead import WAIT_S
from tests.gateway.neighbours import CREDITS, Neighbours, neighbours
from tests.gateway.provider import Provider
from tests.gateway.story import SHOW
from tests.postgres import Postgres
from tests.redis_server import RedisServer, redis_server

FIRST, SECOND, THIRD = "One whole sentence.", " And a second one.", " And the end."
WHOLE = FIRST + SECOND + THIRD


@pytest.fixture(scope="module")
def module_redis() -> Iterator[RedisServer]:
    """The Redis that both processes share; who harms it, heals it."""
    with redis_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, module_redis: RedisServer
) -> AsyncIterator[Neighbours]:
    """Two processes for all the tests here: each has a fan of its own."""
    async with (
        postgres.fresh() as url,
        neighbours(tmp_path_factory.mktemp("neighbours"), url, module_redis.url) as both,
    ):
        yield both


@pytest.fixture
async def mara(house: Neighbours) -> tuple[Fan, Fan]:
    """A fan with credits whom nobody has seen before, here and there."""
    return await house.rich_fan(f"mara-{uuid.uuid4().hex}")


@pytest.fixture
async def model(house: Neighbours) -> AsyncIterator[Provider]:
    async with house.model() as leading:
        yield leading


async def begun(talk: Talk, model: Provider, text: str = FIRST) -> tuple[str, str]:
    """A conversation whose reply has begun with this text; returns it and its turn."""
    conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
    turn = await talk.begin(conversation, "Hello.")
    await model.was_asked()
    model.say(text + " ")
    await talk.until("reply.delta", turn=turn)
    return conversation, turn


def finish(model: Provider, *sentences: str) -> None:
    """The rest of a reply."""
    for sentence in sentences:
        model.say(sentence.lstrip() + " ")
    model.end()


async def reach(house: Neighbours, expected: str) -> None:
    """Wait until events reach so far on both; either is ready all the time."""
    async with asyncio.timeout(WAIT_S):
        while True:
            answers = await house.readiness()
            assert [(status, body["ready"]) for status, body in answers] == [(200, True)] * 2
            if [body["live"] for _, body in answers] == [expected] * 2:
                return


async def test_two_devices_on_two_processes_see_the_same_conversation(mara: tuple[Fan, Fan], house: Neighbours) -> None:
    async with mara[0].talk() as here, mara[1].talk() as there:
        conversation = (await here.open(SHOW, "tamsin"))["conversation"]
        assert (await there.open(SHOW, "tamsin"))["conversation"] == conversation
        for asking, other in ((here, there), (there, here)):
            async with house.model() as model:
                turn = await asking.begin(conversation, "Hello.")
                await model.was_asked()
                finish(model, FIRST, SECOND, THIRD)
                done = await asking.until("reply.done", turn=turn)
                assert await other.until("reply.done", turn=turn) == done
            assert other.of_turn(turn) == asking.of_turn(turn)
            assert text_of(other.of_turn(turn)) == WHOLE


async def test_a_reply_that_is_left_here_in_the_middle_goes_on_there(mara: tuple[Fan, Fan], model: Provider) -> None:
    async with mara[0].talk() as here:
        conversation, turn = await begun(here, model)
        mark = here.mark(conversation)
        await here.drop()
    model.say(SECOND.lstrip() + " ")
    async with mara[1].talk(resume=[mark]) as there:
        missed = await there.until("reply.delta", turn=turn)
        assert missed["offset"] == len(FIRST)
        finish(model, THIRD)
        done = await there.until("reply.done", turn=turn)
    assert text_of(here.of_turn(turn) + there.of_turn(turn)) == WHOLE
    assert (done["status"], done["text_sha256"]) == ("completed", sha256_of(WHOLE))
    assert done["wallet"] == {"available": CREDITS - PRICE, "held": 0}


async def test_a_new_device_there_is_shown_the_reply_under_way_here(mara: tuple[Fan, Fan], model: Provider) -> None:
    async with mara[0].talk() as here, mara[1].talk() as there:
        conversation, turn = await begun(here, model)
        opened = await there.open(SHOW, "tamsin")
        shown = await there.next()
        assert (opened["conversation"], shown["type"], shown["turn"]) == (conversation, "reply.snapshot", turn)
        finish(model, SECOND, THIRD)
        done = await there.until("reply.done", turn=turn)
        rest = "".join(event["text"] for event in there.of_turn(turn) if event["type"] == "reply.delta")
        assert sha256_of(shown["text"] + rest) == done["text_sha256"] == sha256_of(WHOLE)
        assert await here.until("reply.done", turn=turn) == done


async def test_two_tabs_resume_on_both_from_where_each_was(mara: tuple[Fan, Fan], model: Provider) -> None:
    async with mara[0].talk() as here, mara[1].talk() as there:
        conversation, turn = await begun(here, model)
        opened = await there.open(SHOW, "tamsin")
        marks = [here.mark(conversation) | {"seq": 0}, there.mark(conversation)]
        for talk in (here, there):
            await talk.drop()
    async with mara[1].talk(resume=[marks[0]]) as from_nought, mara[0].talk(resume=[marks[1]]) as from_there:
        finish(model, SECOND, THIRD)
        done = await from_nought.until("reply.done", turn=turn)
        assert await from_there.until("reply.done", turn=turn) == done
    assert text_of(from_nought.of_turn(turn)) == WHOLE
    assert [event["seq"] for event in from_there.of_turn(turn)] == list(range(opened["seq"] + 1, done["seq"] + 1))


async def test_one_message_sent_to_both_at_once_is_one_turn_and_is_paid_once(
    mara: tuple[Fan, Fan], model: Provider, house: Neighbours
) -> None:
    message = str(uuid.uuid4())
    async with mara[0].talk() as here, mara[1].talk() as there:
        conversation = (await here.open(SHOW, "tamsin"))["conversation"]
        await there.open(SHOW, "tamsin")
        turns = await asyncio.gather(*(talk.begin(conversation, "Hello.", message) for talk in (here, there)))
        assert turns[0] == turns[1]
        await model.was_asked()
        finish(model, FIRST)
        ends = [await talk.until("reply.done", turn=turns[0]) for talk in (here, there)]
        assert ends[0] == ends[1]
        assert here.of_turn(turns[0]) == there.of_turn(turns[0])
    assert (await mara[0].get("/v1/wallet"))["available"] == CREDITS - PRICE
    assert await house.balanced()


async def test_another_body_under_the_same_id_is_refused_there_too(mara: tuple[Fan, Fan], model: Provider) -> None:
    message = str(uuid.uuid4())
    async with mara[0].talk() as here, mara[1].talk() as there:
        conversation = (await here.open(SHOW, "tamsin"))["conversation"]
        turn = await here.begin(conversation, "Hello.", message)
        await there.post(conversation, "Goodbye.", message)
        await there.until_error(code="idempotency_conflict")
        await there.post(conversation, "Goodbye.")
        await there.until_error(code="turn_in_progress")
        await model.was_asked()
        finish(model, FIRST)
        await here.until("reply.done", turn=turn)


async def test_a_reply_here_is_stopped_from_there(mara: tuple[Fan, Fan], model: Provider, house: Neighbours) -> None:
    async with mara[0].talk() as here, mara[1].talk() as there:
        _, turn = await begun(here, model)
        await there.open(SHOW, "tamsin")
        await there.send("turn.cancel", turn=turn)
        done = await there.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]["text"]) == ("cancelled", PRICE)
        assert done["text_sha256"] == sha256_of(FIRST)
        assert await here.until("reply.done", turn=turn) == done
        await there.send("turn.cancel", turn=turn)
        await there.until_error(turn=turn)
    assert await house.balanced()


async def test_what_is_not_of_this_epoch_or_not_this_fans_is_not_resumed_there(
    mara: tuple[Fan, Fan], model: Provider, house: Neighbours
) -> None:
    _, stranger = await house.rich_fan(f"stranger-{uuid.uuid4().hex}")
    async with mara[0].talk() as here:
        conversation, turn = await begun(here, model)
        mark = here.mark(conversation) | {"seq": 0}
        cases: list[tuple[Fan, Event]] = [(mara[1], mark | {"epoch": "another"}), (stranger, mark)]
        for fan, wanted in cases:
            async with fan.talk(resume=[wanted]) as there:
                assert [answer["recovered"] for answer in there.welcome["resumed"]] == [False]
                if fan is stranger:
                    await there.send("turn.cancel", turn=turn)
                    await there.until_error(**{"class": "invalid_request"})
                    await there.post(conversation, "Hello.")
                    await there.until_error(**{"class": "invalid_request"})
                await there.send("ping", t=1)
                assert (await there.next())["type"] == "pong"
        finish(model, SECOND)
        assert (await here.until("reply.done", turn=turn))["status"] == "completed"


HARMS: list[tuple[Callable[[RedisServer], None], Callable[[RedisServer], None]]] = [
    (RedisServer.kill, RedisServer.start),
    (RedisServer.pause, RedisServer.resume),
]


@pytest.mark.parametrize(("harm", "heal"), HARMS, ids=["killed", "paused"])
async def test_when_redis_fails_under_a_reply_every_word_still_comes_and_it_comes_back(
    mara: tuple[Fan, Fan],
    model: Provider,
    house: Neighbours,
    module_redis: RedisServer,
    harm: Callable[[RedisServer], None],
    heal: Callable[[RedisServer], None],
) -> None:
    await reach(house, "shared")
    async with mara[0].talk() as here, mara[1].talk() as there:
        await there.open(SHOW, "tamsin")
        _, turn = await begun(here, model)
        await there.until("reply.delta", turn=turn)
        try:
            harm(module_redis)
            model.say(SECOND.lstrip() + " ")
            await here.until("reply.delta", turn=turn)
            await there.until("reply.delta", turn=turn)
            await reach(house, "degraded")
        finally:
            heal(module_redis)
        finish(model, THIRD)
        done = await there.until("reply.done", turn=turn)
        assert await here.until("reply.done", turn=turn) == done
        assert text_of(there.of_turn(turn)) == text_of(here.of_turn(turn)) == WHOLE
        await reach(house, "shared")
    assert await house.balanced()


async def test_without_redis_a_reply_here_is_stopped_from_there(
    mara: tuple[Fan, Fan], model: Provider, house: Neighbours, module_redis: RedisServer
) -> None:
    async with mara[0].talk() as here, mara[1].talk() as there:
        try:
            module_redis.kill()
            await reach(house, "degraded")
            _, turn = await begun(here, model)
            await there.open(SHOW, "tamsin")
            await there.send("turn.cancel", turn=turn)
            done = await there.until("reply.done", turn=turn)
            assert (done["status"], done["text_sha256"]) == ("cancelled", sha256_of(FIRST))
            assert await here.until("reply.done", turn=turn) == done
        finally:
            module_redis.start()
    await reach(house, "shared")


async def test_who_leaves_a_process_that_is_about_to_end_hears_the_rest_there(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: RedisServer
) -> None:
    folder = tmp_path_factory.mktemp("leaving")
    async with postgres.fresh() as url, neighbours(folder, url, redis.url, DRAIN_S="60") as both:
        fan = await both.rich_fan("mara")
        async with both.model() as model:
            async with fan[0].talk() as here:
                conversation, turn = await begun(here, model)
                both.processes[0].terminate()
                await here.until("goodbye")
                mark = here.mark(conversation)
                await here.drop()
            async with fan[1].talk(resume=[mark]) as there:
                finish(model, SECOND, THIRD)
                done = await there.until("reply.done", turn=turn)
        assert (done["status"], text_of(here.of_turn(turn) + there.of_turn(turn))) == ("completed", WHOLE)
        assert await both.processes[0].ended() == 0
