"""Prices and promotions as an admin writes them down, in YAML or JSON, read into what the books know.

Unknown keys, repeated keys and values of another kind are refused, each with a sentence of its own: a misspelt cap must
never read as “no cap”. A value is never quoted, and whether a price is a sound one is not decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX
from billing.promotions import Promotion, PromotionKind, folded
from billing.types import Charge, PriceScope, PriceVersion, Rates
from characters.plain_yaml import NotPlainYaml, parse_yaml
from gateway.errors import InvalidFile
from gateway.moments import EXPECTED, first_ms

FILE_BYTES_MAX = 1_000_000
COUNT_MAX = 1_000_000_000
LOT_DAYS_MAX = 36_500


def _moment(value: object) -> int:
    if not isinstance(value, str | date | datetime):
        raise ValueError(EXPECTED)
    return first_ms(value)


_Name = Annotated[str, Field(min_length=1, max_length=KEY_LENGTH_MAX)]
_Part = Annotated[str, Field(max_length=KEY_LENGTH_MAX)]
_Moment = Annotated[int, BeforeValidator(_moment)]
_Count = Annotated[int, Field(ge=0, le=COUNT_MAX)]
_Bound = Annotated[int, Field(ge=1, le=COUNT_MAX)]
_LotDays = Annotated[int, Field(ge=1, le=LOT_DAYS_MAX)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Price(_Written):
    id: _Name
    author: _Name
    effective_from: _Moment
    text: _Count
    voice: _Count = 0
    show: _Part = ""
    character: _Part = ""
    mode: _Part = ""
    locale: _Part = ""
    region: _Part = ""
    text_per_1000_tokens: _Count = 0
    voice_per_100_chars: _Count = 0
    tokens_max: _Count = 0
    chars_max: _Count = 0
    voices: dict[_Name, _Count] = Field(default_factory=dict)
    protects_until: _Moment | None = None


class _Promotion(_Written):
    name: _Name
    kind: PromotionKind
    title: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]
    author: _Name
    approver: _Name
    starts: _Moment
    ends: _Moment | None = None
    credits: _Count = 0
    bonus_bps: _Count = 0
    lot_days: _LotDays | None = None
    redemptions_max: _Bound | None = None
    per_hour_max: _Bound | None = None
    per_source_day_max: _Bound | None = None


_Kind = TypeVar("_Kind", bound=_Written)


def load_price(path: Path) -> PriceVersion:
    """The draft of a price version; nobody has approved it yet. Raises InvalidFile."""
    written = _load(path, _Price)
    return PriceVersion(
        id=written.id,
        scope=PriceScope(written.show, written.character, written.mode, written.locale, written.region),
        amounts=Charge(written.text, written.voice),
        effective_from_ms=written.effective_from,
        author=written.author,
        approver="",
        rates=Rates(written.text_per_1000_tokens, written.voice_per_100_chars, written.tokens_max, written.chars_max),
        voices=tuple(sorted(written.voices.items())),
        protects_until_ms=written.protects_until,
    )


def load_promotion(path: Path) -> Promotion:
    """A promotion; its name is folded as codes are. Raises InvalidFile."""
    written = _load(path, _Promotion)
    return Promotion(
        name=folded(written.name),
        kind=written.kind,
        title=written.title,
        starts_at_ms=written.starts,
        author=written.author,
        approver=written.approver,
        credits=written.credits,
        bonus_bps=written.bonus_bps,
        lot_days=written.lot_days,
        ends_at_ms=written.ends,
        redemptions_max=written.redemptions_max,
        per_hour_max=written.per_hour_max,
        per_source_day_max=written.per_source_day_max,
    )


def _load(path: Path, kind: type[_Kind]) -> _Kind:
    data = _parsed(path)
    if not isinstance(data, Mapping):
        raise InvalidFile(path.name, (("the file", "it has to be keys with their values"),))
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise InvalidFile(path.name, _faults(error)) from error


def _parsed(path: Path) -> object:
    """The file as plain data: JSON when its name says so, else YAML."""
    try:
        with path.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
        if len(content) > FILE_BYTES_MAX:
            raise InvalidFile(path.name, (("the file", f"it is larger than {FILE_BYTES_MAX} bytes"),))
        text = content.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once) if path.suffix == ".json" else parse_yaml(text)
    except OSError as error:
        raise InvalidFile(path.name, (("the file", "it cannot be opened"),)) from error
    except json.JSONDecodeError as error:
        raise InvalidFile(path.name, ((f"line {error.lineno}", "it is not JSON"),)) from error
    except RecursionError as error:
        raise InvalidFile(path.name, (("the file", "it is nested too deeply"),)) from error
    except UnicodeDecodeError as error:
        raise InvalidFile(path.name, (("the file", "it is not UTF-8 text"),)) from error
    except NotPlainYaml as error:
        raise InvalidFile(path.name, ((error.where, error.reason),)) from error


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotPlainYaml("the file", "a key is given twice")
    return found


def _faults(error: ValidationError) -> tuple[tuple[str, str], ...]:
    found = error.errors(include_url=False, include_input=False)
    return tuple((".".join(str(part) for part in one["loc"]), _reason(one["type"], one["msg"])) for one in found)


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "it is missing"
    if kind == "extra_forbidden":
        return "there is no such key"
    if kind == "value_error":
        return f"it {message.removeprefix('Value error, ')}"
    return message[:1].lower() + message[1:].rstrip(".")
