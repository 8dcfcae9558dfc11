"""Where the API pages are, when they are made, and for whom they make way."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from ellar.common import get
from ellar.described import Application
from ellar.openapi import openapi
from ellar.testing import Test, TestClient
from tests.ellar.api.sample import app

PATHS = ("/openapi.json", "/asyncapi.json", "/docs")


@get("/{anything}")
async def anything(anything: str) -> str:
    return anything


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({}, 404),
        ({"DEBUG": True}, 200),
        ({"API_DOCS": True}, 200),
        ({"DEBUG": True, "API_DOCS": False}, 404),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_they_are_there_in_debug_and_else_by_config(path: str, config: dict[str, Any], status: int) -> None:
    client = Test.create_test_module(config_module=config).get_test_client()

    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", PATHS)
def test_a_route_of_the_same_path_wins_and_one_of_any_path_does_not(path: str) -> None:
    @get(path)
    async def own() -> str:
        return "own"

    config = {"API_DOCS": True}
    with_own = Test.create_test_module(routers=[own], config_module=config).get_test_client()
    with_any = Test.create_test_module(routers=[anything], config_module=config).get_test_client()

    assert with_own.get(path).json() == "own"
    assert with_any.get(path).text != f'"{path[1:]}"'
    assert with_any.get("/other").json() == "other"


def test_the_documents_know_where_the_application_is_mounted() -> None:
    outer = TestClient(Starlette(routes=[Mount("/v1", app)]), base_url="https://example.org")

    assert outer.get("/v1/openapi.json").json()["servers"] == [{"url": "/v1"}]
    assert outer.get("/v1/asyncapi.json").json()["servers"] == {
        "this": {"host": "example.org", "protocol": "wss", "pathname": "/v1"}
    }


LOADED = """
import sys
from ellar.app import AppFactory
from ellar.common import Body, get, post
from ellar.testing import TestClient

@post("/")
async def save(number: int = Body()) -> int:
    return number

def loaded():
    makers = ("openapi", "asyncapi", "schemas", "answers", "described", "docs_page")
    return [name for name in makers if f"ellar.{name}" in sys.modules]

client = TestClient(AppFactory.create_app(routers=[save], config_module={"API_DOCS": %s}))
assert client.post("/", json=1).json() == 1
print(loaded())
client.get("/openapi.json")
print(loaded())
"""


@pytest.mark.parametrize(("setting", "after"), [(False, []), (True, ["openapi", "schemas", "answers", "described"])])
def test_nothing_that_makes_them_is_loaded_before_somebody_asks(setting: bool, after: list[str]) -> None:
    run = subprocess.run([sys.executable, "-c", LOADED % setting], capture_output=True, text=True, check=True)

    assert run.stdout.splitlines() == ["[]", str(after)]


def test_a_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Application] = []

    def noted(application: Application) -> dict[str, Any]:
        made.append(application)
        return openapi(application)

    monkeypatch.setattr("ellar.openapi.openapi", noted)
    client = Test.create_test_module(routers=[anything], config_module={"API_DOCS": True}).get_test_client()
    first, second = client.get("/openapi.json").json(), client.get("/openapi.json").json()

    assert first == second
    assert len(made) == 1


def test_the_page_runs_no_script_but_its_own() -> None:
    answer = TestClient(app).get("/docs")
    [script] = re.findall(r'<script type="module">(.*?)</script>', answer.text, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
