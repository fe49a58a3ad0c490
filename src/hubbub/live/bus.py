"""What the processes of one server tell each other.

It is a hint: the log and the tables are the truth.  Whoever joins is told how things stand, and looks for what it may
have missed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hubbub.service.chat import SessionEnded, SessionProlonged


class BadNews(Exception):
    """What came is not of this version; the text says what is wrong with it."""


class TypingNews(BaseModel):
    """Somebody types, still types, or has stopped."""

    room_id: str
    user_id: str
    typing: bool


class News(BaseModel):
    """One word of a process to the others; what it leaves out is as it was.

    `head` is the id of the newest change it knows to be committed; `here` are people who have a connection there now,
    and `gone` those whose last one there is over.
    """

    model_config = ConfigDict(frozen=True)

    head: Annotated[int, Field(ge=0)] = 0
    here: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    typing: tuple[TypingNews, ...] = ()
    ended: tuple[SessionEnded, ...] = ()
    prolonged: tuple[SessionProlonged, ...] = ()

    def and_then(self, later: News) -> News:
        """What both say, as one word that leads to the same state."""
        here, gone = set(self.here), set(self.gone)
        typing = {(each.room_id, each.user_id): each for each in (*self.typing, *later.typing)}
        prolonged = {each.session_id: each for each in (*self.prolonged, *later.prolonged)}
        return News(
            head=max(self.head, later.head),
            here=tuple(sorted(here - set(later.gone) | set(later.here))),
            gone=tuple(sorted(gone - set(later.here) | set(later.gone))),
            typing=tuple(typing.values()),
            ended=self.ended + later.ended,
            prolonged=tuple(prolonged.values()),
        )

    def encode(self) -> bytes:
        """As it travels."""
        return self.model_dump_json(exclude_defaults=True).encode()

    @classmethod
    def decode(cls, body: bytes) -> News:
        """`encode` undone.

        Raises:
            BadNews: it is of another version.
        """
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            raise BadNews(str(error)) from error


Tell = Callable[[News], None]


def tell_nobody(_news: News) -> None:
    """For a process that is alone."""
