"""Commands of modules: what is typed and what is injected, the application around them, and how they end."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer

from ellar.app import AppFactory
from ellar.common import IExecutionContext, Inject, Module, Query
from ellar.core import Config, ImproperlyConfigured, ModuleBase, Request
from ellar.di import ProviderConfig, request_scope
from ellar.testing import Test

happened: list[str] = []


@pytest.fixture(autouse=True)
def fresh() -> None:
    happened.clear()


class Cars:
    def names(self) -> list[str]:
        return ["Beetle", "Mini"]


class Session: ...


async def session() -> AsyncIterator[Session]:
    try:
        yield Session()
        happened.append("commit")
    except BaseException:
        happened.append("rollback")
        raise


class Basket:
    def __init__(self, session: Session) -> None:
        self.session = session


PROVIDERS = [
    Cars,
    ProviderConfig(Session, use_factory=session, scope=request_scope),
    ProviderConfig(Basket, use_class=Basket, scope=request_scope),
]


def list_cars(cars: Cars, upper: bool = False, limit: int = 9) -> None:
    """List the cars.

    All of them.
    """
    for name in cars.names()[:limit]:
        typer.echo(name.upper() if upper else name)


async def buy(
    name: str, basket: Basket, session: Session, config: Config, *, end: Annotated[str, typer.Option(help="How.")] = ""
) -> None:
    """Buy a car."""
    await asyncio.sleep(0)
    happened.append(f"buy {name} {basket.session is session} {config.DEBUG}")
    _end(end)


def sell(name: str, session: Session, end: str = "") -> int:
    happened.append(f"sell {name}")
    _end(end)
    return 5


def _end(how: str) -> None:
    ends: dict[str, BaseException] = {
        "exit 0": typer.Exit(),
        "exit 3": typer.Exit(3),
        "sys 0": SystemExit(),
        "sys 4": SystemExit(4),
        "bug": ValueError("a bug"),
    }
    if how:
        raise ends[how]


@Module(name="cars", providers=PROVIDERS, commands=[list_cars, buy, sell])
class CarModule(ModuleBase):
    async def on_startup(self) -> None:
        happened.append("start")

    async def on_shutdown(self) -> None:
        happened.append("end")


MODULE = Test.create_test_module(modules=[CarModule])


def test_what_the_application_provides_is_injected_and_the_rest_is_typed() -> None:
    run = MODULE.run_command("list-cars", "--upper", "--limit", "1")
    assert (run.exit_code, run.stdout, run.stderr) == (0, "BEETLE\n", "")


@pytest.mark.parametrize(("name", "line"), [("buy", "buy Mini True False"), ("sell", "sell Mini")])
def test_command_runs_between_start_and_end_in_one_scope(name: str, line: str) -> None:
    assert MODULE.run_command(name, "Mini").exit_code == 0
    assert happened == ["start", line, "commit", "end"]


@pytest.mark.parametrize("name", ["buy", "sell"])
@pytest.mark.parametrize(
    ("how", "code", "outcome"),
    [("exit 0", 0, "commit"), ("exit 3", 3, "rollback"), ("sys 0", 0, "commit"), ("sys 4", 4, "rollback")],
)
def test_exit_code_passes_and_only_a_failure_rolls_back(name: str, how: str, code: int, outcome: str) -> None:
    assert MODULE.run_command(name, "Mini", "--end", how).exit_code == code
    assert happened[2:] == [outcome, "end"]


@pytest.mark.parametrize("name", ["buy", "sell"])
def test_exception_passes_after_the_end_of_the_application(name: str) -> None:
    with pytest.raises(ValueError, match="a bug"):
        MODULE.run_command(name, "Mini", "--end", "bug")
    assert happened[2:] == ["rollback", "end"]


def test_line_that_is_not_understood_starts_nothing() -> None:
    run = MODULE.run_command("buy")
    assert run.exit_code == 2
    assert "Missing argument" in run.stderr
    assert "List the cars." in MODULE.run_command("--help").stdout
    assert "All of them." in MODULE.run_command("list-cars", "--help").stdout
    assert happened == []


def test_sync_command_may_have_a_loop_of_its_own_and_ask_a_person() -> None:
    def ask() -> None:
        asyncio.run(asyncio.sleep(0))
        typer.echo(f"Hello {typer.prompt('Name')}")

    run = Test.create_test_module(commands=[ask]).run_command("ask", typed="Ada\n")
    assert run.stdout.endswith("Hello Ada\n")


def test_decorator_around_an_async_command_is_waited_for() -> None:
    def noted(function: Any) -> Any:
        @wraps(function)
        def call(**arguments: Any) -> Any:
            happened.append("called")
            return function(**arguments)

        return call

    @noted
    async def later(name: str, cars: Cars) -> None:
        await asyncio.sleep(0)
        happened.append(f"{name} {len(cars.names())}")

    Test.create_test_module(providers=[Cars], commands=[later]).run_command("later", "Ada")
    assert happened == ["called", "Ada 2"]


def test_overridden_provider_is_injected() -> None:
    class NoCars(Cars):
        def names(self) -> list[str]:
            return []

    module = Test.create_test_module(modules=[CarModule]).override_provider(Cars, use_class=NoCars)
    assert module.run_command("list-cars").stdout == ""


def test_every_kind_of_text_is_typed() -> None:
    def report(  # type: ignore[no-untyped-def]  # one without a type, as people write it
        paths: list[Path],
        since: date = date(2026, 1, 1),
        kind: Literal["short", "long"] = "short",
        size: tuple[int, int] = (1, 1),
        title: str | None = None,
        untyped="any",
    ) -> None:
        typer.echo(repr((paths, since.year, kind, size, title, untyped)))

    module = Test.create_test_module(commands=[report])
    run = module.run_command("report", "a", "b", "--since", "2025-02-03", "--kind", "long", "--size", "2", "3")
    assert run.stdout == f"{([Path('a'), Path('b')], 2025, 'long', (2, 3), None, 'any')!r}\n"


def test_default_serves_where_nobody_provides() -> None:
    def lone(cars: Cars | None = None) -> None:
        typer.echo(repr(cars))

    assert Test.create_test_module(commands=[lone]).run_command("lone").stdout == "None\n"


# Typers


def cars_typer(**options: Any) -> typer.Typer:
    line = typer.Typer(**options)

    @line.command("list")
    async def list_all(cars: Cars, context: typer.Context) -> None:
        """List them."""
        typer.echo(f"{context.info_name}: {', '.join(cars.names())}")

    @line.command()
    def count(cars: Cars) -> None:
        typer.echo(len(cars.names()))

    return line


def test_typer_with_a_name_is_a_group() -> None:
    line = cars_typer(name="cars", help="About cars.")
    module = Test.create_test_module(providers=[Cars], commands=[line])
    assert module.run_command("cars", "list").stdout == "list: Beetle, Mini\n"
    assert module.run_command("cars", "count").stdout == "2\n"
    assert "About cars." in module.run_command("--help").stdout
    assert [info.name for info in line.registered_commands] == ["list", None]  # it is as it was


def test_commands_of_a_typer_without_a_name_stand_beside_the_others() -> None:
    outer = typer.Typer()
    outer.add_typer(cars_typer(), name="cars")
    module = Test.create_test_module(providers=[Cars], commands=[cars_typer(), outer])
    assert module.run_command("count").stdout == module.run_command("cars", "count").stdout == "2\n"


def test_callback_of_a_typer_runs_before_the_application() -> None:
    line = cars_typer(name="cars")

    @line.callback()
    def before(verbose: bool = False) -> None:
        happened.append(f"before {verbose}")

    module = Test.create_test_module(modules=[CarModule], providers=[Cars], commands=[line])
    assert module.run_command("cars", "--verbose", "count").stdout == "2\n"
    assert happened == ["before True", "start", "end"]


# Outside of commands


def test_running_application_gives_what_any_module_provides() -> None:
    async def visit() -> None:
        async with AppFactory.create_app(modules=[CarModule]).running() as running:
            assert (await running.get(Cars)).names() == ["Beetle", "Mini"]
            assert (await running.get(Basket)).session is await running.get(Session)
            assert {Cars, Session, Basket} <= set(running.provided())
            with pytest.raises(LookupError, match=r"^int is provided nowhere in the application$"):
                await running.get(int)
            with pytest.raises(LookupError, match=r"^Request needs Request, and there is no request or connection"):
                await running.get(Request)

    asyncio.run(visit())
    assert happened == ["start", "commit", "end"]


def test_running_application_asks_whose_where_two_modules_have_one() -> None:
    @Module(providers=[Cars])
    class ShopModule(ModuleBase): ...

    @Module()
    class Elsewhere(ModuleBase): ...

    async def visit() -> None:
        async with AppFactory.create_app(modules=[CarModule, ShopModule]).running() as running:
            with pytest.raises(LookupError, match=r"^Cars is provided by CarModule and ShopModule: say whose"):
                await running.get(Cars)
            assert await running.get(Cars, ShopModule) is not await running.get(Cars, CarModule)
            with pytest.raises(LookupError, match=r"^Basket is provided nowhere in ShopModule$"):
                await running.get(Basket, ShopModule)
            with pytest.raises(LookupError, match=r"Elsewhere'> is no module of this application$"):
                await running.get(Cars, Elsewhere)

    asyncio.run(visit())


def test_application_without_commands_never_imports_typer() -> None:
    program = (
        "import sys; from ellar.app import AppFactory; from ellar.common import Module\n"
        "def greet(name: str) -> None: ...\n"
        "AppFactory.create_app(commands=[greet]); sys.exit('typer' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Mistakes, found at start


def needs_nothing_known(cars: Cars) -> None: ...


def takes_a_request(request: Request) -> None: ...


def takes_a_query(name: str = Query("John")) -> None: ...


def takes_either(number: int | str) -> None: ...


def takes_many(*, names: Sequence[str] = ()) -> None: ...


def takes_a_list(names: list) -> None: ...  # type: ignore[type-arg]  # as people write it


def takes_stars(*names: str) -> None: ...


def takes_two_stars(**names: str) -> None: ...


def takes_self(self: Any) -> None: ...


def yields() -> Iterator[int]:
    yield 1


async def yields_later() -> AsyncIterator[int]:
    yield 1


class Greeter:
    def greet(self) -> None: ...


class Contextual:
    def __init__(self, context: IExecutionContext) -> None: ...


BOUND = ProviderConfig(Contextual, use_class=Contextual, scope=request_scope)


def takes_contextual(contextual: Inject[Contextual]) -> None: ...


def naming(name: str | None, command: str) -> typer.Typer:
    line = typer.Typer(name=name)
    line.command(command)(needs_nothing)
    return line


def needs_nothing() -> None: ...


def with_callback(callback: Any, **options: Any) -> typer.Typer:
    line = typer.Typer(**options)
    line.callback()(callback)
    line.command()(needs_nothing)
    return line


async def waits() -> None: ...


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (
            needs_nothing_known,
            "needs_nothing_known needs Cars for 'cars', which nobody provides:"
            " add Cars to providers= of the application",
        ),
        (
            takes_a_request,
            "takes_a_request takes 'request', which needs Request, and a command has no request or connection:"
            " take what it needs of it as arguments",
        ),
        (
            takes_contextual,
            "takes_contextual takes 'contextual', which needs IExecutionContext, and a command has no request or"
            " connection: take what it needs of it as arguments",
        ),
        (
            takes_a_query,
            "takes_a_query takes 'name' as Query, and a command has no request: write a plain default,"
            " or typer.Option()",
        ),
        (
            takes_either,
            "takes_either takes 'number' as int | str, which nobody can type: write one type, or several as"
            " list[int] or tuple[int, str]",
        ),
        (
            takes_many,
            "takes_many takes 'names' as collections.abc.Sequence[str], which nobody can type: write one type, or"
            " several as list[int] or tuple[int, str]",
        ),
        (
            takes_a_list,
            "takes_a_list takes 'names' as list, which nobody can type: write one type, or several as"
            " list[int] or tuple[int, str]",
        ),
        (takes_stars, "takes_stars takes *names: write names: list[...]"),
        (takes_two_stars, "takes_two_stars takes **names: write each option by its name"),
        (
            takes_self,
            "takes_self takes self and is in commands= of the application: write a function outside of the class,"
            " which takes what it needs",
        ),
        (
            Greeter,
            f"commands= of the application lists {Greeter!r}: write a function, or a typer.Typer()",
        ),
        (
            "greet",
            "commands= of the application lists 'greet': write a function, or a typer.Typer()",
        ),
        (yields, "yields has a yield, and a command is called once: take it out"),
        (yields_later, "yields_later has a yield, and a command is called once: take it out"),
        (
            lambda: None,
            "a command can't be called '<lambda>': write letters, digits and -, as in import-cars",
        ),
        (
            naming(None, "make it"),
            "a command can't be called 'make it': write letters, digits and -, as in import-cars",
        ),
        (
            naming("--cars", "make"),
            "a command can't be called '--cars': write letters, digits and -, as in import-cars",
        ),
        (
            with_callback(waits, name="cars"),
            "waits is the callback of a Typer, which runs before the application: write def waits",
        ),
        (
            with_callback(needs_nothing_known, name="cars"),
            "needs_nothing_known is the callback of a Typer, which runs before the application: take 'cars' in its"
            " commands",
        ),
        (
            with_callback(needs_nothing),
            "needs_nothing is the callback of a Typer without a name, where it is never called: write"
            " typer.Typer(name=...)",
        ),
    ],
    ids=lambda case: case if isinstance(case, str) else getattr(case, "__name__", "Typer"),
)
def test_mistake_in_a_command_is_found_at_start(command: Any, error: str) -> None:
    assert mistake(command, providers=[BOUND]) == error


def mistake(*commands: Any, **listed: Any) -> str:
    """Its text, after the place where the command is written."""
    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(commands=commands, **listed).create_application()
    return re.sub(rf"^({re.escape(__file__)}:\d+|the application): ", "", str(caught.value))


def test_two_commands_of_one_name_are_told_with_their_places() -> None:
    def greet() -> None: ...

    line = naming(None, "greet")
    assert re.fullmatch(
        rf"'greet' is a command already \({re.escape(__file__)}:\d+\): call it otherwise", mistake(greet, line)
    )


@pytest.mark.parametrize("command", [needs_nothing, naming("needs-nothing", "greet")], ids=["function", "Typer"])
def test_command_that_is_listed_twice_is_told_so(command: Any) -> None:
    @Module(commands=[command])
    class GreetModule(ModuleBase): ...

    twice = "commands= of the application lists 'needs-nothing' twice: leave one"
    assert mistake(command, command) == twice
    assert mistake(command, modules=[GreetModule]) == (
        "commands= of GreetModule lists 'needs-nothing', and so does the application: leave one"
    )


def test_commands_without_brackets_are_told() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"commands= takes a list: write commands=\[...\] around <function"):
        AppFactory.create_app(commands=needs_nothing)  # type: ignore[arg-type]  # as people write it
