"""Servers of one's own for ASGI applications: one instance for each source, request or connection, within bounds.

Knows nothing of chat and nothing of Hypercorn. docs/decisions/0018-stateless-servers.md says why it is so.
"""

from hubbub.composite.stateless.managed import InstanceStatistics, ManagedServer
from hubbub.composite.stateless.server import StatelessServer, TooManyEnding

__all__ = ["InstanceStatistics", "ManagedServer", "StatelessServer", "TooManyEnding"]
