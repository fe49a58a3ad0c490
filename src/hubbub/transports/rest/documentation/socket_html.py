"""Commands and events of the AsyncAPI document as HTML for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from hubbub.contract.asyncapi import SOCKETIO
from hubbub.contract.asyncapi_messages import done
from hubbub.contract.commands import COMMANDS
from hubbub.contract.events import CHANGES, NOTICES
from hubbub.contract.schemas import object_name
from hubbub.transports.rest.documentation.schema_html import (
    Schema,
    code,
    fields,
    join,
    line,
    name_of,
    object_link,
    prose,
    table,
    words,
)

Document = Mapping[str, Any]
_DATA = Markup(" <code>data</code>: {}")

Command = tuple[str, str, Schema, Schema]  # (name, summary, what it takes, what its answer carries)


def commands_of(document: Document) -> Iterator[Command]:
    """The commands in their order; `authenticate`, which only the native WebSocket has, is told elsewhere."""
    messages = document["channels"][SOCKETIO]["messages"]
    schemas = document["components"]["schemas"]
    for name, command in COMMANDS.items():
        takes = schemas[name_of(messages[name]["payload"]) or ""]
        yield name, command.summary, takes, messages[done(command)]["payload"]["properties"]["data"]


def entry(command: Command) -> Markup:
    """A line of the contents."""
    return Markup('<li><a href="#command-{0}"><span>{0}</span></a></li>').format(command[0])


def article(command: Command) -> Markup:
    """One command, to be linked to as `#command-NAME`."""
    name, summary, takes, answer = command
    return Markup(
        '<article id="command-{name}"><h3><code>{name}</code></h3>{summary}<dl><dt>Data</dt><dd>{takes}</dd>'
        "<dt>Answer</dt><dd>{answer}</dd></dl>"
        '<p class="try" hidden><a href="#try-socket" data-command="{name}">Try it</a></p></article>'
    ).format(name=name, summary=prose(summary), takes=fields(takes), answer=words(answer))


def change_table() -> Markup:
    """The events of the log, and what the `data` of each change is."""
    rows = (
        (code(name), line(event.summary) + _DATA.format(object_link(event.carries.__name__)))
        for name, event in CHANGES.items()
    )
    return table(("Event", "Says"), rows)


def notice_table(document: Document) -> Markup:
    """The events beside the log, and their fields."""
    schemas = document["components"]["schemas"]
    rows = (
        (code(name), line(event.summary) + _in_lines(schemas[event.carries.__name__]))
        for name, event in NOTICES.items()
    )
    return table(("Event", "Says"), rows)


def own_schemas(document: Document) -> dict[str, Schema]:
    """{name: schema} of what sockets carry and the tables do not show already."""
    shown = {object_name(name) for name in CHANGES}
    shown |= {event.carries.__name__ for event in NOTICES.values()}
    shown |= {command.request.__name__ for command in COMMANDS.values()}
    return {name: schema for name, schema in document["components"]["schemas"].items() if name not in shown}


def _in_lines(schema: Schema) -> Markup:
    """The fields of a small object, one a line."""
    found = schema["properties"].items()
    return join(Markup("<div>{}: {}</div>").format(code(name), words(each)) for name, each in found)
