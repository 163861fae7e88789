"""What a message is taken for before anybody answers it: danger, a sincere question, a goodbye.

Rules and what was fitted over labelled lines, on the vector that recall needs anyway. Where there is no vector the
rules decide alone: a message never waits for more than its embedding, and never fails for it.
"""

from __future__ import annotations

import logging

from gateway.logs import where
from memory.errors import EmbedderUnavailable
from memory.ports import Embedder
from memory.recalling import QUERY_CHARS_MAX
from persona.crisis import crisis_in
from persona.goodbye import is_farewell
from persona.humanity import asks_sincerely
from persona.hunches import Hunch, Hunches

QUESTION_MARKS = "?？"

log = logging.getLogger(__name__)


class Feelings:
    """Reads messages; `hunches` is None for an embedder that nothing was fitted for."""

    def __init__(self, embedder: Embedder, hunches: Hunches | None) -> None:
        self._embedder, self._hunches = embedder, hunches

    async def of(self, text: str) -> Hunch:
        """What a message is taken for."""
        ruled = by_rules(text)
        if self._hunches is None:
            return ruled
        try:
            vector = await self._embedder.query(text[:QUERY_CHARS_MAX])
        except EmbedderUnavailable as error:
            log.warning("a message was read by rules alone: %s", where(error))
            return ruled
        return self._hunches.of(vector, danger=ruled.danger, sincere=ruled.sincere, leaving=ruled.leaving)


def by_rules(text: str) -> Hunch:
    """What the rules alone say."""
    return Hunch(crisis_in(text), asks_sincerely(text), is_farewell(text))


def only_leaves(hunch: Hunch, text: str) -> bool:
    """Whether a fan says goodbye and asks for nothing more: what they want is to be let go."""
    return hunch.leaving and not any(mark in text for mark in QUESTION_MARKS)
