"""The pages that the Studio and the Desk share, as nobody, as the wrong role, as somebody else's form, and rightly."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

import gateway.staff.rendering
from gateway.assembly import Gateway
from gateway.bootstrap import Store
from gateway.staff.rendering import CSP, staff_pages
from tests.gateway.builders import House
from tests.staff.browsing import PASSWORD, Browser, browser, hire, signed_in

PAGES = ("/staff", "/staff/account", "/staff/team", "/staff/log")
FORMS = ("/staff/sign-out", "/staff/account/password", "/staff/account/codes", "/staff/team")


def held(answer: httpx.Response) -> None:
    """What every page has."""
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]* src=\"/staff/assets/)|<style|style=\"|\son\w+=\"", answer.text)


async def test_nobody_sees_a_page_or_sends_a_form(house: House) -> None:
    async with browser(house.base) as nobody:
        for path in PAGES:
            answer = await nobody.http.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/staff/sign-in?next={path}")
            told = await nobody.http.get(path, headers={"accept": "application/json"})
            assert (told.status_code, told.json()["error"]["message"]) == (401, "Sign in to go on.")
        for path in FORMS:
            assert (await nobody.post(path)).headers["location"] == "/staff/sign-in"


async def test_somebody_is_invited_chooses_a_password_and_comes_in(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("admin", "")) as admin, browser(house.base) as other:
        held(await admin.get("/staff/team"))
        answer = await admin.post("/staff/team", {"do": "add", "name": "ben", "role": "reviewer", "show": "lanterns"})
        held(answer)
        link = re.search(r'id="invitation">http://[^/]+(/staff/join/[\w-]+)<', answer.text)
        assert link is not None
        held(await other.get(link.group(1)))
        wrong = await other.post(link.group(1), {"password": PASSWORD, "again": "another"})
        assert (wrong.status_code, "not the same" in wrong.text) == (422, True)
        assert (await other.post(link.group(1), {"password": PASSWORD, "again": PASSWORD})).status_code == 303
        assert (await other.get(link.group(1))).status_code == 410
        assert (await other.sign_in("ben")).headers["location"] == "/staff"
        held(await other.get("/staff/account"))
        for path in ("/staff/team", "/staff/log"):
            assert (await other.get(path)).status_code == 403
        assert (await other.post("/staff/team", {"do": "shut-out", "name": "ana"})).status_code == 403
        assert "role.given" in (await admin.get("/staff/log")).text


async def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    await hire(house.store, "ana", ("author", ""))
    async with browser(house.base) as ana:
        answer = await ana.sign_in("ana")
        cookie = answer.headers["set-cookie"]
        assert all(part in cookie for part in ("encore_staff=", "HttpOnly", "SameSite=lax", "Path=/"))
        assert "Secure" not in cookie


async def test_over_https_a_cookie_is_for_this_host_and_https_alone(offstage: tuple[Store, Gateway]) -> None:
    store, gateway = offstage
    await hire(store, "ana", ("author", ""))
    transport = httpx.ASGITransport(app=gateway.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://encore.example") as http:
        ana = Browser(http)
        cookie = (await ana.sign_in("ana")).headers["set-cookie"]
        assert all(part in cookie for part in ("__Host-encore_staff=", "HttpOnly", "SameSite=lax", "Path=/", "Secure"))
        assert "Domain" not in cookie
        assert (await ana.get("/staff/account")).url.path == "/staff/account"
        http.cookies.set("encore_staff", http.cookies["__Host-encore_staff"])
        http.cookies.delete("__Host-encore_staff")
        assert (await ana.get("/staff/account")).url.path == "/staff/sign-in"


async def test_a_form_from_elsewhere_changes_nothing(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("admin", "")) as admin:
        fields = {"do": "add", "name": "mallory", "role": "admin"}
        for sent in (
            await admin.http.post("/staff/team", data=fields),
            await admin.http.post("/staff/team", data={**fields, "csrf": "0" * 64}),
            await admin.post("/staff/team", fields, **{"sec-fetch-site": "cross-site"}),
            await admin.http.post("/staff/sign-in", data={"name": "ana", "password": PASSWORD}),
        ):
            assert sent.status_code == 403
            assert "out of date" in sent.text
        assert "mallory" not in (await admin.get("/staff/team")).text


async def test_signing_out_ends_the_session_and_everywhere_ends_them_all(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("author", "")) as one, browser(house.base) as two:
        await two.sign_in("ana")
        kept = dict(one.http.cookies)
        await one.post("/staff/sign-out")
        async with httpx.AsyncClient(base_url=house.base, trust_env=False, cookies=kept) as thief:
            assert (await thief.get("/staff/account")).status_code == 303
        assert (await two.get("/staff/account")).url.path == "/staff/account"
        await one.sign_in("ana")
        await one.post("/staff/account/sign-out-everywhere")
        for gone in (one, two):
            assert (await gone.get("/staff/account")).url.path == "/staff/sign-in"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_sent_to_another_site_after_signing_in(house: House, back: str) -> None:
    await hire(house.store, "ana", ("author", ""))
    async with browser(house.base) as ana:
        assert "evil" not in (await ana.get(f"/staff/sign-in?next={back}")).text
        answer = await ana.post("/staff/sign-in", {"name": "ana", "password": PASSWORD, "next": back})
        assert answer.headers["location"] == "/staff"


async def test_what_somebody_is_called_is_shown_and_never_run(house: House) -> None:
    name = "<script>alert(1)</script>"
    async with signed_in(house.base, house.store, name, ("admin", "")) as admin:
        answer = await admin.get("/staff/team")
        held(answer)
        assert "&lt;script&gt;" in answer.text


async def test_a_form_that_is_too_large_or_none_is_told(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("admin", "")) as admin:
        answer = await admin.post("/staff/team", {"do": "add", "name": "x" * 700_000})
        assert (answer.status_code, "more than 640 KB" in answer.text) == (413, True)
        unread = await admin.http.post(
            "/staff/team",
            content=b"--x\r\nbroken",
            headers={"content-type": "multipart/form-data; boundary=y", "x-csrf-token": admin.csrf},
        )
        assert unread.status_code == 422


def test_every_template_can_be_compiled_and_every_asset_it_names_is_there() -> None:
    pages = staff_pages()
    assert {"staff/base.html", "studio/editor.html"} <= set(pages.check())
    root = Path(gateway.staff.rendering.__file__).parents[1] / "pages"
    for file in root.rglob("*.html"):
        for name in re.findall(r"asset\('([^']+)'\)", file.read_text("utf-8")):
            assert pages.address_of(name).endswith(name), file.name
    with pytest.raises(KeyError):
        pages.address_of("staff/nothing.css")


async def test_assets_may_be_kept_and_pages_may_not(house: House) -> None:
    async with browser(house.base) as nobody:
        page = await nobody.get("/staff/sign-in")
        held(page)
        for address in re.findall(r'(?:href|src)="(/staff/assets/[^"]+)"', page.text):
            answer = await nobody.http.get(address)
            assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        assert (await nobody.http.get("/staff/assets/x/staff/base.html")).status_code == 404
        assert (await nobody.http.get("/staff/assets/x/staff/..%2f..%2fapp.py")).status_code == 404
