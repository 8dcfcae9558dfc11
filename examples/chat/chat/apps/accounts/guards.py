from collections.abc import Mapping
from typing import Any

from ellar.common import IExecutionContext, NotAuthenticated
from ellar.security import SessionGuard
from starlette.exceptions import HTTPException

from .schemas import User
from .services import AccountsService


class LoggedIn(SessionGuard):
    """Lets in who has logged in; others get a 401."""

    def __init__(self, accounts: AccountsService) -> None:
        self.accounts = accounts

    async def authenticate(self, session: Mapping[str, Any], context: IExecutionContext) -> User | None:
        return self.accounts.find(session.get("user"))


class LoggedInPage(LoggedIn):
    """For pages: others are sent to the login page."""

    async def can_activate(self, context: IExecutionContext) -> bool:
        try:
            return await super().can_activate(context)
        except NotAuthenticated as refusal:
            raise HTTPException(303, headers={"Location": "/login"}) from refusal
