"""What a character may be used for: text, voice and likeness are separate rights, each with a record of its own.

No record means no right. A record is never changed except to end it, so that who could do what, and when, can
always be told.
"""

from __future__ import annotations

from typing import Literal, get_args

RightUse = Literal["text", "voice", "likeness"]
RIGHT_USES: tuple[RightUse, ...] = get_args(RightUse)

EVERYBODY = "*"
"""Instead of a character's slug: the right covers every character of the show."""
