"""Signing in, codes, invitations and limits, with a clock that the test sets."""

from __future__ import annotations

import pytest

from gateway.adapters.argon2_passwords import Argon2Passwords
from gateway.errors import TooOften
from gateway.limits import LocalLimits, Unlimited
from gateway.staff import totp
from gateway.staff.accounts import IDLE_MS, INVITATION_MS, LIFETIME_MS, SEEN_EVERY_MS, Accounts
from gateway.staff.doubles import MemoryStaff, PlainPasswords
from gateway.staff.errors import FormInvalid, InvitationOver, SignInRefused

PASSWORD = "a few words that ana likes"
SECRET = totp.secret_text(b"12345678901234567890")


class Clock:
    """A clock that stands still until it is set."""

    now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(clock: Clock) -> Accounts:
    return Accounts(MemoryStaff(), PlainPasswords(), Unlimited(), clock=clock)


async def ana(accounts: Accounts) -> None:
    member = await accounts.add("Ana", "*", "author", by="tests")
    await accounts.accept(await accounts.invite(member, by="tests"), PASSWORD)


async def sign_in(accounts: Accounts, name: str = "ana", password: str = PASSWORD, code: str = "") -> str:
    return (await accounts.sign_in(name, password, code, address="::1", agent="tests")).token


async def test_argon2_knows_its_own_hash_and_no_other() -> None:
    passwords = Argon2Passwords()
    made, again = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert made != again
    assert await passwords.verify(PASSWORD, made)
    assert not await passwords.verify(PASSWORD + " ", made)
    assert not await passwords.verify(PASSWORD, "")
    assert not await passwords.verify(PASSWORD, "no hash")


async def test_name_password_and_code_are_refused_alike(accounts: Accounts) -> None:
    await ana(accounts)
    for name, password in (("nobody", PASSWORD), ("ana", "wrong"), ("ana", ""), ("", PASSWORD)):
        with pytest.raises(SignInRefused):
            await sign_in(accounts, name, password)
    assert await sign_in(accounts, " ANA ")


async def test_a_code_is_asked_for_once_it_was_set_up_and_works_once(accounts: Accounts, clock: Clock) -> None:
    await ana(accounts)
    member = await accounts.find("ana")
    step = clock.now_ms // 1_000 // totp.STEP_S
    with pytest.raises(FormInvalid):
        await accounts.set_up_codes(member, SECRET, "000000")
    await accounts.set_up_codes(member, SECRET, totp.code_at(SECRET, step))
    for code in ("", "000000", totp.code_at(SECRET, step)):  # the last one was used to set them up
        with pytest.raises(SignInRefused):
            await sign_in(accounts, code=code)
    assert await sign_in(accounts, code=totp.code_at(SECRET, step + 1))
    with pytest.raises(SignInRefused):
        await sign_in(accounts, code=totp.code_at(SECRET, step + 1))
    with pytest.raises(SignInRefused):
        await accounts.drop_codes(await accounts.find("ana"), "wrong")
    await accounts.drop_codes(await accounts.find("ana"), PASSWORD)
    assert await sign_in(accounts)


async def test_a_session_ends_when_idle_when_old_and_when_somebody_is_shut_out(
    accounts: Accounts, clock: Clock
) -> None:
    await ana(accounts)
    token = await sign_in(accounts)
    assert await accounts.signed_in(token + "x") is None
    begun_ms = clock.now_ms
    while clock.now_ms < begun_ms + LIFETIME_MS - IDLE_MS // 2:
        clock.now_ms += IDLE_MS // 2
        assert await accounts.signed_in(token) is not None
    clock.now_ms = begun_ms + LIFETIME_MS + 1
    assert await accounts.signed_in(token) is None
    token = await sign_in(accounts)
    clock.now_ms += SEEN_EVERY_MS
    assert await accounts.signed_in(token) is not None
    clock.now_ms += IDLE_MS + 1
    assert await accounts.signed_in(token) is None
    token = await sign_in(accounts)
    await accounts.set_active("ana", active=False, by="tests")
    assert await accounts.signed_in(token) is None
    with pytest.raises(SignInRefused):
        await sign_in(accounts)


async def test_another_password_ends_every_other_session(accounts: Accounts) -> None:
    await ana(accounts)
    here, there = await sign_in(accounts), await sign_in(accounts)
    found = await accounts.signed_in(here)
    assert found is not None
    session, member = found
    with pytest.raises(SignInRefused):
        await accounts.change_password(member, "wrong", "another few words", but=session.hash)
    with pytest.raises(FormInvalid):
        await accounts.change_password(member, PASSWORD, "short", but=session.hash)
    await accounts.change_password(member, PASSWORD, "another few words", but=session.hash)
    assert await accounts.signed_in(here) is not None
    assert await accounts.signed_in(there) is None
    assert await sign_in(accounts, password="another few words")


async def test_an_invitation_is_used_once_and_not_late(accounts: Accounts, clock: Clock) -> None:
    member = await accounts.add("Ben", "lanterns", "reviewer", by="tests")
    token = await accounts.invite(member, by="tests")
    with pytest.raises(FormInvalid):
        await accounts.accept(token, "short")
    await accounts.accept(token, PASSWORD)
    with pytest.raises(InvitationOver):
        await accounts.accept(token, PASSWORD)
    late = await accounts.invite(member, by="tests")
    clock.now_ms += INVITATION_MS
    with pytest.raises(InvitationOver):
        await accounts.invited(late)


async def test_guessing_is_slowed_down_for_a_name_and_for_an_address(clock: Clock) -> None:
    accounts = Accounts(MemoryStaff(), PlainPasswords(), LocalLimits(clock), clock=clock)
    await ana(accounts)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await sign_in(accounts, password="guess")
    with pytest.raises(TooOften):
        await sign_in(accounts, "ANA")
    clock.now_ms += 61_000
    assert await sign_in(accounts)
    for n in range(19):  # twenty at once, which the minute gave back
        with pytest.raises(SignInRefused):
            await sign_in(accounts, f"somebody-{n}")
    with pytest.raises(TooOften):
        await sign_in(accounts, "one too many")


async def test_every_act_is_written_down_without_a_secret(accounts: Accounts) -> None:
    await ana(accounts)
    await sign_in(accounts)
    with pytest.raises(SignInRefused):
        await sign_in(accounts, password="guess")
    with pytest.raises(SignInRefused):
        await sign_in(accounts, name="a-password-typed-as-a-name")
    acts = await accounts.book.acts()
    assert [act.act for act in reversed(acts)] == [
        "staff.added",
        "role.given",
        "staff.invited",
        "password.chosen",
        "sign-in",
        "sign-in.refused",
        "sign-in.refused",
    ]
    assert all(word not in repr(acts) for word in (PASSWORD, "guess", "a-password-typed-as-a-name"))
