"""What a generated websocket is like: its options, and what its templates, its person and the record are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ellar_cli.names import query_parameter
from ellar_cli.output import command

if TYPE_CHECKING:  # the parser needs this file for every command, and places for none
    from ellar_cli.project.places import Place

Style = Literal["route", "session", "message"]
Encoding = Literal["text", "json", "bytes"]


@dataclass(frozen=True)
class Socket:
    """The options of a websocket. `query` is the name of a parameter of its address, if it has one.

    Raises CliError for a `query` that is no name for a parameter.
    """

    style: Style = "session"
    encoding: Encoding = "text"
    guard: bool = False
    query: str = ""
    page: bool = True

    def __post_init__(self) -> None:
        if self.query:
            object.__setattr__(self, "query", query_parameter(self.query))

    @property
    def options(self) -> list[str]:
        """What has to be typed to get this one."""
        typed = [*_given("--style", self.style, "session"), *_given("--encoding", self.encoding, "text")]
        typed += ["--guard"] if self.guard else []
        return [*typed, *_given("--query", self.query, ""), *([] if self.page else ["--no-page"])]

    @property
    def variables(self) -> dict[str, str | bool]:
        """What the templates know of it."""
        return {
            "style": self.style,
            "encoding": self.encoding,
            "guard": self.guard,
            "query": self.query,
            "page": self.page,
        }

    def first_step(self, place: Place, route: str) -> str:
        """Return what to do to see it work; `route` is the last part of its address."""
        # Only who makes one needs it, and the parser needs this file.
        from ellar_cli.connecting.server import server_of_project

        here = server_of_project(place.project).url
        query = [f"{self.query}=Ada"] if self.query else []
        if self.page:
            return f"{command('runserver')}, and open {here}{_path(place, 'ws-index', query)}"
        ticket = f", with what POST {here}{_path(place, 'tickets', [])} answers" if self.guard else ""
        query += ["ticket=..."] if self.guard else []
        client = command("connect", _path(place, route, query))
        return f"{command('runserver')}, and in another terminal {client}{ticket}"


DEFAULT = Socket()


def _path(place: Place, route: str, query: list[str]) -> str:
    return f"/{place.url}/{route}{'?' if query else ''}{'&'.join(query)}"


def _given(option: str, value: str, default: str) -> list[str]:
    return [] if value == default else [option, value]
