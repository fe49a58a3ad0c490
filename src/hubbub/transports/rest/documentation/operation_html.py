"""Operations of the OpenAPI document as HTML for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

from hubbub.transports.rest.documentation.schema_html import (
    Schema,
    code,
    describe,
    fields,
    join,
    name_of,
    object_link,
    prose,
    table,
)
from hubbub.transports.rest.documentation.try_html import operation_form

Document = Mapping[str, Any]
Operation = tuple[str, str, Mapping[str, Any]]  # (method, path, what the document says of it)

_METHODS = ("get", "post", "put", "patch", "delete")
_PREFIX = "/api/v1"


def groups(document: Document) -> Iterator[tuple[str, list[Operation]]]:
    """The operations under each tag, by path."""
    operations = [
        (method, path, methods[method])
        for path, methods in document["paths"].items()
        for method in _METHODS
        if method in methods
    ]
    for tag in document["tags"]:
        yield tag["name"], [each for each in operations if tag["name"] in each[2]["tags"]]


def entry(operation: Operation) -> Markup:
    """A line of the contents."""
    method, path, said = operation
    return Markup('<li><a href="#operation-{}"><b>{}</b> <span>{}</span></a></li>').format(
        said["operationId"], method.upper(), path.removeprefix(_PREFIX)
    )


def article(operation: Operation, schemas: Mapping[str, Schema]) -> Markup:
    """One operation, to be linked to as `#operation-ID`; `schemas` are the named ones."""
    method, path, said = operation
    guest = Markup('<p class="note">Needs no session.</p>') if "security" not in said else Markup()
    return Markup(
        '<article id="operation-{id}"><h3><b>{method}</b> <code>{path}</code></h3>{prose}{guest}'
        "<dl>{parameters}{body}{answers}{errors}</dl>{form}</article>"
    ).format(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        prose=prose("\n\n".join(said[key] for key in ("summary", "description") if key in said)),
        guest=guest,
        parameters=_parameters(said["parameters"]),
        body=_body(said.get("requestBody"), schemas),
        answers=_part("Answer", join(_answer(*each) for each in said["responses"].items() if "$ref" not in each[1])),
        errors=_part("Errors", _codes(said["responses"].values())),
        form=operation_form(method, path, said, schemas),
    )


def _part(title: str, content: Markup) -> Markup:
    return Markup("<dt>{}</dt><dd>{}</dd>").format(title, content)


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> Markup:
    rows = [
        (code(each["name"]), each["in"], describe({**each["schema"], **_said(each)}, each.get("required", False)))
        for each in parameters
    ]
    return _part("Parameters", table(("Name", "In", "Value"), rows)) if rows else Markup()


def _said(parameter: Mapping[str, Any]) -> dict[str, str]:
    return {"description": parameter["description"]} if "description" in parameter else {}


def _body(body: Mapping[str, Any] | None, schemas: Mapping[str, Schema]) -> Markup:
    if body is None:
        return Markup()
    schema = body["content"]["application/json"]["schema"]
    return _part("Body", Markup("<p>{}</p>{}").format(_named(schema), fields(schemas[name_of(schema) or ""])))


def _answer(status: str, answer: Mapping[str, Any]) -> Markup:
    shapes = [_named(each["schema"]) for each in answer.get("content", {}).values()]
    return Markup("{} {}").format(status, join(shapes) if shapes else "without a body")


def _named(schema: Mapping[str, Any]) -> Markup:
    return object_link(name_of(schema) or "")


def _codes(responses: Iterable[Mapping[str, Any]]) -> Markup:
    names = [each["$ref"].rsplit("/", 1)[1] for each in responses if "$ref" in each]
    return join((Markup('<a href="#error-{0}">{0}</a>').format(name) for name in names), ", ")
