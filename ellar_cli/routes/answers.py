"""What answers one address, and what it keeps from others, in words."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ellar.inspection import RouteInfo
from ellar_cli.errors import CliError
from ellar_cli.output import command, paint, say
from ellar_cli.routes.document import answers_document
from ellar_cli.routes.matching import Asked, Found, found, near
from ellar_cli.routes.words import address, colour, in_one_line, label, methods, place


def say_answers(answers: Sequence[Found], folder: Path) -> None:
    """Print each route that answers, with what is known of it."""
    for number, one in enumerate(answers):
        if number:
            say()
        say(f"{paint(_label(one), colour(one.route))} {paint(address(one.route), 'bold')}")
        for name, value in _told(one, folder):
            say(f"  {name:<10}  {value}")


def nothing_answers(routes: Sequence[RouteInfo], asked: Asked) -> CliError:
    """What to say where no route answers: what is answered there, or what is near."""
    others = [one for one in found(routes, asked.in_any_way) if one.is_there]
    close = [one.route for one in others] or near(routes, asked)
    if others:
        there = dict.fromkeys(",".join(map(_label, others)).split(","))
        way_out = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} answered there"
    elif close:
        way_out = f"near: {', '.join(f'{label(info)} {address(info)}' for info in close)}"
    else:
        way_out = f"see them all: {command('routes')}"
    error = CliError(f"{_nobody(routes, asked)} answers {asked.typed}; {way_out}")
    error.outcome = answers_document(asked, None, [], close)
    return error


def _nobody(routes: Sequence[RouteInfo], asked: Asked) -> str:
    mounted = next((one.route for one in found(routes, asked)), None)
    return f"nothing in {mounted.handler}, mounted at {address(mounted)}," if mounted else "no route"


def _label(one: Found) -> str:
    return methods(one.methods) if one.route.kind == "HTTP" else label(one.route)


def _told(one: Found, folder: Path) -> Iterator[tuple[str, str]]:
    yield "handler", one.route.handler
    told = {
        "file": place(one.route.file, one.route.line, folder),
        "module": one.route.module,
        "guards": ", ".join(one.route.guards),
        "parameters": ", ".join(f"{name}={value!r}" for name, value in one.parameters.items()),
    }
    yield from ((name, value) for name, value in told.items() if value)
    yield from (("hides", in_one_line(info, folder)) for info in one.hides)
