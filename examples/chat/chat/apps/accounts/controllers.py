from ellar.common import (
    Controller,
    ControllerBase,
    NotAuthenticated,
    RedirectResponse,
    Response,
    get,
    post,
    render,
)
from ellar.core import Request

from chat.config import BaseConfig

from .schemas import Credentials
from .services import AccountsService


@Controller("/")
class AccountsController(ControllerBase):
    def __init__(self, accounts: AccountsService, config: BaseConfig) -> None:
        self.accounts = accounts
        self.config = config

    @get("/login")
    @render(template_name="login.html")
    async def login_page(self, request: Request) -> dict[str, object] | Response:
        if self.accounts.find(request.session.get("user")):
            return RedirectResponse("/", 303)
        return {"hint": self.config.LOGIN_HINT}

    @post("/login")
    async def login(self, request: Request, credentials: Credentials) -> None:
        user = await self.accounts.authenticate(credentials)
        if user is None:
            raise NotAuthenticated("Wrong name or password")
        request.session["user"] = user.name

    @post("/logout")
    async def logout(self, request: Request) -> None:
        request.session.clear()
