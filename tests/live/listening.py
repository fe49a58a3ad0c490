"""What tests of the hub do again and again: connect, post, and wait for the fan-out."""

from __future__ import annotations

from hubbub.contract.models import PostMessage
from hubbub.domain.changes import LoggedChange
from hubbub.live.subscription import Outlet, Subscription
from hubbub.service import messages
from hubbub.service.chat import Actor
from hubbub.store.log import select_change_range
from tests.support.backends import World
from tests.support.deadline import eventually


async def listen(world: World, actor: Actor, ear: Outlet, *, since: int | None = None, name: str = "") -> Subscription:
    """Connect as a transport does, and be live."""
    subscription = await world.hub.subscribe(name or f"connection {id(ear)}", actor, ear)
    await world.hub.catch_up(subscription, since, lambda: world.hub.arrived(subscription))
    return subscription


async def post(world: World, actor: Actor, room_id: str, body: str = "hello") -> str:
    return (await messages.post_message(world.chat, actor, room_id, PostMessage(body=body))).id


async def published(world: World) -> None:
    """Wait until everything that was committed has been fanned out."""
    await eventually(lambda: world.hub.head == world.chat.store.head, "everything to be published")


async def log_after(world: World, place: int) -> list[LoggedChange]:
    store = world.chat.store
    return await store.read(lambda connection: select_change_range(connection, store.epoch, place, store.head))
