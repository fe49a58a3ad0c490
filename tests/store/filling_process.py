"""A process that fills a small disk, frees it again, and says what became of its writes.

    python -m tests.store.filling_process FOLDER

Prints a JSON object: the labels that were `acknowledged`, before, while and after the disk was full, those that are
`kept`, how often a write was `refused` as what, and the `problems` that the database then has.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path

from hubbub.contract.errors import HubbubError
from hubbub.store.database import Store, Transaction
from hubbub.store.integrity import select_problems
from hubbub.store.log import select_change_range
from hubbub.testing.clock import ManualClock

BALLAST_BYTES = 1024 * 1024
WRITERS = 8
ROUNDS = 200
MANY = 1_000_000


async def main(folder: Path) -> dict[str, object]:
    ballast = folder / "ballast"
    ballast.write_bytes(os.urandom(BALLAST_BYTES))
    store = await Store.open(folder / "hubbub.db", clock=ManualClock())
    acknowledged: list[str] = []
    refused: Counter[str] = Counter()

    async def write(label: str) -> None:
        def work(transaction: Transaction) -> None:
            data = json.dumps("x" * 4_000)
            transaction.append_change("user_changed", room_id=None, actor_id=label, data=data)

        try:
            await store.write(work)
        except HubbubError as error:
            refused[error.code] += 1
        else:
            acknowledged.append(label)

    try:
        for round in range(ROUNDS):
            await asyncio.gather(*(write(f"{round}-{number}") for number in range(WRITERS)))
        ballast.unlink()
        await write("after")
        changes = await store.read(lambda connection: select_change_range(connection, store.epoch, 0, MANY, MANY))
        problems = await store.read(select_problems)
    finally:
        await store.close()
    return {
        "acknowledged": acknowledged,
        "kept": [change.actor_id for change in changes],
        "refused": refused,
        "problems": problems,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
