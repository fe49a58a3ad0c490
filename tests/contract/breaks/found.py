"""What was found to break, where, and in which direction things go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

Document = Mapping[str, Any]


class Direction(Enum):
    """Who has to live with a change: what clients send must go on being taken, what they are told must stay known."""

    SENT = auto()
    TOLD = auto()


@dataclass(frozen=True)
class Place:
    """Where in the contract: `POST /api/v1/rooms`, and which of its fields, as in `body.name`."""

    title: str
    path: str = ""

    def __truediv__(self, step: str) -> Place:
        separator = "" if not self.path or step.startswith("[") else "."
        return replace(self, path=f"{self.path}{separator}{step}")

    def __str__(self) -> str:
        return f"{self.title}, {self.path}" if self.path else self.title


@dataclass(frozen=True)
class Break:
    """One thing that an existing client would trip over."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}."


def resolved(document: Document, node: Document) -> Document:
    """What a node stands for, once its `$ref` is followed."""
    while "$ref" in node:
        place: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]
        node = place
    return node
