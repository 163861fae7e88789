"""Who sees or hears a scene: those who speak in it, and those whom its action names.

Speaking off screen (O.S.) is being there. Speaking as a voice over (V.O.) is not: most are letters, messages, memories
and narration, whose speaker does not see the scene; an author dates what such a character learns in `canon.yaml`.
A name in the possessive (`Barnaby's letter`), in a firm's (`Fenn & Partners`), in quotes or after a colon (what a
letter or a sign says) is not a presence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from types import MappingProxyType

from characters.cues import cue_counts, introductions
from characters.names import NAME_WORDS_MAX, TITLES, Run, folded_words, has_case, name_runs
from characters.script import Episode, Scene

_TOGETHER = re.compile(r"\s*(?:[&/,+、]|\b(?:AND|Y|ET|UND|E|И)\b|和)\s*", re.IGNORECASE)
# What is read rather than seen: a quotation, and what follows a colon to the end of its sentence.
_READ_OUT = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|(?::\s|：)(?:\b(?:Mr|Mrs|Ms|Dr|St)\.|[^.!?。])*")
_UNCASED_CHARS_MIN = 2
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})

Forms = Mapping[tuple[str, ...], str]


def with_presence(episodes: Sequence[Episode], aliases: Mapping[str, str] = _NO_ALIASES) -> tuple[Episode, ...]:
    """The same episodes, each scene with everybody who is in it. Needs the whole show: a cue may be met later.

    `aliases` are further names of cues that authors vouch for, name -> cue. Those of one word are left out: `Hallam` is
    also a house and a family.
    """
    cues = tuple(cue_counts(episodes))
    forms = {
        **{words: cue for name, cue in aliases.items() if cue in cues and len(words := folded_words(name)) > 1},
        **name_forms(cues, introductions(episodes)),
    }
    uncased = tuple(cue for cue in cues if not has_case(cue) and len(cue) >= _UNCASED_CHARS_MIN)
    together = {cue: parts for cue in cues if (parts := _speaking_together(cue, cues))}
    return tuple(
        replace(
            episode,
            scenes=tuple(
                replace(scene, present=scene.present | _named(scene, forms, uncased) | _joined(scene, together))
                for scene in episode.scenes
            ),
        )
        for episode in episodes
    )


def name_forms(cues: Sequence[str], introduced: Set[tuple[str, ...]]) -> Forms:
    """What action may call each cue: the cue, the full name it is introduced with, and the first name of that.

    A form that could be two people's is nobody's, except that a cue always names itself.
    """
    own = {folded_words(cue): cue for cue in cues if has_case(cue)}
    full_names = {cue: [words] for words, cue in own.items()}
    for name in introduced:
        contained = {own[part] for part in _parts(name) if part in own}
        if len(contained) == 1:
            full_names[contained.pop()].append(name)
    claims: dict[tuple[str, ...], set[str]] = {}
    for cue, names in full_names.items():
        for name in names:
            first = next((word for word in name if word not in TITLES), name[0])
            claims.setdefault(name, set()).add(cue)
            claims.setdefault((first,), set()).add(cue)
    return {form: cues.pop() for form, cues in claims.items() if len(cues) == 1} | own


def _parts(name: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (name[start:end] for start in range(len(name)) for end in range(start + 1, len(name) + 1))


def _named(scene: Scene, forms: Forms, uncased: Sequence[str]) -> set[str]:
    named: set[str] = set()
    for line in scene.lines:
        if line.speaker is not None:
            continue
        seen = _READ_OUT.sub(" . ", line.text)
        named.update(cue for cue in uncased if cue in seen)
        named.update(cue for run in name_runs(seen) if (cue := _first_named(run, forms)) is not None)
    return named


def _first_named(run: Run, forms: Forms) -> str | None:
    """The one person a run of capitalised words names: `Coralie Fenn` is Coralie and nobody else."""
    if run.ampersand:
        return None
    words = run.folded
    for start in range(len(words)):
        for end in range(min(len(words), start + NAME_WORDS_MAX), start, -1):
            cue = forms.get(words[start:end])
            if cue is not None:
                return None if run.words[end - 1].possessive else cue
    return None


def _speaking_together(cue: str, cues: Sequence[str]) -> tuple[str, ...]:
    parts = tuple(part for part in _TOGETHER.split(cue) if part)
    return parts if len(parts) > 1 and all(part in cues for part in parts) else ()


def _joined(scene: Scene, together: Mapping[str, tuple[str, ...]]) -> set[str]:
    return {part for cue in scene.present for part in together.get(cue, ())}
