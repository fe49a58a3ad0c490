"""The commands of the socket transports: what each costs, what it does, how it is answered.

Every command gets an answer, `{ok: true, data}` or `{ok: false, error}`, with the same codes as REST.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

import orjson

from hubbub.composite.rates import Rate
from hubbub.contract import commands
from hubbub.contract.commands import A, Command, R
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import (
    Authenticated,
    Changes,
    CreateRoom,
    EditMessage,
    EditMessageCommand,
    GetChangesCommand,
    MarkRead,
    MarkReadCommand,
    Member,
    Message,
    MessageCommand,
    PostMessageCommand,
    ReactionCommand,
    ReadMark,
    RefreshAuthCommand,
    RoomCommand,
    RoomForMe,
    SetTypingCommand,
)
from hubbub.domain.changes import LoggedChange
from hubbub.service import memberships, messages, replay, rooms
from hubbub.transports.backend import COMMANDS, POSTS, Backend
from hubbub.transports.client import Client
from hubbub.transports.errors import unforeseen
from hubbub.transports.validation import parse

log = logging.getLogger(__name__)

Run = Callable[[Backend, Client, R], Awaitable[A]]


@dataclass(frozen=True)
class Handler(Generic[R, A]):
    """What does a command, and what it costs."""

    command: Command[R, A]
    run: Run[R, A]
    rate: Rate = COMMANDS


async def answer_command(backend: Backend, client: Client, name: str, data: object) -> dict[str, Any]:
    """Do a command and answer it, whatever happens."""
    try:
        client.check_session()
        handler = COMMAND_TABLE.get(name)
        if handler is None:
            raise HubbubError(ErrorCode.INVALID_REQUEST, f"There is no command {name[:40]!r}. See /docs for those.")
        backend.limit(handler.rate, client.actor.user.id)
        answer = await handler.run(backend, client, parse(handler.command.request, data))
    except HubbubError as error:
        return backend.refusal(error)
    except Exception:
        log.exception("the command %s failed", name)
        return backend.refusal(unforeseen())
    return {"ok": True, "data": None if answer is None else answer.model_dump(mode="json")}


def begin_post(backend: Backend, client: Client, data: object) -> asyncio.Future[LoggedChange]:
    """Begin `post_message`, one write whose order is that of its beginning; `written` makes the answer of it.

    Raises:
        HubbubError: it was refused before it began.
    """
    client.check_session()
    backend.limit(POSTS, client.actor.user.id)
    request = parse(commands.POST_MESSAGE.request, data)
    return messages.begin_post(backend.chat, client.actor, request.room_id, request)


def written(backend: Backend, future: asyncio.Future[LoggedChange]) -> dict[str, Any]:
    """The answer to a command that was begun, once its future is done."""
    try:
        return {"ok": True, "data": orjson.Fragment(future.result().data)}
    except HubbubError as error:
        return backend.refusal(error)


async def _post_message(backend: Backend, client: Client, request: PostMessageCommand) -> Message:
    return await messages.post_message(backend.chat, client.actor, request.room_id, request)


async def _edit_message(backend: Backend, client: Client, request: EditMessageCommand) -> Message:
    return await messages.edit_message(backend.chat, client.actor, request.message_id, EditMessage(body=request.body))


async def _delete_message(backend: Backend, client: Client, request: MessageCommand) -> Message:
    return await messages.delete_message(backend.chat, client.actor, request.message_id)


async def _add_reaction(backend: Backend, client: Client, request: ReactionCommand) -> Message:
    return await messages.add_reaction(backend.chat, client.actor, request.message_id, request.emoji)


async def _remove_reaction(backend: Backend, client: Client, request: ReactionCommand) -> Message:
    return await messages.remove_reaction(backend.chat, client.actor, request.message_id, request.emoji)


async def _create_room(backend: Backend, client: Client, request: CreateRoom) -> RoomForMe:
    return await rooms.create_room(backend.chat, client.actor, request, key=None)


async def _join_room(backend: Backend, client: Client, request: RoomCommand) -> Member:
    return await memberships.add_member(backend.chat, client.actor, request.room_id, client.actor.user.id)


async def _leave_room(backend: Backend, client: Client, request: RoomCommand) -> None:
    await memberships.remove_member(backend.chat, client.actor, request.room_id, client.actor.user.id)


async def _mark_read(backend: Backend, client: Client, request: MarkReadCommand) -> ReadMark:
    mark = MarkRead(message_id=request.message_id)
    return await memberships.mark_read(backend.chat, client.actor, request.room_id, mark)


async def _set_typing(backend: Backend, client: Client, request: SetTypingCommand) -> None:
    await memberships.check_may_type(backend.chat, client.actor, request.room_id)
    backend.hub.set_typing(request.room_id, client.actor.user.id, request.typing)


async def _get_changes(backend: Backend, client: Client, request: GetChangesCommand) -> Changes:
    return await replay.get_changes(backend.chat, client.actor, since=request.since, limit=request.limit)


async def _refresh_auth(_backend: Backend, client: Client, request: RefreshAuthCommand) -> Authenticated:
    return await client.refresh(request.token)


# {name: handler}; a test holds it to `contract.commands`.
COMMAND_TABLE: dict[str, Handler[Any, Any]] = {
    handler.command.name: handler
    for handler in (
        Handler(commands.POST_MESSAGE, _post_message, POSTS),
        Handler(commands.EDIT_MESSAGE, _edit_message),
        Handler(commands.DELETE_MESSAGE, _delete_message),
        Handler(commands.ADD_REACTION, _add_reaction),
        Handler(commands.REMOVE_REACTION, _remove_reaction),
        Handler(commands.CREATE_ROOM, _create_room),
        Handler(commands.JOIN_ROOM, _join_room),
        Handler(commands.LEAVE_ROOM, _leave_room),
        Handler(commands.MARK_READ, _mark_read),
        Handler(commands.SET_TYPING, _set_typing),
        Handler(commands.GET_CHANGES, _get_changes),
        Handler(commands.REFRESH_AUTH, _refresh_auth),
    )
}
