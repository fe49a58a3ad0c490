"""Engine.IO sessions in several processes: each id begins with that of the process that has the session."""

from __future__ import annotations

from hubbub.composite.mesh.directory import ID_CHARS
from hubbub.composite.mesh.exchanges import Lost, carry, encode_scope
from hubbub.composite.mesh.mesh import Mesh
from hubbub.composite.types import Receive, Scope, Send


class MeshSessions:
    """The `sockets.elsewhere.Elsewhere` of a mesh."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh

    def name_session(self, random: str) -> str:
        """The id of a session of this process."""
        return self._mesh.id + random

    def has(self, sid: str) -> bool:
        """Whether the process that gave the id is another one, and here."""
        return self._mesh.is_other(sid[:ID_CHARS])

    async def carry(self, sid: str, scope: Scope, receive: Receive, send: Send, *, patience: float) -> bool:
        """See `Elsewhere`."""
        try:
            streams = await self._mesh.connect(sid[:ID_CHARS], {"scope": encode_scope(scope)})
        except OSError:
            return False
        try:
            await carry(streams, receive, send, patience=patience)
        except Lost as lost:
            if lost.started:
                raise ConnectionResetError(str(lost)) from lost
            return False
        return True
