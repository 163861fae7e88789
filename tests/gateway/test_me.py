"""What is kept of a fan, exported and erased: everything is in the one, and nothing is left by the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from billing.types import PriceScope
from gateway.bootstrap import Store, now_ms
from gateway.erasing import Erasure
from gateway.exporting import FORMAT, Archive, Exported, exported
from gateway.ports import Unit, Units
from gateway.records import Conversation
from gateway.settling import Ending, Settler
from gateway.summarising import LOW_TURNS
from tests.gateway.builders import OTHER_APP, PRICE, House, books_add_up, claims_of, grant
from tests.gateway.client import Event, Fan
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.story import SHOW
from tests.gateway.test_erasing import files_with, tables_with
from tests.gateway.test_http import error_of
from tests.gateway.test_notes import CANARY, notes_of, said
from tests.gateway.test_store_contract import turn as turn_record
from tests.gateway.test_summaries import LONG, chat, opened_talk, summarising_of, talked

FAN = claims_of().fan
PARTS = ("message", "reply", "note", "amended", "summary", "ticket")
CANARIES = {part: f"{CANARY}{part}" for part in PARTS}
"""A word of its own for every way in which a fan's words are kept."""


async def full_life(house: House, model: LedModel) -> Fan:
    """A fan whose words are kept in every way there is."""
    fan = await house.rich_fan(credits=100)
    model.text = f"You said {CANARIES['reply']}, I think."
    await said(house, fan, f"I live in {CANARIES['note']}.", "I love sushi.", f"Do you know {CANARIES['message']}?")
    note = next(note for note in await notes_of(fan) if "sushi" in note["text"])
    await fan.call("PATCH", f"/v1/notes/{note['id']}", json={"text": f"I love {CANARIES['amended']}."})
    await talked(house.store, *chat(f"The lamp of {CANARIES['summary']} burns brightly.", LONG), at_ms=now_ms())
    await summarising_of(house.store).catch_up()
    named = claims_of()
    async with house.store.units.begin() as unit:
        claims = {**named.as_json(), "name": CANARIES["ticket"]}
        await unit.tickets.issue("hash", claims, None, expires_at_ms=now_ms() + 60_000)
    return fan


async def begun_elsewhere(store: Store, conversation: str, words: str, number: int = 1) -> None:
    """A turn that another process has begun: its hold, its words, and nothing performed yet."""
    turn = turn_record(number, of=conversation)
    async with store.units.begin() as unit:
        quote = await unit.books.quote(PriceScope(), voice=False, now_ms=now_ms(), opened_at_ms=0)
        await unit.books.hold(turn.id, FAN, quote, now_ms=now_ms(), ttl_ms=60_000)
        await unit.turns.add(turn)
        await unit.transcripts.begin(conversation, turn.id, fan_text=words, horizon=1, now_ms=number)


class CountedUnits:
    """Units of which so many are waited for."""

    def __init__(self, units: Units, wanted: int) -> None:
        self._units, self._wanted, self.enough = units, wanted, asyncio.Event()
        self.read = units.read

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        async with self._units.begin() as unit:
            yield unit
        self._wanted -= 1
        if self._wanted == 0:
            self.enough.set()


