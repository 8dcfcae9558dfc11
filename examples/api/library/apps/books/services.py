from datetime import UTC, datetime

from ellar.common import Conflict, NotFound
from ellar.di import injectable, request_scope
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from library.apps.database.tables import Book, Loan

from .schemas import BookChanges, Filters, NewBook

ORDER = {"title": Book.title, "author": Book.author, "year": Book.year, "-year": Book.year.desc()}


@injectable(scope=request_scope)
class BooksService:
    """Books and loans, within the transaction of one request."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def search(self, filters: Filters) -> tuple[list[Book], int]:
        """One page of what fits, and how many fit."""
        conditions: list[ColumnElement[bool]] = []
        if filters.text is not None:
            named = [column.icontains(filters.text, autoescape=True) for column in (Book.title, Book.author)]
            conditions.append(or_(*named))
        if filters.available is not None:
            conditions.append(Book.available == filters.available)
        found = select(Book).where(*conditions).order_by(ORDER[filters.sort], Book.id)
        books = await self.session.scalars(found.limit(filters.limit).offset(filters.offset))
        total = await self.session.scalar(select(func.count()).select_from(Book).where(*conditions))
        return list(books), total or 0

    async def find(self, number: int) -> Book:
        book = await self.session.get(Book, number)
        if book is None:
            raise NotFound(f"There is no book {number}")
        return book

    async def add(self, new: NewBook) -> Book:
        book = Book(**new.model_dump())
        self.session.add(book)
        return await self._stored(book)

    async def change(self, number: int, changes: BookChanges) -> Book:
        book = await self.find(number)
        for name, value in changes.model_dump(exclude_none=True).items():
            setattr(book, name, value)
        return await self._stored(book)

    async def remove(self, number: int) -> Book:
        book = await self.find(number)
        if not book.available:
            raise Conflict("It is lent: let it come back first")
        await self.session.execute(delete(Loan).where(Loan.book_id == book.id, Loan.returned_at.is_not(None)))
        await self.session.delete(book)
        await self.session.flush()
        return book

    async def lend(self, number: int, borrower: str) -> tuple[Book, Loan]:
        book = await self.find(number)
        loan = Loan(book_id=book.id, borrower=borrower, lent_at=datetime.now(UTC))
        self.session.add(loan)
        return await self._stored(book), loan

    async def take_back(self, number: int) -> Book:
        book = await self.find(number)
        open_loan = select(Loan).where(Loan.book_id == book.id, Loan.returned_at.is_(None))
        loan = await self.session.scalar(open_loan)
        if loan is None:
            raise Conflict("It is not lent")
        loan.returned_at = datetime.now(UTC)
        return await self._stored(book)

    async def _stored(self, book: Book) -> Book:
        """Sends what is new to the database, which may object, and reads the book as it is then."""
        await self.session.flush()
        await self.session.refresh(book)
        return book
