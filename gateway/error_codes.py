"""The one table from error to wire: code, class, HTTP status, close code, and the sentence a fan reads.

What is not in the table is `internal`: no error's own text ever reaches a wire by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import billing.errors as billing
import characters.errors as characters
import gateway.errors as gateway
import memory.errors as memory
import persona.errors as persona
from gateway.events import ErrorBody, ErrorClass, ErrorEvent


@dataclass(frozen=True, slots=True)
class Code:
    """One row: how an error is told."""

    code: str
    class_: ErrorClass
    status: int
    sentence: str
    retryable: bool = False
    close: int | None = None
    retry_after_ms: int | None = None


INTERNAL = Code("internal", "internal", 500, "Something went wrong on our side. You were not charged.", retryable=True)
NOT_FOUND = Code("not_found", "invalid_request", 404, "There is nothing here.")
METHOD_NOT_ALLOWED = Code("method_not_allowed", "invalid_request", 405, "This cannot be done here.")
BAD_REQUEST = Code("invalid_request", "invalid_request", 422, "This request is not valid.")
NOBODY_ANSWERS = Code(
    "model_unavailable", "upstream_model", 503, "Nobody can answer at the moment. You were not charged."
)
RECALL_UNAVAILABLE = Code(
    "recall_unavailable", "internal", 503, "The memory is not available. You were not charged.", retryable=True
)
SHORT = Code("insufficient_credits", "insufficient_credits", 402, "You do not have enough credits for this message.")
NOT_FOR_SALE = Code("unknown_pack", "invalid_request", 404, "This is not for sale.")
TILL_FAILED = Code("till_failed", "internal", 502, "The shop cannot do this. Nothing was charged.")

TABLE: MappingProxyType[type[Exception], Code] = MappingProxyType(
    {
        gateway.NotAnEvent: Code("not_an_event", "invalid_request", 400, "This is not an event.", close=4505),
        gateway.InvalidEvent: Code("invalid_event", "invalid_request", 422, "This event is not valid."),
        gateway.AuthFailed: Code("unauthenticated", "auth", 401, "Sign in again to go on.", close=4501),
        gateway.KeysUnreachable: Code(
            "keys_unreachable",
            "overloaded",
            503,
            "We cannot check who you are at the moment.",
            retryable=True,
            retry_after_ms=2_000,
        ),
        gateway.WrongOrigin: Code("forbidden_origin", "forbidden", 403, "This page may not open a chat.", close=4503),
        gateway.TicketRefused: Code("bad_ticket", "auth", 401, "This ticket cannot be used.", close=4501),
        gateway.NoCrisisProtocol: Code("locale_not_served", "forbidden", 403, "We cannot talk in this language yet."),
        gateway.TooYoung: Code("too_young", "forbidden", 403, "You are not old enough for this yet."),
        gateway.UnknownConversation: Code(
            "unknown_conversation", "invalid_request", 404, "There is no such conversation."
        ),
        gateway.UnknownTurn: Code("unknown_turn", "invalid_request", 404, "There is no such message."),
        gateway.UnknownNote: Code("unknown_note", "invalid_request", 404, "There is no such note."),
        gateway.TooOften: Code(
            "rate_limited", "rate_limited", 429, "That was a little fast. Try again in a moment.", retryable=True
        ),
        gateway.StaleMark: Code(
            "stale_mark", "conflict", 409, "This place is not known here; load the messages and go on from there."
        ),
        gateway.TurnFinished: Code("turn_finished", "conflict", 409, "This reply has ended already."),
        gateway.NotTheLastTurn: Code("not_the_last_turn", "conflict", 409, "Only the last reply can be given again."),
        gateway.TurnInProgress: Code(
            "turn_in_progress", "conflict", 409, "Wait for the reply to end.", retryable=True, retry_after_ms=1_000
        ),
        gateway.MessageIdConflict: Code(
            "idempotency_conflict", "conflict", 409, "This message id was used for another message."
        ),
        gateway.TooManySockets: Code(
            "too_many_sockets", "rate_limited", 429, "This chat is open too often.", close=4504
        ),
        gateway.Draining: Code(
            "draining", "overloaded", 503, "One moment: we are restarting.", retryable=True, retry_after_ms=2_000
        ),
        gateway.ShopClosed: Code("shop_closed", "invalid_request", 404, "Nothing is for sale here."),
        gateway.WrongReturn: Code("wrong_return", "invalid_request", 422, "This page cannot be come back to."),
        gateway.NotEnoughCredits: SHORT,
        billing.UnknownPack: NOT_FOR_SALE,
        billing.InvalidPack: NOT_FOR_SALE,
        billing.UnknownOrder: Code("unknown_order", "invalid_request", 404, "There is no such order."),
        billing.NoCustomer: Code("no_customer", "conflict", 409, "Nothing has been bought yet."),
        billing.OrderBusy: Code(
            "order_busy", "conflict", 503, "This order is being looked into.", retryable=True, retry_after_ms=1_000
        ),
        billing.TillUnavailable: Code(
            "till_unavailable", "internal", 503, "The shop does not answer. Nothing was charged.", retryable=True
        ),
        billing.TillRefused: TILL_FAILED,
        billing.TillUnreadable: TILL_FAILED,
        billing.UnknownAtTill: TILL_FAILED,
        billing.WebhookRefused: Code("webhook_refused", "forbidden", 400, "This message is refused."),
        gateway.RewardsOff: Code("rewards_off", "invalid_request", 404, "There are no rewards here."),
        characters.UnknownShow: Code("unknown_show", "invalid_request", 404, "We do not know this show."),
        characters.NotPublished: Code("unknown_show", "invalid_request", 404, "We do not know this show."),
        characters.UnknownCharacter: Code(
            "unknown_character", "invalid_request", 404, "You have not met anybody of this name yet."
        ),
        billing.InsufficientCredits: SHORT,
        billing.BudgetReached: Code(
            "budget_reached", "forbidden", 403, "The budget for today is used up. You were not charged."
        ),
        billing.AccountFrozen: Code(
            "account_frozen",
            "forbidden",
            403,
            "Your credits cannot be used now. Ask the app’s support.",
        ),
        billing.NoPrice: Code("no_price", "internal", 503, "This chat has no price yet. You were not charged."),
        billing.UnknownPromotion: Code("unknown_promotion", "invalid_request", 404, "There is no such offer."),
        billing.PromotionRefused: Code("promotion_refused", "conflict", 409, "This offer is not available to you now."),
        billing.KeysUnavailable: Code(
            "rewards_unavailable", "internal", 503, "Rewards cannot be checked just now.", retryable=True
        ),
        billing.UnknownReceipt: Code("unknown_receipt", "invalid_request", 404, "There is no such receipt."),
        persona.ModelTimedOut: Code(
            "model_timeout", "upstream_model", 504, "The reply took too long. You were not charged.", retryable=True
        ),
        persona.ModelFailed: Code(
            "model_failed",
            "upstream_model",
            502,
            "The reply could not be finished. You were not charged.",
            retryable=True,
        ),
        persona.UnknownModel: NOBODY_ANSWERS,
        persona.UnknownVocabulary: NOBODY_ANSWERS,
        persona.PromptTooLarge: Code(
            "prompt_too_large", "internal", 500, "This message could not be answered. You were not charged."
        ),
        memory.EmbedderUnavailable: RECALL_UNAVAILABLE,
        memory.GateBreached: Code(
            "recall_refused", "internal", 500, "The reply could not be made safely. You were not charged."
        ),
        memory.IndexInUse: RECALL_UNAVAILABLE,
        memory.IndexUnavailable: RECALL_UNAVAILABLE,
    }
)
"""Subclasses are found through their bases, nearest first."""

TURN_CODES = MappingProxyType(
    {
        "model_failed": "The model ended or broke its reply.",
        "model_timeout": "The model kept silent for too long.",
        "model_unavailable": "The model cannot be loaded.",
        "prompt_too_large": "The message and the character's sheet do not fit the budget of a prompt.",
        "recall_unavailable": "The passages could not be searched.",
        "recall_refused": "The search found what the fan may not see; nothing was said.",
        "canon_review": "The reply left what the fan has watched and was replaced by a deflection.",
        "interrupted": "The process ended in mid-reply; the words that were delivered stay.",
        "internal": "Something else went wrong.",
    }
)
"""What `reply.done.code` can be."""

VOICE_CODES = MappingProxyType(
    {
        "voice_unavailable": "The character has no voice here that reads the fan's language.",
        "voice_not_licensed": "No record lets the character's voice be used now.",
        "voice_failed": "The voice broke off, or could not be reached.",
        "voice_timeout": "The voice kept silent for too long.",
    }
)
"""What `voice.degraded.code` can be. The text goes on, and its voice is not charged."""

CLOSE_CODES = MappingProxyType(
    {
        1007: "A text frame was not UTF-8.",
        1009: "A message was larger than 16 KiB, or came in more than 256 fragments.",
        1011: "Something broke on the server's side; reconnect and resume.",
        4000: "The server drains; reconnect after the time in `goodbye`.",
        4008: "The client reads too slowly; reconnect and resume.",
        4012: "No pong came in time; reconnect and resume.",
        4013: "Too many frames; reconnect with a back-off.",
        4501: "The ticket is unknown, used or expired; get a new one.",
        4502: "No hello came in time.",
        4503: "Access is forbidden or was revoked; stop.",
        4504: "The fan has too many sockets; stop.",
        4505: "A frame was no event, or an event came before hello; stop and report.",
        4506: "This protocol version is not spoken here; update.",
    }
)


def code_of(error: Exception) -> Code:
    """The row for an error; INTERNAL for one that nobody expected."""
    for kind in type(error).__mro__:
        row = TABLE.get(kind)
        if row is not None:
            return row
    return INTERNAL


def body_of(error: Exception, trace_id: str, **about: Any) -> ErrorBody:
    """The error as a fan may see it. `about`: `ref`, `turn` or `field`."""
    return ErrorBody(**_fields(error, trace_id, about))


def event_of(error: Exception, event_id: str, trace_id: str, **about: Any) -> ErrorEvent:
    """The error as an event. `about`: `ref`, `turn` or `field`."""
    return ErrorEvent(id=event_id, **_fields(error, trace_id, about))


def _fields(error: Exception, trace_id: str, about: dict[str, Any]) -> dict[str, Any]:
    row = code_of(error)
    fields: dict[str, Any] = {
        "code": row.code,
        "class_": row.class_,
        "retryable": row.retryable,
        "message": row.sentence,
        "trace_id": trace_id,
        "retry_after_ms": row.retry_after_ms,
    }
    match error:
        case billing.InsufficientCredits():
            fields |= {"needed": error.needed, "available": error.available, "packs": ()}
        case gateway.NotEnoughCredits():
            fields |= {"needed": error.needed, "available": error.available, "packs": error.packs}
        case gateway.TooOften():
            fields["retry_after_ms"] = error.retry_after_ms
        case gateway.InvalidEvent():
            fields |= {"field": error.field, "ref": error.ref}
        case gateway.TurnInProgress() | gateway.TurnFinished() | gateway.NotTheLastTurn():
            fields["turn"] = error.turn
        case _:
            pass
    return fields | {key: value for key, value in about.items() if value is not None}
