"""Everything under `/desk`. Who may is asked at the door; what a page books, the books check for themselves."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.desk.book_pages import add_book_pages
from gateway.desk.fan_pages import add_fan_pages
from gateway.desk.figure_pages import add_figure_pages
from gateway.desk.offer_pages import add_offer_pages
from gateway.desk.order_pages import add_order_pages
from gateway.desk.pack_pages import add_pack_pages
from gateway.desk.price_pages import add_price_pages
from gateway.desk.services import DeskServices
from gateway.desk.till_pages import add_till_pages
from gateway.staff.door import StaffDoor, Visit, to
from gateway.staff.roles import Duty

FIRST: tuple[tuple[Duty, str], ...] = (
    ("books.read", "/desk/alerts"),
    ("prices.read", "/desk/prices"),
    ("fans.read", "/desk/fans"),
)
"""Where somebody begins: the first of these that they may see."""


def desk_router(door: StaffDoor, desk: DeskServices) -> APIRouter:
    """The pages of the Desk."""
    router, seen = door.router("/desk"), door.sees()

    @router.get("")
    async def front(visit: Visit = seen) -> Response:
        for duty, address in FIRST:
            if visit.may(duty):
                return to(address)
        visit.need("prices.read")
        return to("/staff")

    add_price_pages(router, door, desk)
    add_fan_pages(router, door, desk)
    add_order_pages(router, door, desk)
    add_pack_pages(router, door, desk)
    add_offer_pages(router, door, desk)
    add_book_pages(router, door, desk)
    add_figure_pages(router, door, desk)
    add_till_pages(router, door, desk)
    return router
