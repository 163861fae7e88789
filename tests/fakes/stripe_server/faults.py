"""Stripe's refusals, in Stripe's JSON shape (https://docs.stripe.com/api/errors).

They say what a caller did wrong; they must never be raised for a defect of the stand-in itself.
"""

from __future__ import annotations

from typing import Any


class StripeFault(Exception):
    """A refusal: HTTP status, error type, code, and the parameter that is to blame, if one is."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.more = more

    def body(self) -> dict[str, Any]:
        """What Stripe sends; empty fields are left out, as Stripe leaves them out."""
        fields = {"code": self.code, "message": self.message, "param": self.param, "type": self.kind, **self.more}
        return {"error": {name: value for name, value in fields.items() if value is not None}}


def no_such(noun: str, identity: str, *, param: str = "id", status: int = 404) -> StripeFault:
    """The object does not exist: 404 when it is in the path, 400 when a parameter names it."""
    message = f"No such {noun}: '{identity}'"
    return StripeFault(message, status=status, code="resource_missing", param=param)


def wanting(param: str) -> StripeFault:
    """A required parameter is not there."""
    return StripeFault(f"Missing required param: {param}.", code="parameter_missing", param=param)


def not_played(param: str) -> StripeFault:
    """Stripe knows the parameter, the stand-in does not: to ignore it would make a test believe in it."""
    message = f"The stand-in does not play `{param}`."
    return StripeFault(message, code="not_played_by_the_stand_in", param=param)
