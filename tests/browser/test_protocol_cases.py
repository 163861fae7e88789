"""The page's client keeps the rules of the protocol: the same cases that the client in Python is held to."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from tests.encore_client.cases import every_case

pytestmark = pytest.mark.browser
PAGES = Path(__file__).resolve().parents[2] / "gateway" / "pages" / "widget"
NOWHERE = "http://cases.example"

RUN = """
async (cases) => {
  const { Follower } = await import("/follower.js");
  const does = {
    connected: (follower, id) => ({ effects: follower.connected(id) }),
    say: (follower, said) => ({ effects: follower.say(said.id, said.client_msg_id, said.conversation, said.text) }),
    cancel: (follower, { id, turn }) => ({ effects: follower.cancel(id, turn) }),
    stop: (follower) => ({ effects: follower.stop() }),
    take: (follower, event) => ({ effects: follower.take(event) }),
    closed: (follower, code) => ({ next: follower.closed(code) }),
  };
  return cases.map(({ resume, steps }) => {
    const follower = new Follower({ resume });
    const answered = steps.map((step) => {
      const [kind] = Object.keys(does).filter((name) => name in step);
      return structuredClone(does[kind](follower, step[kind]));
    });
    return { answered, state: follower.state() };
  });
}
"""


async def test_the_page_does_and_knows_what_every_case_says(browser: Browser) -> None:
    async def serve(route: Route) -> None:
        name = route.request.url.removeprefix(NOWHERE + "/")
        kind = "text/javascript" if name else "text/html"
        await route.fulfill(body=(PAGES / name).read_text("utf-8") if name else "", content_type=kind)

    page = await (await browser.new_context()).new_page()
    await page.route(f"{NOWHERE}/**", serve)
    await page.goto(NOWHERE + "/")
    cases = every_case()
    ran = await page.evaluate(RUN, cases)
    assert len(ran) == len(cases) >= 25
    for case, result in zip(cases, ran, strict=True):
        expected = [{name: step[name] for name in ("effects", "next") if name in step} for step in case["steps"]]
        assert result["answered"] == expected, case["case"]
        assert result["state"] == case["state"], case["case"]
