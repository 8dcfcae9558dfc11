"""The errors that an application raises, and the one that a wrong declaration is.

Exception
├── ImproperlyConfigured      a mistake in a declaration or in the config, found at start
│   ├── UnknownProvider       something needs what nobody provides where it is
│   ├── MissingSettings       a config is annotated with what nothing sets
│   ├── MissingTemplate       a handler renders what is not there
│   └── MissingFolder         a module's static folder is not there
└── starlette HTTPException
    └── APIException          an answer with a status of its own
        ├── BadRequest        400
        ├── NotAuthenticated  401
        ├── PermissionDenied  403
        ├── NotFound          404
        ├── Conflict          409
        └── RequestValidationError  422
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from ellar.config import Config

Faults = Sequence[Mapping[str, Any]]


class ImproperlyConfigured(Exception):
    """The application is declared or configured wrongly and can't start.

    Its text is one line for a person: the place (`file:line`), what is wrong and the way out.
    `others` are the same kind of mistakes, in other routes, that would come up once this one is mended.
    """

    others: Sequence[ImproperlyConfigured] = ()


class UnknownProvider(ImproperlyConfigured):
    """A handler or a class needs what nobody provides, or what its module does not see."""


class MissingSettings(ImproperlyConfigured):
    """A config is annotated with settings that nothing sets.

    `config` is what there is of it, and `missing` has the settings, each with the class that is annotated with it.
    """

    def __init__(self, text: str, config: Config, missing: Mapping[str, str]) -> None:
        super().__init__(text)
        self.config = config
        self.missing = missing


class MissingTemplate(ImproperlyConfigured):
    """A handler renders a template that is not there."""


class MissingFolder(ImproperlyConfigured):
    """The static folder of a module is not there."""


class APIException(HTTPException):
    """Ends a request with `status_code` and the JSON body `{"detail": detail}`.

    Raised by a guard of a websocket it refuses the handshake with that status.
    Making it raises ValueError for a status that is no error.
    """

    status_code: int = 500

    def __init__(
        self, detail: str | None = None, *, status_code: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        status = status_code or type(self).status_code
        if not 400 <= status <= 599:
            raise ValueError(f"an APIException has a status from 400 to 599, not {status}")
        super().__init__(status, detail, headers)


class BadRequest(APIException):
    """400: the request makes no sense here, though its values are valid one by one."""

    status_code = 400


class NotAuthenticated(APIException):
    """401: it is not known who asks."""

    status_code = 401


class PermissionDenied(APIException):
    """403: who asks may not."""

    status_code = 403


class NotFound(APIException):
    """404: what is asked for is not here."""

    status_code = 404


class Conflict(APIException):
    """409: what is here already does not allow it."""

    status_code = 409


class RequestValidationError(APIException):
    """422: what a request brings is not what its handler takes; raised before the handler is called.

    `errors` are the faults as the client is told them: `loc`, `msg` and `type` of each.
    """

    status_code = 422

    def __init__(self, errors: Faults) -> None:
        super().__init__()
        self.errors = errors


def place(declared: Any) -> str:
    """Where a function, class or router is written, as `file:line`; its name where Python can't tell."""
    if isinstance(written := getattr(declared, "__ellar_place__", None), str):
        return written
    function = inspect.unwrap(declared)
    code = getattr(function, "__code__", None)
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    try:
        return f"{inspect.getsourcefile(function)}:{inspect.getsourcelines(function)[1]}"
    except (OSError, TypeError):
        return getattr(declared, "__qualname__", repr(declared))