async def export_of(fan: Fan) -> Event:
    answer = await fan.call("GET", "/v1/me/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert "attachment" in answer.headers["content-disposition"]
    document: Event = json.loads(answer.text)
    Exported.model_validate_json(answer.text)
    return document


class TestExporting:
    async def test_everything_a_fan_said_and_is_remembered_by_is_in_it(self, house: House, model: LedModel) -> None:
        fan = await full_life(house, model)
        document = await export_of(fan)
        text = json.dumps(document, ensure_ascii=False)
        assert [part for part in PARTS if CANARIES[part] not in text] == ["ticket"]
        assert (document["format"], document["app"], document["fan"]) == (FORMAT, "demo", "mara")
        told = LONG + 3 - 1 - LOW_TURNS  # without the turn that was put right
        assert [summary["turns"] for summary in document["summaries"]] == [told]
        assert {note["id"] for note in document["notes"]} == {note["id"] for note in await notes_of(fan)}

    async def test_its_money_is_what_the_wallet_the_statement_and_the_receipts_say(self, house: House) -> None:
        fan = await house.rich_fan(credits=20)
        turns = await said(house, fan, "I live in Lima.", "I moved to Cusco.")
        document = await export_of(fan)
        statement = await fan.get("/v1/wallet/statement")
        assert document["available"] == 20 - 2 * PRICE == (await fan.get("/v1/wallet"))["available"]
        assert document["statement"] == statement["lines"]
        (talk,) = document["conversations"]
        assert [turn["turn"] for turn in talk["turns"]] == turns[::-1]
        receipt = talk["turns"][0]["receipt"]
        assert receipt == await fan.get(f"/v1/receipts/{receipt['id']}")
        old, new = document["notes"]
        assert (old["current"], old["superseded_by"]) == (False, new["id"])

    async def test_a_fan_who_never_came_has_an_export_too(self, house: House) -> None:
        document = await export_of(house.fan("nobody"))
        assert {name: document[name] for name in ("available", "notes", "conversations", "statement", "orders")} == {
            "available": 0,
            "notes": [],
            "conversations": [],
            "statement": [],
            "orders": [],
        }

    async def test_a_turn_under_way_is_in_it_without_a_receipt(self, house: House, model: LedModel) -> None:
        model.text = None
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.begin(conversation, "Is it late?")
            part = await model.asked()
            (exported_talk,) = (await export_of(fan))["conversations"]
            (turn,) = exported_talk["turns"]
            assert (turn["fan"], turn["status"], turn["receipt"]) == ("Is it late?", "running", None)
            part.end()

    async def test_of_another_fan_nothing_is_in_it(self, house: House, model: LedModel) -> None:
        await full_life(house, model)
        for stranger in (house.fan("somebody-else"), house.fan("mara", app=OTHER_APP)):
            assert CANARY not in json.dumps(await export_of(stranger))

    async def test_long_talks_and_statements_come_in_pages(self, store: Store) -> None:
        await grant(store.units, claims_of(), 5)
        talk = await opened_talk(store)
        for number in range(120):
            await begun_elsewhere(store, talk, f"line {number}", number)
            await Settler(store.units, clock=now_ms).settle(turn_record(number, of=talk), Ending("failed"))
        for _ in range(210):
            await grant(store.units, claims_of(), 1)
        pieces = [
            piece async for piece in exported(Archive(store.units, store.transcripts), claims_of(), now_ms=now_ms())
        ]
        document = json.loads("".join(pieces))
        (one,) = document["conversations"]
        assert [turn["fan"] for turn in one["turns"]] == [f"line {n}" for n in range(119, -1, -1)]
        assert len(document["statement"]) == 211
        assert max(len(piece) for piece in pieces) < 2_000


class TestErasing:
    async def test_nothing_is_left_in_any_file_and_the_books_stay(
        self, house: House, model: LedModel, data_dir: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        fan = await full_life(house, model)
        for part in PARTS:
            assert files_with(data_dir, CANARIES[part]) != [], part
        before = await fan.get("/v1/wallet")
        statement = await fan.get("/v1/wallet/statement")
        assert (await fan.call("DELETE", "/v1/me")).status_code == 204
        assert files_with(data_dir, CANARY) == []
        assert await tables_with(house.store, CANARY) == set()
        assert CANARY not in caplog.text
        assert await fan.get("/v1/wallet") == before
        assert await fan.get("/v1/wallet/statement") == statement
        assert await books_add_up(house.store.units)

    async def test_nothing_is_left_after_the_server_ended_either(
        self, house: House, model: LedModel, data_dir: Path
    ) -> None:
        fan = await full_life(house, model)
        assert (await fan.call("DELETE", "/v1/me")).status_code == 204
        house.stop()
        await house.store.database.aclose()
        assert files_with(data_dir, CANARY) == []

    async def test_the_fan_comes_back_as_somebody_new(self, house: House, model: LedModel) -> None:
        fan = await full_life(house, model)
        old = (await fan.get("/v1/conversations"))["conversations"][0]["id"]
        assert (await fan.call("DELETE", "/v1/me")).status_code == 204
        assert (await fan.call("DELETE", "/v1/me")).status_code == 204
        model.text = "The roof leaks."
        await said(house, fan, "Where do I live?")
        assert CANARY not in "".join(message.content for message in model.prompts[-1].messages)
        document = await export_of(fan)
        assert [talk["id"] == old for talk in document["conversations"]] == [False]
        assert CANARY not in json.dumps(document["notes"])

    async def test_a_running_turn_is_ended_first_and_priced_for_what_was_delivered(
        self, house: House, model: LedModel, data_dir: Path
    ) -> None:
        model.text = None
        fan = await house.rich_fan(credits=20)
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.begin(conversation, f"I live in {CANARY}.")
            part = await model.asked()
            part.say("Far away, then. ")
            await talk.until("reply.delta")
            assert (await fan.call("DELETE", "/v1/me")).status_code == 204
            await asyncio.wait_for(part.over.wait(), 10)
        assert files_with(data_dir, CANARY) == []
        wallet = await fan.get("/v1/wallet")
        assert (wallet["available"], wallet["held"]) == (20 - PRICE, 0)
        assert house.gateway.turns.running == 0
        assert await books_add_up(house.store.units)

    async def test_a_turn_that_another_process_performs_is_ended_too(self, empty_store: Store) -> None:
        store = empty_store
        await grant(store.units, claims_of(), 20)
        async with store.units.begin() as unit:
            await unit.conversations.add(Conversation("c-9", FAN, SHOW, "tamsin", "canon", "en", 1, 1, "e", 0, None, 1))
            for fan in (claims_of(), claims_of("other"), claims_of(app=OTHER_APP)):
                claims = {**fan.as_json(), "name": f"{CANARY}{fan.fan}"}
                await unit.tickets.issue(fan.fan, claims, None, expires_at_ms=now_ms() + 60_000)
        await begun_elsewhere(store, "c-9", CANARY)
        await store.erasure().erase(FAN)
        assert await tables_with(store, CANARY) == {"tickets"}
        assert await tables_with(store, f"{CANARY}{FAN}") == set()
        async with store.units.begin() as unit:
            await unit.tickets.erase("demo/other")
            await unit.tickets.erase(f"{OTHER_APP}/mara")
        assert await tables_with(store, CANARY) == set()
        async with store.units.read() as unit:
            wallet = await unit.books.wallet(FAN)
        assert (wallet.available, wallet.held) == (20, 0)
        assert await books_add_up(store.units)

    async def test_a_stranger_erases_nobody_but_themself(self, house: House, model: LedModel) -> None:
        fan = await full_life(house, model)
        before = await export_of(fan)
        for stranger in (house.fan("somebody-else"), house.fan("mara", app=OTHER_APP)):
            assert (await stranger.call("DELETE", "/v1/me")).status_code == 204
        after = await export_of(fan)
        assert {**after, "exported_at_ms": 0} == {**before, "exported_at_ms": 0}

    async def test_many_who_leave_at_once_share_a_rewriting(self, house: House) -> None:
        fans = [await house.rich_fan(f"fan-{number}") for number in range(6)]
        for fan in fans:
            await said(house, fan, "I live in Lima.")
        answers = await asyncio.gather(*(fan.call("DELETE", "/v1/me") for fan in fans))
        assert {answer.status_code for answer in answers} == {204}
        assert [(await fan.get("/v1/conversations"))["conversations"] for fan in fans] == [[]] * 6

    async def test_whoever_waits_for_a_rewriting_that_began_too_early_gets_their_own(self, store: Store) -> None:
        began, go_on, units = asyncio.Event(), asyncio.Event(), CountedUnits(store.units, 4)
        rewritten: list[int] = []

        async def rewrite() -> None:
            began.set()
            await go_on.wait()
            rewritten.append(len(rewritten))

        erasure = Erasure(units, rewrite, clock=now_ms)
        first = asyncio.create_task(erasure.erase("demo/a"))
        await began.wait()
        others = [asyncio.create_task(erasure.erase(f"demo/{name}")) for name in "bcd"]
        await asyncio.wait_for(units.enough.wait(), WAIT_S)
        go_on.set()
        await asyncio.gather(first, *others)
        assert rewritten == [0, 1]

    async def test_a_rewriting_that_failed_is_done_by_the_next(self, store: Store) -> None:
        class Full(Exception):
            pass

        async def rewrite() -> None:
            tried.append(True)
            if len(tried) == 1:
                raise Full

        tried: list[bool] = []
        erasure = Erasure(store.units, rewrite, clock=now_ms)
        with pytest.raises(Full):
            await erasure.erase("demo/a")
        await erasure.erase("demo/a")
        assert len(tried) == 2


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/me/export"), ("DELETE", "/v1/me")])
async def test_nobody_exports_or_erases_without_a_token(house: House, method: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
        answer = await http.request(method, path)
    assert (answer.status_code, error_of(answer)["code"]) == (401, "unauthenticated")
    answer = await Fan(house.base, house.fan().token, "https://elsewhere.example").call(method, path)
    assert (answer.status_code, error_of(answer)["code"]) == (403, "forbidden_origin")
