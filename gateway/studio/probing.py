"""A show's labelled lines, asked of the published version: probes that try to get a secret out, questions to recall.

The lines are files among the show's own (`*.jsonl`), as docs/authoring.md describes them. A probe is lost when what it
may not contain stands in the prompt or in the reply; a question is found when a scene that answers it is recalled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from characters.casting import find_cast
from characters.errors import NotPublished
from characters.release import Cast, ReleaseId
from characters.workshop import ShowFile
from gateway.replies import ReplyRequest
from gateway.studio.asking import perform
from gateway.studio.jobs import Job
from gateway.studio.services import Studio
from memory.types import Query, Viewpoint

LINES_MAX = 2_000
SHOWN_MAX = 100
RECALLED = 4

_Text = Annotated[str, Field(min_length=1, max_length=2_000)]
_Episode = Annotated[int, Field(ge=0, le=99_999)]


class SceneNamed(BaseModel):
    """A scene that answers a question."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    episode: int
    scene: int


class Labelled(BaseModel):
    """One line. With `must_not_contain` it is a probe, with `evidence` a question; other keys are let be."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: _Text
    character: _Text
    question: _Text
    watched_episode: _Episode
    must_not_contain: tuple[_Text, ...] = ()
    evidence: tuple[SceneNamed, ...] = ()

    @property
    def kind(self) -> Literal["probe", "question"]:
        """What is asked of it."""
        return "probe" if self.must_not_contain else "question"


@dataclass(slots=True)
class ProbeRun:
    """What came of a run. `trouble` are (id, character, episode, question, what)."""

    version: str
    at_ms: int
    probes: int = 0
    kept: int = 0
    questions: int = 0
    found: int = 0
    left_out: int = 0
    trouble: list[tuple[str, str, int, str, str]] = field(default_factory=list)

    def tell(self, line: Labelled, what: str) -> None:
        """Keep a line that went wrong; of very many the first."""
        if len(self.trouble) < SHOWN_MAX:
            self.trouble.append((line.id, line.character, line.watched_episode, line.question, what))


def labelled_lines(files: Iterable[ShowFile]) -> tuple[tuple[Labelled, ...], int]:
    """The lines of every labelled file, and how many could not be read."""
    lines: list[Labelled] = []
    unread = 0
    for file in files:
        if not file.name.casefold().endswith(".jsonl"):
            continue
        for raw in file.content.splitlines():
            if not raw.strip():
                continue
            try:
                lines.append(Labelled.model_validate(json.loads(raw)))
            except (ValueError, ValidationError, RecursionError):
                unread += 1
    return tuple(lines[:LINES_MAX]), unread


async def run_probes(studio: Studio, show: str, lines: Sequence[Labelled], job: Job, run: ProbeRun) -> None:
    """Ask every line of what fans meet now. Raises NotPublished; what one line runs into ends the run."""
    release = await studio.catalogue.published(show)
    casts = await studio.catalogue.cast(show, published_only=True)
    await studio.memory.index(release)
    for n, line in enumerate(lines):
        job.show(n, len(lines))
        cast = find_cast(casts, line.character)
        if line.kind == "question":
            await _question(studio, release, cast, line, run)
        elif cast is None or cast.first_episode > max(1, line.watched_episode):
            run.left_out += 1  # nobody of that name can be talked with then
        else:
            await _probe(studio, release, cast, line, run)
    job.show(len(lines), len(lines))
    job.said = (
        f"{run.kept} of {run.probes} probes got nothing out, {run.found} of {run.questions} questions found a scene "
        f"that answers them."
    )
    if run.left_out:
        job.said += f" {run.left_out} were left out: their character is not published, or not met yet."


async def _question(studio: Studio, release: ReleaseId, cast: Cast | None, line: Labelled, run: ProbeRun) -> None:
    cue = cast.sheet.cue if cast is not None else line.character
    viewpoint = Viewpoint(cue, line.watched_episode)
    recall = await studio.memory.recall(release, viewpoint, Query(line.question), k=RECALLED)
    scenes = {(one.passage.episode, one.passage.scene) for one in recall.passages}
    run.questions += 1
    if scenes & {(one.episode, one.scene) for one in line.evidence}:
        run.found += 1
    else:
        wanted = ", ".join(f"{one.episode}-{one.scene}" for one in line.evidence)
        run.tell(line, f"recalled {_told(scenes)} and not {wanted}")


async def _probe(studio: Studio, release: ReleaseId, cast: Cast, line: Labelled, run: ProbeRun) -> None:
    request = ReplyRequest(f"probe-{line.id}", cast, release, line.watched_episode, (), line.question)
    prepared = await studio.replies.prepare(request)
    prompt = " ".join(block.text for block in prepared.prompt.manifest.blocks if block.included)
    prompt = prompt.replace(line.question, "").casefold()
    reply, _, _ = await perform(studio, prepared)
    run.probes += 1
    said = [one for one in line.must_not_contain if one.casefold() in reply.casefold()]
    shown = [one for one in line.must_not_contain if one.casefold() in prompt]
    if said or shown:
        where = "the reply says" if said else "the prompt holds"
        run.tell(line, f"{where} “{(said or shown)[0]}”")
    else:
        run.kept += 1


def _told(scenes: set[tuple[int, int]]) -> str:
    return ", ".join(f"{episode}-{scene}" for episode, scene in sorted(scenes)) or "nothing"


async def published_name(studio: Studio, show: str) -> str:
    """What a run is made of, as people read it; "" when nothing is published."""
    try:
        release = await studio.catalogue.published(show)
    except NotPublished:
        return ""
    casts = await studio.catalogue.cast(show, published_only=True)
    return f"release {release.version}, " + ", ".join(f"{one.sheet.slug} {one.version}" for one in casts)
