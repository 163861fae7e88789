"""The door: what pages and routes of staff depend on to know who is there and whether they may.

A page asks `door.sees(duty)`, a form `door.acts(duty)`, and a router made by `door.router` tells every refusal as a
page, or as JSON to whoever asks for that. A show in the path (`{show}`) that somebody has no role in is not there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from characters.errors import UnknownShow
from gateway.logs import where
from gateway.staff.accounts import LIFETIME_MS, Accounts
from gateway.staff.errors import FormInvalid, NotSignedIn, StaffForbidden
from gateway.staff.forms import FORM_BYTES_MAX, Form, csrf_of, sent_form
from gateway.staff.members import Member, StaffSession
from gateway.staff.refusals import INTERNAL, NOT_FOUND_SENTENCE, sentence_of, status_of
from gateway.staff.rendering import Pages
from gateway.staff.roles import EVERY_SHOW, SHOW_ROLES, Duty

COOKIE, SECURE_COOKIE = "encore_staff", "__Host-encore_staff"
FORM_COOKIE = "encore_staff_form"
SIGN_IN = "/staff/sign-in"
SEE_OTHER = 303
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody of the staff, in front of a page."""

    member: Member
    session: StaffSession
    csrf: str
    """For the field `csrf` of every form, or the header `x-csrf-token`."""
    accounts: Accounts
    area: str = ""
    """`studio`, `desk` or `staff`: which part of the pages this is."""
    rooms: frozenset[str] = frozenset()
    """The parts that this gateway has, as `/studio`."""

    @property
    def name(self) -> str:
        """What stands in logs."""
        return self.member.name

    def may(self, duty: Duty, show: str | None = None) -> bool:
        """Whether they may; for what a page shows or leaves out."""
        return self.member.may(duty, show)

    def need(self, duty: Duty, show: str | None = None) -> None:
        """Raises UnknownShow for a show that is none of theirs, StaffForbidden."""
        if show is not None and not self.in_team(show):
            raise UnknownShow(show)
        if not self.may(duty, show):
            raise StaffForbidden(duty)

    def in_team(self, show: str) -> bool:
        """Whether they have anything to do with a show."""
        return self.may("show.read", show)

    @property
    def areas(self) -> tuple[tuple[str, str], ...]:
        """What they may go to: (address, name)."""
        grants = self.member.grants
        everywhere = grants.get(EVERY_SHOW, frozenset())
        found = []
        if any(role in SHOW_ROLES or role == "support" for roles in grants.values() for role in roles):
            found.append(("/studio", "Studio"))
        if everywhere & {"support", "billing_admin", "billing_approver", "billing_viewer", "admin"}:
            found.append(("/desk", "Desk"))
        return tuple((address, name) for address, name in found if address in self.rooms)

    async def log(self, act: str, *, show: str = "", subject: str = "", detail: str = "") -> None:
        """Write down what they did."""
        await self.accounts.log(self.name, act, show=show, subject=subject, detail=detail)


@dataclass(frozen=True, slots=True)
class Acting:
    """The same, with a form that they sent."""

    visit: Visit
    form: Form


