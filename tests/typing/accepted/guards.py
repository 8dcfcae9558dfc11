"""Guards: of one's own with metadata, and the ready-made ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from typing import Any

from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    UseGuards,
    get,
    set_metadata,
    ws_route,
)
from ellar.core import Reflector
from ellar.di import injectable
from ellar.security import (
    APIKeyCookieGuard,
    APIKeyHeaderGuard,
    APIKeyQueryGuard,
    BasicCredentials,
    BasicGuard,
    BearerGuard,
    SessionGuard,
    SubprotocolGuard,
)


@dataclass
class User:
    name: str
    roles: tuple[str, ...] = ()


class Allowing(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        if context.switch_to_http_connection().get_client().headers.get("x-slow"):
            raise APIException("slow down", status_code=429, headers={"Retry-After": "1"})
        return True


@injectable
class RolesGuard(GuardCanActivate):
    def __init__(self, reflector: Reflector) -> None:
        self.reflector = reflector

    async def can_activate(self, context: IExecutionContext) -> bool:
        targets = context.get_handler(), context.get_class()
        roles: list[str] = self.reflector.get_all_and_merge("roles", *targets)
        if self.reflector.get("public", context.get_handler()):
            return True
        if not isinstance(context.user, User):
            raise NotAuthenticated()
        return bool(set(roles) & set(context.user.roles))


class TokenGuard(BearerGuard):
    realm = "cars"

    async def authenticate(self, token: str, context: IExecutionContext) -> User | None:
        return User("Ada") if compare_digest(token.encode(), b"t") else None


class PasswordGuard(BasicGuard):
    async def authenticate(self, credentials: BasicCredentials, context: IExecutionContext) -> User | None:
        username, password = credentials
        return User(username) if compare_digest(password.encode(), b"p") else None


class HeaderGuard(APIKeyHeaderGuard):
    name = "X-Key"

    async def authenticate(self, key: str, context: IExecutionContext) -> bool:
        return key == self.name


class QueryGuard(APIKeyQueryGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> User | None:
        return User(key)


class CookieGuard(APIKeyCookieGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> User | None:
        return User(key)


class LoggedInGuard(SessionGuard):
    async def authenticate(self, session: Mapping[str, Any], context: IExecutionContext) -> User | None:
        return User(session["name"]) if "name" in session else None


class PageGuard(SubprotocolGuard):
    protocol = "token"

    async def authenticate(self, token: str, context: IExecutionContext) -> User | None:
        return User(token)


roles = set_metadata("roles", ["admin"])


@Controller("/guarded")
@Guards(Allowing, TokenGuard(), RolesGuard)
@set_metadata("roles", ["member"])
class GuardedController(ControllerBase):
    @get("/")
    @UseGuards(PasswordGuard, HeaderGuard, QueryGuard, CookieGuard)
    @roles
    async def index(self) -> str:
        user: User = self.context.user
        return user.name

    @Guards(LoggedInGuard, PageGuard)
    @ws_route("/live")
    @set_metadata("public", True)
    async def live(self) -> None:
        await self.context.switch_to_websocket().get_client().accept()
