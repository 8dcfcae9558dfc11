"""Waits in the prompt's thread for what runs in the application's."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

from anyio.from_thread import BlockingPortal


class Waiting:
    """Runs coroutines in the loop of the application, which goes on while a person types."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal

    def until(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return its result; Ctrl-C cancels it, and is raised when that has ended it."""
        tasks: list[asyncio.Task[Any] | None] = []
        ends: list[SystemExit] = []

        async def run() -> Any:
            tasks.append(asyncio.current_task())
            try:
                return await coroutine
            except SystemExit as end:  # of the prompt: it would be the loop's
                ends.append(end)

        future = self._portal.start_task_soon(run)
        try:
            result = future.result()
        except KeyboardInterrupt:
            for task in filter(None, tasks):
                self._portal.call(task.cancel)
            with suppress(CancelledError):
                return future.result()
            raise
        for end in ends:
            raise end
        return result
