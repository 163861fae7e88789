"""What a character says to a fan who asks nothing and speaks of themself: that they are heard, in a few plain words.

Pure. It claims nothing and answers nothing. A deflection is for questions; to news of a bad day it would be a slap.
"""

from __future__ import annotations

from persona.questions import asked_for, speaks_of_oneself, speaks_to
from persona.types import Brief

_LINES = {
    "en": ("I'm listening. Go on.", "Tell me. There is time."),
    "es": ("Te escucho. Sigue.", "Cuéntame. Hay tiempo."),
    "pt": ("Estou ouvindo. Continue.", "Conte. Há tempo."),
    "zh": ("我在听，你说。", "说给我听吧，不急。"),
}


def listening(brief: Brief) -> tuple[str, ...]:
    """Lines in the language of the conversation, else in English; none for who asks something of the character."""
    text = brief.fan_text
    if "?" in text or "？" in text or asked_for(text) or speaks_to(text) or not speaks_of_oneself(text):
        return ()
    return _LINES.get(brief.locale[:2], _LINES["en"])
