"""The AsyncAPI document: valid under the official schema, and true of what the websocket routes do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft7Validator

from ellar.common import HTMLResponse, Query, WsBody, get, ws_route
from ellar.core import WebSocket
from ellar.testing import Test, TestClient
from tests.ellar.api.sample import app

OFFICIAL = Draft7Validator(json.loads(Path(__file__).with_name("asyncapi").joinpath("3.0.0.json").read_text()))
Document = dict[str, Any]


def valid(found: Document) -> Document:
    assert [error.message for error in OFFICIAL.iter_errors(found)] == []
    _check_references(found, found)
    return found


def _check_references(part: Any, whole: Document) -> None:
    """The official schema does not look where references lead."""
    if isinstance(part, dict) and isinstance(part.get("$ref"), str):
        target: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            target = target[step]
    for one in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _check_references(one, whole)


def document(*routes: Any) -> Document:
    module = Test.create_test_module(routers=list(routes), config_module={"API_DOCS": True})
    return valid(module.get_test_client().get("/asyncapi.json").json())


@pytest.fixture(scope="module")
def sample() -> Document:
    return valid(TestClient(app).get("/asyncapi.json").json())


def test_the_official_schema_sees_what_is_wrong(sample: Document) -> None:
    assert not OFFICIAL.is_valid({**sample, "channels": {"room": {"adress": "/room"}}})


def test_it_says_what_the_application_is_called_and_where_it_is(sample: Document) -> None:
    assert sample["asyncapi"] == "3.0.0"
    assert sample["info"]["title"] == "Sample"
    assert sample["servers"] == {"this": {"host": "testserver", "protocol": "ws"}}


def test_channels_are_the_websocket_routes(sample: Document) -> None:
    assert {name: one["address"] for name, one in sample["channels"].items()} == {
        "LiveController_room": "/live/rooms/{room}",
        "LiveController_text": "/live/text",
        "LiveController_parts": "/live/parts",
        "LiveController_raw": "/live/raw",
    }
    assert sample["channels"]["LiveController_room"]["summary"] == "Talk in a room"
    assert sample["channels"]["LiveController_room"]["parameters"] == {"room": {"description": "Its name"}}


def test_the_binding_holds_what_all_handlers_take_of_the_handshake(sample: Document) -> None:
    binding = sample["channels"]["LiveController_room"]["bindings"]["ws"]

    assert binding["query"] == {
        "type": "object",
        "properties": {"since": {"type": "integer", "minimum": 0, "default": 0}, "name": {"type": "string"}},
        "required": ["name"],
    }
    assert binding["headers"]["properties"] == {"x-device": {"type": "string"}}
    assert binding["x-cookies"]["properties"] == {"theme": {"type": "string", "default": "light"}}


def test_a_value_that_one_handler_needs_is_required() -> None:
    @ws_route("/", use_extra_handler=True)
    async def live(data: int = WsBody(), name: str = Query("Ada")) -> None: ...

    @ws_route.connect(live)
    async def enter(websocket: WebSocket, name: str = Query()) -> None: ...

    assert document(live)["channels"]["live"]["bindings"]["ws"]["query"]["required"] == ["name"]


def test_a_union_is_several_messages(sample: Document) -> None:
    messages = sample["channels"]["LiveController_room"]["messages"]

    assert messages.keys() == {"Say", "Move", "error"}
    assert messages["Say"]["payload"] == {"$ref": "#/components/schemas/Say"}
    assert messages["Say"]["description"] == "Say something to all."
    assert sample["operations"]["LiveController_room"]["messages"] == [
        {"$ref": "#/channels/LiveController_room/messages/Say"},
        {"$ref": "#/channels/LiveController_room/messages/Move"},
    ]


def test_tuples_and_discriminators_are_in_the_words_of_draft_07(sample: Document) -> None:
    to = sample["components"]["schemas"]["Move"]["properties"]["to"]

    assert (to["items"], to["additionalItems"]) == ([{"type": "integer"}, {"type": "integer"}], False)
    assert "prefixItems" not in json.dumps(sample)


def test_the_content_type_is_that_of_the_encoding(sample: Document) -> None:
    text = sample["channels"]["LiveController_text"]["messages"]["line"]
    parts = sample["channels"]["LiveController_parts"]["messages"]["LiveController_parts_message"]

    assert (text["contentType"], text["payload"]) == ("text/plain", {"type": "string", "maxLength": 10})
    assert parts["contentType"] == "application/json"


def test_what_clients_are_told_of_their_mistakes_is_what_is_described(sample: Document) -> None:
    with TestClient(app).websocket_connect("/live/text") as websocket:
        websocket.send_text("much too long a text")
        told = websocket.receive_json()

    schema = {"$ref": "#/components/schemas/Closing", "components": sample["components"]}
    assert Draft7Validator(schema).is_valid(told)
    assert sample["operations"]["LiveController_text_error"]["action"] == "send"
    assert sample["operations"]["LiveController_text_error"]["messages"] == [
        {"$ref": "#/channels/LiveController_text/messages/error"}
    ]


def test_a_handler_that_receives_by_itself_has_no_messages(sample: Document) -> None:
    assert sample["channels"]["LiveController_raw"]["messages"] == {}
    assert sample["operations"]["LiveController_raw"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/LiveController_raw"},
        "tags": [{"name": "Live", "description": "What happens right now."}],
        "summary": "Raw",
    }


def test_guards_are_security_schemes(sample: Document) -> None:
    assert sample["operations"]["LiveController_room"]["security"] == [
        {"$ref": "#/components/securitySchemes/PageToken"}
    ]
    assert sample["components"]["securitySchemes"]["PageToken"] == {
        "type": "httpApiKey",
        "in": "header",
        "name": "Sec-WebSocket-Protocol",
        "x-subprotocol": "bearer",
    }


def test_an_application_without_websockets_has_a_valid_document() -> None:
    @get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse("")

    assert document(page)["channels"] == {}
