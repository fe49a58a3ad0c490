"""How many connections hear the log, as the server itself counts them."""

from __future__ import annotations

from tests.support.deadline import eventually
from tests.support.people import Person


async def subscriptions(person: Person) -> int:
    """The number in `/metrics`."""
    lines = (await person.client.get("/metrics")).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("hubbub_subscriptions "))))


async def until_subscribed(person: Person, count: int) -> None:
    """Wait until there are so many."""

    async def there() -> bool:
        return await subscriptions(person) == count

    await eventually(there, f"{count} connections to hear the log")
