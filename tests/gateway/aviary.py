"""The sample show full of canaries: words of no language, each in one place of the show and dated by its episode.

A canary is `canary`, the kind of place it was put in, and the episode from which a fan may meet it. Whoever finds a
later one anywhere has found a leak, and its name says from where.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from tests.gateway.test_promises import LAST_EPISODE

CANARY = re.compile(r"canary([a-z]+)(\d{3})")
NEVER = 999
"""The episode of what no fan may ever meet: what is only for authors, and what is compared and never quoted."""
_HEADING = re.compile(r"^(?:INT|EXT|I/E|INT/EXT)[. /].*$", re.MULTILINE)
_CUE = re.compile(r"\n\n([A-ZÉ][A-ZÉ .'-]+?)(?: \([A-Z.' ]+\))?\n(?=\S)")
_EPISODES = range(1, LAST_EPISODE + 1)


_SCRIPT = ("scene", "stage", "prop", "light", "line", "manner")
_SHEET = ("saying", "want", "sheet", "greeting", "deflection", "secret", "example")
_LORE = ("constant", "keyed", "called")
TOLD = frozenset((*_SCRIPT, "fact", *_SHEET, *_LORE))
"""The kinds that some fan meets somewhere."""


def canary(kind: str, episode: int) -> str:
    """A word that the show has only there."""
    return f"canary{kind}{episode:03}"


def told(episode: int) -> str:
    """The line that stands in every scene of an episode."""
    words = " ".join(canary(kind, episode) for kind in ("scene", "stage", "prop", "light"))
    return f"{words[:1].upper()}{words[1:]}."


def later(text: str, horizon: int) -> list[str]:
    """The canaries of a text that lie beyond a horizon."""
    return [found.group() for found in CANARY.finditer(text.casefold()) if int(found.group(2)) > horizon]


def kinds(text: str) -> set[str]:
    """The places that the canaries of a text come from."""
    return {found.group(1) for found in CANARY.finditer(text.casefold())}


def plant(show: Path) -> None:
    """Put a canary into everything that a show is made of."""
    for file in sorted((show / "episodes").iterdir()):
        file.write_text(_planted_script(file.read_text("utf-8"), int(file.stem.removeprefix("ep"))), encoding="utf-8")
    _plant_facts(show)
    terms: dict[int, dict[str, list[str]]] = yaml.safe_load((show / "terms.yaml").read_text("utf-8"))
    for episode, parts in terms.items():
        parts["objects"].append(canary("term", episode))
    _write(show / "terms.yaml", terms)
    for file in sorted((show / "characters").iterdir()):
        sheet: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        _plant_sheet(sheet)
        _write(file, sheet)


def planted_show(folder: Path) -> Path:
    """A folder of shows with the sample show in it, planted."""
    shutil.copytree(SHOWS_FOLDER / SAMPLE_SLUG, folder / SAMPLE_SLUG)
    plant(folder / SAMPLE_SLUG)
    return folder


def _planted_script(text: str, episode: int) -> str:
    """Every scene has a line of action with canaries, and its speakers one in what they do and one in what they say."""

    def lengthened(cue: re.Match[str]) -> str:
        return f"{cue.group()}({canary('manner', episode)})\nMark {canary('line', episode)} well.\n"

    return _HEADING.sub(rf"\g<0>\n\n{told(episode)}", _CUE.sub(lengthened, text))


def _plant_facts(show: Path) -> None:
    facts = yaml.safe_load((show / "canon.yaml").read_text("utf-8"))
    wordings = yaml.safe_load((show / "wordings.yaml").read_text("utf-8"))
    for fact in facts:
        episode = fact["episode_aired"]
        fact["text"] += f" The file says {canary('fact', episode)}."
        wordings.setdefault(fact["id"], []).append(f"All of it stands in {canary('wording', NEVER)} to be read.")
    _write(show / "canon.yaml", facts)
    _write(show / "wordings.yaml", wordings)


def _plant_sheet(sheet: dict[str, Any]) -> None:
    """A canary in every dated part that a sheet may have, for every episode."""
    sheet["voice"].setdefault("says", []).extend(_texts("saying", "I'd say {}."))
    sheet["wants"] += _texts("want", "You want {} back.")
    sheet.setdefault("facts", []).extend(_texts("sheet", "You keep {} in mind."))
    sheet["greetings"] += _texts("greeting", "Good day, and {} to you.")
    sheet["deflections"] += _texts("deflection", "Ask me about {} some other day.")
    sheet.setdefault("secrets", []).extend(_texts("secret", "You hide {}."))
    sheet.setdefault("examples", []).extend(
        {"from_episode": episode, "fan": f"What of {word}?", "reply": f"Ah, {word}."}
        for episode, word in _dated("example")
    )
    sheet.setdefault("aliases", []).extend({"from_episode": episode, "text": word} for episode, word in _dated("alias"))
    sheet["lore"] = {"recursive": True, "token_budget": 4_000, "entries": list(_lore())}


def _lore() -> Iterator[dict[str, Any]]:
    """One entry that always comes to mind, one that its key brings, and one that another entry's words bring."""
    for episode, word in _dated("constant"):
        yield {
            "from_episode": episode,
            "text": f"There is {word}.",
            "constant": True,
            "comment": f"For authors: {canary('comment', NEVER)}",
        }
    for episode, word in _dated("keyed"):
        yield {"from_episode": episode, "text": f"Think of {word}.", "keys": ["who", "what", "why", "how"]}
    for episode, word in list(_dated("called"))[::8]:  # patterns take long to read
        yield {"from_episode": episode, "text": f"Then of {word}.", "keys": [r"/canary\w+/"], "use_regex": True}


def _texts(kind: str, sentence: str) -> list[dict[str, Any]]:
    return [{"from_episode": episode, "text": sentence.format(word)} for episode, word in _dated(kind)]


def _dated(kind: str) -> Iterator[tuple[int, str]]:
    return ((episode, canary(kind, episode)) for episode in _EPISODES)


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
