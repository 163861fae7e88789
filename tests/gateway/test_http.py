"""The fan's HTTP routes: each as its owner, as nobody, as somebody else, and asked wrongly."""

from __future__ import annotations

import re
import time
import uuid

import httpx
import pytest

from gateway.app import HEADERS
from gateway.auth import sign
from gateway.demo import add_demo
from tests.gateway.builders import APP, ORIGIN, OTHER_APP, PRICE, SECRET, House, claims_of, grant
from tests.gateway.client import Event, Fan, Talk, sha256_of
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW

ROUTES = [
    ("POST", "/v1/realtime/tickets"),
    ("GET", f"/v1/shows/{SHOW}/characters"),
    ("GET", "/v1/conversations"),
    ("GET", "/v1/conversations/c-1/messages"),
    ("GET", "/v1/wallet"),
    ("GET", "/v1/receipts/r-1"),
]


def error_of(answer: httpx.Response) -> Event:
    """The error of a refused request, in the one shape that errors have."""
    body: Event = answer.json()
    assert set(body) == {"error"}
    error: Event = body["error"]
    assert {"code", "class", "retryable", "message", "trace_id"} <= set(error)
    assert set(error) <= {"code", "class", "retryable", "message", "trace_id", "field", "retry_after_ms", "turn"}
    return error


async def a_turn(talk: Talk, character: str = "tamsin", text: str = "Is the roof all right?") -> Event:
    opened = await talk.open(SHOW, character)
    return await talk.say(opened["conversation"], text)


OPEN_TO_MACHINES = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/safety"),
    ("GET", "/metrics"),
    ("GET", "/v1/webhooks/admob"),
    ("POST", "/v1/webhooks/stripe"),
}
"""What nobody signs in for: states, and messages that carry a signature of their own."""


