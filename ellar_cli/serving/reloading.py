"""The application in the process that uvicorn's reloader starts, anew after each change."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from socket import socket
from typing import Any

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn._subprocess import get_subprocess
from uvicorn.supervisors.basereload import BaseReload
from watchfiles import DefaultFilter, watch

from ellar.app import App
from ellar_cli.application.loading import loaded
from ellar_cli.errors import CliError
from ellar_cli.main import report
from ellar_cli.output import warn
from ellar_cli.serving import broken
from ellar_cli.serving.config import ServerConfig
from ellar_cli.serving.interrupts import interrupts_wait
from ellar_cli.serving.lifespan import lived
from ellar_cli.serving.live_reload import LiveReload, Watched, is_anothers
from ellar_cli.serving.options import OfEnvFile
from ellar_cli.serving.processes import ended_by
from ellar_cli.serving.server import NothingObvious, Server, stop_seconds
from ellar_cli.serving.tracebacks import begin_with_own_calls

# How often to look whether the process still runs.
_LOOK_MILLISECONDS = 500
# A process ends itself before, but for one that heeds no signals.
_GRACE_SECONDS = 0.5
# Files that a line names: a command may have written more.
_MOST_NAMES = 3
_OF_CODE = (".py", ".pyx", ".pyd", "pyproject.toml")
# What an application may miss to start, besides code.
_OF_PAGES = {".css", ".htm", ".html", ".j2", ".jinja", ".jinja2", ".js"}
_FOLDERS_OF_PAGES = {"static", "templates"}


class Reloader(BaseReload):
    """Serves in a process of its own, which is started anew when Python or a setting below a folder changes.

    Where the application does not start, a template or a static file may be what it waits for.
    """

    _waits_since: int | None

    def __init__(
        self, wanted: "Reloaded", options: dict[str, Any], bound: socket, folder: Path, asked: OfEnvFile
    ) -> None:
        self._wanted = wanted
        self._options = options
        config = self._config()
        super().__init__(config, Server(config).run, [bound])
        self.reloader_name = "watchfiles"
        self._folder = folder
        self._asked = asked
        self._env_file = _state(asked.path)
        self._substitute: SpawnProcess | None = None
        self._changes = watch(
            folder,
            watch_filter=DefaultFilter(),
            stop_event=self.should_exit,
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )

    def run(self) -> None:
        """Serve until Ctrl-C. Raises CliError where the folder is gone."""
        try:
            self.startup()
            for changed in self:
                if changed:
                    self._tell_changes(changed)
                    self.restart()
            self.shutdown()
        except BaseException:
            self.shutdown()  # Python would wait for the process, which goes on
            raise

    def _tell_changes(self, changed: list[Path]) -> None:
        logging.getLogger("uvicorn.error").warning("Reloading: %s changed", named(changed, self._folder))
        if any(path == self._asked.path for path in changed):
            self._tell_what_stays()

    def _tell_what_stays(self) -> None:
        """Say which options are others in `.env` now: the server goes on as it was started, at its address."""
        names: list[str] = []
        with suppress(CliError):  # the application says so
            names = self._asked.changed()
        if names:
            changed = f"changed in {self._asked.path.name}: {', '.join(names)}"
            warn(f"{changed}; the server stays as it was started until runserver is typed again")

    def should_restart(self) -> list[Path] | None:
        """Wait a moment for changes, and return the files; let no request wait for a process that has ended."""
        changed = self._changed()
        if not self._folder.is_dir():
            raise CliError(f"{self._folder} is not there any more")
        if not changed and self.process.exitcode is not None and self.process is not self._substitute:
            self._substitute_for(self.process.exitcode)
        return changed

    def _changed(self) -> list[Path]:
        """Return the files that the process is to be started anew for."""
        seen = {Path(path) for _, path in next(self._changes)}
        changed = {path for path in seen if path.name.endswith(_OF_CODE)}
        if (state := _state(self._asked.path)) != self._env_file:
            self._env_file = state
            changed.add(self._asked.path)
        if self._waits_since is None and self._waits.poll():
            self._waits_since = self._waits.recv()
        if self._waits_since is not None:
            # What it has written itself, before it failed, is no reason to try again.
            changed |= {path for path in seen if self._is_of_pages(path) and _changed_at(path) > self._waits_since}
        return sorted(changed)

    def _is_of_pages(self, path: Path) -> bool:
        inside = path.relative_to(self._folder) if path.is_relative_to(self._folder) else path
        return path.suffix in _OF_PAGES or path.is_dir() or not _FOLDERS_OF_PAGES.isdisjoint(inside.parts)

    def _config(self, ended: str | None = None) -> ServerConfig:
        """Return the config of a process, which will tell when it waits for a change."""
        self._waits, self._told = Pipe(duplex=False)
        self._waits_since = None
        return ServerConfig(replace(self._wanted, ended=ended, waits=self._told), self._options)

    def startup(self) -> None:
        """Start the first process."""
        with interrupts_wait():
            super().startup()

    def restart(self) -> None:
        """End the process, and start the next one."""
        with interrupts_wait(), self._ended_in_time():
            self.config = self._config()
            self.target = Server(self.config).run
            super().restart()

    def shutdown(self) -> None:
        """End the process."""
        with self._ended_in_time():
            super().shutdown()

    @contextmanager
    def _ended_in_time(self) -> Iterator[None]:
        """Kill a process that does not end when it is told to: uvicorn waits for it, deaf to Ctrl-C."""
        killing = threading.Timer(stop_seconds(self.config) + _GRACE_SECONDS, self.process.kill)
        killing.daemon = True
        killing.start()
        yield
        killing.cancel()

    def _substitute_for(self, code: int) -> None:
        """Start a process that answers in place of one that has ended by itself."""
        ended = f"the application's process has ended, {ended_by(code)}"
        warn(f"{ended}; waiting for a file to change")
        config = self._config(ended)
        self.process = self._substitute = get_subprocess(config, Server(config).run, self.sockets)
        with interrupts_wait():
            self.process.start()


def _state(file: Path) -> tuple[int, int, int] | None:
    """Return what is another one when a file has been written: it may be anywhere, among files of others."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _changed_at(path: Path) -> int:
    """Return the nanosecond at which something was last written, or moved; 0 where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return max(found.st_mtime_ns, found.st_ctime_ns)


def named(files: list[Path], folder: Path) -> str:
    """Return the names of files below a folder, the first of them where there are many."""
    names = [str(path.relative_to(folder) if path.is_relative_to(folder) else path) for path in files]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"{', '.join(names[:_MOST_NAMES])}{more}"


@dataclass(frozen=True)
class Reloaded:
    """What to load, as it is handed to the new process: the application `app`, or that of the project around `start`.

    Called there, it makes what is served. Where the process before has `ended` by itself, that is told instead.
    Through `waits` goes the time, in nanoseconds, since when a mistake waits to be mended.
    """

    start: Path
    app: str | None = None
    traceback: bool = False
    ended: str | None = None
    waits: Connection | None = None

    def __call__(self) -> ASGIApp:
        """Return the application with its pages reloading, or what tells its mistake until a file changes."""
        for name in ("uvicorn.access", "uvicorn.error"):
            logging.getLogger(name).addFilter(is_anothers)
        logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it counts the files of live reload
        # It says how many routes there are, as this tool does.
        logging.getLogger("ellar.app").addFilter(NothingObvious())
        if not self.traceback:
            begin_with_own_calls()
        application = Reloading(self)
        return LiveReload(application, application.watched)


class Reloading:
    """The application; where it does not start, its mistake."""

    def __init__(self, wanted: Reloaded) -> None:
        self._wanted = wanted
        self.watched = Watched()
        if wanted.ended:
            self._tell_instead(wanted.ended)
            return
        try:
            self._target, self.app = loaded(wanted.start, wanted.app, traceback=wanted.traceback)
            self.watched.folders = list(_folders(self.app))
        except CliError as error:
            self._tell(error)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or with its mistake."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self.watched.mistake is None:
            await self.app(scope, receive, send)
        else:
            await broken.answer(self.watched.mistake, scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and end, also without an application: the server would end, and requests would wait for it."""
        if self.watched.mistake is None:
            failure = await lived(self.app, scope, receive, send)
            if failure is None:
                return
            error = failure.told(self._target, traceback=self._wanted.traceback)
            if failure.message["type"] == "lifespan.shutdown.failed":
                report(error)
                await send({"type": "lifespan.shutdown.complete"})
                return
            self._tell(error)
        else:
            await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def _tell(self, error: CliError) -> None:
        report(CliError(f"{error}\nnot serving it; waiting for a file to change"))
        self._tell_instead(str(error))

    def _tell_instead(self, mistake: str) -> None:
        # It would say that the application has started, and of each page that tries to connect that it may not.
        for name in ("uvicorn.error", "ellar.websocket"):
            logging.getLogger(name).setLevel(logging.WARNING)
        if self._wanted.waits:
            with suppress(OSError):  # nobody listens any more
                self._wanted.waits.send(time.time_ns())
        # What a page is told has to be what it can be sent.
        self.watched.mistake = mistake.encode(errors="backslashreplace").decode()


def _folders(application: Any) -> Iterator[Path]:
    """Yield the folders of an application's templates, which are read anew from now on, and of its static files."""
    if isinstance(application, App):
        yield from application.watched_templates()
    for route in getattr(application, "routes", ()):
        if isinstance(route, Mount) and isinstance(route.app, StaticFiles):
            yield from map(Path, route.app.all_directories)
