"""`ellar runserver --reload`, and pages in Chromium that are open while their files are edited."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.project import ELLAR, new_project
from tests.server import Server, free_port

PATIENCE = 15_000  # milliseconds; a restart takes one second, but many where other tests run

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a module whose page has a style sheet."""
    folder = new_project(tmp_path_factory.mktemp("live") / "project", "car")
    car = folder / "project/apps/car"
    (car / "static").mkdir()
    (car / "static/car.css").write_text("h1 { color: rgb(1, 2, 3); }\n")
    page = car / "templates/ws-index.html"
    link = '<link rel="stylesheet" href="{{ static_url("car.css") }}">'
    page.write_text(page.read_text().replace("</head>", f"{link}</head>"))
    module = car / "module.py"
    module.write_text(module.read_text().replace("@Module(", '@Module(static_folder="static", '))
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Server]:
    port = free_port()
    with Server([ELLAR, "runserver", "--reload", "--port", str(port)], project, port) as server:
        yield server


@pytest.fixture
def edit(project: Path) -> Edit:
    """Replaces a text in a file. What a test breaks it mends itself, and waits for that."""

    def replace(name: str, old: str, new: str) -> None:
        text = (project / name).read_text()
        assert old in text
        (project / name).write_text(text.replace(old, new))

    return replace


@pytest.fixture
def chat(page: Page, server: Server) -> Page:
    """The chat of the module, which has connected."""
    page.goto(f"{server.url}/car/ws-index")
    expect(page.get_by_role("status")).to_have_text("Connected")
    page.get_by_role("textbox").fill("half a message")
    return page


def status(server: Server, path: str) -> int:
    try:
        with urlopen(server.url + path, timeout=PATIENCE / 1000) as response:
            code: int = response.status
    except HTTPError as error:
        error.close()
        return error.code
    except OSError:  # between two processes
        return 0
    return code


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_open_page_reloads_when_its_template_or_its_style_changes(chat: Page, edit: Edit) -> None:
    edit("project/apps/car/templates/ws-index.html", "<h1>Car", "<h1>Bicycle")
    expect(chat.get_by_role("heading")).to_have_text("Bicycle · Live support", timeout=PATIENCE)
    edit("project/apps/car/static/car.css", "rgb(1, 2, 3)", "rgb(4, 5, 6)")
    expect(chat.get_by_role("heading")).to_have_css("color", "rgb(4, 5, 6)", timeout=PATIENCE)


def test_open_page_reconnects_when_python_changes_and_keeps_what_was_typed(chat: Page, edit: Edit) -> None:
    with chat.expect_event("websocket", lambda socket: "live-support" in socket.url):
        edit("project/apps/car/services.py", "We have", "Since today, we have")
    expect(chat.get_by_role("status")).to_have_text("Connected", timeout=PATIENCE)
    expect(chat.get_by_role("textbox")).to_have_value("half a message")
    chat.get_by_role("button", name="Send").click()
    expect(chat.get_by_text("Since today, we have received")).to_be_visible(timeout=PATIENCE)


def test_mistake_is_shown_over_an_open_page_and_goes_when_it_is_mended(chat: Page, edit: Edit) -> None:
    edit("project/apps/car/services.py", "class ", "clas ")
    mistake = chat.get_by_role("dialog", name="The application does not start")
    expect(mistake).to_contain_text("project/apps/car/services.py:", timeout=PATIENCE)
    expect(mistake).to_contain_text("SyntaxError: invalid syntax\n    clas CarService", timeout=PATIENCE)
    expect(mistake).to_contain_text("from project/server.py:5 → project/root_module.py:", timeout=PATIENCE)
    chat.wait_for_timeout(2500)  # until the page has failed some times, and waits for seconds
    edit("project/apps/car/services.py", "clas ", "class ")
    expect(mistake).to_have_count(0, timeout=PATIENCE)
    expect(chat.get_by_role("status")).to_have_text("Connected", timeout=2000)
    expect(chat.get_by_role("textbox")).to_have_value("half a message")


def test_page_of_an_error_loads_again_when_python_changes(page: Page, server: Server, edit: Edit) -> None:
    edit("project/apps/car/controllers.py", 'return {"message', '1 / 0\n        return {"message')
    until(lambda: status(server, "/car/ws-index") == 500)
    page.goto(f"{server.url}/car/ws-index")
    expect(page.get_by_text("ZeroDivisionError").first).to_be_visible()
    edit("project/apps/car/controllers.py", "1 / 0\n        ", "")
    expect(page.get_by_role("status")).to_have_text("Connected", timeout=PATIENCE)


