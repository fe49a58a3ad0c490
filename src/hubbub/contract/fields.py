"""The kinds of text and numbers on the wire: how long each may be and what it may hold.

Every rule is in the JSON schema too, as a length or a pattern, so that a client can check what it sends.  Here the
rules are functions, because a function can say what is wrong.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from hubbub.contract import limits

# ECMA 262 with the `u` flag, as JSON Schema asks for.
_STORABLE_PATTERN = r"^[^\u0000]*$"
_NOT_BLANK_PATTERN = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"
# For ECMA 262 `\w` is ASCII; what it means here needs `\p`, which validators of OpenAPI documents in Python refuse.
_USERNAME_PATTERN = r"^\w[\w.\-]*$"
_USERNAME_DESCRIPTION = "Letters and digits of any script, `_`, `.` and `-`; begins with none of the last two."


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL, and C programs stop there; unpaired surrogates are refused by pydantic.
    if "\x00" in text:
        raise PydanticCustomError("nul", "must not hold the NUL character")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must hold something besides white space")
    return _storable(text)


def _username(text: str) -> str:
    if text[0] in ".-" or unicodedata.category(text[0])[0] == "M":
        raise PydanticCustomError("username_start", "must begin with a letter, a digit or _")
    if not all(char in "_.-" or unicodedata.category(char)[0] in "LM" or char.isdecimal() for char in text):
        raise PydanticCustomError("username", "may hold letters, digits, _ . and - only")
    return text


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# To be annotated behind the bounds.  JSON Schema (2020-12, Validation, 6.1.1) takes 3.0 for an integer.
WHOLE = BeforeValidator(_whole)

_STORABLE = Field(json_schema_extra={"pattern": _STORABLE_PATTERN})
_NOT_BLANK = Field(json_schema_extra={"pattern": _NOT_BLANK_PATTERN})

Id = Annotated[str, StringConstraints(min_length=1, max_length=limits.ID_CHARS), AfterValidator(_storable), _STORABLE]
Cursor = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.CURSOR_CHARS), AfterValidator(_storable), _STORABLE
]
ClientId = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.CLIENT_ID_CHARS), AfterValidator(_storable), _STORABLE
]
Token = Annotated[str, StringConstraints(max_length=limits.TOKEN_CHARS), AfterValidator(_storable), _STORABLE]
Username = Annotated[
    str,
    StringConstraints(min_length=limits.USERNAME_MIN_CHARS, max_length=limits.USERNAME_CHARS),
    AfterValidator(_username),
    Field(description=_USERNAME_DESCRIPTION, json_schema_extra={"pattern": _USERNAME_PATTERN}),
]
DisplayName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=limits.DISPLAY_NAME_CHARS),
    AfterValidator(_not_blank),
    _NOT_BLANK,
]
Password = Annotated[
    str,
    StringConstraints(min_length=limits.PASSWORD_MIN_CHARS, max_length=limits.PASSWORD_CHARS),
    AfterValidator(_storable),
    _STORABLE,
]
# Of somebody who signs in: what is not a username or a password is a wrong one, and wrong is all that is said.
GivenUsername = Annotated[
    str, StringConstraints(max_length=limits.USERNAME_CHARS), AfterValidator(_storable), _STORABLE
]
GivenPassword = Annotated[
    str, StringConstraints(max_length=limits.PASSWORD_CHARS), AfterValidator(_storable), _STORABLE
]
RoomName = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.ROOM_NAME_CHARS), AfterValidator(_not_blank), _NOT_BLANK
]
Topic = Annotated[str, StringConstraints(max_length=limits.TOPIC_CHARS), AfterValidator(_storable), _STORABLE]
Body = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.BODY_CHARS), AfterValidator(_not_blank), _NOT_BLANK
]
Emoji = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.EMOJI_CHARS), AfterValidator(_not_blank), _NOT_BLANK
]
SearchText = Annotated[
    str, StringConstraints(min_length=1, max_length=limits.SEARCH_CHARS), AfterValidator(_not_blank), _NOT_BLANK
]
