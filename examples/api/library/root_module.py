from ellar.common import Module
from ellar.core import ModuleBase

from library.apps.books.module import BooksModule
from library.apps.changes.module import ChangesModule
from library.apps.database.module import DatabaseModule


@Module(modules=[DatabaseModule, ChangesModule, BooksModule])
class ApplicationModule(ModuleBase):
    """Books, who has which, and a websocket that tells of every change."""
