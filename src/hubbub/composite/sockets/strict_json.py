"""JSON as RFC 8259 has it and every JavaScript client can read it, in the shape of the standard `json` module.

orjson refuses NaN, Infinity, numbers beyond a double, lone surrogates and invalid UTF-8; the depth is bounded here.
"""

from __future__ import annotations

from typing import Any

import orjson

DEPTH = 64  # levels; orjson reads 1,024 but writes only 254, and nobody sends 64 by hand


def loads(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: not JSON, or deeper than `DEPTH`.
    """
    value = orjson.loads(text)
    if _openings(text) > DEPTH and _deeper(value, DEPTH):
        raise ValueError(f"JSON is nested deeper than {DEPTH} levels")
    return value


def dumps(value: Any, **_options: Any) -> str:
    """The compact JSON text of a value; the options of the standard module are accepted and mean nothing.

    Raises:
        TypeError: something in the value has no JSON form, or it is nested too deep.
    """
    return orjson.dumps(value).decode("utf-8")


def _openings(text: str | bytes) -> int:
    """How many brackets open, in strings too: never less than the depth, and counted at the speed of C."""
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{")
    return text.count("[") + text.count("{")


def _deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(item, levels - 1) for item in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper(item, levels - 1) for item in value)
    return False
