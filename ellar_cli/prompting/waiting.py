"""Waits in the prompt's thread for what runs in the application's."""

from collections.abc import Coroutine
from typing import Any

from anyio import CancelScope
from anyio.from_thread import BlockingPortal


class Waiting:
    """Runs coroutines in the loop of the application, which goes on while a person types."""

    def __init__(self, portal: BlockingPortal) -> None:
        self._portal = portal

    def until(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Return its result; Ctrl-C cancels it, and is raised when that has ended it."""
        scope = self._portal.call(CancelScope)

        async def run() -> Any:
            with scope:
                return await coroutine

        future = self._portal.start_task_soon(run)
        try:
            return future.result()
        except KeyboardInterrupt:
            self._portal.call(scope.cancel)
            result = future.result()
            if scope.cancelled_caught:
                raise
            return result
