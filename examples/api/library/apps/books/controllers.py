from ellar.common import (
    BackgroundTasks,
    Body,
    Controller,
    ControllerBase,
    Guards,
    Query,
    Response,
    delete,
    get,
    patch,
    post,
)

from library.apps.changes.schemas import Change, Kind
from library.apps.changes.services import ChangesService
from library.apps.database.tables import Book, Loan
from library.guards import Librarian

from .schemas import BookChanges, BookOut, Borrower, Filters, LoanOut, NewBook, Number, Page, Problem
from .services import BooksService


@Controller("/books")
class BooksController(ControllerBase):
    """Books and who has them. Everybody may read, librarians may write."""

    def __init__(self, books: BooksService, changes: ChangesService) -> None:
        self.books = books
        self.changes = changes

    @get("/", response=Page[BookOut])
    async def search(self, filters: Filters = Query()) -> dict[str, object]:
        """Search for books."""
        items, total = await self.books.search(filters)
        return {"items": items, "total": total}

    @get("/{number:int}", response={200: BookOut, 404: Problem})
    async def show(self, number: Number) -> Book:
        """Show a book."""
        return await self.books.find(number)

    @post("/", response={201: BookOut, 409: Problem})
    @Guards(Librarian)
    async def add(self, response: Response, tasks: BackgroundTasks, new: NewBook = Body()) -> Book:
        """Add a book."""
        book = await self.books.add(new)
        response.headers["Location"] = f"/books/{book.id}"
        self._tell(tasks, "added", book)
        return book

    @patch("/{number:int}", response={200: BookOut, 404: Problem})
    @Guards(Librarian)
    async def change(self, number: Number, tasks: BackgroundTasks, changes: BookChanges = Body()) -> Book:
        """Correct what is said of a book."""
        book = await self.books.change(number, changes)
        self._tell(tasks, "changed", book)
        return book

    @delete("/{number:int}", response={204: None, 404: Problem, 409: Problem})
    @Guards(Librarian)
    async def remove(self, number: Number, tasks: BackgroundTasks) -> None:
        """Remove a book that is not lent."""
        self._tell(tasks, "removed", await self.books.remove(number))

    @post("/{number:int}/loan", response={201: LoanOut, 404: Problem, 409: Problem})
    @Guards(Librarian)
    async def lend(self, number: Number, tasks: BackgroundTasks, to: Borrower = Body()) -> Loan:
        """Lend a book to somebody."""
        book, loan = await self.books.lend(number, to.borrower)
        self._tell(tasks, "changed", book)
        return loan

    @delete("/{number:int}/loan", response={204: None, 404: Problem, 409: Problem})
    @Guards(Librarian)
    async def take_back(self, number: Number, tasks: BackgroundTasks) -> None:
        """Take a book back."""
        self._tell(tasks, "changed", await self.books.take_back(number))

    def _tell(self, tasks: BackgroundTasks, kind: Kind, book: Book) -> None:
        """Tells it after the answer, and so after the commit: who asks then finds what was told."""
        change = Change(event=kind, book=BookOut.model_validate(book))
        tasks.add_task(self.changes.tell, change)
