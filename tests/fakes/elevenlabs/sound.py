"""What the stand-in says: audio of a length that its alignment agrees with, in the formats that it serves.

Pure. An MP3 is frames of silence that a decoder takes; PCM is silence too.
"""

from __future__ import annotations

import base64
from typing import Any

CHAR_MS = 50
"""How long each character is heard, in ms."""
CHUNK_CHARS = 16
_MP3_FRAME = bytes.fromhex("fffb5064") + bytes(204)
"""MPEG-1 layer III, 64 kbit/s, 44.1 kHz, joint stereo: 208 bytes, 26 ms."""
_MP3_FRAME_MS = 1152 / 44.1


def audio(ms: int, output_format: str) -> bytes:
    """So many ms of audio. Raises ValueError for a format that is not served."""
    codec, _, rest = output_format.partition("_")
    if codec == "pcm":
        return bytes(2 * (int(rest) * ms // 1000))
    if output_format == "mp3_44100_64":
        return _MP3_FRAME * max(1, round(ms / _MP3_FRAME_MS))
    raise ValueError(output_format)


def alignment(text: str) -> dict[str, Any]:
    """When each character of a chunk is heard, counted from the chunk's begin."""
    return {
        "chars": list(text),
        "charStartTimesMs": [place * CHAR_MS for place in range(len(text))],
        "charDurationsMs": [CHAR_MS] * len(text),
    }


def chunks(text: str) -> list[str]:
    """A text as it is spoken, piece by piece."""
    return [text[begin : begin + CHUNK_CHARS] for begin in range(0, len(text), CHUNK_CHARS)]


def message(context: str, text: str, output_format: str, *, aligned: bool) -> dict[str, Any]:
    """One chunk as it goes over the socket."""
    timing = alignment(text) if aligned else None
    return {
        "audio": base64.b64encode(audio(len(text) * CHAR_MS, output_format)).decode(),
        "isFinal": None,
        "alignment": timing,
        "normalizedAlignment": timing,
        "contextId": context,
    }
