"""JSON schemas as HTML for people: fields in tables, types in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

Schema = Mapping[str, Any]

_REF = "#/components/schemas/"
_CODE = re.compile(r"`([^`]+)`")


def join(parts: Iterable[Markup], between: str = "\n") -> Markup:
    """The parts in a row."""
    return escape(between).join(parts)


def prose(text: str) -> Markup:
    """Text with what is in `backticks` as code; each block of lines is a paragraph."""
    return join(Markup("<p>{}</p>").format(line(block)) for block in text.split("\n\n") if block.strip())


def line(text: str) -> Markup:
    """Text with what is in `backticks` as code."""
    # Split by a pattern with a group, every second part is what the group matched.
    parts = enumerate(_CODE.split(text))
    return join((code(part) if place % 2 else escape(part) for place, part in parts), "")


def table(head: Iterable[str], rows: Iterable[tuple[str | Markup, ...]]) -> Markup:
    """A table; the first cell of each row names it."""
    titles = join(Markup('<th scope="col">{}</th>').format(title) for title in head)
    body = join(_row(name, cells) for name, *cells in rows)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(titles, body)


def code(text: str) -> Markup:
    """Text as code; a long name may be broken behind each of its parts."""
    return Markup("<code>{}</code>").format(escape(text).replace("_", Markup("_<wbr>")))


def object_link(name: str) -> Markup:
    """A link to the table of an object."""
    return Markup('<a href="#object-{0}">{0}</a>').format(name)


def name_of(schema: Schema) -> str | None:
    """The name that a schema refers to, None for one that stands for itself."""
    ref: str | None = schema.get("$ref")
    return None if ref is None else ref.removeprefix(_REF)


def fields(schema: Schema) -> Markup:
    """The fields of an object; for anything else, its type."""
    if "properties" not in schema:
        return Markup("<p>{}</p>").format(words(schema))
    required = schema.get("required", ())
    rows = ((code(name), describe(each, name in required)) for name, each in schema["properties"].items())
    return table(("Field", "Value"), rows)


def describe(schema: Schema, required: bool) -> Markup:
    """A type, whether it may be left out, and what its author says of it."""
    found = words(schema)
    if not required:
        default = schema.get("default")
        found += Markup("; optional") if default in (None, "", []) else Markup("; {} if left out").format(default)
    if "description" in schema:
        found += Markup(". ") + line(schema["description"])
    return found


def words(schema: Schema) -> Markup:
    """A type in words, with its bounds."""
    name = name_of(schema)
    if name is not None:
        return object_link(name)
    if "anyOf" in schema:
        return join((words(each) for each in schema["anyOf"]), " or ")
    if "enum" in schema:
        return join((code(str(each)) for each in schema["enum"]), " or ")
    if "const" in schema:
        return code(str(schema["const"]))
    if schema.get("type") == "array":
        return _list(schema)
    kind = "time" if schema.get("format") == "date-time" else schema.get("type", "anything")
    length, size = _bounds(schema, "minLength", "maxLength"), _bounds(schema, "minimum", "maximum")
    return escape(kind + (f", {length} characters" if length else "") + (f", {size}" if size else ""))


def _row(name: str | Markup, cells: Iterable[str | Markup]) -> Markup:
    values = join(Markup("<td>{}</td>").format(cell) for cell in cells)
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(name, values)


def _list(schema: Schema) -> Markup:
    count = _bounds(schema, "minItems", "maxItems")
    if not count:
        return Markup("list of {}").format(words(schema["items"]))
    return Markup("list of {} ({})").format(count, words(schema["items"]))


def _bounds(schema: Schema, low: str, high: str) -> str:
    if low in schema and high in schema:
        return f"{schema[low]:,} to {schema[high]:,}"
    if high in schema:
        return f"at most {schema[high]:,}"
    return f"at least {schema[low]:,}" if low in schema else ""
