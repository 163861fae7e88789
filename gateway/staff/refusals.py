"""How staff are told that something cannot be done: a status, and the error's own sentence.

Unlike a fan, staff may read what an import or a sheet's check says. What is not named here is told as an accident of
ours, without its words.
"""

from __future__ import annotations

from types import MappingProxyType

import billing.errors as billing
import characters.errors as characters
import gateway.errors as gateway
import gateway.staff.errors as staff
import memory.errors as memory
import persona.errors as persona

INTERNAL = 500
ACCIDENT = "Something went wrong on our side. Nothing was changed."
NOT_FOUND_SENTENCE = "There is nothing here, or nothing that you may see."

STATUS: MappingProxyType[type[Exception], int] = MappingProxyType(
    {
        staff.NotSignedIn: 401,
        staff.SignInRefused: 401,
        staff.StaffForbidden: 403,
        staff.FormRefused: 403,
        staff.FormInvalid: 422,
        staff.InvitationOver: 410,
        staff.StaffNameTaken: 409,
        staff.UnknownMember: 404,
        gateway.TooOften: 429,
        gateway.InvalidFile: 422,
        characters.UnknownShow: 404,
        characters.UnknownCharacter: 404,
        characters.NotPublished: 409,
        characters.SameApprover: 409,
        characters.NoRight: 409,
        characters.SheetIsEdited: 409,
        characters.DraftConflict: 409,
        characters.NotInReview: 409,
        characters.NotReady: 409,
        characters.NeverPublished: 409,
        characters.CharactersError: 422,
        billing.SameApprover: 409,
        billing.ProposalDecided: 409,
        billing.OverlappingPrice: 409,
        billing.IdempotencyConflict: 409,
        billing.NotRefundable: 409,
        billing.NothingToRefund: 409,
        billing.UnknownProposal: 404,
        billing.UnknownReceipt: 404,
        billing.UnknownOrder: 404,
        billing.UnknownPack: 404,
        billing.UnknownPromotion: 404,
        billing.TillUnavailable: 503,
        billing.TillRefused: 502,
        billing.BillingError: 422,
        persona.PersonaError: 502,
        memory.MemoryFault: 503,
    }
)
"""Subclasses are found through their bases, nearest first."""


def status_of(error: Exception) -> int:
    """The HTTP status for an error; INTERNAL for one that nobody expected."""
    if isinstance(error, staff.FormInvalid):
        return error.status
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), INTERNAL)


def sentence_of(error: Exception) -> str:
    """What the page says."""
    status = status_of(error)
    if status == INTERNAL:
        return ACCIDENT
    if isinstance(error, characters.UnknownShow):
        return NOT_FOUND_SENTENCE  # one that is another team's, and one that is not there, look alike
    if isinstance(error, gateway.TooOften):
        return f"That was too often. Try again in {-(-error.retry_after_ms // 1_000)} seconds."
    return str(error)
