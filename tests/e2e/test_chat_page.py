"""The generated chat as a person meets it: `ellar runserver`, and the page in Chromium."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.e2e.chat_page import HOSTILE, expect_messages, expect_readable, nothing_ran, open_chat, say
from tests.project import ELLAR
from tests.server import Server, free_port

SCREENSHOT = Path(__file__).parents[2] / "docs/images/chat.png"
GREETING = "Welcome to our live support room!\nHow can we help you?"
LOST = "Connection lost. Trying again…"
NEVER = "No connection. Trying again…"


def reply(message: str) -> str:
    return f'We have received you complain:\n\n"{message}"\n\nWe shall get back to you.'


@pytest.fixture
def own_server(project: Path) -> Iterator[Server]:
    """A server that the test may stop."""
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port)], project, port) as server:
        yield server


def test_message_and_its_reply_are_shown_after_the_greeting(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    page.get_by_label("Your message").fill("Where is my order?")
    page.get_by_role("button", name="Send").click()
    expect_messages(page, f"Support: {GREETING}", "You: Where is my order?", f"Support: {reply('Where is my order?')}")
    expect(page.locator("strong")).to_have_text('"Where is my order?"')
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_label("Your message")).to_be_focused()


def test_enter_sends_and_shift_enter_breaks_the_line(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(page.get_by_label("Your message")).to_have_value("one\ntwo")
    page.keyboard.press("Enter")
    message = "one\ntwo"
    expect_messages(page, f"Support: {GREETING}", f"You: {message}", f"Support: {reply(message)}")


def test_enter_that_ends_a_composition_sends_nothing(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    field = page.get_by_label("Your message")
    field.fill("にほん")
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(field).to_have_value("にほん")
    expect_messages(page, f"Support: {GREETING}")


def test_blank_message_is_not_sent(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    say(page, " \n ")
    say(page, "hello")
    expect_messages(page, f"Support: {GREETING}", "You: hello", f"Support: {reply('hello')}")


def test_chat_works_by_keyboard_alone(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    page.keyboard.type("hello")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Space")
    expect_messages(page, f"Support: {GREETING}", "You: hello", f"Support: {reply('hello')}")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("log", name="Messages")).to_be_focused()


def test_markup_from_a_person_is_shown_and_not_run(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    message = f"""it's "fine" &lt; {HOSTILE}<br><strong>"""
    say(page, message)
    expect_messages(page, f"Support: {GREETING}", f"You: {message}", f"Support: {reply(message)}")
    assert nothing_ran(page)


def test_query_goes_on_to_the_socket_and_markup_from_the_server_is_shown_and_not_run(page: Page, chat: Server) -> None:
    open_chat(page, chat, f"/visitor/ws-index?name={quote('<strong>' + HOSTILE)}")
    expect_messages(page, f"Support: Welcome {HOSTILE} to our live support room!")
    assert nothing_ran(page)


def test_each_module_has_its_own_page_and_socket(page: Page, chat: Server) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda websocket: sockets.append(websocket.url))
    for path, heading in (("car", "Car"), ("chat-room", "Chat room")):
        open_chat(page, chat, f"/{path}/ws-index")
        expect(page.get_by_role("heading")).to_contain_text(heading)
        expect_messages(page, f"Support: {GREETING}")
    assert sockets == [f"ws://127.0.0.1:{chat.port}/{path}/live-support" for path in ("car", "chat-room")]


