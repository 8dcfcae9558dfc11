"""The pages of the other encodings, and of websockets with a guard or a query parameter, in Chromium."""

import json
import re

import pytest
from playwright.sync_api import Page, Request, Route, WebSocketRoute, expect

from tests.e2e.chat_page import HOSTILE, expect_messages, expect_readable, nothing_ran, open_chat, say
from tests.e2e.test_chat_page import GREETING, LOST, NEVER, reply
from tests.server import Server

JSON = "/car/rating/ws-index"
BYTES = "/raw/ws-index"
GUARDED = "/gate/ws-index"
ASKING = "/guest/ws-index"
ALL = "/desk/ws-index"
REFUSED = "Refused by the server. Reload the page to start again."


def greeting(room: str, name: str = "") -> str:
    return f"Welcome {name}to our {room} room!\nHow can we help you?"


def tickets_asked_for(page: Page) -> list[Request]:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.method == "POST" else None)
    return asked


def in_hand(page: Page) -> list[WebSocketRoute]:
    """The websockets of the page, which the test answers in the server's place."""
    sockets: list[WebSocketRoute] = []
    page.route_web_socket(re.compile(""), lambda socket: sockets.append(socket))
    return sockets


def test_json_complaint_is_quoted_in_its_receipt_and_markup_is_text(page: Page, chat: Server) -> None:
    open_chat(page, chat, JSON)
    say(page, HOSTILE)
    receipt = f'"{HOSTILE}"\n\nWe have received your complaint, and shall get back to you.'
    expect_messages(page, f"Support: {greeting('rating')}", f"You: {HOSTILE}", f"Support: {receipt}")
    expect(page.locator("strong")).to_have_text(f'"{HOSTILE}"')
    assert nothing_ran(page)


def test_json_rating_is_given_by_keyboard_and_thanked_for(page: Page, chat: Server) -> None:
    open_chat(page, chat, JSON)
    page.get_by_role("group", name="Rate our help").get_by_role("button", name="4 of 5 stars").focus()
    page.keyboard.press("Enter")
    expect_messages(page, f"Support: {greeting('rating')}", "You: ★★★★", "Support: Thank you for 4 of 5 stars!")


def test_json_page_can_rate_only_while_it_is_connected(page: Page, chat: Server) -> None:
    sockets = in_hand(page)
    open_chat(page, chat, JSON)
    star = page.get_by_role("button", name="1 of 5 stars")
    expect(star).to_be_enabled()
    sockets[0].close(code=1011)
    expect(page.get_by_role("status")).to_have_text(LOST)
    expect(star).to_be_disabled()


@pytest.mark.parametrize(
    "frame", [json.dumps({"code": 1008, "errors": []}), json.dumps({"event": "of another version"})]
)
def test_json_that_the_page_does_not_know_is_no_message(page: Page, chat: Server, frame: str) -> None:
    sockets = in_hand(page)
    open_chat(page, chat, JSON)
    sockets[0].send(frame)
    sockets[0].close(code=1008)
    expect(page.get_by_role("status")).to_have_text(REFUSED)
    expect_messages(page)


def test_bytes_carry_any_text_there_and_back(page: Page, chat: Server) -> None:
    open_chat(page, chat, BYTES)
    message = f"Größe → 🥙\n{HOSTILE}"
    say(page, message)
    expect_messages(page, f"Support: {greeting('live support')}", f"You: {message}", f"Support: {reply(message)}")
    assert nothing_ran(page)


def test_longest_message_of_the_widest_letters_is_not_too_long_in_bytes(page: Page, chat: Server) -> None:
    open_chat(page, chat, BYTES)
    length = int(page.get_by_label("Your message").get_attribute("maxlength") or "")
    message = "語" * length
    say(page, message)
    expect_messages(page, f"Support: {greeting('live support')}", f"You: {message}", f"Support: {reply(message)}")


@pytest.mark.parametrize("path", [JSON, BYTES])
def test_message_that_the_server_refuses_ends_the_chat_with_a_word(page: Page, chat: Server, path: str) -> None:
    open_chat(page, chat, path)
    page.get_by_label("Your message").evaluate("field => field.removeAttribute('maxlength')")
    say(page, "x" * 6001)
    expect(page.get_by_role("status")).to_have_text(REFUSED)


