"""Pages of other origins: an app's own may call the routes, with the token of that app, and no other page may."""

from __future__ import annotations

import httpx
import pytest

from gateway.auth import origin_allowed
from gateway.settings import App
from tests.gateway.builders import ORIGIN, OTHER_APP, House
from tests.gateway.client import Fan
from tests.gateway.story import SHOW

SECOND = "https://second.example"
PAGES = [ORIGIN, "http://127.0.0.1:5173", "http://127.0.0.1", SECOND]
STRANGERS = ["https://evil.example", f"{ORIGIN}.evil.example", f"{ORIGIN}:444", "http://app.example", "null", ""]
ROUTES = [("POST", "/v1/realtime/tickets"), ("GET", f"/v1/shows/{SHOW}/characters"), ("GET", "/v1/wallet")]


async def preflight(house: House, origin: str, path: str, method: str = "GET") -> httpx.Response:
    """What a browser asks before a request with a token."""
    asked = {"access-control-request-method": method, "access-control-request-headers": "authorization"}
    async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
        return await http.options(path, headers={"origin": origin, **asked})


def shared_with(answer: httpx.Response) -> str | None:
    """The origin whose pages may read an answer. Credentials are never allowed, and caches know what it depends on."""
    assert "access-control-allow-credentials" not in answer.headers
    assert "origin" in [name.strip().lower() for name in answer.headers["vary"].split(",")]
    allowed: str | None = answer.headers.get("access-control-allow-origin")
    return allowed


async def test_a_preflight_of_a_page_that_some_app_allows_is_answered(house: House) -> None:
    for origin in PAGES:
        for method, path in ROUTES:
            answer = await preflight(house, origin, path, method)
            assert (answer.status_code, shared_with(answer)) == (204, origin)
            assert method in answer.headers["access-control-allow-methods"]
            assert "authorization" in answer.headers["access-control-allow-headers"].lower()


async def test_every_method_of_a_route_is_allowed_to_pages(house: House) -> None:
    paths = (await Fan(house.base, "").get("/openapi.json"))["paths"]
    methods = {method.upper() for path, known in paths.items() if path.startswith("/v1/") for method in known}
    allowed = (await preflight(house, ORIGIN, "/v1/wallet")).headers["access-control-allow-methods"]
    assert methods == {"GET", "POST", "PUT", "PATCH", "DELETE"} == set(allowed.split(", "))


async def test_a_preflight_of_any_other_page_is_not(house: House) -> None:
    for origin in STRANGERS:
        answer = await preflight(house, origin, "/v1/wallet")
        assert (answer.status_code, shared_with(answer)) == (405, None)


async def test_an_apps_page_reads_the_answers_to_its_fans_and_errors_too(house: House) -> None:
    for method, path in ROUTES:
        answer = await house.fan(origin=ORIGIN).call(method, path)
        assert (answer.is_success, shared_with(answer)) == (True, ORIGIN)
    missing = await house.fan(origin=ORIGIN).call("GET", "/v1/receipts/r-9")
    assert (missing.status_code, shared_with(missing)) == (404, ORIGIN)


async def test_a_page_of_another_app_or_of_none_gets_nothing_of_this_apps_fans(house: House) -> None:
    for method, path in ROUTES:
        for origin, app, shared in (
            (SECOND, "demo", SECOND),
            (ORIGIN, OTHER_APP, ORIGIN),
            ("https://evil.example", "demo", None),
        ):
            answer = await house.fan(app=app, origin=origin).call(method, path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden_origin")
            assert shared_with(answer) == shared


async def test_who_names_no_origin_is_told_of_none(house: House) -> None:
    answer = await house.fan().call("GET", "/v1/wallet")
    assert (answer.status_code, shared_with(answer)) == (200, None)
    assert "vary" not in (await house.fan(origin=ORIGIN).call("GET", "/healthz")).headers


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://0.0.0.0:8080", True),
        ("http://192.168.1.5:8080", True),
        ("http://my-laptop.local:8080", True),
        ("http://[fe80::1]:8080", True),
        ("http://192.168.1.5:8081", False),
        ("https://192.168.1.5:8080", False),
        ("http://evil.example:8080@x:8080", False),
        ("http://evil.example/:8080", False),
        ("null", False),
    ],
)
def test_a_demo_for_other_machines_allows_every_host_on_its_port(origin: str, allowed: bool) -> None:
    assert origin_allowed(origin, App("s" * 32, any_host_port=8080), native_clients=False) is allowed
    assert not origin_allowed(origin, App("s" * 32), native_clients=False)
