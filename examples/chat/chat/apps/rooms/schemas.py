from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, Field, StringConstraints

RoomName = Literal["lobby", "help", "random"]
ROOM_NAMES: tuple[RoomName, ...] = get_args(RoomName)
MESSAGE_MAX_LENGTH = 2000

# What a page sends


class Say(BaseModel):
    event: Literal["say"]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_MAX_LENGTH)]


class Type(BaseModel):
    event: Literal["type"]


Action = Annotated[Say | Type, Field(discriminator="event")]

# What it receives


class Said(BaseModel):
    event: Literal["said"] = "said"
    author: str
    text: str
    at: datetime


class Welcome(BaseModel):
    event: Literal["welcome"] = "welcome"
    present: list[str]
    history: list[Said]


class Joined(BaseModel):
    event: Literal["joined"] = "joined"
    name: str


class Left(BaseModel):
    event: Literal["left"] = "left"
    name: str


class Typing(BaseModel):
    event: Literal["typing"] = "typing"
    name: str


Event = Said | Welcome | Joined | Left | Typing
