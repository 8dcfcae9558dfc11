from ellar.common import Conflict, Module, exception_handler
from ellar.core import ModuleBase
from sqlalchemy.exc import IntegrityError

from library.apps.changes.module import ChangesModule
from library.apps.database.module import DatabaseModule

from .controllers import BooksController
from .services import BooksService

CONFLICTS = {"isbn": "There is a book of this ISBN already", "book_id": "It is lent already"}
"""What a database objects to, by the column that it names."""


@Module(
    controllers=[BooksController],
    providers=[BooksService],
    modules=[DatabaseModule, ChangesModule],
)
class BooksModule(ModuleBase):
    """Books: their routes and their service."""

    @exception_handler(IntegrityError)
    async def on_conflict(self, error: IntegrityError) -> None:
        reasons = (reason for column, reason in CONFLICTS.items() if column in str(error.orig))
        raise Conflict(next(reasons, "Somebody has changed it meanwhile"))
