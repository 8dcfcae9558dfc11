"""What more than one command has: options, what they make together, and what comes before an application."""

from typing import Annotated, Literal

import typer

from ellar_cli.asking import at_a_terminal
from ellar_cli.changes.plan import Show
from ellar_cli.errors import UsageError
from ellar_cli.output import command
from ellar_cli.templates.websocket_options import Encoding, Socket, Style

ASKED_FOR = "asked for on a terminal"

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the changes as unified diffs.")]
Json = Annotated[bool, typer.Option("--json", help="Print the changes as one JSON document.")]

App = Annotated[
    str | None,
    typer.Option(
        "--app",
        metavar="PACKAGE.MODULE:NAME",
        envvar="ELLAR_APP",
        help="The application, looked for from this folder; by default, that of the project around it.",
        show_default=False,
    ),
]
Traceback = Annotated[
    bool, typer.Option("--traceback", help="Show a mistake in the application with every frame that led to it.")
]

StyleOption = Annotated[
    Style,
    typer.Option(
        "--style",
        help="route: one handler accepts and loops; session: connect, message and disconnect; message: that one alone.",
    ),
]
EncodingOption = Annotated[Encoding, typer.Option("--encoding", help="What its messages are; json has models of them.")]
Guard = Annotated[bool, typer.Option("--guard", help="Let in only who has a ticket, and test that.")]
Query = Annotated[
    str,
    typer.Option(
        "--query", metavar="NAME", help="Ask for a parameter in the address, like ?name=Ada.", show_default=False
    ),
]
NoPage = Annotated[bool, typer.Option("--no-page", help="Make no page that talks to it.")]
NoTests = Annotated[bool, typer.Option("--no-tests", help="Make no tests.")]
NoRegister = Annotated[
    bool, typer.Option("--no-register", help="Leave the module above as it is, and print what to write there.")
]


def check_name(typed: str | None, kind: Literal["module", "websocket"], show: Show) -> None:
    """Raise UsageError where NAME was not typed, and nobody is there to be asked for it."""
    if typed is None and not may_ask(show):
        raise UsageError(f"Missing argument 'NAME'; see {command(f'create-{kind}', '--help')}")


def may_ask(show: Show) -> bool:
    """Say whether what was not typed is asked for."""
    return at_a_terminal() and not show.json


def socket(style: Style, encoding: Encoding, query: str, *, guard: bool, page: bool, is_wanted: bool) -> Socket | None:
    """Return the websocket of a module, or None for one without.

    Raises UsageError where options say both.
    """
    described = Socket(style, encoding, guard, query, page)
    if is_wanted:
        return described
    if described.options:
        raise UsageError(f"{described.options[0]} is about a websocket, and --no-websocket makes none; leave one out")
    return None


def check_runtime() -> None:
    """Warn of what overwrites the runtime, and raise CliError where it does not load.

    To be called before a command is imported that imports it.
    """
    from ellar_cli.distribution.foreign import check_runtime, warn_of_foreign_distributions

    warn_of_foreign_distributions()
    check_runtime()
