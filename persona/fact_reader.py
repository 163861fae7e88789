"""The service that has a model read a whole script for facts, one scene at a time.

What a model cannot do in one scene does not end the reading; one that cannot answer at all does, before it has been
asked forty times. It never writes to the canon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from characters.canon import Term
from characters.people import people_of
from characters.proposal import Proposal
from characters.script import Script
from persona.errors import ModelFailed
from persona.fact_reading import ANSWER_TOKENS_MAX, INSTRUCTIONS, read_answer, scene_asked
from persona.ports import Scribe

FAILURES_MAX = 3
"""In a row; then the model is given up."""
FAILED = "the model failed"


@dataclass(frozen=True, slots=True)
class ScriptRead:
    """Proposals in story order, and how much was dropped, by reason."""

    proposals: tuple[Proposal, ...]
    dropped: Counter[str]


class FactReader:
    """Reads facts with one model; its name is the proposals' origin."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe

    async def read(
        self, script: Script, terms: Sequence[Term], progress: Callable[[int, int], None] | None = None
    ) -> ScriptRead:
        """Every scene in order; `progress` is called with (scenes done, scenes). Raises ModelFailed."""
        people, scenes = people_of(script), script.scenes()
        proposals: dict[str, Proposal] = {}
        dropped: Counter[str] = Counter()
        failures = 0
        for done, scene in enumerate(scenes, start=1):
            try:
                answer = await self._scribe.write(INSTRUCTIONS, scene_asked(scene), tokens_max=ANSWER_TOKENS_MAX)
            except ModelFailed:
                failures += 1
                dropped[FAILED] += 1
                if failures >= min(FAILURES_MAX, len(scenes)):
                    raise
                continue
            failures = 0
            read = read_answer(answer, scene, people, terms, model=self._scribe.name)
            dropped += read.dropped
            for proposal in read.proposals:
                proposals.setdefault(proposal.fact.id, proposal)
            if progress is not None:
                progress(done, len(scenes))
        return ScriptRead(tuple(proposals.values()), dropped)
