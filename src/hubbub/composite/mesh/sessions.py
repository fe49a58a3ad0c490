"""Engine.IO sessions in several processes: each id begins with that of the process that has the session."""

from __future__ import annotations

from typing import Protocol

from hubbub.composite.mesh.directory import ID_CHARS, Streams
from hubbub.composite.mesh.exchanges import Lost, carry, encode_scope
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.types import Receive, Scope, Send


class Far(Protocol):
    """Processes that are not of the mesh, and can be reached all the same."""

    def has(self, name: str) -> bool:
        """Whether it is the name of one; it may be any text."""
        ...

    async def connect(self, name: str, head: dict[str, object]) -> Streams:
        """See `Mesh.connect`."""
        ...


class MeshSessions:
    """The `sockets.elsewhere.Elsewhere` of a mesh, and of those `far` from it."""

    def __init__(self, mesh: Mesh, far: Far | None = None) -> None:
        self._mesh = mesh
        self._far = far

    def name_session(self, random: str) -> str:
        """The id of a session of this process."""
        return self._mesh.id + random

    def has(self, sid: str) -> bool:
        """Whether the process that gave the id is another one, and here."""
        name = sid[:ID_CHARS]
        return self._mesh.is_other(name) or (self._far is not None and self._far.has(name))

    async def carry(self, sid: str, scope: Scope, receive: Receive, send: Send, *, patience: float) -> bool:
        """See `Elsewhere`."""
        try:
            streams = await self._connect(sid[:ID_CHARS], {"scope": encode_scope(scope)})
        except OSError:
            return False
        try:
            await carry(streams, receive, send, patience=patience)
        except Lost as lost:
            if lost.started:
                raise ConnectionResetError(str(lost)) from lost
            return False
        return True

    async def _connect(self, name: str, head: dict[str, object]) -> Streams:
        if self._far is None or self._mesh.is_other(name):
            return await self._mesh.connect(name, head)
        return await self._far.connect(name, head)
