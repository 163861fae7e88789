"""What AdMob calls when a fan has watched an ad to its end.

The network learns nothing from the answer: it is 200 for whatever was given or refused for good, and an error only when
asking again may help.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from billing.errors import RewardRefused
from billing.rewarding import reward
from billing.rewards import SignatureCheck, verified
from gateway.ports import Units
from gateway.settings import AdRewards

log = logging.getLogger(__name__)


def ad_router(units: Units, rewards: AdRewards, check: SignatureCheck, clock: Callable[[], int]) -> APIRouter:
    """`GET /v1/webhooks/admob`."""
    router = APIRouter(prefix="/v1/webhooks", tags=["machines"])

    @router.get("/admob")
    async def watched(request: Request) -> Response:
        query: bytes = request.scope["query_string"]
        try:
            callback = await verified(query, check)
            async with units.begin() as unit:
                await reward(unit, callback, rules=rewards.rules, secrets=rewards.secrets, now_ms=clock())
        except RewardRefused as refused:
            log.warning("a watched ad gave nothing: %s", refused.reason)
        return Response(status_code=200)

    return router
