"""Testing: an application of just what a test needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import anyio
import starlette.testclient
from starlette.testclient import WebSocketDenialResponse
from starlette.types import ASGIApp, Message
from starlette.websockets import WebSocketDisconnect

from ellar.app import App, root_module
from ellar.config import ConfigSource
from ellar.di import ProviderConfig
from ellar.guards import Guard
from ellar.signatures import MISSING

if TYPE_CHECKING:
    from typer.testing import Result

__all__ = ["Test", "TestClient", "TestModule", "WebSocketTestSession"]

RECEIVE_TIMEOUT = 5.0
"""Seconds after which a receive gives up, unless a client is told otherwise."""


class WebSocketTestSession(starlette.testclient.WebSocketTestSession):
    """A websocket's client, connected while the `with` block lasts.

    Its `receive` methods raise TimeoutError where nothing comes in time, and so does entering it where the application
    neither accepts nor refuses. The session can still be used afterwards.
    """

    def __init__(self, session: starlette.testclient.WebSocketTestSession, receive_timeout: float) -> None:
        super().__init__(session.app, session.scope, session.portal_factory)
        self.receive_timeout = receive_timeout
        self._received: list[Message] = []

    def send(self, message: Message) -> None:
        """Sends a message, as ASGI has it."""
        self._check_entered()
        super().send(message)

    def receive(self) -> Message:
        """The next message of the application, as ASGI has it."""
        self._check_entered()
        message = self.portal.call(self._receive)
        self._received.append(message)
        return message

    def _check_entered(self) -> None:
        if not hasattr(self, "portal"):
            raise RuntimeError("The session is not open: write with client.websocket_connect(...) as websocket")

    def _raise_on_close(self, message: Message) -> None:
        try:
            super()._raise_on_close(message)
        except WebSocketDenialResponse as refusal:  # Starlette's have no text, so pytest shows nothing but a note
            refusal.add_note(f"{self.scope['path']}: refused with {refusal.status_code}: {refusal.text}")
            raise
        except WebSocketDisconnect as end:
            end.add_note(f"{self.scope['path']}: closed with {end.code} {end.reason}".rstrip())
            raise

    async def _receive(self) -> Message:
        with anyio.move_on_after(self.receive_timeout):
            return await self._send_rx.receive()
        raise TimeoutError(f"{self.scope['path']}: waited {self.receive_timeout:g} s, but {self._so_far()}")

    def _so_far(self) -> str:
        """What the application has done."""
        if not self._received:
            return "the application has neither accepted nor refused the connection"
        last = self._received[-1]
        if last["type"] == "websocket.close":
            return f"the application has closed the connection before, with {last.get('code', 1000)}"
        sent = len(self._received) - 1
        if sent == 0:
            return "the application has accepted the connection and sent nothing"
        return f"the application has sent {'one message' if sent == 1 else f'{sent} messages'} and no more"


class TestClient(starlette.testclient.TestClient):
    """Starlette's client, whose websockets give up waiting after `receive_timeout` seconds (`math.inf`: never)."""

    def __init__(self, app: ASGIApp, *, receive_timeout: float = RECEIVE_TIMEOUT, **options: Any) -> None:
        super().__init__(app, **options)
        self.receive_timeout = receive_timeout

    def websocket_connect(
        self, url: str, subprotocols: Sequence[str] | None = None, **options: Any
    ) -> WebSocketTestSession:
        """A session, to be entered by `with`. The options are those of a request, as `headers=`."""
        scheme = "wss" if self.base_url.scheme == "https" else "ws"  # for cookies that are Secure
        address = str(self.base_url.copy_with(scheme=scheme).join(url))
        return WebSocketTestSession(super().websocket_connect(address, subprotocols, **options), self.receive_timeout)


class TestModule:
    """What `Test.create_test_module` makes: override providers, then take a client."""

    __test__ = False  # for pytest, which collects classes of this name

    def __init__(self, root: type[Any], config_module: ConfigSource | None, global_guards: Sequence[Guard]) -> None:
        self._root = root
        self._config_module = config_module
        self._global_guards = global_guards
        self._overrides: dict[Any, ProviderConfig] = {}

    def override_provider(
        self,
        base: Any,
        *,
        use_value: Any = MISSING,
        use_class: type[Any] | None = None,
        use_factory: Callable[..., Any] | None = None,
    ) -> Self:
        """Provides `base` by this, whatever any module says."""
        override = ProviderConfig(base, use_value=use_value, use_class=use_class, use_factory=use_factory)
        self._overrides[base] = override
        return self

    def create_application(self) -> App:
        """A new application with the overrides so far."""
        return App(
            self._root,
            config_module=self._config_module,
            global_guards=self._global_guards,
            overrides=self._overrides,
        )

    def get_test_client(self, *, receive_timeout: float = RECEIVE_TIMEOUT) -> TestClient:
        """A client of a new application; `with` it to run the lifespan too.

        It asks over HTTPS where the session's cookie is for that alone, and for the first of ALLOWED_HOSTS.
        """
        app = self.create_application()
        scheme = "https" if app.config.SESSION_COOKIE_NAME and app.config.SESSION_COOKIE_SECURE else "http"
        host = next(iter(app.config.ALLOWED_HOSTS), "testserver").replace("*", "testserver")
        return TestClient(app, receive_timeout=receive_timeout, base_url=f"{scheme}://{host}")

    def run_command(self, *arguments: str, typed: str | None = None) -> Result:
        """What `ellar app` with these arguments comes to in a new application: its `exit_code`, `stdout` and `stderr`.

        `typed` is what a person answers where it asks. What the command raises is raised here. Not for async tests.
        """
        from typer.testing import CliRunner  # here and below: an application without commands needs no typer

        from ellar.command_line import command_line

        line = command_line(self.create_application())
        return CliRunner().invoke(line, [*arguments], input=typed, prog_name="ellar app", catch_exceptions=False)


class Test:
    """Makes modules for tests."""

    __test__ = False

    @staticmethod
    def create_test_module(
        *,
        controllers: Sequence[type[Any]] = (),
        routers: Sequence[Any] = (),
        modules: Sequence[type[Any]] = (),
        providers: Sequence[Any] = (),
        commands: Sequence[Any] = (),
        global_guards: Sequence[Guard] = (),
        config_module: ConfigSource | None = None,
    ) -> TestModule:
        """A root module of what is listed."""
        return TestModule(root_module(modules, controllers, routers, providers, commands), config_module, global_guards)
