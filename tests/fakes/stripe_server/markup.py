"""The HTML of the pages a person can be sent to: one column, no script, readable by a screen reader.

Every page says that it is a stand-in. It must never look like a place for a real card: it asks for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from tests.fakes.stripe_server.amounts import shown
from tests.fakes.stripe_server.wire import Response
from tests.fakes.stripe_server.world import Json

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--strong:#4b3fd1}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem}
main{max-width:26rem;margin:1rem auto}
.notice{border:2px dashed var(--line);border-radius:.5rem;padding:.5rem 1rem;margin:0}
h1{font-size:1.5rem;margin:1.5rem 0 .5rem}
h2{font-size:1rem;margin:1.5rem 0 .25rem}
table{width:100%;border-collapse:collapse}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.5rem 0;border-bottom:1px solid var(--line);text-align:left;font-weight:normal;vertical-align:top}
td{text-align:right;white-space:nowrap;padding-left:1rem}
tfoot th,tfoot td{font-weight:bold;border:0}
.alert{border-left:.3rem solid #c62828;padding:.5rem 1rem;margin:1rem 0 0}
button{display:block;width:100%;margin:.5rem 0;padding:.75rem;font:inherit;border-radius:.5rem;cursor:pointer;
border:1px solid var(--line);background:transparent;color:inherit}
button.main{background:var(--strong);border-color:var(--strong);color:#fff;font-weight:bold;margin-top:1rem}
button:focus-visible,a:focus-visible{outline:3px solid #f5a623;outline-offset:2px}
"""
_NOTICE = "This is a stand-in for Stripe. No money moves, and no card is asked for."
_RHYTHMS = {"day": "a day", "week": "a week", "month": "a month", "year": "a year"}


def pay_page(session: Json, items: list[Json], buttons: Mapping[str, str], note: str = "") -> Response:
    """What is bought, what it costs, and a button for each thing that can happen; `buttons` are names
    and labels, the one that pays first; `{total}` in a label is the amount."""
    total = shown(session["amount_total"], session["currency"])
    rows = "".join(_row(item) for item in items)
    alert = f'<p class="alert" role="alert">{escape(note)}</p>' if note else ""
    pay, *others = [_button(name, label.format(total=total)) for name, label in buttons.items()]
    body = (
        f"<table><caption>What you buy</caption><tbody>{rows}</tbody>"
        f'<tfoot><tr><th scope="row">Total</th><td>{total}</td></tr></tfoot></table>{alert}'
        f'<form method="post" action="/pay/{escape(session["id"])}">{pay}'
        f"<h2>Or try what else can happen</h2>{''.join(others)}</form>"
    )
    return page(200, "Checkout", body)


def _button(name: str, label: str) -> str:
    strong = ' class="main"' if name == "pay" else ""
    return f'<button name="button" value="{name}"{strong}>{escape(label)}</button>'


def _row(item: Json) -> str:
    rhythm = item["price"]["recurring"]
    often = f", {_rhythm(rhythm)}" if rhythm else ""
    name = f"{escape(item['description'])} × {item['quantity']}{often}"
    return f'<tr><th scope="row">{name}</th><td>{shown(item["amount_total"], item["currency"])}</td></tr>'


def _rhythm(rhythm: Json) -> str:
    count, unit = rhythm["interval_count"], rhythm["interval"]
    return _RHYTHMS[unit] if count == 1 else f"every {count} {unit}s"


def page(status: int, title: str, body: str) -> Response:
    """A page; `body` is HTML already."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{title} (stand-in for Stripe)</title><style>{_STYLE}</style>'
    )
    main = f'<main><p class="notice">{_NOTICE}</p><h1>{title}</h1>{body}</main>'
    text = f'<!doctype html><html lang="en"><head>{head}</head><body>{main}</body></html>'
    return Response(status, text.encode(), "text/html; charset=utf-8")


def link(target: str | None, words: str) -> str:
    """A paragraph with a way on; nothing without a target."""
    return f'<p><a href="{escape(target)}">{words}</a></p>' if target else ""