async def routes_of(house: House) -> set[tuple[str, str]]:
    """Every route that this gateway has, by its own account."""
    paths = (await Fan(house.base, "").get("/openapi.json"))["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


async def test_without_a_valid_token_every_route_is_shut(house: House) -> None:
    shut = await routes_of(house) - OPEN_TO_MACHINES
    assert {(method, path.replace(SHOW, "{show}")) for method, path in ROUTES[:3]} <= shut
    stale = sign(claims_of(), SECRET, now_s=int(time.time()) - 900, lifetime_s=600)
    foreign = sign(claims_of(), SECRET + "!", now_s=int(time.time()), lifetime_s=600)
    tokens = [None, "", "Bearer", "Bearer x", "Basic bWFyYTo=", "bearer a.b.c", f"Bearer {stale}", f"Bearer {foreign}"]
    async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
        for header in tokens:
            headers = {} if header is None else {"authorization": header}
            for method, path in sorted(shut):
                answer = await http.request(method, path, headers=headers, json={})
                error = error_of(answer)
                assert (answer.status_code, error["code"], error["class"]) == (401, "unauthenticated", "auth"), path


async def test_what_is_somebody_elses_looks_like_what_is_not_there(house: House) -> None:
    """Every route with an id in its path, asked for an id that another fan has, and for one that nobody has."""
    await grant(house.store.units, claims_of("mara"), 9)
    async with house.fan("mara").talk() as talk:
        done = await a_turn(talk)
    owned = {
        "conversation": done["conversation"],
        "receipt": done["receipt"]["id"],
        "turn": done["turn"],
        "note": "n-1",
        "order": "o-1",
    }
    bodies = {
        ("PATCH", "/v1/notes/{note}"): {"text": "I live in Cusco."},
        ("POST", "/v1/conversations/{conversation}/messages"): {"client_msg_id": str(uuid.uuid4()), "text": "Hello?"},
        ("POST", "/v1/conversations/{conversation}/turns/{turn}/regenerate"): {"client_msg_id": str(uuid.uuid4())},
        ("POST", "/v1/turns/{turn}/report"): {"reason": "spoiler"},
    }
    for method, path in sorted(await routes_of(house)):
        names = re.findall(r"{(\w+)}", path)
        if not names or names == ["show"]:
            continue
        assert set(names) <= set(owned), f"{path} has an id that this test does not know"
        answers = []
        for ids in (owned, dict.fromkeys(owned, "nobodys")):
            answer = await house.fan("nora").call(method, path.format(**ids), json=bodies.get((method, path)))
            told = error_of(answer)
            answers.append((answer.status_code, told["code"], told["message"]))
        assert answers[0] == answers[1], path
        assert answers[0][0] == 404, path


async def test_the_scheme_of_a_token_is_written_in_any_case(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
        for scheme in ("Bearer", "bearer", "BEARER"):
            answer = await http.get("/v1/wallet", headers={"authorization": f"{scheme} {house.fan().token}"})
            assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [(b'{"fan": "\xff"}', None), (b"{", "1"), (b'{"watched": "many"}', "watched"), (b'{"more": 1}', "more")],
    ids=["no UTF-8", "no JSON", "wrong type", "unknown field"],
)
async def test_a_body_that_cannot_be_used_is_an_invalid_request(house: House, body: bytes, field: str | None) -> None:
    add_demo(house.gateway.app, house.store.units, secret=SECRET, title="The Roof")
    async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
        answer = await http.post("/demo/visit", content=body, headers={"content-type": "application/json"})
    error = error_of(answer)
    assert (answer.status_code, error["code"], error["class"]) == (422, "invalid_request", "invalid_request")
    assert error.get("field") == field


async def test_every_answer_carries_the_security_headers(house: House) -> None:
    fan = house.fan()
    for method, path in [*ROUTES, ("GET", "/healthz"), ("GET", "/nowhere"), ("GET", "/openapi.json")]:
        answer = await fan.call(method, path)
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert "server" not in answer.headers


async def test_a_ticket_is_issued_for_the_apps_own_pages_and_for_native_clients(house: House) -> None:
    for origin in (None, ORIGIN, "http://127.0.0.1:5173"):
        answer = await house.fan(origin=origin).call("POST", "/v1/realtime/tickets")
        assert answer.status_code == 201
        assert set(answer.json()) == {"ticket", "expires_in_s"}
        assert answer.json()["expires_in_s"] == 30


async def test_a_page_of_another_app_gets_no_ticket(house: House) -> None:
    for app, origin in ((APP, "https://second.example"), (OTHER_APP, ORIGIN), (APP, "https://evil.example")):
        answer = await house.fan(app=app, origin=origin).call("POST", "/v1/realtime/tickets")
        assert answer.status_code == 403
        assert error_of(answer)["class"] == "forbidden"


async def test_the_characters_listed_are_those_the_fan_has_met(house: House) -> None:
    for watched, met in ((-1, ["tamsin"]), (0, ["tamsin"]), (1, ["tamsin"]), (2, ["tamsin", "gideon"])):
        body = await house.fan(watched=watched).get(f"/v1/shows/{SHOW}/characters")
        assert [character["slug"] for character in body["characters"]] == met
    assert body["characters"][0] == {
        "slug": "tamsin",
        "name": "Tamsin Orr",
        "avatar": None,
        "tagline": "She mends what others throw away.",
        "price": {"text": PRICE, "voice": 0},
    }


async def test_a_show_that_is_not_there_is_unknown(house: House) -> None:
    for show in ("no-such-show", "the-roof'--", "..%2f..%2fetc", "%00", "The-Roof"):
        answer = await house.fan().call("GET", f"/v1/shows/{show}/characters")
        assert (answer.status_code, error_of(answer)["code"] in ("unknown_show", "not_found")) == (404, True)


async def test_a_new_fan_has_nothing_and_costs_nothing(house: House) -> None:
    fan = house.fan("newcomer")
    assert await fan.get("/v1/wallet") == {"available": 0, "held": 0, "by_class": {}, "currency_hint": None}
    assert await fan.get("/v1/conversations") == {"conversations": []}


async def test_the_wallet_shows_what_is_held_while_a_reply_streams(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        assert await fan.get("/v1/wallet") == {
            "available": 10 - PRICE,
            "held": PRICE,
            "by_class": {"promotional": 10},
            "currency_hint": None,
        }
        part = await model.asked()
        part.say(TEXT)
        part.end()
        await talk.until("reply.done", turn=turn)
    assert (await fan.get("/v1/wallet"))["by_class"] == {"promotional": 10 - PRICE}


async def test_a_receipt_says_why_and_is_the_fans_own(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        done = await a_turn(talk)
    receipt = await fan.get(f"/v1/receipts/{done['receipt']['id']}")
    assert receipt["turn"] == done["turn"]
    assert (receipt["charged"], receipt["refunded"]) == ({"text": PRICE, "voice": 0}, 0)
    assert (receipt["price_version"], receipt["author"], receipt["approver"]) == ("opening", "encore", "installation")
    assert [(burn["lot_class"], burn["credits"]) for burn in receipt["burned"]] == [("promotional", PRICE)]
    assert receipt["reason"] == "delivered"
    assert 0 < receipt["opened_at_ms"] <= receipt["settled_at_ms"]
    for stranger in (house.fan("somebody-else"), house.fan("mara", app=OTHER_APP)):
        answer = await stranger.call("GET", f"/v1/receipts/{done['receipt']['id']}")
        assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_receipt")


async def test_the_messages_of_a_conversation_are_the_fans_own(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        done = await a_turn(talk)
    conversation = done["conversation"]
    for stranger in (house.fan("somebody-else"), house.fan("mara", app=OTHER_APP)):
        answer = await stranger.call("GET", f"/v1/conversations/{conversation}/messages")
        assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_conversation")
        assert await stranger.get("/v1/conversations") == {"conversations": []}
        assert (await stranger.get("/v1/wallet"))["available"] == 0
    assert await fan.get("/v1/conversations") == {
        "conversations": [{"id": conversation, "show": SHOW, "character": "tamsin", "mode": "canon"}]
    }


async def test_each_turn_is_two_messages_oldest_first(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        first = await a_turn(talk, text="One?")
        second = await talk.say(first["conversation"], "Two?")
    body = await fan.get(f"/v1/conversations/{first['conversation']}/messages")
    assert (body["epoch"], body["seq"]) == (second["epoch"], second["seq"])
    told = [(m["turn"], m["role"], m["text"], m["status"]) for m in body["messages"]]
    assert told == [
        (first["turn"], "fan", "One?", "completed"),
        (first["turn"], "character", TEXT, "completed"),
        (second["turn"], "fan", "Two?", "completed"),
        (second["turn"], "character", TEXT, "completed"),
    ]
    receipts = [m["receipt"] for m in body["messages"] if m["role"] == "character"]
    assert receipts == [done["receipt"] | {"refunded": None} for done in (first, second)]
    assert [m["receipt"] for m in body["messages"] if m["role"] == "fan"] == [None, None]
    assert sha256_of(body["messages"][1]["text"]) == first["text_sha256"]


async def test_a_reply_under_way_is_listed_as_far_as_it_was_delivered(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say("The roof leaks. I mend")
        delta = await talk.until("reply.delta", turn=turn)
        body = await fan.get(f"/v1/conversations/{conversation}/messages")
        said = body["messages"][1]
        assert (said["text"], said["status"], said["receipt"]) == ("The roof leaks.", "running", None)
        assert body["seq"] == delta["seq"]
        part.end()
        await talk.until("reply.done", turn=turn)


async def test_older_messages_come_before_a_turn_of_the_fans_own(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        first = await a_turn(talk, text="One?")
        second = await talk.say(first["conversation"], "Two?")
    path = f"/v1/conversations/{first['conversation']}/messages"
    body = await fan.get(path, before=second["turn"])
    assert [m["text"] for m in body["messages"]] == ["One?", TEXT]
    for wrong in ("t-nothing", "", "'; drop table turns"):
        answer = await fan.call("GET", path, params={"before": wrong})
        assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_turn")


REFUSED = [
    ("GET", "/nowhere", 404, "not_found"),
    ("GET", "/v1", 404, "not_found"),
    ("GET", "/v1/realtime/tickets", 405, "method_not_allowed"),
    ("DELETE", "/v1/wallet", 405, "method_not_allowed"),
    ("GET", f"/v1/receipts/{uuid.uuid4().hex}", 404, "unknown_receipt"),
    ("GET", f"/v1/receipts/{'x' * 3_000}", 404, "unknown_receipt"),
    ("GET", "/v1/conversations/c-1/messages", 404, "unknown_conversation"),
    ("GET", "/v1/conversations/%F0%9F%8F%AE/messages", 404, "unknown_conversation"),
]


async def test_what_is_not_there_is_refused_in_the_one_shape(house: House) -> None:
    for method, path, status, code in REFUSED:
        answer = await house.fan().call(method, path)
        assert (answer.status_code, error_of(answer)["code"]) == (status, code)


async def test_machines_are_told_whether_turns_can_be_taken(house: House) -> None:
    anybody = Fan(house.base, "")
    assert await anybody.get("/healthz") == {"status": "ok"}
    assert await anybody.get("/readyz") == {"ready": True, "live": "local"}
    house.gateway.turns.draining = True
    answer = await anybody.call("GET", "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "live": "local"})


async def test_openapi_knows_every_route_and_its_refusals(house: House) -> None:
    document = await Fan(house.base, "").get("/openapi.json")
    paths = document["paths"]
    for method, path in [
        ("post", "/v1/realtime/tickets"),
        ("get", "/v1/shows/{show}/characters"),
        ("get", "/v1/conversations"),
        ("get", "/v1/conversations/{conversation}/messages"),
        ("get", "/v1/wallet"),
        ("get", "/v1/receipts/{receipt}"),
    ]:
        assert {"401", "404"} <= set(paths[path][method]["responses"]), path
    assert {"/healthz", "/readyz"} <= set(paths)


async def test_a_fan_of_one_app_is_nobody_in_another(house: House) -> None:
    await grant(house.store.units, claims_of("mara"), 7)
    assert (await house.fan("mara").get("/v1/wallet"))["available"] == 7
    assert (await house.fan("mara", app=OTHER_APP).get("/v1/wallet"))["available"] == 0
