"""Every way to make a websocket, and the modules that hold them all."""

from itertools import product
from typing import get_args

from ellar_cli.templates.websocket_options import Encoding, Socket, Style

SOCKETS = [
    Socket(style, encoding, guard, query, page)
    for style, encoding, guard, query, page in product(
        get_args(Style), get_args(Encoding), (False, True), ("", "visitor"), (True, False)
    )
]


def named(socket: Socket) -> str:
    """A module's name that says which one it holds: session_json_guard_visitor."""
    parts = [socket.style, socket.encoding, "guard" * socket.guard, socket.query, "" if socket.page else "unseen"]
    return "_".join(filter(None, parts))


def variables(name: str, socket: Socket, **others: str) -> dict[str, str | bool]:
    """What the templates are told of a module `name` with that websocket."""
    class_name = "".join(map(str.capitalize, name.split("_")))
    own = {
        "name": name,
        "path": name.replace("_", "-"),
        "class_name": class_name,
        "title": name.replace("_", " ").capitalize(),
        "template": "ws-index.html",
        "socket": "live-support",
        "topic": "live support",
        "module_class": f"{class_name}Module",
        "module_import": "..module",
    }
    return own | socket.variables | others