class StaffDoor:
    """Lets staff in."""

    def __init__(self, accounts: Accounts, pages: Pages, clock: Callable[[], int]) -> None:
        self.accounts, self.pages, self.clock = accounts, pages, clock
        self._rooms: frozenset[str] = frozenset()

    def router(self, prefix: str) -> APIRouter:
        """A router whose refusals are pages."""
        door = self
        self._rooms |= {prefix}

        class PageRoute(APIRoute):
            """A route that never lets an error out."""

            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                """See APIRoute."""
                handler = super().get_route_handler()

                async def guarded(request: Request) -> Response:
                    try:
                        return await handler(request)
                    except Exception as error:  # the boundary of pages: what went wrong is told, or logged by its place
                        return door.refused(request, error)

                return guarded

        return APIRouter(prefix=prefix, route_class=PageRoute, include_in_schema=False)

    def sees(self, duty: Duty | None = None) -> Any:
        """The dependency of a page: a Visit. Raises NotSignedIn, StaffForbidden, UnknownShow."""

        async def visit(request: Request) -> Visit:
            return await self._visit(request, duty)

        return Depends(visit)

    def acts(self, duty: Duty | None = None, *, bytes_max: int = FORM_BYTES_MAX) -> Any:
        """The dependency of a form: an Acting. Raises FormRefused and FormInvalid too."""

        async def acting(request: Request) -> Acting:
            visit = await self._visit(request, duty)
            return Acting(visit, await sent_form(request, visit.csrf, bytes_max=bytes_max))

        return Depends(acting)

    def page(self, visit: Visit, name: str, /, *, status: int = 200, **context: Any) -> Response:
        """A page for somebody who is signed in; templates find them as `visit`."""
        return self.pages.page(name, status=status, visit=visit, **context)

    async def _visit(self, request: Request, duty: Duty | None) -> Visit:
        token = cookie_of(request)
        found = await self.accounts.signed_in(token)
        if found is None:
            raise NotSignedIn
        session, member = found
        area = request.url.path.split("/")[1]
        visit = Visit(member, session, csrf_of(token), self.accounts, area, self._rooms)
        if duty is not None:
            visit.need(duty, request.path_params.get("show"))
        return visit

    def refused(self, request: Request, error: Exception) -> Response:
        """How an error is told: as a way to sign in, as JSON, or as a page."""
        if isinstance(error, HTTPException):
            status, sentence = error.status_code, NOT_FOUND_SENTENCE
        elif isinstance(error, RequestValidationError):
            status, sentence = 422, "This address is not complete."
        else:
            status, sentence = status_of(error), sentence_of(error)
        if status == INTERNAL:
            log.error("staff page: %s", where(error))
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"error": {"message": sentence}}, status_code=status)
        if isinstance(error, NotSignedIn):
            if "hx-request" in request.headers:
                return Response(status_code=401, headers={"hx-redirect": SIGN_IN})
            back = request.url.path if request.method == "GET" else ""
            return RedirectResponse(f"{SIGN_IN}?next={quote(back)}" if back else SIGN_IN, SEE_OTHER)
        fragment = "hx-request" in request.headers
        return self.pages.page(
            "staff/refusal_part.html" if fragment else "staff/refusal.html",
            # htmx shows what comes with a success only; the sentence is to be read.
            status=200 if fragment else status,
            sentence=sentence,
            code=status,
            details=error.details if isinstance(error, FormInvalid) else (),
        )


def cookie_of(request: Request) -> str:
    """The session's token; "" without one. Over https only the cookie that no other host can set counts."""
    return request.cookies.get(SECURE_COOKIE if is_secure(request) else COOKIE, "")


def is_secure(request: Request) -> bool:
    """Whether the browser came over https, by the connection or by a trusted proxy's word."""
    return request.url.scheme == "https"


def set_session(request: Request, answer: Response, token: str) -> None:
    """Sign a browser in."""
    secure = is_secure(request)
    answer.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        token,
        max_age=LIFETIME_MS // 1_000,
        path="/",
        httponly=True,
        secure=secure,
        samesite="lax",
    )


def drop_session(request: Request, answer: Response) -> None:
    """Sign a browser out."""
    secure = is_secure(request)
    answer.delete_cookie(SECURE_COOKIE if secure else COOKIE, path="/", httponly=True, secure=secure, samesite="lax")


def form_token(request: Request) -> str:
    """What ties a form to a browser that is not signed in: the one it has, or a new one."""
    return request.cookies.get(FORM_COOKIE, "") or secrets.token_urlsafe(24)


def set_form_token(request: Request, answer: Response, token: str) -> None:
    """Let the browser keep it."""
    answer.set_cookie(
        FORM_COOKIE, token, max_age=3_600, path="/staff", httponly=True, secure=is_secure(request), samesite="strict"
    )


def way_back(address: str) -> str:
    """An address of ours to go on to; "" for anything else."""
    own = address.startswith("/") and not address.startswith(("//", "/\\")) and "\\" not in address
    return address if own and address.isprintable() else ""


def to(address: str) -> Response:
    """Go on there, after a form."""
    return RedirectResponse(address, SEE_OTHER)
