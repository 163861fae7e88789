"""The rules of `multi-stream-input`, without a socket: what a client sends in, what is answered out.

Pure. They are those of ElevenLabs' reference, “Multi-Context WebSocket”: a context begins with one space, its settings
stand in its first message, at most five are open, what is flushed or closed is spoken, a closed one ends with isFinal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.elevenlabs import sound

CONTEXTS_MAX = 5
FIELDS = frozenset(
    {
        "text",
        "voice_settings",
        "generation_config",
        "xi-api-key",
        "xi_api_key",
        "authorization",
        "flush",
        "pronunciation_dictionary_locators",
        "context_id",
        "contextId",
        "close_context",
        "close_socket",
    }
)
_FIRST_ONLY = frozenset({"voice_settings", "generation_config", "pronunciation_dictionary_locators"})


class Refused(Exception):
    """The client broke a rule: told as an error, and the socket is closed with 1008."""

    def __init__(self, error: str, told: str) -> None:
        super().__init__(error)
        self.message = {"message": told, "error": error, "code": 1008}


@dataclass
class Contexts:
    """The contexts of one socket, and what has been sent to them."""

    output_format: str
    aligned: bool = True
    _pending: dict[str, str] = field(default_factory=dict)

    def take(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """The answers to a message. Raises Refused."""
        if unknown := message.keys() - FIELDS:
            raise Refused("invalid_message", f"unknown field {min(unknown)}")
        if message.get("close_socket"):
            return [answer for context in tuple(self._pending) for answer in self._end(context)]
        context = str(message.get("context_id") or message.get("contextId") or "default")
        if message.get("close_context"):
            return self._end(context) if context in self._pending else []
        if context not in self._pending:
            return self._begin(context, message)
        if _FIRST_ONLY & message.keys():
            raise Refused("invalid_message", "settings may only stand in a context's first message")
        self._pending[context] += message.get("text") or ""
        return self._speak(context) if message.get("flush") else []

    def _begin(self, context: str, message: dict[str, Any]) -> list[dict[str, Any]]:
        if len(self._pending) >= CONTEXTS_MAX:
            raise Refused("max_active_contexts_exceeded", "too many contexts are open")
        if message.get("text") != " ":
            raise Refused("invalid_message", "a context begins with one space")
        self._pending[context] = ""
        return []

    def _speak(self, context: str) -> list[dict[str, Any]]:
        text, self._pending[context] = self._pending[context], ""
        return [
            sound.message(context, part, self.output_format, aligned=self.aligned)
            for part in sound.chunks(text)
            if part.strip()
        ]

    def _end(self, context: str) -> list[dict[str, Any]]:
        spoken = self._speak(context)
        del self._pending[context]
        return [*spoken, {"audio": None, "isFinal": True, "contextId": context}]
