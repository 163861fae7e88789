"""The rate card: which version is in force, what it quotes, what a delivered turn costs, and which versions may join.

Pure: the card and the time are arguments. A version never changes and never leaves; a new price is a new version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from billing.errors import IdempotencyConflict, InvalidAmount, InvalidPrice, NoPrice, OverlappingPrice, SameApprover
from billing.ledger import KEY_LENGTH_MAX, TURN_CREDITS_MAX
from billing.types import FREE_KINDS, Charge, PriceScope, PriceVersion, Quote, TurnKind, Usage

Specificity = tuple[bool, bool, bool, bool, bool]

TOKENS_PER_UNIT, CHARS_PER_UNIT = 1000, 100
PRICED_BY_NAME = frozenset({"scene"})
"""Modes that have a rate of their own: a price that names no mode, or no such one, is none for them."""
UNITS_MAX = 1_000_000
"""The highest cap on tokens and on characters."""
VOICES_MAX = 200
"""The most voices with a price of their own in one version."""


def covers(scope: PriceScope, wanted: PriceScope) -> bool:
    """Whether a price for `scope` applies to `wanted`: every part that it names is the same.

    A mode with a rate of its own has to be named: a turn that two answer is never sold at the price of one's.
    """
    if wanted.mode in PRICED_BY_NAME and scope.mode != wanted.mode:
        return False
    pairs = zip(_parts(scope), _parts(wanted), strict=True)
    return all(mine in ("", theirs) for mine, theirs in pairs)


def specificity(scope: PriceScope) -> Specificity:
    """How specific a scope is, to be compared: the character weighs most, then show, mode, locale, region.

    The order is lexicographic, so that two different scopes that both apply are never equal: a price for the character
    alone beats one that names show, mode, locale and region together.
    """
    character, show, mode, locale, region = (part != "" for part in _parts(scope))
    return character, show, mode, locale, region


def choose(
    card: Iterable[PriceVersion],
    wanted: PriceScope,
    now_ms: int,
    *,
    voice: bool | str = False,
    opened_at_ms: int | None = None,
) -> PriceVersion:
    """The version in force: of those that apply and have begun, the most specific, and of its scope the latest.

    A conversation opened before a version that protects it keeps, until that version's day, what it would pay without
    that version, when that version is dearer for what is asked (text, or text and `voice`). Raises NoPrice.
    """
    in_force = [v for v in card if v.effective_from_ms <= now_ms and covers(v.scope, wanted)]
    if not in_force:
        raise NoPrice
    in_force.sort(key=lambda v: (specificity(v.scope), v.effective_from_ms))
    chosen = in_force.pop()
    if not in_force or not _protects(chosen, now_ms, opened_at_ms):
        return chosen
    # What would be paid without `chosen` may itself be protected from, so it is looked at in the same way.
    kept = choose(in_force, wanted, now_ms, voice=voice, opened_at_ms=opened_at_ms)
    return kept if dearer(chosen, kept, voice=voice) else chosen


def _protects(version: PriceVersion, now_ms: int, opened_at_ms: int | None) -> bool:
    if version.protects_until_ms is None or opened_at_ms is None:
        return False
    return opened_at_ms < version.effective_from_ms <= now_ms < version.protects_until_ms


def dearer(version: PriceVersion, than: PriceVersion, *, voice: bool | str) -> bool:
    """Whether any reply would cost more under `version`: its text, or its voice when one is wanted.

    Both prices are linear in started units up to their caps, so their difference is largest at none or at a cap.
    """
    for tokens in (0, version.rates.tokens_max, than.rates.tokens_max):
        if _text(version, tokens) > _text(than, tokens):
            return True
    sizes = (0, version.rates.chars_max, than.rates.chars_max) if voice else ()
    return any(_voice(version, voice, chars) > _voice(than, voice, chars) for chars in sizes)


def worst(version: PriceVersion, voice: bool | str) -> Charge:
    """The most a turn can cost under a version; `voice` is False, True or the id of a voice."""
    text = _text(version, version.rates.tokens_max)
    return Charge(text, _voice(version, voice, version.rates.chars_max) if voice else 0)


def quote(
    version: PriceVersion,
    *,
    voice: bool | str,
    scope: PriceScope | None = None,
    kind: TurnKind = "message",
    share: str | None = None,
    opened_at_ms: int | None = None,
) -> Quote:
    """The price of one turn under a version; voice is priced only when it is wanted, and only a message costs."""
    wanted = version.scope if scope is None else scope
    named = voice if isinstance(voice, str) else ""
    if kind in FREE_KINDS:
        return Quote(version.id, Charge(), wanted, named, kind, share, opened_at_ms)
    return Quote(version.id, worst(version, voice), wanted, named, "", share, opened_at_ms)


def is_of(quoted: Quote, version: PriceVersion) -> bool:
    """Whether a quote is the version's: its scope, and its worst case, with or without voice, or waived."""
    if quoted.price_version != version.id or not covers(version.scope, quoted.scope):
        return False
    if quoted.waived:
        return quoted.waived in FREE_KINDS and quoted.amounts == Charge()
    return quoted.amounts in (worst(version, False), worst(version, quoted.voice or True))


