"""Two processes behind nginx, on one PostgreSQL, Redis and Chroma: what fans notice when any of them goes away."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from tests.fleet.house import CREDITS, FleetHouse, errand, fleet_house
from tests.fleet.rolling import rolling_restart
from tests.fleet.steady_model import reply_to
from tests.gateway.builders import PRICE
from tests.gateway.client import Talk, sha256_of, text_of
from tests.gateway.processes import ENCORE, running
from tests.gateway.story import SHOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
FANS = 20
FEW = 6
WORD_S = 0.05
NEWER = (
    "ALTER TABLE turns ADD COLUMN of_tomorrow TEXT",
    "CREATE TABLE of_tomorrow (id TEXT PRIMARY KEY)",
    "UPDATE alembic_version SET version_num = 'tomorrow_' || version_num",
)
"""What a migration to come would do while older processes serve."""
OLDER = (
    "UPDATE alembic_version SET version_num = replace(version_num, 'tomorrow_', '')",
    "DROP TABLE of_tomorrow",
    "ALTER TABLE turns DROP COLUMN of_tomorrow",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FleetHouse]:
    """One house for all the tests here: each has fans of its own, and mends what it breaks."""
    async with fleet_house(tmp_path_factory.mktemp("fleet"), word_s=WORD_S) as standing:
        yield standing


async def asked(talk: Talk, name: str) -> tuple[str, str, str]:
    """A conversation in which the fan has asked something: it, its turn, and what will have been said."""
    conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
    turn = await talk.begin(conversation, f"Is the roof all right? ({name} m00)", str(uuid.uuid4()))
    return conversation, turn, reply_to(f"{name} m00")


async def test_a_fan_who_drops_in_mid_reply_hears_the_rest_from_the_other_process(house: FleetHouse) -> None:
    fan = await house.fan("mara")
    async with fan.talk() as here:
        conversation, turn, whole = await asked(here, "mara")
        await here.until("reply.delta", turn=turn)
        # While this socket is open the balancer gives the next one to the process that has none.
        async with fan.talk(resume=[here.mark(conversation)]) as there:
            await here.drop()
            done = await there.until("reply.done", turn=turn)
    assert text_of([*here.of_turn(turn), *(e for e in there.of_turn(turn) if e not in here.of_turn(turn))]) == whole
    assert (done["status"], done["text_sha256"]) == ("completed", sha256_of(whole))
    assert done["wallet"] == {"available": CREDITS - PRICE, "held": 0}
    sockets = [passed.upstreams for passed in house.balancer.passed() if passed.path == "/v1/realtime"]
    assert len({*sockets}) == 2, sockets


@pytest.mark.parametrize("path", ["/readyz", "/healthz", "/metrics"])
async def test_what_is_for_machines_is_not_reached_through_the_balancer(house: FleetHouse, path: str) -> None:
    fan = await house.fan("stranger")
    assert (await fan.call("GET", path)).status_code == 404


async def test_a_rolling_restart_under_live_streams_loses_and_doubles_nothing(house: FleetHouse) -> None:
    outcome = await rolling_restart(house, FANS)
    assert outcome.moved_on, "nobody was turned away by a process that drained and let in by the other"
    assert outcome.statuses == [0, 0]


async def test_when_redis_is_killed_under_load_words_still_arrive_and_the_money_is_right(house: FleetHouse) -> None:
    await house.until_ready(200, ready=True, live="shared")
    fans = await house.crowd("deaf", FEW)
    said = [errand(fan, drop_after=6) for fan in fans]
    begun = house.progress.turns + FEW
    talking = [asyncio.create_task(fan.run()) for fan in fans]
    await house.progress.reached(begun)
    try:
        house.redis.kill()
        await house.until_ready(200, ready=True, live="degraded")
        await asyncio.gather(*talking)
    finally:
        house.redis.start()
    assert [each.done and each.done["status"] for each in said] == ["completed"] * FEW
    await house.until_ready(200, ready=True, live="shared")
    await house.reckoned()


async def test_no_fan_notices_that_chroma_is_gone(house: FleetHouse) -> None:
    fan = await house.fan("forgotten")
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        try:
            house.chroma.kill()
            done = await talk.say(conversation, "Hello? (forgotten m00)")
            assert (done["status"], done["wallet"]["available"]) == ("completed", CREDITS - PRICE)
            await house.until_ready(200, ready=True)
        finally:
            house.chroma.start()
        done = await talk.say(conversation, "Hello? (forgotten m01)")
        assert (done["status"], done["wallet"]["available"]) == ("completed", CREDITS - 2 * PRICE)


async def test_an_index_that_was_lost_is_made_again_from_the_database(house: FleetHouse) -> None:
    fan = await house.fan("amnesia")
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        house.chroma.kill()
        house.chroma.forget()
        house.chroma.start()
        done = await talk.say(conversation, "Hello? (amnesia m00)")
        assert done["status"] == "completed"


async def test_a_newer_schema_does_not_stop_older_processes_but_keeps_them_from_starting(house: FleetHouse) -> None:
    fan = await house.fan("ahead")
    async with house.store() as store, fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.say(conversation, "Hello? (ahead m00)")
        async with store.database.writer.begin() as connection:
            for statement in NEWER:
                await connection.execute(text(statement))
        try:
            done = await talk.say(conversation, "Hello? (ahead m01)")
            assert (done["status"], done["wallet"]["available"]) == ("completed", CREDITS - 2 * PRICE)
            newcomer = {**house.environment, "ENCORE_DATA_DIR": str(house.settings.data_dir / "newcomer")}
            async with running(*ENCORE, "serve", "--port", "0", environment=newcomer) as process:
                status, _, errors = await process.output()
            assert (status, "newer version of Encore" in errors) == (1, True), errors
        finally:
            async with store.database.writer.begin() as connection:
                for statement in OLDER:
                    await connection.execute(text(statement))


async def test_when_the_database_restarts_turns_fail_cleanly_and_it_is_found_again(house: FleetHouse) -> None:
    fans = await house.crowd("bookless", FEW)
    said = [errand(fan) for fan in fans]
    late = await house.fan("late")
    begun = house.progress.turns + FEW
    async with late.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        talking = [asyncio.create_task(fan.run()) for fan in fans]
        await house.progress.reached(begun)
        await asyncio.to_thread(house.postgres.stop)
        try:
            await house.until_ready(503, ready=False)
            message = await talk.post(conversation, "Hello? (late m00)")
            error = await talk.until_error(code="internal")
            assert error["retryable"]
        finally:
            await asyncio.to_thread(house.postgres.start)
        await house.until_ready(200, ready=True)
        done = await talk.say(conversation, "Hello? (late m00)", message)
        assert (done["status"], done["wallet"]["available"]) == ("completed", CREDITS - PRICE)
        await asyncio.gather(*talking)
    ends = {(each.done["status"], each.done.get("code")) for each in said if each.done}
    assert ends <= {("completed", None), ("failed", "interrupted"), ("failed", "internal")}
    assert all(each.done for each in said)
    await house.reckoned()
