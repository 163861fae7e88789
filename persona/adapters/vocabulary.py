"""Counts tokens as a model itself does, by its own vocabulary: a Hugging Face tokenizer.json, or one of tiktoken's.

Both are read whole when they are opened, which may block: at the start of a program, never in a turn. What frames a
message is no text, and is not counted here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from persona.errors import UnknownVocabulary
from persona.tokens import CountTokens

TIKTOKEN = "tiktoken:"
TEXTS_KEPT = 4_096
"""A character's sheet and the last turns are counted anew in every turn; this keeps those of a few hundred talks."""


def open_vocabulary(name: str) -> CountTokens:
    """The counter of `tiktoken:ENCODING` or of a file's path. Raises UnknownVocabulary."""
    count = _tiktoken(name) if name.startswith(TIKTOKEN) else _file(Path(name))
    return lru_cache(maxsize=TEXTS_KEPT)(count)


def _tiktoken(name: str) -> Callable[[str], int]:
    import requests  # tiktoken fetches a vocabulary that it has not kept yet
    import tiktoken

    try:
        encoding = tiktoken.get_encoding(name.removeprefix(TIKTOKEN))
    except ValueError as unknown:
        raise UnknownVocabulary(name, "tiktoken knows no encoding of that name") from unknown
    except (requests.RequestException, OSError) as failure:
        raise UnknownVocabulary(name, f"tiktoken cannot fetch it ({type(failure).__name__})") from failure
    # What a fan writes may look like a control token; a model gets it as plain text, and so it is counted.
    return lambda text: len(encoding.encode_ordinary(text))


def _file(path: Path) -> Callable[[str], int]:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as failure:
        raise UnknownVocabulary(str(path), f"the file cannot be read ({type(failure).__name__})") from failure
    except Exception as failure:  # the library has no narrower class for a file that holds no tokenizer
        raise UnknownVocabulary(str(path), "the file is no tokenizer.json") from failure
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
