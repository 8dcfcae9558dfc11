"""`ellar shell`: code of a line, of a pipe and of a person at a terminal, in the running application."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ellar_cli.commands.conftest import Inside
from tests.terminal import CTRL_C, CTRL_D, ENTER, Terminal

APPLICATION = """
import asyncio

from ellar.common import Module
from ellar.core import ModuleBase, Request
from ellar.di import ProviderConfig, injectable, request_scope


class Cars:
    async def names(self) -> list[str]:
        await asyncio.sleep(0)
        return ["Beetle", "Mini"]


class Ticker:
    ticks = 0

    async def run(self) -> None:
        while True:
            self.ticks += 1
            await asyncio.sleep(0.001)


class Session: ...


async def session():
    try:
        yield Session()
        print("commit")
    except BaseException:
        print("rollback")
        raise


class Broken:
    def __init__(self) -> None:
        raise RuntimeError("broken")


class Twice: ...


OtherTwice = type("Twice", (), {})


SESSION = ProviderConfig(Session, use_factory=session, scope=request_scope)


@Module(providers=[Cars, Ticker, Twice, OtherTwice, Broken, SESSION])
class CarModule(ModuleBase):
    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker

    async def on_startup(self) -> None:
        self.task = asyncio.create_task(self.ticker.run())
        print("started")

    async def on_shutdown(self) -> None:
        self.task.cancel()
        print("ended")


