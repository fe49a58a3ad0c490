"""What is wrong with a request, field by field, in words that read after the name of the field."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, StringConstraints

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import CreateRoom, Request
from hubbub.transports.rest.paging import ListPage
from hubbub.transports.validation import FIELD_ERRORS, PATH_CHARS, parse


class Inner(Request):
    flag: bool


class Everything(BaseModel):
    """A field of each kind that a request has."""

    model_config = Request.model_config

    text: Annotated[str, StringConstraints(min_length=2, max_length=3)] = "abc"
    number: Annotated[int, Field(ge=1, le=9)] = 1
    items: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    choice: Literal["a", "b"] = "a"
    inner: Inner = Inner(flag=True)
    inners: list[Inner] = []


def refusal(data: object, model: type[BaseModel] = Everything) -> HubbubError:
    with pytest.raises(HubbubError) as refused:
        parse(model, data)
    assert refused.value.code is ErrorCode.INVALID_FIELDS
    return refused.value


def test_what_is_right_comes_back_as_the_model() -> None:
    assert parse(CreateRoom, {"name": "Den", "visibility": "public"}).name == "Den"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("text", 5, "must be a string"),
        ("text", None, "must be a string"),
        ("text", "a", "needs 2 or more characters"),
        ("text", "abcd", "takes at most 3 characters"),
        ("text", "a\ud800", "must not hold unpaired surrogates"),
        ("number", "1", "must be a whole number"),
        ("number", 1.5, "must be a whole number"),
        ("number", True, "must be a whole number"),
        ("number", 0, "must be 1 or more"),
        ("number", 10, "must be 9 or less"),
        ("items", {}, "must be a list"),
        ("items", [], "needs 1 or more items"),
        ("items", ["a", "b", "c"], "takes at most 2 items"),
        ("choice", "c", "must be 'a' or 'b'"),
        ("inner", [], "must be an object"),
        ("surprise", 1, "is not known here"),
    ],
)
def test_each_mistake_has_its_words(field: str, value: object, message: str) -> None:
    error = refusal({field: value})
    assert error.errors == (FieldError(field, message),)
    assert error.detail == f"Mend these fields and send it again: {field}."


def test_places_inside_are_dotted() -> None:
    error = refusal({"inner": {}, "items": ["a", 2], "inners": [{"flag": True}, {"flag": "yes"}]})
    assert error.errors == (
        FieldError("items.1", "must be a string"),
        FieldError("inner.flag", "is missing"),
        FieldError("inners.1.flag", "must be true or false"),
    )


@pytest.mark.parametrize("whole", [None, [], "text", 5, True])
def test_what_is_no_object_at_all_has_an_empty_path(whole: Any) -> None:
    error = refusal(whole)
    assert error.errors == (FieldError("", "must be an object"),)
    assert error.detail == "Mend these fields and send it again: the body."


def test_text_of_a_query_is_read_as_a_number_or_refused() -> None:
    assert parse(ListPage, {"limit": "5"}).limit == 5
    assert refusal({"limit": "five"}, ListPage).errors == (FieldError("limit", "must be a whole number"),)
    assert refusal({"limit": "9" * 5000}, ListPage).errors == (FieldError("limit", "must be a smaller number"),)


def test_words_of_our_own_models_are_passed_on() -> None:
    errors = refusal({"name": " ", "visibility": "public"}, CreateRoom).errors
    assert errors == (FieldError("name", "must hold something besides white space"),)


def test_neither_many_mistakes_nor_long_names_make_a_long_answer() -> None:
    error = refusal({f"{number}{'x' * 1_000_000}": 1 for number in range(FIELD_ERRORS + 5)})
    assert len(error.errors) == FIELD_ERRORS
    assert all(len(each.path) == PATH_CHARS for each in error.errors)
