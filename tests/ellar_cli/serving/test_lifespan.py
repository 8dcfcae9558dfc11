import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ellar_cli.application.target import Target
from ellar_cli.serving.lifespan import Told

Ellar = Callable[..., subprocess.CompletedProcess[str]]

TARGET = Target("shop:app", Path(__file__).parent, "--app")


def said(app: ASGIApp, *events: str) -> list[Message]:
    """What the server is told while it starts the application and ends it."""
    sent: list[Message] = []
    waiting = [{"type": f"lifespan.{event}"} for event in events]

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Told(app, TARGET)({"type": "lifespan"}, receive, send))
    return sent


def test_hook_that_fails_at_the_start_is_told_by_its_line_and_ends_the_server(project: Path, ellar: Ellar) -> None:
    file = project / "project" / "root_module.py"
    hook = 'def on_startup(self) -> None:\n        {}["url"]\n'
    file.write_text(file.read_text().replace("...", f"\n    {hook}"))
    run = ellar("runserver", "--port", "0", cwd=project)
    assert run.returncode == 1
    told = [line for line in run.stderr.splitlines() if not line.startswith("INFO")]
    assert told == ["error: project/root_module.py:10: KeyError: 'url'", '    {}["url"]', "    ~~^^^^^^^"]
    assert "Traceback" not in run.stdout + run.stderr


def test_application_that_says_why_it_does_not_start_is_told_in_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    assert said(app, "startup") == [{"type": "lifespan.startup.failed", "message": ""}]
    assert capsys.readouterr().err == "error: no database\n"


def test_application_without_a_lifespan_is_left_to_the_server() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope["type"])

    with pytest.raises(AssertionError, match="lifespan"):
        said(app, "startup")
