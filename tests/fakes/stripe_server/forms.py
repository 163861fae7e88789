"""Stripe's form encoding (`line_items[0][price_data][currency]=eur`), read into nested mappings of strings.

It knows nothing of types: what is a list and what is a number is decided where the parameters are checked.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from tests.fakes.stripe_server.faults import StripeFault

Form = str | dict[str, "Form"]
"""A leaf as it was sent, or what was sent under a name; a list is a mapping with the keys 0, 1, 2…"""

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse(text: str) -> dict[str, Form]:
    """The parameters of a query or a body; a repeated leaf keeps its last value. Raises StripeFault."""
    found: dict[str, Form] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        matched = _NAME.fullmatch(name)
        if matched is None:
            raise StripeFault(f"Invalid parameter name: {name}", param=name)
        place = found
        parts = [matched[1], *_PART.findall(matched[2])]
        for part in parts[:-1]:
            inner = place.setdefault(part or str(len(place)), {})
            if isinstance(inner, str):
                raise StripeFault(f"Invalid object: {name}", param=name)
            place = inner
        place[parts[-1] or str(len(place))] = value
    return found
