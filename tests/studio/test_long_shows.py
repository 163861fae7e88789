"""A show of a thousand scenes: its pages stay so small that a browser has them at once, and every scene is on one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.studio.leafing import leaf
from tests.gateway.builders import House
from tests.gateway.story import EPISODES
from tests.staff.browsing import Browser
from tests.studio.team import AT, jobs_done, team_of

SCENES, MORE_EPISODES = 1_000, 120
BYTES_MAX = 150_000
SCENE = re.compile(r'id="scene-(\d+)"')
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def long_episode() -> str:
    """One episode of very many scenes, in each of which somebody says a few words."""
    scenes = (
        f"INT. ROOM {number} - DAY\n\nTAMSIN\nThis is the screw with the number {number}.\n" for number in range(SCENES)
    )
    return "Title: The Roof\nEpisode: 4\n\n" + "\n".join(scenes)


async def every_page(who: Browser, address: str) -> list[str]:
    """A page, and those that it leads on to."""
    pages = []
    at: str | None = address
    while at is not None:
        pages.append((await who.get(at.replace("&amp;", "&"))).text)
        assert len(pages[-1].encode()) < BYTES_MAX, at
        found = NEXT.search(pages[-1])
        at = found.group(1) if found else None
    return pages


async def test_a_thousand_scenes_are_read_a_page_at_a_time(house: House) -> None:
    short = {
        f"ep{number}.fountain": EPISODES[1].replace("Episode: 1", f"Episode: {number}")
        for number in range(5, 5 + MORE_EPISODES)
    }
    scripts = {f"ep{number}.fountain": text for number, text in EPISODES.items()} | short
    files = [("file", (name, text.encode())) for name, text in {**scripts, "ep4.fountain": long_episode()}.items()]
    async with team_of(house) as team:
        await team.ana.get(f"{AT}/files")
        assert (await team.ana.post(f"{AT}/files", files=files)).status_code == 200
        await team.ana.post(f"{AT}/files/import")
        await jobs_done()
        pages = await every_page(team.ana, f"{AT}/script/4")
        assert [int(number) for page in pages for number in SCENE.findall(page)] == list(range(1, SCENES + 1))
        one = (await team.ana.get(f"{AT}/script/4?scene=777")).text
        assert "777" in SCENE.findall(one)
        assert "number 776." in one
        listed = "".join(await every_page(team.ana, f"{AT}/script"))
        found = {int(number) for number in re.findall(rf'href="{AT}/script/(\d+)"', listed)}
        assert found == set(range(1, 5 + MORE_EPISODES))
        for path in ("", "/canon", "/files"):
            await every_page(team.ana, f"{AT}{path}")


@given(st.lists(st.integers()), st.integers(1, 9))
def test_the_pages_of_a_list_are_the_list(items: list[int], size: int) -> None:
    of = leaf(items, 1, size).of
    pages = [leaf(items, number, size) for number in range(1, of + 1)]
    assert [one for page in pages for one in page.items] == items
    assert all(0 < len(page.items) <= size for page in pages) or not items
    assert [page.first for page in pages] == [1 + size * at for at in range(of)]


@pytest.mark.parametrize(("asked", "shown"), [(-3, 1), (0, 1), (2, 2), (99, 3)])
def test_a_page_that_is_not_there_is_the_nearest(asked: int, shown: int) -> None:
    assert leaf("abcde", asked, 2).number == shown
