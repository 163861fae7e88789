"""The till's JSON, read field by field: what matters has to be there and of its type, the rest may be missing.

It knows types, ids and times, and nothing of what a field means. It must never guess a value, and what it refuses is
named by its field alone, never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from billing.errors import TillUnreadable

_Word = TypeVar("_Word", bound=str)
_SECONDS_MAX = 10**11
"""In the year 5138; what is beyond is no time in seconds."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object. Every method raises TillUnreadable(object, field) for what is not as it has to be."""

    kind: str
    """What it is, for the error."""
    values: Mapping[str, Any]

    @classmethod
    def of(cls, kind: str, value: object) -> Fields:
        """An object from whatever came."""
        if not isinstance(value, Mapping):
            raise TillUnreadable(kind, "object")
        return cls(kind, value)

    def text(self, name: str) -> str:
        """A string that is not empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise TillUnreadable(self.kind, name)
        return value

    def number(self, name: str) -> int:
        """An integer; true is none."""
        value = self.values.get(name)
        if type(value) is not int:
            raise TillUnreadable(self.kind, name)
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self.values.get(name)
        if not isinstance(value, bool):
            raise TillUnreadable(self.kind, name)
        return value

    def moment_ms(self, name: str) -> int:
        """A time, sent in seconds since the epoch."""
        seconds = self.number(name)
        if not 0 <= seconds <= _SECONDS_MAX:
            raise TillUnreadable(self.kind, name)
        return seconds * 1000

    def word(self, name: str, words: Sequence[_Word]) -> _Word:
        """One of these words: a word that is new to us could mean anything."""
        value = self.values.get(name)
        for word in words:
            if value == word:
                return word
        raise TillUnreadable(self.kind, name)

    def reference(self, name: str) -> str | None:
        """The id of another object, whether it came as an id or expanded; None where there is none."""
        value = self.values.get(name)
        if isinstance(value, Mapping):
            value = value.get("id")
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise TillUnreadable(self.kind, name)
        return value

    def inner(self, *names: str) -> Fields | None:
        """The object at the end of a path, where there is one."""
        value: object = self.values
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return Fields(self.kind, value) if isinstance(value, Mapping) else None

    def listed(self) -> tuple[Fields, ...]:
        """The objects of this list, which has to be one."""
        data = self.values.get("data")
        if not isinstance(data, list):
            raise TillUnreadable(self.kind, "data")
        return tuple(Fields.of(self.kind, row) for row in data)

    def rows(self, *names: str) -> tuple[Fields, ...]:
        """The objects of a list (`{"data": […]}`) at the end of a path; none where there is no list."""
        found = self.inner(*names)
        return found.listed() if found is not None else ()

    def note(self, key: str) -> str | None:
        """A value of the metadata; None where there is none."""
        metadata = self.inner("metadata")
        return metadata.reference(key) if metadata is not None else None
