"""One cue name for each person of a show, whatever they are called before their lines.

Two cues are merged only where the script itself shows that they are one person; whoever is left apart is reported
apart, and the team decides. Merging too much would let one character know what another one saw.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from characters.names import NAME_WORDS_MAX, TITLES, folded_words, name_runs
from characters.script import Episode, Line, Scene


def cue_counts(episodes: Sequence[Episode]) -> dict[str, int]:
    """Speeches per cue name, most first, then in order of first speech."""
    spoken = Counter(
        line.speaker for episode in episodes for scene in episode.scenes for line in scene.lines if line.speaker
    )
    return dict(spoken.most_common())


def introductions(episodes: Sequence[Episode]) -> frozenset[tuple[str, ...]]:
    """Names that action gives in capitals, as folded words: how a screenplay introduces somebody."""
    return frozenset(
        tuple(word.folded for word in run.words)
        for episode in episodes
        for scene in episode.scenes
        for line in scene.lines
        if line.speaker is None
        for run in name_runs(line.text)
        if len(run.words) <= NAME_WORDS_MAX
        and not run.ampersand
        and all(word.capitals and not word.possessive for word in run.words)
    )


def merge_cues(episodes: Sequence[Episode]) -> tuple[tuple[Episode, ...], dict[str, str]]:
    """The episodes under canonical cue names, and what was merged: cue as written -> the name it is counted under.

    Cues that differ in case only are one. A longer cue (`GIDEON HALLAM`) becomes the shorter (`GIDEON`) when action
    introduces the longer, never the shorter, and nobody else in the show shares that word.
    """
    counts = cue_counts(episodes)
    merged = _same_but_for_case(counts)
    canonical = [cue for cue in counts if cue not in merged]
    introduced = introductions(episodes)
    holders = _holders(introduced.union(map(folded_words, canonical)))
    singles = {words[0]: cue for cue in canonical if len(words := folded_words(cue)) == 1}
    for cue in canonical:
        short = _short_form(cue, introduced, holders, singles)
        if short is not None:
            merged[cue] = short
    merged = {cue: merged.get(target, target) for cue, target in merged.items()}
    return tuple(_renamed(episode, merged) for episode in episodes) if merged else tuple(episodes), merged


def _same_but_for_case(counts: Mapping[str, int]) -> dict[str, str]:
    first: dict[str, str] = {}
    for cue in counts:  # most frequent first
        first.setdefault(cue.casefold(), cue)
    return {cue: first[cue.casefold()] for cue in counts if first[cue.casefold()] != cue}


def _holders(names: Iterable[tuple[str, ...]]) -> dict[str, set[tuple[str, ...]]]:
    """Which names have a word in them."""
    holders: dict[str, set[tuple[str, ...]]] = {}
    for name in names:
        for word in name:
            holders.setdefault(word, set()).add(name)
    return holders


def _short_form(
    cue: str,
    introduced: Set[tuple[str, ...]],
    holders: Mapping[str, Set[tuple[str, ...]]],
    singles: Mapping[str, str],
) -> str | None:
    words = folded_words(cue)
    if len(words) < 2 or words not in introduced:
        return None
    for word in (words[0], words[-1]):
        if word in singles and word not in TITLES and (word,) not in introduced and holders[word] == {words, (word,)}:
            return singles[word]
    return None


def _renamed(episode: Episode, merged: Mapping[str, str]) -> Episode:
    return replace(episode, scenes=tuple(_renamed_scene(scene, merged) for scene in episode.scenes))


def _renamed_scene(scene: Scene, merged: Mapping[str, str]) -> Scene:
    return replace(
        scene,
        lines=tuple(_renamed_line(line, merged) for line in scene.lines),
        present=frozenset(merged.get(name, name) for name in scene.present),
    )


def _renamed_line(line: Line, merged: Mapping[str, str]) -> Line:
    if line.speaker is None or line.speaker not in merged:
        return line
    return replace(line, speaker=merged[line.speaker])
