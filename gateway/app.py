"""The ASGI application: routes, one error shape for all of them, and the machines' endpoints."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gateway.cors import CrossOrigin
from gateway.crisis_protocol import CrisisProtocol, crisis_protocol
from gateway.error_codes import BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, Code, body_of, code_of
from gateway.events import ErrorBody
from gateway.http import FanServices, fan_router
from gateway.logs import where
from gateway.ports import Reach

TITLE = "Encore"
log = logging.getLogger(__name__)
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def make_app(
    services: FanServices, *, ready: Callable[[], Awaitable[bool]], reach: Callable[[], Reach], version: str
) -> FastAPI:
    """The application without its socket and its pages, which bootstrap adds.

    `ready`: whether turns can be taken. `reach`: how far live events are told of, which is told and decides nothing.
    """
    app = FastAPI(title=TITLE, version=version, docs_url=None, redoc_url=None)
    app.include_router(fan_router(services))
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(RequestValidationError, _refuse_request)
    app.middleware("http")(_guarded)
    app.add_middleware(CrossOrigin, apps=services.apps.values())

    @app.get("/healthz", tags=["machines"])
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["machines"], responses={503: {"description": "No turns can be taken."}})
    async def readyz() -> Response:
        can_take_turns = await ready()
        state = {"ready": can_take_turns, "live": reach()}
        return JSONResponse(state, status_code=200 if can_take_turns else 503)

    @app.get("/safety", tags=["machines"])
    async def safety() -> CrisisProtocol:
        """What a fan in danger is told, by language, and where help is named, by territory."""
        return crisis_protocol()

    return app


async def _guarded(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    """Every answer has the same headers; whatever a route raises is told by the one table."""
    try:
        response = await go_on(request)
    except Exception as error:  # the boundary of HTTP: nothing passes it but a typed answer
        response = _refuse(error)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _refuse(error: Exception) -> Response:
    trace_id = uuid.uuid4().hex
    row = code_of(error)
    if row.class_ == "internal":
        log.error("trace %s: %s", trace_id, where(error))
    return _answer(body_of(error, trace_id), row.status)


async def _refuse_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    row = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}.get(error.status_code, BAD_REQUEST)
    return _plain(row)


async def _refuse_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    names = [str(part) for part in error.errors()[0]["loc"][1:]]
    return _plain(BAD_REQUEST, field=names[0] if names else "body")


def _plain(row: Code, *, field: str | None = None) -> Response:
    body = ErrorBody(
        code=row.code,
        class_=row.class_,
        retryable=False,
        message=row.sentence,
        trace_id=uuid.uuid4().hex,
        field=field,
    )
    return _answer(body, row.status)


def _answer(body: ErrorBody, status: int) -> Response:
    later = {} if body.retry_after_ms is None else {"retry-after": str(-(-body.retry_after_ms // 1_000))}
    return JSONResponse({"error": body.model_dump(exclude_none=True)}, status_code=status, headers=later)
