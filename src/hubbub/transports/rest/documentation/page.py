"""The page itself: what there is to say once, and every operation, command, event, error and object in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from hubbub.contract import addresses
from hubbub.contract.errors import STATUS
from hubbub.contract.models import Change, SocketError
from hubbub.transports.rest.documentation import socket_html
from hubbub.transports.rest.documentation.files import SCRIPT_PATH, STYLE_PATH
from hubbub.transports.rest.documentation.operation_html import Document, Operation, article, entry, groups
from hubbub.transports.rest.documentation.schema_html import code, fields, join, object_link, prose, table
from hubbub.transports.rest.documentation.try_html import console, credentials
from hubbub.transports.rest.openapi import MEANING

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
<script type="module" src="{script}"></script>
</head>
<body>
<nav class="beside" aria-label="Contents">{contents}</nav>
<main>
<header>
<h1>Hubbub API <small>{version}</small></h1>
<p>{description} Machines read <a href="/openapi.json">openapi.json</a> and
<a href="/asyncapi.json">asyncapi.json</a>.</p>
</header>
<details class="above"><summary>Contents</summary><nav aria-label="Contents">{contents}</nav></details>
<section id="signing-in"><h2>Signing in</h2>
<p>Programs send <code>Authorization: Bearer TOKEN</code> with each request;
<a href="#operation-sign_in">signing in</a> gives the token. Browsers get the cookie <code>{cookie}</code> with it, and
then need an <code>Origin</code> of this server for whatever changes something.</p>
<pre tabindex="0">curl $HUBBUB/api/v1/sessions -H "Content-Type: application/json" \\
  -d '{{"username": "ada", "password": "correct horse battery"}}'
curl $HUBBUB/api/v1/rooms -H "Authorization: Bearer $TOKEN"</pre></section>
{credentials}
<section id="repeating"><h2>Repeating</h2>
<p>Send an <code>Idempotency-Key</code> with each POST. However often a request comes under its key, it is done
once, and each repeat gets the first answer again. Another request under the same key is a
<a href="#error-conflict">conflict</a>.</p></section>
<section id="paging"><h2>Paging</h2>
<p>A list comes a page at a time, with a cursor to go on from: pass <code>after</code> (in a room's history also
<code>before</code>) as it was given. There is nothing more where it is null.</p></section>
{operations}
<section id="sockets"><h2>Sockets</h2>
<p>Commands and events are the same over Socket.IO and over a plain WebSocket. With a cursor, what was missed comes
first; then, always, <code>ready</code>.</p>
<p><b>Socket.IO:</b> path <code>{socketio}</code>, namespace <code>/</code>; connect with
<code>auth: {{token, cursor?}}</code>, or the cookie. A command is an event with one object, and acknowledged by
<code>{{ok, data}}</code> or <code>{{ok, error}}</code>; the error is a {error}. An event carries one object.</p>
<p><b>WebSocket:</b> <code>{websocket}</code>, JSON in text frames. Without the cookie the first frame is the command
<code>authenticate</code>.</p>
<pre tabindex="0">→ {{"id": 1, "type": "authenticate", "data": {{"token": "…", "cursor": "…"}}}}
→ {{"id": 7, "type": "join_room", "data": {{"room_id": "…"}}}}
← {{"reply_to": 7, "ok": true, "data": {{…}}}}
← {{"reply_to": 7, "ok": false, "error": {{"code": "not_found", "detail": "…"}}}}
← {{"type": "message_posted", "data": {{…}}}}</pre>
{console}
</section>
<section id="commands"><h2>Commands</h2>{commands}</section>
<section id="socket-events"><h2>Events</h2>
<article id="events-of-the-log"><h3>Of the log</h3>
<p>Each is a {change} under the name of its type. They come on <a href="#operation-stream_events">/events</a> and
<a href="#operation-get_changes">/changes</a> too.</p>{changes}</article>
<article id="events-beside-the-log"><h3>Beside the log</h3>
<p>They tell of this moment, and are not repeated to those who come back.</p>{notices}</article>
</section>
<section id="errors"><h2>Errors</h2>
<p>Every error of a request is <code>application/problem+json</code> (RFC 9457), a {problem}, and has one of these
codes. They are the same on every transport.</p><article>{errors}</article></section>
<section id="objects"><h2>Objects</h2>{objects}</section>
</main>
</body>
</html>
"""
)


def page(openapi: Document, asyncapi: Document) -> str:
    """The page for both documents."""
    commands = list(socket_html.commands_of(asyncapi))
    shown = _PAGE.format(
        style=STYLE_PATH,
        script=SCRIPT_PATH,
        contents=_contents(openapi, commands),
        version=openapi["info"]["version"],
        description=openapi["info"]["description"],
        cookie=addresses.SESSION_COOKIE,
        credentials=credentials(),
        operations=join(_group(openapi, *group) for group in groups(openapi)),
        socketio=addresses.SOCKETIO,
        websocket=addresses.WEBSOCKET,
        error=object_link(SocketError.__name__),
        console=console(addresses.WEBSOCKET, ((name, takes) for name, _, takes, _ in commands)),
        commands=join(map(socket_html.article, commands)),
        change=object_link(Change.__name__),
        changes=socket_html.change_table(),
        notices=socket_html.notice_table(asyncapi),
        problem=object_link("Problem"),
        errors=_errors(),
        objects=join(_object(name, schema) for name, schema in _objects(openapi, asyncapi)),
    )
    return str(shown)


def _contents(openapi: Document, commands: Iterable[socket_html.Command]) -> Markup:
    operations_of = join(
        Markup("<h2>{}</h2><ul>{}</ul>").format(tag.capitalize(), join(map(entry, operations)))
        for tag, operations in groups(openapi)
    )
    sockets = {"sockets": "Socket.IO and WebSocket", "socket-events": "Events"}
    others = {"errors": "Errors", "objects": "Objects"}
    return Markup("{}<h2>Sockets</h2><ul>{}</ul><h2>Commands</h2><ul>{}</ul><h2>More</h2><ul>{}</ul>").format(
        operations_of, _links(sockets), join(map(socket_html.entry, commands)), _links(others)
    )


def _links(titles: Mapping[str, str]) -> Markup:
    return join(Markup('<li><a href="#{}">{}</a></li>').format(anchor, title) for anchor, title in titles.items())


def _group(openapi: Document, tag: str, operations: Iterable[Operation]) -> Markup:
    schemas = openapi["components"]["schemas"]
    return Markup('<section id="{}"><h2>{}</h2>{}</section>').format(
        tag, tag.capitalize(), join(article(operation, schemas) for operation in operations)
    )


def _errors() -> Markup:
    rows = (
        (Markup('<span id="error-{}">{}</span>').format(each.value, code(each.value)), str(STATUS[each]), meaning)
        for each, meaning in MEANING.items()
    )
    return table(("Code", "Status", "Meaning"), rows)


def _objects(openapi: Document, asyncapi: Document) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted({**socket_html.own_schemas(asyncapi), **openapi["components"]["schemas"]}.items())


def _object(name: str, schema: Mapping[str, Any]) -> Markup:
    return Markup('<article id="object-{0}"><h3>{0}</h3>{1}{2}</article>').format(
        name, prose(schema.get("description", "")), fields(schema)
    )
