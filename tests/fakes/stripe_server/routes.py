"""The table of what is played: method, path, the SDK's parameter type, and who answers.

A path that is not here gets Stripe's 404 for an unknown URL; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params as shapes
from stripe.params import billing_portal as portal_shapes
from stripe.params import checkout as checkout_shapes

from tests.fakes.stripe_server import (
    balance,
    catalogue,
    checkout,
    customers,
    disputes,
    events,
    intents,
    invoices,
    payments,
    refunds,
    subscriptions,
)
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.world import Json

Handler = Callable[..., Json]
"""Takes the world, the checked parameters and the ids of the path."""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation."""

    method: str
    path: str
    shape: Any
    handler: Handler

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        """The ids in the path, if this is the operation."""
        pattern = re.sub(r"\{id\}", "([^/]+)", self.path)
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groups() if found else None


def _crud(path: str, *rows: tuple[str, str, Any, Handler]) -> list[Route]:
    return [Route(method, f"/v1/{path}{rest}", shape, handler) for method, rest, shape, handler in rows]


_CUSTOMERS = _crud(
    "customers",
    ("POST", "", shapes.CustomerCreateParams, customers.create),
    ("GET", "", shapes.CustomerListParams, customers.listed),
    ("GET", "/{id}", shapes.CustomerRetrieveParams, customers.retrieve),
    ("POST", "/{id}", shapes.CustomerUpdateParams, customers.update),
    ("DELETE", "/{id}", shapes.CustomerDeleteParams, customers.delete),
)
_SESSIONS = _crud(
    "checkout/sessions",
    ("POST", "", checkout_shapes.SessionCreateParams, checkout.create),
    ("GET", "", checkout_shapes.SessionListParams, checkout.listed),
    ("GET", "/{id}", checkout_shapes.SessionRetrieveParams, checkout.retrieve),
    ("POST", "/{id}", checkout_shapes.SessionUpdateParams, checkout.update),
    ("POST", "/{id}/expire", checkout_shapes.SessionExpireParams, checkout.expire),
    ("GET", "/{id}/line_items", checkout_shapes.SessionLineItemListParams, checkout.list_line_items),
)
_INTENTS = _crud(
    "payment_intents",
    ("POST", "", shapes.PaymentIntentCreateParams, intents.create),
    ("GET", "", shapes.PaymentIntentListParams, intents.listed),
    ("GET", "/{id}", shapes.PaymentIntentRetrieveParams, intents.retrieve),
    ("POST", "/{id}", shapes.PaymentIntentUpdateParams, intents.update),
    ("POST", "/{id}/confirm", shapes.PaymentIntentConfirmParams, intents.confirm),
    ("POST", "/{id}/cancel", shapes.PaymentIntentCancelParams, intents.cancel),
)
_MONEY = [
    *_crud(
        "charges",
        ("GET", "", shapes.ChargeListParams, payments.list_charges),
        ("GET", "/{id}", shapes.ChargeRetrieveParams, payments.retrieve_charge),
        ("POST", "/{id}", shapes.ChargeUpdateParams, payments.update_charge),
    ),
    *_crud(
        "balance_transactions",
        ("GET", "", shapes.BalanceTransactionListParams, balance.listed),
        ("GET", "/{id}", shapes.BalanceTransactionRetrieveParams, balance.retrieve),
    ),
    *_crud(
        "refunds",
        ("POST", "", shapes.RefundCreateParams, refunds.create),
        ("GET", "", shapes.RefundListParams, refunds.listed),
        ("GET", "/{id}", shapes.RefundRetrieveParams, refunds.retrieve),
        ("POST", "/{id}", shapes.RefundUpdateParams, refunds.update),
    ),
    *_crud(
        "disputes",
        ("GET", "", shapes.DisputeListParams, disputes.listed),
        ("GET", "/{id}", shapes.DisputeRetrieveParams, disputes.retrieve),
        ("POST", "/{id}", shapes.DisputeUpdateParams, disputes.update),
        ("POST", "/{id}/close", shapes.DisputeCloseParams, disputes.close),
    ),
]
_SUBSCRIPTIONS = [
    *_crud(
        "subscriptions",
        ("GET", "", shapes.SubscriptionListParams, subscriptions.listed),
        ("GET", "/{id}", shapes.SubscriptionRetrieveParams, subscriptions.retrieve),
        ("POST", "/{id}", shapes.SubscriptionUpdateParams, subscriptions.update),
        ("DELETE", "/{id}", shapes.SubscriptionCancelParams, subscriptions.cancel),
    ),
    *_crud(
        "invoices",
        ("GET", "", shapes.InvoiceListParams, invoices.listed),
        ("GET", "/{id}", shapes.InvoiceRetrieveParams, invoices.retrieve),
        ("POST", "/{id}", shapes.InvoiceUpdateParams, invoices.update),
        ("POST", "/{id}/pay", shapes.InvoicePayParams, invoices.pay_again),
    ),
    *_crud(
        "invoice_payments",
        ("GET", "", shapes.InvoicePaymentListParams, invoices.list_payments),
        ("GET", "/{id}", shapes.InvoicePaymentRetrieveParams, invoices.retrieve_payment),
    ),
]
_REST = [
    *_crud(
        "products",
        ("POST", "", shapes.ProductCreateParams, catalogue.create_product),
        ("GET", "", shapes.ProductListParams, catalogue.list_products),
        ("GET", "/{id}", shapes.ProductRetrieveParams, catalogue.retrieve_product),
    ),
    *_crud(
        "prices",
        ("POST", "", shapes.PriceCreateParams, catalogue.create_price),
        ("GET", "", shapes.PriceListParams, catalogue.list_prices),
        ("GET", "/{id}", shapes.PriceRetrieveParams, catalogue.retrieve_price),
        ("POST", "/{id}", shapes.PriceUpdateParams, catalogue.update_price),
    ),
    *_crud(
        "events",
        ("GET", "", shapes.EventListParams, events.listed),
        ("GET", "/{id}", shapes.EventRetrieveParams, events.retrieve),
    ),
    *_crud("billing_portal/sessions", ("POST", "", portal_shapes.SessionCreateParams, customers.open_portal)),
]
ROUTES = (*_CUSTOMERS, *_SESSIONS, *_INTENTS, *_MONEY, *_SUBSCRIPTIONS, *_REST)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The operation of a request and the ids in its path. Raises StripeFault."""
    for route in ROUTES:
        if (ids := route.match(method, path)) is not None:
            return route, ids
    raise StripeFault(f"Unrecognized request URL ({method}: {path}).", status=404)