def charge(version: PriceVersion, quoted: Quote, usage: Usage) -> Charge:
    """What a delivered turn costs: f(its pinned version, its usage), never above what was quoted (I7 of the design).

    Anything of the text that reached the fan counts as delivered, and so does anything of the voice. Units beyond a cap
    cost nothing. A voice that was not quoted, or a waived turn, costs nothing.
    """
    assert usage.tokens >= 0, "tokens are counted"
    assert usage.chars >= 0, "characters are counted"
    if quoted.waived:
        return Charge()
    spoken = usage.voice and quoted.amounts.voice > 0
    return Charge(
        text=_text(version, usage.tokens) if usage.text else 0,
        voice=_voice(version, quoted.voice or True, usage.chars) if spoken else 0,
    )


def check(version: PriceVersion) -> None:
    """Whether a version obeys the rules by itself. Raises InvalidAmount, InvalidPrice."""
    assert all(0 < len(text) <= KEY_LENGTH_MAX for text in (version.id, version.author))
    assert all(len(part) <= KEY_LENGTH_MAX for part in _parts(version.scope))
    rates, voices = version.rates, [name for name, _ in version.voices]
    flat = (version.amounts.text, version.amounts.voice, *(credits for _, credits in version.voices))
    for credits in (*flat, rates.text_per_1000_tokens, rates.voice_per_100_chars):
        if not 0 <= credits <= TURN_CREDITS_MAX:
            raise InvalidAmount(credits, 0, TURN_CREDITS_MAX)
    for field, rate, cap in (
        ("tokens_max", rates.text_per_1000_tokens, rates.tokens_max),
        ("chars_max", rates.voice_per_100_chars, rates.chars_max),
    ):
        if not (1 if rate else 0) <= cap <= UNITS_MAX:
            raise InvalidPrice(field, f"is from 1 to {UNITS_MAX} where a rate is charged")
    if len(set(voices)) < len(voices) or not all(0 < len(name) <= KEY_LENGTH_MAX for name in voices):
        raise InvalidPrice("voices", "names each voice once")
    if len(voices) > VOICES_MAX:
        raise InvalidPrice("voices", f"has at most {VOICES_MAX}")
    spoken: tuple[bool | str, ...] = (True, *voices)
    for most in (worst(version, False).text, *(worst(version, voice).voice for voice in spoken)):
        if most > TURN_CREDITS_MAX:
            raise InvalidAmount(most, 0, TURN_CREDITS_MAX)
    if version.protects_until_ms is not None and version.protects_until_ms <= version.effective_from_ms:
        raise InvalidPrice("protects_until_ms", "lies after effective_from_ms")


def same_person(author: str, approver: str) -> bool:
    """Whether two names are one: case and space around them do not make another person."""
    return author.strip().casefold() == approver.strip().casefold()


def admit(version: PriceVersion, card: Sequence[PriceVersion]) -> bool:
    """Whether the version joins the card; False when it is there already, unchanged.

    Raises SameApprover, InvalidAmount, InvalidPrice, OverlappingPrice, and IdempotencyConflict (same id, other price).
    """
    assert 0 < len(version.approver) <= KEY_LENGTH_MAX
    if same_person(version.author, version.approver):
        raise SameApprover(version.author)
    check(version)
    for other in card:
        if other.id == version.id:
            if other != version:
                raise IdempotencyConflict(version.id)
            return False
        if (other.scope, other.effective_from_ms) == (version.scope, version.effective_from_ms):
            raise OverlappingPrice(other.id)
    return True


def _text(version: PriceVersion, tokens: int) -> int:
    units = _started(min(tokens, version.rates.tokens_max), TOKENS_PER_UNIT)
    return version.amounts.text + units * version.rates.text_per_1000_tokens


def _voice(version: PriceVersion, voice: bool | str, chars: int) -> int:
    flat = dict(version.voices).get(voice, version.amounts.voice) if isinstance(voice, str) else version.amounts.voice
    units = _started(min(chars, version.rates.chars_max), CHARS_PER_UNIT)
    return flat + units * version.rates.voice_per_100_chars


def _started(amount: int, unit: int) -> int:
    return -(-amount // unit)


def _parts(scope: PriceScope) -> tuple[str, str, str, str, str]:
    return scope.character, scope.show, scope.mode, scope.locale, scope.region
