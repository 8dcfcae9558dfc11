"""What to send, a line each: typed at a prompt, or read from a pipe or a file."""

import asyncio
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress

from ellar_cli.connecting.messages import Form, Message, message_of
from ellar_cli.errors import CliError, Interrupted
from ellar_cli.output import warn

_READ_AHEAD = 100
"""Lines that wait to be sent; whoever writes more, waits."""


async def typed(form: Form | None) -> AsyncGenerator[Message, None]:
    """Ask for lines until Ctrl-D, and leave out empty ones. Raises Interrupted for Ctrl-C."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.output import create_output
    from prompt_toolkit.output.vt100 import Vt100_Output

    from ellar_cli.connecting.history import history

    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # a question to the terminal, which not every one answers, and nothing here needs
    session: PromptSession[str] = PromptSession("> ", output=output, erase_when_done=True, history=history())
    while True:
        try:
            line = await session.prompt_async()
            if line:
                yield message_of(line, form)
        except EOFError:
            return
        except KeyboardInterrupt:
            raise Interrupted from None
        except CliError as error:
            warn(f"not sent: {error}")


async def piped(form: Form | None) -> AsyncGenerator[Message, None]:
    """Read standard input line by line. Raises CliError for a line that can't be sent."""
    if sys.stdin is None:
        return
    lines: asyncio.Queue[bytes | OSError] = asyncio.Queue()
    room = threading.Semaphore(_READ_AHEAD)
    loop = asyncio.get_running_loop()
    # Not on Python's own pool, nor by its own buffer: it would wait at exit for a read that never ends.
    reads = (sys.stdin.fileno(), room, lambda line: loop.call_soon_threadsafe(lines.put_nowait, line))
    threading.Thread(target=_read, args=reads, daemon=True).start()
    number = 0
    while line := await lines.get():
        number += 1
        room.release()
        if isinstance(line, OSError):
            raise CliError(f"standard input cannot be read: {line.strerror}")
        try:
            yield message_of(line.rstrip(b"\r\n").decode(), form)
        except UnicodeDecodeError:
            raise CliError(f"line {number}: no UTF-8; to send bytes, write them as hex with --bytes hex") from None
        except CliError as error:
            raise CliError(f"line {number}: {error}") from None


def _read(descriptor: int, room: threading.Semaphore, hand_over: Callable[[bytes | OSError], object]) -> None:
    with suppress(RuntimeError):  # nobody is there any more to take it
        try:
            with open(descriptor, "rb", closefd=False) as file:
                while line := file.readline():
                    room.acquire()
                    hand_over(line)
            hand_over(b"")
        except OSError as error:
            hand_over(error)
