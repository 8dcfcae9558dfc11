"""The OpenAPI document: valid, and true of what the routes do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict, Field

from ellar.common import (
    Body,
    Controller,
    ControllerBase,
    File,
    Form,
    GuardCanActivate,
    Guards,
    Header,
    HTMLResponse,
    IExecutionContext,
    JSONResponse,
    Module,
    ModuleRouter,
    Query,
    Response,
    UploadFile,
    delete,
    exception_handler,
    get,
    http_route,
    post,
    render,
)
from ellar.core import ModuleBase, Request
from ellar.di import ProviderConfig
from ellar.exceptions import RequestValidationError
from ellar.security import APIKeyHeaderGuard, BearerGuard
from ellar.testing import Test, TestClient
from tests.ellar.api.sample import app

Document = dict[str, Any]


def document(*routes: Any, **settings: Any) -> Document:
    """That of plain functions and controllers; the test ends where it is not valid."""
    controllers = [route for route in routes if isinstance(route, type)]
    routers = [route for route in routes if not isinstance(route, type)]
    config = {"API_DOCS": True, **settings}
    module = Test.create_test_module(controllers=controllers, routers=routers, config_module=config)
    return valid(module.get_test_client().get("/openapi.json").json())


def valid(found: Document) -> Document:
    assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
    return found


def only(found: Document) -> Document:
    """The one operation of a document."""
    [path] = found["paths"].values()
    [operation] = path.values()
    assert isinstance(operation, dict)
    return operation


def by_name(operation: Document) -> Document:
    return {parameter["name"]: parameter for parameter in operation.get("parameters", ())}


@pytest.fixture(scope="module")
def sample() -> Document:
    return valid(TestClient(app).get("/openapi.json").json())


def test_the_validator_sees_what_is_wrong(sample: Document) -> None:
    wrong = {**sample, "paths": {"/cars/{number}": {"get": {"responses": {}}}}}

    assert list(OpenAPIV31SpecValidator(wrong).iter_errors())


def test_it_says_what_the_application_is_called(sample: Document) -> None:
    assert sample["openapi"].startswith("3.1.")
    assert sample["info"] == {"title": "Sample", "version": "1.2.3", "description": "Everything that there is."}


def test_without_settings_the_title_is_that_of_the_package() -> None:
    @Module()
    class Root(ModuleBase): ...

    client = Test.create_test_module(modules=[Root], config_module={"API_DOCS": True}).get_test_client()

    assert client.get("/openapi.json").json()["info"] == {"title": "Application", "version": "0.0.0"}


def test_every_route_is_there_and_no_websocket(sample: Document) -> None:
    cars = {path: set(item) for path, item in sample["paths"].items() if path.startswith("/cars")}

    assert cars == {
        "/cars/": {"get", "post"},
        "/cars/{number}": {"get", "put", "patch", "delete"},
        "/cars/{number}/stamp": {"head"},
        "/cars/{name}/notes": {"get", "post"},
    }
    assert not [path for path in sample["paths"] if path.startswith("/live")]


def test_mounted_applications_and_our_own_pages_are_left_out(sample: Document) -> None:
    assert not {"/docs", "/openapi.json", "/asyncapi.json", "/static"} & sample["paths"].keys()


def test_a_docstring_is_summary_and_description(sample: Document) -> None:
    search = sample["paths"]["/cars/"]["get"]

    assert (search["summary"], search["description"]) == ("Find cars", "The newest come first.")
    assert sample["paths"]["/cars/{number}"]["delete"]["summary"] == "Drive off"


def test_tags_are_controllers_and_for_functions_modules(sample: Document) -> None:
    assert sample["paths"]["/cars/"]["get"]["tags"] == ["Car"]
    assert sample["paths"]["/safe/token"]["get"]["tags"] == ["Sample"]
    assert {"name": "Car", "description": "Cars and their places."} in sample["tags"]


def operation_ids(found: Document) -> list[str]:
    return [operation["operationId"] for item in found["paths"].values() for operation in item.values()]


def test_operation_ids_are_names_and_told_apart_by_method_and_path() -> None:
    def made(prefix: str) -> type[ControllerBase]:
        @Controller(prefix)
        class CarController(ControllerBase):
            @get("/")
            async def index(self) -> None: ...

            @delete(f"/{prefix[1:]}")
            async def end(self) -> None: ...

        return CarController

    @http_route("/both", methods=["GET", "POST"])
    async def both() -> None: ...

    @get("/one")
    async def one() -> None: ...

    assert operation_ids(document(made("/a"), made("/b"), both, one)) == [
        "CarController_index_get_a",
        "CarController_end_delete_a_a",
        "CarController_index_get_b",
        "CarController_end_delete_b_b",
        "both_get_both",
        "both_post_both",
        "one",
    ]


def test_all_operation_ids_of_the_sample_are_different(sample: Document) -> None:
    found = operation_ids(sample)

    assert len(set(found)) == len(found) == 28


def test_parameters_have_place_type_default_and_limits(sample: Document) -> None:
    parameters = by_name(sample["paths"]["/kinds/query"]["get"])

    assert parameters["number"] == {"name": "number", "in": "query", "required": True, "schema": {"type": "integer"}}
    assert parameters["ratio"]["schema"] == {
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
        "default": 0.5,
    }
    assert parameters["ids"]["schema"] == {"type": "array", "items": {"type": "integer"}, "maxItems": 5, "default": []}
    assert parameters["w"]["schema"] == {"type": "string", "pattern": "^[a-z]*$", "default": ""}
    assert parameters["at"] == {
        "name": "at",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "date-time"},
    }
    assert parameters["color"]["schema"] == {"$ref": "#/components/schemas/Color"}


def test_a_model_that_gathers_is_a_parameter_for_each_field(sample: Document) -> None:
    parameters = by_name(sample["paths"]["/cars/"]["get"])

    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    assert parameters["color"]["description"] == "One of these"
    assert parameters["before"]["required"] is False
    assert "Filters" not in sample["components"]["schemas"]


def test_headers_are_named_as_they_are_sent_and_lists_of_them_one_by_one(sample: Document) -> None:
    parameters = by_name(sample["paths"]["/kinds/headers"]["get"])

    assert parameters.keys() == {"x-count", "x-tag", "x-trace", "x-hops"}
    assert parameters["x-tag"]["schema"] == {"type": "string"}
    assert {one["in"] for one in parameters.values()} == {"header"}


def test_path_parameters_are_there_also_where_only_the_path_names_them() -> None:
    @get("/{year:int}/{name:path}/{key:uuid}/{ratio:float}/{word}")
    async def show(request: Request) -> None: ...

    parameters = by_name(only(document(show)))

    assert all(one["required"] for one in parameters.values())
    assert {name: one["schema"] for name, one in parameters.items()} == {
        "year": {"type": "integer", "minimum": 0},
        "name": {"type": "string"},
        "key": {"type": "string", "format": "uuid"},
        "ratio": {"type": "number", "minimum": 0},
        "word": {"type": "string"},
    }


def test_routes_of_one_path_share_the_names_of_its_parameters(sample: Document) -> None:
    item = sample["paths"]["/cars/{number}"]

    assert by_name(item["put"])["number"]["schema"] == {"type": "integer"}
    assert by_name(item["get"])["number"]["schema"] == {"type": "integer", "minimum": 0, "maximum": 10**6}
    assert "405" in item["get"]["responses"]  # /cars/-1 is no path of GET, but one of PUT


class Size(Enum):
    SMALL = 1
    LARGE = 2


def test_a_path_parameter_is_of_the_handlers_type() -> None:
    @get("/{size}/{either}/{number:int}")
    async def show(size: Size, either: int | bool, number: Size) -> None: ...

    parameters = by_name(only(document(show)))

    assert parameters["size"]["schema"] == parameters["number"]["schema"] == {"$ref": "#/components/schemas/Size"}
    assert parameters["either"]["schema"] == {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}


def test_methods_that_openapi_does_not_know_are_left_out() -> None:
    @http_route("/", methods=["PURGE", "DELETE"])
    async def purge() -> None: ...

    assert only(document(purge))["operationId"] == "purge"


def test_what_json_has_no_word_for_does_not_hinder_the_document() -> None:
    extra: Any = {"since": date(2030, 1, 31), "like": Size}

    class Odd(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True, json_schema_extra=extra)
        limit: float = math.inf
        call: Callable[[int], int] = abs
        other: Point = Field(default=Point(1), examples=[Point(2)])
        unknown: object = object()

    @post("/")
    async def save(odd: Odd, most: float = Query(math.inf), word: str = Query(Size.SMALL)) -> None: ...

    assert document(save)["components"]["schemas"]["Odd"]["since"] == "2030-01-31"


def test_of_two_routes_that_differ_by_a_convertor_the_first_is_described() -> None:
    @get("/{number:int}")
    async def number(number: int) -> int:
        return number

    @get("/{word}")
    async def word(word: str) -> str:
        return word

    assert only(document(number, word))["operationId"] == "number"


def test_a_body_is_json_by_its_schema(sample: Document) -> None:
    body = sample["paths"]["/cars/"]["post"]["requestBody"]

    assert body == {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Car"}}}}
    assert sample["paths"]["/kinds/node"]["post"]["requestBody"]["required"] is False


def test_several_bodies_and_an_embedded_one_are_members(sample: Document) -> None:
    schemas = sample["components"]["schemas"]

    assert schemas["CarController_replace_body"]["required"] == ["car"]
    assert schemas["CarController_paint_body"]["properties"] == {"color": {"$ref": "#/components/schemas/Color"}}


def test_bodies_whose_members_all_have_defaults_may_be_left_out() -> None:
    @post("/")
    async def save(a: int = Body(1), b: int = Body(2)) -> None: ...

    assert only(document(save))["requestBody"]["required"] is False


def test_a_form_is_described_by_both_content_types(sample: Document) -> None:
    content = sample["paths"]["/kinds/form"]["post"]["requestBody"]["content"]

    assert content.keys() == {"application/x-www-form-urlencoded", "multipart/form-data"}
    assert content["multipart/form-data"]["schema"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "age": {"type": "integer", "minimum": 0, "default": 18},
            "tag": {"type": "array", "items": {"type": "string"}, "default": []},
        },
        "required": ["name"],
    }


def test_a_form_with_files_is_multipart_alone(sample: Document) -> None:
    content = sample["paths"]["/kinds/files"]["post"]["requestBody"]["content"]
    properties = content["multipart/form-data"]["schema"]["properties"]

    assert list(content) == ["multipart/form-data"]
    assert properties["picture"] == {"type": "string", "format": "binary", "description": "At most 1000 bytes."}
    assert properties["more"]["items"] == {"type": "string", "format": "binary"}


def test_a_form_of_a_model_has_its_fields_and_forbids_what_it_forbids(sample: Document) -> None:
    schema = sample["paths"]["/kinds/profile"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]

    assert schema["properties"].keys() == {"nick-name", "age", "tags"}
    assert schema["required"] == ["nick-name"]
    assert schema["additionalProperties"] is False


def test_a_discriminated_union_keeps_its_discriminator(sample: Document) -> None:
    schema = sample["paths"]["/kinds/shape"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert schema["discriminator"]["propertyName"] == "kind"
    assert schema["discriminator"]["mapping"]["square"] == "#/components/schemas/Square"


def test_types_of_one_name_get_names_of_their_own() -> None:
    def made(kind: Any) -> Callable[..., Any]:
        class Item(BaseModel):
            value: kind

        @post(f"/{kind.__name__}")
        async def save(item: Item) -> Item:
            return item

        return save

    found = document(made(int), made(str))
    references = [
        item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for item in found["paths"].values()
    ]

    kinds = [found["components"]["schemas"][name]["properties"]["value"]["type"] for name in references]
    assert kinds == ["integer", "string"]


def test_what_comes_in_and_what_goes_out_are_told_apart() -> None:
    class Account(BaseModel):
        model_config = ConfigDict(json_schema_serialization_defaults_required=True)
        name: str
        level: int = 1

    @post("/")
    async def save(account: Account) -> Account:
        return account

    schemas = document(save)["components"]["schemas"]

    assert schemas["Account-Input"]["required"] == ["name"]
    assert schemas["Account-Output"]["required"] == ["name", "level"]


class Car(BaseModel):
    name: str


@dataclass
class Point:
    x: int


Found = tuple[Literal[200], Car]
Missing = tuple[Literal[404, 410], Point]


@pytest.mark.parametrize(
    ("returns", "statuses"),
    [
        (Car, {"200": "Car"}),
        (None, {"204": None}),
        (Car | None, {"200": "Car", "204": None}),
        (Point, {"200": "Point"}),
        (Any, {"default": None}),
        (Found | Missing, {"200": "Car", "404": "Point", "410": "Point"}),
        (tuple[int, Car], {"default": "Car"}),
        (tuple[Literal[204], None], {"204": None}),
        (tuple[Literal[299], Car], {"299": "Car"}),
        (Annotated[Car, Field(description="x")], {"200": "Car"}),
    ],
)
def test_answers_are_those_of_the_return_annotation(returns: Any, statuses: dict[str, str | None]) -> None:
    async def handler() -> Any: ...

    handler.__annotations__["return"] = returns
    responses = only(document(get("/")(handler)))["responses"]

    found = {
        status: one.get("content", {}).get("application/json", {}).get("schema") for status, one in responses.items()
    }
    assert {status: schema and schema["$ref"].rpartition("/")[2] for status, schema in found.items()} == statuses


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (HTMLResponse, {"text/html": {"schema": {"type": "string"}}}),
        (JSONResponse, {"application/json": {"schema": {}}}),
        (Response, None),
    ],
)
def test_a_response_may_have_any_status(kind: type[Response], content: Document | None) -> None:
    async def handler() -> Any: ...

    handler.__annotations__["return"] = kind
    [(status, response)] = only(document(get("/")(handler)))["responses"].items()

    assert (status, response.get("content")) == ("default", content)


def test_what_is_not_annotated_and_what_pydantic_does_not_know_may_be_anything() -> None:
    class Own: ...

    @get("/none")
    async def none():  # type: ignore[no-untyped-def] # that is what is tested
        ...

    @get("/own")
    async def own() -> Own:
        return Own()

    paths = document(none, own)["paths"]

    assert paths["/none"]["get"]["responses"].keys() == {"default"}
    assert paths["/own"]["get"]["responses"]["200"]["content"] == {"application/json": {"schema": {}}}


def test_response_names_the_answers(sample: Document) -> None:
    responses = sample["paths"]["/cars/"]["post"]["responses"]

    assert responses["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Parked"}
    assert responses["409"]["description"] == "Conflict"
    assert "200" not in responses


def test_a_response_type_alone_is_that_of_every_success_where_a_status_is_returned() -> None:
    @get("/one", response=Car)
    async def one() -> dict[str, str]:
        return {"name": "Mini"}

    @get("/other", response=Car)
    async def other() -> tuple[int, dict[str, str]]:
        return 201, {"name": "Mini"}

    paths = document(one, other)["paths"]

    assert paths["/one"]["get"]["responses"].keys() == {"200"}
    assert paths["/other"]["get"]["responses"].keys() == {"2XX"}


def test_a_status_that_is_ours_and_the_handlers_has_both_bodies() -> None:
    @post("/", response={200: Car, 422: Point})
    async def save(car: Car) -> Any: ...

    schema = only(document(save))["responses"]["422"]["content"]["application/json"]["schema"]

    assert [one["$ref"].rpartition("/")[2] for one in schema["anyOf"]] == ["Point", "ValidationErrors"]


def test_inputs_bodies_and_paths_bring_the_statuses_that_they_are_refused_with() -> None:
    @get("/plain")
    async def plain(request: Request) -> None: ...

    @get("/query")
    async def query(number: int = Query(1)) -> None: ...

    @get("/path/{name}")
    async def path(name: str) -> None: ...

    @post("/body")
    async def body(car: Car) -> None: ...

    @post("/file")
    async def file(upload: UploadFile = File(), name: str = Form("")) -> None: ...

    paths = document(plain, query, path, body, file)["paths"]

    assert {name: sorted(next(iter(item.values()))["responses"]) for name, item in paths.items()} == {
        "/plain": ["204"],
        "/query": ["204", "422"],
        "/path/{name}": ["204", "404", "422"],
        "/body": ["204", "413", "415", "422"],
        "/file": ["204", "413", "415", "422"],
    }


class Trouble(BaseModel):
    why: str


def test_what_an_exception_handler_makes_of_a_refusal_is_what_is_described() -> None:
    @get("/{number}")
    async def show(number: int) -> None: ...

    @Module(routers=[show])
    class Root(ModuleBase):
        @exception_handler(RequestValidationError)
        async def on_faults(self) -> Trouble:
            return Trouble(why="wrong")

        @exception_handler(404)
        async def on_missing(self) -> tuple[Literal[410], Trouble] | None:
            return 410, Trouble(why="gone")

    client = Test.create_test_module(modules=[Root], config_module={"API_DOCS": True}).get_test_client()
    responses = only(valid(client.get("/openapi.json").json()))["responses"]
    bodies = {status: one["content"]["application/json"]["schema"] for status, one in responses.items() if status > "3"}

    assert {status: schema["$ref"].rpartition("/")[2] for status, schema in bodies.items()} == {
        "404": "HTTPError",
        "410": "Trouble",
        "422": "Trouble",
    }
    assert client.get("/x").json() == {"why": "wrong"}


def test_a_page_is_html() -> None:
    @get("/")
    @render("page.html")
    async def page() -> dict[str, str]:
        return {"name": "Mini"}

    module = Test.create_test_module(routers=[page], config_module={"API_DOCS": True})

    responses = only(valid(module.get_test_client().get("/openapi.json").json()))["responses"]
    assert responses["200"]["content"] == {"text/html": {"schema": {"type": "string"}}}


def test_guards_are_security_schemes(sample: Document) -> None:
    assert sample["components"]["securitySchemes"] == {
        "Token": {"type": "http", "scheme": "bearer", "description": "The token that the login gives."},
        "Person": {"type": "http", "scheme": "basic"},
        "Key": {"type": "apiKey", "in": "header", "name": "X-Shop-Key"},
        "QueryKey": {"type": "apiKey", "in": "query", "name": "api_key"},
        "CookieKey": {"type": "apiKey", "in": "cookie", "name": "api_key"},
        "Member": {"type": "apiKey", "in": "cookie", "name": "session"},
    }


def test_all_guards_of_a_route_are_required_together(sample: Document) -> None:
    operation = sample["paths"]["/safe/key"]["get"]

    assert operation["security"] == [{"Key": [], "QueryKey": []}]
    assert operation["responses"].keys() == {"200", "401"}


def test_a_guard_of_another_kind_refuses_with_403(sample: Document) -> None:
    operation = sample["paths"]["/kinds/day"]["get"]

    assert "security" not in operation
    assert "403" in operation["responses"]


class Login(BearerGuard):
    async def authenticate(self, token: str, context: IExecutionContext) -> object: ...


class Open(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


def test_guards_of_one_name_and_other_credentials_are_two_schemes() -> None:
    def made(path: str, **own: str) -> Callable[..., Any]:
        class Key(APIKeyHeaderGuard):
            name = own["name"]

            async def authenticate(self, key: str, context: IExecutionContext) -> object: ...

        @get(path)
        @Guards(Key)
        async def show() -> None: ...

        return show

    found = document(made("/a", name="X-A"), made("/b", name="X-B"), made("/c", name="X-A"))

    assert [item["get"]["security"] for item in found["paths"].values()] == [
        [{"Key": []}],
        [{"Key_2": []}],
        [{"Key": []}],
    ]


@pytest.mark.parametrize(
    ("provider", "security"),
    [
        (ProviderConfig(Open, use_class=Login), [{"Login": []}]),
        (ProviderConfig(Open, use_value=Login()), [{"Login": []}]),
        (ProviderConfig(Login, use_factory=lambda: Login()), [{"Login": []}]),
        (ProviderConfig(Login, use_class=Open), None),
    ],
)
def test_what_a_module_provides_for_a_guard_is_what_is_described(
    provider: ProviderConfig, security: list[Document] | None
) -> None:
    @get("/")
    @Guards(provider.base)
    async def show() -> None: ...

    module = Test.create_test_module(routers=[show], providers=[provider], config_module={"API_DOCS": True})
    operation = only(valid(module.get_test_client().get("/openapi.json").json()))

    assert operation.get("security") == security


def test_global_and_router_guards_count() -> None:
    router = ModuleRouter("/in", guards=[Login])

    @router.get("/")
    async def show(x_name: str = Header()) -> None: ...

    module = Test.create_test_module(routers=[router], global_guards=[Open], config_module={"API_DOCS": True})
    operation = only(valid(module.get_test_client().get("/openapi.json").json()))

    assert operation["responses"].keys() == {"204", "401", "403", "422"}


def test_head_has_no_body(sample: Document) -> None:
    responses = sample["paths"]["/cars/{number}/stamp"]["head"]["responses"]

    assert not any("content" in response for response in responses.values())


def test_an_application_without_routes_has_a_valid_document() -> None:
    assert document()["paths"] == {}
