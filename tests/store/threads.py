"""Which threads there are, and that those a test started have ended."""

from __future__ import annotations

import threading

from tests.support.deadline import eventually


def running() -> set[threading.Thread]:
    """Those of now; one that is just ending may be among them."""
    return set(threading.enumerate())


async def only(before: set[threading.Thread]) -> None:
    """Wait until none is left that was not there before."""
    await eventually(lambda: running() <= before, "every thread that was started has ended")
