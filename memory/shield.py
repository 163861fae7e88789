"""The shield: whether a text that is about to be said tells what the fan has not seen or the character cannot know.

It looks at the whole canon only to refuse. What it answers is the name of a rule; nothing else of what it saw may leave
it, not to a prompt, a log or an error.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from characters.release import ReleaseId
from memory.answers import restated, says_again
from memory.exposure import (
    LATER_SCENE,
    Calibration,
    Evidence,
    quotes_later_scene,
    sides,
    weigh,
)
from memory.metric import wording_metric
from memory.passages import content_hash
from memory.ports import Embedder, Vector, VectorStore
from memory.ranking import Mask
from memory.recalling import RELEASES_MAX, CanonMemory, OpenCanon
from memory.searching import CanonVectors, Matrix
from memory.types import Viewpoint
from memory.words import word_count

REFERENCE = Path(__file__).with_name("reference_sentences.yaml")
WORDS_MIN = 4
"""A shorter text (“Mind the step.”) states nothing that could be told from chance; names are the guard's business."""
TEXT_CHARS_MAX = 600
ASKED_CHARS_MAX = 300
AFFIRMED_LESS = 0.5
"""How much lower the threshold is for a yes to what was asked: somebody meant to ask just that (docs/shield.md)."""
DOUBTED_LESS = 1.0
"""How much lower the threshold is for what a fan reports: somebody has read it as giving something away."""
CLEARLY_LESS = 2.5
"""A text whose plain vector alone scores so much below the threshold is not looked at more closely (docs/shield.md)."""


@dataclass(frozen=True, slots=True)
class _Centred:
    """A canon whose vectors have lost what tells nothing: what all texts of a show, or of a language, share."""

    opened: OpenCanon
    vectors: CanonVectors
    metric: Matrix


