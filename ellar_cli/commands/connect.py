"""`ellar connect`: a websocket client in the terminal, and in scripts."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from ellar_cli.asking import at_a_terminal
from ellar_cli.connecting.address import Address
from ellar_cli.connecting.closing import described, is_by_server, is_gone
from ellar_cli.connecting.handshake import Handshake, opened
from ellar_cli.connecting.lines import piped, typed
from ellar_cli.connecting.messages import Form, Message, Show, above_the_prompt, in_a_pipe, on_a_terminal
from ellar_cli.errors import CliError
from ellar_cli.output import progress, warn

LAST_WORD_SECONDS = 0.1
"""How long the server may take to close with an error after its last message, which mostly says which."""

_AGAIN_SECONDS = 0.5
_HAND_OVER_SECONDS = 0.1
"""How long a line that stands in a pipe may take to be read."""
_AHEAD = 100
"""Lines of a pipe that wait to be sent; what is typed may wait for the next connection, and has no limit."""


@dataclass(frozen=True)
class Ending:
    """When it is over: `replies` have come, or, where that is None, nothing more has in `wait` seconds.

    A reply may take `timeout` seconds.
    """

    replies: int | None
    wait: float
    timeout: float


def connect(address: Address, handshake: Handshake, ending: Ending, form: Form | None) -> None:
    """Connect, send the lines of standard input, and print what comes.

    Raises CliError where there is no websocket, it is closed with an error, or replies do not come.
    """
    gc.enable()
    show = on_a_terminal(form) if sys.stdout.isatty() else in_a_pipe(form)
    asyncio.run(_connect(address, handshake, _Talk(show, ending, form)))


async def _connect(address: Address, handshake: Handshake, talk: "_Talk") -> None:
    connection: ClientConnection | None = await opened(address, handshake)
    async with talk.asking():
        while connection is not None:
            above_the_prompt(partial(_greet, address, handshake, connection))
            async with connection:
                goes_on = await _talked(connection, talk)
            connection = await talk.unless_left(_opened_again(address, handshake)) if goes_on else None


def _greet(address: Address, handshake: Handshake, connection: ClientConnection) -> None:
    by = f" by {connection.subprotocol}" if connection.subprotocol else ""
    leave = "; Ctrl-D leaves" if at_a_terminal() else ""
    progress(f"connected to {address.shown}{by}{leave}")
    if handshake.subprotocols and not connection.subprotocol:
        warn("the server chose none of the subprotocols; a browser would not connect")


async def _talked(connection: ClientConnection, talk: "_Talk") -> bool:
    """Talk until that is over. Return whether it goes on when the server is back."""
    try:
        await talk.hold(connection)
    except ConnectionClosed as closed:
        if talk.goes_on_after(closed):
            told = f"{described(closed)}; connecting again when it is back, Ctrl-D leaves"
            above_the_prompt(partial(warn, told))
            return True
        await talk.look_for_more()
        talk.end(closed)
    else:
        await _leave(connection, talk)
    return False


async def _opened_again(address: Address, handshake: Handshake) -> ClientConnection:
    """Connect as soon as that is possible; say why it is not, once for each reason."""
    told = ""
    while True:
        try:
            return await opened(address, handshake)
        except CliError as error:
            if str(error) != told:
                told = str(error)
                above_the_prompt(partial(warn, told))
        await asyncio.sleep(_AGAIN_SECONDS)


async def _leave(connection: ClientConnection, talk: "_Talk") -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_WORD_SECONDS):
            await connection.wait_closed()
    await connection.close()
    closed = connection.protocol.close_exc
    if closed.rcvd is not None:  # a server that does not answer our close has nothing to say
        talk.end(closed)


class _Talk:
    """The messages of a connection, both ways, until it is over, and of the next one."""

    def __init__(self, show: Show, ending: Ending, form: Form | None) -> None:
        self._show = show
        self._ending = ending
        self._form = form
        self._is_asked = at_a_terminal()
        self._has_come = asyncio.Event()
        self._received = 0
        self._sent = 0
        self._lines: asyncio.Queue[Message | None] = asyncio.Queue(0 if self._is_asked else _AHEAD)
        self._unsent: Message | None = None

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        """Take the lines that are typed or piped until the block ends, whatever the connection does."""
        self._asking = asyncio.create_task(self._ask())
        try:
            yield
        finally:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def unless_left(self, opening: Coroutine[Any, Any, ClientConnection]) -> ClientConnection | None:
        """Return the connection that is opened; None where somebody has left before. Raises Interrupted for Ctrl-C."""
        task = asyncio.create_task(opening)
        try:
            await asyncio.wait({task, self._asking}, return_when=asyncio.FIRST_COMPLETED)
            if self._asking.done():
                return self._asking.result()
            return task.result()
        finally:
            task.cancel()

    def goes_on_after(self, closed: ConnectionClosed) -> bool:
        """Say whether a person at a terminal waits for the next connection."""
        return self._is_asked and self._ending.replies is None and is_gone(closed)

    async def hold(self, connection: ClientConnection) -> None:
        """Send and receive until one of them is done. Raises ConnectionClosed where the server closes before."""
        receiving = asyncio.create_task(self._receive(connection))
        sending = asyncio.create_task(self._send(connection))
        try:
            done, _ = await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending in done and isinstance(sending.exception(), ConnectionClosed):
                await receiving  # what came before the close
        finally:
            for task in (receiving, sending):
                task.cancel()
            await asyncio.gather(receiving, sending, return_exceptions=True)
        for task in done:
            task.result()

    async def look_for_more(self) -> None:
        """See whether a pipe has another line to send; one that only stays open has none."""
        if self._is_asked or self._unsent is not None or (self._asking.done() and self._lines.empty()):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_HAND_OVER_SECONDS):
                self._unsent = await self._lines.get()

    def end(self, closed: ConnectionClosed) -> None:
        """Say how it was closed. Raises CliError for an error, and where replies or lines of a pipe are left."""
        if self._ending.replies is not None and self._received < self._ending.replies:
            raise CliError(f"{described(closed)}; {self._counted}")
        if not isinstance(closed, ConnectionClosedOK):
            raise CliError(described(closed))
        if self._unsent is not None and not self._is_asked and not self._ending.replies:
            raise CliError(f"{described(closed)}; nothing was sent from line {self._sent + 1} on")
        if is_by_server(closed):
            progress(described(closed))

    async def _receive(self, connection: ClientConnection) -> None:
        while self._received != (self._ending.replies or None):
            message = await connection.recv()
            self._received += 1
            self._has_come.set()
            await self._show("<", message)

    async def _ask(self) -> None:
        try:
            async with aclosing(typed(self._form) if self._is_asked else piped(self._form)) as messages:
                async for message in messages:
                    await self._lines.put(message)
        except Exception:
            await self._lines.put(None)
            raise
        await self._lines.put(None)

    async def _send(self, connection: ClientConnection) -> None:
        while True:
            # What could not be sent to the connection before is first.
            self._unsent = await self._lines.get() if self._unsent is None else self._unsent
            if self._unsent is None:
                break
            self._has_come.clear()
            await connection.send(self._unsent)
            self._sent += 1
            message, self._unsent = self._unsent, None
            await self._show(">", message)
        await self._asking  # which may have failed
        if not self._is_asked and self._ending.replies != 0:
            await self._wait_for_replies()

    async def _wait_for_replies(self) -> None:
        """Wait until nothing more comes. Raises CliError where that is too little."""
        ending = self._ending
        patience = ending.wait if ending.replies is None and not self._sent else ending.timeout
        is_answered = not self._sent
        while await self._comes_in(patience):
            is_answered = True
            self._has_come.clear()
            patience = ending.timeout if ending.replies else ending.wait
        if ending.replies:
            raise CliError(f"{self._counted}, and no more in {ending.timeout:g} s; --timeout waits longer")
        if not is_answered:
            raise CliError(
                f"no reply to the last line in {ending.timeout:g} s; --timeout waits longer, --replies 0 for none"
            )

    async def _comes_in(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._has_come.wait()
        except TimeoutError:
            return False

    @property
    def _counted(self) -> str:
        return f"{self._received} of {self._ending.replies} replies have come"
