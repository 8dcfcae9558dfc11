"""The example of a chat as people meet it: each with a browser of their own, against `ellar runserver`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.example import CHAT, copy_of
from tests.project import ELLAR
from tests.server import Server, free_port

HOSTILE = """<img src=x onerror="window.ran = true"><script>window.ran = true</script>"""
PASSWORDS = {"ada": "engine", "grace": "compiler"}
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of(CHAT, tmp_path_factory.mktemp("e2e"))


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port)], folder, port) as server:
        yield server


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Makes a page in a browser of its own; the test fails where a script in it does."""
    errors: list[str] = []
    with ExitStack() as contexts:

        def new_page(**options: object) -> Page:
            page = contexts.enter_context(browser.new_context(**options)).new_page()  # type: ignore[arg-type]  # Playwright's
            page.set_default_timeout(10_000)
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield new_page
    assert errors == []


def log_in(page: Page, server: Server, name: str) -> None:
    page.goto(server.url)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORDS[name])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Connected")


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def shown(page: Page) -> list[tuple[str, str]]:
    """The messages in sight, and who wrote them."""
    messages = page.get_by_role("log").locator(".message")
    return [(m.locator(".author").inner_text(), m.locator(".text").inner_text()) for m in messages.all()]


def test_two_people_log_in_and_chat(new_page: NewPage, server: Server) -> None:
    ada, grace = new_page(), new_page()
    log_in(ada, server, "ada")
    expect(ada.locator("#present")).to_have_text("ada (you)")
    log_in(grace, server, "grace")
    expect(ada.locator("#present li")).to_have_text(["ada (you)", "grace"])
    expect(grace.locator("#present li")).to_have_text(["ada", "grace (you)"])

    grace.get_by_label("Your message").press_sequentially("he")
    expect(ada.locator("#typing")).to_have_text("grace is typing…")
    say(grace, "hello\nada")
    expect(ada.locator(".text")).to_have_text(["hello\nada"])
    expect(ada.locator("#typing")).to_be_empty()
    say(ada, HOSTILE)
    expect(grace.locator(".text")).to_have_count(2)
    assert shown(grace) == [("You", "hello\nada"), ("ada", HOSTILE)]
    assert shown(ada) == [("grace", "hello\nada"), ("You", HOSTILE)]
    assert [page.evaluate("window.ran") for page in (ada, grace)] == [None, None]
    assert grace.get_by_role("log").locator("img, script").count() == 0

    grace.context.close()
    expect(ada.locator(".notice")).to_have_text(["grace has joined", "grace has left"])
    expect(ada.locator("#present")).to_have_text("ada (you)")


def test_who_comes_later_reads_what_was_said_in_this_room_alone(new_page: NewPage, server: Server) -> None:
    ada, grace = new_page(), new_page()
    log_in(ada, server, "ada")
    say(ada, "in the lobby")
    expect(ada.locator(".text")).to_have_text(["in the lobby"])
    log_in(grace, server, "grace")
    expect(grace.locator(".text")).to_have_text(["in the lobby"])
    grace.get_by_role("link", name="help").click()
    expect(grace.get_by_role("status")).to_have_text("Connected")
    expect(grace.get_by_role("heading", level=1)).to_have_text("help")
    expect(grace.locator(".text")).to_have_count(0)


def test_wrong_password_is_told_and_the_right_one_helps(new_page: NewPage, server: Server) -> None:
    page = new_page()
    page.goto(server.url + "/rooms/help")
    expect(page).to_have_url(server.url + "/login")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("compiler")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("Wrong name or password.")
    page.keyboard.type(PASSWORDS["ada"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(server.url + "/rooms/lobby")


def test_logout_ends_the_other_tabs_too(new_page: NewPage, server: Server) -> None:
    page = new_page()
    log_in(page, server, "ada")
    other = page.context.new_page()
    other.goto(server.url + "/rooms/help")
    expect(other.get_by_role("status")).to_have_text("Connected")
    page.get_by_role("button", name="Log out").click()
    for tab in (page, other):
        expect(tab).to_have_url(server.url + "/login")
    page.goto(server.url)
    expect(page).to_have_url(server.url + "/login")


def test_connection_comes_back_after_a_restart(new_page: NewPage, server: Server) -> None:
    page = new_page()
    log_in(page, server, "ada")
    server.stop()
    expect(page.get_by_role("status")).to_have_text("Connection lost. Trying again…")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    server.start()
    expect(page.get_by_role("status")).to_have_text("Connected", timeout=20_000)
    say(page, "back")
    expect(page.locator(".text")).to_have_text(["back"])


def test_page_whose_session_is_over_leads_to_the_login_page(new_page: NewPage, server: Server) -> None:
    page = new_page()
    log_in(page, server, "ada")
    page.context.clear_cookies()
    server.stop()
    server.start()
    expect(page).to_have_url(server.url + "/login", timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_narrow_screen(new_page: NewPage, server: Server, scheme: str) -> None:
    page = new_page(viewport={"width": 360, "height": 640}, color_scheme=scheme)
    page.goto(server.url)
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    log_in(page, server, "ada")
    say(page, "long" * 200)
    expect(page.locator(".text")).to_have_count(1)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    assert widths == [360, 360]
    for control in (page.get_by_label("Your message"), page.get_by_role("button", name="Log out")):
        expect(control).to_be_in_viewport(ratio=1)
