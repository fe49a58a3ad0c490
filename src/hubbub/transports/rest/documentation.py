"""The documentation page: the OpenAPI document as plain HTML, without network or script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from hubbub.contract.errors import STATUS
from hubbub.transports.rest.openapi import MEANING

_METHODS = ("get", "post", "put", "patch", "delete")

_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Hubbub API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header><h1>Hubbub API</h1><p>{description} Machines read <a href="/openapi.json">openapi.json</a>.</p></header>
<nav aria-label="Operations">{contents}</nav>
<main>
<section><h2>Signing in</h2>
<p>Send <code>Authorization: Bearer TOKEN</code>; <code>POST /api/v1/sessions</code> gives a token. Browsers use the
<code>hubbub_session</code> cookie that comes with it; requests that change something then need an
<code>Origin</code> of this server.</p>
<p>Send an <code>Idempotency-Key</code> with each POST, and a repeat gets the first answer again.</p></section>
{operations}
<section><h2>Errors</h2><p>Every error is <code>application/problem+json</code> (RFC 9457) with one of these codes;
they are the same on every transport.</p><table><thead><tr><th>code</th><th>status</th><th>meaning</th></tr></thead>
<tbody>{errors}</tbody></table></section>
<section><h2>Objects</h2>{objects}</section>
</main>
</body>
</html>
"""
)


def page(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI document."""
    operations = [
        (path, method, methods[method])
        for path, methods in document["paths"].items()
        for method in _METHODS
        if method in methods
    ]
    return _PAGE.format(
        description=document["info"]["description"],
        contents=_join(_entry(path, method, operation) for path, method, operation in operations),
        operations=_join(_operation(path, method, operation) for path, method, operation in operations),
        errors=_join(
            Markup('<tr id="error-{0}"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>').format(
                code.value, STATUS[code], meaning
            )
            for code, meaning in MEANING.items()
        ),
        objects=_join(_object(name, schema) for name, schema in sorted(document["components"]["schemas"].items())),
    )


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("\n").join(parts)


def _anchor(operation: Mapping[str, Any]) -> str:
    return f"operation-{operation['operationId']}"


def _entry(path: str, method: str, operation: Mapping[str, Any]) -> Markup:
    return Markup('<a href="#{}"><b>{}</b> {}</a>').format(_anchor(operation), method.upper(), path)


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Markup:
    return Markup(
        '<section id="{anchor}"><h2><b>{method}</b> <code>{path}</code></h2><p>{summary} {description}</p>'
        "{parameters}{body}<table><thead><tr><th>status</th><th>body</th><th>when</th></tr></thead>"
        "<tbody>{responses}</tbody></table></section>"
    ).format(
        anchor=_anchor(operation),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        parameters=_parameters(operation["parameters"]),
        body=_body(operation.get("requestBody")),
        responses=_join(_response(status, answer) for status, answer in operation["responses"].items()),
    )


def _parameters(parameters: Iterable[Mapping[str, Any]]) -> Markup:
    rows = [
        Markup("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>").format(
            each["name"], each["in"], _type(each["schema"])
        )
        for each in parameters
    ]
    head = Markup("<table><thead><tr><th>parameter</th><th>in</th><th>type</th></tr></thead><tbody>{}</tbody></table>")
    return head.format(_join(rows)) if rows else Markup()


def _body(body: Mapping[str, Any] | None) -> Markup:
    if body is None:
        return Markup()
    return Markup("<p>Body: {}</p>").format(_fields(body["content"]["application/json"]["schema"]))


def _response(status: str, answer: Mapping[str, Any]) -> Markup:
    shapes = [_type(each["schema"]) for each in answer.get("content", {}).values()]
    return Markup("<tr><td>{}</td><td>{}</td><td>{}</td></tr>").format(
        status, _join(shapes), answer.get("description", "")
    )


def _object(name: str, schema: Mapping[str, Any]) -> Markup:
    return Markup('<article id="object-{0}"><h3>{0}</h3><p>{1}</p>{2}</article>').format(
        name, schema.get("description", ""), _fields(schema)
    )


def _fields(schema: Mapping[str, Any]) -> Markup:
    if "properties" not in schema:
        return _type(schema)
    required = schema.get("required", ())
    rows = (
        Markup("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>").format(
            name, _type(each), "" if name in required else "optional"
        )
        for name, each in schema["properties"].items()
    )
    return Markup("<table><tbody>{}</tbody></table>").format(_join(rows))


def _type(schema: Mapping[str, Any]) -> Markup:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return Markup('<a href="#object-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return Markup(" | ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return Markup("list of {}").format(_type(schema["items"]))
    bounds = [
        f"{words} {schema[name]}"
        for name, words in (
            ("minLength", "at least"),
            ("maxLength", "at most"),
            ("minimum", "from"),
            ("maximum", "to"),
        )
        if name in schema
    ]
    kind = schema.get("format") or schema.get("type", "anything")
    return escape(", ".join([kind, *bounds]))


STYLE = """\
:root { color-scheme: light dark; --text: #1f2328; --quiet: #57606a; --line: #d8dee4; --page: #fff;
  --accent: #3d4fd6; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --quiet: #a0a8b3; --line: #343a43; --page: #16181d; --accent: #a3aeff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 32px 24px; font: 16px/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--page); }
a { color: var(--accent); }
nav { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 4px 24px; margin: 24px 0 40px;
  font-size: 14px; }
nav a { text-decoration: none; overflow-wrap: anywhere; }
nav b { display: inline-block; min-width: 4rem; color: var(--quiet); font-weight: 600; }
section { border-top: 1px solid var(--line); padding: 16px 0; overflow-x: auto; }
h2 { font-size: 18px; } h2 b { color: var(--accent); } h3 { font-size: 16px; margin-bottom: 4px; }
code { font: 14px/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; margin: 8px 0; font-size: 14px; }
th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; }
th { color: var(--quiet); font-weight: 600; }
tr:target, article:target h3, section:target h2 { outline: 2px solid var(--accent); outline-offset: 4px; }
"""
