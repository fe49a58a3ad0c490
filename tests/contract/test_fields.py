"""The kinds of text: what each takes, what it says otherwise, and that the JSON schema says the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from hubbub.contract import fields, limits

KINDS: dict[str, TypeAdapter[str]] = {
    name: TypeAdapter(getattr(fields, name))
    for name in (
        "Id",
        "Cursor",
        "ClientId",
        "Token",
        "Username",
        "DisplayName",
        "Password",
        "GivenUsername",
        "GivenPassword",
        "RoomName",
        "Topic",
        "Body",
        "Emoji",
    )
}
NOT_BLANK = ("DisplayName", "RoomName", "Body", "Emoji")


def refusal(kind: str, text: str) -> str | None:
    """What the kind has against the text, None where it takes it."""
    try:
        KINDS[kind].validate_python(text, strict=True)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_text_ends_somewhere(kind: str) -> None:
    schema: dict[str, Any] = KINDS[kind].json_schema()
    assert refusal(kind, "x" * schema["maxLength"]) is None
    assert refusal(kind, "x" * (schema["maxLength"] + 1)) is not None
    # Characters are code points, however many bytes they take.
    assert kind == "Username" or refusal(kind, "\U0001f600" * schema["maxLength"]) is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_text_holds_nul_or_an_unpaired_surrogate(kind: str) -> None:
    assert refusal(kind, "some\x00text") is not None
    assert refusal(kind, "some\ud800text") is not None


@pytest.mark.parametrize("kind", NOT_BLANK)
@pytest.mark.parametrize("blank", [" ", "\t\n", "\u3000", "\u00a0"])
def test_what_is_read_by_people_is_not_blank(kind: str, blank: str) -> None:
    assert refusal(kind, blank) == "must hold something besides white space"
    assert refusal(kind, f"{blank}x{blank}") is None


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=limits.USERNAME_CHARS))
def test_the_schema_takes_whatever_is_taken(kind: str, text: str) -> None:
    schema = KINDS[kind].json_schema()
    if refusal(kind, text) is None and text.isascii():
        assert schema.get("minLength", 0) <= len(text) <= schema["maxLength"]
        assert re.fullmatch(schema["pattern"], text, re.DOTALL)


@pytest.mark.parametrize(
    "name", ["ada", "Ada_Lovelace", "a.d-a", "_1", "42", "ада", "नमस्ते", "アダ", "Ａｄａ", "é" * 32]
)
def test_usernames_are_of_any_script(name: str) -> None:
    assert refusal("Username", name) is None


@pytest.mark.parametrize(
    "name", ["a b", "a/b", "a@b", "ad\u200ba", "ad\u202ea", "a\n", "ada\ue000", "🎉🎉", "½½", "a:b", "<b>"]
)
def test_usernames_hold_nothing_that_could_be_taken_for_another(name: str) -> None:
    assert refusal("Username", name) == "may hold letters, digits, _ . and - only"


@pytest.mark.parametrize("name", [".ada", "-ada", "\u0301ada"])
def test_usernames_begin_with_something_to_call(name: str) -> None:
    assert refusal("Username", name) == "must begin with a letter, a digit or _"


@given(name=st.from_regex(r"\A\w[\w.\-]{1,31}\Z", alphabet=st.characters(max_codepoint=127)))
def test_every_username_of_the_schema_is_taken(name: str) -> None:
    assert refusal("Username", name) is None


def test_whoever_signs_in_is_not_told_what_a_password_must_be() -> None:
    assert refusal("GivenPassword", "") is None
    assert refusal("Password", "short") is not None
