from dataclasses import dataclass

from pydantic import BaseModel, Field


class Credentials(BaseModel):
    """What the login page sends."""

    name: str = Field(min_length=1, max_length=50)
    password: str = Field(min_length=1, max_length=200)


@dataclass(frozen=True)
class User:
    """Who is logged in: at `context.user`, behind one of the guards."""

    name: str
