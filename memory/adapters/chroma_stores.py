"""Opening Chroma: the embedded form in a folder of its own, or a server for more than one process.

Only one process may open the embedded form (three writers at once were seen to lose vectors), which a lock on its
folder ensures. Either is opened when it is first asked, and tried again when it could not be: nobody may have to
restart because it was away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.api.client import AdminClient, Client
from chromadb.api.fastapi import FastAPI
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError

from memory.errors import IndexInUse, IndexUnavailable

CONNECT_S = 2.0
ANSWER_S = 30.0
"""The longest that one answer of a server is waited for; the library itself would wait for ever."""
LOCK_NAME = "encore.lock"


class ChromaStore(Protocol):
    """A Chroma that is open, or will be."""

    def client(self) -> ClientAPI:
        """What it is asked through; may block. Raises IndexUnavailable and what the library raises."""
        ...

    def close(self) -> None:
        """Let go of files, connections and locks."""
        ...


class EmbeddedChroma:
    """The embedded form in a folder; whoever opens it keeps the folder's lock until `close`."""

    def __init__(self, path: Path, *, afresh: bool = False) -> None:
        """Nothing is opened yet. `afresh`: it will be without anything that the folder held, to the byte."""
        self._path, self._afresh = path, afresh
        self._opening = threading.Lock()
        self._opened: tuple[ClientAPI, int] | None = None

    def client(self) -> ClientAPI:
        """Open it, or make it, once. Raises IndexInUse while another process has it."""
        with self._opening:
            if self._opened is None:
                self._opened = self._open()
            return self._opened[0]

    def close(self) -> None:
        """Close its files; the folder may be opened by another process then."""
        with self._opening:
            if self._opened is not None:
                client, lock = self._opened
                self._opened = None
                _close(client)
                os.close(lock)

    def _open(self) -> tuple[ClientAPI, int]:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise IndexUnavailable("its folder cannot be written") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._afresh:
                _empty(self._path)
            return chromadb.PersistentClient(path=str(self._path), settings=_quiet()), lock
        except BlockingIOError as error:
            os.close(lock)
            raise IndexInUse from error
        except (ChromaError, ValueError, OSError) as error:
            # The library keeps what it could not open and would trip over it the next time.
            SharedSystemClient._identifier_to_system.pop(str(self._path), None)
            os.close(lock)
            raise IndexUnavailable("its files cannot be read") from error


class ChromaServer:
    """A server at `http://host:port` or `https://host:port`, perhaps not there yet."""

    def __init__(self, url: str, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> None:
        """Nothing is asked of it yet. `connect_s` and `answer_s`: how long it is waited for, in seconds."""
        self._url = url
        self._timeout = httpx.Timeout(answer_s, connect=connect_s)
        self._connect_s = connect_s
        self._connecting = threading.Lock()
        self._client: ClientAPI | None = None

    def client(self) -> ClientAPI:
        """Connect, once; a connection that broke is made again by the library when it is next used."""
        with self._connecting:
            if self._client is None:
                self._client = self._connected()
            return self._client

    def close(self) -> None:
        """Close the connections."""
        with self._connecting:
            if self._client is not None:
                _close(self._client)
                self._client = None

    def _connected(self) -> ClientAPI:
        # The library asks for its tenant while it is made, before anybody could tell it how long to wait for that.
        httpx.get(f"{self._url.rstrip('/')}/api/v2/heartbeat", timeout=self._connect_s).raise_for_status()
        parts = urlsplit(self._url)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        try:
            client = chromadb.HttpClient(host=parts.hostname or "localhost", port=port, ssl=secure, settings=_quiet())
        except ValueError as error:  # what it makes of a server that refuses or breaks off
            raise IndexUnavailable("its server does not answer") from error
        for session in _http_sessions(client):
            session.timeout = self._timeout
        return client


def _empty(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK_NAME:
            entry.unlink()


def _close(client: ClientAPI) -> None:
    sessions = _http_sessions(client)
    if isinstance(client, Client):  # always: the library only types its own functions more widely
        client.close()
    for session in sessions:
        session.close()


def _http_sessions(client: ClientAPI) -> list[httpx.Client]:
    """The connections to a server. The library neither closes them nor bounds how long an answer may take."""
    if not isinstance(client, Client):
        return []
    admin = client._admin_client
    servers = [client._server, *([admin._server] if isinstance(admin, AdminClient) else [])]
    return [server._session for server in servers if isinstance(server, FastAPI)]


def _quiet() -> Settings:
    return Settings(anonymized_telemetry=False)