class CanonShield:
    """Reviews texts against releases. One instance serves every conversation of a process.

    With an embedder that was never calibrated (bench/shield.py) only the words of later scenes are looked for.
    """

    def __init__(
        self, memory: CanonMemory, embedder: Embedder, vectors: VectorStore, calibration: Calibration | None
    ) -> None:
        """`calibration`: what evidence weighs with this embedder (memory/calibrations.py)."""
        self._memory, self._embedder, self._vectors = memory, embedder, vectors
        self._calibration = calibration
        self._languages: Matrix | None = None
        self._centred: OrderedDict[ReleaseId, _Centred] = OrderedDict()
        self._learning = asyncio.Lock()

    async def learn(self) -> None:
        """Embed the reference sentences, or fetch their vectors, so that no fan waits for it."""
        if self._calibration is not None:
            await self._means()

    async def review(
        self,
        release: ReleaseId,
        viewpoint: Viewpoint,
        name: str,
        text: str,
        *,
        asked: str = "",
        doubt: float = 1.0,
    ) -> str | None:
        """The rule that `text`, said by the character called `name`, breaks; None when it may be said.

        LATER_SCENE, LATER_FACT or NOT_KNOWN. `asked` is what the fan said: a yes to it says it again, as does
        a name that answers it. `doubt`: the share of the usual benefit of the doubt that is given, 0 to 1. Raises
        IndexUnavailable, EmbedderUnavailable.
        """
        text, less = text[-TEXT_CHARS_MAX:], (1.0 - doubt) * DOUBTED_LESS
        if asked and says_again(text, asked):
            text, less = restated(text, asked[-ASKED_CHARS_MAX:]), less + AFFIRMED_LESS
        opened = await self._memory.opened(release)
        if quotes_later_scene(opened.canon, viewpoint, text):
            return LATER_SCENE
        if self._calibration is None or not opened.canon.facts or word_count(text) < WORDS_MIN:
            return None
        side = await self._side(release)
        plain = await self._spoken(side.metric, text)
        found = await asyncio.to_thread(_evidence, side, viewpoint, text, plain)
        if self._calibration.rule(*found, less=less + CLEARLY_LESS) is None:
            return None
        return self._calibration.rule(*await self._closely(side, viewpoint, name, text, plain), less=less)

    async def evidence(
        self, release: ReleaseId, viewpoint: Viewpoint, name: str, text: str
    ) -> tuple[Evidence | None, Evidence | None]:
        """What speaks for later facts and for facts the character does not know; None where no fact is withheld so."""
        side = await self._side(release)
        return await self._closely(side, viewpoint, name, text, await self._spoken(side.metric, text))

    async def _closely(
        self, side: _Centred, viewpoint: Viewpoint, name: str, text: str, plain: Vector
    ) -> tuple[Evidence | None, Evidence | None]:
        """The evidence by the mean vector of a text and of the same with who says it: facts are told of somebody.

        The mean of two vectors of length 1 is the shorter the less they agree.
        """
        named = await self._spoken(side.metric, f"{name}: {text}")
        vector = np.asarray((plain + named) / 2, dtype=np.float32)
        return await asyncio.to_thread(_evidence, side, viewpoint, text, vector)

    async def _side(self, release: ReleaseId) -> _Centred:
        """A canon with its vectors as evidence needs them; made once for each opening of a release."""
        opened = await self._memory.opened(release)
        kept = self._centred.get(release)
        if kept is None or kept.opened is not opened:
            kept = await asyncio.to_thread(_centre, opened, await self._means())
            self._centred[release] = kept
        self._centred.move_to_end(release)
        while len(self._centred) > RELEASES_MAX:
            self._centred.popitem(last=False)
        return kept

    async def _spoken(self, metric: Matrix, text: str) -> Vector:
        """The vector of a text without the mean of its language, in the show's metric; of length 1."""
        (spoken,) = await self._embedder.passages([text])
        plain = _without_language(spoken[np.newaxis], await self._means())
        return np.asarray(_unit(plain @ metric)[0], dtype=np.float32)

    async def _means(self) -> Matrix:
        """Shape (languages, dims)."""
        async with self._learning:
            if self._languages is None:
                sentences = await asyncio.to_thread(reference_sentences)
                self._languages = np.stack([(await self._known(texts)).mean(axis=0) for texts in sentences.values()])
            return self._languages

    async def _known(self, texts: Sequence[str]) -> Matrix:
        keys = [content_hash(text) for text in texts]
        kept = dict(await self._vectors.get(self._embedder.model_id, keys))
        fresh = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in kept]
        if fresh:
            made = await self._embedder.passages([text for _, text in fresh])
            new = {key: vector for (key, _), vector in zip(fresh, made, strict=True)}
            await self._vectors.put(self._embedder.model_id, new)
            kept |= new
        return np.stack([kept[key] for key in keys])


def reference_sentences() -> Mapping[str, Sequence[str]]:
    """Language -> sentences of no show, which tell what a language adds to a vector."""
    loaded: Mapping[str, Sequence[str]] = yaml.safe_load(REFERENCE.read_text(encoding="utf-8"))
    return loaded


def _centre(opened: OpenCanon, languages: Matrix) -> _Centred:
    found = opened.vectors
    mean = np.vstack([found.lines, opened.passages, found.facts]).mean(axis=0)
    wordings = _without_language(found.wordings, languages) if len(found.wordings) else found.wordings
    metric = wording_metric(wordings, opened.canon.wording_facts)
    measured = (_unit(vectors @ metric) for vectors in (_unit(found.lines - mean), _unit(found.facts - mean), wordings))
    return _Centred(opened, CanonVectors(*measured), metric)


def _without_language(vectors: Matrix, languages: Matrix) -> Matrix:
    """Vectors of length 1 without the mean of the language that each is nearest to."""
    nearest = np.argmax(vectors @ _unit(languages).T, axis=1)
    return _unit(vectors - languages[nearest])


def _evidence(
    side: _Centred, viewpoint: Viewpoint, text: str, vector: Vector
) -> tuple[Evidence | None, Evidence | None]:
    canon, masks = side.opened.canon, sides(side.opened.canon, viewpoint)

    def against(withheld: Mask, open_facts: Mask) -> Evidence | None:
        if not withheld.any():
            return None
        return weigh(canon, side.vectors, viewpoint, text, vector, withheld=withheld, open_=open_facts)

    return against(masks.later, ~masks.later), against(masks.unknown, masks.known)


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
    return np.asarray(vectors / lengths, dtype=np.float32)
