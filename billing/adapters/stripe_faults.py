"""What Stripe's library raises, as errors of ours.

Stripe's messages and bodies stay behind: they may show a part of the key or what a payer typed. Its code and the id of
the request are enough to find both in its dashboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from billing.errors import BillingError, TillRefused, TillUnavailable, UnknownAtTill

_NOT_NOW = (409, 429)
"""Another request with the same key is running; too many requests, or a lock."""


@contextmanager
def faults(kind: str, identity: str = "") -> Iterator[None]:
    """Turn what the library raises inside into errors of ours; `identity` is what was asked about."""
    try:
        yield
    except stripe.StripeError as error:
        raise fault_of(error, kind, identity) from None  # the cause would show Stripe's message
    except (AttributeError, LookupError, TypeError, ValueError):
        # The library trips over an answer that is not Stripe's, such as a proxy's, in the way it happens to.
        raise TillUnavailable("garbled answer") from None


def fault_of(error: stripe.StripeError, kind: str, identity: str) -> BillingError:
    """The error of ours for one of the library's (https://docs.stripe.com/api/errors)."""
    status, request = error.http_status, error.request_id
    code = _code(error)
    if status is None or status in _NOT_NOW or not 400 <= status < 500 or isinstance(error, stripe.RateLimitError):
        replayed = (error.headers or {}).get("idempotent-replayed") == "true"
        return TillUnavailable(f"HTTP {status}" if status else "no answer", kept=replayed, request=request)
    if code == "resource_missing":
        return UnknownAtTill(kind, identity)
    return TillRefused(code, request=request)


def _code(error: stripe.StripeError) -> str:
    """Stripe's code; where it gives none, the type of the error."""
    if error.code:
        return error.code
    told = error.error
    found = (getattr(told, "code", None) or getattr(told, "type", None)) if told is not None else None
    return found if isinstance(found, str) else "unknown"
