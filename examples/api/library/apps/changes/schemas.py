from typing import Literal

from pydantic import BaseModel, Field

from library.apps.books.schemas import BookOut

Kind = Literal["added", "changed", "removed"]

# What a listener sends


class Watch(BaseModel):
    """Of which books it wants to hear from now on. null means all."""

    books: list[int] | None = Field(max_length=1000)


# What it receives


class Watching(BaseModel):
    """From here on it misses nothing of these books. It comes first, and after each `Watch`."""

    event: Literal["watching"] = "watching"
    books: list[int] | None


class Change(BaseModel):
    """What happened, and how the book is now."""

    event: Kind
    book: BookOut
