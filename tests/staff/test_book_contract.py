"""Staff are kept by the same rules in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database import Database
from gateway.adapters.sql_staff import SqlStaff
from gateway.staff.doubles import MemoryStaff
from gateway.staff.errors import StaffNameTaken
from gateway.staff.members import Invitation, Member, StaffAct, StaffSession
from gateway.staff.ports import StaffBook

ANA, BEN = Member("m1", "Ana", created_at_ms=1), Member("m2", "ben", created_at_ms=2)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def book(request: pytest.FixtureRequest) -> StaffBook:
    if request.param == "memory":
        return MemoryStaff()
    database: Database = request.getfixturevalue(request.param)
    return SqlStaff(database.writer, database.reader)


async def test_somebody_is_found_in_any_case_and_a_name_is_given_once(book: StaffBook) -> None:
    await book.add(ANA)
    await book.add(BEN)
    assert await book.find(" aNA ") == ANA
    assert await book.find("nobody") is None
    with pytest.raises(StaffNameTaken):
        await book.add(Member("m3", "ANA"))
    assert await book.members() == (ANA, BEN)


async def test_roles_are_given_and_taken_show_by_show(book: StaffBook) -> None:
    await book.add(ANA)
    for show, role in (("*", "viewer"), ("lanterns", "author"), ("lanterns", "author"), ("lanterns", "reviewer")):
        await book.grant(ANA.id, show, role)  # type: ignore[arg-type]
    found = await book.get(ANA.id)
    assert found is not None
    assert found.grants == {"*": {"viewer"}, "lanterns": {"author", "reviewer"}}
    assert found.may("sheet.write", "lanterns")
    assert not found.may("sheet.write", "another")
    assert found.may("show.read", "another")
    for role in ("author", "reviewer"):
        await book.withdraw(ANA.id, "lanterns", role)  # type: ignore[arg-type]
    assert (await book.get(ANA.id)).grants == {"*": {"viewer"}}  # type: ignore[union-attr]


async def test_a_code_is_taken_once_and_none_before_it(book: StaffBook) -> None:
    await book.add(ANA)
    assert [await book.use_code(ANA.id, step) for step in (7, 7, 6, 8)] == [True, False, False, True]


async def test_sessions_end_one_by_one_all_but_one_and_with_the_account(book: StaffBook) -> None:
    await book.add(ANA)
    for n in (1, 2, 3):
        await book.begin_session(StaffSession(f"h{n}", ANA.id, n, n, "a browser"))
    await book.see_session("h1", 9)
    found = await book.session("h1")
    assert found is not None
    assert (found[0].seen_at_ms, found[1]) == (9, ANA)
    assert [one.hash for one in await book.sessions_of(ANA.id)] == ["h3", "h2", "h1"]
    await book.end_session("h3")
    assert await book.end_sessions(ANA.id, but="h2") == 1
    assert await book.session("h1") is None
    await book.set_active(ANA.id, active=False)
    assert await book.session("h2") is None
    assert not (await book.get(ANA.id)).active  # type: ignore[union-attr]


async def test_an_invitation_holds_until_it_is_used_replaced_or_old(book: StaffBook) -> None:
    await book.add(ANA)
    await book.invite(Invitation("first", ANA.id, 100))
    await book.invite(Invitation("second", ANA.id, 100))
    await book.begin_session(StaffSession("h", ANA.id, 1, 1))
    assert await book.invited("first", 1) is None
    assert await book.invited("second", 100) is None
    assert await book.accept("second", "hash", 100) is None
    taken = await book.accept("second", "hash", 99)
    assert taken is not None
    assert taken.password_hash == "hash"
    assert await book.session("h") is None
    assert await book.accept("second", "other", 99) is None


async def test_the_log_tells_the_newest_first_and_of_one_show(book: StaffBook) -> None:
    acts = [StaffAct(n, "ana", "sheet.saved", show, f"s{n}", "") for n, show in enumerate(("a", "b", "a"))]
    for act in acts:
        await book.log(act)
    assert await book.acts() == tuple(reversed(acts))
    assert await book.acts(show="a", limit=1) == (acts[2],)


@pytest.mark.parametrize("change", ["UPDATE staff_log SET actor = 'x'", "DELETE FROM staff_log"])
async def test_no_statement_changes_the_log(database: Database, change: str) -> None:
    await SqlStaff(database.writer, database.reader).log(StaffAct(1, "ana", "sign-in"))
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.writer.begin() as connection:
            await connection.execute(text(change))
