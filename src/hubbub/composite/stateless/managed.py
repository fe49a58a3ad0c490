"""`ManagedServer`: a stateless server whose instances are watched: what each has done, and when it ends.

Knows no protocol, like the server it is made from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubbub.composite.stateless.instances import Instance, ScopeId
from hubbub.composite.stateless.server import StatelessServer

logger = logging.getLogger(__name__)

MANAGED_APPLICATIONS = 500
MANAGED_IDLE_SECONDS = 30.0


@dataclass(frozen=True)
class InstanceStatistics:
    """What one instance has done so far; times are Unix times and seconds."""

    scope_id: ScopeId
    created_at: float
    idle_seconds: float
    messages_in: int
    messages_out: int


class ManagedServer(StatelessServer):
    """At most `max_applications` instances, the oldest evicted, the idle expired, with statistics of each.

    How many came and went is in `totals`.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        max_applications: int = MANAGED_APPLICATIONS,
        *,
        idle_seconds: float | None = MANAGED_IDLE_SECONDS,
    ) -> None:
        """`idle_seconds` without a message in or out end an instance; None: never."""
        super().__init__(application, max_applications)
        self.application_idle_seconds = idle_seconds

    def statistics(self) -> list[InstanceStatistics]:
        """Of all instances, the one longest without a use first."""
        return [_statistics(details) for details in self.application_instances.values()]

    def delete_application_instance(self, scope_id: ScopeId) -> None:
        """End an instance, as the base does, and tell `application_ended`."""
        details = self.application_instances.get(scope_id)
        super().delete_application_instance(scope_id)
        if details is not None:
            self.application_ended(_statistics(details))

    def application_ended(self, statistics: InstanceStatistics) -> None:
        """An instance has ended or was told to; override it to keep what it has done."""
        logger.debug("application ended: %s", statistics)


def _statistics(details: Instance) -> InstanceStatistics:
    activity = details["activity"]
    return InstanceStatistics(
        details["scope_id"], activity.created_at, activity.idle_seconds(), activity.messages_in, activity.messages_out
    )
