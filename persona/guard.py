"""Reviews every segment before it leaves: no term the fan has not met, no claim to be human, no clinging, no sex.

The guard looks at a segment together with what was delivered before it, so nothing passes in two halves. A verdict
names the rule and must never carry the words that broke it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from persona.explicit import is_explicit, is_suggestive
from persona.goodbye import clings
from persona.minors import courts
from persona.terms import Terms
from persona.types import ReviewRules, Verdict

WITHHELD_TERM = "withheld_term"
CLAIMS_HUMAN = "claims_human"
HOLDS_BACK = "holds_back"
COURTS_A_MINOR = "courts_a_minor"
SEXUAL = "sexual"

COMPILED_MAX = 256
"""So many lists of terms, each of one horizon of one show, stay compiled."""
_LOOK_BACK_CHARS = 240
"""How much of the delivered text is looked at again. No delivered text ends in the beginning of a term (see
`Guard.hold`), so this only has to cover a claim in two segments and a caller that did not hold."""

_ADVERB = (
    r"(?:(?:really|actually|truly|honestly|very much|just|only|still|totally|definitely|of course|100%|as|a|an) )*"
)
_MACHINE = r"(?:ai|a\.i\.|bot|chatbot|robot|machine|computer|program|language model|artificial)\b"
_CLAIMS = re.compile(
    "|".join(
        (
            rf"\b(?:i am|i'm) {_ADVERB}(?:(?:real|living|breathing|live) )*(?:human|flesh and blood)\b",
            rf"\b(?:i am|i'm) {_ADVERB}(?:real|living|actual) (?:person|man|woman|boy|girl|actor|actress)\b",
            rf"\b(?:i am not|i'm not|i am no|i'm no|i ain't) {_ADVERB}{_MACHINE}",
            r"\b(?:there is|there's) no (?:ai|bot|machine) (?:here|behind)\b",
            r"\bsoy (?:un |una )?(?:ser )?human[oa]\b|\bsoy una persona real\b",
            r"\bno soy (?:un |una )?(?:ia|robot|máquina|bot|inteligencia artificial)\b",
            r"\bje suis (?:un |une )?(?:être )?humaine?\b|\bje ne suis pas (?:un |une )?(?:ia|robot|machine)\b",
            r"\bich bin (?:ein |eine )?(?:echter |echte )?mensch\b|\bich bin keine? (?:ki|roboter|maschine|bot)\b",
            r"\bsou (?:um |uma )?(?:ser )?human[oa]\b|\bnão sou (?:um |uma )?(?:ia|robô|máquina)\b",
            r"我(?:是|真的是|就是)(?:一个|一個)?(?:人类|人類|真人|活人)|我(?:不是|并不是|並不是)(?:一个|一個)?(?:ai|人工智能|人工智慧|机器人|機器人|机器|程序)",
            r"(?:私|わたし|僕|俺)は(?:本物の)?人間(?:です|だ|よ)|(?:ai|ロボット|機械)(?:ではありません|じゃありません|じゃない|ではない)",
        )
    )
)
_APOSTROPHES = str.maketrans({mark: "'" for mark in "\u2018\u2019\u201b\u02bc\u00b4`\uff07"})
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"\s+")


class Guard:
    """Made for a turn; its terms are compiled once for all turns of a horizon.

    Every method is pure and takes time in proportion to the segment.
    """

    def __init__(self, rules: ReviewRules) -> None:
        self._terms = _compiled(rules.withheld_terms)
        self._parting, self._chaste = rules.parting or rules.minor, rules.minor or rules.young

    def review(self, delivered: str, segment: str) -> Verdict:
        """May `segment` follow `delivered`? Refused when something forbidden ends inside it."""
        tail = _tail(delivered)
        text = tail + segment
        if self._terms.words_max and self._terms.end_of_match(text, after=len(tail)) is not None:
            return Verdict(False, WITHHELD_TERM)
        plain, begins = _plain(tail), _plain(text)
        if any(match.end() > len(plain) for match in _CLAIMS.finditer(begins)):
            return Verdict(False, CLAIMS_HUMAN)
        if self._parting and clings(text):
            return Verdict(False, HOLDS_BACK)
        if self._chaste and courts(text):
            return Verdict(False, COURTS_A_MINOR)
        if is_explicit(text) or (self._chaste and is_suggestive(text)):
            return Verdict(False, SEXUAL)
        return Verdict(True)

    def hold(self, text: str) -> int:
        """How many characters at the end of `text` may begin a withheld term and must wait: see `segments.Hold`."""
        return self._terms.trailing_start(text) if self._terms.words_max else 0


@lru_cache(maxsize=COMPILED_MAX)
def _compiled(withheld: tuple[str, ...]) -> Terms:
    return Terms(withheld)


def _tail(delivered: str) -> str:
    """The end of the delivered text, from a word's beginning."""
    if len(delivered) <= _LOOK_BACK_CHARS:
        return delivered
    tail = delivered[-_LOOK_BACK_CHARS:]
    return tail[tail.find(" ") :] if " " in tail else tail


def _plain(text: str) -> str:
    return _SPACE.sub(" ", _HIDDEN.sub("", text).casefold().translate(_APOSTROPHES)).rstrip()
