"""The OpenAPI 3.1 document: quart-schema's, with the errors that every operation can give."""

from __future__ import annotations

from typing import Any

from quart import Quart
from quart_schema import Info, OpenAPIProvider, QuartSchema, Tag
from werkzeug.routing.rules import Rule

from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.contract.models import Problem
from hubbub.transports.credentials import SESSION_COOKIE
from hubbub.transports.rest.operation import ERRORS_ATTRIBUTE, GUEST_ATTRIBUTE

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]

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
    """Adds problems, security and plain 204s to what quart-schema finds."""

    def schema(self) -> dict[str, Any]:
        """The whole document."""
        document = super().schema()
        document["paths"] = dict(sorted(document["paths"].items()))
        schemas = document["components"]["schemas"]
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        schemas.pop("Nothing", None)
        return document

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """One rule's operations."""
        paths, components = super().build_paths(rule)
        view = self._app.view_functions[rule.endpoint]
        for operations in paths.values():
            for operation in operations.values():
                _describe(operation, view)
        return paths, components

    def operation_id(self, method: str, path: str, func: Any) -> str | None:
        """The handler's name, which says the method already."""
        name: str = func.__name__
        return name


def _describe(operation: dict[str, Any], view: object) -> None:
    responses = operation["responses"]
    for status in list(responses):
        answer = responses.pop(status)
        answer.setdefault("description", "")
        if status == 204:
            answer = {"description": "Done"}
        responses[str(status)] = {**answer, "description": answer["description"] or "Done"}
    for code in getattr(view, ERRORS_ATTRIBUTE, ()):
        responses[str(STATUS[code])] = {"description": MEANING[code], "content": _PROBLEM}
    if not getattr(view, GUEST_ATTRIBUTE, False):
        operation["security"] = _SECURITY
    if not operation.get("description"):
        operation.pop("description", None)
    for parameter in operation["parameters"]:
        parameter.setdefault("schema", {"type": "string"})


def describe(app: Quart, version: str) -> QuartSchema:
    """Let quart-schema describe an application; the documents themselves are served by `documentation`."""
    return QuartSchema(
        app,
        openapi_path=None,
        info=Info(
            title="Hubbub",
            version=version,
            description="Team chat and real-time API over one durable, ordered log of changes.",
        ),
        tags=[Tag(name="accounts"), Tag(name="rooms"), Tag(name="messages"), Tag(name="server")],
        security_schemes={
            "bearer": {"type": "http", "scheme": "bearer"},
            "cookie": {"type": "apiKey", "in_": "cookie", "name": SESSION_COOKIE},
        },
        conversion_preference="pydantic",
        openapi_provider_class=HubbubOpenAPI,
    )
