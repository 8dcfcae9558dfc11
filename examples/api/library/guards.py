import secrets
from hashlib import sha256

from ellar.common import IExecutionContext
from ellar.security import BearerGuard

from library.config import BaseConfig


class Librarian(BearerGuard):
    """The token of a librarian."""

    def __init__(self, config: BaseConfig) -> None:
        self.librarians = config.LIBRARIANS

    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        hashed = sha256(token.encode()).hexdigest()
        names = (name for name, known in self.librarians.items() if secrets.compare_digest(known, hashed))
        return next(names, None)
