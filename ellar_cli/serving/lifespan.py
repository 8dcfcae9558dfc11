"""An application's start and end, whose mistakes are told as a person's own, not logged with the server's frames."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ellar_cli.application.mistakes import mistake
from ellar_cli.application.target import Target
from ellar_cli.errors import CliError
from ellar_cli.main import report
from ellar_cli.serving.tracebacks import begin_with_own_calls


@dataclass(frozen=True, slots=True)
class Failure:
    """What an application says of its start or end that has failed, and the exception, where it raised one."""

    message: Message
    error: BaseException | None

    def told(self, target: Target, *, traceback: bool = False) -> CliError:
        """Return what a person is told of it."""
        if self.error is None:
            return CliError(self.message.get("message") or "the application does not start")
        return mistake(self.error, target, traceback=traceback)


async def lived(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> Failure | None:
    """Run an application's lifespan. Return what it has failed with, which the server has not been told.

    Raises what an application raises that knows of no lifespan.
    """
    failed: list[Message] = []

    async def send_but_failures(message: Message) -> None:
        if message["type"] in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
            failed.append(message)
        else:
            await send(message)

    try:
        await app(scope, receive, send_but_failures)
    except BaseException as error:
        if not failed:
            raise
        return Failure(failed[0], error)
    return Failure(failed[0], None) if failed else None


class Told:
    """An application whose failing start or end is told on standard error, by its place and its line.

    `traceback` shows all frames, of these and of what fails later on.
    """

    def __init__(self, app: ASGIApp, target: Target, *, traceback: bool = False) -> None:
        self.app = app
        self._target = target
        self._traceback = traceback
        if not traceback:
            begin_with_own_calls()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
        elif failure := await lived(self.app, scope, receive, send):
            report(failure.told(self._target, traceback=self._traceback))
            await send({"type": failure.message["type"], "message": ""})
