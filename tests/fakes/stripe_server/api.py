"""One API request from its key to its answer: authentication, parameters, idempotency, effect, expansion.

Every request is logged with what was asked and answered; the API key never is. An effect and its events happen between
two awaits, so that two requests never mix.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from tests.fakes.stripe_server import forms, routes
from tests.fakes.stripe_server.checking import checked
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.idempotency import KeptAnswer, KeptAnswers
from tests.fakes.stripe_server.listing import expanded
from tests.fakes.stripe_server.passing import catch_up
from tests.fakes.stripe_server.switches import AnswerFault
from tests.fakes.stripe_server.wire import Request, Response
from tests.fakes.stripe_server.world import API_VERSION, Json, World

_NOT_KEPT = (401, 409, 429)


class Api:
    """Answers `/v1/…` for one world with one key."""

    def __init__(self, world: World, key: str) -> None:
        self.faults: list[AnswerFault] = []
        self.log: list[Json] = []
        self._world = world
        self._key = key
        self._kept = KeptAnswers()

    def answer(self, request: Request) -> Response | None:
        """The answer; None when it is lost on the way."""
        path = unquote(request.path)
        request_id = self._world.ids.make("req", 14)
        entry: Json = {
            "id": request_id,
            "method": request.method,
            "path": path,
            "params": None,
            "idempotency_key": request.headers.get("idempotency-key"),
            "status": None,
            "lost": False,
        }
        self.log.append(entry)
        fault = next((one for one in self.faults if one.strikes(request.method, path)), None)
        try:
            self._authenticate(request)
            response = self._run(request, path, entry, fault)
        except StripeFault as refused:
            response = _refusal(refused)
        headers = {"request-id": request_id, "stripe-version": API_VERSION, **response.headers}
        entry |= {"status": response.status, "lost": fault is not None and fault.lost}
        entry["replayed"] = "idempotent-replayed" in response.headers
        return None if entry["lost"] else Response(response.status, response.body, response.content_type, headers)

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not key or scheme.lower() != "bearer":
            raise StripeFault("You did not provide an API key.", status=401)
        if key != self._key:
            raise StripeFault("Invalid API Key provided.", status=401)

    def _run(self, request: Request, path: str, entry: Json, fault: AnswerFault | None) -> Response:
        route, ids = routes.find(request.method, path)
        posted = request.method == "POST"
        form = forms.parse(request.body.decode() if posted else request.query)
        entry["params"] = form
        params = checked(form, route.shape)
        key = entry["idempotency_key"] if posted else None
        if key is not None and (kept := self._kept.find(key, path, dict(form), self._world.now_s)) is not None:
            return kept
        if fault is not None and fault.status in _NOT_KEPT and not fault.lost:
            raise _broken(fault.status)
        catch_up(self._world)
        self._world.request = {"id": entry["id"], "idempotency_key": key}
        try:
            response = self._effect(route, params, ids, fault)
        finally:
            self._world.request = {"id": None, "idempotency_key": None}
        if key is not None:
            kept_answer = KeptAnswer(path, dict(form), response, entry["id"], self._world.now_s)
            self._kept.keep(key, kept_answer)
        return response

    def _effect(self, route: routes.Route, params: Json, ids: tuple[str, ...], fault: AnswerFault | None) -> Response:
        broken = fault is not None and not fault.lost
        if broken and fault is not None and not fault.executed:
            return _refusal(_broken(fault.status))
        paths: list[str] = params.pop("expand", [])
        try:
            answer = expanded(self._world, route.handler(self._world, params, *ids), paths)
        except StripeFault as refused:
            return _refusal(refused)
        if broken and fault is not None:
            return _refusal(_broken(fault.status))
        return Response(200, encode(answer))


def _broken(status: int) -> StripeFault:
    """What was ordered."""
    if status == 429:
        return StripeFault("Too many requests.", status=429, code="rate_limit")
    if status == 409:
        message = "There is currently another in-progress request using this Stripe-Idempotency-Key."
        return StripeFault(message, status=409, code="idempotency_key_in_use")
    return StripeFault("Something went wrong on our end.", status=status, kind="api_error")


def _refusal(fault: StripeFault) -> Response:
    headers = {}
    if fault.status >= 500:
        headers["stripe-should-retry"] = "false"  # the kept answer would only come again
    return Response(fault.status, encode(fault.body()), headers=headers)


def encode(answer: Any) -> bytes:
    """JSON as Stripe lays it out."""
    return json.dumps(answer, indent=2).encode()
