"""Where staff are kept, and what makes hashes of passwords. Adapters speak SQL and Argon2; doubles are offline."""

from __future__ import annotations

from typing import Protocol

from gateway.staff.members import Invitation, Member, StaffAct, StaffSession
from gateway.staff.roles import Role


class StaffBook(Protocol):
    """Accounts, sessions, invitations and the log of acts. Every method is one transaction of its own."""

    async def add(self, member: Member) -> None:
        """Store an account without grants. Raises StaffNameTaken (names are compared without case)."""
        ...

    async def find(self, name: str) -> Member | None:
        """By name, in any case."""
        ...

    async def get(self, member: str) -> Member | None:
        """By id."""
        ...

    async def members(self) -> tuple[Member, ...]:
        """Everybody, by name."""
        ...

    async def set_password(self, member: str, password_hash: str) -> None:
        """Replace what they sign in with."""
        ...

    async def set_totp(self, member: str, secret: str) -> None:
        """Set the second factor; "" takes it away."""
        ...

    async def use_code(self, member: str, step: int) -> bool:
        """Take a time step of the second factor; False when it, or a later one, was taken before."""
        ...

    async def set_active(self, member: str, *, active: bool) -> None:
        """Let somebody in, or no more; their sessions end."""
        ...

    async def grant(self, member: str, show: str, role: Role) -> None:
        """Give a role; one that they have stays."""
        ...

    async def withdraw(self, member: str, show: str, role: Role) -> None:
        """Take a role."""
        ...

    async def begin_session(self, session: StaffSession) -> None:
        """Keep a session."""
        ...

    async def session(self, hash_: str) -> tuple[StaffSession, Member] | None:
        """A session with who is signed in by it."""
        ...

    async def see_session(self, hash_: str, now_ms: int) -> None:
        """It was used."""
        ...

    async def sessions_of(self, member: str) -> tuple[StaffSession, ...]:
        """All that somebody has, the newest first."""
        ...

    async def end_session(self, hash_: str) -> None:
        """Sign one browser out."""
        ...

    async def end_sessions(self, member: str, *, but: str = "") -> int:
        """Sign somebody out everywhere, but for one session; returns how many ended."""
        ...

    async def invite(self, invitation: Invitation) -> None:
        """Keep an invitation; older ones of the same person end."""
        ...

    async def invited(self, hash_: str, now_ms: int) -> Member | None:
        """Who is invited by a link that still holds."""
        ...

    async def accept(self, hash_: str, password_hash: str, now_ms: int) -> Member | None:
        """Use an invitation, once: their password is set and older sessions end. None when it does not hold."""
        ...

    async def log(self, act: StaffAct) -> None:
        """Append to the log, which is never changed."""
        ...

    async def acts(self, *, show: str | None = None, limit: int = 200) -> tuple[StaffAct, ...]:
        """What was done, the newest first; `show` narrows it."""
        ...


class Passwords(Protocol):
    """Hashes of passwords. Both methods take a while on purpose, and do it away from the event loop."""

    async def hash(self, password: str) -> str:
        """A hash with its own salt and cost, as text."""
        ...

    async def verify(self, password: str, password_hash: str) -> bool:
        """Whether it is the one. An empty hash takes as long and is never right."""
        ...
