"""A stand-in for Stripe: a real HTTP server with Stripe's objects, states, errors, idempotency keys and webhooks.

It exists so that tests and the demo can buy, refund and dispute with the official SDK and no account, and so that every
misfortune of a network can be ordered. It must never be reachable from outside the machine, and it moves no money.
"""
