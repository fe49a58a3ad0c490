"""Which changes of the OpenAPI document break a client of REST."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.contract.breaks.found import Break, Direction, Document, Place, resolved
from tests.contract.breaks.schemas import Versions


def openapi_breaks(old: Document, new: Document) -> list[Break]:
    """What breaks, operation by operation."""
    return list(_breaks(old, new))


def _breaks(old: Document, new: Document) -> Iterator[Break]:
    yield from security_breaks(old, new)
    versions = Versions(old, new)
    before, after = _operations(old), _operations(new)
    for title, operation in before.items():
        place = Place(title)
        if title not in after:
            yield Break(place, "is gone")
        else:
            yield from _Operation(versions, operation, after[title], place).breaks()


def security_breaks(old: Document, new: Document) -> Iterator[Break]:
    """Ways to say who one is; the same in both documents."""
    before, after = (each["components"]["securitySchemes"] for each in (old, new))
    for name, scheme in before.items():
        place = Place(f"the security scheme {name}")
        if name not in after:
            yield Break(place, "is gone")
        elif {**scheme, "description": ""} != {**after[name], "description": ""}:
            yield Break(place, "is another now")


def _operations(document: Document) -> dict[str, Document]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


class _Operation:
    """One operation, before and after."""

    def __init__(self, versions: Versions, before: Document, after: Document, place: Place) -> None:
        self._versions = versions
        self._before, self._after = before, after
        self._place = place

    def breaks(self) -> Iterator[Break]:
        before, after = self._before, self._after
        if before["operationId"] != after["operationId"]:
            yield Break(self._place, f"is called {after['operationId']} now, and was {before['operationId']}")
        if "security" in after and "security" not in before:
            yield Break(self._place, "needs a session now")
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()

    def _parameters(self) -> Iterator[Break]:
        old, new = (
            {(each["in"], each["name"]): each for each in operation["parameters"]}
            for operation in (self._before, self._after)
        )
        for place, name in sorted(old.keys() - new.keys()):
            yield Break(self._place / place / name, "is not taken any more")
        for key, parameter in new.items():
            where = self._place / key[0] / key[1]
            if parameter.get("required", False) and not old.get(key, {}).get("required", False):
                yield Break(where, "has to be there now")
            if key in old:
                yield from self._versions.breaks(Direction.SENT, old[key]["schema"], parameter["schema"], where)

    def _body(self) -> Iterator[Break]:
        old, new = self._before.get("requestBody"), self._after.get("requestBody")
        place = self._place / "body"
        if new is not None and new.get("required", False) and not (old or {}).get("required", False):
            yield Break(place, "has to be there now")
        if old is not None:
            yield from self._contents(old["content"], (new or {}).get("content", {}), place, Direction.SENT)

    def _answers(self) -> Iterator[Break]:
        before, after = self._before["responses"], self._after["responses"]
        for status in sorted(before.keys() - after.keys()):
            if status < "300":
                yield Break(self._place, f"does not answer {status} any more, but {min(after)}")
        for status in sorted(before.keys() & after.keys()):
            old, new = resolved(self._versions.old, before[status]), resolved(self._versions.new, after[status])
            place = self._place / f"answer {status}"
            yield from self._contents(old.get("content", {}), new.get("content", {}), place, Direction.TOLD)

    def _contents(
        self, old: Mapping[str, Document], new: Mapping[str, Document], place: Place, direction: Direction
    ) -> Iterator[Break]:
        for media_type, content in old.items():
            if media_type not in new:
                verb = "is not taken" if direction is Direction.SENT else "is not answered"
                yield Break(place, f"{media_type} {verb} any more")
            else:
                yield from self._versions.breaks(direction, content["schema"], new[media_type]["schema"], place)
