"""Reports of replies: kept once, looked at again, and paid back by the canon warranty."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from billing.warranty import REFUNDS_MAX
from gateway.bootstrap import now_ms
from gateway.errors import TurnInProgress, UnknownTurn
from gateway.records import Conversation
from gateway.reporting import Reporting
from persona.reviewing import Review
from persona.types import ReviewRules, Verdict
from tests.gateway.builders import PRICE, House, books_add_up, claims_of
from tests.gateway.client import Event, Fan
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW

NOTE = "she told me about the hall, canarynote"


async def said(fan: Fan, text: str = "What of the roof?") -> Event:
    """A turn that has ended."""
    async with fan.talk() as talk:
        return await talk.say((await talk.open(SHOW, "tamsin"))["conversation"], text)


def doubting(house: House, *, allowed: bool) -> Reporting:
    """Takes reports, and finds every reply at fault or none."""

    async def shield(statement: str) -> Verdict:
        assert statement
        return Verdict(allowed, "" if allowed else "later_fact")

    async def review_of(_talk: Conversation, _speaker: str, _horizon: int, _said: Sequence[str]) -> Review:
        return Review(ReviewRules(), shield)

    return Reporting(house.store.units, house.store.transcripts, review_of, clock=now_ms)


async def test_a_report_is_answered_and_kept_and_exported(house: House) -> None:
    fan = await house.rich_fan()
    done = await said(fan)
    async with fan.talk() as talk:
        await talk.send("turn.report", turn=done["turn"], reason="unkind", note=NOTE)
        reported = await talk.until("turn.reported")
    assert (reported["turn"], reported.get("refunded")) == (done["turn"], None)
    (kept,) = (await fan.get("/v1/me/export"))["reports"]
    assert (kept["turn"], kept["reason"], kept["note"], kept["refunded"]) == (done["turn"], "unkind", NOTE, 0)


async def test_a_reply_that_broke_the_story_is_paid_back_once(house: House) -> None:
    fan = await house.rich_fan(credits=10)
    done = await said(fan)
    reporting = doubting(house, allowed=False)
    for _ in range(2):
        reported = await reporting.report(claims_of(), done["turn"], reason="spoiler", note="")
        assert reported.refunded == PRICE
    assert (await fan.get("/v1/wallet"))["available"] == 10
    listed = (await fan.get(f"/v1/conversations/{done['conversation']}/messages"))["messages"]
    assert listed[1]["receipt"]["refunded"] == PRICE
    assert await books_add_up(house.store.units)


@pytest.mark.parametrize(("reason", "allowed"), [("spoiler", True), ("unkind", False)])
async def test_what_keeps_to_the_story_or_is_no_matter_of_it_is_not_paid_back(
    house: House, reason: str, allowed: bool
) -> None:
    fan = await house.rich_fan(credits=10)
    done = await said(fan)
    assert (
        await doubting(house, allowed=allowed).report(claims_of(), done["turn"], reason=reason, note="")
    ).refunded == 0
    assert (await fan.get("/v1/wallet"))["available"] == 10 - PRICE


async def test_only_so_many_are_paid_back(house: House) -> None:
    fan = await house.rich_fan()
    reporting = doubting(house, allowed=False)
    refunds = []
    for number in range(REFUNDS_MAX + 2):
        done = await said(fan, f"Question {number}")
        refunds.append((await reporting.report(claims_of(), done["turn"], reason="spoiler", note="")).refunded)
    assert refunds == [PRICE] * REFUNDS_MAX + [0, 0]
    assert await books_add_up(house.store.units)


async def test_nobody_reports_another_fans_turn_or_one_that_runs(house: House, model: LedModel) -> None:
    fan, reporting = await house.rich_fan(), doubting(house, allowed=False)
    done = await said(fan)
    for turn in (done["turn"], "t-nobody"):
        with pytest.raises(UnknownTurn):
            await reporting.report(claims_of("nadia"), turn, reason="spoiler", note="")
    model.text = None
    async with fan.talk() as talk:
        running = await talk.begin(done["conversation"], "Go on.")
        with pytest.raises(TurnInProgress):
            await reporting.report(claims_of(), running, reason="spoiler", note="")
        (await model.asked()).end()
        await talk.until("reply.done", turn=running)


async def test_it_works_without_a_socket(house: House) -> None:
    fan, other = await house.rich_fan(), house.fan("nadia")
    done = await said(fan)
    path = f"/v1/turns/{done['turn']}/report"
    answer = await fan.call("POST", path, json={"reason": "spoiler", "note": NOTE})
    assert (answer.status_code, answer.json()) == (200, {"turn": done["turn"], "refunded": 0})
    assert (await other.call("POST", path, json={"reason": "spoiler"})).status_code == 404
    assert (await fan.call("POST", path, json={"note": NOTE})).status_code == 422


async def test_reports_are_erased_with_their_fan(house: House) -> None:
    fan = await house.rich_fan()
    done = await said(fan)
    await fan.call("POST", f"/v1/turns/{done['turn']}/report", json={"reason": "unkind", "note": NOTE})
    assert (await fan.call("DELETE", "/v1/me")).status_code in (200, 202, 204)
    exported = json.dumps(await fan.get("/v1/me/export"))
    assert NOTE not in exported
    assert TEXT not in exported
    async with house.store.units.read() as unit:
        assert await unit.turn_reports.of_fan(claims_of().fan) == ()
