"""Requests held against the SDK's own `stripe.params` types: names, nesting, types and closed sets of words.

A form knows only strings, so a checked parameter is also turned into what its type says. It must never let through what
the installed SDK does not declare, and it knows nothing of what the parameters mean.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

from tests.fakes.stripe_server.faults import StripeFault, wanting
from tests.fakes.stripe_server.forms import Form

_INTEGER = re.compile(r"-?\d{1,18}")


def checked(form: Mapping[str, Form], shape: Any) -> dict[str, Any]:
    """The typed parameters of a request; `shape` is a TypedDict of `stripe.params`. Raises StripeFault."""
    return _structure(form, shape, "")


@cache
def _hints(shape: Any) -> dict[str, Any]:
    """The parameter types of a TypedDict, without what the SDK keeps to itself (keys, retries, headers)."""
    options = RequestOptions.__annotations__ if RequestOptions in getattr(shape, "__orig_bases__", ()) else {}
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in options}
    holder = type("Holder", (), {"__annotations__": own})
    return get_type_hints(holder, globalns=vars(sys.modules[shape.__module__]))


def _structure(form: Mapping[str, Form], shape: Any, path: str) -> dict[str, Any]:
    hints = _hints(shape)
    for name in form:
        if name not in hints:
            unknown = _inside(path, name)
            raise StripeFault(f"Received unknown parameter: {unknown}", code="parameter_unknown", param=unknown)
    for name in hints:
        if name in shape.__required_keys__ and name not in form:
            raise wanting(_inside(path, name))
    return {name: _value(value, hints[name], _inside(path, name)) for name, value in form.items()}


def _value(value: Form, hint: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _one_of(value, hint, path)
    if origin is Literal:
        return _word(value, get_args(hint), path)
    if origin is list:
        return _list(value, get_args(hint)[0], path)
    if origin is dict:
        if isinstance(value, str):
            raise StripeFault("Invalid object", param=path)
        return {name: _scalar(inner, get_args(hint)[1], _inside(path, name)) for name, inner in value.items()}
    if is_typeddict(hint):
        if isinstance(value, str):
            raise StripeFault("Invalid object", param=path)
        return _structure(value, hint, path)
    return _scalar(value, hint, path)


def _one_of(value: Form, hint: Any, path: str) -> Any:
    """The first arm of a union that takes the value.

    `Literal["a", "b"] | str` is how the SDK leaves room for the words of later versions; the service of the SDK's own
    version refuses them, and so does the stand-in.
    """
    arms = [arm for arm in get_args(hint) if arm is not type(None)]
    words = [word for arm in arms if get_origin(arm) is Literal for word in get_args(arm)]
    if isinstance(value, str) and value in words:
        return value
    others = [arm for arm in arms if get_origin(arm) is not Literal]
    if any(words):
        others = [arm for arm in others if arm is not str]
    fitting = [arm for arm in others if _is_structure(arm) is not isinstance(value, str)]
    fault: StripeFault | None = None
    for arm in fitting:
        try:
            return _value(value, arm, path)
        except StripeFault as refused:
            fault = fault or refused
    if fault is not None and not any(words):
        raise fault
    if any(words):
        return _word(value, tuple(word for word in words if word), path)
    return _value(value, others[0], path)


def _is_structure(hint: Any) -> bool:
    return get_origin(hint) in (list, dict) or is_typeddict(hint)


def _word(value: Form, words: tuple[Any, ...], path: str) -> Any:
    if value in words:
        return value
    raise StripeFault(f"Invalid {path}: must be one of {', '.join(map(str, words))}", param=path)


def _list(value: Form, inner: Any, path: str) -> list[Any]:
    if isinstance(value, str) or not all(key.isdecimal() for key in value):
        raise StripeFault("Invalid array", param=path)
    ordered = sorted(value.items(), key=lambda item: int(item[0]))
    return [_value(one, inner, f"{path}[{number}]") for number, (_, one) in enumerate(ordered)]


def _scalar(value: Form, hint: Any, path: str) -> Any:
    if not isinstance(value, str):
        raise StripeFault(f"Invalid {hint.__name__}: an object was sent", param=path)
    if hint is bool:
        if value not in ("true", "false"):
            raise StripeFault(f"Invalid boolean: {value}", param=path)
        return value == "true"
    if hint is int:
        if not _INTEGER.fullmatch(value):
            raise StripeFault(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if hint in (Decimal, float):
        try:
            return hint(Decimal(value))
        except InvalidOperation:
            raise StripeFault(f"Invalid decimal: {value}", param=path) from None
    if value == "" and not path.startswith("metadata") and "[metadata]" not in path:
        message = (
            f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{path}' cannot be unset."
        )
        raise StripeFault(message, code="parameter_invalid_empty", param=path)
    return value


def _inside(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name
