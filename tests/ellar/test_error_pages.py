"""What a browser is shown of an error: in debug where it happened, in production nothing internal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from ellar import __version__
from ellar.app import AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    JSONResponse,
    Module,
    NotFound,
    exception_handler,
    get,
    render,
    ws_route,
)
from ellar.core import ModuleBase
from ellar.error_pages import prefers_html
from ellar.testing import TestClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
SECRET = "s3cret"


class PriceMissing(Exception): ...


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def price() -> int:
    prices: dict[str, int] = {}
    try:
        return 2 * prices["<script>é" + SECRET]
    except KeyError as error:
        raise PriceMissing(f"no <script>alert(1)</script> {SECRET}") from error


def endless(depth: int) -> int:
    return endless(depth + 1)


@Controller("/car")
class CarController(ControllerBase):
    @get("/price")
    async def price(self) -> int:
        return price()

    @get("/older/{age}")
    async def older(self, age: int) -> None: ...

    @get("/teapot")
    async def teapot(self) -> None:
        raise HTTPException(418, ["no", "tea"])  # type: ignore[arg-type]  # Starlette lets it through

    @get("/endless")
    def endless(self) -> int:
        return endless(0)

    @get("/unprintable")
    async def unprintable(self) -> None:
        raise Unprintable

    @get("/gone")
    async def gone(self) -> None:
        raise NotFound("<b>Sold</b>")

    @get("/busy")
    async def busy(self) -> None:
        raise APIException("Come back", status_code=503)

    @get("/group")
    async def group(self) -> None:
        raise ExceptionGroup("several", [PriceMissing("one"), PriceMissing("two")])

    @get("/surrogate")
    async def surrogate(self) -> None:
        raise FileNotFoundError("\udcff.txt")  # as os.listdir names what is no UTF-8

    @ws_route("/live")
    async def live(self) -> None: ...


@Module(controllers=[CarController], static_folder=".")
class CarModule(ModuleBase): ...


def client_of(debug: bool, *modules: type[Any]) -> TestClient:
    app = AppFactory.create_app(modules=[CarModule, *modules], config_module={"DEBUG": debug})
    return TestClient(app, raise_server_exceptions=False, headers={"Accept": BROWSER})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("text/*", True),
        ("TEXT/HTML ; Q=0.5, application/json;q=0.4", True),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html, application/json", False),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=much, */*;q=0.1", False),
        ("text/html;q=nan, */*", False),
        (",;=,q;q", False),
    ],
)
def test_html_is_for_those_who_prefer_it(accept: str, expected: bool) -> None:
    assert prefers_html(accept) is expected
    answer = TestClient(AppFactory.create_app()).get("/", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith("text/html" if expected else "application/json")


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


def test_the_page_shows_the_source_line_of_the_application_and_what_caused_it() -> None:
    answer = client_of(debug=True).get("/car/price?token=abc")

    assert answer.status_code == 500
    page, text = answer.text, text_of(answer.text)
    assert "PriceMissing</h1>" in page
    name = Path(__file__).name
    line = Path(__file__).read_text().split('raise PriceMissing(f"no')[0].count("\n") + 1
    assert f"{name}:{line}" in page
    assert page.index(f"{name}:{line}") < page.index("CarController.price")
    assert "raise PriceMissing(f&#34;no &lt;script&gt;alert(1)&lt;/script&gt; {SECRET}&#34;) from error" in text
    assert "Caused by KeyError" in text
    assert "<mark>prices[&#34;&lt;script&gt;é&#34; + SECRET]</mark>" in page
    assert "GET /car/price" in text
    assert "starlette" not in text.partition("The whole traceback")[0]
    assert "starlette" in text.partition("The whole traceback")[2]


def test_places_are_seen_from_the_projects_folder_whatever_folder_it_was_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_in = tmp_path / "shop" / "apps"
    started_in.mkdir(parents=True)
    (tmp_path / "shop" / "price.html").write_text("<p>\n{{ prices.tea }}\n")

    @Controller("/shop")
    class ShopController(ControllerBase):
        @get("/")
        @render("price.html")
        async def index(self) -> dict[str, Any]:
            return {}

    @Module(controllers=[ShopController], template_folder=str(tmp_path / "shop"))
    class ShopModule(ModuleBase): ...

    client = client_of(True, ShopModule)
    monkeypatch.chdir(started_in)
    assert "price.html:2 in top-level template code" in text_of(client.get("/shop/").text)
    (tmp_path / "pyproject.toml").touch()
    assert "\n      shop/price.html:2 in top-level template code" in text_of(client.get("/shop/").text)


def test_no_text_of_an_error_becomes_html() -> None:
    assert "<script>" not in client_of(debug=True).get("/car/price").text
    assert "<b>Sold" not in client_of(debug=True).get("/car/gone").text
    assert "<b>Sold" not in client_of(debug=False).get("/car/gone").text
    assert "<script>" not in client_of(debug=True).get("/<script>").text


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/car/endless", "RecursionError"),
        ("/car/unprintable", "its __str__ raised RuntimeError"),
        ("/car/group", "PriceMissing: two"),
        ("/car/surrogate", "\\udcff.txt"),
    ],
)
def test_the_page_copes_with_every_exception(path: str, shown: str) -> None:
    answer = client_of(debug=True).get(path)

    assert answer.status_code == 500
    assert shown in text_of(answer.text).replace("&lt;", "<")
    assert len(answer.text) < 100_000


def test_in_debug_the_page_comes_before_a_handler_of_bugs_and_json_does_not() -> None:
    @Module()
    class Handling(ModuleBase):
        @exception_handler(500)
        async def on_bug(self) -> JSONResponse:
            return JSONResponse({"ours": True}, 500)

    assert "PriceMissing" in client_of(True, Handling).get("/car/price").text
    assert client_of(True, Handling).get("/car/price", headers={"Accept": "*/*"}).json() == {"ours": True}
    assert client_of(False, Handling).get("/car/price").json() == {"ours": True}


def test_a_404_lists_the_routes_and_the_nearest() -> None:
    answer = client_of(debug=True).get("/car/prise")
    text = re.sub(r"\s+", " ", text_of(answer.text))

    assert answer.status_code == 404
    assert "No route answers this path. Did you mean /car/price?" in text
    assert "GET /car/gone CarController.gone" in text
    assert "websocket /car/live CarController.live" in text
    assert "mounted /static/CarModule/" in text
    assert "welcome" not in text


def test_a_404_links_to_where_a_proxy_has_the_routes() -> None:
    client = TestClient(client_of(debug=True).app, root_path="/shop", headers={"Accept": BROWSER})
    page = client.get("/shop/car/prise").text

    assert 'Did you mean <a href="/shop/car/price">' in page
    assert '<a href="/shop/car/gone"><code>/car/gone</code>' in page


def test_a_404_of_a_websockets_path_says_so() -> None:
    assert "This is a websocket" in client_of(debug=True).get("/car/live").text


def test_a_404_of_a_handler_says_whose_it_is() -> None:
    page = client_of(debug=True).get("/car/gone").text

    assert "&lt;b&gt;Sold&lt;/b&gt;" in page
    assert re.search(rf"CarController.gone, \S*{Path(__file__).name}:\d+", page)
    assert "No route answers" not in page


def test_a_404_of_a_static_folder_says_where_that_is() -> None:
    assert "what is mounted at /static/CarModule" in client_of(debug=True).get("/static/CarModule/no.css").text


def test_a_404_without_routes_says_what_to_type() -> None:
    client = TestClient(AppFactory.create_app(config_module={"DEBUG": True}), headers={"Accept": BROWSER})

    assert "ellar create-module" in client.get("/nowhere").text


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
@pytest.mark.parametrize(
    "path", ["/car/price", "/car/endless", "/car/group", "/car/prise", "/car/live", "/car/unprintable"]
)
def test_production_leaks_nothing(path: str, accept: str) -> None:
    answer = client_of(debug=False).get(path, headers={"Accept": accept})

    assert answer.status_code in (404, 500)
    whole = f"{answer.headers} {answer.text}".lower()
    internal = ["ellar", "starlette", "traceback", ".py", "controller", "module", "exception", "keyerror", "recursion"]
    internal += [
        "pricemissing",
        "unprintable",
        "routes",
        "debug",
        SECRET,
        str(Path.cwd()).lower(),
        "/static",
        __version__,
    ]
    assert [word for word in internal if word in whole] == []


def test_productions_page_says_the_status_and_what_is_meant_for_clients() -> None:
    client = client_of(debug=False)

    assert text_of(client.get("/car/gone").text).split()[-4:] == ["404", "Not", "Found", "&lt;b&gt;Sold&lt;/b&gt;"]
    assert "Come back" in client.get("/car/busy").text
    assert "Internal Server Error" in client.get("/car/price").text


@pytest.mark.parametrize("debug", [True, False])
def test_a_422_page_says_what_is_wrong_where(debug: bool) -> None:
    answer = client_of(debug).get("/car/older/<b>")

    assert answer.status_code == 422
    assert "path.age Input should be a valid integer" in text_of(answer.text)
    assert "<b>" not in answer.text


def test_a_detail_of_any_type_is_shown() -> None:
    assert "no" in text_of(client_of(debug=False).get("/car/teapot").text)


def test_a_5xx_page_has_a_reference_that_is_the_requests_id() -> None:
    page = client_of(debug=False).get("/car/price", headers={"X-Request-ID": "order-4711"}).text

    assert "Reference: <code>order-4711</code>" in page
    assert "Reference" not in client_of(debug=False).get("/nowhere").text


@pytest.mark.parametrize("path", ["/car/price", "/nowhere", "/car/busy"])
@pytest.mark.parametrize("debug", [True, False])
def test_the_pages_ask_for_nothing_besides(path: str, debug: bool) -> None:
    page = client_of(debug).get(path).text

    assert "<script" not in page
    assert re.findall(r'(?:src|href|url)\s*[=(]\s*"(?!data:|/)[^"]*', page) == []
