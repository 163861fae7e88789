"""Labels of a dialogue script that are nobody's name: keys of the title page, writers' notes, place, cast, captions.

A word stands in one group only. Notes never become canon; what an audience sees or hears does.
"""

from __future__ import annotations

import re
from typing import Literal

KeyKind = Literal["title", "credit", "note", "place", "scene", "cast", "seen"]

_GROUPS: dict[KeyKind, str] = {
    "title": "title|show|series|drama|剧名|片名|título|titulo|titre|название",
    "credit": (
        "episode title|author|authors|written by|by|writer|writers|director|draft|draft date|date|copyright|contact|"
        "version|genre|language|format|source|credit|编剧|作者|导演|类型|集数|автор|autor|auteur"
    ),
    "note": (
        "note|notes|nb|todo|logline|synopsis|summary|outline|writer's note|director's note|note to the director|"
        "备注|注|注释|注意|梗概|剧情梗概|故事梗概|本集梗概|分集梗概|大纲|简介|看点|人物小传|примечание|nota|notas|sinopsis|remarque"
    ),
    "place": "time|location|place|setting|时间|地点|时|地|日期|lugar|hora|место|время",
    "scene": "场景|場景|景",
    "cast": (
        "characters|cast|present|人物|出场人物|登场人物|场景人物|本场人物|角色|出场|personajes|personnages|персонажи"
    ),
    "seen": (
        "sfx|fx|sound|sound effect|sound effects|music|super|caption|title card|on screen|chyron|insert|"
        "音效|字幕|音乐|特写|闪回|画面|镜头|звук|титр"
    ),
}
_KINDS: dict[str, KeyKind] = {word: kind for kind, words in _GROUPS.items() for word in words.split("|")}
_KEY = re.compile(r"([^:：()（）]{1,40}?)\s*[:：]\s*(.*)$")
_BETWEEN = re.compile(r"\s*[,，、;；/|]\s*|\s+(?:and|y|et|und|и)\s+")


def parse_key(line: str) -> tuple[KeyKind, str] | None:
    """What kind of key a line begins with, and what follows it; None when it begins with none."""
    found = _KEY.match(line)
    if found is None:
        return None
    word = " ".join(found.group(1).replace("’", "'").casefold().split())
    kind = _KINDS.get(word)
    return None if kind is None else (kind, found.group(2).strip())


def cast_names(value: str) -> list[str]:
    """The names of a cast list (`李明、王芳`), without what stands in brackets."""
    bare = re.sub(r"[(（][^()（）]*[)）]", "", value)
    return [name for name in (part.strip(" .。") for part in _BETWEEN.split(bare)) if name]
