"""The models as JSON Schema, by name."""

from __future__ import annotations

from hubbub.contract.events import CHANGES
from hubbub.contract.models import History, Problem, SocketError
from hubbub.contract.schemas import change_schema, drop_titles, object_name, reference, schemas_of, without_null


def test_models_come_by_name_with_all_that_they_refer_to() -> None:
    found = schemas_of([History, History])
    assert list(found) == ["History", "Message", "Reaction"]
    assert found["History"]["properties"]["messages"]["items"] == reference("Message")


def test_names_are_not_said_twice() -> None:
    schema = {"title": "Room", "properties": {"id": {"title": "Id", "type": "string"}}}
    drop_titles(schema)
    assert schema == {"properties": {"id": {"type": "string"}}}


def test_what_an_answer_may_lack_is_never_null() -> None:
    for model in (Problem, SocketError):
        schema = schemas_of([model])[model.__name__]
        assert schema["properties"]["retry_after"] == {"type": "number"}
        assert "retry_after" not in schema["required"]


def test_a_choice_of_several_stays_one() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}], "default": None}
    assert without_null(schema) == {"anyOf": schema["anyOf"]}
    assert without_null({"type": "string"}) == {"type": "string"}


def test_a_change_of_one_type_has_the_data_of_that_type() -> None:
    schema = change_schema("user_changed", CHANGES["user_changed"])
    assert schema["properties"]["data"] == reference("User")
    assert schema["properties"]["type"] == {"const": "user_changed", "type": "string"}
    assert object_name("user_changed") == "UserChanged"