@Module(modules=[CarModule])
class ApplicationModule(ModuleBase): ...
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with something to look at."""
    from ellar_cli.commands.new import new

    folder = tmp_path_factory.mktemp("shell")
    new("shop", folder)
    (folder / "shop/shop/root_module.py").write_text(APPLICATION)
    return folder / "shop"


def test_code_awaits_what_a_module_provides(shop: Path, inside: Inside) -> None:
    run = inside(shop / "shop", "shell", "-c", "print(await (await get(Cars)).names())")
    assert run == (0, "started\n['Beetle', 'Mini']\nended\n", "")


def test_modules_and_what_they_provide_need_no_import(shop: Path, inside: Inside) -> None:
    names = "CarModule.__name__, Cars.__name__, type(app).__name__, type(config).__name__, 'Twice' in globals()"
    run = inside(shop, "shell", "-c", f"print({names})")
    assert run.out.splitlines()[1] == "CarModule Cars App DevelopmentConfig False"


def test_all_that_is_piped_in_is_one_program(shop: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "async def count():\n    return len(await (await get(Cars)).names())\n\nprint(await count())\n'unseen'\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(program))
    assert inside(shop, "shell") == (0, "started\n2\nended\n", "")


def test_await_that_is_missing_is_told(tool: Path, shop: Path) -> None:
    run = subprocess.run([tool, "shell", "-c", "get(Cars)"], cwd=shop, capture_output=True, text=True)
    assert (run.returncode, run.stderr.count("was never awaited")) == (0, 1)
    assert "Exception ignored" not in run.stderr


def test_script_finds_itself_run(shop: Path, inside: Inside) -> None:
    assert inside(shop, "shell", "-c", "if __name__ == '__main__': print('run')").out == "started\nrun\nended\n"


@pytest.mark.parametrize(
    ("code", "exit_code", "end"),
    [("", 0, "commit"), ("; raise SystemExit", 0, "commit"), ("; 1 / 0", 1, "rollback")],
)
def test_code_has_one_scope_that_is_rolled_back_where_it_fails(
    shop: Path, inside: Inside, code: str, exit_code: int, end: str
) -> None:
    run = inside(shop, "shell", "-c", f"assert await get(Session) is await get(Session){code}")
    assert (run.code, run.out) == (exit_code, f"started\n{end}\nended\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no SIGTERM to catch")
def test_sigterm_ends_code_and_application_in_good_order(tool: Path, shop: Path) -> None:
    kill = "os.kill(os.getpid(), signal.SIGTERM)"
    code = f"import asyncio, os, signal; await get(Session); {kill}; await asyncio.sleep(30)"
    run = subprocess.run([tool, "shell", "-c", code], cwd=shop, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (128 + signal.SIGTERM, "started\nrollback\nended\n")
    assert run.stderr == "interrupted\n"


def test_closed_input_and_output_are_no_mistakes(tool: Path, shop: Path) -> None:
    line = f"{tool} shell <&-; {tool} shell -c 'print(12 * 10000 * \"x\")' | head -c 9"
    run = subprocess.run(line, shell=True, cwd=shop, capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("started\nended\nstarted\nx", "")


def test_exit_code_of_the_code_passes(shop: Path, inside: Inside) -> None:
    with pytest.raises(SystemExit) as end:
        inside(shop, "shell", "-c", "raise SystemExit(4)")
    assert end.value.code == 4


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("1 / 0", "1 / 0\n    ~~^~~\nZeroDivisionError: division by zero\n"),
        ("await get(int)", "await get(int)\nLookupError: int is provided nowhere in the application\n"),
        (
            "raise __import__('asyncio').CancelledError",
            "raise __import__('asyncio').CancelledError\nasyncio.exceptions.CancelledError\n",
        ),
    ],
)
def test_mistake_in_the_code_is_shown_without_our_frames(shop: Path, inside: Inside, code: str, error: str) -> None:
    run = inside(shop, "shell", "-c", code)
    assert run.code == 1
    assert run.err == f'Traceback (most recent call last):\n  File "<shell>", line 1, in <module>\n    {error}'


def test_mistake_in_what_is_provided_is_shown_without_the_container_s_frames(shop: Path, inside: Inside) -> None:
    lines = inside(shop, "shell", "-c", "await get(Broken)").err.splitlines()
    assert [line.split('"')[1] for line in lines if line.startswith("  File ")] == [
        "<shell>",
        str(shop / "shop" / "root_module.py"),
    ]
    assert lines[-1] == "RuntimeError: broken"


def test_code_that_is_no_python_is_told(shop: Path, inside: Inside) -> None:
    run = inside(shop, "shell", "-c", "print(")
    assert run.code == 1
    assert run.err == "  File \"<shell>\", line 1\n    print(\n         ^\nSyntaxError: '(' was never closed\n"


def test_application_that_fails_at_its_start_is_told_by_its_line(project: Path, inside: Inside) -> None:
    (project / "project/root_module.py").write_text(APPLICATION.replace('print("started")', 'open("nowhere")'))
    run = inside(project, "shell", "-c", "1")
    line = APPLICATION[: APPLICATION.index('print("started")')].count("\n") + 1
    assert (run.code, run.err.splitlines()[0]) == (
        1,
        f"error: project/root_module.py:{line}: FileNotFoundError: [Errno 2] No such file or directory: 'nowhere'",
    )


def test_other_application_has_no_shell(tmp_path: Path, inside: Inside) -> None:
    (tmp_path / "plain.py").write_text("from starlette.applications import Starlette\napp = Starlette()\n")
    run = inside(tmp_path, "shell", "--app", "plain:app", "-c", "1")
    assert (run.code, run.err) == (
        1,
        "error: --app: plain:app is a Starlette; commands and the shell are there for an ellar.app.App alone\n",
    )


WITHOUT_IPYTHON = (
    "import sys; sys.modules['IPython'] = None; sys.argv[0] = 'ellar';"
    " from ellar_cli.main import main; sys.exit(main(['shell']))"
)


def test_python_s_own_prompt_awaits_beside_the_application(shop: Path) -> None:
    with Terminal([sys.executable, "-c", WITHOUT_IPYTHON], shop) as terminal:
        terminal.answer("await works, and Ctrl-D ends it.", "")
        terminal.answer("  get     what a module provides: await get(Broken)\n", "")
        terminal.answer("Modules and what they provide need no import: Broken, Cars, Session, Ticker\n", "")
        terminal.answer(">>> ", "await (await get(Cars)).names()" + ENTER)
        terminal.answer("['Beetle', 'Mini']\n>>> ", "ticker = await get(Ticker); before = ticker.ticks" + ENTER)
        terminal.answer(">>> ", "import time; time.sleep(0.1); ticker.ticks > before" + ENTER)
        terminal.answer("True\n>>> ", "def (" + ENTER)
        terminal.answer('def (\n  File "<shell>", line 1\n', "")
        terminal.answer("SyntaxError: invalid syntax\n>>> ", "await asyncio" + ENTER)
        terminal.answer("NameError: name 'asyncio' is not defined\n>>> ", "import asyncio" + ENTER)
        terminal.answer(">>> ", "print('asleep'); await asyncio.sleep(30)" + ENTER)
        terminal.answer("\nasleep", CTRL_C)
        terminal.answer("KeyboardInterrupt\n>>> ", "session = await get(Session); tic\t.ticks > 0" + ENTER)
        terminal.answer("True\n>>> ", CTRL_D)
        assert terminal.exit_code() == 0
    assert terminal.screen.split() == ["commit", "ended"]


def test_ipython_is_the_prompt_where_it_is(tool: Path, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")  # it would wait for the terminal to say where the cursor is
    with Terminal([tool, "shell"], shop) as terminal:
        terminal.answer(
            "await works, and Ctrl-D ends it.", "print('sum', len(await (await get(Cars)).names()))" + ENTER
        )
        terminal.answer("sum 2", "import asyncio; print('as' + 'leep'); await asyncio.sleep(30)" + ENTER)
        terminal.answer("asleep", CTRL_C)
        terminal.answer("CancelledError", "await get(Session)" + ENTER)
        terminal.answer("Session at", CTRL_D)
        assert terminal.exit_code() == 0
    assert terminal.screen.endswith("commit\nended\n")
    assert "waiting.py" not in terminal.screen
