"""Every route of the Desk: closed to nobody known, to the wrong role, and to a form that is not of this session."""

from __future__ import annotations

import re
from typing import cast

import pytest
from fastapi.routing import APIRoute

from gateway.bootstrap.desk import open_desk
from gateway.bootstrap.staff import open_door
from gateway.desk.routes import desk_router
from gateway.limits import Unlimited
from gateway.staff.roles import Role
from tests.gateway.builders import House
from tests.staff.browsing import browser, signed_in

NEEDS: dict[str, Role] = {
    "GET /desk/prices": "billing_viewer",
    "GET /desk/prices/new": "billing_admin",
    "POST /desk/prices": "billing_admin",
    "GET /desk/prices/{id}": "billing_viewer",
    "GET /desk/prices/{id}/trial": "billing_viewer",
    "POST /desk/prices/{id}/approve": "billing_approver",
    "POST /desk/prices/{id}/withdraw": "billing_admin",
    "GET /desk/fans": "support",
    "GET /desk/fans/account": "support",
    "POST /desk/fans/goodwill": "billing_admin",
    "POST /desk/fans/freeze": "billing_admin",
    "GET /desk/receipts/{id}": "support",
    "POST /desk/receipts/{id}/refund": "support",
    "GET /desk/orders/{id}": "support",
    "GET /desk/orders/{id}/evidence": "support",
    "POST /desk/orders/{id}/refund": "support",
    "GET /desk/packs": "billing_viewer",
    "POST /desk/packs/{id}/retire": "billing_admin",
    "POST /desk/promotions/{name}/retire": "billing_admin",
    "GET /desk/packs/new": "billing_admin",
    "GET /desk/promotions/new": "billing_admin",
    "POST /desk/packs": "billing_admin",
    "POST /desk/promotions": "billing_admin",
    "GET /desk/packs/{id}": "billing_viewer",
    "GET /desk/promotions/{id}": "billing_viewer",
    "POST /desk/packs/{id}/approve": "billing_approver",
    "POST /desk/promotions/{id}/approve": "billing_approver",
    "POST /desk/packs/{id}/withdraw": "billing_admin",
    "POST /desk/promotions/{id}/withdraw": "billing_admin",
    "GET /desk/revenue": "billing_viewer",
    "GET /desk/liability": "billing_viewer",
    "GET /desk/payouts": "billing_viewer",
    "GET /desk/exports/{name}.{form}": "billing_viewer",
    "GET /desk/figures": "billing_viewer",
    "POST /desk/figures/rebuild": "billing_viewer",
    "GET /desk/reconciliation": "billing_viewer",
    "POST /desk/reconciliation": "billing_viewer",
    "POST /desk/reconciliation/repair": "billing_admin",
    "GET /desk/alerts": "billing_viewer",
    "POST /desk/alerts/verify": "billing_viewer",
}
"""The least role for every route but the front page."""
WRONG: dict[Role, Role] = {"billing_viewer": "author", "support": "billing_viewer", "billing_admin": "support"}
"""A role that has not what the other has."""


def split(route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    return method, re.sub(r"\{(\w+)\}", "opening", path.replace("{form}", "csv"))


def test_every_route_is_in_the_table(house: House) -> None:
    router = desk_router(open_door(house.store, Unlimited()), open_desk(house.store, None))
    found = {
        f"{method} {route.path}"
        for route in cast(list[APIRoute], router.routes)
        for method in route.methods or ()
        if method in ("GET", "POST")
    }
    assert found - {"GET /desk"} == set(NEEDS)


async def test_nobody_gets_anywhere_without_signing_in(house: House) -> None:
    async with browser(house.base) as nobody:
        for route in ("GET /desk", *NEEDS):
            method, path = split(route)
            answer = await nobody.http.request(method, path)
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/staff/sign-in"), route


@pytest.mark.parametrize("wrong", ["author", "support", "billing_viewer", "billing_approver"])
async def test_a_role_gets_no_further_than_its_duties(house: House, wrong: Role) -> None:
    async with signed_in(house.base, house.store, "eve", (wrong, "")) as eve:
        for route, needed in NEEDS.items():
            barred = WRONG.get(needed) == wrong or (needed == "billing_approver" and wrong != "billing_approver")
            if barred:
                method, path = split(route)
                sent = eve.http.get(path) if method == "GET" else eve.post(path, {"once": "0" * 32})
                assert (await sent).status_code == 403, route


async def test_a_form_of_another_session_or_none_is_refused_everywhere(house: House) -> None:
    roles: tuple[tuple[Role, str], ...] = (("billing_admin", ""), ("billing_approver", ""))
    async with (
        signed_in(house.base, house.store, "ana", *roles) as ana,
        signed_in(house.base, house.store, "ben", *roles) as ben,
    ):
        assert ana.csrf != ben.csrf
        for route in NEEDS:
            method, path = split(route)
            if method == "POST":
                for csrf in ("", ben.csrf):
                    answer = await ana.http.post(path, data={"csrf": csrf})
                    assert answer.status_code == 403, route
                    assert "out of date" in answer.text, route


async def test_a_form_kept_beyond_its_session_changes_nothing(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
        await ana.get("/desk/prices/new")
        kept = ana.csrf
        await ana.post("/staff/sign-out")
        await ana.sign_in("ana")
        fields = {"csrf": kept, "id": "late", "text": "1", "effective_from": "2090-01-01"}
        assert (await ana.http.post("/desk/prices", data=fields)).status_code == 403
    async with house.store.units.read() as unit:
        assert await unit.books.card.proposals() == ()


async def test_the_front_page_leads_to_what_somebody_may_see(house: House) -> None:
    for name, role, path in (
        ("vera", "billing_viewer", "/desk/alerts"),
        ("sam", "support", "/desk/prices"),
    ):
        async with signed_in(house.base, house.store, name, (cast(Role, role), "")) as one:
            assert (await one.get("/desk")).url.path == path
    async with signed_in(house.base, house.store, "eve", ("author", "")) as eve:
        assert (await eve.get("/desk")).status_code == 403
