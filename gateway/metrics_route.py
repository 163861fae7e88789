"""`GET /metrics`, for a Prometheus that shows the installation's token. Nobody else learns that it is there."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Response

TEXT = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(exposition: Callable[[], bytes], token: str) -> APIRouter:
    """The route; without a token in the settings it answers nobody."""
    router = APIRouter()
    expected = f"Bearer {token}".encode()

    @router.get("/metrics", tags=["machines"], responses={404: {"description": "Not with this token."}})
    async def metrics(authorization: Annotated[str, Header()] = "") -> Response:
        if not token or not hmac.compare_digest(authorization.encode(), expected):
            raise HTTPException(404)
        return Response(exposition(), media_type=TEXT)

    return router
