"""The forms by which the page tries operations and commands; `try.js` shows them, and brings them to life."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from hubbub.transports.rest.documentation.examples import Schema, example, word
from hubbub.transports.rest.documentation.schema_html import join, name_of

_ACT = Markup(
    '<div class="act"><button type="submit">Send</button>'
    '<button type="button" class="quiet" data-stop hidden>Stop</button></div>'
)
_CREDENTIALS = Markup("""<section id="trying" class="try" hidden><h2>Trying</h2>
<p>Each operation below can be tried where it stands, and each command under <a href="#try-socket">sockets</a>. It is
done for real, by whoever is signed in in this browser, or by whoever has the token.</p>
<form class="credentials" autocomplete="off">
<label><span>Token <small>optional, forgotten with this page</small></span>
<input id="try-token" type="password" autocomplete="off" spellcheck="false" maxlength="256"></label></form>
</section>""")


def credentials() -> Markup:
    """Who one is, for all other forms."""
    return _CREDENTIALS


def operation_form(method: str, path: str, said: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Markup:
    """A form that makes one request and shows its answer."""
    inputs = [_input(each) for each in said["parameters"]]
    body = said.get("requestBody")
    if body is not None:
        schema = schemas[name_of(body["content"]["application/json"]["schema"]) or ""]
        inputs.append(_text("Body", "body", example(schema)))
    return Markup(
        '<details class="try" hidden><summary>Try it</summary>'
        '<form data-method="{}" data-path="{}" autocomplete="off">{}{}'
        '<div class="answer" role="status"></div></form></details>'
    ).format(method.upper(), path, join(inputs), _ACT)


def console(path: str, commands: Iterable[tuple[str, Schema]]) -> Markup:
    """A form that holds a WebSocket to `path` and sends commands over it."""
    options = join(
        Markup('<option value="{0}" data-example="{1}">{0}</option>').format(name, example(schema))
        for name, schema in commands
    )
    return Markup(
        '<article id="try-socket" class="try" hidden><h3>Try it</h3>'
        '<form data-socket="{path}" autocomplete="off">'
        '<div class="act"><button type="button" data-connect>Connect</button>'
        '<button type="button" class="quiet" data-disconnect hidden>Disconnect</button>'
        '<span class="note" data-state role="status">Not connected.</span></div>'
        '<label>Command<select name="command">{options}</select></label>{data}'
        '<div class="act"><button type="submit" disabled>Send</button>'
        '<button type="button" class="quiet" data-clear>Clear</button></div>'
        '<ol class="frames" aria-label="Frames" tabindex="0"></ol></form></article>'
    ).format(path=path, options=options, data=_text("Data", "data", ""))


def _input(parameter: Mapping[str, Any]) -> Markup:
    name, place, schema = parameter["name"], parameter["in"], parameter["schema"]
    kind = "number" if schema.get("type") in ("integer", "number") else "text"
    needed = parameter.get("required", False)
    return Markup(
        "<label><span>{name} <small>{note}</small></span>"
        '<input name="{name}" data-in="{place}" type="{kind}" value="{value}" spellcheck="false"{required}></label>'
    ).format(
        name=name,
        note=place if needed else f"{place}, optional",
        place=place,
        kind=kind,
        value=word(name) if needed else "",
        required=Markup(" required") if needed else "",
    )


def _text(title: str, name: str, value: str) -> Markup:
    rows = min(max(value.count("\n") + 1, 4), 12)
    return Markup('<label>{}<textarea name="{}" rows="{}" spellcheck="false">{}</textarea></label>').format(
        title, name, rows, value
    )
