"""The rate card: which version is in force, what it quotes, what a delivered turn costs, and which versions may join.

Pure: the card and the time are arguments. A version never changes and never leaves; a new price is a new version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from billing.errors import IdempotencyConflict, InvalidAmount, NoPrice, OverlappingPrice, SameApprover
from billing.ledger import KEY_LENGTH_MAX, TURN_CREDITS_MAX
from billing.types import Charge, PriceScope, PriceVersion, Quote

Specificity = tuple[bool, bool, bool, bool, bool]


def covers(scope: PriceScope, wanted: PriceScope) -> bool:
    """Whether a price for `scope` applies to `wanted`: every part that it names is the same."""
    pairs = zip(_parts(scope), _parts(wanted), strict=True)
    return all(mine in ("", theirs) for mine, theirs in pairs)


def specificity(scope: PriceScope) -> Specificity:
    """How specific a scope is, to be compared: the character weighs most, then show, mode, locale, region.

    The order is lexicographic, so that two different scopes that both apply are never equal: a price for the character
    alone beats one that names show, mode, locale and region together.
    """
    character, show, mode, locale, region = (part != "" for part in _parts(scope))
    return character, show, mode, locale, region


def choose(card: Iterable[PriceVersion], wanted: PriceScope, now_ms: int) -> PriceVersion:
    """The version in force: of those that apply and have begun, the most specific, and of its scope the latest.

    Raises NoPrice.
    """
    in_force = [v for v in card if v.effective_from_ms <= now_ms and covers(v.scope, wanted)]
    if not in_force:
        raise NoPrice
    return max(in_force, key=lambda v: (specificity(v.scope), v.effective_from_ms))


def quote(version: PriceVersion, *, voice: bool) -> Quote:
    """The price of one turn under a version; voice is priced only when it is wanted."""
    return Quote(version.id, Charge(text=version.amounts.text, voice=version.amounts.voice if voice else 0))


def is_of(quoted: Quote, version: PriceVersion) -> bool:
    """Whether a quote is the version's, with or without voice."""
    return quoted in (quote(version, voice=False), quote(version, voice=True))


def charge(quoted: Quote, *, text_delivered: bool, voice_delivered: bool) -> Charge:
    """What a turn costs for what was delivered: text is flat per message, voice flat per spoken reply.

    Anything of the text that reached the fan counts as delivered, and so does anything of the voice.
    """
    return Charge(
        text=quoted.amounts.text if text_delivered else 0, voice=quoted.amounts.voice if voice_delivered else 0
    )


def admit(version: PriceVersion, card: Sequence[PriceVersion]) -> bool:
    """Whether the version joins the card; False when it is there already, unchanged.

    Raises SameApprover, InvalidAmount, OverlappingPrice, and IdempotencyConflict (same id, other price).
    """
    assert all(0 < len(text) <= KEY_LENGTH_MAX for text in (version.id, version.author, version.approver))
    assert all(len(part) <= KEY_LENGTH_MAX for part in _parts(version.scope))
    if version.author.strip().casefold() == version.approver.strip().casefold():
        raise SameApprover(version.author)
    for credits in (version.amounts.text, version.amounts.voice):
        if not 0 <= credits <= TURN_CREDITS_MAX:
            raise InvalidAmount(credits, 0, TURN_CREDITS_MAX)
    for other in card:
        if other.id == version.id:
            if other != version:
                raise IdempotencyConflict(version.id)
            return False
        if (other.scope, other.effective_from_ms) == (version.scope, version.effective_from_ms):
            raise OverlappingPrice(other.id)
    return True


def _parts(scope: PriceScope) -> tuple[str, str, str, str, str]:
    return scope.character, scope.show, scope.mode, scope.locale, scope.region
