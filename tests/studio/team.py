"""A team of the small show, each with a browser, and the few steps that several tests take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.staff.roles import Role
from tests.gateway.builders import House
from tests.gateway.lead import WAIT_S
from tests.gateway.story import SHOW
from tests.staff.browsing import Browser, signed_in

AT = f"/studio/{SHOW}"
JSON = {"accept": "application/json"}


@dataclass(frozen=True)
class Team:
    """Who writes, who approves, who publishes, and who may only look."""

    ana: Browser
    ben: Browser
    cy: Browser
    vi: Browser


@asynccontextmanager
async def team_of(house: House) -> AsyncIterator[Team]:
    """The team at work."""
    roles: tuple[tuple[str, Role], ...] = (
        ("ana", "author"),
        ("ben", "reviewer"),
        ("cy", "publisher"),
        ("vi", "viewer"),
    )
    async with AsyncExitStack() as stack:
        members = [
            await stack.enter_async_context(signed_in(house.base, house.store, name, (role, SHOW)))
            for name, role in roles
        ]
        yield Team(*members)


async def save(who: Browser, content: Mapping[str, Any], revision: int, slug: str = "tamsin") -> httpx.Response:
    """Save a draft as the editor does."""
    fields = {"content": json.dumps(content), "revision": str(revision)}
    return await who.post(f"{AT}/characters/{slug}/draft", fields, **JSON)


async def draft_of(who: Browser, slug: str = "tamsin") -> tuple[dict[str, Any], int]:
    """The draft as an editor gets it: its content and its revision."""
    told = (await who.get(f"{AT}/characters/{slug}/draft", **JSON)).json()
    return told["content"], told["revision"]


async def hand_in(team: Team, **changes: Any) -> int:
    """Change the newest draft and hand it in; the number of its version."""
    content, revision = await draft_of(team.ana)
    assert (await save(team.ana, {**content, **changes}, revision)).status_code == 200
    answer = await team.ana.post(f"{AT}/characters/tamsin/hand-in")
    assert answer.status_code == 303, answer.text
    page = await team.ana.get(f"{AT}/characters/tamsin/versions")
    return int(page.text.split(", version ")[1].split("<")[0])


async def jobs_done() -> None:
    """Wait for the long work that pages of a house in this loop have begun."""
    jobs = [task for task in asyncio.all_tasks() if task.get_name().startswith("studio ")]
    await asyncio.wait_for(asyncio.gather(*jobs), WAIT_S)
