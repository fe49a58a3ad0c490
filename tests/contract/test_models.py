"""The objects of the contract: strict about what comes in, complete in what goes out."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hubbub.contract import models
from hubbub.contract.models import (
    Answer,
    Change,
    ChangeMe,
    ConnectAuth,
    CreateInvite,
    CreateRoom,
    Message,
    OpenDirectRoom,
    PostMessage,
    Problem,
    RegisterUser,
    Request,
    SignIn,
    SocketError,
)

CLASSES = [each for _, each in inspect.getmembers(models, inspect.isclass) if issubclass(each, BaseModel)]
REQUESTS = [each for each in CLASSES if issubclass(each, Request) and each is not Request]
ANSWERS = [each for each in CLASSES if issubclass(each, Answer) and each is not Answer]

# Errors say no more than there is to say.
MAY_LACK: dict[type[BaseModel], set[str]] = {Problem: {"retry_after"}, SocketError: {"errors", "retry_after"}}


def paths(model: type[BaseModel], data: object) -> set[str]:
    """Where the model finds something wrong."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate(data)
    return {".".join(map(str, each["loc"])) for each in refused.value.errors()}


def required(model: type[BaseModel]) -> dict[str, Any]:
    """Something for each field that must be there; none of it need be right."""
    return {name: object() for name, field in model.model_fields.items() if field.is_required()}


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_a_request_refuses_unknown_fields_and_says_which_are_missing(model: type[BaseModel]) -> None:
    assert paths(model, {"surprise": 1}) == {"surprise", *required(model)}


@pytest.mark.parametrize("model", REQUESTS, ids=lambda model: model.__name__)
def test_a_request_converts_nothing(model: type[BaseModel]) -> None:
    assert set(required(model)) <= paths(model, {**required(model), "surprise": 1})
    for name, field in model.model_fields.items():
        assert field.annotation is Any or name in paths(model, {name: object()}), (
            f"{name} took an object of no JSON type"
        )


@pytest.mark.parametrize("model", [*REQUESTS, *ANSWERS], ids=lambda model: model.__name__)
def test_objects_are_frozen(model: type[BaseModel]) -> None:
    assert model.model_config["frozen"] is True


@pytest.mark.parametrize("model", ANSWERS, ids=lambda model: model.__name__)
def test_an_answer_has_all_its_fields_always(model: type[BaseModel]) -> None:
    optional = {name for name, field in model.model_fields.items() if not field.is_required()}
    assert optional == MAY_LACK.get(model, set())


def test_numbers_are_not_taken_from_text_or_truth() -> None:
    assert paths(CreateInvite, {"max_uses": "3"}) == {"max_uses"}
    assert paths(CreateInvite, {"max_uses": True}) == {"max_uses"}
    assert paths(CreateInvite, {"max_uses": 1.5}) == {"max_uses"}
    assert paths(CreateInvite, {"max_uses": 1e300}) == {"max_uses"}
    assert paths(CreateInvite, {"max_uses": 0}) == {"max_uses"}
    assert paths(CreateInvite, {"max_uses": 1001}) == {"max_uses"}
    assert CreateInvite().max_uses == 1


def test_a_whole_number_may_be_written_with_a_point() -> None:
    taken = CreateInvite.model_validate({"max_uses": 467.0})
    assert (taken.max_uses, type(taken.max_uses)) == (467, int)
    schema = CreateInvite.model_json_schema()["properties"]["max_uses"]
    assert (schema["type"], schema["minimum"], schema["maximum"]) == ("integer", 1, 1000)


def test_every_wrong_field_is_named() -> None:
    wrong = {"name": " ", "topic": "x" * 251, "visibility": "secret", "owner": "me"}
    assert paths(CreateRoom, wrong) == {"name", "topic", "visibility", "owner"}


def test_an_item_of_a_list_is_named_by_its_place() -> None:
    assert paths(OpenDirectRoom, {"user_ids": ["a", "", 3]}) == {"user_ids.1", "user_ids.2"}
    assert paths(OpenDirectRoom, {"user_ids": []}) == {"user_ids"}
    assert paths(OpenDirectRoom, {"user_ids": list("abcdefghi")}) == {"user_ids"}


def test_what_may_be_left_out_may_be_null() -> None:
    assert RegisterUser(username="ada", password="long enough", display_name=None, invite=None).invite is None
    assert ChangeMe.model_validate({"display_name": None}) == ChangeMe()
    assert PostMessage.model_validate({"body": "hi", "client_id": None, "reply_to": None}).client_id is None


def test_signing_in_takes_what_registering_refuses() -> None:
    assert SignIn(username="", password="").password == ""
    assert paths(RegisterUser, {"username": "a", "password": "short"}) == {"username", "password"}


def test_a_client_may_send_more_than_we_know_when_it_connects() -> None:
    assert ConnectAuth.model_validate({"token": "t", "device": "phone"}).token == "t"
    assert paths(ConnectAuth, {"token": 1}) == {"token"}


def test_messages_and_changes_have_the_documented_keys() -> None:
    assert list(Message.model_fields) == [
        "id",
        "room_id",
        "author_id",
        "body",
        "client_id",
        "reply_to",
        "attachments",
        "reactions",
        "created_at",
        "edited_at",
        "deleted_at",
    ]
    assert list(Change.model_fields) == ["cursor", "type", "room_id", "actor_id", "at", "data"]
