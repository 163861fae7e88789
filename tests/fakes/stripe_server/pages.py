"""The pay page and the other pages a person can be sent to: plain HTML that works without a script.

Its buttons do what a person at Stripe's own page could do. It must never look like a place for a real card: it asks for
nothing.
"""

from __future__ import annotations

from html import escape
from typing import Literal, get_args

from tests.fakes.stripe_server import paying
from tests.fakes.stripe_server.forms import parse
from tests.fakes.stripe_server.passing import catch_up
from tests.fakes.stripe_server.payments import DECLINED, Outcome
from tests.fakes.stripe_server.wire import Request, Response
from tests.fakes.stripe_server.world import Json, World

Button = Literal["pay", "later", "decline", "cancel"]
_OUTCOMES: dict[str, Outcome] = {"pay": "paid", "later": "pending", "decline": "declined"}
_LABELS = {
    "pay": "Pay",
    "later": "Pay by bank debit (arrives later)",
    "decline": "Pay with a card that is declined",
    "cancel": "Cancel",
}
_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:2rem auto;padding:0 1rem}"
    "button{display:block;width:100%;margin:.5rem 0;padding:.75rem;font:inherit}table{width:100%}"
    "td:last-child{text-align:right}"
)


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
        return _html(200, kind.title(), f"<p>{escape(thing['object'])} {escape(identity)}</p>")
    return _html(404, "Not found", "<p>There is no such page.</p>")


def press(world: World, session: Json, button: Button) -> str | None:
    """What a button does; returns where the person is sent, None to stay on the page."""
    if button == "cancel":
        return None if session["cancel_url"] is None else str(session["cancel_url"])
    result = paying.pay(world, session, _OUTCOMES[button])
    if result != "complete":
        return None
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _pressed(world: World, session: Json, button: str) -> Response:
    pressed: Button | None = next((name for name in get_args(Button) if name == button), None)
    if pressed is None:
        return _html(400, "Unknown button", "<p>The page has no such button.</p>")
    target = press(world, session, pressed)
    if target is None:
        return _pay_page(world, session, note=DECLINED if pressed == "decline" else "")
    return Response(303, headers={"location": target})


def _pay_page(world: World, session: Json, note: str = "") -> Response:
    if session["status"] == "expired":
        return _html(410, "Expired", "<p>This checkout session has expired.</p>")
    if session["status"] == "complete":
        return _html(200, "Done", "<p>This checkout session is complete.</p>")
    currency = session["currency"].upper()
    rows = [
        f"<tr><td>{escape(item['description'])} × {item['quantity']}</td><td>{item['amount_total']}</td></tr>"
        for item in world.line_items[session["id"]]
    ]
    total = f"<tr><td>Total, {currency} in minor units</td><td>{session['amount_total']}</td></tr>"
    names = [name for name in _LABELS if name != "cancel" or session["cancel_url"]]
    buttons = [f'<button name="button" value="{name}">{_LABELS[name]}</button>' for name in names]
    body = [
        "<p>A test page: no money moves, and no card is asked for.</p>",
        f'<p role="alert">{escape(note)}</p>' if note else "",
        f"<table>{''.join(rows)}{total}</table>",
        f'<form method="post" action="/pay/{session["id"]}">{"".join(buttons)}</form>',
    ]
    return _html(200, "Checkout", "".join(body))


def _html(status: int, title: str, body: str) -> Response:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    page = f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body><h1>{title}</h1>{body}'
    return Response(status, f"{page}</body></html>".encode(), "text/html; charset=utf-8")
