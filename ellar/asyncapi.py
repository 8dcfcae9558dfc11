"""AsyncAPI 3.0: the websocket routes and their messages, as one document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from ellar.controllers import Encoding, WebSocketSpec
from ellar.declared import Declared
from ellar.described import Application
from ellar.fields import Field, fields_of
from ellar.schemas import AsyncAPISchemas, Schema, Schemas, ValidationError
from ellar.schemes import Scheme, Security
from ellar.websockets import Hook, WebSocketEndpoint
from ellar.words import short_id, tag_of, unique_ids, words

VERSION = "3.0.0"
_CONTENT_TYPES: dict[Encoding | None, str | None] = {
    "json": "application/json",
    "text": "text/plain",
    "bytes": "application/octet-stream",
    None: None,
}


@dataclass(frozen=True, slots=True)
class Closing:
    """What a client did wrong. The server closes after it, with the same code."""

    code: int
    errors: list[ValidationError]


_CLOSING = TypeAdapter(Closing)


@dataclass(frozen=True, slots=True)
class _Channel:
    """One websocket route, before it is written down."""

    declared: Declared
    spec: WebSocketSpec
    endpoint: WebSocketEndpoint
    schemes: Sequence[Scheme]

    @property
    def hooks(self) -> Sequence[Hook]:
        """Its handlers: each may take values of the handshake."""
        return self.endpoint.main, *(self.endpoint.session.hooks if self.endpoint.session else ())

    @property
    def adapters(self) -> Iterator[TypeAdapter[Any]]:
        """Of all that its handlers take."""
        yield from (value.adapter for hook in self.hooks for value in hook.plan.values)
        yield from (hook.plan.message.adapter for hook in self.hooks if hook.plan.message is not None)


def asyncapi(application: Application) -> dict[str, Any]:
    """The document, without its servers."""
    found = list(_channels(application))
    ids = unique_ids([(short_id(channel.declared), channel.declared.path) for channel in found])
    schemas = Schemas((adapter for channel in found for adapter in channel.adapters), [_CLOSING], AsyncAPISchemas)
    security = Security()
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for channel, name in zip(found, ids, strict=True):
        writer = _Writer(channel, name, schemas, security)
        channels[name] = writer.channel()
        operations |= writer.operations()
    components = {"schemas": schemas.used_by(channels), "securitySchemes": security.objects("httpApiKey")}
    return {
        "asyncapi": VERSION,
        "info": application.info,
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {name: objects for name, objects in components.items() if objects},
    }


def _channels(application: Application) -> Iterator[_Channel]:
    for declared, route in application.routes:
        if isinstance(declared.spec, WebSocketSpec):
            endpoint: Any = route.endpoint
            yield _Channel(declared, declared.spec, endpoint, application.schemes_of(declared)[0])


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one route down."""

    of: _Channel
    name: str
    schemas: Schemas
    security: Security

    def channel(self) -> dict[str, Any]:
        """The Channel Object."""
        messages = dict(self._received())
        if self._may_fail:
            messages["error"] = {"name": "error", "title": "Error", "payload": self.schemas.output(_CLOSING)}
        fields = list(self._fields())
        return {
            "address": re.sub(r"{(\w+):\w+}", r"{\1}", self.of.declared.path),
            **words(self.of.declared),
            "messages": messages,
            **_filled({"parameters": {one.name: _parameter(one) for one in fields if one.source == "path"}}),
            "bindings": {"ws": self._binding(fields)},
        }

    def operations(self) -> dict[str, Any]:
        """The Operation Objects: what the application receives, and what it sends of its own accord."""
        tag = tag_of(self.of.declared)
        schemes = [_reference("components", "securitySchemes", self.security.name_of(one)) for one in self.of.schemes]
        shared = {"channel": _reference("channels", self.name), **_filled({"tags": [tag] if tag else []})}
        received = {"messages": [self._message(key) for key, _ in self._received()], "security": schemes}
        found = {self.name: {"action": "receive", **shared, **words(self.of.declared), **_filled(received)}}
        if self._may_fail:
            told = {"summary": "Tell what was wrong", "messages": [self._message("error")]}
            found[f"{self.name}_error"] = {"action": "send", **shared, **told}
        return found

    @property
    def _may_fail(self) -> bool:
        return any(hook.plan.values or hook.plan.message for hook in self.of.hooks)

    def _message(self, key: str) -> dict[str, str]:
        return _reference("channels", self.name, "messages", key)

    def _received(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """One message for each member of a union, else one; none where the handler receives by itself."""
        message = self.of.endpoint.main.plan.message
        if message is None:
            return
        whole = self.schemas.input(message.adapter)
        choices = whole.get("oneOf") or whole.get("anyOf") or [whole]
        content_type = _CONTENT_TYPES[self.of.spec.encoding]
        for number, payload in enumerate(choices, 1):
            schema = self.schemas.followed(payload)
            own = f"{message.name}_{number}" if len(choices) > 1 else message.name
            key = payload.get("$ref", "").rpartition("/")[2] or str(own)
            told = _filled({"title": schema.get("title"), "description": schema.get("description")})
            yield key, {"name": key, **told, **_filled({"contentType": content_type}), "payload": payload}

    def _fields(self) -> Iterator[Field]:
        """The values of the handshake; what several handlers take is told once."""
        taken = dict[tuple[str, str], Field]()
        for value in (value for hook in self.of.hooks for value in hook.plan.values):
            for field in fields_of(value, self.schemas):
                known = taken.get((field.source, field.name))
                if known is None or (field.is_required and not known.is_required):
                    taken[field.source, field.name] = field
        yield from taken.values()

    def _binding(self, fields: Iterable[Field]) -> dict[str, Any]:
        """The WebSocket Channel Binding: the query and headers of the handshake; it knows no cookies."""
        fields = list(fields)
        places = {"query": "query", "headers": "header", "x-cookies": "cookie"}
        objects = {name: _object([one for one in fields if one.source == source]) for name, source in places.items()}
        return {"method": "GET", **_filled(objects), "bindingVersion": "0.1.0"}


def _object(fields: Sequence[Field]) -> Schema:
    if not fields:
        return {}
    required = [field.name for field in fields if field.is_required]
    properties = {field.name: field.schema for field in fields}
    return {"type": "object", "properties": properties, **_filled({"required": required})}


def _parameter(field: Field) -> dict[str, Any]:
    """The Parameter Object, which is of text alone."""
    schema = field.schema
    enum = [str(value) for value in schema.get("enum", ())]
    default = str(schema["default"]) if "default" in schema else None
    return _filled({"description": schema.get("description"), "enum": enum, "default": default})


def _reference(*parts: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)}


def _filled(objects: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in objects.items() if one}
