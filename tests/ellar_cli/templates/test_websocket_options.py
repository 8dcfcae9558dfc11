from pathlib import Path

import pytest

from ellar_cli.errors import CliError
from ellar_cli.names import module_name
from ellar_cli.project.places import Place
from ellar_cli.project.project import find_project
from ellar_cli.templates.websocket_options import Socket


def test_default_needs_no_option() -> None:
    assert Socket().options == []


def test_options_are_those_that_were_typed() -> None:
    assert Socket("route", "json", guard=True, query="visitor-name", page=False).options == [
        *("--style", "route", "--encoding", "json", "--guard", "--query", "visitor_name", "--no-page")
    ]


def test_query_that_is_no_parameter_is_refused() -> None:
    with pytest.raises(CliError, match=r"^--query: 'class' is a Python keyword; 'class_value' would do$"):
        Socket(query="class")


@pytest.mark.parametrize(
    ("socket", "address"),
    [
        (Socket(), "and open http://127.0.0.1:8000/fleet/my-car/ws-index"),
        (Socket(query="name"), "and open http://127.0.0.1:8000/fleet/my-car/ws-index?name=Ada"),
        (Socket(page=False), " connect /fleet/my-car/live"),
        (Socket(page=False, query="name"), " connect '/fleet/my-car/live?name=Ada'"),
        (
            Socket(page=False, query="name", guard=True),
            "live?name=Ada&ticket=...', with what POST http://127.0.0.1:8000/fleet/my-car/tickets answers",
        ),
    ],
)
def test_first_step_leads_to_an_address_that_is_there(project: Path, socket: Socket, address: str) -> None:
    place = Place(find_project(project), project / "project/apps/fleet/my_car", module_name("my_car"))
    assert socket.first_step(place, "live").endswith(address)
