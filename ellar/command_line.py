"""The command line of an application's own commands, made of typer's parts. Imported where one is to be run."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Annotated, Any

import typer
from anyio.from_thread import start_blocking_portal
from typer.models import CommandInfo

from ellar.app import App
from ellar.commands import Command, Listed, command_name, is_typer
from ellar.signatures import Parameter

_POSITION = inspect.Parameter.KEYWORD_ONLY


def command_line(app: App) -> typer.Typer:
    """All commands of an application, to be called or handed to typer's CliRunner.

    Each runs in an application that is started for it and ended after it. Its result is let be; exceptions pass.
    """
    line = typer.Typer(add_completion=False, rich_markup_mode=None)
    line.callback()(_nothing)  # without it, a single command would be the whole line
    for listed in app.commands:
        if is_typer(listed.entry):
            line.add_typer(_running(listed.entry, app, listed), rich_help_panel=listed.module)
        else:
            command = listed.commands[listed.entry]
            line.command(command_name(listed.entry), rich_help_panel=listed.module)(_called(app, command))
    return line


def _nothing() -> None: ...


def _running(written: typer.Typer, app: App, listed: Listed) -> typer.Typer:
    """The same Typer, whose functions are called with what is injected into them."""
    made = copy(written)
    made.registered_commands = [_info(info, app, listed) for info in written.registered_commands]
    made.registered_groups = [copy(group) for group in written.registered_groups]
    for group in made.registered_groups:
        if group.typer_instance is not None:
            group.typer_instance = _running(group.typer_instance, app, listed)
    return made


def _info(written: CommandInfo, app: App, listed: Listed) -> CommandInfo:
    made = copy(written)
    if written.callback is not None:
        made.callback = _called(app, listed.commands[written.callback])
    return made


def _called(app: App, command: Command) -> Callable[..., None]:
    """What typer is to call: it takes what is typed."""
    run = _run_async if inspect.iscoroutinefunction(command.function) else _run

    def call(**typed: Any) -> None:
        run(app, command, typed)

    call.__name__, call.__doc__, call.__module__ = command.function.__name__, command.function.__doc__, __name__
    parameters = [_parameter(parameter) for parameter in command.typed]
    call.__annotations__ = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    vars(call)["__signature__"] = inspect.Signature(parameters)
    return call


def _parameter(parameter: Parameter) -> inspect.Parameter:
    annotation = inspect.Parameter.empty if parameter.annotation is Any else parameter.annotation
    if parameter.metadata:
        annotation = Annotated[(parameter.annotation, *parameter.metadata)]
    return inspect.Parameter(parameter.name, _POSITION, default=parameter.default, annotation=annotation)


def _run_async(app: App, command: Command, typed: dict[str, Any]) -> None:
    async def run() -> None:
        async with app.running() as running:
            arguments = typed | await running.inject(command.injected)
            with kept_on_success():
                await command.function(**arguments)

    asyncio.run(run())


def _run(app: App, command: Command, typed: dict[str, Any]) -> None:
    """The application lives in a thread beside it, so that it may wait for a person, and be interrupted."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.running()) as running:
        arguments = typed | portal.call(running.inject, command.injected)
        with kept_on_success():
            result = command.function(**arguments)
            if inspect.isawaitable(result):  # of a decorator around an async function
                portal.call(_awaited, result)


async def _awaited(result: Awaitable[Any]) -> None:
    await result


@contextmanager
def kept_on_success() -> Iterator[None]:
    """For a block in a scope: an exit with code 0 ends it as a return does, so that nothing is rolled back."""
    try:
        yield
    except typer.Exit as end:
        if end.exit_code:
            raise
    except SystemExit as end:
        if end.code:
            raise
