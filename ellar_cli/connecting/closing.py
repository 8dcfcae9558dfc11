"""What the end of a connection means."""

from websockets.exceptions import ConnectionClosed
from websockets.frames import Close, CloseCode

from ellar_cli.output import on_one_line

_MEANS = {
    CloseCode.UNSUPPORTED_DATA: "it was no JSON, or text where bytes are asked for, or the reverse",
    CloseCode.MESSAGE_TOO_BIG: "the server takes smaller messages",
    CloseCode.INTERNAL_ERROR: "a mistake in the server; its log says which",
    CloseCode.SERVICE_RESTART: "the server stops or restarts",
}


def is_by_server(closed: ConnectionClosed) -> bool:
    """Say whether the server has closed, though we did too: it repeats our code where it has nothing to say."""
    if closed.rcvd is None:
        return False
    return closed.sent is None or bool(closed.rcvd_then_sent) or closed.rcvd.code != closed.sent.code


def is_gone(closed: ConnectionClosed) -> bool:
    """Say whether the server has stopped or restarts, which says nothing of what it was sent."""
    if closed.rcvd is not None:
        return closed.rcvd.code == CloseCode.SERVICE_RESTART
    return closed.sent is None


def described(closed: ConnectionClosed) -> str:
    """Say who closed, with which code, what it means, and the reason given."""
    if closed.rcvd is not None and is_by_server(closed):
        return _by_server(closed.rcvd)
    if closed.sent is not None and closed.sent.code != CloseCode.NORMAL_CLOSURE:
        return f"closed by this side: {_words(closed.sent)}"
    return "cut off: the server has gone without a close (1006)"


def _by_server(close: Close) -> str:
    if close.code == CloseCode.NO_STATUS_RCVD:
        return "closed by the server, without a code (1005)"
    meaning = _MEANS.get(CloseCode(close.code)) if close.code in _MEANS and not close.reason else None
    return f"closed by the server: {_words(close)}" + (f"; {meaning}" if meaning else "")


def _words(close: Close) -> str:
    words = str(Close(close.code, "")).replace("(OK)", "(normal)").replace("(private use)", "(the application's own)")
    return f"{words}: {on_one_line(close.reason)}" if close.reason else words
