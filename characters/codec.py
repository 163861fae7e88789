"""A release's content as JSON data and back, for storing it and for knowing whether two are the same.

Pure and lossless: `decode_x(encode_x(value)) == value`. The shapes are stored, so they change only together with
FORMAT and a migration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from characters.canon import Fact, Term
from characters.glossary import Glossary
from characters.script import Episode, FileRead, Line, ReadReport, Scene, Script, Unplaced

FORMAT = 1

Json = dict[str, Any]


def encode_script(script: Script) -> Json:
    """A script with its report; lines are arrays `[source_line, speaker, parenthetical, text]` to keep it small."""
    return {
        "format": FORMAT,
        "episodes": [
            {"number": episode.number, "title": episode.title, "scenes": [_scene(scene) for scene in episode.scenes]}
            for episode in script.episodes
        ],
        "report": _report(script.report),
    }


def _scene(scene: Scene) -> Json:
    return {
        "episode": scene.episode,
        "number": scene.number,
        "heading": scene.heading,
        "present": sorted(scene.present),
        "lines": [[line.source_line, line.speaker, line.parenthetical, line.text] for line in scene.lines],
    }


def _report(report: ReadReport) -> Json:
    files = [
        [file.source, file.format, list(file.episodes), [[what, count] for what, count in file.set_aside.items()]]
        for file in report.files
    ]
    return {
        "episodes": report.episodes,
        "scenes": report.scenes,
        "cues": [[cue, count] for cue, count in report.cues.items()],  # an array keeps the order
        "merged": [[cue, name] for cue, name in report.merged.items()],
        "unplaced": [[entry.source, entry.source_line, entry.text, entry.reason] for entry in report.unplaced],
        **({"files": files} if files else {}),  # releases from before files were told have none
    }


def decode_script(data: Json) -> Script:
    """The script that `encode_script` made `data` of."""
    return Script(
        episodes=tuple(
            Episode(episode["number"], episode["title"], tuple(_decoded_scene(scene) for scene in episode["scenes"]))
            for episode in data["episodes"]
        ),
        report=_decoded_report(data["report"]),
    )


def _decoded_scene(data: Json) -> Scene:
    return Scene(
        episode=data["episode"],
        number=data["number"],
        heading=data["heading"],
        lines=tuple(
            Line(text, source_line, speaker=speaker, parenthetical=parenthetical)
            for source_line, speaker, parenthetical, text in data["lines"]
        ),
        present=frozenset(data["present"]),
    )


def _decoded_report(data: Json) -> ReadReport:
    return ReadReport(
        episodes=data["episodes"],
        scenes=data["scenes"],
        cues={cue: count for cue, count in data["cues"]},
        merged={cue: name for cue, name in data["merged"]},
        unplaced=tuple(Unplaced(*entry) for entry in data["unplaced"]),
        files=tuple(
            FileRead(source, form, tuple(episodes), {what: count for what, count in aside})
            for source, form, episodes, aside in data.get("files", ())
        ),
    )


def encode_facts(facts: Iterable[Fact]) -> list[Json]:
    """One object for each fact; `known_by` is an array of pairs, in the author's order."""
    return [
        {
            "id": fact.id,
            "text": fact.text,
            "subject": fact.subject,
            "from_episode": fact.from_episode,
            "scene": fact.scene,
            "until_episode": fact.until_episode,
            "known_by": [[name, episode] for name, episode in fact.known_by.items()],
            "kind": fact.kind,
            **({"wordings": list(fact.wordings)} if fact.wordings else {}),  # a release without any keeps its hash
            **({"replaced_by": fact.replaced_by} if fact.replaced_by is not None else {}),  # older releases have none
        }
        for fact in facts
    ]


def decode_facts(data: Iterable[Json]) -> tuple[Fact, ...]:
    """The facts that `encode_facts` made `data` of."""
    return tuple(
        Fact(
            **{
                **entry,
                "known_by": {name: episode for name, episode in entry["known_by"]},
                "wordings": tuple(entry.get("wordings", ())),
            }
        )
        for entry in data
    )


def encode_terms(terms: Iterable[Term]) -> list[list[Any]]:
    """`[text, first_episode]` for each term."""
    return [[term.text, term.first_episode] for term in terms]


def decode_terms(data: Iterable[list[Any]]) -> tuple[Term, ...]:
    """The terms that `encode_terms` made `data` of."""
    return tuple(Term(text, first_episode) for text, first_episode in data)


def encode_glossary(glossary: Glossary) -> Json | None:
    """The glossary without what is at its default; None for an empty one."""
    return glossary.model_dump(mode="json", exclude_defaults=True) or None


def decode_glossary(data: Json | None) -> Glossary:
    """The glossary that `encode_glossary` made `data` of."""
    return Glossary.model_validate(data or {})


def content_hash(
    *,
    title: str,
    locale: str,
    script: Script,
    facts: Iterable[Fact],
    terms: Iterable[Term],
    glossary: Glossary | None = None,
) -> str:
    """SHA-256 (hex) over everything a release holds, in one canonical spelling.

    Of what was read, not of the files: a note that a writer changes makes no new release, nor does a file's name or
    format; a better reader does.
    """
    script = replace(script, report=replace(script.report, files=()))
    content = [title, locale, encode_script(script), encode_facts(facts), encode_terms(terms)]
    if glossary is not None and (rendered := encode_glossary(glossary)) is not None:
        content.append(rendered)  # a release without one keeps the hash it had before there were any
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
