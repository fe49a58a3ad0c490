"""A process that writes until it is killed or has written enough, and says of each write that it was acknowledged.

    python -m tests.store.writing_process PATH LABEL WRITES

Prints a line with the label and the change id for each acknowledgement, one system call each, so that a line that was
printed is there whatever happens to the process.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys

from hubbub.store.database import Store, Transaction
from hubbub.testing.clock import ManualClock

WRITERS = 16


async def main(path: str, label: str, writes: int) -> None:
    store = await Store.open(path, clock=ManualClock())
    numbers = iter(range(writes)) if writes else itertools.count()

    async def writer() -> None:
        for number in numbers:
            name = f"{label}{number}"

            def work(transaction: Transaction, name: str = name) -> int:
                return transaction.append_change("user_changed", room_id=None, actor_id=name, data="{}").id

            change_id = await store.write(work)
            os.write(sys.stdout.fileno(), f"{name} {change_id}\n".encode())

    try:
        await asyncio.gather(*(writer() for _ in range(WRITERS)))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
