"""Messages and reactions over REST."""

from __future__ import annotations

from quart import Blueprint

from hubbub.contract.errors import ErrorCode
from hubbub.contract.fields import Emoji
from hubbub.contract.models import EditMessage, Found, History, Message, PostMessage, Request
from hubbub.service import messages
from hubbub.service.chat import Actor, Chat
from hubbub.service.messages import HistoryPage
from hubbub.service.searching import Search, search_messages
from hubbub.transports.backend import POSTS
from hubbub.transports.rest.operation import operation, source
from hubbub.transports.rest.paging import HistoryQuery, SearchQuery
from hubbub.transports.validation import parse

blueprint = Blueprint("messages", __name__)

_REACTION = "/messages/<message_id>/reactions/<emoji>"


class _ReactionPath(Request):
    emoji: Emoji


@operation(
    blueprint,
    "POST",
    "/rooms/<room_id>/messages",
    body=PostMessage,
    answer=Message,
    status=201,
    rate=POSTS,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    checks_actor=True,
)
async def post_message(actor: Actor, room_id: str, data: PostMessage, key: str | None) -> Message:
    """Post a message; the answer comes when it is on disk.

    `client_id` and `Idempotency-Key` are one key: sent again, the message is not posted again.
    """
    return await messages.post_message(_chat(), actor, room_id, data, key=key)


@operation(
    blueprint,
    "GET",
    "/rooms/<room_id>/messages",
    query=HistoryQuery,
    answer=History,
    errors=(ErrorCode.NOT_FOUND,),
    kept=True,
)
async def list_messages(actor: Actor, room_id: str, query_args: HistoryQuery) -> History:
    """A page of the room's history, oldest first."""
    page = HistoryPage(query_args.before, query_args.after, query_args.around, query_args.limit)
    return await messages.list_messages(_chat(), actor, room_id, page)


@operation(
    blueprint,
    "GET",
    "/search",
    query=SearchQuery,
    answer=Found,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.GONE),
)
async def search(actor: Actor, query_args: SearchQuery) -> Found:
    """Messages with all these words, newest first, in the rooms that you may read.

    Words are whole; case and accents make no difference.
    """
    asked = Search(**query_args.model_dump())
    return await search_messages(_chat(), actor, asked)


@operation(blueprint, "GET", "/messages/<message_id>", answer=Message, errors=(ErrorCode.NOT_FOUND,), kept=True)
async def get_message(actor: Actor, message_id: str) -> Message:
    """One message."""
    return await messages.get_message(_chat(), actor, message_id)


@operation(
    blueprint,
    "PATCH",
    "/messages/<message_id>",
    body=EditMessage,
    answer=Message,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.GONE),
)
async def edit_message(actor: Actor, message_id: str, data: EditMessage) -> Message:
    """Change the text of your message."""
    return await messages.edit_message(_chat(), actor, message_id, data)


@operation(blueprint, "DELETE", "/messages/<message_id>", status=204, errors=(ErrorCode.NOT_FOUND,))
async def delete_message(actor: Actor, message_id: str) -> None:
    """Delete a message; a tombstone keeps its place."""
    await messages.delete_message(_chat(), actor, message_id)


@operation(
    blueprint,
    "PUT",
    _REACTION,
    answer=Message,
    errors=(ErrorCode.NOT_FOUND, ErrorCode.GONE, ErrorCode.CONFLICT, ErrorCode.INVALID_FIELDS),
)
async def add_reaction(actor: Actor, message_id: str, emoji: str) -> Message:
    """React to a message."""
    return await messages.add_reaction(_chat(), actor, message_id, _checked(emoji))


@operation(blueprint, "DELETE", _REACTION, status=204, errors=(ErrorCode.NOT_FOUND, ErrorCode.INVALID_FIELDS))
async def remove_reaction(actor: Actor, message_id: str, emoji: str) -> None:
    """Take your reaction back."""
    await messages.remove_reaction(_chat(), actor, message_id, _checked(emoji))


def _chat() -> Chat:
    return source()().chat


def _checked(emoji: str) -> str:
    return parse(_ReactionPath, {"emoji": emoji}).emoji
