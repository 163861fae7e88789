"""Staff in a relational database. Every method is one transaction of its own, all or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.adapters.staff_tables import staff, staff_grants, staff_invitations, staff_log, staff_sessions
from gateway.staff.doubles import folded
from gateway.staff.errors import StaffNameTaken
from gateway.staff.members import Invitation, Member, StaffAct, StaffSession
from gateway.staff.roles import Role

_ACT = tuple(staff_log.c[name] for name in StaffAct.__dataclass_fields__)


class SqlStaff:
    """`gateway.staff.ports.StaffBook` over the two engines of one database."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer, self._reader = writer, reader

    async def add(self, member: Member) -> None:
        row = {
            "id": member.id,
            "name": member.name,
            "folded": folded(member.name),
            "active": member.active,
            "password_hash": member.password_hash,
            "totp_secret": member.totp_secret,
            "totp_step": -1,
            "created_at_ms": member.created_at_ms,
        }
        try:
            async with self._writer.begin() as connection:
                await connection.execute(insert(staff).values(**row))
        except IntegrityError as error:
            raise StaffNameTaken(member.name) from error

    async def find(self, name: str) -> Member | None:
        return await self._one(staff.c.folded == folded(name))

    async def get(self, member: str) -> Member | None:
        return await self._one(staff.c.id == member)

    async def members(self) -> tuple[Member, ...]:
        async with self._reader.connect() as connection:
            rows = (await connection.execute(select(staff).order_by(staff.c.folded))).all()
            grants = await _grants(connection, [row.id for row in rows])
        return tuple(_member(row, grants) for row in rows)

    async def set_password(self, member: str, password_hash: str) -> None:
        await self._change(member, password_hash=password_hash)

    async def set_totp(self, member: str, secret: str) -> None:
        await self._change(member, totp_secret=secret)

    async def use_code(self, member: str, step: int) -> bool:
        taken = update(staff).where(staff.c.id == member, staff.c.totp_step < step).values(totp_step=step)
        async with self._writer.begin() as connection:
            return (await connection.execute(taken)).rowcount == 1

    async def set_active(self, member: str, *, active: bool) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(update(staff).where(staff.c.id == member).values(active=active))
            if not active:
                await connection.execute(delete(staff_sessions).where(staff_sessions.c.member == member))

    async def grant(self, member: str, show: str, role: Role) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(select(staff.c.id).where(staff.c.id == member).with_for_update())
            if (await connection.execute(select(staff_grants).where(_granted(member, show, role)))).first() is None:
                await connection.execute(insert(staff_grants).values(member=member, show=show, role=role))

    async def withdraw(self, member: str, show: str, role: Role) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(delete(staff_grants).where(_granted(member, show, role)))

    async def begin_session(self, session: StaffSession) -> None:
        row = {name: getattr(session, name) for name in StaffSession.__dataclass_fields__}
        async with self._writer.begin() as connection:
            await connection.execute(insert(staff_sessions).values(**row))

    async def session(self, hash_: str) -> tuple[StaffSession, Member] | None:
        async with self._reader.connect() as connection:
            row = (await connection.execute(select(staff_sessions).where(staff_sessions.c.hash == hash_))).first()
            if row is None:
                return None
            member = await _found(connection, staff.c.id == row.member)
        return None if member is None else (StaffSession(**row._mapping), member)

    async def see_session(self, hash_: str, now_ms: int) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(
                update(staff_sessions).where(staff_sessions.c.hash == hash_).values(seen_at_ms=now_ms)
            )

    async def sessions_of(self, member: str) -> tuple[StaffSession, ...]:
        own = select(staff_sessions).where(staff_sessions.c.member == member)
        async with self._reader.connect() as connection:
            rows = await connection.execute(own.order_by(staff_sessions.c.created_at_ms.desc(), staff_sessions.c.hash))
            return tuple(StaffSession(**row._mapping) for row in rows)

    async def end_session(self, hash_: str) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.hash == hash_))

    async def end_sessions(self, member: str, *, but: str = "") -> int:
        ended = delete(staff_sessions).where(staff_sessions.c.member == member, staff_sessions.c.hash != but)
        async with self._writer.begin() as connection:
            return (await connection.execute(ended)).rowcount

    async def invite(self, invitation: Invitation) -> None:
        row = {name: getattr(invitation, name) for name in Invitation.__dataclass_fields__}
        async with self._writer.begin() as connection:
            await connection.execute(delete(staff_invitations).where(staff_invitations.c.member == invitation.member))
            await connection.execute(insert(staff_invitations).values(**row))

    async def invited(self, hash_: str, now_ms: int) -> Member | None:
        async with self._reader.connect() as connection:
            member = await connection.scalar(select(staff_invitations.c.member).where(_holds(hash_, now_ms)))
            return None if member is None else await _found(connection, staff.c.id == member)

    async def accept(self, hash_: str, password_hash: str, now_ms: int) -> Member | None:
        async with self._writer.begin() as connection:
            used = delete(staff_invitations).where(_holds(hash_, now_ms)).returning(staff_invitations.c.member)
            member = (await connection.execute(used)).scalar_one_or_none()
            if member is None:
                return None
            await connection.execute(update(staff).where(staff.c.id == member).values(password_hash=password_hash))
            await connection.execute(delete(staff_sessions).where(staff_sessions.c.member == member))
            return await _found(connection, staff.c.id == member)

    async def log(self, act: StaffAct) -> None:
        row = {name: getattr(act, name) for name in StaffAct.__dataclass_fields__}
        async with self._writer.begin() as connection:
            await connection.execute(insert(staff_log).values(**row))

    async def acts(self, *, show: str | None = None, limit: int = 200) -> tuple[StaffAct, ...]:
        query = select(*_ACT).order_by(staff_log.c.id.desc()).limit(limit)
        if show is not None:
            query = query.where(staff_log.c.show == show)
        async with self._reader.connect() as connection:
            return tuple(StaffAct(**row._mapping) for row in await connection.execute(query))

    async def _one(self, which: ColumnElement[bool]) -> Member | None:
        async with self._reader.connect() as connection:
            return await _found(connection, which)

    async def _change(self, member: str, **values: str) -> None:
        async with self._writer.begin() as connection:
            await connection.execute(update(staff).where(staff.c.id == member).values(**values))


async def _found(connection: AsyncConnection, which: ColumnElement[bool]) -> Member | None:
    row = (await connection.execute(select(staff).where(which))).first()
    return None if row is None else _member(row, await _grants(connection, [row.id]))


async def _grants(connection: AsyncConnection, members: Iterable[str]) -> dict[str, dict[str, frozenset[Role]]]:
    """Member -> show -> roles."""
    found: dict[str, dict[str, frozenset[Role]]] = {}
    for row in await connection.execute(select(staff_grants).where(staff_grants.c.member.in_(list(members)))):
        of_member = found.setdefault(row.member, {})
        of_member[row.show] = of_member.get(row.show, frozenset()) | {cast(Role, row.role)}
    return found


def _member(row: Any, grants: dict[str, dict[str, frozenset[Role]]]) -> Member:
    return Member(
        id=row.id,
        name=row.name,
        active=row.active,
        grants=grants.get(row.id, {}),
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        created_at_ms=row.created_at_ms,
    )


def _granted(member: str, show: str, role: str) -> ColumnElement[bool]:
    c = staff_grants.c
    return (c.member == member) & (c.show == show) & (c.role == role)


def _holds(hash_: str, now_ms: int) -> ColumnElement[bool]:
    return (staff_invitations.c.hash == hash_) & (staff_invitations.c.expires_at_ms > now_ms)
