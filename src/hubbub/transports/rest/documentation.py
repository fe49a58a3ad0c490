"""The documentation page: the OpenAPI document and the socket commands as plain HTML, without network or script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from markupsafe import Markup
from pydantic import BaseModel

from hubbub.contract.errors import STATUS
from hubbub.contract.models import (
    Change,
    ChangeType,
    PresenceChanged,
    Ready,
    ReadyLimits,
    Resync,
    ServerRestarting,
    TypingChanged,
)
from hubbub.transports.commands import COMMAND_TABLE
from hubbub.transports.rest.openapi import MEANING
from hubbub.transports.rest.operation_html import Document, Operation, article, entry, groups
from hubbub.transports.rest.schema_html import code, describe, fields, join, object_link, prose, table

STYLE_PATH = "/docs/style.css"
_BESIDE_THE_LOG: dict[str, type[BaseModel]] = {
    "ready": Ready,
    "presence_changed": PresenceChanged,
    "typing_changed": TypingChanged,
    "resync": Resync,
    "server_restarting": ServerRestarting,
}
_SOCKET_OBJECTS = (Change, ReadyLimits)

_PAGE = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Hubbub API</title>
<link rel="icon" href="/favicon.svg">
<link rel="stylesheet" href="{style}">
</head>
<body>
<nav class="beside" aria-label="Contents">{contents}</nav>
<main>
<header>
<h1>Hubbub API <small>{version}</small></h1>
<p>{description} Machines read <a href="/openapi.json">openapi.json</a>.</p>
</header>
<details class="above"><summary>Contents</summary><nav aria-label="Contents">{contents}</nav></details>
<section id="signing-in"><h2>Signing in</h2>
<p>Programs send <code>Authorization: Bearer TOKEN</code> with each request;
<a href="#operation-sign_in">signing in</a> gives the token. Browsers get the cookie <code>{cookie}</code> with it, and
then need an <code>Origin</code> of this server for whatever changes something.</p>
<pre>curl $HUBBUB/api/v1/sessions -H "Content-Type: application/json" \\
  -d '{{"username": "ada", "password": "correct horse battery"}}'
curl $HUBBUB/api/v1/rooms -H "Authorization: Bearer $TOKEN"</pre></section>
<section id="repeating"><h2>Repeating</h2>
<p>Send an <code>Idempotency-Key</code> with each POST. However often a request comes under its key, it is done
once, and each repeat gets the first answer again. Another request under the same key is a
<a href="#error-conflict">conflict</a>.</p></section>
<section id="paging"><h2>Paging</h2>
<p>A list comes a page at a time, with a cursor to go on from: pass <code>after</code> (in a room's history also
<code>before</code>) as it was given. There is nothing more where it is null.</p></section>
{operations}
<section id="socketio"><h2>Socket.IO</h2>
<p>Path <code>/socket.io</code>, namespace <code>/</code>; connect with <code>auth: {{token, cursor?}}</code>, or the
cookie. Each command takes one object and is acknowledged by <code>{{ok: true, data}}</code> or
<code>{{ok: false, error: {{code, detail, errors?, retry_after?}}}}</code>.</p>
<article id="socketio-commands"><h3>Commands</h3>{commands}</article>
<article id="socketio-events"><h3>Events</h3>
<p>Each change of the log comes under its type's name as a {change}: {types}. Beside the log there are:</p>
{events}</article>
</section>
<section id="errors"><h2>Errors</h2>
<p>Every error is <code>application/problem+json</code> (RFC 9457), a {problem}, and has one of these codes. They are
the same on every transport.</p><article>{errors}</article></section>
<section id="objects"><h2>Objects</h2>{objects}</section>
</main>
</body>
</html>
"""
)


def page(document: Document) -> str:
    """The page for an OpenAPI document."""
    schemes = document["components"]["securitySchemes"]
    shown = _PAGE.format(
        style=STYLE_PATH,
        contents=_contents(document),
        version=document["info"]["version"],
        description=document["info"]["description"],
        cookie=schemes["cookie"]["name"],
        operations=join(_group(document, *group) for group in groups(document)),
        commands=table(
            ("Command", "Takes"), ((code(name), _takes(each.command.request)) for name, each in COMMAND_TABLE.items())
        ),
        events=table(("Event", "Carries"), ((code(name), _takes(model)) for name, model in _BESIDE_THE_LOG.items())),
        change=object_link(Change.__name__),
        types=join((code(name) for name in get_args(ChangeType)), ", "),
        problem=object_link("Problem"),
        errors=_errors(),
        objects=join(_object(name, schema) for name, schema in _objects(document)),
    )
    return str(shown)


def _contents(document: Document) -> Markup:
    operations_of = join(
        Markup("<h2>{}</h2><ul>{}</ul>").format(tag.capitalize(), join(map(entry, operations)))
        for tag, operations in groups(document)
    )
    others = {"socketio": "Socket.IO", "errors": "Errors", "objects": "Objects"}
    return operations_of + Markup("<h2>More</h2><ul>{}</ul>").format(
        join(Markup('<li><a href="#{}">{}</a></li>').format(anchor, title) for anchor, title in others.items())
    )


def _group(document: Document, tag: str, operations: Iterable[Operation]) -> Markup:
    schemas = document["components"]["schemas"]
    return Markup('<section id="{}"><h2>{}</h2>{}</section>').format(
        tag, tag.capitalize(), join(article(operation, schemas) for operation in operations)
    )


def _takes(model: type[BaseModel]) -> Markup:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    required = schema.get("required", ())
    return join(
        Markup("<div>{} {}</div>").format(code(name), describe(each, name in required))
        for name, each in schema["properties"].items()
    )


def _errors() -> Markup:
    rows = (
        (Markup('<span id="error-{}">{}</span>').format(each.value, code(each.value)), str(STATUS[each]), meaning)
        for each, meaning in MEANING.items()
    )
    return table(("Code", "Status", "Meaning"), rows)


def _objects(document: Document) -> list[tuple[str, Mapping[str, Any]]]:
    sockets = {model.__name__: model.model_json_schema() for model in _SOCKET_OBJECTS}
    return sorted({**sockets, **document["components"]["schemas"]}.items())


def _object(name: str, schema: Mapping[str, Any]) -> Markup:
    return Markup('<article id="object-{0}"><h3>{0}</h3>{1}{2}</article>').format(
        name, prose(schema.get("description", "")), fields(schema)
    )
