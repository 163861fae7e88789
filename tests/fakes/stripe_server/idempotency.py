"""The first answer to an idempotency key, kept and given again (https://docs.stripe.com/api/idempotent_requests).

Whatever a request that began to run was answered is kept, refusals and 500s included; what was refused before it began
(authentication, parameters, rate limits) is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.wire import Response
from tests.fakes.stripe_server.world import Json

KEY_CHARS_MAX = 255
FORGOTTEN_AFTER_S = 86_400
"""Stripe may forget a key after a day; the stand-in always does, so that trust in an old key is found out."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was asked, what was answered, and when (seconds since the epoch)."""

    path: str
    params: Json
    response: Response
    request_id: str
    at_s: int


class KeptAnswers:
    """Answers by key."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptAnswer] = {}

    def find(self, key: str, path: str, params: Json, now_s: int) -> Response | None:
        """The answer to the first request with this key. Raises StripeFault when that was another request."""
        if len(key) > KEY_CHARS_MAX:
            raise StripeFault(f"Idempotency keys can have up to {KEY_CHARS_MAX} characters.")
        kept = self._kept.get(key)
        if kept is None or now_s - kept.at_s >= FORGOTTEN_AFTER_S:
            return None
        if kept.path != path:
            raise _misused(f"for the same endpoint they were first used for ('{kept.path}')", key)
        if kept.params != params:
            raise _misused("with the same parameters they were first used with", key)
        headers = {**kept.response.headers, "idempotent-replayed": "true", "original-request": kept.request_id}
        return Response(kept.response.status, kept.response.body, kept.response.content_type, headers)

    def keep(self, key: str, answer: KeptAnswer) -> None:
        """Remember the first answer."""
        self._kept[key] = answer


def _misused(how: str, key: str) -> StripeFault:
    message = (
        f"Keys for idempotent requests can only be used {how}. Try using a key other than '{key}' if you meant to "
        "execute a different request."
    )
    return StripeFault(message, kind="idempotency_error")
