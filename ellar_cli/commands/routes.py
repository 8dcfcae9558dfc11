"""`ellar routes`: which routes the application has, and which of them answers an address."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from ellar.answering import hidden_by
from ellar.app import App
from ellar.inspection import RouteInfo, every, redirects_slashes, table_of
from ellar_cli.application.loading import load
from ellar_cli.application.mistakes import mistake
from ellar_cli.application.target import Target, find_target, prepare
from ellar_cli.errors import CliError
from ellar_cli.output import command, say, say_json, warn
from ellar_cli.routes.answers import nothing_answers, say_answers
from ellar_cli.routes.document import answers_document, table_document
from ellar_cli.routes.matching import Asked, Found, found, read
from ellar_cli.routes.table import say_table, say_tree
from ellar_cli.routes.words import never_reached


def routes(start: Path, app: str | None, *, tree: bool = False, json: bool = False, traceback: bool = False) -> None:
    """Print the routes of the application `app`, or of the project around `start`, in the order they are tried.

    Raises CliError where it does not start or shows no routes, and where there is no tree of modules.
    """
    target, application, table = _read(start, app, traceback=traceback)
    root = application.tree() if isinstance(application, App) else None
    if json:
        say_json({"command": "routes", "application": target.import_path, **table_document(table, root)})
        return
    if tree and root is None:
        raise CliError(f"{target.import_path} is no application of ellar's, and has no modules: leave --tree out")
    if root is not None and tree:
        say_tree(root, [info for info in table if info.module is None], target.folder)
    elif table:
        say_table(list(every(table)), target.folder)
    else:
        say("no routes yet" + (f"; make some: {command('create-module', 'car')}" if target.project else ""))
    sys.stdout.flush()  # the table comes first, also where both go into one file
    for hidden in hidden_by(table):
        warn(never_reached(hidden, target.folder))


def match(start: Path, app: str | None, typed: str, *, json: bool = False, traceback: bool = False) -> None:
    """Print what answers an address of that application, and what it keeps from answering.

    Raises UsageError for what is no address, and CliError where nothing answers, or a convertor of its own fails.
    """
    asked = read(typed)
    target, application, table = _read(start, app, traceback=traceback)
    with _named(target):
        try:
            redirect, answers = _answers(table, asked, redirects=redirects_slashes(application))
        except CliError:
            raise
        except Exception as error:
            raise mistake(error, target, traceback=traceback) from None
    if json:
        say_json({"command": "routes", "application": target.import_path, **answers_document(asked, redirect, answers)})
        return
    if redirect:
        say(f"{asked.path} redirects to {redirect}\n")
    say_answers(answers, target.folder)


def _answers(table: Sequence[RouteInfo], asked: Asked, *, redirects: bool) -> tuple[str | None, list[Found]]:
    """Return what answers, behind the path that a client is sent to first, if it is."""
    ways: list[tuple[str | None, Asked]] = [(None, asked)]
    if redirects:
        ways.append((asked.redirected.path, asked.redirected))
    for redirect, there in ways:
        if answers := [one for one in found(table, there) if one.is_there]:
            return redirect, answers
    raise nothing_answers(table, asked)


def _read(start: Path, app: str | None, *, traceback: bool) -> tuple[Target, Any, list[RouteInfo]]:
    target = find_target(start, app)
    prepare(target)
    with _named(target):
        with redirect_stdout(sys.stderr):  # what the application prints is no part of the result
            application = load(target, traceback=traceback)
        table = table_of(application)
        if table is None:
            kind = type(application).__name__
            raise CliError(f"{target.import_path} is a {kind}, which shows no routes as Starlette's applications do")
        return target, application, table


@contextmanager
def _named(target: Target) -> Iterator[None]:
    """Name the application in the document of an error, as in that of a result."""
    try:
        yield
    except CliError as error:
        error.outcome = {"application": target.import_path, **error.outcome}
        raise
