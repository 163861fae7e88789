"""The pages that the Studio and the Desk share: signing in, one's own account, and the team.

Nothing here tells whether a name exists to somebody who is not signed in.
"""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response

from gateway.errors import TooOften
from gateway.staff import totp
from gateway.staff.accounts import without_secrets
from gateway.staff.door import (
    Acting,
    StaffDoor,
    Visit,
    cookie_of,
    drop_session,
    form_token,
    set_form_token,
    set_session,
    to,
    way_back,
)
from gateway.staff.errors import FormInvalid, SignInRefused, StaffError
from gateway.staff.forms import csrf_of, sent_form
from gateway.staff.members import Member
from gateway.staff.refusals import sentence_of, status_of
from gateway.staff.roles import DUTIES, EVERY_SHOW, MAY, ROLES, SHOW_ROLES, Role

SIGN_IN_BYTES_MAX = 64 << 10
ACTS_SHOWN = 200


def staff_router(door: StaffDoor) -> APIRouter:
    """Everything under `/staff`."""
    router = door.router("/staff")
    _add_doorstep(router, door)
    _add_joining(router, door)
    _add_account(router, door)
    _add_team(router, door)

    @router.get("/assets/{edition}/{folder}/{name}")
    async def asset(edition: str, folder: str, name: str) -> Response:
        return door.pages.asset(f"{folder}/{name}")

    return router


def _add_doorstep(router: APIRouter, door: StaffDoor) -> None:
    leaving = door.acts()

    def asked(request: Request, *, status: int = 200, name: str = "", trouble: str = "", back: str = "") -> Response:
        token = form_token(request)
        answer = door.pages.page(
            "staff/sign_in.html", status=status, csrf=csrf_of(token), name=name, trouble=trouble, back=way_back(back)
        )
        set_form_token(request, answer, token)
        return answer

    @router.get("/sign-in")
    async def sign_in_page(request: Request, next: str = "") -> Response:
        if await door.accounts.signed_in(cookie_of(request)) is not None:
            return to(way_back(next) or "/staff")
        return asked(request, back=next)

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        form = await sent_form(request, csrf_of(form_token(request)), bytes_max=SIGN_IN_BYTES_MAX)
        name, back = form.text("name"), way_back(form.text("next"))
        try:
            done = await door.accounts.sign_in(
                name,
                form.fields.get("password", ("",))[-1],
                form.text("code"),
                address=request.client.host if request.client else "",
                agent=request.headers.get("user-agent", ""),
            )
        except (SignInRefused, TooOften) as error:
            return asked(request, status=status_of(error), name=name, trouble=sentence_of(error), back=back)
        answer = to(back or "/staff")
        set_session(request, answer, done.token)
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request, acting: Acting = leaving) -> Response:
        await door.accounts.sign_out(acting.visit.session, acting.visit.member)
        answer = to("/staff/sign-in")
        drop_session(request, answer)
        return answer


def _add_joining(router: APIRouter, door: StaffDoor) -> None:
    async def asked(request: Request, invitation: str, *, status: int = 200, trouble: str = "") -> Response:
        member = await door.accounts.invited(invitation)
        token = form_token(request)
        answer = door.pages.page(
            "staff/join.html", status=status, csrf=csrf_of(token), name=member.name, trouble=trouble
        )
        set_form_token(request, answer, token)
        return answer

    @router.get("/join/{invitation}")
    async def join_page(request: Request, invitation: str) -> Response:
        return await asked(request, invitation)

    @router.post("/join/{invitation}")
    async def join(request: Request, invitation: str) -> Response:
        form = await sent_form(request, csrf_of(form_token(request)), bytes_max=SIGN_IN_BYTES_MAX)
        password = form.fields.get("password", ("",))[-1]
        try:
            if password != form.fields.get("again", ("",))[-1]:
                raise FormInvalid("The two passwords are not the same.")
            await door.accounts.accept(invitation, password)
        except FormInvalid as error:
            return await asked(request, invitation, status=error.status, trouble=str(error))
        return to("/staff/sign-in")


