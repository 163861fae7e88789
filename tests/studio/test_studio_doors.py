"""Every route of the Studio, by the gateway's own account: as nobody, as every role, as another team, as no page."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute

from gateway.staff.roles import MAY, SHOW_ROLES, Duty, Role
from tests.gateway.builders import House
from tests.gateway.story import SHOW
from tests.staff.browsing import browser, signed_in

NEEDS: dict[tuple[str, str], Duty | None] = {
    ("GET", "/studio"): None,
    ("POST", "/studio"): "show.create",
    ("GET", "/studio/{show}"): "show.read",
    ("POST", "/studio/{show}/releases"): "character.publish",
    ("GET", "/studio/{show}/files"): "script.write",
    ("POST", "/studio/{show}/files"): "script.write",
    ("POST", "/studio/{show}/files/remove"): "script.write",
    ("GET", "/studio/{show}/files/changes"): "script.write",
    ("POST", "/studio/{show}/files/import"): "script.write",
    ("GET", "/studio/{show}/jobs/{kind}"): "script.write",
    ("GET", "/studio/{show}/script"): "show.read",
    ("GET", "/studio/{show}/script/{episode}"): "show.read",
    ("POST", "/studio/{show}/airings"): "script.write",
    ("GET", "/studio/{show}/canon"): "unaired.read",
    ("POST", "/studio/{show}/canon"): "sheet.write",
    ("GET", "/studio/{show}/characters"): "unaired.read",
    ("POST", "/studio/{show}/characters/draft"): "sheet.write",
    ("POST", "/studio/{show}/characters/import"): "sheet.write",
    ("GET", "/studio/{show}/characters/{slug}"): "sheet.write",
    ("GET", "/studio/{show}/characters/{slug}/draft"): "sheet.write",
    ("POST", "/studio/{show}/characters/{slug}/draft"): "sheet.write",
    ("POST", "/studio/{show}/characters/{slug}/lore"): "sheet.write",
    ("POST", "/studio/{show}/characters/{slug}/voice"): "sheet.write",
    ("POST", "/studio/{show}/characters/{slug}/hand-in"): "sheet.write",
    ("GET", "/studio/{show}/characters/{slug}/export/{format_}"): "unaired.read",
    ("GET", "/studio/{show}/characters/{slug}/versions"): "unaired.read",
    ("GET", "/studio/{show}/characters/{slug}/versions/{version}/doubts"): "unaired.read",
    ("POST", "/studio/{show}/characters/{slug}/review"): "character.review",
    ("POST", "/studio/{show}/characters/{slug}/publish"): "character.publish",
    ("POST", "/studio/{show}/characters/{slug}/roll-back"): "character.publish",
    ("GET", "/studio/{show}/ask"): "character.ask",
    ("POST", "/studio/{show}/ask"): "character.ask",
    ("GET", "/studio/{show}/probes"): "character.ask",
    ("POST", "/studio/{show}/probes"): "character.ask",
    ("GET", "/studio/{show}/probes/progress"): "character.ask",
    ("GET", "/studio/{show}/experiments"): "unaired.read",
    ("POST", "/studio/{show}/experiments"): "sheet.write",
    ("POST", "/studio/{show}/experiments/{experiment}/begin"): "character.publish",
    ("POST", "/studio/{show}/experiments/{experiment}/stop"): "character.publish",
    ("GET", "/studio/{show}/questions"): "unaired.read",
    ("GET", "/studio/{show}/rights"): "unaired.read",
    ("POST", "/studio/{show}/rights"): "rights.write",
    ("GET", "/studio/{show}/team"): "team.write",
    ("POST", "/studio/{show}/team"): "team.write",
    ("GET", "/studio/{show}/log"): "unaired.read",
}
"""What each route needs, written down a second time: by hand, and not from the code."""
IDS = {
    "show": SHOW,
    "slug": "tamsin",
    "kind": "import",
    "episode": "1",
    "format_": "yaml",
    "version": "1",
    "experiment": "x-1",
}
EVERY_DUTY: tuple[Role, ...] = ("admin", "author", "reviewer", "publisher")


def routes_of(house: House) -> set[tuple[str, str]]:
    """Every route of the Studio that this gateway has."""
    found = set()
    for route in house.gateway.app.routes:
        routes = [route, *getattr(getattr(route, "original_router", None), "routes", ())]
        for one in routes:
            if isinstance(one, APIRoute) and one.path.startswith("/studio"):
                found |= {(method, one.path) for method in one.methods or ()}
    return found


def test_no_route_is_left_out_here(house: House) -> None:
    assert routes_of(house) == set(NEEDS)


async def test_nobody_gets_further_than_the_sign_in(house: House) -> None:
    async with browser(house.base) as nobody:
        for method, path in NEEDS:
            answer = await nobody.http.request(method, path.format(**IDS))
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/staff/sign-in"), (method, path)


@pytest.mark.parametrize("role", SHOW_ROLES)
async def test_a_role_gets_no_further_than_its_duties(house: House, role: Role) -> None:
    async with signed_in(house.base, house.store, role, (role, SHOW)) as member:
        for (method, path), duty in NEEDS.items():
            if duty is None or (duty in MAY[role] and path != "/studio"):
                continue  # a show is begun by those who may in the whole installation
            answer = await (member.get if method == "GET" else member.post)(path.format(**IDS))
            assert answer.status_code == 403, (method, path, answer.status_code)
            assert "Your role does not allow this" in answer.text


@pytest.mark.parametrize("role", SHOW_ROLES)
async def test_a_role_sees_every_page_of_its_duties(house: House, role: Role) -> None:
    async with signed_in(house.base, house.store, role, (role, SHOW)) as member:
        for (method, path), duty in NEEDS.items():
            if method == "GET" and (duty is None or duty in MAY[role]) and "{episode}" not in path:
                answer = await member.get(path.format(**IDS))
                expected = {200, 404} if path.endswith(("/changes", "/progress")) else {200}
                assert answer.status_code in expected | {422}, (method, path, answer.text[-600:])
                assert answer.status_code != 422 or path.endswith("/changes"), path


async def test_a_show_of_another_team_is_not_there(house: House) -> None:
    grants = tuple((role, "another-show") for role in EVERY_DUTY)
    async with signed_in(house.base, house.store, "mallory", *grants) as other:
        assert SHOW not in (await other.get("/studio")).text
        for method, path in NEEDS:
            if "{show}" not in path:
                continue
            told = []
            for show in (SHOW, "no-such-show"):
                answer = await (other.get if method == "GET" else other.post)(path.format(**{**IDS, "show": show}))
                told.append((answer.status_code, answer.text.replace(show, "")))
            assert told[0] == told[1], (method, path)
            assert told[0][0] == 404, (method, path)


async def test_no_form_counts_without_the_token_of_its_page(house: House) -> None:
    grants = tuple((role, "") for role in EVERY_DUTY)
    async with signed_in(house.base, house.store, "ana", *grants) as ana:
        before = await house.store.catalogue.audit_log(SHOW)
        for method, path in NEEDS:
            if method == "POST":
                answer = await ana.http.post(path.format(**IDS), data={"version": "1", "csrf": "0" * 64})
                assert (answer.status_code, "out of date" in answer.text) == (403, True), path
        assert await house.store.catalogue.audit_log(SHOW) == before


async def test_somebody_whose_role_is_taken_is_out_at_once(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("author", SHOW)) as ana:
        assert (await ana.get(f"/studio/{SHOW}/characters")).status_code == 200
        async with signed_in(house.base, house.store, "root", ("admin", "")) as admin:
            await admin.get("/staff/team")
            await admin.post("/staff/team", {"do": "withdraw", "name": "ana", "role": "author", "show": SHOW})
        assert (await ana.get(f"/studio/{SHOW}/characters")).status_code == 404
