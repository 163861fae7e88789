"""Experiments as they are kept and counted: in both databases, against a count of the same lives made another way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing.types import PriceScope, Usage
from characters.errors import ExperimentRefused, UnknownExperiment
from characters.experiment import DAY_MS, GUARDRAILS, MOVED, STOPPED, Arm, Counted, Experiment, Guardrail, Plan
from characters.proportions import Share
from gateway.adapters.sql_experiment_counts import SqlExperimentCounts
from gateway.bootstrap import Store
from gateway.events import Credits, ReceiptView, TurnStatus
from gateway.experimenting import HOUSEKEEPING, Experimenting
from gateway.records import Conversation, Turn, TurnReport
from tests.gateway.story import SHOW

BEGINS = 20_000 * DAY_MS + 11 * 3_600_000
"""Within a day, as experiments begin."""
EMPTY = ReceiptView(id="r", charged=Credits(text=0, voice=0), price_version="opening")
PROPOSED = Experiment("x-1", SHOW, "tamsin", 1, 2, 40, 100, 28, "ana", BEGINS - 5)


@dataclass
class Said:
    """One message of a fan."""

    id: str
    at_ms: int
    refused: bool = False
    again: bool = False
    reported_at_ms: int | None = None
    refunded_at_ms: int | None = None


@dataclass
class Life:
    """A fan, what they talked in, in order of beginning, and what they said in each."""

    fan: str
    talks: list[tuple[Conversation, list[Said]]] = field(default_factory=list)


def talk(number: int, fan: str, version: int, at_ms: int, mode: int, character: str = "tamsin") -> Conversation:
    """A talk with Tamsin alone, in a what-if, or with Gideon there, in whose name it then goes."""
    scene = mode == 2
    return Conversation(
        id=f"c-{fan}-{number}",
        fan=f"demo/{fan}",
        show=SHOW,
        character="gideon" if scene else character,
        mode=("canon", "what_if", "scene")[mode],
        locale="en",
        release_version=1,
        sheet_version=7 if scene else version,
        epoch="e",
        head_seq=0,
        horizon_cap=None,
        created_at_ms=at_ms,
        partner=character if scene else "",
        partner_version=version if scene else 0,
    )


def lives(plan: Plan, chance: random.Random, many: int) -> list[Life]:
    """Fans who came before, under the plan or to somebody else, and did what fans do, also after it is looked at."""
    made = []
    for number in range(many):
        fan = f"fan-{number}"
        life = Life(f"demo/{fan}")
        at_ms = BEGINS + chance.randrange(-3 * DAY_MS, 9 * DAY_MS)
        for place, mode in enumerate(chance.sample(range(3), chance.choice((1, 1, 2)))):
            version = plan.version_for(life.fan) if at_ms >= BEGINS else 1
            character = "pike" if chance.random() < 0.1 and mode < 2 else "tamsin"
            conversation = talk(place, fan, version, at_ms, mode, character)
            life.talks.append((conversation, said_in(conversation, chance)))
            at_ms += chance.randrange(1, 3 * DAY_MS)
        made.append(life)
    return made


def said_in(conversation: Conversation, chance: random.Random) -> list[Said]:
    """Some messages within two weeks, with what may happen to each."""
    moments = sorted(conversation.created_at_ms + chance.randrange(14 * DAY_MS) for _ in range(chance.randrange(5)))
    moments = moments if chance.random() < 0.7 else moments[:1]
    return [
        Said(
            f"t-{conversation.id}-{place}",
            at_ms,
            refused=chance.random() < 0.1,
            again=chance.random() < 0.1,
            reported_at_ms=at_ms + chance.randrange(4 * DAY_MS) if chance.random() < 0.15 else None,
            refunded_at_ms=at_ms + chance.randrange(4 * DAY_MS) if chance.random() < 0.15 else None,
        )
        for place, at_ms in enumerate(moments)
    ]


async def lived(store: Store, made: Sequence[Life]) -> None:
    """All of it, through the same doors as the gateway's."""
    scope = PriceScope(SHOW, "tamsin", "canon", "en", "us")
    async with store.units.begin() as unit:
        for life in made:
            await unit.books.grant(
                life.fan,
                1_000,
                lot_class="purchased",
                reason="a pack",
                actor="tests",
                idem_key=life.fan,
                now_ms=1,
                paid_minor=999,
                currency="usd",
            )
            for conversation, said in life.talks:
                await unit.conversations.add(conversation)
                for one in said:
                    turn = Turn(
                        id=one.id,
                        conversation=conversation.id,
                        fan=life.fan,
                        client_msg_id=one.id,
                        body_hash="0" * 64,
                        state="running",
                        first_seq=1,
                        owner="tests",
                        horizon=2,
                        created_at_ms=one.at_ms,
                        replaces="t-before" if one.again else None,
                    )
                    await unit.turns.add(turn)
                    status: TurnStatus = "refused" if one.refused else "completed"
                    await unit.turns.finish(one.id, status, EMPTY, now_ms=one.at_ms)
                    if one.reported_at_ms is not None:
                        await unit.turn_reports.add(
                            TurnReport(one.id, life.fan, "spoiler", "", False, 0, one.reported_at_ms)
                        )
                    if one.refunded_at_ms is not None:
                        quote = await unit.books.quote(scope, voice=False, now_ms=one.at_ms)
                        await unit.books.hold(one.id, life.fan, quote, now_ms=one.at_ms, ttl_ms=60_000)
                        await unit.books.capture(one.id, Usage(True, False, 60), now_ms=one.at_ms)
                        await unit.books.refund(
                            one.id,
                            credits=None,
                            reason="r",
                            actor="a",
                            idem_key=f"r:{one.id}",
                            now_ms=one.refunded_at_ms,
                        )