def _add_account(router: APIRouter, door: StaffDoor) -> None:
    seen, sent = door.sees(), door.acts()

    async def account_page(visit: Visit, *, status: int = 200, trouble: str = "") -> Response:
        secret = totp.secret_text(secrets.token_bytes(totp.SECRET_BYTES))
        return door.page(
            visit,
            "staff/account.html",
            status=status,
            trouble=trouble,
            member=without_secrets(visit.member),
            sessions=await door.accounts.book.sessions_of(visit.member.id),
            secret=secret,
            otpauth=totp.address(secret, visit.name),
            every=EVERY_SHOW,
        )

    @router.get("")
    async def front(visit: Visit = seen) -> Response:
        return to(visit.areas[0][0]) if len(visit.areas) == 1 else door.page(visit, "staff/front.html")

    @router.get("/account")
    async def account(visit: Visit = seen) -> Response:
        return await account_page(visit)

    @router.post("/account/{what}")
    async def change(what: str, acting: Acting = sent) -> Response:
        visit, form, accounts = acting.visit, acting.form, door.accounts
        password = form.fields.get("password", ("",))[-1]
        try:
            match what:
                case "password":
                    new = form.fields.get("new", ("",))[-1]
                    await accounts.change_password(visit.member, password, new, but=visit.session.hash)
                case "codes":
                    await accounts.set_up_codes(visit.member, form.text("secret"), form.text("code"))
                case "no-codes":
                    await accounts.drop_codes(visit.member, password)
                case "sign-out-everywhere":
                    await accounts.sign_out_everywhere(visit.member, by=visit.name)
                    return to("/staff/sign-in")
                case _:
                    raise FormInvalid("There is nothing of this name to change.", status=404)
        except StaffError as error:
            return await account_page(visit, status=status_of(error), trouble=sentence_of(error))
        return to("/staff/account")


def _add_team(router: APIRouter, door: StaffDoor) -> None:
    seen, sent, looked = door.sees("team.write"), door.acts("team.write"), door.sees("staff.audit")

    async def team_page(visit: Visit, link: str = "", invited: str = "") -> Response:
        return door.page(
            visit,
            "staff/team.html",
            members=[without_secrets(one) for one in await door.accounts.book.members()],
            roles=ROLES,
            duties=DUTIES,
            may=MAY,
            every=EVERY_SHOW,
            link=link,
            invited=invited,
        )

    @router.get("/team")
    async def team(visit: Visit = seen) -> Response:
        return await team_page(visit)

    @router.post("/team")
    async def change(request: Request, acting: Acting = sent) -> Response:
        visit, name = acting.visit, acting.form.text("name")
        if acting.form.text("do") in ("add", "invite"):
            member = await _added(door, acting)
            if member.password_hash and acting.form.text("do") == "add":
                return to("/staff/team")
            token = await door.accounts.invite(member, by=visit.name)
            return await team_page(visit, f"{request.base_url}staff/join/{token}", member.name)
        await _changed(door, acting, name)
        return to("/staff/team")

    @router.get("/log")
    async def log(visit: Visit = looked) -> Response:
        return door.page(visit, "staff/log.html", acts=await door.accounts.book.acts(limit=ACTS_SHOWN), show="")


async def _added(door: StaffDoor, acting: Acting) -> Member:
    """Who is to be invited: somebody with a new role, or as they are."""
    form = acting.form
    if form.text("do") == "invite":
        return await door.accounts.find(form.text("name"))
    show = form.text("show") or EVERY_SHOW
    return await door.accounts.add(form.text("name"), show, role_of(form.text("role"), show), by=acting.visit.name)


async def _changed(door: StaffDoor, acting: Acting, name: str) -> None:
    """What an admin does to somebody of the staff. Raises UnknownMember, FormInvalid."""
    visit, form, accounts = acting.visit, acting.form, door.accounts
    match form.text("do"):
        case "withdraw":
            show = form.text("show") or EVERY_SHOW
            await accounts.withdraw(name, show, role_of(form.text("role"), show), by=visit.name)
        case "shut-out" | "let-in" as what:
            await accounts.set_active(name, active=what == "let-in", by=visit.name)
        case "sign-out":
            await accounts.sign_out_everywhere(await accounts.find(name), by=visit.name)
        case _:
            raise FormInvalid("There is nothing of this name to do.")


def role_of(written: str, show: str) -> Role:
    """A role that means something there. Raises FormInvalid."""
    if written not in (ROLES if show == EVERY_SHOW else SHOW_ROLES):
        raise FormInvalid("There is no such role there.")
    return written
