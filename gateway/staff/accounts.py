"""Signing in and out, inviting, and what a person may change of their own account.

Every act is written down with who did it. A password and a code are checked here and nowhere kept or logged.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.limits import RateLimits, allow
from gateway.rates import STAFF_SIGN_INS, STAFF_SIGN_INS_FROM
from gateway.staff import totp
from gateway.staff.errors import FormInvalid, InvitationOver, SignInRefused, UnknownMember
from gateway.staff.members import Invitation, Member, StaffAct, StaffSession
from gateway.staff.ports import Passwords, StaffBook
from gateway.staff.roles import EVERY_SHOW, Role

IDLE_MS = 12 * 3_600_000
"""A session that was not used for so long has ended."""
LIFETIME_MS = 7 * 86_400_000
SEEN_EVERY_MS = 60_000
INVITATION_MS = 3 * 86_400_000
PASSWORD_CHARS = (12, 200)
"""Length and nothing else is asked of a password (NIST SP 800-63B, 3.1.1)."""
NAME_CHARS_MAX = 100
AGENT_CHARS_MAX = 120
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session and the token for its cookie, which is told once."""

    token: str
    member: Member


class Accounts:
    """The staff of one installation."""

    def __init__(self, book: StaffBook, passwords: Passwords, limits: RateLimits, *, clock: Callable[[], int]) -> None:
        self.book, self._passwords, self._limits, self._clock = book, passwords, limits, clock

    async def sign_in(self, name: str, password: str, code: str, *, address: str, agent: str) -> SignedIn:
        """Raises SignInRefused, TooOften (of this name, or from this address)."""
        await allow(self._limits, STAFF_SIGN_INS_FROM, address)
        await allow(self._limits, STAFF_SIGN_INS, name.casefold()[:NAME_CHARS_MAX])
        member = await self.book.find(name)
        known = member is not None and member.active
        right = await self._passwords.verify(password, member.password_hash if member is not None and known else "")
        if member is None or not right or not await self._second_factor(member, code):
            await self.log(name[:NAME_CHARS_MAX] if known else "?", "sign-in.refused")
            raise SignInRefused
        token = secrets.token_urlsafe(32)
        now_ms = self._clock()
        session = StaffSession(hash_of(token), member.id, now_ms, now_ms, agent[:AGENT_CHARS_MAX])
        await self.book.begin_session(session)
        await self.log(member.name, "sign-in")
        return SignedIn(token, member)

    async def _second_factor(self, member: Member, code: str) -> bool:
        if not member.totp_secret:
            return True
        step = totp.step_of(member.totp_secret, code, self._clock())
        return step is not None and await self.book.use_code(member.id, step)

    async def signed_in(self, token: str) -> tuple[StaffSession, Member] | None:
        """Who a cookie belongs to; None when its session has ended."""
        found = await self.book.session(hash_of(token)) if token else None
        if found is None:
            return None
        session, member = found
        now_ms = self._clock()
        if now_ms - session.seen_at_ms > IDLE_MS or now_ms - session.created_at_ms > LIFETIME_MS:
            await self.book.end_session(session.hash)
            return None
        if now_ms - session.seen_at_ms > SEEN_EVERY_MS:
            await self.book.see_session(session.hash, now_ms)
        return (session, member) if member.active else None

    async def sign_out(self, session: StaffSession, member: Member) -> None:
        """End one session."""
        await self.book.end_session(session.hash)
        await self.log(member.name, "sign-out")

    async def sign_out_everywhere(self, member: Member, *, by: str, but: str = "") -> int:
        """End all of somebody's sessions, but for one; returns how many ended."""
        ended = await self.book.end_sessions(member.id, but=but)
        await self.log(by, "sign-out.everywhere", subject=member.name)
        return ended

    async def add(self, name: str, show: str, role: Role, *, by: str) -> Member:
        """Give somebody a role, with an account if they have none. Raises FormInvalid for a name that is none."""
        name = " ".join(name.split())
        if not 1 <= len(name) <= NAME_CHARS_MAX:
            raise FormInvalid(f"A name has 1 to {NAME_CHARS_MAX} characters.")
        member = await self.book.find(name)
        if member is None:
            member = Member(uuid.uuid4().hex, name, created_at_ms=self._clock())
            await self.book.add(member)
            await self.log(by, "staff.added", subject=name)
        await self.book.grant(member.id, show, role)
        await self.log(by, "role.given", show=_shown(show), subject=member.name, detail=role)
        return await self.book.get(member.id) or member

    async def withdraw(self, name: str, show: str, role: Role, *, by: str) -> None:
        """Take a role from somebody. Raises UnknownMember."""
        member = await self.find(name)
        await self.book.withdraw(member.id, show, role)
        await self.log(by, "role.taken", show=_shown(show), subject=member.name, detail=role)

    async def set_active(self, name: str, *, active: bool, by: str) -> None:
        """Let somebody in, or no more. Raises UnknownMember."""
        member = await self.find(name)
        await self.book.set_active(member.id, active=active)
        await self.log(by, "staff.let-in" if active else "staff.shut-out", subject=member.name)

    async def find(self, name: str) -> Member:
        """Somebody by name. Raises UnknownMember."""
        member = await self.book.find(name)
        if member is None:
            raise UnknownMember(name)
        return member

    async def invite(self, member: Member, *, by: str) -> str:
        """The token of a link with which somebody chooses a password; earlier links end."""
        token = secrets.token_urlsafe(32)
        await self.book.invite(Invitation(hash_of(token), member.id, self._clock() + INVITATION_MS))
        await self.log(by, "staff.invited", subject=member.name)
        return token

    async def invited(self, token: str) -> Member:
        """Who a link invites. Raises InvitationOver."""
        member = await self.book.invited(hash_of(token), self._clock())
        if member is None or not member.active:
            raise InvitationOver
        return member

    async def accept(self, token: str, password: str) -> Member:
        """Choose a password by a link. Raises InvitationOver, FormInvalid."""
        check_password(password)
        await self.invited(token)
        member = await self.book.accept(hash_of(token), await self._passwords.hash(password), self._clock())
        if member is None:
            raise InvitationOver
        await self.log(member.name, "password.chosen")
        return member

    async def change_password(self, member: Member, old: str, new: str, *, but: str) -> None:
        """Set another password; every other session ends. Raises SignInRefused, FormInvalid."""
        check_password(new)
        if not await self._passwords.verify(old, member.password_hash):
            raise SignInRefused
        await self.book.set_password(member.id, await self._passwords.hash(new))
        await self.book.end_sessions(member.id, but=but)
        await self.log(member.name, "password.changed")

    async def set_up_codes(self, member: Member, secret: str, code: str) -> None:
        """Ask for codes from now on, once one was shown to be right. Raises FormInvalid."""
        step = totp.step_of(secret, code, self._clock())
        if step is None:
            raise FormInvalid("That code is not right. Look at the clock of your phone and try the next one.")
        await self.book.set_totp(member.id, secret)
        await self.book.use_code(member.id, step)
        await self.log(member.name, "codes.set-up")

    async def drop_codes(self, member: Member, password: str) -> None:
        """Ask for no more codes. Raises SignInRefused."""
        if not await self._passwords.verify(password, member.password_hash):
            raise SignInRefused
        await self.book.set_totp(member.id, "")
        await self.log(member.name, "codes.dropped")

    async def log(self, actor: str, act: str, *, show: str = "", subject: str = "", detail: str = "") -> None:
        """Write an act down."""
        await self.book.log(StaffAct(self._clock(), actor, act, show, subject[:200], detail[:500]))


def hash_of(token: str) -> str:
    """What is kept of a token: it has 256 bits of chance, so that a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def check_password(password: str) -> None:
    """Raises FormInvalid."""
    least, most = PASSWORD_CHARS
    if not least <= len(password) <= most:
        raise FormInvalid(f"A password has {least} to {most} characters. A few words that you like will do.")


def without_secrets(member: Member) -> Member:
    """The same person as a page may see them."""
    return replace(member, password_hash="", totp_secret="set" if member.totp_secret else "")


def _shown(show: str) -> str:
    return "" if show == EVERY_SHOW else show