def test_guarded_page_works_at_once_and_gets_a_ticket_for_each_connection(page: Page, chat: Server) -> None:
    asked = tickets_asked_for(page)
    sockets: list[str] = []
    page.on("websocket", lambda websocket: sockets.append(websocket.url))
    open_chat(page, chat, GUARDED)
    say(page, "hello")
    expect_messages(page, f"Support: {GREETING}", "You: hello", f"Support: {reply('hello')}")
    page.evaluate("socket.close()")
    expect(page.get_by_role("log").locator(".message")).to_have_count(4)
    expect(page.get_by_role("status")).to_have_text("Connected")
    assert [request.url for request in asked] == [f"{chat.url}/gate/tickets"] * 2
    assert len(sockets) == 2


def test_guarded_page_that_gets_no_ticket_says_so_and_stops(page: Page, chat: Server) -> None:
    asked = tickets_asked_for(page)
    page.clock.install()
    page.route("**/tickets", lambda route: route.fulfill(status=401, json={"detail": "Unauthorized"}))
    page.goto(chat.url + GUARDED)
    expect(page.get_by_role("status")).to_have_text("No ticket. Reload the page to start again.")
    page.clock.run_for(60_000)
    assert len(asked) == 1


@pytest.mark.parametrize("status", [0, 502])
def test_guarded_page_tries_again_where_tickets_are_only_out_of_reach(page: Page, chat: Server, status: int) -> None:
    def out_of_reach(route: Route) -> None:
        if status:
            route.fulfill(status=status)
        else:
            route.abort()

    page.route("**/tickets", out_of_reach)
    page.goto(chat.url + GUARDED)
    expect(page.get_by_role("status")).to_have_text(NEVER)
    page.unroute("**/tickets")
    expect(page.get_by_role("status")).to_have_text("Connected")


def test_enter_before_the_ticket_has_come_sends_nothing_and_breaks_nothing(page: Page, chat: Server) -> None:
    waiting: list[Route] = []
    page.route("**/tickets", lambda route: waiting.append(route))
    page.goto(chat.url + GUARDED)
    say(page, "too soon")
    expect(page.get_by_label("Your message")).to_have_value("too soon")
    waiting[0].continue_()
    expect(page.get_by_role("status")).to_have_text("Connected")
    expect_messages(page, f"Support: {GREETING}")


@pytest.mark.parametrize("path", [ASKING, ALL])
def test_page_asks_for_what_the_address_lacks(page: Page, chat: Server, path: str) -> None:
    page.goto(chat.url + path)
    expect(page.get_by_role("status")).to_have_text("Not connected")
    expect(page.get_by_label("Your message")).to_be_hidden()
    field = page.get_by_label("Visitor name")
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Not connected")

    page.keyboard.type("Ada & Co")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Connected")
    assert page.url == f"{chat.url}{path}?visitor_name=Ada+%26+Co"
    expect(field).to_be_hidden()
    expect(page.get_by_label("Your message")).to_be_focused()


def test_name_in_the_address_is_addressed_and_its_markup_is_text(page: Page, chat: Server) -> None:
    open_chat(page, chat, f"{ASKING}?visitor_name=<strong>{HOSTILE}")
    say(page, "hello")
    answer = f'<strong>{HOSTILE}, we have received:\n\n"hello"\n\nWe shall get back to you.'
    expect_messages(page, "You: hello", f"Support: {answer}")
    assert nothing_ran(page)


def test_page_with_everything_goes_through_guard_query_and_json(page: Page, chat: Server) -> None:
    open_chat(page, chat, f"{ALL}?visitor_name=Ada")
    page.get_by_role("button", name="5 of 5 stars").click()
    expect_messages(
        page, f"Support: {greeting('live support', 'Ada ')}", "You: ★★★★★", "Support: Thank you for 5 of 5 stars!"
    )


@pytest.mark.parametrize("path", [JSON, BYTES, ASKING, ALL])
def test_page_fits_a_phone(page: Page, chat: Server, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(chat.url + path)
    button = page.get_by_role("button", name=re.compile("Send|Connect"))
    expect(button).to_be_in_viewport(ratio=1)
    assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [360, 640]
    box = page.get_by_role("textbox").bounding_box()
    assert box is not None
    assert box["width"] > 180


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_either_scheme(page: Page, chat: Server, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_chat(page, chat, JSON)
    expect_readable(page, scheme, "legend", "fieldset button")
    page.goto(chat.url + ASKING)
    expect_readable(page, scheme, "#entry label", "#entry input")
