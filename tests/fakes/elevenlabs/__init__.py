"""A stand-in of ElevenLabs that speaks its protocols over real HTTP and real sockets, and misbehaves on demand."""

from tests.fakes.elevenlabs.server import KEY, VOICES, ElevenLabsServer, elevenlabs_server

__all__ = ["KEY", "VOICES", "ElevenLabsServer", "elevenlabs_server"]
