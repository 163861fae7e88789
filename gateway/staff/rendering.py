"""The pages of the Studio and the Desk: templates and assets, read once at the start, under a strict policy.

Everything that a template is given is escaped. No page runs a script or takes a style that is not a file of ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import DictLoader, Environment, StrictUndefined

from billing.wording import money as money_of
from billing.wording import price_of

FOLDERS = ("staff", "studio", "desk", "vendor")
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
ASSETS = "/staff/assets"
CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {"content-security-policy": CSP, "cross-origin-opener-policy": "same-origin"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    media_type: str


class Pages:
    """Templates by name (`studio/show.html`) and assets by name (`staff/staff.css`)."""

    def __init__(self, templates: Mapping[str, str], assets: Mapping[str, Asset]) -> None:
        self.assets = assets
        digest = hashlib.sha256()
        for key, asset in sorted(assets.items()):
            digest.update(key.encode() + asset.content)
        self._edition = digest.hexdigest()[:12]
        """In the address of every asset, so that modules find each other and all may be kept for ever."""
        self._jinja = Environment(
            loader=DictLoader(dict(templates)),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals["asset"] = self.address_of
        self._jinja.filters.update(moment=moment, day=day, as_json=as_json, money=money, price=price)

    def check(self) -> tuple[str, ...]:
        """Compile every template; their names. Raises jinja2.TemplateError for one that is none."""
        names = tuple(sorted(self._jinja.list_templates()))
        for name in names:
            self._jinja.get_template(name)
        return names

    def address_of(self, name: str) -> str:
        """Where an asset is; KeyError for one that is not there."""
        if name not in self.assets:
            raise KeyError(name)
        return f"{ASSETS}/{self._edition}/{name}"

    def html(self, name: str, /, **context: Any) -> str:
        """A template with what it is given."""
        return self._jinja.get_template(name).render(**context)

    def page(self, name: str, /, *, status: int = 200, **context: Any) -> Response:
        """The same as an answer, with the policy of pages."""
        return HTMLResponse(self.html(name, **context), status_code=status, headers=PAGE_HEADERS)

    def asset(self, name: str) -> Response:
        """An asset as an answer; 404 for one that is not there."""
        found = self.assets.get(name)
        if found is None:
            return Response(status_code=404)
        return Response(found.content, media_type=found.media_type, headers={"cache-control": FOR_EVER})


@cache
def staff_pages() -> Pages:
    """Every template and asset under `gateway/pages`; files are read, so this is done once, at the start.

    A template is compiled when it is first shown: each takes milliseconds, and all together would delay a start.
    """
    templates: dict[str, str] = {}
    assets: dict[str, Asset] = {}
    root = files("gateway").joinpath("pages")
    for folder in FOLDERS:
        for name, file in _within(root.joinpath(folder), folder):
            ending = name[name.rfind(".") :]
            if ending == ".html":
                templates[name] = file.read_text("utf-8")
            elif ending in KINDS:
                assets[name] = Asset(file.read_bytes(), KINDS[ending])
    return Pages(templates, assets)


def _within(folder: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.is_file():
                yield f"{name}/{file.name}", file


def moment(at_ms: int | None) -> str:
    """A moment in UTC, for people."""
    return "" if at_ms is None else f"{_utc(at_ms):%d %b %Y, %H:%M} UTC"


def day(at_ms: int | None) -> str:
    """A day in UTC, as a date field has it."""
    return "" if at_ms is None else f"{_utc(at_ms):%Y-%m-%d}"


def price(amount: tuple[int, str]) -> str:
    """Minor units of a currency, for people."""
    return money_of(*amount)


def money(amount: tuple[int, str]) -> str:
    """Millionths of a minor unit of a currency, for people; "" for what nobody paid for."""
    micros, currency = amount
    return price_of(currency, micros) or ""


def as_json(value: Any) -> str:
    """JSON for a `data-` attribute, which the template escapes."""
    return json.dumps(value, ensure_ascii=False)


def _utc(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)
