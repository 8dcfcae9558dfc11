"""uvicorn's config, with what the application's own config says of the server."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn

from ellar.config import Config, settle
from ellar.inspection import layers, table_of
from ellar_cli.output import say
from ellar_cli.serving.interrupts import hear
from ellar_cli.serving.processes import end_with_parent

_SETTINGS = {
    "timeout_graceful_shutdown": "GRACEFUL_TIMEOUT",
    "ws_max_size": "WS_MAX_SIZE",
    "ws_per_message_deflate": "WS_PER_MESSAGE_DEFLATE",
}
# Each change of a file waits for the handlers that are left.
_RELOAD_SECONDS = 1


class ServerConfig(uvicorn.Config):
    """uvicorn's config of an application, `make()`, which is made in the process that serves it.

    `options` are uvicorn's; what they name is not taken from the application.
    """

    def __init__(self, make: Callable[[], Any], options: dict[str, Any]) -> None:
        super().__init__(make, **options, factory=True)
        self._make = make
        self._options = options

    def load_app(self) -> Callable[[], Any]:
        """Return what returns the application, and take over its settings; after a change, say what it is now."""
        hear()
        end_with_parent()
        application = self._make()
        self.adopt(application)
        if self.reload:
            for line in summary(application):
                say(line)
            sys.stdout.flush()
        return lambda: application

    def adopt(self, application: Any) -> None:
        """Take over the settings of an application."""
        for option, setting in _SETTINGS.items():
            if option not in self._options:
                setattr(self, option, getattr(config_of(application), setting))
        if self.reload and "timeout_graceful_shutdown" not in self._options:
            self.timeout_graceful_shutdown = min(self.timeout_graceful_shutdown or 0, _RELOAD_SECONDS)


def config_of(application: Any) -> Config:
    """Return the config of an App; that of another ASGI application is the default one."""
    for layer in layers(application):
        if isinstance(config := getattr(layer, "config", None), Config):
            return config
    config = Config()
    settle(config, debug=config.DEBUG)
    return config


def summary(application: Any) -> list[str]:
    """Return a line for the start: the config, its `.env`, and how many routes there are; none where it shows none."""
    routes = table_of(application)
    if routes is None:
        return []
    config = type(config_of(application))
    file = Path(os.environ.get("ELLAR_ENV_FILE") or ".env")
    settings = f"{config.__module__}:{config.__qualname__}{f' and {file.name}' if file.is_file() else ''}"
    sockets = sum(info.kind == "WS" for info in routes)
    counted = "1 route" if len(routes) == 1 else f"{len(routes)} routes"
    among = f"{sockets} of them {'a websocket' if sockets == 1 else 'websockets'}" if sockets else "no websocket"
    return [f"config {settings}; {counted}, {among}"]
