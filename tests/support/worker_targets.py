"""What processes that a test starts as Hypercorn starts its workers do there; small, for each imports it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hubbub.composite import hypercorn_workers


def let_go_of_sentinel(event: Any) -> None:
    """Close the pipe by which the starter would hear of the end, and live on until the event."""
    sentinel = hypercorn_workers._find_sentinel()
    if sentinel is not None:
        os.close(sentinel)
    event.wait()


def note_place(config: Any, shutdown_event: Any, sockets: str) -> None:
    """Write down, in the file `sockets`, whose place this process was told to take, and whether it is to end."""
    place = hypercorn_workers._place_of(config)
    Path(sockets).write_text(f"{place} {shutdown_event.is_set()}")
