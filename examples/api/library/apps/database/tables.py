from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column

OPEN = text("returned_at IS NULL")


class Base(DeclarativeBase): ...


class Loan(Base):
    __tablename__ = "loan"
    __table_args__ = (  # however many ask at once, a book is lent to one
        Index("loan_book_id_open", "book_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    book_id: Mapped[int] = mapped_column(ForeignKey("book.id"))
    borrower: Mapped[str]
    lent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    returned_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Book(Base):
    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    author: Mapped[str]
    year: Mapped[int]
    available: Mapped[bool] = column_property(
        ~select(Loan.id).where(Loan.book_id == id, Loan.returned_at.is_(None)).exists()
    )
