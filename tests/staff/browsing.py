"""A browser without a screen for the pages of staff: it keeps cookies, finds the form's token, and sends forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from gateway.bootstrap import Store
from gateway.bootstrap.staff import open_accounts
from gateway.staff.roles import EVERY_SHOW, Role

PASSWORD = "a few words that ana likes"
TOKEN = re.compile(r'(?:data-csrf|name="csrf" value)="([0-9a-f]{64})"')


@dataclass
class Browser:
    """One browser. `csrf` is of the page that it saw last."""

    http: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page, following where it sends."""
        answer = await self.http.get(path, headers=headers, follow_redirects=True)
        found = TOKEN.search(answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    async def post(self, path: str, fields: Any = None, *, files: Any = None, **headers: str) -> httpx.Response:
        """Send a form with the token of the page seen last; where it sends is not followed."""
        data = {"csrf": self.csrf, **(fields or {})}
        return await self.http.post(path, data=data, files=files, headers=headers)

    async def sign_in(self, name: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
        """Sign in by the form."""
        await self.get("/staff/sign-in")
        answer = await self.post("/staff/sign-in", {"name": name, "password": password, "code": code})
        if answer.status_code == 303:
            await self.get("/staff/account")
        return answer


@asynccontextmanager
async def browser(base: str) -> AsyncIterator[Browser]:
    """A browser that nobody has used."""
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as http:
        yield Browser(http)


async def hire(store: Store, name: str, *grants: tuple[Role, str]) -> None:
    """Somebody of the staff with these roles, given as (role, show), whose password is PASSWORD."""
    accounts = open_accounts(store)
    member = None
    for role, show in grants or (("viewer", "nothing"),):
        member = await accounts.add(name, show or EVERY_SHOW, role, by="tests")
    assert member is not None
    await accounts.accept(await accounts.invite(member, by="tests"), PASSWORD)


@asynccontextmanager
async def signed_in(base: str, store: Store, name: str, *grants: tuple[Role, str]) -> AsyncIterator[Browser]:
    """A browser of somebody new of the staff."""
    await hire(store, name, *grants)
    async with browser(base) as opened:
        assert (await opened.sign_in(name)).status_code == 303
        yield opened
