"""The commands that write and take out: new, create-module, create-websocket, destroy."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.exceptions import TyperException

from ellar_cli.changes.plan import Show
from ellar_cli.parsing import options
from ellar_cli.templates.websocket_options import Socket


def new(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="What the project is called, like my-project; . is a project in this folder, of its name.",
            show_default=options.ASKED_FOR,
        ),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Argument(
            metavar="DIRECTORY", help="The project's folder; by default, a new one of its name.", show_default=False
        ),
    ] = None,
    modules: Annotated[
        list[str] | None,
        typer.Option(
            "--module", metavar="NAME", help="A module to begin with; as often as you like.", show_default=False
        ),
    ] = None,
    package: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What is imported; by default, the project's name.", show_default=False),
    ] = None,
    docker: Annotated[
        bool | None, typer.Option("--docker", help="Add a Dockerfile and a compose file.", show_default=False)
    ] = None,
    ci: Annotated[
        Literal["github"] | None,
        typer.Option("--ci", help="Add a workflow that runs all checks at every push.", show_default=False),
    ] = None,
    git: Annotated[
        bool | None,
        typer.Option(
            "--git/--no-git",
            help="Make a git repository; by default, where git is and no repository is around.",
            show_default=False,
        ),
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Where the project gets ellar-kit: a version, a requirement, a URL, a wheel or a folder; "
            "by default, where this tool came from.",
            show_default=False,
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="A Copier template to use in place of this tool's: a folder or a git address.",
            show_default=False,
        ),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Let that template run code of its own.")] = False,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, and take the default of each.")] = False,
    dry_run: options.DryRun = False,
    diff: options.Diff = False,
    json: options.Json = False,
) -> None:
    from ellar_cli.commands.new import new
    from ellar_cli.templates.project_files import NewOptions

    chosen = NewOptions(
        directory, package, tuple(modules or ()), runtime, template, trust, git, docker, ci, defaults=defaults
    )
    new(name, Path.cwd(), chosen, Show(dry_run, diff, json))


def create_module(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME",
            help="What it is called, like chat-room or fleet/car.",
            show_default=options.ASKED_FOR,
        ),
    ] = None,
    directory: Annotated[
        str,
        typer.Argument(
            metavar="DIRECTORY",
            help="The folder that it is made in: from here, or else from the apps.",
            show_default=False,
        ),
    ] = "",
    parent: Annotated[
        str,
        typer.Option(
            metavar="MODULE",
            help="The module that lists it, or root; by default the nearest one above.",
            show_default=False,
        ),
    ] = "",
    no_websocket: Annotated[
        bool, typer.Option("--no-websocket", help="GET and POST over a schema, instead of a page with a websocket.")
    ] = False,
    style: options.StyleOption = "session",
    encoding: options.EncodingOption = "text",
    guard: options.Guard = False,
    query: options.Query = "",
    no_page: options.NoPage = False,
    no_tests: options.NoTests = False,
    no_register: options.NoRegister = False,
    dry_run: options.DryRun = False,
    diff: options.Diff = False,
    json: options.Json = False,
) -> None:
    from ellar_cli.commands.create_module import ModuleOptions, create_module

    socket = options.socket(style, encoding, query, guard=guard, page=not no_page, is_wanted=not no_websocket)
    show = Show(dry_run, diff, json)
    options.check_name(name, "module", show)
    create_module(
        name,
        Path.cwd(),
        ModuleOptions(directory, parent, socket, tests=not no_tests, register=not no_register),
        show,
    )


def create_websocket(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="What the websocket is called, like chat.", show_default=options.ASKED_FOR),
    ] = None,
    module: Annotated[
        str | None,
        typer.Option(metavar="MODULE", help="The module that it is made in, or root.", show_default=options.ASKED_FOR),
    ] = None,
    style: options.StyleOption = "session",
    encoding: options.EncodingOption = "text",
    guard: options.Guard = False,
    query: options.Query = "",
    no_page: options.NoPage = False,
    no_tests: options.NoTests = False,
    no_register: options.NoRegister = False,
    dry_run: options.DryRun = False,
    diff: options.Diff = False,
    json: options.Json = False,
) -> None:
    from ellar_cli.commands.create_websocket import WebsocketOptions, create_websocket

    show = Show(dry_run, diff, json)
    if module is None and ("/" in (name or "") or not options.may_ask(show)):
        raise TyperException("Missing option '--module'.")
    options.check_name(name, "websocket", show)
    create_websocket(
        name,
        module,
        Path.cwd(),
        WebsocketOptions(
            Socket(style, encoding, guard, query, page=not no_page), tests=not no_tests, register=not no_register
        ),
        show,
    )


def destroy(
    kind: Annotated[
        Literal["module", "websocket"],
        typer.Argument(metavar="KIND", help="module or websocket.", show_default=False),
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="What it is called, like car or fleet/car; a websocket like chat --module car.",
            show_default=False,
        ),
    ],
    module: Annotated[
        str, typer.Option(metavar="MODULE", help="The module that a websocket is in.", show_default=False)
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Remove files that were edited since, too; on a terminal it asks first.")
    ] = False,
    dry_run: options.DryRun = False,
    diff: options.Diff = False,
    json: options.Json = False,
) -> None:
    from ellar_cli.commands.destroy import destroy

    destroy(kind, name, module, Path.cwd(), Show(dry_run, diff, json), force=force)
