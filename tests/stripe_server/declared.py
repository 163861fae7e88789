"""What the SDK's own classes declare of an object, held against what the stand-in sends."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_args

from stripe import StripeObject
from stripe._object_classes import get_object_class


def misfits(answer: Any, path: str = "") -> list[str]:
    """Fields that the SDK does not declare, and declared fields without which it does not expect an object."""
    return list(_misfits(answer, path))


def _misfits(answer: Any, path: str) -> Iterator[str]:
    if isinstance(answer, list):
        for one in answer:
            yield from _misfits(one, path)
    if not isinstance(answer, dict):
        return
    kind = answer.get("object")
    if isinstance(kind, str) and kind != "list" and not answer.get("deleted"):
        fields = _fields(get_object_class("V1", kind))
        assert fields, kind
        yield from (f"{path}{kind}.{name} is unknown" for name in answer if name not in fields)
        yield from (f"{path}{kind}.{name} is missing" for name, must in fields.items() if must and name not in answer)
    for name, value in answer.items():
        yield from _misfits(value, f"{path}{name}.")


def _fields(cls: type[Any]) -> dict[str, bool]:
    """The declared fields of a class, and whether they are always there and never null."""
    found: dict[str, bool] = {}
    for base in inspect.getmro(cls):
        if issubclass(base, StripeObject) and base is not StripeObject:
            own = inspect.get_annotations(base)
            found |= {name: type(None) not in get_args(hint) for name, hint in own.items() if not name.startswith("_")}
    found.pop("OBJECT_NAME", None)
    return found
