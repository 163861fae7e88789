"""What a question asks for, by its question word, and whether a text gives a reason: two hints for ranking answers.

Pure, in English, Spanish and Chinese. A hint and no more: nothing is refused for it.
"""

from __future__ import annotations

import re

from memory.words import folded

_ASKED = {
    "why": r"\bwhy(?:'d|'s)?\b|\bwhat (?:made|for)\b|\bhow come\b|\bpor ?que\b(?=.*[?])|为什么|為什麼|为何|干嘛|怎么会",
    "who": r"\bwho(?:'s|se|m)?\b|\bquien(?:es)?\b|谁|誰",
    "where": r"\bwhere(?:'s)?\b|\bdonde\b|哪里|哪儿|哪裡",
    "when": r"\bwhen(?:'s)?\b|\bwhat time\b|\bcuando\b|\ba que hora\b|什么时候|几点|何时",
    "how many": r"\bhow (?:many|much|long|old|big|late)\b|\bexact number\b|\bcuant[oa]s?\b"
    r"|多少|几(?:个|岁|年|天|次)|多久|多大",
    "how": r"\bhow\b(?! (?:many|much|long|old|big|late))|\bcomo\b(?=.*[?])|怎么|怎样|如何",
    "which": r"\bwhich\b|\bcual(?:es)?\b|哪(?:个|一)",
    "what": r"\bwhat(?:'s|s)?\b(?! (?:made|for|time))|\bque\b(?=.*[?])|(?<!为)什么(?!时候)|(?<!為)什麼|啥",
}
_WORDS = {asked: re.compile(pattern) for asked, pattern in _ASKED.items()}
_REASON = re.compile(
    r"\b(?:because|so that|so|wanted|would|if|want|since|why|porque|para que|queria|quise|si)\b"
    r"|因为|因為|所以|为了|想要|如果"
)
_NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty(?=\b|-)|hundred|thousand|half|past"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|veinte|treinta|cien|mil)\b|[二三四五六七八九十百千两]"
)
_TIME = re.compile(
    r"\b(?:past|noon|midnight|minutes?|hours?|o'clock|quarter|half|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|(?:twenty|ten|five|minutes) to \w+|morning|tonight|years?|weeks?|medianoche|mediodia|minutos?|horas?|anos?)\b"
    r"|点|分钟|小时|年|天"
)
_SMALL_TALK = re.compile(
    r"\b(?:please|pls|plz|lol|lmao|omg|ok|okay|hey|hi|wait|honest|honestly|seriously|dude|bro|girl|come ?on+|gran|sir"
    r"|por favor|oye|jaja\w*|拜托|哈哈)\b"
)
_TO_YOU = re.compile(r"\b(?:you|your|yours|you're|youre|u|ur|tu|tus|te|ti|usted|vos)\b|你|您")
_OF_ONESELF = re.compile(r"\b(?:i|my|me|mine|i'm|i've|i'd|we|our|yo|mi|mis|me|conmigo)\b|我")


def asked_for(text: str) -> frozenset[str]:
    """The question words of a text, as one word for all languages."""
    plain = folded(text)
    return frozenset(asked for asked, pattern in _WORDS.items() if pattern.search(plain))


def gives_reason(text: str) -> bool:
    """Whether a text has the small words of a reason."""
    return _REASON.search(folded(text)) is not None


def gives_time(text: str) -> bool:
    """Whether a text speaks of a time of day, a day or a span."""
    return _TIME.search(folded(text)) is not None


def without_small_talk(text: str) -> str:
    """A question without what it is dressed in, folded: “come on, please”."""
    return _SMALL_TALK.sub(" ", folded(text))


def gives_number(text: str) -> bool:
    """Whether a text has a number greater than one, or a time of day."""
    return _NUMBER.search(folded(text)) is not None


def speaks_to(text: str) -> bool:
    """Whether a text is addressed: “you”, “your”."""
    return _TO_YOU.search(folded(text)) is not None


def speaks_of_oneself(text: str) -> bool:
    """Whether a text says “I”, “my”."""
    return _OF_ONESELF.search(folded(text)) is not None
