"""How many datagrams came and what became of each; `/metrics` shows them."""

from __future__ import annotations

from dataclasses import dataclass

from hubbub.composite.stateless.instances import InstanceTotals


@dataclass
class SyslogCounters(InstanceTotals):
    """Datagrams, beside the instances; of one process, also when it stops listening and begins again.

    `received` is the sum of `malformed`, `limited`, `overflowed` and `delivered`.

    `delivered` is the sum of `posted`, `refused`, `abandoned` and of what is on its way.
    """

    received: int = 0
    malformed: int = 0  # let through by the rates, and no syslog message
    limited: int = 0  # above a rate
    overflowed: int = 0  # too many waited for their source's instance
    delivered: int = 0  # given to an instance
    posted: int = 0
    refused: int = 0  # by the service: the account may not post there any more, or the store stayed busy
    abandoned: int = 0  # waited for an instance that was evicted, or when the server stopped
