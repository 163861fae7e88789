"""Experiments through the Studio's pages: what fans meet while one runs, and what nobody may begin."""

from __future__ import annotations

import re
from dataclasses import replace

from characters.experiment import DAY_MS, Experiment, Plan
from gateway.bootstrap import now_ms
from tests.gateway.builders import House
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW, WITHHELD
from tests.gateway.test_experiments import lived, troubled
from tests.staff.browsing import Browser, signed_in
from tests.studio.team import AT, Team, hand_in, team_of
from tests.studio.test_sheets import approve, record

PAGE = f"{AT}/experiments"
PLAN = {"character": "tamsin", "control": "1", "challenger": "2", "percent": "50", "people": "100", "days": "28"}
ESSENCE = "You count every screw aloud."


async def approved(team: Team) -> None:
    """Version 2 of Tamsin, which is approved and not published."""
    await record(team, "voice")
    assert await hand_in(team, essence=ESSENCE) == 2
    await approve(team, 2)


async def proposed(who: Browser, **changes: str) -> str:
    """Propose; the id of the experiment, which is the newest."""
    await who.get(PAGE)
    answer = await who.post(PAGE, {**PLAN, **changes})
    assert answer.status_code == 303, answer.text
    found = re.search(r'id="(x-[0-9a-f]+)" data-state="proposed"', (await who.get(PAGE)).text)
    assert found
    return found.group(1)


async def begun(house: House, team: Team, **changes: str) -> Plan:
    """An experiment that runs."""
    experiment = await proposed(team.ana, **changes)
    await team.cy.get(PAGE)
    assert (await team.cy.post(f"{PAGE}/{experiment}/begin")).status_code == 303
    plan = (await house.store.experiments.get(SHOW, experiment)).plan
    assert plan is not None
    return plan


def fans_of(plan: Plan) -> dict[int, str]:
    """Somebody for each version."""
    names = {plan.version_for(f"demo/{name}"): name for name in (f"fan-{number}" for number in range(60))}
    assert set(names) == {1, 2}
    return names


async def version_met(house: House, fan: str) -> int:
    async with house.fan(fan).talk() as talk:
        return int((await talk.open(SHOW, "tamsin"))["character"]["version"])


async def test_two_fans_meet_different_versions_and_keep_them(house: House, model: LedModel) -> None:
    model.text = "Mind the step."
    assert await version_met(house, "mara") == 1
    async with team_of(house) as team:
        await approved(team)
        plan = await begun(house, team)
        fans = fans_of(plan)
        for version, fan in fans.items():
            client = await house.rich_fan(fan)
            async with client.talk() as talk:
                opened = await talk.open(SHOW, "tamsin")
                assert opened["character"]["version"] == version
                await talk.say(opened["conversation"], "Is the roof all right?")
            prompt = "\n".join(message.content for message in model.prompts[-1].messages)
            assert (ESSENCE in prompt) == (version == 2)
        assert await version_met(house, "mara") == 1

        await team.cy.get(PAGE)
        assert (await team.cy.post(f"{PAGE}/{plan.id}/stop")).status_code == 303
        assert 'data-state="ended"' in (await team.cy.get(PAGE)).text
        assert await version_met(house, fans[2]) == 2
        late = next(name for name in ("a", "b", "c", "d", "e", "f") if plan.version_for(f"demo/{name}") == 2)
        assert await version_met(house, late) == 1


async def test_what_is_put_in_front_meanwhile_is_what_fans_meet(house: House) -> None:
    async with team_of(house) as team:
        await approved(team)
        plan = await begun(house, team)
        await hand_in(team, essence="You whistle.")
        await approve(team, 3)
        await team.cy.get(f"{AT}/characters/tamsin/versions")
        assert (await team.cy.post(f"{AT}/characters/tamsin/publish", {"version": "3"})).status_code == 303
        for fan in fans_of(plan).values():
            assert await version_met(house, fan) == 3
        assert await house.store.experiments.keep_watch() == 1
        assert "front moved" in (await team.ana.get(PAGE)).text


async def test_nobody_begins_what_they_proposed(house: House) -> None:
    grants = (("author", SHOW), ("publisher", SHOW))
    async with team_of(house) as team, signed_in(house.base, house.store, "dot", *grants) as dot:  # type: ignore[arg-type]
        await approved(team)
        experiment = await proposed(dot)
        refused = await dot.post(f"{PAGE}/{experiment}/begin")
        assert (refused.status_code, "somebody else has to begin it" in refused.text) == (409, True)
        assert await version_met(house, "mara") == 1


async def test_only_versions_that_could_be_published_are_compared(house: House) -> None:
    async with team_of(house) as team:
        await record(team, "voice")
        await hand_in(team, essence=ESSENCE)
        await team.ana.get(PAGE)
        waiting = await team.ana.post(PAGE, PLAN)
        assert (waiting.status_code, "somebody who did not write it" in waiting.text) == (409, True)
        await approve(team, 2)
        behind = await team.ana.post(PAGE, {**PLAN, "control": "2", "challenger": "1"})
        assert (behind.status_code, "not the one in front" in behind.text) == (409, True)
        assert (await team.ana.post(PAGE, {**PLAN, "challenger": "9"})).status_code == 404
        for wrong in ({"challenger": "1"}, {"percent": "51"}, {"people": "0"}, {"days": "8"}):
            assert (await team.ana.post(PAGE, {**PLAN, **wrong})).status_code == 422, wrong
        await hand_in(team, essence=f"You keep the key of {WITHHELD}.")
        await approve(team, 3)
        telling = await team.ana.post(PAGE, {**PLAN, "challenger": "3"})
        assert (telling.status_code, WITHHELD in telling.text) == (409, True)
    async with house.store.units.read() as unit:
        assert await unit.experiments.of_show(SHOW) == ()


async def test_the_page_tells_who_was_counted_and_what_harms(house: House) -> None:
    begins_at_ms = now_ms() - 2 * DAY_MS - 60_000
    experiment = Experiment("x-1", SHOW, "tamsin", 1, 2, 50, 100, 28, "ana", begins_at_ms)
    async with house.store.units.begin() as unit:
        await unit.experiments.propose(experiment)
        await unit.experiments.begin("x-1", by="cy", now_ms=begins_at_ms)
    plan = replace(experiment, begun_by="cy", begun_at_ms=begins_at_ms).plan
    assert plan is not None
    fans = troubled(plan, 80)
    await lived(house.store, fans)
    bad = sum(plan.arm_of(life.fan) == "challenger" for life in fans)
    async with team_of(house) as team:
        page = (await team.ben.get(PAGE)).text
        assert "Stop it" not in page  # a reviewer may not
        assert "As of 2 whole days" in page
        assert "100 people are missing" in page
        assert "had a reply reported than chance explains" in page
        rows = dict(re.findall(r'data-arm="(\w+)"(.*?)</tr>', page, re.DOTALL))
        for arm, people, reported in (("control", 80 - bad, 0), ("challenger", bad, bad)):
            assert f'people">{people}<' in rows[arm]
            assert f'reported">{reported}<' in rows[arm]
        assert await house.store.experiments.keep_watch() == 1
        assert '<span class="badge bad">harmful</span>' in (await team.ben.get(PAGE)).text
