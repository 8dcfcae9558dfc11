"""Forms: the fields and files of a request, within their limits, become what the handler takes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema
from python_multipart.multipart import parse_options_header
from starlette import datastructures
from starlette.datastructures import FormData, Headers, MultiDict
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from ellar.bodies import headers_of
from ellar.config import Config
from ellar.exceptions import APIException
from ellar.params import Error, Value, fill

MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
MAX_PARTS = 1000
"""Fields that a form may have, and files besides; each costs more than its bytes."""

Item = str | datastructures.UploadFile


class UploadFile(datastructures.UploadFile):
    """Starlette's uploaded file: `filename`, `content_type`, `size`, `await read()`; closed after the response.

    The name is what the client says: never use it as a path.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(
            core_schema.is_instance_schema(cls), "file_type", custom_error_message="Input should be a file"
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}


@dataclass(frozen=True, slots=True)
class FormBody:
    """The body of a handler that takes a form."""

    values: tuple[Value, ...]
    max_size: int
    max_fields_size: int
    max_sizes: Mapping[str, int]
    read_whole: frozenset[str]

    @classmethod
    def of(cls, values: tuple[Value, ...], config: Config) -> FormBody:
        """Settles the limits: those of uploads where there is a file among the values."""
        max_size = config.MAX_UPLOAD_SIZE if any(value.has_files for value in values) else config.MAX_BODY_SIZE
        max_sizes = {value.alias: value.max_size for value in values if value.max_size is not None}
        read_whole = frozenset(value.alias for value in values if value.is_read_whole)
        return cls(values, max_size, config.MAX_BODY_SIZE, max_sizes, read_whole)

    async def read(self, request: Request, arguments: dict[str, Any]) -> list[Error]:
        """Adds to the arguments; says what is wrong. Raises APIException for what is too large, or no form by type."""
        content_type = headers_of(request, self.max_size).get(b"content-type")
        try:
            items = await self._items(request, content_type)
        except (MultiPartException, ValueError) as error:
            message = error.message if isinstance(error, MultiPartException) else str(error)
            return [{"loc": ["body"], "msg": f"Invalid form: {message}", "type": "form_invalid"}]
        request._form = FormData(items)  # `request.form()` is this one, and its files are closed when the request is
        sent = [(name, item) for name, item in items if not _is_no_file(item)]
        found, errors = fill(self.values, MultiDict([(name, await self._content(name, item)) for name, item in sent]))
        arguments |= found
        return errors

    async def _items(self, request: Request, content_type: bytes | None) -> list[tuple[str, Item]]:
        if request._form is not None:  # a guard has read it
            return [(name, _known(item)) for name, item in request._form.multi_items()]
        kind, options = parse_options_header(content_type)
        if kind == MULTIPART.encode():
            _check_charset(options)
            async with aclosing(request.stream()) as stream:
                form = await _Parser(request.headers, stream, self.max_fields_size, self.max_sizes).parse()
                return [(name, _known(item)) for name, item in form.multi_items()]
        content = await request.body()
        if kind == URLENCODED.encode():
            pairs = parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARTS)
            return list(pairs)
        if content:
            raise APIException(f"The body must be {MULTIPART} or {URLENCODED}", status_code=415)
        return []

    async def _content(self, name: str, item: Item) -> Item | bytes:
        if isinstance(item, str):
            return item
        _check_size(name, item.size or 0, self.max_sizes)
        return await item.read() if name in self.read_whole else item


class _Parser(MultiPartParser):
    """Starlette's, which also ends at a file or at fields that are too large, and does not take half a form."""

    def __init__(
        self, headers: Headers, stream: AsyncGenerator[bytes, None], max_fields_size: int, max_sizes: Mapping[str, int]
    ) -> None:
        super().__init__(headers, stream, max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=max_fields_size)
        self._max_fields_size = max_fields_size
        self._max_sizes = max_sizes
        self._fields_size = 0
        self._file_size = 0
        self._is_whole = False

    def on_part_begin(self) -> None:
        super().on_part_begin()
        self._file_size = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._fields_size += end - start
            if self._fields_size > self._max_fields_size:
                raise APIException(f"The fields may have {self._max_fields_size} bytes at most", status_code=413)
        else:
            self._file_size += end - start
            _check_size(self._current_part.field_name, self._file_size, self._max_sizes)
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            self._current_part.data.decode()  # Starlette takes for Latin-1 what is no UTF-8
        super().on_part_end()

    def on_end(self) -> None:
        self._is_whole = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self._is_whole:
            for file in self._files_to_close_on_error:  # the last one is not in the form
                file.close()
            raise MultiPartException("the last boundary is missing")
        return form


def _check_size(name: str, size: int, max_sizes: Mapping[str, int]) -> None:
    if size > max_sizes.get(name, size):
        raise APIException(f"The file {name!r} may have {max_sizes[name]} bytes at most", status_code=413)


def _check_charset(options: Mapping[bytes, bytes]) -> None:
    """Python knows codecs that make what is no text, or that raise; browsers send none (RFC 7578, section 5.1.2)."""
    if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
        raise APIException("The charset of a form must be utf-8", status_code=415)


def _known(item: Item) -> Item:
    if isinstance(item, str):
        return item
    return UploadFile(item.file, size=item.size, filename=item.filename, headers=item.headers)


def _is_no_file(item: Item) -> bool:
    """What a browser sends of an input for files where none was chosen."""
    return not isinstance(item, str) and not item.filename and not item.size
