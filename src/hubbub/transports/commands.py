"""The commands of the socket transports: what each takes, what it costs, what it does, how it is answered.

Every command gets an answer, `{ok: true, data}` or `{ok: false, error}`, with the same codes as REST.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from hubbub.composite.rates import Rate
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.models import (
    CreateRoom,
    EditMessage,
    EditMessageCommand,
    GetChangesCommand,
    MarkRead,
    MarkReadCommand,
    MessageCommand,
    PostMessage,
    PostMessageCommand,
    ReactionCommand,
    RefreshAuthCommand,
    RoomCommand,
    SetTypingCommand,
)
from hubbub.service import memberships, messages, replay, rooms
from hubbub.transports.backend import COMMANDS, POSTS, Backend
from hubbub.transports.client import Client
from hubbub.transports.errors import refusal, unforeseen
from hubbub.transports.validation import parse

log = logging.getLogger(__name__)

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Command(Generic[R]):
    """`run` answers with a model, or None where there is nothing to say."""

    request: type[R]
    run: Callable[[Backend, Client, R], Awaitable[BaseModel | None]]
    rate: Rate = COMMANDS


async def answer_command(backend: Backend, client: Client, name: str, data: object) -> dict[str, Any]:
    """Do a command and answer it, whatever happens."""
    try:
        client.check_session()
        command = COMMAND_TABLE.get(name)
        if command is None:
            raise HubbubError(ErrorCode.INVALID_REQUEST, f"There is no command {name[:40]!r}. See /docs for those.")
        backend.limit(command.rate, client.actor.user.id)
        answer = await command.run(backend, client, parse(command.request, data))
    except HubbubError as error:
        return refusal(error)
    except Exception:
        log.exception("the command %s failed", name)
        return refusal(unforeseen())
    return {"ok": True, "data": None if answer is None else answer.model_dump(mode="json")}


async def _post_message(backend: Backend, client: Client, request: PostMessageCommand) -> BaseModel:
    message = PostMessage(
        body=request.body,
        client_id=request.client_id,
        reply_to=request.reply_to,
        attachments=request.attachments,
    )
    return await messages.post_message(backend.chat, client.actor, request.room_id, message)


async def _edit_message(backend: Backend, client: Client, request: EditMessageCommand) -> BaseModel:
    return await messages.edit_message(backend.chat, client.actor, request.message_id, EditMessage(body=request.body))


async def _delete_message(backend: Backend, client: Client, request: MessageCommand) -> BaseModel:
    return await messages.delete_message(backend.chat, client.actor, request.message_id)


async def _add_reaction(backend: Backend, client: Client, request: ReactionCommand) -> BaseModel:
    return await messages.add_reaction(backend.chat, client.actor, request.message_id, request.emoji)


async def _remove_reaction(backend: Backend, client: Client, request: ReactionCommand) -> BaseModel:
    return await messages.remove_reaction(backend.chat, client.actor, request.message_id, request.emoji)


async def _create_room(backend: Backend, client: Client, request: CreateRoom) -> BaseModel:
    return await rooms.create_room(backend.chat, client.actor, request, key=None)


async def _join_room(backend: Backend, client: Client, request: RoomCommand) -> BaseModel:
    return await memberships.add_member(backend.chat, client.actor, request.room_id, client.actor.user.id)


async def _leave_room(backend: Backend, client: Client, request: RoomCommand) -> None:
    await memberships.remove_member(backend.chat, client.actor, request.room_id, client.actor.user.id)


async def _mark_read(backend: Backend, client: Client, request: MarkReadCommand) -> BaseModel:
    mark = MarkRead(message_id=request.message_id)
    return await memberships.mark_read(backend.chat, client.actor, request.room_id, mark)


async def _set_typing(backend: Backend, client: Client, request: SetTypingCommand) -> None:
    await memberships.check_may_type(backend.chat, client.actor, request.room_id)
    backend.hub.set_typing(request.room_id, client.actor.user.id, request.typing)


async def _get_changes(backend: Backend, client: Client, request: GetChangesCommand) -> BaseModel:
    return await replay.get_changes(backend.chat, client.actor, since=request.since, limit=request.limit)


async def _refresh_auth(_backend: Backend, client: Client, request: RefreshAuthCommand) -> BaseModel:
    return await client.refresh(request.token)


COMMAND_TABLE: dict[str, Command[Any]] = {
    "post_message": Command(PostMessageCommand, _post_message, POSTS),
    "edit_message": Command(EditMessageCommand, _edit_message),
    "delete_message": Command(MessageCommand, _delete_message),
    "add_reaction": Command(ReactionCommand, _add_reaction),
    "remove_reaction": Command(ReactionCommand, _remove_reaction),
    "create_room": Command(CreateRoom, _create_room),
    "join_room": Command(RoomCommand, _join_room),
    "leave_room": Command(RoomCommand, _leave_room),
    "mark_read": Command(MarkReadCommand, _mark_read),
    "set_typing": Command(SetTypingCommand, _set_typing),
    "get_changes": Command(GetChangesCommand, _get_changes),
    "refresh_auth": Command(RefreshAuthCommand, _refresh_auth),
}
