"""How the widget reaches a page: any page may load it, it is small, and its addresses never mix two versions."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest
from fastapi import FastAPI

from gateway.widget_routes import WidgetFiles, widget_files, widget_router

SIZE_MAX = 60 * 1024
LINES_MAX = 400
WIDGET = widget_files()


def _client(widget: WidgetFiles = WIDGET) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(widget_router(widget))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


def _names(body: str) -> list[str]:
    return re.findall(r'import "(\./widget/[^"]+)"', body)


async def test_the_entry_names_every_module_so_that_none_waits_for_another() -> None:
    async with _client() as http:
        answer = await http.get("/widget.js")
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["access-control-allow-origin"] == "*"
        named = _names(answer.text)
        modules = {name for name in WIDGET.modules if "/" not in name}
        assert {name.rsplit("/", 1)[1] for name in named} == modules
        for name in named:
            module = await http.get(name.removeprefix("."))
            assert module.status_code == 200
            assert module.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_the_entry_is_asked_for_anew_and_not_sent_again() -> None:
    async with _client() as http:
        first = await http.get("/widget.js")
        assert first.headers["cache-control"] == "public, no-cache"
        again = await http.get("/widget.js", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_a_page_of_another_version_gets_what_there_is_and_does_not_keep_it() -> None:
    async with _client() as http:
        answer = await http.get("/widget/0123456789abcdef/element.js")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, no-cache"


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e/demo.html", "strings", ""])
async def test_nothing_else_is_served(name: str) -> None:
    async with _client() as http:
        assert (await http.get(f"/widget/{WIDGET.digest}/{name}")).status_code == 404


async def test_who_takes_no_gzip_gets_the_same_bytes() -> None:
    async with _client() as http:
        plain = await http.get(f"/widget/{WIDGET.digest}/talk.js", headers={"accept-encoding": "identity"})
        packed = await http.get(f"/widget/{WIDGET.digest}/talk.js", headers={"accept-encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert plain.content == packed.content == WIDGET.modules["talk.js"].content


def test_a_fan_downloads_at_most_sixty_kib_in_whichever_language() -> None:
    """The entry, every module, English and the largest of the other languages, each packed by itself as it is sent."""
    sizes = {name: len(file.packed) for name, file in WIDGET.modules.items()}
    strings = {name: size for name, size in sizes.items() if name.startswith("strings/")}
    whole = len(WIDGET.entry.packed) + sum(sizes.values()) - sum(strings.values())
    largest = max(size for name, size in strings.items() if name != "strings/en.js")
    assert whole + strings["strings/en.js"] + largest <= SIZE_MAX


def test_every_module_is_short_enough_to_be_read() -> None:
    long = {name for name, file in WIDGET.modules.items() if file.content.count(b"\n") > LINES_MAX}
    assert long == set()


def test_what_is_packed_is_what_was_read() -> None:
    assert all(gzip.decompress(file.packed) == file.content for file in WIDGET.modules.values())


def test_nothing_in_it_makes_markup_code_or_inline_style_of_text() -> None:
    """What a strict Content-Security-Policy forbids, and what would let a reply's words become markup."""
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    forbidden = re.compile(markup + r"|\beval\(|new Function|setAttribute\(\s*[\"'](?:style|on)")
    found = {name: forbidden.findall(file.content.decode()) for name, file in WIDGET.modules.items()}
    assert {name: hits for name, hits in found.items() if hits} == {}
