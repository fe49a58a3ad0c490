"""Which changes of a JSON schema break a client.

What clients send may be taken more freely, never less.  What they are told may have more fields, and otherwise only
say less than it could.  Knows the keywords that the contract uses, and fails for any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from tests.contract.breaks.found import Break, Direction, Document, Place, resolved

# {keyword: what it bounds}; a larger number is freer for the first, stricter for the second.
UPPER = {"maxLength": "characters", "maxItems": "items", "maximum": ""}
LOWER = {"minLength": "characters", "minItems": "items", "minimum": ""}
SHAPES = ("pattern", "format")
_SILENT = {"title", "description", "default", "examples", "deprecated"}
_KNOWN = {
    *{"$ref", "anyOf", "type", "const", "enum", "items", "properties", "required", "additionalProperties"},
    *UPPER,
    *LOWER,
    *SHAPES,
    *_SILENT,
}
# Clients are told that there will be more of these: {the end of a path: why}.
GROWING = {"changes[].type": "whoever does not know a type of change goes on behind it"}


class Versions:
    """Two versions of one document; what breaks in an object is said once, where it is first met."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        self._comparisons = {direction: _Comparison(old, new, direction) for direction in Direction}

    def breaks(self, direction: Direction, old: Document, new: Document, place: Place) -> Iterator[Break]:
        """What breaks between two schemas, and in all that they refer to.

        Raises:
            ValueError: a schema has a keyword that the comparison does not know.
        """
        yield from self._comparisons[direction].breaks(old, new, place)


@dataclass
class _Comparison:
    old: Document
    new: Document
    direction: Direction
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def breaks(self, old: Document, new: Document, place: Place) -> Iterator[Break]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair):
            if pair in self._seen:
                return
            self._seen.add(pair)
        before, after = _kinds(self.old, old), _kinds(self.new, new)
        yield from self._kinds(before, after, place)
        for kind in sorted(before.keys() & after.keys()):
            for compare in (self._values, self._bounds, self._shapes, self._items, self._fields):
                yield from compare(before[kind], after[kind], place)

    @property
    def _sent(self) -> bool:
        return self.direction is Direction.SENT

    def _kinds(self, before: dict[str, Document], after: dict[str, Document], place: Place) -> Iterator[Break]:
        lost = _not_among(before, after) if self._sent else _not_among(after, before)
        for kind in lost:
            yield Break(place, f"takes no {kind} any more" if self._sent else f"may be {kind} now")

    def _values(self, before: Document, after: Document, place: Place) -> Iterator[Break]:
        old, new = _values(before), _values(after)
        if self._sent:
            if old is None and new is not None:
                yield Break(place, f"takes only {_listed(new)} now")
            elif new is not None and old != new and set(old or ()) - set(new):
                yield Break(place, f"takes no {_listed(sorted(set(old or ()) - set(new)))} any more")
        elif not place.path.endswith(tuple(GROWING)):
            if old is not None and new is None:
                yield Break(place, f"may be anything now, and was {_listed(old)}")
            elif new is not None and set(new) - set(old if old is not None else new):
                yield Break(place, f"may be {_listed(sorted(set(new) - set(old or ())))} now")

    def _bounds(self, before: Document, after: Document, place: Place) -> Iterator[Break]:
        for keyword, unit in (UPPER | LOWER).items():
            old, new = before.get(keyword), after.get(keyword)
            if old == new:
                continue
            stricter = _is_stricter(keyword, old, new)
            if stricter is self._sent:
                words = "at most" if keyword in UPPER else "at least"
                verb = "takes" if self._sent else "may be beyond"
                bound = new if self._sent else old
                yield Break(place, " ".join(f"{verb} {words} {bound} {unit}".split()) + " now")

    def _shapes(self, before: Document, after: Document, place: Place) -> Iterator[Break]:
        for keyword in SHAPES:
            old, new = before.get(keyword), after.get(keyword)
            free = new if self._sent else old
            if old != new and free is not None:
                yield Break(place, f"has another {keyword} now, {new}")

    def _items(self, before: Document, after: Document, place: Place) -> Iterator[Break]:
        if "items" in before and "items" in after:
            yield from self.breaks(before["items"], after["items"], place / "[]")

    def _fields(self, before: Document, after: Document, place: Place) -> Iterator[Break]:
        old, new = before.get("properties", {}), after.get("properties", {})
        had, has = set(before.get("required", ())), set(after.get("required", ()))
        for name in sorted(old.keys() - new.keys()):
            yield Break(place / name, "is not taken any more" if self._sent else "is gone")
        for name in sorted(has - had if self._sent else (had - has) & new.keys()):
            yield Break(place / name, "has to be there now" if self._sent else "may be missing now")
        if self._sent and after.get("additionalProperties") is False is not before.get("additionalProperties"):
            yield Break(place, "takes no unknown fields any more")
        for name in [name for name in old if name in new]:
            if self._sent and old[name].get("default") != new[name].get("default"):
                yield Break(place / name, f"is {new[name].get('default')} where it is left out now")
            yield from self.breaks(old[name], new[name], place / name)


def _kinds(document: Document, schema: Document) -> dict[str, Document]:
    """{type: schema} of whatever a schema allows; `anything` where it does not say."""
    schema = resolved(document, schema)
    unknown = schema.keys() - _KNOWN
    if unknown:
        raise ValueError(f"The comparison of schemas does not know {', '.join(sorted(unknown))}: teach it.")
    if "anyOf" not in schema:
        return {schema.get("type", "anything"): schema}
    kinds = list(chain.from_iterable(_kinds(document, each).items() for each in schema["anyOf"]))
    if len(dict(kinds)) < len(kinds):
        raise ValueError("The comparison of schemas does not know two choices of one type: teach it.")
    return dict(kinds)


def _not_among(kinds: dict[str, Document], others: dict[str, Document]) -> list[str]:
    if "anything" in others:
        return []
    return [kind for kind in kinds if kind not in others and not (kind == "integer" and "number" in others)]


def _values(schema: Document) -> list[Any] | None:
    """The values that are allowed; None for all of the type."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _is_stricter(keyword: str, old: float | None, new: float | None) -> bool:
    """Whether less is allowed; no bound allows everything."""
    if old is None or new is None:
        return old is None
    return new < old if keyword in UPPER else new > old


def _listed(values: list[Any]) -> str:
    return ", ".join(map(str, values))
