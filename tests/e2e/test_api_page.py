"""The page at /docs, in Chromium: it shows both documents and tries what they describe."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect
from starlette.applications import Starlette
from starlette.routing import Mount

from ellar.common import Controller, ControllerBase, Guards, Query, ServerSentEvents, WsBody, get, post, ws_route
from ellar.core import WebSocket
from ellar.testing import Test
from tests.ellar.api.sample import Token, app
from tests.ellar.conftest import serve

HOSTILE = "<img src=x onerror='window.hurt = 1'><script>window.hurt = 1</script>"


@pytest.fixture
def docs(page: Page) -> Iterator[Page]:
    """The sample application's page, loaded."""
    with serve(app) as port:
        page.goto(f"http://127.0.0.1:{port}/docs")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sample")
        yield page


def opened(page: Page, name: str) -> Locator:
    """A route's card, open; `name` is its id in the document, behind `http-` or `ws-`."""
    card = page.locator(f"#{name}")
    card.locator("summary").first.click()
    return card


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone_with_all_cards_open(docs: Page, scheme: str) -> None:
    docs.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    docs.set_viewport_size({"width": 360, "height": 740})
    docs.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    expect(docs.locator("#ws-LiveController_room textarea")).to_be_visible()

    assert docs.evaluate("document.documentElement.scrollWidth") == 360


def test_it_asks_for_its_documents_and_for_nothing_else(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serve(app) as port:
        page.goto(f"http://127.0.0.1:{port}/docs")
        expect(page.get_by_role("heading", name="Car", exact=True)).to_be_visible()

    names = [url.rpartition("/")[2] for url in asked if not url.startswith("data:")]
    assert names == ["docs", "openapi.json", "asyncapi.json"]


def test_a_body_is_an_example_that_can_be_sent(docs: Page) -> None:
    card = opened(docs, "http-CarController_park")
    made = json.loads(card.get_by_label("Body").input_value())
    assert made == {"name": "text", "seats": 4, "color": None, "built": None}
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("status")).to_contain_text("201 Created")
    expect(card.get_by_role("status")).to_contain_text('"number": 1')

    card.get_by_label("Body").fill('{"name": ""}')
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("status")).to_contain_text("422")
    expect(card.get_by_role("status")).to_contain_text("string_too_short")


def test_parameters_are_sent_where_they_belong(docs: Page) -> None:
    card = opened(docs, "http-KindsController_query")
    card.get_by_label("number", exact=True).fill("7")
    card.get_by_label("ids", exact=True).fill("1\n2")
    card.get_by_label("w", exact=True).fill("a&b")
    with docs.expect_request("**/kinds/query?*") as asked:
        card.get_by_role("button", name="Send").click()

    assert asked.value.url.endswith("/kinds/query?number=7&ids=1&ids=2&w=a%26b")


def test_headers_and_cookies_are_sent(docs: Page) -> None:
    headers = opened(docs, "http-KindsController_headers")
    headers.get_by_label("x-hops", exact=True).fill("4")
    headers.get_by_role("button", name="Send").click()
    expect(headers.locator(".result pre").last).to_have_text("5")

    cookies = opened(docs, "http-KindsController_cookies")
    cookies.get_by_label("theme", exact=True).select_option("dark")
    cookies.get_by_role("button", name="Send").click()
    expect(cookies.locator(".result pre").last).to_have_text('"dark"')


def test_a_path_wants_its_parameters_first(docs: Page) -> None:
    card = opened(docs, "http-CarController_show")
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_label("number", exact=True)).to_be_focused()
    card.get_by_label("number", exact=True).fill("3")
    card.get_by_role("button", name="Send").click()
    expect(card.get_by_role("status")).to_contain_text('"name": "Mini"')


def test_forms_and_files_are_sent(docs: Page) -> None:
    form = opened(docs, "http-KindsController_form")
    form.get_by_label("name", exact=True).fill("Ada & Bob")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_contain_text("Ada & Bob 18 []")
    form.get_by_label("Content type").select_option("multipart/form-data")
    form.get_by_label("name", exact=True).fill("Ada")
    form.get_by_label("tag", exact=True).fill("one\ntwo")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("status")).to_contain_text("Ada 18 ['one', 'two']")

    files = opened(docs, "http-KindsController_files")
    files.get_by_label("picture", exact=True).set_input_files(FilePayload(name="a", mimeType="b/c", buffer=b"12345"))
    files.get_by_role("button", name="Send").click()
    expect(files.get_by_role("status")).to_contain_text('"size": 5')


def test_credentials_are_given_to_the_routes_behind_their_guards(docs: Page) -> None:
    credentials = opened(docs, "credentials")
    credentials.get_by_label("Token value", exact=True).fill("s3cret")
    credentials.get_by_label("Person username").fill("Änne")
    credentials.get_by_label("Person password").fill("s3cret")
    credentials.get_by_label("Key value", exact=True).fill("s3cret")
    credentials.get_by_label("QueryKey value").fill("s3cret")
    credentials.get_by_label("CookieKey value").fill("s3cret")
    for name, answer in (("token", "Ada"), ("person", "Änne"), ("key", "both"), ("cookie", "cookie")):
        card = opened(docs, f"http-{name}")
        card.get_by_role("button", name="Send").click()
        expect(card.locator(".result pre").last).to_have_text(f'"{answer}"')


