import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from ellar_cli.application.loading import load
from ellar_cli.application.target import find_target
from ellar_cli.errors import CliError

Told = Callable[..., str]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Loads the application `shop.server:app`, whose server imports `shop.root`, and returns what is told of it."""

    def load_it(root: str, *, app: str = "shop.server:app", traceback: bool = False, **others: str) -> str:
        files = {"__init__": "", "server": "import sys\nfrom shop.root import app\n", **others, "root": dedent(root)}
        for name, text in files.items():
            path = tmp_path / "shop" / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        with pytest.raises(CliError) as error:
            load(find_target(tmp_path, app), traceback=traceback)
        return str(error.value)

    monkeypatch.syspath_prepend(tmp_path)
    yield load_it
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        del sys.modules[name]


def test_exception_is_its_place_its_words_its_line_and_the_imports_that_led_there(told: Told) -> None:
    text = told("from shop.prices import NET\n", prices="TAX = 0\nNET = 1 + 1 / TAX\n")
    assert text.splitlines() == [
        "shop/prices.py:2: ZeroDivisionError: division by zero",
        "    NET = 1 + 1 / TAX",
        "              ~~^~~~~",
        "  from shop/server.py:2 → shop/root.py:1",
    ]


def test_call_on_the_way_is_named(told: Told) -> None:
    text = told(
        """
        def table():
            return {}["small"]

        app = table()
        """
    )
    assert text.splitlines()[0] == "shop/root.py:3: KeyError: 'small'"
    assert text.splitlines()[-1] == "  from shop/server.py:2 → shop/root.py:5"
    deeper = told("def a():\n    b()\n\ndef b():\n    1 / 0\n\na()\n")
    assert deeper.splitlines()[-1] == "  from shop/server.py:2 → shop/root.py:7 → shop/root.py:2 in a"


def test_syntax_error_has_its_caret_and_every_import(told: Told) -> None:
    text = told("app = (1,\n")
    assert text.splitlines() == [
        "shop/root.py:1: SyntaxError: '(' was never closed",
        "    app = (1,",
        "          ^",
        "  from shop/server.py:2",
    ]
    in_the_server = told("", server="app = (1,\n")
    assert in_the_server.splitlines() == [
        "shop/server.py:1: SyntaxError: '(' was never closed",
        "    app = (1,",
        "          ^",
    ]


def test_syntax_error_of_a_text_that_is_no_file_is_told_where_it_was_read(told: Told) -> None:
    assert told("eval('1 +')\n").startswith("shop/root.py:1: SyntaxError: invalid syntax")


def test_file_that_is_no_text_is_told_by_its_name(told: Told, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "latin.py").write_bytes("NAME = 'caf\xe9'\n".encode("latin-1"))
    text = told("import shop.latin\n")
    assert text.startswith("shop/latin.py:1: SyntaxError: (unicode error) 'utf-8' codec can't decode")
    assert text.endswith("  from shop/server.py:2 → shop/root.py:1")


def test_missing_package_says_how_to_install_it_and_what_may_have_been_meant(told: Told) -> None:
    assert told("import no_such_package.inside\n").splitlines() == [
        "shop/root.py:1: ModuleNotFoundError: No module named 'no_such_package'",
        "    import no_such_package.inside",
        "  from shop/server.py:2",
        f"  if the name is right, install its package: {sys.executable} -m pip install no_such_package",
    ]
    assert "\n  did you mean json?\n" in told("import jsno\n")


def test_missing_module_of_the_application_or_a_library_is_nothing_to_install(told: Told) -> None:
    text = told("import shop.price\n", prices="")
    assert text.splitlines()[-1] == "  did you mean shop.prices?"
    text = told("import starlette.respones\n")
    assert text.splitlines()[-1] == "  did you mean starlette.responses?"
    assert "install" not in text


@pytest.mark.parametrize(
    ("root", "meant"),
    [
        ("class GeeService: ...\n\ndef made():\n    service = GeeServce()\n\nmade()\n", "GeeService"),
        ("from shop.prices import GeeServce\n", "GeeService"),
        ("import shop.prices\nshop.prices.GeeServce\n", "GeeService"),
        ("raise NameError('other')\n", None),
        ("nothing_like_it\n", None),
    ],
)
def test_name_that_is_nearly_there_is_told_once(told: Told, root: str, meant: str | None) -> None:
    text = told(root, prices="class GeeService: ...\n")
    assert text.lower().count("did you mean") == bool(meant)
    assert meant is None or text.replace("'", "").endswith(f"{meant}?") or sys.version_info >= (3, 12)


def test_mistake_in_a_declaration_has_its_place_in_the_project(told: Told) -> None:
    text = told(
        """
        from ellar.app import AppFactory
        from ellar.common import get

        class Engine: ...

        @get("/")
        async def index(engine: Engine) -> None: ...

        app = AppFactory.create_app(routers=[index])
        """
    )
    assert text.startswith("shop/root.py:7: index needs Engine for 'engine'")


def test_error_of_a_library_is_told_where_it_was_called(told: Told) -> None:
    text = told("from pydantic import TypeAdapter\nTypeAdapter(dict[str, int]).validate_python({'size': 'big'})\n")
    first, second, *_, last = text.splitlines()
    assert first == "shop/root.py:2: pydantic_core._pydantic_core.ValidationError: 1 validation error for dict[str,int]"
    assert second == "  size"
    assert last.startswith("  raised in pydantic/type_adapter.py:")
    assert last.endswith("; --traceback shows every step")
    assert 'File "' not in text


def test_causes_and_parts_of_an_exception_are_told_with_their_places(told: Told) -> None:
    text = told(
        """
        try:
            {}["DATABASE"]
        except KeyError as error:
            raise RuntimeError("no database") from error
        """
    )
    assert text.splitlines()[0] == "shop/root.py:5: RuntimeError: no database"
    assert text.splitlines()[-1] == "  caused by shop/root.py:3: KeyError: 'DATABASE'"
    text = told(
        """
        def fail():
            raise OSError("unplugged")

        try:
            fail()
        except OSError as error:
            raise ExceptionGroup("two tasks", [error, ValueError("late")]) from None
        """
    )
    assert text.splitlines()[0] == "shop/root.py:8: ExceptionGroup: two tasks (2 sub-exceptions)"
    assert text.splitlines()[3:] == [
        "  shop/root.py:3: OSError: unplugged",
        '      raise OSError("unplugged")',
        "  ValueError: late",
    ]


def test_endless_recursion_is_few_lines(told: Told) -> None:
    text = told("def a():\n    b()\n\ndef b():\n    a()\n\na()\n")
    assert "RecursionError" in text
    assert " → … → " in text
    assert len(text.splitlines()) <= 5


def test_application_that_ends_the_process_is_told_with_its_words(told: Told) -> None:
    text = told("import sys\nsys.exit('set DATABASE_URL first')\n")
    assert text.startswith("shop/root.py:2: the application ends the process: sys.exit('set DATABASE_URL first')\n")


def test_wrong_declaration_is_the_one_line_that_it_says(told: Told) -> None:
    text = told("from ellar.app import AppFactory\napp = AppFactory.create_app(modules=[int])\n")
    assert text.count("\n") == 0
    assert "int" in text


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("shop.srever:app", "--app: there is no module shop.srever; did you mean shop.server?"),
        ("shop.server:ap", "--app: shop.server:ap is not there; did you mean shop.server:app?"),
        (
            "shop.server:sys",
            "--app: shop.server:sys is no function or application; name an application, or a function that makes one",
        ),
        ("shop.root:nothing", "--app: shop.root:nothing returns None, which is no application"),
        ("shop.root:later", "--app: shop.root:later is async: make the application in a plain def"),
        (
            "shop.root:sized",
            "--app: shop.root:sized: TypeError: sized() missing 1 required positional argument: 'n'",
        ),
    ],
)
def test_what_is_no_application_is_one_line(told: Told, app: str, expected: str) -> None:
    root = "app = print\ndef nothing(): ...\nasync def later(): ...\ndef sized(n): ...\n"
    assert told(root, app=app) == expected


def test_traceback_shows_every_frame(told: Told) -> None:
    text = told("1 / 0\n", traceback=True)
    assert text.startswith("the application fails\nTraceback (most recent call last):\n")
    assert "ellar_cli" in text
    assert text.endswith("ZeroDivisionError: division by zero")
