"""The demo's client on a bad line: a message is paid for once, a word is shown once, and nobody knocks for ever."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Browser, Page, Request, Route, WebSocketRoute, expect

from tests.browser.wire import Cut, wire_to

pytestmark = pytest.mark.browser
WAIT_MS = 30_000
READY = ".stage[data-ready=true]"
HOUR_S = 3600

DOUBLES = """
async () => {
  const { EncoreClient, ReplyText } = await import("/widget/now/encore-client.js");
  const timers = new Map(), sockets = [];
  let next = 1;
  globalThis.setTimeout = (step) => (timers.set(next, step), next++);
  globalThis.clearTimeout = (timer) => timers.delete(timer);
  globalThis.fetch = async () => new Response(JSON.stringify({ ticket: "t" }), { status: 201 });
  class Socket {
    static OPEN = 1;
    constructor() { sockets.push(this); this.readyState = 0; this.sent = []; }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() { this.readyState = 3; }
    opens() { this.readyState = 1; this.onopen(); }
    says(event) { this.onmessage({ data: JSON.stringify(event) }); }
    breaks(code) { this.readyState = 3; this.onerror?.({}); this.onclose({ code }); }
  }
  globalThis.WebSocket = Socket;
  const settle = async () => { for (let n = 0; n < 50; n++) await null; };
  const ring = async () => { const [[id, step]] = timers; timers.delete(id); step(); await settle(); };
  const asked = [];
  const client = new EncoreClient({ base: "http://x", token: async (anew) => (asked.push(anew), "token") });
  const told = [];
  for (const name of ["stopped", "event"]) client.addEventListener(name, (e) => told.push([name, e.detail]));
  const welcome = client.connect().catch((error) => error);
  await settle();
  Object.assign(globalThis, { timers, sockets, settle, ring, asked, client, told, welcome, ReplyText });
}
"""
WELCOME = {"type": "welcome", "resumed": []}


async def _opened(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto(address)
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    return page


async def _alone(browser: Browser, address: str) -> Page:
    """A page with the client in it, whose socket and timers the test leads."""
    page = await (await browser.new_context()).new_page()
    await page.goto(address.replace("/demo", "/demo/demo.css"))
    await page.evaluate(DOUBLES)
    return page


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_message_cut_off_on_its_way_is_answered_and_paid_for_once(
    browser: Browser, scripted_page: str, moment: Cut
) -> None:
    async with wire_to(scripted_page) as (wire, address):
        page = await _opened(browser, address)
        await expect(page.locator("#balance")).to_have_text("60 credits left")
        await page.fill("#words", "Is the step still crooked?")
        wire.cut_at_next_upload(moment)
        await page.click("#send")
        ended = page.locator("#log .character[data-state=completed]")
        await expect(ended).to_have_count(1, timeout=WAIT_MS)
        assert wire.cut.is_set()
        await expect(page.locator("#balance")).to_have_text("58 credits left")
        await expect(page.locator("#log .fan")).to_have_text(["Is the step still crooked?"])
        await expect(page.locator("#trouble")).to_have_text("")
        said = await ended.locator(".words").inner_text()
        await page.reload()
        await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
        await expect(ended.locator(".words")).to_have_text([said])
        await expect(page.locator("#balance")).to_have_text("58 credits left")
        await page.context.close()


async def test_an_event_that_never_came_is_asked_for_again(browser: Browser, scripted_page: str) -> None:
    lost: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def down(frame: str | bytes) -> None:
            assert isinstance(frame, str)
            if json.loads(frame)["type"] == "reply.delta" and not lost:
                lost.append(frame)
                return
            socket.send(frame)

        server.on_message(down)

    page = await (await browser.new_context()).new_page()
    await page.route_web_socket(re.compile(".*/v1/realtime"), between)
    await page.goto(scripted_page)
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    await page.fill("#words", "Is the step still crooked?")
    await page.click("#send")
    await expect(page.locator("#log .character[data-state=completed]")).to_have_count(1, timeout=WAIT_MS)
    (first,) = lost
    shown = await page.locator("#log .character[data-state=completed] .words").inner_text()
    assert shown.startswith(json.loads(first)["text"])


async def test_a_token_is_renewed_when_it_is_refused_and_before_it_ends(browser: Browser, scripted_page: str) -> None:
    page = await (await browser.new_context()).new_page()
    await page.clock.install()
    visits: list[Request] = []

    async def spoil_the_first(route: Route) -> None:
        visits.append(route.request)
        answer = await route.fetch()
        body = await answer.json()
        await route.fulfill(response=answer, json=body | ({"token": "forged"} if len(visits) == 1 else {}))

    await page.route("**/demo/visit", spoil_the_first)
    await page.goto(scripted_page)
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    assert len(visits) == 2
    await page.click(".who")
    await page.click("#cast button[data-slug=gideon]")
    await expect(page.locator("#who")).to_have_text(re.compile("Gideon"))
    assert len(visits) == 2
    await page.clock.fast_forward((HOUR_S - 30) * 1000)
    await page.click(".who")
    await page.click("#cast button[data-slug=tamsin]")
    await expect(page.locator("#who")).to_have_text(re.compile("Tamsin"))
    assert len(visits) == 3
    fans = {json.loads(visit.post_data or "{}")["fan"] for visit in visits[1:]}
    assert len(fans) == 1


async def test_however_a_connection_breaks_one_attempt_follows_and_none_after_close(
    browser: Browser, scripted_page: str
) -> None:
    page = await _alone(browser, scripted_page)
    for code in (1006, 4000, 4501):
        await page.evaluate("(code) => { sockets.at(-1).breaks(code); }", code)
        assert await page.evaluate("timers.size") == 1
        await page.evaluate("ring()")
        assert await page.evaluate("[timers.size, sockets.length]") == [0, (1006, 4000, 4501).index(code) + 2]
    assert await page.evaluate("asked") == [False, False, False, True, False]
    await page.evaluate("sockets.at(-1).breaks(1006)")
    assert await page.evaluate("(client.close(), settle().then(() => timers.size))") == 0
    assert await page.evaluate("welcome.then((error) => error.code)") == "disconnected"
    await page.evaluate("sockets.at(-1).onclose({ code: 1006 })")
    assert await page.evaluate("[timers.size, sockets.length]") == [0, 4]


async def test_a_close_that_means_stop_stops(browser: Browser, scripted_page: str) -> None:
    page = await _alone(browser, scripted_page)
    await page.evaluate("sockets[0].breaks(4503)")
    assert await page.evaluate("[timers.size, told]") == [0, [["stopped", {"code": 4503}]]]


async def test_an_unanswered_message_goes_out_again_with_its_id_and_an_answered_one_does_not(
    browser: Browser, scripted_page: str
) -> None:
    page = await _alone(browser, scripted_page)
    ids = "() => sockets.at(-1).sent.filter((e) => e.type === 'message.send').map((e) => e.client_msg_id)"
    await page.evaluate("(w) => { sockets[0].opens(); sockets[0].says(w); }", WELCOME)
    await page.evaluate("() => { client.say('c', 'One.', 'a'); client.say('c', 'Two.', 'b'); }")
    accepted = {"type": "message.accepted", "client_msg_id": "a", "conversation": "c", "epoch": "e", "seq": 1}
    await page.evaluate("(event) => sockets[0].says(event)", accepted)
    for _ in range(2):
        await page.evaluate("sockets.at(-1).breaks(1006)")
        await page.evaluate("ring()")
        await page.evaluate("(w) => { sockets.at(-1).opens(); sockets.at(-1).says(w); }", WELCOME)
        assert await page.evaluate(ids) == ["b"]
    assert await page.evaluate("sockets.at(-1).sent[0].resume") == [{"conversation": "c", "epoch": "e", "seq": 1}]


async def test_text_is_never_put_where_words_before_it_are_missing(browser: Browser, scripted_page: str) -> None:
    page = await _alone(browser, scripted_page)
    deltas = [(0, "Ab"), (5, "late"), (1, "bc"), (3, "d😀"), (5, "e")]
    steps = [{"type": "reply.delta", "offset": offset, "text": text} for offset, text in deltas]
    shown = await page.evaluate("(steps) => { const t = new ReplyText(); return steps.map((s) => t.apply(s)); }", steps)
    assert shown == ["Ab", None, "Abc", "Abcd😀", "Abcd😀e"]
