"""What is typed, as the message that it is; and what messages look like."""

import asyncio
import base64
import binascii
import json
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from ellar_cli.asking import at_a_terminal
from ellar_cli.errors import CliError
from ellar_cli.output import say

Message = str | bytes
Form = Literal["hex", "base64"]
Show = Callable[[str, Message], Awaitable[None]]
"""Shows a message after `>`, which is sent, or `<`, which has come."""
_MOST_COLOURED = 100_000
"""Letters: more take so long that nothing typed is heard."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def message_of(line: str, form: Form | None) -> Message:
    """Return the message that a line is: itself, or the bytes that it writes. Raises CliError where it is none."""
    if form is None:
        return line
    try:
        return bytes.fromhex(line) if form == "hex" else base64.b64decode(line, validate=True)
    except (ValueError, binascii.Error):
        raise CliError(f"{line[:80]!r} is no {form}; --bytes {form} is for lines like {_EXAMPLES[form]}") from None


_EXAMPLES = {"hex": "00 ff 10", "base64": "AP8Q"}


def text_of(message: Message, form: Form | None) -> str:
    """Return a message as text: bytes as hex, or as they are written in `form`."""
    if isinstance(message, str):
        return message
    return base64.b64encode(message).decode() if form == "base64" else message.hex(" ")


def in_a_pipe(form: Form | None) -> Show:
    """Return what prints the messages that come, and nothing else: a line each."""

    async def show(sign: str, message: Message) -> None:
        if sign == "<":
            say(text_of(message, form))
            sys.stdout.flush()

    return show


def on_a_terminal(form: Form | None) -> Show:
    """Return what prints messages with time and direction, JSON in colours, above the line that is being typed."""
    from rich.console import Console
    from rich.highlighter import JSONHighlighter
    from rich.text import Text

    console = Console(highlight=False)
    colours = JSONHighlighter()

    async def show(sign: str, message: Message) -> None:
        time = datetime.now().strftime("%H:%M:%S.%f")[:-3]
        margin = " " * len(f"{time} {sign} ")
        text = _CONTROLS.sub(_escaped, text_of(message, form))
        document = _laid_out(text, console.width - len(margin))
        body = Text((document or text).replace("\n", f"\n{margin}"))
        if document and len(document) < _MOST_COLOURED:
            colours.highlight(body)
        line = Text.assemble((time, "dim"), (f" {sign} ", "bold green" if sign == ">" else "bold cyan"), body)
        if isinstance(message, bytes):
            line.append(f"  ({len(message)} {'byte' if len(message) == 1 else 'bytes'})", "dim")
        above_the_prompt(lambda: console.print(line, soft_wrap=True))
        await asyncio.sleep(0)  # or nothing typed would be heard while many come

    return show


def above_the_prompt(write: Callable[[], object]) -> None:
    """Let something be printed above the line that is being typed, if one is, which stays as it is."""
    if not at_a_terminal():
        write()
        return
    from prompt_toolkit.application import get_app_or_none

    asking = get_app_or_none()
    if asking is None or not asking.is_running:
        write()
        return
    # Not by prompt_toolkit's run_in_terminal: the system has the keyboard meanwhile, and Ctrl-D would be lost.
    asking.renderer.erase()
    write()
    asking.renderer.reset()
    asking.invalidate()


def _escaped(control: re.Match[str]) -> str:
    """What would move the cursor, or change the title of the window, is shown instead."""
    return repr(control[0])[1:-1]


def _laid_out(text: str, width: int) -> str | None:
    """Return a JSON object or array as it is where it fits into a line, and indented otherwise; None for any other."""
    try:
        document = json.loads(text)
        is_long = len(text) > width or "\n" in text
        return (_indented(document, width, "") if is_long else text) if isinstance(document, dict | list) else None
    except (ValueError, RecursionError):
        return None


def _indented(value: object, width: int, margin: str) -> str:
    """Return a value as JSON of which each part that fits into a line is on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(margin) + len(line) < width or not isinstance(value, dict | list):
        return line
    deeper = margin + "  "
    if isinstance(value, list):
        left, right = "[]"
        parts = [_indented(one, width, deeper) for one in value]
    else:
        left, right = "{}"
        parts = [
            f"{json.dumps(key, ensure_ascii=False)}: {_indented(one, width, deeper)}" for key, one in value.items()
        ]
    return f"{left}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{margin}{right}"
