"""The pay page and the other pages a person can be sent to.

Its buttons do what a person at Stripe's own page could do, decline and delay included; a page that was left open shows
what has become of its session.
"""

from __future__ import annotations

from html import escape
from typing import Literal, get_args

from tests.fakes.stripe_server import paying
from tests.fakes.stripe_server.forms import parse
from tests.fakes.stripe_server.markup import link, page, pay_page
from tests.fakes.stripe_server.passing import catch_up
from tests.fakes.stripe_server.payments import DECLINED, Outcome
from tests.fakes.stripe_server.wire import Request, Response
from tests.fakes.stripe_server.world import Json, World

Button = Literal["pay", "later", "decline", "cancel"]
_OUTCOMES: dict[str, Outcome] = {"pay": "paid", "later": "pending", "decline": "declined"}
_LABELS = {
    "pay": "Pay {total}",
    "later": "Pay by bank debit: the money comes later",
    "decline": "Pay with a card that is declined",
    "cancel": "Go back without paying",
}


def answer(world: World, request: Request) -> Response:
    """Any page that is not the API's."""
    catch_up(world)
    kind, _, identity = request.path.strip("/").partition("/")
    thing = world.objects.get(identity)
    if kind == "pay" and thing is not None and thing["object"] == "checkout.session":
        if request.method == "POST":
            return _pressed(world, thing, str(parse(request.body.decode()).get("button", "")))
        return _pay_page(world, thing)
    if kind in ("receipts", "portal") and thing is not None:
        return page(200, kind.removesuffix("s").title(), f"<p>{escape(thing['object'])} {escape(identity)}</p>")
    return page(404, "Not found", "<p>There is no such page.</p>")


def press(world: World, session: Json, button: Button) -> str | None:
    """What a button does; returns where the person is sent, None to stay on the page."""
    if button == "cancel":
        return None if session["cancel_url"] is None else str(session["cancel_url"])
    if paying.pay(world, session, _OUTCOMES[button]) != "complete":
        return None
    return _way_back(session)


def _way_back(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _pressed(world: World, session: Json, button: str) -> Response:
    pressed: Button | None = next((name for name in get_args(Button) if name == button), None)
    if pressed is None:
        return page(400, "Unknown button", "<p>The page has no such button.</p>")
    target = press(world, session, pressed)
    if target is None:
        return _pay_page(world, session, note=DECLINED if pressed == "decline" else "")
    return Response(303, headers={"location": target})


def _pay_page(world: World, session: Json, note: str = "") -> Response:
    if session["status"] == "expired":
        back = link(session["cancel_url"], "Go back")
        return page(410, "Expired", f"<p>This checkout session has expired. Nothing was paid.</p>{back}")
    if session["status"] == "complete":
        paid = session["payment_status"] != "unpaid"
        said = "This checkout session is complete." if paid else "The payment is on its way."
        return page(200, "Done", f"<p>{said}</p>{link(_way_back(session), 'Go on')}")
    buttons = {name: label for name, label in _LABELS.items() if name != "cancel" or session["cancel_url"]}
    return pay_page(session, world.line_items[session["id"]], buttons, note)
