"""What is kept of staff: accounts, sessions, invitations and what was done. Plain values, no storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.staff.roles import Duty, Role, may


@dataclass(frozen=True, slots=True)
class Member:
    """One person. `grants` is show (or EVERY_SHOW) -> roles; secrets are never shown by repr."""

    id: str
    name: str
    """What they sign in with, and what stands in every log."""
    active: bool = True
    grants: Mapping[str, frozenset[Role]] = field(default_factory=dict)
    password_hash: str = field(default="", repr=False)
    """Empty until they have chosen one: nobody can sign in with it."""
    totp_secret: str = field(default="", repr=False)
    """Base32; empty without a second factor."""
    created_at_ms: int = 0

    def may(self, duty: Duty, show: str | None = None) -> bool:
        """Whether this person may do it in a show; without one, in the whole installation."""
        return self.active and may(self.grants, duty, show)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """One browser that is signed in. `hash` is of the cookie's token, which is kept nowhere."""

    hash: str = field(repr=False)
    member: str
    created_at_ms: int
    seen_at_ms: int
    agent: str = ""
    """What the browser calls itself, cut short."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link with which somebody chooses a password, once."""

    hash: str = field(repr=False)
    member: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class StaffAct:
    """One thing that somebody did. `show` is empty for what belongs to none; `subject` says to what it was done."""

    at_ms: int
    actor: str
    """The name they had then; the command line is `command line`."""
    act: str
    show: str = ""
    subject: str = ""
    detail: str = ""
