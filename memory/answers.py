"""Replies that say what was asked: “Yes.”, “It was me.”, and a name when the question was who.

Pure, in English, Spanish and Chinese (and the yes of Portuguese). What hedges, denies or asks back says nothing
and must not be taken for a yes.
"""

from __future__ import annotations

import re

from memory.words import folded, word_count

NAME_WORDS_MAX = 3
"""An answer to “who?” in more words (“My lips are sealed.”) stands for itself."""

_CLAUSE_END = r"(?=\s*(?:[,.;:!…—–-]|。|$))"
"""Where a clause ends. What goes on (“I am tired”, “he is not”) is no answer."""

_OPENING = r"\W*(?:(?:oh|ah|well|why|bueno|pues|ay|vaya)\W+)*"
_YES = (
    r"(?:yes|yeah|yep|aye|true|correct|exactly|indeed|of course|guilty"
    r"|si|claro|cierto|correcto|exacto|exactamente|asi es|asi fue|por supuesto|es verdad|es cierto|sim|isso)"
    r"\b(?!\W+(?:not|que no)\b)"
)
_YES_ZH = (
    r"是(?=[的啊呀我他她它]|\W|$)(?!的时候|的時候|[我他她]来|[我他她]來)|[对對](?=[的啊呀]|\W|$)|[会會](?=的?(?:\W|$))"
    r"|[没沒][错錯]|[当當]然(?!不)|正是|就是(?=[我他她这這的]|\W|$)|你?猜[对對]|你?[说說][对對]|是?真的(?=\W|$)"
)
_ENGLISH = (
    r"(?:(?:it|that)(?: is|'s| was)|this is)(?: only| just)? (?:me|i|him|her|them|us|he|she|so|right|true)"
    r"|(?:that's|that is|that was)(?: exactly)? (?:how it (?:is|was|happened)|what happened|my (?:name|father|mother))"
    r"|it (?:is|was|does|did)|so it (?:is|was)"
    r"|(?:i|he|she|we|they|you) (?:am|are|is|was|were|do|does|did|have|has|had|will|would)"
    r"|you (?:guessed(?: it)?|(?:are|were) right|know it|said it|have it)|you're right|me|mine"
)
_SPANISH = (
    r"fui yo|soy yo|era yo|fue el|fue ella|es el|es ella|fueron ellos|eso es|eso mismo|tienes razon"
    r"|(?:yo )?(?:lo|la) (?:soy|es|era|fui|fue|hice|hizo|hago|hace|hare|hara|estoy|esta|estan|son|somos|tengo)"
    r"|(?:lo )?(?:adivinaste|acertaste|has adivinado|has acertado)|foi eu|fui eu|sou eu"
)
_CHINESE = r"[我他她]就?[是会會]?"
_AGAIN = re.compile(rf"{_OPENING}(?:{_YES}|{_YES_ZH}|(?:{_ENGLISH}|{_SPANISH}|{_CHINESE}){_CLAUSE_END})")
_QUESTION_MARKS = re.compile(r"[¿?？吗嗎]")
_WHO = re.compile(r"\b(?:who|whose|whom|quien|quienes|quem)\b|[谁誰]")
_NO_NAME = re.compile(
    r"\?|…|\b(?:no|not|nobody|none|never|maybe|perhaps|who|what|ask|guess|later|cannot|can't|don't|won't|wait|hush"
    r"|nadie|ninguno|nunca|quizas?|tal vez|quien|que|pregunta\w*|luego|ni|espera|calla|ninguem|talvez)\b"
    r"|[不没沒谁誰问問猜等别別无無]|也许|也許|可能|以后|以後"
)
_NAMES = re.compile(
    r"\W*(?:"
    r"[^\W_]+(?:['’.-][^\W_]+)*\W*(?:[,;:.!—–]|$)"  # one word, and whatever follows it: “Fenn, my dear.”
    r"|(?:my|your|his|her|our|their|the|a|an|old|dear|mi|mis|tu|tus|su|sus|el|la|los|las|un|una|don|dona)\b"
    r"|[^\W_]+(?:'s [^\W_]+| (?:did|does|do|is|was|has|will|fue|es|lo|la)\b)"
    r")"
)
_NAME_WITHIN = re.compile(r"[^\W_][^¿¡]*\s[A-ZÀ-Þ]")
"""A capital that begins no sentence: “Mr. Fenn”."""
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Chinese and Japanese: nothing there tells a name from other words."""


def says_again(text: str, asked: str) -> bool:
    """Whether a reply, or its beginning, only has a meaning together with what was asked, and affirms or answers it."""
    said = folded(text)
    if _AGAIN.match(said) is not None:
        return True
    return bool(_WHO.search(folded(asked))) and _names_somebody(text, said)


def _names_somebody(text: str, said: str) -> bool:
    """Whether a short text can be a name or a person's description, and not the beginning of something else."""
    if not 0 < word_count(text) <= NAME_WORDS_MAX or _NO_NAME.search(said):
        return False
    return any((_NAMES.match(said), _NAME_WITHIN.search(text), _UNSPACED.search(text)))


def restated(text: str, asked: str) -> str:
    """The reply with what was asked as a statement after it: “Yes, you are the one who buys them all.”"""
    return f"{text.strip().rstrip('.。!！')}, {_QUESTION_MARKS.sub('', asked).strip()}."
