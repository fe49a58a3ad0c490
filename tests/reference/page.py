"""Make `docs/composite-reference.md` from what `hubbub.composite` offers: its names, signatures and docstrings.

`make docs` runs this.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import hubbub.composite
from tests.support.machine import ROOT

PAGE = ROOT / "docs" / "composite-reference.md"

_HEAD = """# Reference of `hubbub.composite`

Everything that `from hubbub.composite import …` gives, as its docstrings have it; [composite.md](composite.md) shows
how it goes together. `make docs` writes this page; a test compares.
"""
# What a signature names by its module is known without it.
_MODULES = re.compile(r"\b(?:hubbub\.composite\.\w+|collections\.abc|typing)\.")
_LINE = 100  # characters; a longer signature has a line for each parameter


def page() -> str:
    """The text of the page."""
    parts = [_HEAD]
    for name in sorted(hubbub.composite.__all__, key=str.lower):
        parts += [f"\n## `{name}`\n", *_described(name, getattr(hubbub.composite, name))]
    return "\n".join(parts).rstrip() + "\n"


def _described(name: str, thing: Any) -> Iterator[str]:
    if not isinstance(thing, type) and not isinstance(thing, FunctionType):
        yield f"```python\n{name} = {thing!r}\n```"
        return
    yield f"```python\n{_signature(name, thing)}\n```\n"
    yield _text(thing)
    if not isinstance(thing, type):
        return
    constructor = vars(thing).get("__init__")
    if constructor is not None and constructor.__doc__:
        yield f"\n{_text(constructor)}"
    for member, found in vars(thing).items():
        if not member.startswith("_"):
            yield from _member(member, found)


def _member(name: str, found: Any) -> Iterator[str]:
    function = found.__func__ if isinstance(found, classmethod | staticmethod) else found
    if isinstance(function, property) and function.__doc__:
        yield f"\n**`.{name}`**  \n{_text(function)}"
    elif isinstance(function, FunctionType) and function.__doc__:
        signature = _signature(f".{name}", function)
        yield f"\n```python\n{signature}\n```\n\n{_text(function)}"


def _signature(name: str, thing: Any) -> str:
    signature = inspect.signature(thing)
    parameters = list(_parameters(signature))
    result = "" if isinstance(thing, type) else f" -> {_annotation(signature.return_annotation)}"
    start = "async " if inspect.iscoroutinefunction(thing) else ""
    line = f"{start}{name}({', '.join(parameters)}){result}"
    if len(line) <= _LINE:
        return line
    lines = ",\n    ".join(parameters)
    return f"{start}{name}(\n    {lines},\n){result}"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    keyword_only = False
    for each in signature.parameters.values():
        if each.name == "self":
            continue
        keyword_only = keyword_only or each.kind is each.VAR_POSITIONAL
        if each.kind is each.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            yield "*"
        stars = "*" * (each.kind is each.VAR_POSITIONAL) or "**" * (each.kind is each.VAR_KEYWORD)
        default = "" if each.default is each.empty else f" = {_value(each.default)}"
        yield f"{stars}{each.name}: {_annotation(each.annotation)}{default}"


def _annotation(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return _MODULES.sub("", text)


def _value(value: Any) -> str:
    # A function or a module has an address in its `repr`, which differs from run to run.
    return str(getattr(value, "__name__", None) or repr(value))


def _text(thing: Any) -> str:
    """The docstring, with `Raises:` and its lines as a list."""
    text = inspect.getdoc(thing) or ""
    return re.sub(r"^    (?=\S)", "- ", text, flags=re.MULTILINE)


if __name__ == "__main__":
    PAGE.write_text(page())
