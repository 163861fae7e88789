"""How much a text gives away: what it has in common with the withheld side of a canon, against the open side.

Pure. It is handed the whole show and may do nothing with it but refuse: a finding names a rule and never carries a
word, a number of an episode or an id of what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np

from memory.canon import Canon
from memory.horizon import knows, seen
from memory.lexical import LexicalIndex
from memory.ports import Vector
from memory.ranking import Floats, Mask, cosines
from memory.searching import CanonVectors
from memory.types import Viewpoint
from memory.words import tokenize

LATER_SCENE = "later_scene"
LATER_FACT = "later_fact"
NOT_KNOWN = "not_known"

SMOOTHING = 8.0
"""What a coverage is divided by beside the weight of the text, so that two rare words are no proof (in idf)."""
AGREEING = 3
"""One wording may be near by chance; three seldom are (docs/shield.md)."""
NOTHING_SEEN = -0.3
"""Stands for the nearest line when none has been seen: about the farthest that any line is."""
QUOTE_TERMS_MIN = 3
QUOTE_WEIGHT_MIN = 1.7
"""A shorter or more ordinary text is nobody's line in particular: its terms, and their summed rarity, in units of the
rarity of a term that no passage has."""
QUOTE_COVERED_MIN = 0.9
QUOTE_MARGIN_MIN = 0.2
"""A text is a quotation of a later scene when so much of its weight stands in one of its passages, and so much less of
it in any passage that has been seen."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a text stating a withheld fact. Cosines are of vectors without their language's mean.

    A fact is as near as its AGREEING nearest wordings are on average, its own text among them.
    """

    fact: float
    """The cosine of the nearest withheld fact's own text."""
    over_lines: float
    """How much nearer the nearest wording of a withheld fact is than any line of the script that has been seen."""
    prominence: float
    """How far the nearest withheld fact stands out among all facts, in standard deviations of their nearness."""
    excuse: float
    """How much nearer an open fact is than any withheld one; 0 when none is."""
    seen: float
    """The mean cosine of the AGREEING nearest lines that have been seen."""
    worded: float
    """The share of the text's words that a wording of a withheld fact has, weighted by rarity, beyond open ones."""
    open_share: float
    """The share of facts that are open: early on nearly every fact is withheld, and something always is the nearest."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Evidence as one number, for one embedder: a logistic regression over standardised evidence (bench/shield.py)."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    later_min: float
    """From this score on a text states a fact from beyond the horizon."""
    not_known_min: float
    """The same for a fact that the fan has seen and the character has not learnt."""

    def score(self, evidence: Evidence) -> float:
        """Log-odds that the text states what is withheld."""
        values = np.array(astuple(evidence))
        standard = (values - np.array(self.means)) / np.array(self.scales)
        return float(standard @ np.array(self.weights) + self.bias)

    def rule(self, later: Evidence | None, unknown: Evidence | None, *, less: float) -> str | None:
        """The rule that a text breaks by this evidence; both thresholds are lower by `less`."""
        if later is not None and self.score(later) >= self.later_min - less:
            return LATER_FACT
        if unknown is not None and self.score(unknown) >= self.not_known_min - less:
            return NOT_KNOWN
        return None


@dataclass(frozen=True, slots=True)
class Sides:
    """Which facts are withheld, by reason, and which are open; masks over the facts of a canon."""

    later: Mask
    unknown: Mask
    known: Mask


def sides(canon: Canon, viewpoint: Viewpoint) -> Sides:
    """The facts as they stand for this character in front of this fan.

    Nothing is `unknown` to somebody of whom the authors say nowhere what they know (a nurse, a registrar), and a false
    belief is not: whoever does not share it may well know better.
    """
    later = np.array([not seen(fact.from_episode, viewpoint.horizon) for fact in canon.facts], dtype=np.bool_)
    known = np.array([knows(fact, viewpoint) for fact in canon.facts], dtype=np.bool_)
    listed = any(viewpoint.character in fact.known_by for fact in canon.facts)
    secret = np.array([listed and fact.kind != "false_belief" for fact in canon.facts], dtype=np.bool_)
    return Sides(later, ~later & ~known & secret, known)


def quotes_later_scene(canon: Canon, viewpoint: Viewpoint, text: str) -> bool:
    """Whether the words of a text stand together beyond the horizon and not before: in a row, or nearly all of them."""
    if canon.quotations.later(text, viewpoint.horizon):
        return True
    weights = rarity(canon.lexical, text)
    total = sum(weights.values())
    rarest = float(np.log1p((canon.lexical.size + 0.5) / 0.5))
    if len(weights) < QUOTE_TERMS_MIN or total < QUOTE_WEIGHT_MIN * rarest:
        return False
    covered = coverage(canon.lexical, weights) / total
    open_side = watched(canon, viewpoint.horizon)
    later, before = _best(covered, ~open_side, 0.0), _best(covered, open_side, 0.0)
    return later >= QUOTE_COVERED_MIN and later - before >= QUOTE_MARGIN_MIN


def weigh(
    canon: Canon, vectors: CanonVectors, viewpoint: Viewpoint, text: str, vector: Vector, *, withheld: Mask, open_: Mask
) -> Evidence:
    """The evidence that `text` states one of the `withheld` facts (of which there is at least one), against the open.

    `vector` is of `text`; everything is compared with it by its dot product.
    """
    facts, wordings = cosines(vectors.facts, vector), cosines(vectors.wordings, vector)
    seen_cosines = cosines(vectors.lines, vector)[seen_lines(canon, viewpoint.horizon)]
    of_withheld = withheld[canon.wording_facts]
    near = nearness(canon, facts, wordings)
    nearest = _best(near, withheld, 0.0)
    weights = rarity(canon.wording_lexical, text)
    shared = coverage(canon.wording_lexical, weights) / (sum(weights.values()) + SMOOTHING)
    return Evidence(
        fact=_best(facts, withheld, 0.0),
        over_lines=_best(wordings, of_withheld, 0.0) - float(seen_cosines.max(initial=NOTHING_SEEN)),
        prominence=(nearest - float(near.mean())) / max(float(near.std()), 1e-6),
        excuse=max(0.0, _best(near, open_, nearest) - nearest),
        seen=float(_largest(seen_cosines).mean()) if seen_cosines.size else 0.0,
        worded=_best(shared, of_withheld, 0.0) - _best(shared, open_[canon.wording_facts], 0.0),
        open_share=float(open_.mean()),
    )


def nearness(canon: Canon, facts: Floats, wordings: Floats) -> Floats:
    """How near each fact is: the mean of the AGREEING largest cosines of its text and its wordings; shape (F,)."""
    columns = np.arange(len(wordings)) - np.searchsorted(canon.wording_facts, canon.wording_facts) + 1
    cosines = np.full((len(facts), int(columns.max(initial=0)) + 1), np.nan, dtype=np.float32)
    cosines[:, 0] = facts
    cosines[canon.wording_facts, columns] = wordings
    # Sorted, the places of facts with fewer wordings come last.
    return np.asarray(np.nanmean(-np.sort(-cosines, axis=1)[:, :AGREEING], axis=1), dtype=np.float32)


def _largest(values: Floats) -> Floats:
    return np.sort(values)[::-1][:AGREEING]


def watched(canon: Canon, horizon: int) -> Mask:
    """The passages within the horizon, whoever is in them."""
    return np.asarray((canon.episodes <= horizon) & (horizon >= 1), dtype=np.bool_)


def seen_lines(canon: Canon, horizon: int) -> Mask:
    """The lines within the horizon. Windows overlap, so a line of two passages is marked twice."""
    marks = np.zeros(len(canon.line_hashes), dtype=np.bool_)
    for first, last in canon.line_spans[watched(canon, horizon)]:
        marks[first:last] = True
    return marks


def rarity(index: LexicalIndex, text: str) -> dict[str, float]:
    """The terms of a text with their inverse document frequency (Lucene's form); unknown terms weigh most."""
    found: dict[str, float] = {}
    for term in tokenize(text):
        texts = len(index.postings[term][0]) if term in index.postings else 0
        found[term] = float(np.log1p((index.size - texts + 0.5) / (texts + 0.5)))
    return found


def coverage(index: LexicalIndex, weights: Mapping[str, float]) -> Floats:
    """The weight of a text's terms that each indexed text has; shape (texts,)."""
    covered = np.zeros(index.size, dtype=np.float32)
    for term, weight in weights.items():
        if term in index.postings:
            covered[index.postings[term][0]] += weight
    return covered


def _best(values: Floats, mask: Mask, floor: float) -> float:
    return float(values[mask].max()) if mask.any() else floor
