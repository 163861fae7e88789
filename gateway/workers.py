"""Several processes of one `encore serve` on one port: started, started again when they die, and ended together.

They share the listening socket and nothing else; what they have in common is in PostgreSQL, Redis and Chroma. The
process that begins them serves nobody and never leaves one behind: each drains when the pipe to it breaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable

from gateway.bootstrap import forget_measures, share_measures
from gateway.errors import InvalidSetting
from gateway.folder import owned
from gateway.logs import set_up_logging
from gateway.running import check_apps, opened_beside, serve_gateway
from gateway.serving import address_of, listen
from gateway.settings import Settings

AGAIN_S = 1.0
"""How long after its end a worker is started again: one that cannot live does not take the machine with it."""
READY = b"ready\n"
ENCORE = ("-c", "from gateway.cli.entry import main; main()")

log = logging.getLogger(__name__)


def check_shareable(settings: Settings) -> None:
    """Raise InvalidSetting for an installation that more than one process may not serve."""
    if settings.embedded_database:
        reason = "several workers need a PostgreSQL, which it does not name; a SQLite file has one server"
        raise InvalidSetting("ENCORE_DATABASE_URL", reason)
    if not settings.chroma_url:
        reason = "several workers need a Chroma server, which it does not name; an embedded index has one process"
        raise InvalidSetting("ENCORE_CHROMA_URL", reason)


async def run_workers(
    settings: Settings, host: str, port: int, workers: int, *, announce: Callable[[str], None]
) -> int:
    """Serve with so many processes until SIGTERM or SIGINT; returns the exit status.

    `announce` is called with the address once all serve. Raises InvalidSetting, PortInUse, AddressUnusable and
    DataFolderInUse; what else keeps a worker from starting it says itself, and its status is returned.
    """
    check_apps(settings)
    check_shareable(settings)
    set_up_logging(as_json=settings.json_logs)
    with listen(host, port) as listening, owned(settings.data_dir):
        share_measures(settings)
        crew = _Crew(listening, workers, lambda pid: forget_measures(settings, pid))
        return await crew.run(lambda: announce(address_of(listening)))


async def run_worker(settings: Settings, descriptor: int) -> None:
    """Be one of them: serve on the socket with this descriptor until SIGTERM, or until who began it has ended."""
    with socket.socket(fileno=descriptor) as listening:
        async with opened_beside(settings) as (_, gateway):
            asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _left_alone)
            await serve_gateway(gateway, settings, listening, announce=lambda _: _say_ready())


def _left_alone() -> None:
    if not os.read(sys.stdin.fileno(), 1):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        signal.raise_signal(signal.SIGTERM)


def _say_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()


class _Crew:
    """The workers, and what is done about their ends."""

    def __init__(self, listening: socket.socket, size: int, forget: Callable[[int], None]) -> None:
        """`forget` is called with the number of each that has ended."""
        self._listening, self._size, self._forget = listening, size, forget
        self._running: set[asyncio.subprocess.Process] = set()
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> int:
        """See run_workers. The first is waited for: it brings the database up to date, and says what is wrong."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        try:
            first = await self._start()
            if first is None:
                return 0
            if await _became_ready(first):
                others = await asyncio.gather(*(self._start() for _ in range(self._size - 1)))
                crew = [first, *(other for other in others if other is not None)]
                if all(await asyncio.gather(*(_became_ready(worker) for worker in crew[1:]))):
                    ready()
                return max(await asyncio.gather(*(self._keep(worker) for worker in crew)))
            return await first.wait()
        finally:
            self._stop()
            await asyncio.gather(*(worker.wait() for worker in self._running))
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)

    def _stop(self) -> None:
        """Tell all to drain; a second signal ends their drains, as it does for one process."""
        self._stopping.set()
        for worker in self._running:
            if worker.returncode is None:
                worker.terminate()

    async def _start(self) -> asyncio.subprocess.Process | None:
        """A new worker; None when all are to end."""
        if self._stopping.is_set():
            return None
        descriptor = self._listening.fileno()
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            *ENCORE,
            "serve",
            "--inherited",
            str(descriptor),
            pass_fds=(descriptor,),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # a key pressed at a terminal reaches this process, which tells them once
        )
        self._running.add(worker)
        if self._stopping.is_set():  # it was told while this one was on its way
            worker.terminate()
        return worker

    async def _keep(self, worker: asyncio.subprocess.Process) -> int:
        """See that there is a worker in this place until all are to end; returns how the last one ended."""
        current: asyncio.subprocess.Process | None = worker
        status = 0
        while current is not None:
            status = await current.wait()
            self._running.discard(current)
            self._forget(current.pid)
            if not self._stopping.is_set():
                log.error("a worker ended with status %d and is started again", status)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), AGAIN_S)
            current = await self._start()
        # One that was told before it served had nothing to drain, and no handler yet.
        return 0 if status == -signal.SIGTERM else abs(status)


async def _became_ready(worker: asyncio.subprocess.Process) -> bool:
    assert worker.stdout is not None
    return await worker.stdout.readline() == READY