def recounted(plan: Plan, made: Sequence[Life], until_ms: int) -> dict[Arm, Counted]:
    """The same fan by fan in plain words, the arm by the plan and not by what their conversation keeps."""
    found: dict[Arm, Counted] = {}
    for arm in ("control", "challenger"):
        people, over, returned = 0, 0, 0
        hit: dict[Guardrail, int] = dict.fromkeys(GUARDRAILS, 0)
        for life in made:
            theirs = [one for one in life.talks if plan.character in one[0].characters]
            first = min((conversation.created_at_ms for conversation, _ in theirs), default=0)
            if not plan.begins_at_ms <= first < until_ms or plan.arm_of(life.fan) != arm:
                continue
            day = first // DAY_MS
            messages = [one for _, said in theirs for one in said if one.at_ms < until_ms]
            messages = [one for one in messages if one.at_ms // DAY_MS <= day + 7]
            people += 1
            if until_ms // DAY_MS > day + 7:
                over += 1
                returned += any(one.at_ms // DAY_MS > day for one in messages)
            hit["refused"] += any(one.refused for one in messages)
            hit["regenerated"] += any(one.again for one in messages)
            hit["reported"] += any(one.reported_at_ms is not None and one.reported_at_ms < until_ms for one in messages)
            hit["refunded"] += any(one.refunded_at_ms is not None and one.refunded_at_ms < until_ms for one in messages)
        found[arm] = Counted(people, Share(returned, over), hit)
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_people_are_counted_as_they_are_fan_by_fan(empty_store: Store, seed: int) -> None:
    plan = replace(PROPOSED, begun_by="ben", begun_at_ms=BEGINS).plan
    assert plan is not None
    made = lives(plan, random.Random(seed), 120)
    await lived(empty_store, made)
    counts = SqlExperimentCounts(empty_store.database.long_reader)
    for days in (0, 1, 8, 11, 28):
        until_ms = BEGINS + days * DAY_MS
        found = await counts.counted(plan, until_ms=until_ms)
        assert found == recounted(plan, made, until_ms), days
    assert all(found[arm].returned.hits and all(found[arm].guardrails.values()) for arm in found)


async def kept(store: Store, *experiments: Experiment) -> None:
    async with store.units.begin() as unit:
        for one in experiments:
            await unit.experiments.propose(one)


def experimenting(store: Store, now_ms: int = BEGINS) -> Experimenting:
    counts = SqlExperimentCounts(store.database.long_reader)
    return Experimenting(store.units, counts, store.catalogue, clock=lambda: now_ms)


class TestKeeping:
    async def test_one_proposes_and_another_begins(self, empty_store: Store) -> None:
        await kept(empty_store, PROPOSED)
        service = experimenting(empty_store)
        with pytest.raises(ExperimentRefused, match="somebody else has to begin it"):
            await service.begin(SHOW, "x-1", by="Ana")
        begun = await service.begin(SHOW, "x-1", by="ben")
        assert await service.get(SHOW, "x-1") == begun == replace(PROPOSED, begun_by="ben", begun_at_ms=BEGINS)
        with pytest.raises(ExperimentRefused, match="begun or withdrawn already"):
            await service.begin(SHOW, "x-1", by="cy")

    async def test_an_experiment_of_another_show_is_not_there(self, empty_store: Store) -> None:
        await kept(empty_store, PROPOSED)
        for act in (experimenting(empty_store).begin, experimenting(empty_store).stop):
            with pytest.raises(UnknownExperiment):
                await act("another-show", "x-1", by="ben")

    async def test_of_two_that_begin_at_once_for_one_character_one_runs(self, empty_store: Store) -> None:
        await kept(empty_store, PROPOSED, replace(PROPOSED, id="x-2"), replace(PROPOSED, id="x-3", character="gideon"))
        service = experimenting(empty_store)
        ends = await asyncio.gather(
            *(service.begin(SHOW, one, by="ben") for one in ("x-1", "x-2", "x-3")), return_exceptions=True
        )
        refused = [str(end) for end in ends if isinstance(end, ExperimentRefused)]
        assert refused == ["Another experiment with “tamsin” is running."]
        async with empty_store.units.read() as unit:
            assert {one.character for one in await unit.experiments.running()} == {"tamsin", "gideon"}

    async def test_what_was_withdrawn_does_not_begin_and_what_is_over_does_not_end(self, empty_store: Store) -> None:
        await kept(empty_store, PROPOSED)
        service = experimenting(empty_store)
        await service.stop(SHOW, "x-1", by="ana")
        assert (await service.get(SHOW, "x-1")).state == "withdrawn"
        with pytest.raises(ExperimentRefused):
            await service.begin(SHOW, "x-1", by="ben")
        with pytest.raises(ExperimentRefused, match="over already"):
            await service.stop(SHOW, "x-1", by="ana")

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE experiments SET percent = 1",
            "UPDATE experiments SET people = people",
            "UPDATE experiments SET begun_at_ms = 1",
            "DELETE FROM experiments",
        ],
    )
    async def test_the_database_keeps_a_plan_that_was_begun(self, empty_store: Store, change: str) -> None:
        await kept(empty_store, PROPOSED)
        await experimenting(empty_store).begin(SHOW, "x-1", by="ben")

        async def changed() -> None:
            async with empty_store.database.writer.begin() as connection:
                await connection.execute(text(change))

        with pytest.raises(DBAPIError, match="the plan of an experiment is fixed"):
            await changed()


