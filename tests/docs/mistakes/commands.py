"""Mistakes that docs/commands.md tells of."""

from __future__ import annotations

import typer

from ellar.common import Module, Query
from ellar.core import ModuleBase, Request
from tests.docs.mistakes import start


class Cars: ...


def make_command_that_nobody_provides_for() -> None:
    def greet(cars: Cars) -> None: ...

    start(commands=[greet])


def make_command_with_a_request() -> None:
    def greet(request: Request) -> None: ...

    start(commands=[greet])


def make_command_with_a_query() -> None:
    def greet(name: str = Query()) -> None: ...

    start(commands=[greet])


def make_command_with_two_readings() -> None:
    def greet(number: int | str) -> None: ...

    start(commands=[greet])


def make_command_with_a_star() -> None:
    def greet(*names: str) -> None: ...

    start(commands=[greet])


def make_command_by_its_name() -> None:
    @Module(commands=["greet"])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_command_of_a_method() -> None:
    class Greeter:
        def greet(self) -> None: ...

    start(commands=[Greeter.greet])


def make_two_commands_of_one_name() -> None:
    def greet() -> None: ...

    def other() -> None: ...

    other.__name__ = "greet"
    start(commands=[greet, other])


def make_command_that_is_listed_twice() -> None:
    def greet() -> None: ...

    @Module(commands=[greet, greet])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_callback_that_is_injected() -> None:
    line = typer.Typer(name="cars")

    @line.callback()
    def greet(cars: Cars) -> None: ...

    start(commands=[line])
