"""The same deeds at any stand-in for Stripe, written once over the real SDK, and what they showed as comparable facts.

A fact is a field of an answer after a step. What differs by nature (ids, times, secrets, addresses) is reduced to its
kind, so that equal facts mean equal behaviour.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any, cast

import stripe
from stripe.params.checkout import SessionCreateParams

from tests.stripe_server.peers import Peer

Facts = dict[str, Any]
"""By `step.field`."""
_ID = re.compile(r"([a-z]+(?:_test)?)_[A-Za-z0-9_-]{8,}")
_TIME = re.compile(r"created|available_on|[a-z]+_at|start|end|period_(start|end)|start_date|.*_anchor")
_TEXTS = ("client_secret", "url", "invoice_prefix", "number", "hosted_invoice_url", "receipt_url")


def facts_of(step: str, thing: stripe.StripeObject) -> Facts:
    """The fields of an answer, and the fields of what is inside them."""
    return dict(_flat(step, thing.to_dict()))


def _flat(path: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict) and "object" not in value and name != "metadata":
            yield from _flat(f"{path}.{name}", value)
        else:
            yield f"{path}.{name}", _kind(name, value)


def _kind(name: str, value: Any) -> Any:
    if _TIME.fullmatch(name) and value is not None:
        return "a time"
    if name in _TEXTS and value is not None:
        return "a text"
    if isinstance(value, str) and (found := _ID.fullmatch(value)):
        return f"{found[1].removesuffix('_test')}_…"
    if isinstance(value, dict) and isinstance(value.get("object"), str):
        return f"a {value['object']}"
    return value


async def refused(step: str, call: Awaitable[object]) -> Facts:
    """What was refused, and how; an answer that was no refusal is a fact too."""
    try:
        await call
    except stripe.StripeError as error:
        body = error.error
        code, kind, param = (body.code, body.type, body.param) if body is not None else (None, None, None)
        told: Facts = {"status": error.http_status, "code": code, "type": kind, "param": param}
        return {f"{step}.refused.{name}": value for name, value in told.items()}
    return {f"{step}.refused.status": 200}


async def customers(peer: Peer) -> Facts:
    """Made, changed, found, missing, deleted."""
    api = peer.client.v1.customers
    made = await api.create_async({"email": "a@b.example", "metadata": {"fan": "f1"}})
    facts = facts_of("created", made)
    facts |= facts_of("updated", await api.update_async(made.id, {"description": "A fan"}))
    for number in range(3):
        await api.create_async({"email": f"{number}@b.example"})
    page = await api.list_async({"limit": 2})
    facts |= {
        "list.object": page.to_dict()["object"],
        "list.emails": [one.email for one in page.data],
        "list.more": page.has_more,
    }
    rest = await api.list_async({"limit": 2, "starting_after": page.data[-1].id})
    facts |= {"rest.emails": [one.email for one in rest.data], "rest.more": rest.has_more}
    facts |= await refused("missing", api.retrieve_async("cus_00000000000000"))
    gone = await api.delete_async(made.id)
    return {**facts, "deleted.deleted": gone.deleted, "deleted.object": gone.object}


async def payments(peer: Peer) -> Facts:
    """An intent is made, confirmed and charged; what is paid cannot be cancelled or paid again."""
    api = peer.client.v1.payment_intents
    made = await api.create_async(
        {"amount": 1000, "currency": "usd", "metadata": {"order": "o1"}, "payment_method": await peer.card()}
    )
    facts = facts_of("created", made)
    facts |= facts_of("confirmed", await api.confirm_async(made.id))
    facts |= await refused("again", api.confirm_async(made.id))
    facts |= await refused("cancelled", api.cancel_async(made.id))
    bare = await api.create_async({"amount": 500, "currency": "eur"})
    facts |= facts_of("bare", bare)
    facts |= facts_of("bare cancelled", await api.cancel_async(bare.id))
    facts |= await refused("missing", api.retrieve_async("pi_00000000000000"))
    facts |= await refused(
        "stranger", api.create_async({"amount": 500, "currency": "usd", "customer": "cus_0000000000"})
    )
    [charge] = (await peer.client.v1.charges.list_async()).data
    return facts | facts_of("charge", charge)


async def repeats(peer: Peer) -> Facts:
    """The same key twice, then with another request."""
    api = peer.client.v1.customers
    first = await api.create_async({"name": "Fan"}, {"idempotency_key": "k1"})
    again = await api.create_async({"name": "Fan"}, {"idempotency_key": "k1"})
    facts: Facts = {"repeat.same": first.id == again.id, "repeat.made": len((await api.list_async()).data)}
    return facts | await refused("other", api.create_async({"name": "Other"}, {"idempotency_key": "k1"}))


async def refunds(peer: Peer) -> Facts:
    """In part, too much, the rest."""
    intents, api = peer.client.v1.payment_intents, peer.client.v1.refunds
    intent = await intents.create_async({"amount": 1000, "currency": "usd", "payment_method": await peer.card()})
    await intents.confirm_async(intent.id)
    [charge] = (await peer.client.v1.charges.list_async()).data
    part = await api.create_async({"charge": charge.id, "amount": 400, "metadata": {"why": "w"}})
    facts = facts_of("part", part)
    facts |= facts_of("charge", await peer.client.v1.charges.retrieve_async(charge.id))
    facts |= await refused("too much", api.create_async({"charge": charge.id, "amount": 700}))
    facts |= await refused("stranger", api.create_async({"charge": "ch_00000000000000"}))
    entries = (await peer.client.v1.balance_transactions.list_async()).data
    for entry in entries:
        if entry.source in (charge.id, part.id):
            facts |= facts_of(f"entry of the {'charge' if entry.source == charge.id else 'refund'}", entry)
    return facts


async def checkout(peer: Peer) -> Facts:
    """A session of a known price is opened, paid on its page and led back; another expires."""
    product = await peer.client.v1.products.create_async({"name": "500 credits"})
    price = await peer.client.v1.prices.create_async({"currency": "usd", "unit_amount": 499, "product": product.id})
    facts = facts_of("product", product) | facts_of("price", price)
    params = {
        "mode": "payment",
        "line_items": [{"price": price.id, "quantity": 2}],
        "success_url": "http://fan.example/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://fan.example/no",
        "metadata": {"order": "o1"},
    }
    api = peer.client.v1.checkout.sessions
    opened = await api.create_async(cast(SessionCreateParams, params))
    facts |= facts_of("open", opened)
    facts["paid.leads back"] = (await peer.pay(opened)) == f"http://fan.example/back?session={opened.id}"
    facts |= facts_of("paid", await api.retrieve_async(opened.id))
    facts |= await refused("paid expires", api.expire_async(opened.id))
    left = await api.create_async(cast(SessionCreateParams, params))
    facts |= facts_of("expired", await api.expire_async(left.id))
    facts["list.statuses"] = [one.status for one in (await api.list_async()).data]
    facts |= await refused("missing", api.retrieve_async("cs_test_00000000000000"))
    strange = {**params, "line_items": [{"price": "price_00000000000000", "quantity": 1}]}
    facts |= await refused("stranger", api.create_async(cast(SessionCreateParams, strange)))
    return facts


async def subscriptions(peer: Peer) -> Facts:
    """Begun and paid, ending with the period, ended."""
    identity = await peer.subscribe("a@b.example")
    api = peer.client.v1.subscriptions
    facts = facts_of("begun", await api.retrieve_async(identity))
    [invoice] = (await peer.client.v1.invoices.list_async({"subscription": identity})).data
    facts |= facts_of("invoice", invoice)
    facts |= facts_of("line", invoice.lines.data[0])
    facts |= facts_of("ending", await api.update_async(identity, {"cancel_at_period_end": True}))
    facts |= facts_of("ended", await api.cancel_async(identity))
    return facts
