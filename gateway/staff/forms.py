"""Forms as staff send them: that they come from our own page, and what is in them, within bounds.

Every form carries the token of its session, which no other page can know. Nothing of a form is read before who sends it
is known.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from gateway.staff.errors import FormInvalid, FormRefused

CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
FORM_BYTES_MAX = 640 << 10
READ_ANYWAY_BYTES_MAX = 1 << 20
"""So much is read and let go, for a browser takes no answer while it still writes; beyond it the door cuts it off."""
FILES_BYTES_MAX = 64 << 20
FIELDS_MAX = 4_000
TEXT_CHARS_MAX = 1 << 20
TOO_LARGE = 413
ELSEWHERE = frozenset(("cross-site", "same-site"))


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that came with a form: the last part of its name, and its bytes."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent. Texts are without blanks around them; what was not sent is empty."""

    fields: Mapping[str, tuple[str, ...]]
    files: tuple[SentFile, ...] = ()

    def text(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        values = self.fields.get(name, ())
        return values[-1].strip() if values else default

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value.strip() for value in self.fields.get(name, ()))

    def number(self, name: str, lowest: int, highest: int) -> int:
        """A whole number. Raises FormInvalid."""
        try:
            value = int(self.text(name))
        except ValueError as error:
            raise FormInvalid(f"“{name}” must be a whole number from {lowest} to {highest}.") from error
        if not lowest <= value <= highest:
            raise FormInvalid(f"“{name}” must be a whole number from {lowest} to {highest}.")
        return value

    def checked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))


def csrf_of(token: str) -> str:
    """The token that the forms of a session carry: made of the cookie's, and telling nothing of it."""
    return hmac.new(token.encode(), b"encore staff form", hashlib.sha256).hexdigest()


async def sent_form(request: Request, csrf: str, *, bytes_max: int = FORM_BYTES_MAX) -> Form:
    """Read a form that is ours. Raises FormRefused, FormInvalid."""
    if request.headers.get("sec-fetch-site", "") in ELSEWHERE:
        raise FormRefused
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > bytes_max:
        if length.isdigit() and int(length) <= READ_ANYWAY_BYTES_MAX:
            async for _ in request.stream():
                pass
        raise FormInvalid(f"This is more than {bytes_max >> 10} KB.", status=TOO_LARGE)
    form = await _read(request)
    shown = request.headers.get(CSRF_HEADER) or form.text(CSRF_FIELD)
    if not hmac.compare_digest(shown.encode("utf-8", "replace"), csrf.encode()):
        raise FormRefused
    return form


async def _read(request: Request) -> Form:
    fields: dict[str, tuple[str, ...]] = {}
    files: list[SentFile] = []
    try:
        async with request.form(max_files=500, max_fields=FIELDS_MAX, max_part_size=TEXT_CHARS_MAX) as sent:
            for name, value in sent.multi_items():
                if isinstance(value, UploadFile):
                    plain = (value.filename or "").replace("\\", "/").rsplit("/", 1)[-1][:200]
                    if plain:
                        files.append(SentFile(plain, await value.read()))
                else:
                    fields[name] = (*fields.get(name, ()), value.replace("\0", ""))
    except (MultiPartException, HTTPException, UnicodeDecodeError) as error:
        raise FormInvalid("This form cannot be read.") from error
    return Form(fields, tuple(files))
