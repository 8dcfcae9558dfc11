from datetime import datetime
from typing import Annotated, Generic, Literal, TypeVar

from ellar.common import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Isbn = Annotated[str, StringConstraints(pattern=r"^97[89]\d{10}$")]
Year = Annotated[int, Field(ge=1450, le=2100)]


class NewBook(BaseModel):
    isbn: Isbn = Field(description="13 digits", examples=["9780141439518"])
    title: Text
    author: Text
    year: Year


class BookChanges(BaseModel):
    """What is left out stays as it is."""

    title: Text | None = None
    author: Text | None = None
    year: Year | None = None


class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    isbn: str
    title: str
    author: str
    year: int
    available: bool


class Borrower(BaseModel):
    borrower: Text


class LoanOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    book_id: int
    borrower: str
    lent_at: datetime


class Filters(BaseModel):
    """What a search may ask for. Anything else in the query string is refused."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = Field(None, description="In the title or the author's name")
    available: bool | None = None
    sort: Literal["title", "author", "year", "-year"] = "title"
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0, le=2**31)


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = Field(description="How many there are on all pages")


class Problem(BaseModel):
    detail: str
