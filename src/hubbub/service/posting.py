"""Messages posted: many at once, each once however often it is sent.  Knows nobody who waits for them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError
from hubbub.contract.models import Message, PostMessage, PostMessageCommand
from hubbub.domain.changes import LoggedChange
from hubbub.domain.clock import timestamp
from hubbub.domain.ids import ID_RANDOM_BYTES, make_id
from hubbub.domain.permissions import Action
from hubbub.service.chat import Actor
from hubbub.service.places import check_place, seq_in_room
from hubbub.service.sessions import StaleActor, are_current
from hubbub.store.connection import Connection
from hubbub.store.log import Entry, select_posted_change
from hubbub.store.members import update_read_seqs
from hubbub.store.messages import NewMessage, insert_messages, posted_json, select_posted_ids
from hubbub.store.rooms import Place, select_places
from hubbub.store.transaction import Transaction

Posting = PostMessage | PostMessageCommand  # what REST and the sockets ask for: the same, validated once


@dataclass(frozen=True, slots=True)
class Post:
    """What somebody wants to post; `client_id` is the request's, or the idempotency key in its place."""

    actor: Actor
    room_id: str
    request: Posting
    client_id: str | None

    @property
    def place(self) -> tuple[str, str]:
        """(room id, user id)."""
        return self.room_id, self.actor.user.id


@dataclass(frozen=True, slots=True)
class _Posted:
    """What was answered first under a key; `deleted` says whether the message is a tombstone by now."""

    change: LoggedChange
    deleted: bool


def post_all(transaction: Transaction, posts: Sequence[Post]) -> list[LoggedChange | HubbubError | StaleActor]:
    """Post each that may be, in their order: its `message_posted`, whose data is the message, or why not."""
    current = are_current(transaction.connection, [post.actor for post in posts])
    outcomes = iter(_post_all(transaction, list(compress(posts, current))))
    return [next(outcomes) if is_current else StaleActor() for is_current in current]


def _post_all(transaction: Transaction, posts: Sequence[Post]) -> list[LoggedChange | HubbubError]:
    posted = _posted_before(transaction, posts)
    accepted, refusals = _accept(transaction.connection, posts, posted)
    for key, change in zip(accepted, _write(transaction, list(accepted.values())), strict=True):
        posted[key] = _Posted(change, deleted=False)
    outcomes: list[LoggedChange | HubbubError] = []
    for number, post in enumerate(posts):
        key = _key(post)
        if number in refusals:
            outcomes.append(refusals[number])
        elif accepted.get(key) is post or _is_repeat(post, posted[key]):
            outcomes.append(posted[key].change)
        else:
            outcomes.append(HubbubError(ErrorCode.CONFLICT, _USED))
    return outcomes


_USED = "You used this client_id for another message. Use a new one for each new message."
_Key = tuple[str, str] | int


def _key(post: Post) -> _Key:
    """(author id, client id), under which there is one message; the identity of a post that has none."""
    return id(post) if post.client_id is None else (post.actor.user.id, post.client_id)


def _posted_before(transaction: Transaction, posts: Sequence[Post]) -> dict[_Key, _Posted]:
    keys = list({(post.actor.user.id, post.client_id): None for post in posts if post.client_id is not None})
    found: dict[_Key, _Posted] = {}
    for key, (message_id, deleted) in select_posted_ids(transaction.connection, keys).items():
        change = select_posted_change(transaction.connection, transaction.epoch, message_id)
        assert change is not None  # noqa: S101 — it was written with the message, in one transaction
        found[key] = _Posted(change, deleted)
    return found


def _accept(
    connection: Connection, posts: Sequence[Post], posted: dict[_Key, _Posted]
) -> tuple[dict[_Key, Post], dict[int, HubbubError]]:
    """The posts that are to be written, and {number of a post: why it may not be}."""
    places = select_places(connection, list(dict.fromkeys(post.place for post in posts)))
    accepted: dict[_Key, Post] = {}
    refusals: dict[int, HubbubError] = {}
    for number, post in enumerate(posts):
        key = _key(post)
        if key in posted or key in accepted:
            continue
        try:
            _check(connection, post, places.get(post.place))
        except HubbubError as error:
            refusals[number] = error
        else:
            accepted[key] = post
    return accepted, refusals


def _check(connection: Connection, post: Post, place: Place | None) -> None:
    check_place(post.actor, place, Action.POST)
    errors = []
    reply_to, attachments = post.request.reply_to, post.request.attachments
    if reply_to is not None and seq_in_room(connection, post.room_id, reply_to) is None:
        errors.append(FieldError("reply_to", "is no message of this room"))
    errors += [FieldError(f"attachments.{place}", "is no upload of yours") for place in range(len(attachments))]
    if errors:
        raise HubbubError(ErrorCode.INVALID_FIELDS, "The message refers to what is not there.", errors=tuple(errors))


def _write(transaction: Transaction, posts: Sequence[Post]) -> list[LoggedChange]:
    messages = _new_messages(transaction, posts)
    seqs = insert_messages(transaction.connection, messages, transaction.now)
    # The last of each author in each room: the mark only moves on.
    update_read_seqs(transaction.connection, {post.place: seq for post, seq in zip(posts, seqs, strict=True)})
    written = timestamp(transaction.now)
    entries = [Entry(each.room_id, each.author_id, each.id, posted_json(each, written)) for each in messages]
    return transaction.append_changes("message_posted", entries)


def _new_messages(transaction: Transaction, posts: Sequence[Post]) -> list[NewMessage]:
    randomness = secrets.token_bytes(ID_RANDOM_BYTES * len(posts))
    return [
        NewMessage(
            make_id(transaction.now, randomness[number * ID_RANDOM_BYTES : (number + 1) * ID_RANDOM_BYTES]),
            post.room_id,
            post.actor.user.id,
            post.request.body,
            post.client_id,
            post.request.reply_to,
        )
        for number, post in enumerate(posts)
    ]


def _is_repeat(post: Post, first: _Posted) -> bool:
    """Whether it asks for what was posted; a deleted message has no text any more that could be compared."""
    message = Message.model_validate_json(first.change.data)
    same = (message.room_id, message.reply_to) == (post.room_id, post.request.reply_to)
    return same and (first.deleted or message.body == post.request.body)
