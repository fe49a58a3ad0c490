"""The OpenAPI 3.1 document: quart-schema's, with named models, and the errors that every operation can give."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from quart import Quart
from quart_schema import Info, OpenAPIProvider, QuartSchema, Tag
from quart_schema.validation import DataSource
from werkzeug.routing.converters import BaseConverter
from werkzeug.routing.rules import Rule

from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.contract.fields import ClientId, Cursor, Emoji, Id
from hubbub.contract.models import Problem
from hubbub.contract.schemas import Schema, drop_titles, reference, schemas_of, without_null
from hubbub.transports.credentials import SESSION_COOKIE
from hubbub.transports.rest.operation import (
    EVENT_STREAM,
    JSON,
    KEY_HEADER,
    LAST_EVENT_ID,
    TRAITS_ATTRIBUTE,
    Nothing,
    Traits,
)

_PROBLEM = {"application/problem+json": {"schema": reference(Problem.__name__)}}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
_PATH_TYPES: dict[str, TypeAdapter[str]] = {"emoji": TypeAdapter(Emoji)}  # {name in the path: what it is, if no id}
_ID: TypeAdapter[str] = TypeAdapter(Id)
_KEY: TypeAdapter[str] = TypeAdapter(ClientId)
_CURSOR: TypeAdapter[str] = TypeAdapter(Cursor)

MEANING = {
    ErrorCode.INVALID_REQUEST: "The request cannot be read",
    ErrorCode.UNAUTHENTICATED: "No session, or one that has ended",
    ErrorCode.FORBIDDEN: "You may not do this",
    ErrorCode.NOT_FOUND: "There is no such thing, or you may not see it",
    ErrorCode.METHOD_NOT_ALLOWED: "The address does not take this method",
    ErrorCode.CONFLICT: "It contradicts what is there",
    ErrorCode.GONE: "It was there and is no more",
    ErrorCode.TOO_LARGE: "The body is larger than it may be",
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON",
    ErrorCode.INVALID_FIELDS: "Fields are unknown, missing, of the wrong type or too long",
    ErrorCode.RATE_LIMITED: "Too much in a short time; wait for retry_after",
    ErrorCode.SERVER_BUSY: "The server cannot take it at this moment; wait for retry_after",
    ErrorCode.INTERNAL: "The server failed",
}


class HubbubOpenAPI(OpenAPIProvider):
    """Names the models, and adds problems, security and keys to what quart-schema finds."""

    def schema(self) -> Schema:
        """The whole document."""
        document: Schema = super().schema()
        document["paths"] = dict(sorted(document["paths"].items()))
        schemas = document["components"]["schemas"]
        for schema in schemas.values():
            drop_titles(schema)
        schemas.update(schemas_of([Problem]))
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        document["components"]["responses"] = {
            code.value: {"description": meaning, "content": _PROBLEM} for code, meaning in MEANING.items()
        }
        return document

    def build_paths(self, rule: Rule) -> tuple[Schema, Schema]:
        """One rule's operations."""
        paths, components = super().build_paths(rule)
        traits: Traits = getattr(self._app.view_functions[rule.endpoint], TRAITS_ATTRIBUTE)
        for operations in paths.values():
            for operation in operations.values():
                _describe(operation, traits)
        return paths, components

    def build_path_parameter(self, name: str, converter: BaseConverter) -> Schema:
        """A part of the path; most are ids."""
        schema = _PATH_TYPES.get(name, _ID).json_schema()
        return {**super().build_path_parameter(name, converter), "schema": schema}

    def build_querystring_parameters(self, model: type[Any]) -> tuple[list[Schema], Schema]:
        """The parameters of a query; one that is not given is left out, so none is null."""
        parameters, components = super().build_querystring_parameters(model)
        for parameter in parameters:
            parameter["schema"] = without_null(parameter["schema"])
            parameter["schema"].pop("title", None)
        return parameters, components

    def build_request_body(self, model: type[Any], source: DataSource) -> tuple[Schema, Schema]:
        """A body by the name of its model."""
        body, components = super().build_request_body(model, source)
        _name(body, model, components)
        return {**body, "required": True}, components

    def build_response_object(self, model: type[Any], headers_model: type[Any] | None) -> tuple[Schema, Schema]:
        """An answer by the name of its model; a 204 has none."""
        if model is Nothing:
            return {}, {}
        answer, components = super().build_response_object(model, headers_model)
        _name(answer, model, components)
        return answer, components

    def operation_id(self, method: str, path: str, func: Any) -> str | None:
        """The handler's name, which says the method already."""
        name: str = func.__name__
        return name


def describe(app: Quart, version: str) -> QuartSchema:
    """Let quart-schema describe an application; the documents themselves are served by `server`."""
    return QuartSchema(
        app,
        openapi_path=None,
        info=Info(
            title="Hubbub",
            version=version,
            description="Team chat and real-time API over one durable, ordered log of changes.",
        ),
        tags=[Tag(name="accounts"), Tag(name="rooms"), Tag(name="messages"), Tag(name="changes"), Tag(name="events")],
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in_": "cookie", "name": SESSION_COOKIE},
        },
        conversion_preference="pydantic",
        openapi_provider_class=HubbubOpenAPI,
    )


def openapi_document(app: Quart) -> Schema:
    """The document of an application that was described.

    Raises:
        KeyError: it was not.
    """
    extension: QuartSchema = app.extensions["QUART_SCHEMA"]  # quart-schema 0.25 keeps itself there
    document: Schema = extension.openapi_provider.schema()
    return document


def _describe(operation: Schema, traits: Traits) -> None:
    responses = {
        str(status): {**answer, "description": HTTPStatus(status).phrase}
        for status, answer in operation["responses"].items()
    }
    problems = {str(STATUS[code]): {"$ref": f"#/components/responses/{code.value}"} for code in traits.errors}
    if traits.media_type != JSON:
        for answer in responses.values():
            answer["content"] = {traits.media_type: answer["content"][JSON]}
    operation["responses"] = responses | dict(sorted(problems.items()))
    if not traits.guest:
        operation["security"] = _SECURITY
    if traits.keyed:
        operation["parameters"].append(
            {
                "name": KEY_HEADER,
                "in": "header",
                "description": "A repeat under the same key gets the first answer again.",
                "schema": _KEY.json_schema(),
            }
        )
    if traits.media_type == EVENT_STREAM:
        operation["parameters"].append(
            {
                "name": LAST_EVENT_ID,
                "in": "header",
                "description": "Where to resume; wins over `since`. Browsers send it when they come back.",
                "schema": _CURSOR.json_schema(),
            }
        )
    operation["description"] = operation["description"].strip()
    if not operation["description"]:
        del operation["description"]


def _name(place: Schema, model: type[Any], components: Schema) -> None:
    """Move the schema of a body to the components, and leave its name."""
    content = place["content"][JSON]
    components[model.__name__] = content["schema"]
    content["schema"] = reference(model.__name__)