def test_page_that_is_asked_for_while_there_is_a_mistake_tells_it_and_comes_back(
    page: Page, server: Server, edit: Edit
) -> None:
    edit(
        "project/root_module.py",
        "ModuleBase): ...",
        'ModuleBase):\n    def on_startup(self) -> None:\n        {}["a"]\n',
    )
    until(lambda: status(server, "/car/ws-index") == 503)
    response = page.goto(f"{server.url}/car/ws-index")
    assert response is not None
    assert response.status == 503
    expect(page.get_by_role("heading")).to_have_text("project/root_module.py:12: KeyError: 'a'", timeout=PATIENCE)
    expect(page.get_by_text('{}["a"]')).to_be_visible(timeout=PATIENCE)
    edit("project/root_module.py", '{}["a"]', "{}[")
    expect(page.get_by_role("heading")).to_have_text(
        "project/root_module.py:12: SyntaxError: '[' was never closed", timeout=PATIENCE
    )
    edit("project/root_module.py", "{}[", "...")
    expect(page.get_by_role("status")).to_have_text("Connected", timeout=PATIENCE)


def test_process_that_ends_by_itself_is_told_and_started_again_by_a_change(server: Server, edit: Edit) -> None:
    edit("project/root_module.py", "from ellar.core", "import os; os._exit(7)\nfrom ellar.core")
    until(lambda: "the application's process has ended, with 7; waiting for a file" in server.log.read_text())
    with pytest.raises(HTTPError) as refused:  # and no request waits
        urlopen(f"{server.url}/car/ws-index", timeout=PATIENCE / 1000)
    assert (refused.value.code, refused.value.read()) == (
        503,
        b'{"detail":"the application\'s process has ended, with 7"}',
    )
    edit("project/root_module.py", "os._exit(7)", "os.kill(os.getpid(), 9)")
    until(lambda: "has ended, by SIGKILL" in server.log.read_text())
    edit("project/root_module.py", "import os; os.kill(os.getpid(), 9)\n", "")
    until(lambda: status(server, "/car/ws-index") == 200)


def test_application_starts_when_the_page_or_the_folder_is_there_that_it_waits_for(
    project: Path, server: Server, edit: Edit
) -> None:
    car = project / "project/apps/car"
    (car / "static").rename(car / "away")
    edit("project/root_module.py", "import ModuleBase\n", "import ModuleBase  # changed\n")
    until(lambda: status(server, "/car/ws-index") == 503)
    time.sleep(0.1)  # nobody is quicker, and the clock of files is not exact
    (car / "away").rename(car / "static")
    until(lambda: status(server, "/car/ws-index") == 200)
    edit("project/apps/car/templates/ws-index.html", "</head>", "</head>{% if %}")
    edit("project/root_module.py", "  # changed\n", "\n")
    until(lambda: status(server, "/car/ws-index") == 503)
    time.sleep(0.1)
    edit("project/apps/car/templates/ws-index.html", "{% if %}", "")
    until(lambda: status(server, "/car/ws-index") == 200)


def test_page_is_no_reason_to_start_an_application_that_it_does_not_wait_for(server: Server, edit: Edit) -> None:
    def restarts() -> int:
        return server.log.read_text().count("Reloading")

    # What it writes itself, before it fails; and what was changed before it has died.
    writes = "import pathlib; (pathlib.Path(__file__).parent / 'made.css').write_text(''); 1 / 0\n"
    before = restarts()
    edit("project/root_module.py", "from ellar.core", f"{writes}from ellar.core")
    until(lambda: status(server, "/car/ws-index") == 503)
    edit("project/root_module.py", writes, "")
    until(lambda: status(server, "/car/ws-index") == 200)
    edit("project/apps/car/static/car.css", "h1 {", "h1  {")
    time.sleep(1)
    assert restarts() == before + 2
    edit("project/root_module.py", "from ellar.core", "import os; os._exit(8)\nfrom ellar.core")
    until(lambda: "the application's process has ended, with 8; waiting for a file" in server.log.read_text())
    time.sleep(1)
    assert restarts() == before + 3
    edit("project/root_module.py", "import os; os._exit(8)\n", "")
    until(lambda: status(server, "/car/ws-index") == 200)


def test_process_that_heeds_no_signal_is_killed_after_a_change(server: Server, edit: Edit) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); signal.pause()\n"
    edit("project/root_module.py", "from ellar.core", f"{deaf}from ellar.core")
    until(lambda: "\ndeaf\n" in server.log.read_text())
    edit("project/root_module.py", deaf, "")
    until(lambda: status(server, "/car/ws-index") == 200)


def test_changed_setting_restarts_and_a_changed_document_does_not(project: Path, server: Server, edit: Edit) -> None:
    (project / ".env").write_text("ELLAR_DEBUG=0\n")
    until(lambda: status(server, "/") == 404)
    (project / ".env").unlink()
    until(lambda: status(server, "/") == 200)
    edit("pyproject.toml", "DevelopmentConfig", "BaseConfig")
    until(lambda: status(server, "/") == 404)
    restarts = server.log.read_text().count("Reloading")
    edit("README.md", "# ", "# My ")
    time.sleep(0.5)
    assert server.log.read_text().count("Reloading") == restarts
