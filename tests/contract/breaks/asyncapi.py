"""Which changes of the AsyncAPI document break a client of a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.contract.breaks.found import Break, Direction, Document, Place, resolved
from tests.contract.breaks.openapi import security_breaks
from tests.contract.breaks.schemas import Versions

# Of a server, and of a channel: what a client has to know to reach it.
_REACHED_BY = {"servers": ("protocol", "pathname"), "channels": ("address",)}


def asyncapi_breaks(old: Document, new: Document) -> list[Break]:
    """What breaks, message by message."""
    return list(_breaks(old, new))


def _breaks(old: Document, new: Document) -> Iterator[Break]:
    versions = Versions(old, new)
    yield from security_breaks(old, new)
    yield from _addresses(versions)
    for name, operation in old["operations"].items():
        place = Place(name)
        after = new["operations"].get(name)
        if after is None:
            yield Break(place, "is gone")
        elif after["action"] != operation["action"]:
            yield Break(place, f"is to {after['action']} now, and was to {operation['action']}")
        else:
            yield from _operation(versions, operation, after, place)


def _addresses(versions: Versions) -> Iterator[Break]:
    for kind, keys in _REACHED_BY.items():
        for name, before in versions.old[kind].items():
            after = versions.new[kind].get(name, {})
            for key in keys:
                if before.get(key) != after.get(key):
                    yield Break(Place(f"{kind} {name}") / key, f"is {after.get(key)} now, and was {before.get(key)}")
            query = _query(before)
            if query:
                place = Place(f"{kind} {name}") / "query"
                yield from versions.breaks(Direction.SENT, query, _query(after), place)


def _query(channel: Document) -> Document:
    found: Document = channel.get("bindings", {}).get("ws", {}).get("query", {})
    return found


def _operation(versions: Versions, before: Document, after: Document, place: Place) -> Iterator[Break]:
    direction = Direction.SENT if before["action"] == "receive" else Direction.TOLD
    yield from _messages(versions, before["messages"], after["messages"], place, direction)
    said, says = (each.get("reply", {}).get("messages", []) for each in (before, after))
    more = [_name(each) for each in says if _name(each) not in map(_name, said)]
    if more:
        yield Break(place, f"may be answered by {', '.join(more)} now")
    yield from _messages(versions, said, says, place, Direction.TOLD)


def _messages(
    versions: Versions, before: list[Any], after: list[Any], place: Place, direction: Direction
) -> Iterator[Break]:
    known = {_name(each): each for each in after}
    for each in before:
        name = _name(each)
        if name not in known:
            yield Break(place / name, "is gone")
        else:
            said, says = resolved(versions.old, each)["payload"], resolved(versions.new, known[name])["payload"]
            yield from versions.breaks(direction, said, says, place / name)


def _name(message: Document) -> str:
    name: str = message["$ref"].rpartition("/")[2]
    return name
