import asyncio

from chat.config import BaseConfig

from .passwords import NOBODY, matches
from .schemas import Credentials, User


class AccountsService:
    """Who there is. It asks the config: yours may ask a database."""

    def __init__(self, config: BaseConfig) -> None:
        self._hashes = config.USERS

    def find(self, name: object) -> User | None:
        return User(name) if isinstance(name, str) and name in self._hashes else None

    async def authenticate(self, credentials: Credentials) -> User | None:
        """The user whose name and password these are. How long it takes does not tell which of them is wrong."""
        hashed = self._hashes.get(credentials.name, NOBODY)
        matching = await asyncio.to_thread(matches, credentials.password, hashed)
        return self.find(credentials.name) if matching else None
