"""Turns that were really taken, as columns: what a price is tried on by the hundred thousand.

Pure. A batch holds what its turns were asked for, what they used, what they were charged, the money behind that and
what they cost us; never a word of them. Its rows come from the books, several for a turn that burned several lots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from billing.types import PriceScope
from billing.units import MICROS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Voice = bool | str

NEVER_MS = 2**62
"""When a conversation was opened of which that is not known: after every price, so that none protects it."""
INT_MAX = 2**63 - 1


class TrafficRow(NamedTuple):
    """One lot that a delivered turn burned, beside the turn itself.

    A turn that burned none has one row with 0 of 1 credit; what is not known is 0 or "".
    """

    turn: str
    fan: str
    joined_at_ms: int
    """When the fan's wallet was opened."""
    show: str
    character: str
    mode: str
    locale: str
    region: str
    voice: str
    voice_held: bool
    text_delivered: bool
    voice_delivered: bool
    tokens: int
    chars: int
    quoted_at_ms: int
    opened_at_ms: int
    waived: str
    text_charged: int
    voice_charged: int
    lot_credits: int
    lot_granted: int
    lot_paid_minor: int
    currency: str
    """That of the lot, and of the share earned by it."""
    share_micros: int
    model_micros: int
    model_currency: str
    speech_micros: int
    speech_currency: str


_SCOPE = ("show", "character", "mode", "locale", "region")
_OF_TURN = ("joined_at_ms", "tokens", "chars", "quoted_at_ms", "opened_at_ms", "text_charged", "voice_charged")
_OF_LOT = ("lot_credits", "lot_granted", "lot_paid_minor", "share_micros", "model_micros", "speech_micros")
_INTS = (*_OF_TURN, *_OF_LOT)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of some turns in one currency, in millionths of its minor unit: which turn of the batch, and how much."""

    turn: Ints
    micros: Ints


@dataclass(frozen=True, slots=True)
class TurnColumns:
    """A batch of turns, fans in ascending order; every array but those of money has one value for each turn."""

    fan: NDArray[np.object_]
    joined_at_ms: Ints
    scope: Ints
    scopes: tuple[PriceScope, ...]
    voice: Ints
    voices: tuple[Voice, ...]
    waived: Flags
    text: Flags
    spoken: Flags
    tokens: Ints
    chars: Ints
    quoted_at_ms: Ints
    opened_at_ms: Ints
    text_charged: Ints
    voice_charged: Ints
    paid: dict[str, Amounts]
    """By currency, what was paid for the credits that each turn burned."""
    shared: dict[str, Amounts]
    model: dict[str, Amounts]
    speech: dict[str, Amounts]

    @property
    def turns(self) -> int:
        return len(self.fan)

    @property
    def charged(self) -> Ints:
        return self.text_charged + self.voice_charged


def columns(rows: Sequence[Sequence[Any]]) -> TurnColumns:
    """The batch of some rows, each in the order of `TrafficRow`; the rows of a turn come together."""
    assert rows, "a batch has turns"
    read: dict[str, tuple[Any, ...]] = dict(zip(TrafficRow._fields, zip(*rows, strict=True), strict=True))
    turns = np.array(read["turn"], dtype=object)
    at = np.flatnonzero(np.concatenate((np.array([True]), turns[1:] != turns[:-1])))
    of_turn = np.repeat(np.arange(len(at)), np.diff(np.append(at, len(turns))))
    ints = {name: np.array(read[name], dtype=np.int64) for name in _INTS}
    scopes, scope = _coded(zip(*(read[part] for part in _SCOPE), strict=True))
    voices, voice = _coded(_voices(read))
    paid = scaled(ints["lot_paid_minor"], ints["lot_credits"] * MICROS, ints["lot_granted"])
    return TurnColumns(
        fan=np.array(read["fan"], dtype=object)[at],
        scope=scope[at],
        scopes=tuple(PriceScope(**dict(zip(_SCOPE, parts, strict=True))) for parts in scopes),
        voice=voice[at],
        voices=tuple(voices),
        waived=np.array([kind != "" for kind in read["waived"]], dtype=bool)[at],
        text=np.array(read["text_delivered"], dtype=bool)[at],
        spoken=np.array(read["voice_delivered"], dtype=bool)[at],
        **{name: ints[name][at] for name in _OF_TURN},
        paid=_amounts(read["currency"], of_turn, paid),
        shared=_amounts(read["currency"], of_turn, ints["share_micros"]),
        model=_amounts(read["model_currency"], of_turn, _once(ints["model_micros"], at)),
        speech=_amounts(read["speech_currency"], of_turn, _once(ints["speech_micros"], at)),
    )


def _voices(read: Mapping[str, tuple[Any, ...]]) -> Iterable[Voice]:
    # A voice that cost nothing has no hold of its own, but what was spoken tells of it.
    for name, was_held, was_delivered in zip(read["voice"], read["voice_held"], read["voice_delivered"], strict=True):
        yield name or bool(was_held or was_delivered)


def _coded(values: Iterable[Any]) -> tuple[list[Any], Ints]:
    """The different values in the order they came, and for each row which one it is."""
    known: dict[Any, int] = {}
    codes = [known.setdefault(value, len(known)) for value in values]
    return list(known), np.array(codes, dtype=np.int64)


def _once(values: Ints, at: Ints) -> Ints:
    """The values of the first row of each turn; nothing in those that repeat the turn."""
    kept = np.zeros_like(values)
    kept[at] = values[at]
    return kept


def _amounts(currencies: Sequence[str], of_turn: Ints, micros: Ints) -> dict[str, Amounts]:
    """The money by currency; rows without any are left out."""
    there = np.flatnonzero(micros)
    names, codes = _coded(currencies[place] for place in there.tolist())
    return {
        name: Amounts(of_turn[there[codes == code]], micros[there[codes == code]]) for code, name in enumerate(names)
    }


def scaled(amounts: Ints, by: Ints, over: Ints) -> Ints:
    """`amounts · by // over`, each exactly: where 64 bits might not do, in whole numbers without an end."""
    if not len(amounts):
        return amounts
    if int(np.abs(amounts).max()) * int(np.abs(by).max()) <= INT_MAX:
        return np.asarray(amounts * by // over, dtype=np.int64)
    exact = [a * b // o for a, b, o in zip(amounts.tolist(), by.tolist(), over.tolist(), strict=True)]
    return np.array(exact, dtype=np.int64)
