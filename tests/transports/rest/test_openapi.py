"""The OpenAPI document: valid, complete, and the same as what the server does."""

from __future__ import annotations

import re
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator
from quart import Quart

from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.transports.rest.openapi import MEANING
from hubbub.transports.rest.operation import TRAITS_ATTRIBUTE, Traits
from tests.support.documents import references

METHODS = {"get", "put", "post", "delete", "patch"}


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each."""
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_reference_leads_to_something_and_everything_is_referred_to(document: dict[str, Any]) -> None:
    named = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in document["components"][kind]
    }
    # No operation answers 405, since an operation is what the method is for.
    assert references(document) == named - {"#/components/responses/method_not_allowed"}


def test_it_has_every_route_of_the_api_and_no_other(described_app: Quart, document: dict[str, Any]) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in described_app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert {(method, path) for method, path, _ in operations(document)} == routes
    assert {method for method, _ in routes} <= METHODS


def test_operations_are_told_apart_and_explained(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in document["tags"]}
    for _, path, operation in operations(document):
        assert operation["summary"].endswith("."), path
        assert set(operation["tags"]) <= tags, path


def test_an_operation_has_one_success_and_names_its_body(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        good = {status: answer for status, answer in operation["responses"].items() if status < "300"}
        (status, answer), *more = good.items()
        assert not more, path
        if status == "204":
            assert answer == {"description": "No Content"}
        else:
            ((media_type, content),) = answer["content"].items()
            assert media_type == ("text/event-stream" if path.endswith("/events") else "application/json")
            assert set(content["schema"]) == {"$ref"}, path
        if "requestBody" in operation:
            assert operation["requestBody"]["required"] is True
            assert set(operation["requestBody"]["content"]) == {"application/json"}
            assert method in ("post", "put", "patch")


def test_an_operation_lists_the_errors_of_its_route(described_app: Quart, document: dict[str, Any]) -> None:
    traits = {
        view.__name__: found
        for view in described_app.view_functions.values()
        if isinstance(found := getattr(view, TRAITS_ATTRIBUTE, None), Traits)
    }
    for _, path, operation in operations(document):
        listed = {status: answer["$ref"] for status, answer in operation["responses"].items() if status > "300"}
        assert listed == {
            str(STATUS[code]): f"#/components/responses/{code.value}"
            for code in traits[operation["operationId"]].errors
        }, path
        always = {ErrorCode.INVALID_REQUEST, ErrorCode.RATE_LIMITED, ErrorCode.SERVER_BUSY, ErrorCode.INTERNAL}
        assert {str(STATUS[code]) for code in always} <= set(listed), path


def test_who_needs_a_session_is_said(document: dict[str, Any]) -> None:
    guests = {operation["operationId"] for _, _, operation in operations(document) if "security" not in operation}
    assert guests == {"get_server", "register_user", "sign_in"}
    for _, path, operation in operations(document):
        if "security" in operation:
            assert operation["security"] == [{"bearer": []}, {"cookie": []}], path
            assert "401" in operation["responses"], path
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": "hubbub_session"},
    }


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        headers = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
        stream = {"Last-Event-ID"} if path.endswith("/events") else set()
        assert set(headers) == ({"Idempotency-Key"} if method == "post" else stream), path
        if method == "post":
            schema = headers["Idempotency-Key"]["schema"]
            assert (schema["type"], schema["maxLength"]) == ("string", 128)
            assert "409" in operation["responses"], path


def test_no_parameter_is_null_and_each_has_bounds(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation["parameters"]:
            schema = parameter["schema"]
            assert parameter.get("required", False) == (parameter["in"] == "path"), path
            assert "anyOf" not in schema, path
            assert ("maxLength" in schema) or ("maximum" in schema), path


def test_whatever_comes_in_is_closed_and_bounded(document: dict[str, Any]) -> None:
    requests = references([operation.get("requestBody") for _, _, operation in operations(document)])
    for name in (reference.rsplit("/", 1)[1] for reference in requests):
        schema = document["components"]["schemas"][name]
        assert schema["additionalProperties"] is False, name
        for field, each in schema["properties"].items():
            for kind in each.get("anyOf", [each]):
                bound = {"string": "maxLength", "array": "maxItems", "integer": "maximum"}.get(kind["type"])
                assert bound is None or bound in kind or "enum" in kind, f"{name}.{field}"


def test_a_problem_may_come_without_retry_after(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["properties"]) - set(problem["required"]) == {"retry_after"}
    codes = document["components"]["schemas"]["ErrorCode"]["enum"]
    assert set(codes) == set(ErrorCode)


def test_every_code_has_a_meaning(document: dict[str, Any]) -> None:
    assert set(MEANING) == set(ErrorCode)
    for code, meaning in MEANING.items():
        response = document["components"]["responses"][code.value]
        assert response["description"] == meaning
        assert set(response["content"]) == {"application/problem+json"}


def test_names_are_not_said_twice(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert "title" not in schema, name
        assert all("title" not in each for each in schema.get("properties", {}).values()), name