def test_socket_is_beside_the_page_under_a_prefix_and_over_https(page: Page, chat: Server) -> None:
    sockets: list[str] = []
    page.goto(f"{chat.url}/car/ws-index")
    html = page.content()
    page.route("https://shop.test/**", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route_web_socket(re.compile(""), lambda websocket: sockets.append(websocket.url))
    page.goto("https://shop.test/support/car/ws-index?name=Ada")
    expect(page.get_by_role("status")).to_have_text("Connected")
    assert sockets == ["wss://shop.test/support/car/live-support?name=Ada"]


def test_pauses_between_attempts_to_connect_do_not_grow_past_fifteen_seconds(page: Page, chat: Server) -> None:
    attempts: list[str] = []

    def refuse(websocket: WebSocketRoute) -> None:
        attempts.append(websocket.url)
        websocket.close(code=1011)

    page.clock.install()
    page.route_web_socket(re.compile(""), refuse)
    page.goto(f"{chat.url}/car/ws-index")
    expect(page.get_by_role("status")).to_have_text(NEVER)
    page.clock.run_for(60_000)
    for _ in range(8):
        before = len(attempts)
        page.clock.run_for(15_000)
        page.wait_for_timeout(100)
        assert len(attempts) > before


def test_page_asks_no_other_site_and_this_one_for_nothing_more(page: Page, chat: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_chat(page, chat)
    say(page, HOSTILE)
    expect(page.get_by_role("log").locator(".message")).to_have_count(3)
    assert [url for url in asked if not url.startswith("data:")] == [f"{chat.url}/car/ws-index"]


def test_page_says_that_the_server_is_gone_keeps_the_text_and_comes_back_by_itself(
    page: Page, own_server: Server
) -> None:
    attempts: list[float] = []
    page.on("websocket", lambda websocket: attempts.append(time.monotonic()))
    open_chat(page, own_server)
    own_server.stop()
    expect(page.get_by_role("status")).to_have_text(LOST)
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    say(page, "half a thought")
    while len(attempts) < 4:
        page.wait_for_timeout(50)
    assert attempts[3] - attempts[2] > attempts[2] - attempts[1]

    own_server.start()
    expect(page.get_by_role("status")).to_have_text("Connected", timeout=20_000)
    expect(page.get_by_label("Your message")).to_have_value("half a thought")
    page.keyboard.press("Enter")
    expect_messages(
        page,
        f"Support: {GREETING}",
        f"Support: {GREETING}",
        "You: half a thought",
        f"Support: {reply('half a thought')}",
    )


def test_message_that_the_server_refuses_ends_the_chat_with_a_word(page: Page, chat: Server) -> None:
    open_chat(page, chat)
    page.get_by_label("Your message").evaluate("field => field.removeAttribute('maxlength')")
    say(page, "x" * 2001)
    expect(page.get_by_role("status")).to_have_text("Refused by the server. Reload the page to start again.")


@pytest.mark.parametrize("path", ["/car/ws-index", "/visitor/ws-index"], ids=["a handler ready", "a handler asleep"])
def test_ctrl_c_ends_the_server_in_under_two_seconds_with_a_browser_connected(
    page: Page, own_server: Server, path: str
) -> None:
    open_chat(page, own_server, path)
    say(page, "hello")
    page.wait_for_timeout(300)
    assert own_server.stop() < 2
    expect(page.get_by_role("status")).to_have_text(LOST)


def test_page_fits_a_phone(page: Page, chat: Server) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    open_chat(page, chat)
    for _ in range(5):
        say(page, "Donaudampfschiffahrtsgesellschaftskapitän" * 3)
    expect(page.get_by_role("log").locator(".message")).to_have_count(11)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [360, 640]
    assert page.get_by_role("log").evaluate("log => log.scrollWidth - log.clientWidth") == 0
    expect(page.get_by_role("log").locator(".message").last).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Send")).to_be_in_viewport(ratio=1)


def test_newest_message_stays_in_sight_until_a_person_scrolls_up(page: Page, chat: Server) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    open_chat(page, chat)
    shown = page.get_by_role("log").locator(".message")
    for count in range(3, 13, 2):
        say(page, "hello")
        expect(shown).to_have_count(count)
    page.get_by_label("Your message").fill("a draft\nof\nmany\nlines")
    expect(shown.last).to_be_in_viewport(ratio=1)

    shown.first.scroll_into_view_if_needed()
    page.evaluate("showMessage('theirs', 'Support', 'news')")
    expect(shown).to_have_count(12)
    expect(shown.first).to_be_in_viewport(ratio=1)
    say(page, "hello")
    expect(shown).to_have_count(14)
    expect(shown.last).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_either_scheme(page: Page, chat: Server, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_chat(page, chat)
    say(page, "hello")
    expect(page.get_by_role("log").locator(".message")).to_have_count(3)
    expect_readable(page, scheme, "h1", "#status", ".theirs", ".mine", "textarea", "button")


def test_the_picture_of_the_readme(page: Page, chat: Server, tmp_path: Path) -> None:
    """`ELLAR_SCREENSHOTS=1` puts it into the README."""
    picture = SCREENSHOT if "ELLAR_SCREENSHOTS" in os.environ else tmp_path / SCREENSHOT.name
    page.set_viewport_size({"width": 800, "height": 560})
    open_chat(page, chat)
    say(page, "My order has not arrived yet.\nCan you have a look?")
    expect(page.get_by_role("log").locator(".message")).to_have_count(3)
    page.screenshot(path=picture)
    assert 10_000 < picture.stat().st_size < 150_000