def troubled(plan: Plan, many: int) -> list[Life]:
    """Fans of the first hours; every one of the challenger's has reported a reply, of the control's none."""
    made = []
    for number in range(many):
        fan = f"demo/fan-{number}"
        bad = plan.arm_of(fan) == "challenger"
        conversation = talk(0, f"fan-{number}", plan.version_for(fan), plan.begins_at_ms + number, 0)
        at_ms = conversation.created_at_ms
        said = Said(f"t-{number}", at_ms, reported_at_ms=at_ms + 1_000 if bad else None)
        made.append(Life(fan, [(conversation, [said])]))
    return made


class TestWatching:
    async def begun(self, store: Store) -> Plan:
        await kept(store, PROPOSED)
        plan = (await experimenting(store).begin(SHOW, "x-1", by="ben")).plan
        assert plan is not None
        return plan

    async def test_what_harms_is_ended_at_the_first_look_and_not_before(self, store: Store) -> None:
        await lived(store, troubled(await self.begun(store), 60))
        assert await experimenting(store, BEGINS + DAY_MS - 1).keep_watch() == 0
        looked_at_ms = BEGINS + DAY_MS + 60_000
        assert await experimenting(store, looked_at_ms).keep_watch() == 1
        (looked,) = await experimenting(store, looked_at_ms + 50 * DAY_MS).of_show(SHOW)
        ended = looked.experiment
        assert (ended.state, ended.ended_as, ended.ended_by) == ("ended", "harmful", HOUSEKEEPING)
        assert looked.finding is not None
        assert (looked.days, looked.finding.harms) == (1, ("reported",))
        assert await experimenting(store, looked_at_ms).keep_watch() == 0
        async with store.units.read() as unit:
            assert await unit.experiments.plan_for(SHOW, "tamsin") is None

    async def test_an_experiment_without_harm_runs_until_its_days_are_over(self, store: Store) -> None:
        await self.begun(store)
        assert await experimenting(store, BEGINS + 28 * DAY_MS - 1).keep_watch() == 0
        assert await experimenting(store, BEGINS + 28 * DAY_MS).keep_watch() == 1
        assert (await experimenting(store).get(SHOW, "x-1")).ended_as == "no difference shown"

    async def test_an_experiment_ends_when_another_version_is_put_in_front(self, store: Store) -> None:
        await kept(store, replace(PROPOSED, control=5))
        await experimenting(store).begin(SHOW, "x-1", by="ben")
        assert await experimenting(store).keep_watch() == 1
        assert (await experimenting(store).get(SHOW, "x-1")).ended_as == MOVED

    async def test_what_somebody_stopped_says_so(self, store: Store) -> None:
        await self.begun(store)
        await experimenting(store).stop(SHOW, "x-1", by="cy")
        ended = await experimenting(store).get(SHOW, "x-1")
        assert (ended.ended_as, ended.ended_by, ended.state) == (STOPPED, "cy", "ended")
