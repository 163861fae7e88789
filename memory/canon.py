"""One release prepared for recall: its passages, lines and facts in rows, with the arrays that score them.

Pure: `prepare` depends on the release alone, so a prepared canon can be shared by every fan and every character.
It holds the whole show; only a gate decides what of it a question may touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from characters.canon import Fact
from characters.release import Release, ReleaseId
from characters.succession import successors
from memory.lexical import LexicalIndex, build_index
from memory.passages import content_hash, own_lines, scene_passages
from memory.quotation import Quotations
from memory.ranking import Rows
from memory.types import OwnLine, Passage


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """The lines of one character; arrays have one row per line."""

    lines: tuple[OwnLine, ...]
    said: Rows
    """The row of the line in `Canon.line_hashes`."""
    answered: Rows
    """The row of the line it answers; its own row when it answers none."""
    episodes: Rows


@dataclass(frozen=True, slots=True)
class Canon:
    """A release ready for recall. `P` passages, `L` lines, `F` facts."""

    release: ReleaseId
    passages: tuple[Passage, ...]
    row_of: Mapping[str, int]
    """Passage id -> its row."""
    episodes: Rows
    """Shape (P,)."""
    scene_of: Rows
    """Shape (P,): the position of each passage's scene in story order."""
    scene_episodes: Rows
    """Shape (scenes,)."""
    line_spans: Rows
    """Shape (P, 2): the lines of each passage, half-open, in rows of `line_hashes`."""
    lexical: LexicalIndex
    line_hashes: tuple[str, ...]
    """Every line of the script in story order, by content hash; length L."""
    voices: Mapping[str, OwnVoice]
    """Cue name -> what that character says."""
    facts: tuple[Fact, ...]
    fact_hashes: tuple[str, ...]
    replaced: Mapping[str, Fact]
    """Fact id -> what takes its place, of those that end."""
    fact_episodes: Rows
    fact_lexical: LexicalIndex
    wording_hashes: tuple[str, ...]
    """Every way to give a fact away, in the order of the facts; a fact without wordings has its own text. Length W."""
    wording_facts: Rows
    """Shape (W,): the row of the fact that each gives away."""
    wording_lexical: LexicalIndex
    quotations: Quotations
    texts: Mapping[str, str]
    """Content hash -> text, of everything that needs a vector."""


def prepare(release: Release) -> Canon:
    """Cut, count and index a release. About 1 ms for each passage."""
    passages: list[Passage] = []
    scene_of: list[int] = []
    spans: list[tuple[int, int]] = []
    lines: list[str] = []
    scenes = release.script.scenes()
    for position, scene in enumerate(scenes):
        for passage in scene_passages(scene):
            passages.append(passage)
            scene_of.append(position)
            spans.append((len(lines) + passage.first_line, len(lines) + passage.last_line + 1))
        lines.extend(line.text for line in scene.lines)
    line_hashes = tuple(content_hash(line) for line in lines)
    fact_hashes = tuple(content_hash(fact.text) for fact in release.facts)
    wordings = [(row, text) for row, fact in enumerate(release.facts) for text in fact.wordings or (fact.text,)]
    wording_hashes = tuple(content_hash(text) for _, text in wordings)
    texts = {passage.content_hash: passage.text for passage in passages}
    texts.update(zip(line_hashes, lines, strict=True))
    texts.update(zip(fact_hashes, (fact.text for fact in release.facts), strict=True))
    texts.update(zip(wording_hashes, (text for _, text in wordings), strict=True))
    return Canon(
        release=release.id,
        passages=tuple(passages),
        row_of={passage.id: row for row, passage in enumerate(passages)},
        episodes=_rows([passage.episode for passage in passages]),
        scene_of=_rows(scene_of),
        scene_episodes=_rows([scene.episode for scene in scenes]),
        line_spans=_rows([row for span in spans for row in span]).reshape(-1, 2),
        lexical=build_index([passage.text for passage in passages]),
        line_hashes=line_hashes,
        voices=_voices(release, {line_hash: row for row, line_hash in enumerate(line_hashes)}),
        facts=release.facts,
        fact_hashes=fact_hashes,
        replaced=successors(release.facts),
        fact_episodes=_rows([fact.from_episode for fact in release.facts]),
        fact_lexical=build_index([fact.text for fact in release.facts]),
        wording_hashes=wording_hashes,
        wording_facts=_rows([row for row, _ in wordings]),
        wording_lexical=build_index([text for _, text in wordings]),
        quotations=Quotations.of(release.script),
        texts=texts,
    )


def _voices(release: Release, row_by_hash: Mapping[str, int]) -> dict[str, OwnVoice]:
    cues = {line.speaker for scene in release.script.scenes() for line in scene.lines if line.speaker}
    voices: dict[str, OwnVoice] = {}
    for cue in sorted(cues):
        lines = own_lines(release.script, cue)
        voices[cue] = OwnVoice(
            lines=lines,
            said=_rows([row_by_hash[content_hash(line.text)] for line in lines]),
            answered=_rows([row_by_hash[content_hash(line.cue_text or line.text)] for line in lines]),
            episodes=_rows([line.episode for line in lines]),
        )
    return voices


def _rows(values: list[int]) -> Rows:
    return np.array(values, dtype=np.int64)
