"""What comes in; the answers are JSON as the database has it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

BODY_CHARS = 8_000


class NewUser(BaseModel):
    username: str
    password: str


class NewRoom(BaseModel):
    name: str


class NewMessage(BaseModel):
    body: Annotated[str, Field(min_length=1, max_length=BODY_CHARS)]
    client_id: str | None = None
    reply_to: str | None = None


class PostMessage(NewMessage):
    room_id: str
