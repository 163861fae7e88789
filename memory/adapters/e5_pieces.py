"""Cutting text into the pieces that multilingual-e5-small knows: SentencePiece's unigram model.

The likeliest way to cut is found by Viterbi's algorithm: Kudo, "Subword Regularization" (2018), section 3.2. Only the
numbers of pieces leave this module, never a text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SPACE = "\u2581"
UNKNOWN_PENALTY = 10.0
IMPOSSIBLE = float("-inf")


class Pieces:
    """A vocabulary of pieces with their log probabilities."""

    def __init__(
        self, pieces: Sequence[str], scores: Sequence[float], unknown: int, replacements: Mapping[int, str]
    ) -> None:
        """`unknown`: the number that stands for what no piece covers; `replacements`: by codepoint, what is read."""
        self._number = {piece: number for number, piece in enumerate(pieces) if piece and number != unknown}
        self._scores, self._unknown, self._replacements = scores, unknown, replacements
        self._longest = max(map(len, self._number))
        self._unknown_score = min(scores) - UNKNOWN_PENALTY

    def cut(self, text: str) -> list[int]:
        """The numbers of the likeliest pieces, in order; at least one."""
        text = self._normalised(text)
        best = [0.0] + [IMPOSSIBLE] * len(text)
        piece, begin = [self._unknown] * (len(text) + 1), [0] * (len(text) + 1)
        for start in range(len(text)):
            base = best[start]
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                number = self._number.get(text[start:end])
                if number is not None and base + self._scores[number] > best[end]:
                    best[end], piece[end], begin[end] = base + self._scores[number], number, start
            if base + self._unknown_score > best[start + 1]:
                best[start + 1], piece[start + 1], begin[start + 1] = base + self._unknown_score, self._unknown, start
        found, end = list[int](), len(text)
        while end > 0:
            found.append(piece[end])
            end = begin[end]
        return found[::-1]

    def _normalised(self, text: str) -> str:
        """As the model was trained: characters replaced, one blank between words and before the first, as SPACE."""
        read = "".join(self._replacements.get(ord(character), character) for character in text)
        while "  " in read:
            read = read.replace("  ", " ")
        return (read if read.startswith(" ") else f" {read}").replace(" ", SPACE)
