"""The pages of staff on a gateway: their door, the Studio and the Desk, put together in one place.

Fans never come through here, and nothing of these pages is in the description of the fans' routes.
"""

from __future__ import annotations

from fastapi import FastAPI

from billing.cashier import Cashier
from gateway.bootstrap import Store
from gateway.bootstrap.desk import open_desk
from gateway.bootstrap.staff import open_door
from gateway.desk.routes import desk_router
from gateway.desk.watch import Watch
from gateway.limits import RateLimits
from gateway.staff.routes import staff_router


def open_backstage(app: FastAPI, store: Store, limits: RateLimits, cashier: Cashier | None, watch: Watch) -> None:
    """Add the pages of staff to an application. Reads their files: done once, at the start."""
    door = open_door(store, limits)
    app.include_router(staff_router(door))
    app.include_router(desk_router(door, open_desk(store, cashier, watch)))
