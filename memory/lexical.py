"""The lexical arm of recall: BM25 over passages or facts, with the gate inside the scoring.

Pure. Every statistic (how common a term is, how long texts are) is taken over the allowed texts only, so a score
never depends on, and never hints at, anything behind the gate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from memory.words import tokenize

K1 = 1.2
B = 0.75

Scores = NDArray[np.float32]
"""Shape (texts,), 0 for a text that is not allowed or shares no term with the query."""
Mask = NDArray[np.bool_]
"""Shape (texts,): which texts may be scored."""


@dataclass(frozen=True, slots=True)
class LexicalIndex:
    """Texts ready for BM25: per term, which texts hold it and how often; per text, its length in terms."""

    size: int
    lengths: NDArray[np.float32]
    postings: Mapping[str, tuple[NDArray[np.int32], NDArray[np.float32]]] = field(repr=False)

    def scores(self, query: Mapping[str, float], allowed: Mask) -> Scores:
        """BM25 of each allowed text for a weighted query (term -> weight).

        The formula is Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with
        Lucene's idf, which is never negative.
        """
        found = np.zeros(self.size, dtype=np.float32)
        texts = int(allowed.sum())
        if texts == 0:
            return found
        mean_length = max(float(self.lengths[allowed].mean()), 1.0)
        norms = K1 * (1.0 - B + B * self.lengths / mean_length)
        for term, weight in query.items():
            if term not in self.postings:
                continue
            rows, counts = self.postings[term]
            within = allowed[rows]
            rows, counts = rows[within], counts[within]
            idf = np.log1p((texts - len(rows) + 0.5) / (len(rows) + 0.5))
            found[rows] += weight * idf * counts * (K1 + 1.0) / (counts + norms[rows])
        return found


def build_index(texts: Sequence[str]) -> LexicalIndex:
    """Index texts; row `i` of every score is `texts[i]`."""
    return index_terms([Counter(tokenize(text)) for text in texts])


def index_terms(texts: Sequence[Mapping[str, float]]) -> LexicalIndex:
    """Index texts that are counted already (term -> how often, perhaps weighted)."""
    rows: dict[str, list[int]] = {}
    counts: dict[str, list[float]] = {}
    lengths = np.zeros(len(texts), dtype=np.float32)
    for row, terms in enumerate(texts):
        lengths[row] = sum(terms.values())
        for term, count in terms.items():
            rows.setdefault(term, []).append(row)
            counts.setdefault(term, []).append(count)
    postings = {
        term: (np.array(found, dtype=np.int32), np.array(counts[term], dtype=np.float32))
        for term, found in rows.items()
    }
    return LexicalIndex(len(texts), lengths, postings)
