"""Long work that a page began, and how far it is. Kept by this process: another one does not know of it.

A job is told by its show and what it does; the same is never done twice at once. What fails is told in one sentence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.logs import where
from gateway.staff.refusals import ACCIDENT, INTERNAL, sentence_of, status_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Job:
    """One piece of work. `total` is 0 while nobody knows it; `state` is running, done or failed."""

    title: str
    state: str = "running"
    done: int = 0
    total: int = 0
    said: str = ""
    link: str = ""

    def show(self, done: int, total: int) -> None:
        """Tell how far it is."""
        self.done, self.total = done, total


class Jobs:
    """The work that is done, and that was."""

    def __init__(self) -> None:
        self._jobs: dict[tuple[str, str], Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def get(self, show: str, kind: str) -> Job | None:
        """The newest of a kind, running or not."""
        return self._jobs.get((show, kind))

    def begin(self, show: str, kind: str, title: str, work: Callable[[Job], Awaitable[None]]) -> Job:
        """Do it; what runs already is gone on with instead."""
        running = self.get(show, kind)
        if running is not None and running.state == "running":
            return running
        job = self._jobs[show, kind] = Job(title)
        task = asyncio.create_task(_done(job, work), name=f"studio {kind}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def aclose(self) -> None:
        """End what runs: it can be begun again."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _done(job: Job, work: Callable[[Job], Awaitable[None]]) -> None:
    try:
        await work(job)
    except Exception as error:  # a job's boundary: whoever began it has had their answer long ago
        job.state, job.said = "failed", sentence_of(error)
        if status_of(error) == INTERNAL:
            job.said = ACCIDENT
            log.error("studio job: %s", where(error))
    else:
        job.state = "done"
