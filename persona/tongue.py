"""Which language a short text is in, as far as its letters and small words tell: a base model wanders into another.

Pure. It says nothing of a text too short to tell; it must never be the reason to refuse what a writer wrote.
"""

from __future__ import annotations

import re

from memory.words import units
from persona.scripts import is_unspaced

SMALL_WORDS_MIN = 2
"""Fewer small words of a language are chance: “no” is four languages."""
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_SMALL = {
    "en": """
    the of and to in is you that it he was for on are with his they i at be this have from not but what all were we when
    your can said there an she do how if will my me him her just don't i'm it's
    """,
    "es": """
    de la el que y en los las una por con se lo su para es mi tu del al como pero más sus le ya este sí porque esta
    cuando muy sin sobre también hasta hay donde quien desde todo nos ni contra ese eso yo qué estoy
    """,
    "pt": """
    de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser
    quando muito há nos já está eu também só pelo você isso minha meu
    """,
    "fr": """
    de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont je vous avec elle nous
    mais ou si leur y dit était mon c'est
    """,
    "de": """
    der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass
    sie nach wird bei einer um am sind noch wie ich du war mein
    """,
}
_SMALL_WORDS = {language: frozenset(units(words)) for language, words in _SMALL.items()}


def script_of(text: str) -> str:
    """`latin`, `joined` for scripts without spaces, `other`; "" for a text without letters."""
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return ""
    if sum(is_unspaced(char) for char in letters) * 2 > len(letters):
        return "joined"
    return "latin" if sum(_LATIN.match(char) is not None for char in letters) * 2 > len(letters) else "other"


def tongue_of(text: str) -> str:
    """The language of Latin letters that two small words tell, else ""."""
    words = units(text)
    votes = {language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()}
    best = max(votes, key=lambda language: votes[language])
    rest = max(count for language, count in votes.items() if language != best)
    return best if votes[best] >= SMALL_WORDS_MIN and votes[best] > rest else ""


def strays(text: str, like: str) -> bool:
    """Whether the text is in another script or language than `like`, a longer one; False when it cannot be told."""
    if script_of(text) != script_of(like):
        return "" not in (script_of(text), script_of(like))
    if script_of(like) != "latin":
        return False
    return "" not in (tongue_of(text), tongue_of(like)) and tongue_of(text) != tongue_of(like)
