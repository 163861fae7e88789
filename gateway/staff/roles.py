"""Which role may do what. One table for the Studio and the Desk, so that a right means the same at both.

Pure. A role is given for one show or, as `EVERY_SHOW`, for the whole installation; what belongs to no show needs the
latter. Nobody is let through here by being signed in alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Role = Literal[
    "viewer",
    "author",
    "reviewer",
    "publisher",
    "support",
    "billing_admin",
    "billing_approver",
    "billing_viewer",
    "admin",
]
ROLES: tuple[Role, ...] = get_args(Role)

EVERY_SHOW = "*"
"""Instead of a show's slug: a role in the whole installation."""

Duty = Literal[
    "show.read",
    "unaired.read",
    "show.create",
    "script.write",
    "sheet.write",
    "character.ask",
    "character.review",
    "character.publish",
    "rights.write",
    "team.write",
    "prices.read",
    "prices.propose",
    "prices.approve",
    "packs.write",
    "packs.approve",
    "fans.read",
    "fans.refund",
    "fans.grant",
    "books.read",
    "staff.audit",
]
DUTIES: tuple[Duty, ...] = get_args(Duty)

_WRITING: frozenset[Duty] = frozenset(("show.read", "unaired.read", "character.ask"))

MAY: Mapping[Role, frozenset[Duty]] = MappingProxyType(
    {
        "viewer": frozenset(("show.read",)),
        "author": _WRITING | {"show.create", "script.write", "sheet.write"},
        "reviewer": _WRITING | {"character.review"},
        "publisher": _WRITING | {"character.publish", "rights.write"},
        "support": frozenset(("show.read", "fans.read", "fans.refund", "prices.read")),
        "billing_viewer": frozenset(("prices.read", "books.read")),
        "billing_admin": frozenset(
            ("prices.read", "prices.propose", "packs.write", "fans.read", "fans.refund", "fans.grant", "books.read")
        ),
        "billing_approver": frozenset(("prices.read", "prices.approve", "packs.approve", "books.read")),
        "admin": _WRITING | {"show.create", "script.write", "sheet.write", "team.write", "staff.audit", "books.read"},
    }
)
"""An admin sets up shows and teams; reviewing, publishing, prices and refunds have to be given to somebody."""

SHOW_ROLES: tuple[Role, ...] = ("viewer", "author", "reviewer", "publisher", "admin")
"""Those that mean something in one show."""


def may(grants: Mapping[str, frozenset[Role]], duty: Duty, show: str | None = None) -> bool:
    """Whether these grants (show or EVERY_SHOW -> roles) allow a duty; of no show: in the whole installation."""
    roles = grants.get(EVERY_SHOW, frozenset())
    if show is not None and show != EVERY_SHOW:
        roles = roles | grants.get(show, frozenset())
    return any(duty in MAY[role] for role in roles)
