"""What is behind each error code, for whoever meets one: why it comes, what a client does, what an operator does.

Prose for `docs/errors.md`, kept beside the table of codes so that a test finds a code without its words. Nothing here
is ever sent to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

NOTHING = "Nothing: it is the client's to mend."


@dataclass(frozen=True, slots=True)
class Guide:
    """One code explained."""

    why: str
    client: str
    operator: str = NOTHING


_SIGN_IN = "Get a new token from the host app, then a new ticket."
_LATER = "Try again with a growing pause; the same `client_msg_id` is never charged twice."
_RELOAD = "Forget it and load the list again."

GUIDES = MappingProxyType(
    {
        "account_frozen": Guide(
            "Staff froze the fan's account; nothing can be spent of it.",
            "Say so and lead to support; do not retry. What is free goes on.",
            "The Desk's log says who froze it and why; it is lifted there.",
        ),
        "bad_ticket": Guide("The ticket is unknown, was used before, has expired or is another page's.", _SIGN_IN),
        "budget_reached": Guide(
            "A cap on what a fan, an app or everybody may spend in a day was reached.",
            "Say so; the cap ends at midnight UTC.",
            "Budgets are kept in the books (docs/money.md); raise it if it was meant to be higher.",
        ),
        "draining": Guide(
            "The process is about to end and takes no new turns.",
            "Wait for `goodbye` and reconnect; another process takes the message.",
            "Nothing during a deployment; else look at what ends the process.",
        ),
        "forbidden_origin": Guide(
            "The page's origin is none of those that the token's app lists.",
            "Stop: coming back changes nothing.",
            "Add the origin to the app in `ENCORE_APPS`.",
        ),
        "idempotency_conflict": Guide(
            "A `client_msg_id` came again with another text or in another conversation.",
            "Use a new id for every message, and the same only to send the same again.",
        ),
        "insufficient_credits": Guide(
            "The message costs more than is available; `needed`, `available` and what is for sale (`packs`) are told.",
            "Offer the packs; send the message again after a purchase.",
        ),
        "internal": Guide(
            "Something broke that no other code describes. A turn that it hit is free.",
            _LATER,
            "Look the `trace_id` up in the log: it tells the kind and the place.",
        ),
        "invalid_event": Guide(
            "An event has a field that is missing, unknown or out of bounds; `field` names it.",
            "Mend the event: [asyncapi.yaml](asyncapi.yaml) has every field.",
        ),
        "invalid_request": Guide(
            "A path, a query or a body is not what the route takes; `field` names the part.",
            "Mend the request: [openapi.json](openapi.json) has every route.",
        ),
        "keys_unreachable": Guide(
            "The app signs with keys that it publishes, and they could not be fetched.",
            "Try again after `retry_after_ms`.",
            "Open the app's `jwks` address from the server's machine.",
        ),
        "method_not_allowed": Guide("The route exists, with another method.", "Mend the request."),
        "model_failed": Guide(
            "The model refused, broke off, or sent what is no answer.",
            "Offer to ask again; the turn was free.",
            "Look at the provider's state and limits; `encore_model_requests_total` has the reasons. Let another model "
            "stand by with `ENCORE_MODEL_FALLBACKS`.",
        ),
        "model_timeout": Guide(
            "The model kept silent for longer than `ENCORE_FIRST_TOKEN_S` or `ENCORE_BETWEEN_TOKENS_S`.",
            "Offer to ask again; the turn was free.",
            "Look at the provider's latency before raising the limits: fans wait as long.",
        ),
        "model_unavailable": Guide(
            "The configured model cannot be loaded or opened.",
            "Say so.",
            "Run `encore doctor`; check `ENCORE_MODEL` and its key.",
        ),
        "no_customer": Guide("The fan has bought nothing, so there is nothing to manage.", "Hide the link."),
        "no_price": Guide(
            "No published price fits this show, character and region.",
            "Say so.",
            "Publish one: `encore prices propose`, then `encore prices approve`.",
        ),
        "not_an_event": Guide(
            "A frame was no JSON object with a type, was binary, or came before `hello`; the socket closes with 4505.",
            "Stop and report: the client is broken.",
        ),
        "not_found": Guide("There is no such route, or it is not for who asks.", "Mend the address."),
        "order_busy": Guide("The order is being settled by another request just now.", "Ask again in a second."),
        "promotion_refused": Guide(
            "The offer is over, used up, or not for this fan.", "Take the offer away.", "See `encore promotions list`."
        ),
        "prompt_too_large": Guide(
            "The message and what must always be in a prompt do not fit its budget. The turn was free.",
            "Offer to send a shorter message.",
            "Shorten the sheet, or raise `ENCORE_PROMPT_TOKENS` if the model takes more.",
        ),
        "rate_limited": Guide(
            "More was asked for than the limits allow; `retry_after_ms` says when it will be taken.",
            "Wait that long. Nothing was kept or charged.",
            "Nothing for one fan; for many, look for a client that does not back off.",
        ),
        "recall_refused": Guide(
            "The search found something that the fan may not see, and the turn was ended before a word was said.",
            "Offer to ask again; the turn was free.",
            "This is a defect of ours or a tampered index: keep the log, run `encore canon rebuild`, and report it.",
        ),
        "recall_unavailable": Guide(
            "The passages or the embedder cannot be used. The turn was free.",
            _LATER,
            "Run `encore doctor`.",
        ),
        "rewards_off": Guide(
            "The installation gives nothing for watched ads.", "Hide the offer.", "Set `ENCORE_REWARDS` to give some."
        ),
        "rewards_unavailable": Guide(
            "The ad network's keys cannot be fetched, so its word cannot be checked; it will ask again.",
            "Say that the credits will come.",
            "Open the network's key address from the server's machine.",
        ),
        "shop_closed": Guide("No till is configured.", "Hide the shop.", "Set `ENCORE_STRIPE_KEY` to sell."),
        "stale_mark": Guide(
            "The place in the log that the client named is of another epoch or does not exist.",
            "Load the messages, then open the conversation again.",
            "Nothing after a restore; else look for a client that invents marks.",
        ),
        "till_failed": Guide(
            "The till refused, or said something unreadable.", "Offer to try again.", "Look at the till's own log."
        ),
        "till_unavailable": Guide(
            "The till does not answer. Nothing was charged; an order under way is looked after.",
            "Offer to try again later.",
            "Look at the till's status; `encore orders list` shows what is open.",
        ),
        "too_many_sockets": Guide(
            "The fan has `ENCORE_SOCKETS_PER_FAN` sockets open.",
            "Stop, and say that the chat is open elsewhere.",
            "Look for a client that opens sockets and does not close them.",
        ),
        "not_the_last_turn": Guide(
            "A reply was to be given again, and the conversation has gone on since; `turn` names it.",
            "Offer it for the last reply only.",
        ),
        "turn_finished": Guide("A cancel came when the reply had ended.", "Nothing: the end came first."),
        "turn_in_progress": Guide(
            "A reply to an earlier message is under way in this conversation; `turn` names it.",
            "Wait for its `reply.done`, or cancel it.",
        ),
        "unauthenticated": Guide("The token is missing, forged, expired or of an unknown app.", _SIGN_IN),
        "unknown_character": Guide(
            "There is nobody of this name, or the fan has not met them yet: both are told alike.",
            "Offer the list of characters.",
        ),
        "locale_not_served": Guide(
            "There are no words for a fan in danger in this language, and without them nobody is talked with.",
            "Open the conversation in a language that `GET /safety` lists.",
            "Have the protocol written in this language: docs/safety.md.",
        ),
        "too_young": Guide(
            "The host app's token says that the fan is a child, and children are not talked with.",
            "Do not offer the chat to children.",
        ),
        "unknown_conversation": Guide("There is no such conversation, or it is another fan's.", _RELOAD),
        "unknown_note": Guide("There is no such note, or it is another fan's.", _RELOAD),
        "unknown_order": Guide("There is no such order, or it is another fan's.", _RELOAD),
        "unknown_pack": Guide(
            "It is not for sale in this region now.", "Load the offers again.", "See `encore packs list`."
        ),
        "unknown_promotion": Guide("There is no such offer.", "Take it away."),
        "unknown_receipt": Guide("There is no such receipt, or it is another fan's.", _RELOAD),
        "unknown_show": Guide(
            "There is no such show, or it is not published.", "Check the slug.", "Publish it: `encore show publish`."
        ),
        "unknown_turn": Guide("There is no such turn, or it is another fan's.", _RELOAD),
        "webhook_refused": Guide(
            "A message to the till's or the ad network's route has no valid signature, or is too old.",
            "Nothing: no client sends these.",
            "Compare the signing secrets, and the machine's clock.",
        ),
        "wrong_return": Guide(
            "The page to come back to after a purchase is not on one of the app's origins.",
            "Use a page of the app.",
            "Add the origin to the app in `ENCORE_APPS`.",
        ),
    }
)
