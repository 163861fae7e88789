"""Staff, put together: their accounts over the database and Argon2, and the door through which pages let them in."""

from __future__ import annotations

from gateway.adapters.argon2_passwords import Argon2Passwords
from gateway.adapters.sql_staff import SqlStaff
from gateway.bootstrap.store import Store, now_ms
from gateway.limits import RateLimits, Unlimited
from gateway.staff.accounts import Accounts
from gateway.staff.door import StaffDoor
from gateway.staff.rendering import staff_pages


def open_accounts(store: Store, limits: RateLimits | None = None) -> Accounts:
    """The staff of an installation; without limits for whoever sits at the machine itself."""
    book = SqlStaff(store.database.writer, store.database.long_reader)
    return Accounts(book, Argon2Passwords(), limits or Unlimited(), clock=now_ms)


def open_door(store: Store, limits: RateLimits) -> StaffDoor:
    """The door of a gateway. Reads the pages: done once, at the start."""
    return StaffDoor(open_accounts(store, limits), staff_pages(), now_ms)
