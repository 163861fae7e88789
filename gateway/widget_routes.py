"""The widget's own files: `/widget.js`, which a host app's page names, and the modules that it brings in.

They are code that everybody may read, from any page, so any origin may load them. Everything is read and packed when
the gateway is put together, and never while it serves.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

JAVASCRIPT = "text/javascript; charset=utf-8"
ELEMENT = "element.js"
DIGEST_CHARS = 16
FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "public, no-cache"


@dataclass(frozen=True, slots=True)
class WidgetFile:
    """One file as it is sent, whole and packed."""

    content: bytes
    packed: bytes


@dataclass(frozen=True, slots=True)
class WidgetFiles:
    """All of the widget: `entry` is what a page names; the modules are under a digest of them all."""

    entry: WidgetFile
    modules: Mapping[str, WidgetFile]
    digest: str


def widget_files() -> WidgetFiles:
    """Read and pack the widget. Names are relative to its folder, such as `strings/es.js`."""
    texts = dict(sorted(_texts(files("gateway").joinpath("pages", "widget"), "")))
    digest = hashlib.sha256(b"".join(name.encode() + b"\0" + text for name, text in texts.items())).hexdigest()
    digest = digest[:DIGEST_CHARS]
    own = [name for name in texts if "/" not in name and name != ELEMENT]
    # All at once: a module that only another module names would be asked for one round trip later.
    lines = [f'import "./widget/{digest}/{name}";' for name in (ELEMENT, *own)]
    return WidgetFiles(
        _packed("\n".join(lines).encode() + b"\n"), {name: _packed(text) for name, text in texts.items()}, digest
    )


def _texts(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _texts(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".js"):
            found.append((prefix + entry.name, entry.read_bytes()))
    return found


def _packed(content: bytes) -> WidgetFile:
    return WidgetFile(content, gzip.compress(content, mtime=0))


def widget_router(widget: WidgetFiles) -> APIRouter:
    """`/widget.js` is looked at anew each time; the modules it names are kept for ever: their address says which."""
    router = APIRouter(include_in_schema=False)

    @router.get("/widget.js")
    async def entry(request: Request) -> Response:
        tag = f'"{widget.digest}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=_headers(ASK_FIRST) | {"etag": tag})
        return _answer(request, widget.entry, ASK_FIRST, {"etag": tag})

    @router.get("/widget/{digest}/{name:path}")
    async def module(request: Request, digest: str, name: str) -> Response:
        found = widget.modules.get(name)
        if found is None:
            return Response(status_code=404)
        # Of another digest: a page that was begun at another process of a rolling upgrade. It gets what there is.
        return _answer(request, found, FOR_EVER if digest == widget.digest else ASK_FIRST, {})

    return router


def _answer(request: Request, file: WidgetFile, keep: str, more: Mapping[str, str]) -> Response:
    packs = "gzip" in request.headers.get("accept-encoding", "")
    headers = _headers(keep) | dict(more) | ({"content-encoding": "gzip"} if packs else {})
    return Response(file.packed if packs else file.content, media_type=JAVASCRIPT, headers=headers)


def _headers(keep: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "cache-control": keep,
        "vary": "accept-encoding",
    }