@get("/ticks")
async def ticks() -> ServerSentEvents:
    async def without_end() -> AsyncIterator[str]:
        for number in count():
            yield f"tick {number}"
            await asyncio.sleep(0.02)

    return ServerSentEvents(without_end())


def test_events_appear_as_they_come_until_they_are_stopped(page: Page) -> None:
    module = Test.create_test_module(routers=[ticks], config_module={"API_DOCS": True})
    with serve(module.create_application()) as port:
        page.goto(f"http://127.0.0.1:{port}/docs")
        card = opened(page, "http-ticks")
        card.get_by_role("button", name="Send").click()
        expect(card.get_by_role("status")).to_contain_text("data: tick 3")
        card.get_by_role("button", name="Stop").click()
        expect(card.get_by_role("status")).to_contain_text("Stopped")
        expect(card.get_by_role("button", name="Stop")).to_be_hidden()


def test_a_websocket_is_talked_to(docs: Page) -> None:
    opened(docs, "credentials").get_by_label("PageToken value").fill("s3cret")
    card = opened(docs, "ws-LiveController_room")
    expect(card.get_by_role("button", name="Send")).to_be_disabled()
    card.get_by_label("room", exact=True).fill("blue room")
    card.get_by_label("name", exact=True).fill("Ada")
    card.get_by_role("button", name="Connect").click()
    card.get_by_role("button", name="Send").click()
    expect(card.locator(".got")).to_contain_text('"room": "blue room"')

    card.get_by_label("Message").select_option("Move")
    expect(card.get_by_label("Frame", exact=True)).to_have_value(
        '{\n  "kind": "move",\n  "to": [\n    1,\n    1\n  ]\n}'
    )
    card.get_by_label("Frame", exact=True).fill('{"kind": "dance"}')
    card.get_by_role("button", name="Send").click()
    expect(card.locator(".got").last).to_contain_text('"code": 1008')
    expect(card.locator(".closed")).to_contain_text("1008 Message not valid")
    expect(card.get_by_role("button", name="Connect")).to_be_visible()


def test_a_refused_websocket_says_so(docs: Page) -> None:
    card = opened(docs, "ws-LiveController_room")
    card.get_by_label("room", exact=True).fill("blue")
    card.get_by_role("button", name="Connect").click()

    expect(card.locator(".closed")).to_contain_text("Refused")


def test_it_narrows_to_what_is_typed(docs: Page) -> None:
    docs.get_by_label("Filter").fill("post form")
    expect(docs.locator("details[data-text]:visible")).to_have_count(1)
    docs.get_by_label("Filter").fill("no such route")
    expect(docs.get_by_text("No route is like that.")).to_be_visible()


def test_a_link_leads_to_a_route(docs: Page) -> None:
    docs.goto(f"{docs.url}#http-KindsController_shape")
    expect(docs.locator("#http-KindsController_shape .body")).to_be_in_viewport()
    opened(docs, "ws-LiveController_text")
    expect(docs).to_have_url(re.compile("#ws-LiveController_text$"))


def test_a_model_that_holds_itself_opens_step_by_step(docs: Page) -> None:
    rows = opened(docs, "http-KindsController_node").locator(".part").last
    for _ in range(4):
        rows.locator("details:not([open]):visible > summary", has_text="Node").last.click()

    expect(rows.locator("details[open]")).to_have_count(4)


def test_it_works_below_the_path_that_the_application_is_mounted_at(page: Page) -> None:
    with serve(Starlette(routes=[Mount("/v1", app)])) as port:
        page.goto(f"http://127.0.0.1:{port}/v1/docs")
        card = opened(page, "http-CarController_park")
        with page.expect_request("**/v1/cars/"):
            card.get_by_role("button", name="Send").click()


@Controller("/hostile")
class HostileController(ControllerBase):
    """<img src=x onerror='window.hurt = 1'>"""

    @get("/")
    @Guards(Token)
    async def read(self, word: str = Query(HOSTILE, description=HOSTILE)) -> str:
        """<script>window.hurt = 1</script> `<b>code</b>`

        <img src=x onerror='window.hurt = 1'>
        """
        return HOSTILE

    @post("/")
    async def write(self) -> str:
        return HOSTILE

    @ws_route("/live", use_extra_handler=True)
    async def live(self, websocket: WebSocket, data: str = WsBody(description=HOSTILE)) -> None:
        """<img src=x onerror='window.hurt = 1'>"""
        await websocket.send_text(HOSTILE)


def test_hostile_text_is_shown_as_text(page: Page) -> None:
    module = Test.create_test_module(
        controllers=[HostileController], config_module={"API_DOCS": True, "API_TITLE": HOSTILE}
    )
    with serve(module.create_application()) as port:
        page.goto(f"http://127.0.0.1:{port}/docs")
        read = opened(page, "http-HostileController_read")
        expect(read.locator(".summary")).to_have_text("<script>window.hurt = 1</script> `<b>code</b>`")
        write = opened(page, "http-HostileController_write")
        write.get_by_role("button", name="Send").click()
        expect(write.locator(".result pre").last).to_contain_text("<script>window.hurt = 1</script>")
        live = opened(page, "ws-HostileController_live")
        live.get_by_role("button", name="Connect").click()
        live.get_by_label("Frame", exact=True).fill('"x"')
        live.get_by_role("button", name="Send").click()
        expect(live.locator(".got")).to_contain_text(HOSTILE)
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        page.wait_for_timeout(200)

        assert page.evaluate("window.hurt") is None
        assert page.locator("img, main script").count() == 0
