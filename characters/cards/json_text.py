"""JSON from strangers: parsed only after a look at its size, depth and longest string, and written back the same.

What JSON leaves open is refused: a key given twice, a number that is none. Values come back as plain data; nothing in
them is interpreted.
"""

from __future__ import annotations

import json
import re
from typing import Any

from characters.cards.refusal import NotACard

JSON_BYTES_MAX = 16_000_000
STRING_BYTES_MAX = 4_000_000
DEPTH_MAX = 64
VALUES_MAX = 500_000

# A string is eaten whole, closed or not, so that no byte is looked at twice.
_TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)("?)|([\[{])|([\]}])|(,)', re.DOTALL)


def parse_json(content: bytes, where: str = "the file") -> Any:
    """One document as plain data. Raises NotACard, saying what is wrong and never quoting it."""
    if len(content) > JSON_BYTES_MAX:
        raise NotACard(where, f"it has more than {JSON_BYTES_MAX} bytes of JSON")
    _measure(content, where)
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_without_repeats,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise NotACard(where, "it is not UTF-8 text") from error
    except _Refused as error:
        raise NotACard(where, str(error)) from error
    except json.JSONDecodeError as error:
        raise NotACard(where, f"it is not JSON at line {error.lineno}") from error
    except ValueError as error:  # an integer of thousands of digits
        raise NotACard(where, "it has a number that cannot be read") from error


def json_bytes(value: Any) -> bytes:
    """The document as UTF-8. Half a surrogate pair, which UTF-8 cannot hold, is written as JSON escapes it."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


class _Refused(ValueError):
    """What the parser's hooks refuse; the text is the reason."""


def _measure(content: bytes, where: str) -> None:
    """Count before anything is built: one pass, no recursion."""
    depth, values = 0, 0
    for token in _TOKEN.finditer(content):
        if token.start(3) >= 0:
            depth += 1
            if depth > DEPTH_MAX:
                raise NotACard(where, f"it is nested more than {DEPTH_MAX} deep")
        elif token.start(4) >= 0:
            depth -= 1
        elif token.start(5) >= 0:
            values += 1
            if values > VALUES_MAX:
                raise NotACard(where, f"it has more than {VALUES_MAX} values")
        elif token.end(1) - token.start(1) > STRING_BYTES_MAX:
            raise NotACard(where, f"it has a string of more than {STRING_BYTES_MAX} bytes")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Refused("a key is given twice")
    return found


def _no_constant(name: str) -> float:
    raise _Refused("it has a number that is none")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Refused("it has a number that cannot be read")
    return number
