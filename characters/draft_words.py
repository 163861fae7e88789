"""The sentences of a drafted sheet in the languages of scripts, and the patterns that find ready lines in them.

Pure data. What stands in for something an author has to write is listed as a stopgap, so that lint asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from characters.cards.card_sheet import PLAIN_DEFLECTIONS, PLAIN_GREETING, PLAIN_WANT
from characters.language import Language


@dataclass(frozen=True, slots=True)
class DraftWords:
    """Texts of one language; placeholders are named in each."""

    met: str
    """`name`, `episode`, `place`."""
    met_nowhere: str
    aged: str
    """`name`, `age`."""
    you_are: str
    """`name`."""
    aged_you: str
    looks: str
    """`look`."""
    seen_first: str
    """`place`, `people`."""
    alone: str
    lengths: tuple[str, str, str]
    """Short, middling and long sentences; `count`."""
    asks: str
    exclaims: str
    calm: str
    contracts: str
    speaks_out: str
    words: str
    """`words`."""
    calls: str
    """`names`."""
    wants: str
    """`sentence`."""
    no_want: str
    greeting: str
    deflections: tuple[str, ...]
    comma: str
    and_: str
    your: tuple[re.Pattern[str], str]
    want: re.Pattern[str]
    evasion: re.Pattern[str]
    to_you: re.Pattern[str]
    points_away: re.Pattern[str]
    """Words for somebody or something that a sentence by itself does not name."""
    persons: re.Pattern[str]
    """Speaker and addressee: a line without them is more of a saying."""
    once: re.Pattern[str]
    """Words that tell what happened once: no saying."""
    short_below: float
    long_from: float


_EN = DraftWords(
    met="First met in episode {episode}: {place}.",
    met_nowhere="First met in episode {episode}.",
    aged="{name}, {age}.",
    you_are="You are {name}.",
    aged_you="You are {name}, {age} years old.",
    looks="How you look: {look}.",
    seen_first="You are first seen at {place}, with {people}.",
    alone="You are first seen at {place}.",
    lengths=(
        "Short sentences, about {count} words each.",
        "Sentences of middling length, about {count} words.",
        "Long sentences, about {count} words each.",
    ),
    asks="Asks a great deal.",
    exclaims="Exclaims often.",
    calm="Never raises the voice.",
    contracts="Always contracts (“I'm”, “it's”, “don't”).",
    speaks_out="Never contracts: “I am”, “it is”, “do not”.",
    words="Words of their own: {words}.",
    calls="You call people {names}.",
    wants="In your own words: “{sentence}”",
    no_want=PLAIN_WANT,
    greeting=PLAIN_GREETING,
    deflections=PLAIN_DEFLECTIONS,
    comma=", ",
    and_=" and ",
    your=(re.compile(r"\b(?:his|her|their)\b"), "your"),
    want=re.compile(
        r"\bI (?:want|need|must|have to|came to|only want|mean to|intend to|would like)\b|\bI'm (?:here|going) to\b"
    ),
    evasion=re.compile(
        r"(?<!you )\b(?:do not|don't|won't|will not|can't|cannot|couldn't|could not|shall not) (?:say|know|ask|tell|"
        r"talk|answer|discuss|speak)\b|none of your|not (?:your|my) (?:business|place)|ask me (?:another|something)|"
        r"some other time",
        re.IGNORECASE,
    ),
    persons=re.compile(r"\b(?:I|me|my|mine|you|your|we|us|our)\b", re.IGNORECASE),
    to_you=re.compile(r"\byou(?:r|rs|'re|'ve)?\b", re.IGNORECASE),
    points_away=re.compile(
        r"\b(?:that|this|these|those|he|she|him|her|his|hers|they|them|their|it|its|ones?|there|here)\b|"
        r"^(?:And|But|So)\b",
        re.IGNORECASE,
    ),
    once=re.compile(
        r"\b(?:was|were|had|did|didn't|came|went|said|told|gave|took|saw|made|\w{2,}ed|tonight|today)\b|[’'](?:d|ve)\b",
        re.IGNORECASE,
    ),
    short_below=6.0,
    long_from=10.0,
)
_ES = DraftWords(
    met="Aparece en el episodio {episode}: {place}.",
    met_nowhere="Aparece en el episodio {episode}.",
    aged="{name}, {age} años.",
    you_are="Eres {name}.",
    aged_you="Eres {name} y tienes {age} años.",
    looks="Tu aspecto: {look}.",
    seen_first="Se te ve por primera vez en {place}, con {people}.",
    alone="Se te ve por primera vez en {place}.",
    lengths=(
        "Frases cortas, de unas {count} palabras.",
        "Frases de longitud media, de unas {count} palabras.",
        "Frases largas, de unas {count} palabras.",
    ),
    asks="Pregunta mucho.",
    exclaims="Exclama a menudo.",
    calm="Nunca levanta la voz.",
    contracts="",
    speaks_out="",
    words="Palabras muy suyas: {words}.",
    calls="Llamas a la gente {names}.",
    wants="Con tus palabras: «{sentence}»",
    no_want="Quieres una buena charla con el fan.",
    greeting="Hola.",
    deflections=("Hablemos de otra cosa.", "Prefiero no decirlo."),
    comma=", ",
    and_=" y ",
    your=(re.compile(r"\bsus?\b"), "tu"),
    want=re.compile(r"\b(?:[Qq]uiero|[Nn]ecesito|[Vv]engo (?:por|a)|[Tt]engo que|[Pp]ido|[Dd]ebo|[Hh]e venido a)\b"),
    evasion=re.compile(
        r"\bno (?:lo |te lo |se lo )?(?:sé|digo|diré|diga|puedo decir|preguntes|pregunte|hablo)\b|no me haga|"
        r"no es asunto (?:tuyo|suyo)|otro día|pregúnteme otra",
        re.IGNORECASE,
    ),
    persons=re.compile(r"\b(?:yo|me|mi|mis|tú|te|tu|usted|su|nos)\b", re.IGNORECASE),
    to_you=re.compile(r"\b(?:tú|usted|te|le|su|tu|quién|qué)\b", re.IGNORECASE),
    points_away=re.compile(
        r"\b(?:eso|esto|esa|ese|él|ella|ellos|ellas|aquello|allí|aquí|lo|los|las)\b|^(?:Y|Pero|Pues)\b", re.IGNORECASE
    ),
    once=re.compile(r"\b(?:\w+(?:ó|aron|ieron|aste|iste)|fue|era|estaba|había|he|ha|han|dije|hoy)\b", re.IGNORECASE),
    short_below=6.0,
    long_from=10.0,
)
_ZH = DraftWords(
    met="第{episode}集登场：{place}。",
    met_nowhere="第{episode}集登场。",
    aged="{name}，{age}岁。",
    you_are="你是{name}。",
    aged_you="你是{name}，{age}岁。",
    looks="你的样子：{look}。",
    seen_first="你第一次出现在{place}，在场的还有{people}。",
    alone="你第一次出现在{place}。",
    lengths=("句子短，每句约{count}个字。", "句子不长不短，每句约{count}个字。", "句子长，每句约{count}个字。"),
    asks="常常发问。",
    exclaims="常用感叹。",
    calm="说话从不高声。",
    contracts="",
    speaks_out="",
    words="常用的字：{words}。",
    calls="你称呼别人：{names}。",
    wants="你说过：“{sentence}”",
    no_want="你想和观众好好聊聊。",
    greeting="你来了。",
    deflections=("说点别的吧。", "这个我不想说。"),
    comma="、",
    and_="和",
    your=(re.compile(r"他的|她的"), "你的"),
    want=re.compile(r"我(?:只?要|只?想|得|必须|需要|是来)"),
    evasion=re.compile(r"不知道|别问|不说|不能说|不好说|说不得|别管"),
    persons=re.compile(r"[我你您咱]"),
    to_you=re.compile(r"[你您]"),
    points_away=re.compile(r"[他她它]|这|那"),
    once=re.compile(r"了|过|昨|今天"),
    short_below=9.0,
    long_from=16.0,
)

WORDS: Mapping[Language, DraftWords] = MappingProxyType({"en": _EN, "es": _ES, "zh": _ZH})
STOPGAPS = frozenset(text for words in WORDS.values() for text in (words.no_want, words.greeting, *words.deflections))
"""Texts that stand in for what an author has to write."""
