"""What an extraction rule is, and how a value is cut out of a sentence and folded.

Pure. A rule reads one clause in which the fan speaks of themself; that it is such a clause is decided before
(`memory.extracting`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from memory.notes import NoteKind, Saying

VALUE_CHARS_MAX = 80
_ARTICLES = re.compile(
    r"^(?:the|a|an|my|our|some|any|el|la|los|las|un|una|unos|unas|mi|mis|o|os|um|uma|uns|umas|meu|minha|meus|minhas|这个|那个|一个|一只|一条|我的)(?:\s+|(?<=[\u4e00-\u9fff]))",
    re.IGNORECASE,
)
_SAME = {
    "dog": "puppy perro perra perrito cachorro cachorra cachorrinho cachorrinha cão 狗 狗狗 小狗",
    "cat": "kitten gato gata gatito gatinho gatinha 猫 猫咪 小猫 貓 貓咪 小貓",
    "parrot": "loro papagaio 鹦鹉 鸚鵡",
    "rabbit": "conejo coelho 兔子",
    "hamster": "hámster 仓鼠 倉鼠",
    "mother": "mum mom madre mamá mãe mamãe 妈妈 媽媽",
    "father": "dad padre papá pai papai 爸爸",
    "sister": "hermana irmã 姐姐 妹妹",
    "brother": "hermano irmão 哥哥 弟弟",
    "daughter": "hija filha 女儿 女兒",
    "son": "hijo filho 儿子 兒子",
    "grandmother": "grandma granny abuela avó vovó 奶奶 外婆",
    "grandfather": "grandpa abuelo avô vovô 爷爷 爺爺 外公",
    "aunt": "tía tia",
    "uncle": "tío tio",
    "cousin": "prima primo",
    "boss": "jefa jefe chefe 老板 老闆",
    "roommate": "flatmate 室友",
    "colour": "color cor 颜色 顏色",
    "exam": "examen exame prova 考试 考試",
    "interview": "entrevista 面试 面試",
    "wedding": "boda casamento 婚礼 婚禮",
    "flight": "vuelo voo 航班",
    "trip": "viaje viagem",
    "surgery": "operación cirurgia 手术 手術",
    "food": "comida 食物",
    "film": "movie película filme 电影 電影",
    "book": "libro livro 书 書",
    "song": "canción música 歌",
}
_CANONICAL = {word: name for name, words in _SAME.items() for word in words.split()}
_EDGES = " \t\"'“”‘’«»「」『』.,;:!?¡¿。，、！？…()[]-–—~❤"


@dataclass(frozen=True, slots=True)
class Rule:
    """`pattern` has the group `v` for the value unless `value` is given, and `k` when `slot` has `{k}` in it."""

    kind: NoteKind
    slot: str
    """`home`, `pet:{k}`, `likes:{v}`; `fan.` comes before it."""
    pattern: re.Pattern[str]
    value: str | None = None
    confidence: float = 0.9
    past: bool = False
    retracts: bool = False
    """The clause says that the slot's value is over; what `v` holds, if anything, is that value."""
    names: bool = False
    """The value is a name: it must look like one."""


def rule(kind: NoteKind, slot: str, pattern: str, **more: object) -> Rule:
    """A rule whose pattern is compiled without regard to case."""
    return Rule(kind, slot, re.compile(pattern, re.IGNORECASE), **more)  # type: ignore[arg-type]


def fold(value: str) -> str:
    """A value so that equal values are equal: one case, no article, no edges, one space."""
    text = unicodedata.normalize("NFKC", value).casefold().strip(_EDGES)
    while True:
        shorter = _ARTICLES.sub("", text).strip(_EDGES)
        if shorter == text or not shorter:
            return " ".join(text.split())
        text = shorter


def key_of(word: str) -> str:
    """One key for one thing, whatever language it is named in: `perro`, `狗` and `puppy` are `dog`."""
    folded = fold(word)
    return _CANONICAL.get(folded, folded)


def applied(one: Rule, clause: str, text: str, stop: re.Pattern[str], never: frozenset[str]) -> Saying | None:
    """What a rule reads in a clause, or None.

    `stop` says where a value ends, `never` what is no value (“call me later”). `text` is the sentence that is kept.
    """
    match = one.pattern.search(clause)
    if match is None:
        return None
    groups = match.groupdict()
    raw = groups.get("v") or groups.get("v2") or ""
    said = fold(_cut(raw, stop))
    if not one.retracts and one.value is None and not said:
        return None
    if said and ("v" in groups) and (said.split()[0] in never or len(said) > VALUE_CHARS_MAX):
        return None
    if one.names and not _looks_like_a_name(raw):
        return None
    slot = f"fan.{one.slot.format(k=key_of(groups.get('k') or groups.get('k2') or ''), v=said)}"
    if one.retracts:
        over = said if said and "{v}" not in one.slot else None
        return Saying(one.kind, slot, "", text, one.confidence, retracts=over)
    return Saying(one.kind, slot, one.value or said, text, one.confidence, past=one.past)


def _cut(value: str, stop: re.Pattern[str]) -> str:
    end = stop.search(value)
    return value[: end.start()] if end else value


def _looks_like_a_name(raw: str) -> bool:
    """A capital where the script has capitals; any word where it has none."""
    first = raw.strip(_EDGES)[:1]
    return bool(first) and (first.isupper() or first.lower() == first.upper())
