"""One REST operation: its schema, its limit, its authentication, and the way from an answer to a response.

Every route is made here, so that none can be without them.  quart-schema validates what comes in and describes both
ways; what goes out is a contract model already and is encoded once, by pydantic.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Union, cast

from pydantic import BaseModel, TypeAdapter, ValidationError
from quart import Blueprint, Response, current_app, request
from quart_schema import validate_querystring, validate_request
from quart_schema.documentation import document_response

from hubbub.composite.addresses import address_key, peer_text
from hubbub.composite.rates import Rate
from hubbub.composite.types import Scope
from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.contract.fields import ClientId
from hubbub.service.chat import Actor
from hubbub.service.sessions import StaleActor, authenticate, recall
from hubbub.transports.backend import GUESTS, REQUESTS, BackendSource
from hubbub.transports.credentials import token_of
from hubbub.transports.rest.known_answers import may_be_kept
from hubbub.transports.validation import invalid_fields

EXTENSION = "hubbub"  # app.extensions[EXTENSION] is the BackendSource
TRAITS_ATTRIBUTE = "_hubbub_traits"  # where a view keeps its Traits
KEY_HEADER = "Idempotency-Key"

LAST_EVENT_ID = "Last-Event-ID"

JSON = "application/json"
EVENT_STREAM = "text/event-stream"

Answer = Union[BaseModel, "Reply", Response, None]
Handler = Callable[..., Awaitable[Answer]]

# Any request may carry a body, and the door reads it.
_EVERYWHERE = (
    ErrorCode.INVALID_REQUEST,
    ErrorCode.TOO_LARGE,
    ErrorCode.RATE_LIMITED,
    ErrorCode.SERVER_BUSY,
    ErrorCode.INTERNAL,
)


@dataclass(frozen=True)
class Traits:
    """What a view is besides its models: `guest` needs no session, `keyed` reads an idempotency key.

    An answer of another `media_type` than JSON is a row of objects of the model.
    """

    errors: tuple[ErrorCode, ...]
    guest: bool
    keyed: bool
    rate: Rate
    media_type: str = JSON


@dataclass(frozen=True)
class Reply:
    """An answer with headers of its own."""

    answer: BaseModel | None
    headers: dict[str, str] = field(default_factory=dict)


class Nothing(BaseModel):
    """The body of a 204."""


_KEY: TypeAdapter[str] = TypeAdapter(ClientId)
_PRIVATE = {"Cache-Control": "no-store"}  # each answer is for one person, and may hold a token


def operation(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    answer: type[BaseModel] = Nothing,
    status: int = 200,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    errors: tuple[ErrorCode, ...] = (),
    guest: bool = False,
    rate: Rate | None = None,
    media_type: str = JSON,
    kept: bool = False,
    checks_actor: bool = False,
) -> Callable[[Handler], Handler]:
    """Make a handler the operation `method path`.

    The handler gets `actor` (unless `guest`), `key` (on POST), `data` for the body, `query_args`, and the parts of the
    path by name.  `rate` counts by user, or by address for guests.  It answers with a model, or with a response where
    the body is made of what is encoded already.  `kept` says that the answer comes from the store, the address and the
    actor alone, so that it may be given again while nothing is committed.  `checks_actor` says that the handler sees
    to it that a recalled actor still is who they were, so that nobody needs to look before.
    """
    limit = rate or (GUESTS if guest else REQUESTS)
    keyed = method == "POST"
    documented = _errors(method, body, query, guest=guest)
    traits = Traits(tuple(dict.fromkeys((*documented, *errors))), guest, keyed, limit, media_type)

    def decorate(handler: Handler) -> Handler:
        called = _checked(handler, keyed=keyed, body=body, query=query)

        @wraps(called)
        async def view(**arguments: Any) -> Response:
            if guest:
                await source()().limit_everywhere(limit, address_key(peer_text(_scope())))
                return _respond(await called(**arguments), status)

            async def act(actor: Actor) -> Answer:
                return await called(actor=actor, **arguments)

            if checks_actor:
                return _respond(await _act_as_recalled(act, limit), status)
            actor = await _actor()
            source()().limit(limit, actor.user.id)
            if kept:
                may_be_kept(_scope(), actor, limit)
            return _respond(await act(actor), status)

        document_response(answer, status)(view)
        setattr(view, TRAITS_ATTRIBUTE, traits)
        blueprint.add_url_rule(path, view_func=view, methods=[method], endpoint=handler.__name__)
        return handler

    return decorate


def _checked(handler: Handler, *, keyed: bool, body: type[BaseModel] | None, query: type[BaseModel] | None) -> Handler:
    """The handler, called with what it takes of the request, once that is seen to be right."""
    validated: Handler = handler
    if query is not None:
        validated = validate_querystring(query)(validated)
    if body is not None:
        validated = validate_request(body)(validated)

    @wraps(validated)
    async def called(**arguments: Any) -> Answer:
        if keyed:
            arguments["key"] = _idempotency_key()
        if body is not None and not request.is_json:
            raise HubbubError(
                ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body as JSON, with Content-Type: application/json."
            )
        return await validated(**arguments)

    return called


def source() -> BackendSource:
    """The backend of the application that answers this request."""
    found: BackendSource = current_app.extensions[EXTENSION]
    return found


async def _act_as_recalled(act: Callable[[Actor], Awaitable[Answer]], limit: Rate) -> Answer:
    """Act as whoever the token was of when it was last looked up; look again before anything else goes wrong."""
    recalled = recall(source()().chat, token_of(_scope()))
    actor = recalled or await _actor()
    try:
        source()().limit(limit, actor.user.id)
        return await act(actor)
    except Exception as error:
        if recalled is None:
            raise
        actor = await _actor()
        if not isinstance(error, StaleActor):
            raise
    return await act(actor)


async def _actor() -> Actor:
    return await authenticate(source()().chat, token_of(_scope()))


def _idempotency_key() -> str | None:
    given = request.headers.get(KEY_HEADER)
    if given is None:
        return None
    try:
        return _KEY.validate_python(given)
    except ValidationError as error:
        refused = invalid_fields(error)
        raise HubbubError(ErrorCode.INVALID_REQUEST, f"The {KEY_HEADER} header {refused.errors[0].message}.") from None


def _respond(result: BaseModel | Reply | Response | None, status: int) -> Response:
    if isinstance(result, Response):
        result.headers.update(_PRIVATE)
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    headers = {**_PRIVATE, **reply.headers}
    if reply.answer is None:
        return Response(b"", status=status, headers=headers)
    return Response(reply.answer.model_dump_json(), status=status, headers=headers, content_type=JSON)


def _errors(
    method: str, body: type[BaseModel] | None, query: type[BaseModel] | None, *, guest: bool
) -> tuple[ErrorCode, ...]:
    """What can go wrong with any operation of this kind."""
    found = [*_EVERYWHERE]
    if body is not None:
        found.append(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
    if body is not None or query is not None:
        found.append(ErrorCode.INVALID_FIELDS)
    if not guest:
        found.append(ErrorCode.UNAUTHENTICATED)
    if method != "GET":
        found.append(ErrorCode.FORBIDDEN)  # also for guests: the door refuses pages of other sites
    return tuple(found)


def _scope() -> Scope:
    return cast(Scope, request.scope)  # hypercorn's TypedDicts are the same at run time
