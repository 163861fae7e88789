"""Staff in memory, for tests and for trying things: the same rules as in SQL, gone at the end."""

from __future__ import annotations

import hmac
from dataclasses import replace

from gateway.staff.errors import StaffNameTaken
from gateway.staff.members import Invitation, Member, StaffAct, StaffSession
from gateway.staff.roles import Role


class MemoryStaff:
    """`gateway.staff.ports.StaffBook` in dictionaries."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._steps: dict[str, int] = {}
        self._sessions: dict[str, StaffSession] = {}
        self._invitations: dict[str, Invitation] = {}
        self._log: list[StaffAct] = []

    async def add(self, member: Member) -> None:
        if await self.find(member.name) is not None:
            raise StaffNameTaken(member.name)
        self._members[member.id] = replace(member, grants={})

    async def find(self, name: str) -> Member | None:
        return next((one for one in self._members.values() if folded(one.name) == folded(name)), None)

    async def get(self, member: str) -> Member | None:
        return self._members.get(member)

    async def members(self) -> tuple[Member, ...]:
        return tuple(sorted(self._members.values(), key=lambda one: folded(one.name)))

    async def set_password(self, member: str, password_hash: str) -> None:
        self._change(member, password_hash=password_hash)

    async def set_totp(self, member: str, secret: str) -> None:
        self._change(member, totp_secret=secret)

    async def use_code(self, member: str, step: int) -> bool:
        if self._steps.get(member, -1) >= step:
            return False
        self._steps[member] = step
        return True

    async def set_active(self, member: str, *, active: bool) -> None:
        self._change(member, active=active)
        if not active:
            await self.end_sessions(member)

    async def grant(self, member: str, show: str, role: Role) -> None:
        grants = dict(self._members[member].grants)
        grants[show] = grants.get(show, frozenset()) | {role}
        self._change(member, grants=grants)

    async def withdraw(self, member: str, show: str, role: Role) -> None:
        grants = dict(self._members[member].grants)
        grants[show] = grants.get(show, frozenset()) - {role}
        self._change(member, grants={show: roles for show, roles in grants.items() if roles})

    async def begin_session(self, session: StaffSession) -> None:
        self._sessions[session.hash] = session

    async def session(self, hash_: str) -> tuple[StaffSession, Member] | None:
        found = self._sessions.get(hash_)
        return None if found is None else (found, self._members[found.member])

    async def see_session(self, hash_: str, now_ms: int) -> None:
        if hash_ in self._sessions:
            self._sessions[hash_] = replace(self._sessions[hash_], seen_at_ms=now_ms)

    async def sessions_of(self, member: str) -> tuple[StaffSession, ...]:
        own = (one for one in self._sessions.values() if one.member == member)
        return tuple(sorted(own, key=lambda one: (-one.created_at_ms, one.hash)))

    async def end_session(self, hash_: str) -> None:
        self._sessions.pop(hash_, None)

    async def end_sessions(self, member: str, *, but: str = "") -> int:
        ended = [one.hash for one in self._sessions.values() if one.member == member and one.hash != but]
        for hash_ in ended:
            del self._sessions[hash_]
        return len(ended)

    async def invite(self, invitation: Invitation) -> None:
        self._invitations = {h: one for h, one in self._invitations.items() if one.member != invitation.member}
        self._invitations[invitation.hash] = invitation

    async def invited(self, hash_: str, now_ms: int) -> Member | None:
        found = self._invitations.get(hash_)
        return None if found is None or found.expires_at_ms <= now_ms else self._members[found.member]

    async def accept(self, hash_: str, password_hash: str, now_ms: int) -> Member | None:
        member = await self.invited(hash_, now_ms)
        if member is None:
            return None
        del self._invitations[hash_]
        self._change(member.id, password_hash=password_hash)
        await self.end_sessions(member.id)
        return self._members[member.id]

    async def log(self, act: StaffAct) -> None:
        self._log.append(act)

    async def acts(self, *, show: str | None = None, limit: int = 200) -> tuple[StaffAct, ...]:
        found = [act for act in reversed(self._log) if show is None or act.show == show]
        return tuple(found[:limit])

    def _change(self, member: str, **fields: object) -> None:
        self._members[member] = replace(self._members[member], **fields)  # type: ignore[arg-type]


class PlainPasswords:
    """`gateway.staff.ports.Passwords` that cost nothing and protect nothing: for tests alone."""

    async def hash(self, password: str) -> str:
        return f"plain:{password}"

    async def verify(self, password: str, password_hash: str) -> bool:
        return hmac.compare_digest(f"plain:{password}".encode(), password_hash.encode())


def folded(name: str) -> str:
    """A name for comparing: without case and further blanks."""
    return " ".join(name.casefold().split())
