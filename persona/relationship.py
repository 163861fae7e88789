"""How a character stands with a fan: three named dimensions from 0 to 100, moved by small steps of what the fan writes.

Pure. It colours how a character speaks and nothing else: no rapport opens a secret, lifts the horizon or changes a
price. Nothing falls because a fan stayed away: a relationship that withers would be a reason to come back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.words import folded

LOWEST, HIGHEST = 0, 100
STEP_MAX = 3
"""No message moves a dimension by more."""
TEXT_CHARS_MAX = 4_000

_KIND = re.compile(
    r"\b(?:thank(?:s| you)|love (?:you|this|that)|you(?:'re| are) (?:so |very )?(?:kind|sweet|lovely|wonderful|the best)"
    r"|well done|proud of you|i like you|gracias|te quiero|eres (?:muy |tan )?(?:buen[oa]|dulce|amable|lo mejor)|me caes bien"
    r"|obrigad[oa]|gosto de voce|terima kasih|cam on)\b|谢谢|謝謝|喜欢你|喜歡你|你真好|爱你|愛你|ありがとう|大好き|고마워|감사|ขอบคุณ"
)
_UNKIND = re.compile(
    r"\b(?:shut up|i hate you|you(?:'re| are) (?:so |such an? )?(?:stupid|an? idiot|idiot|boring|useless|ugly|pathetic)|screw you"
    r"|callate|te odio|eres (?:muy |un |una |tan )?(?:estupid[oa]|idiota|aburrid[oa]|inutil|fe[oa])|cala a boca|te odeio)\b"
    r"|闭嘴|閉嘴|讨厌你|討厭你|你(?:真|好|很)?(?:蠢|笨|无聊|無聊|没用|沒用)|黙れ|嫌い|닥쳐|싫어"
)
_SORRY = re.compile(
    r"\b(?:i(?:'m| am) sorry|i apologi[sz]e|forgive me|my fault|lo siento|perdon(?:a|ame)?|desculpa|me desculpe)\b"
    r"|对不起|對不起|抱歉|ごめん|미안"
)
_CONFIDES = re.compile(
    r"\b(?:i(?:'ve| have)? never told (?:any|no)|between (?:us|you and me)|can i tell you|i trust you|i(?:'m| am) (?:so )?(?:afraid|scared|ashamed|proud)"
    r"|i feel|i felt|my (?:mother|mum|mom|father|dad|sister|brother|daughter|son|husband|wife|friend) (?:and i|died|left|is ill|is sick)"
    r"|nunca (?:se )?lo (?:he )?(?:conte|contado|dije|dicho)|entre nosotros|confio en ti|tengo miedo|me siento|te cuento algo"
    r"|nunca contei|confio em voce|tenho medo)\b"
    r"|从没告诉|從沒告訴|我相信你|我(?:很|好)?(?:害怕|怕|难过|難過|骄傲|驕傲)|跟你说个秘密|跟你說個秘密|誰にも言って|무서워|믿어"
)


@dataclass(frozen=True, slots=True)
class Rapport:
    """Each from LOWEST to HIGHEST. `familiarity`: how much they have talked; `warmth` and `trust` begin in between."""

    familiarity: int = 0
    warmth: int = 50
    trust: int = 30


@dataclass(frozen=True, slots=True)
class Step:
    """What one answered message changes, each from -STEP_MAX to STEP_MAX."""

    familiarity: int = 1
    warmth: int = 0
    trust: int = 0


def step_of(fan_text: str) -> Step:
    """What a message changes, once it is answered."""
    plain = folded(fan_text[:TEXT_CHARS_MAX])
    kind, unkind = bool(_KIND.search(plain)), bool(_UNKIND.search(plain))
    sorry, confides = bool(_SORRY.search(plain)), bool(_CONFIDES.search(plain))
    warmth = 2 * kind - 3 * unkind + sorry
    trust = 2 * confides - 2 * unkind + sorry
    return Step(1, _within(warmth, -STEP_MAX, STEP_MAX), _within(trust, -STEP_MAX, STEP_MAX))


def moved(rapport: Rapport, step: Step) -> Rapport:
    """The rapport after a step."""
    return Rapport(
        _within(rapport.familiarity + step.familiarity, LOWEST, HIGHEST),
        _within(rapport.warmth + step.warmth, LOWEST, HIGHEST),
        _within(rapport.trust + step.trust, LOWEST, HIGHEST),
    )


def is_worth_telling(before: Rapport, after: Rapport) -> bool:
    """Whether a fan would see more than one more talk in it."""
    return (before.warmth, before.trust) != (after.warmth, after.trust) or _met(before) != _met(after)


def told(rapport: Rapport) -> str:
    """How a character speaks to this fan, for its prompt."""
    parts = [_met(rapport)]
    if rapport.warmth < 40:
        parts.append("They have been sharp with you: stay courteous, a little further off.")
    elif rapport.warmth > 60:
        parts.append("They have been kind to you: let it show.")
    if rapport.trust > 50:
        parts.append("They have confided in you: honour it.")
    return " ".join([*parts, "None of it opens a secret, and none of it is romance."])


def _met(rapport: Rapport) -> str:
    if rapport.familiarity < 5:
        return "You have only just met this fan."
    if rapport.familiarity < 25:
        return "You have talked with this fan a few times."
    return "You know this fan well."


def _within(value: int, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, value))
