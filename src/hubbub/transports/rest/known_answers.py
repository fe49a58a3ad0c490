"""Whole answers to requests that read, given again for as long as nothing is committed (docs/decisions/0023 and 0030).

What may be kept is for the operation to say. Knows the fields of a request that decide whose it is, and no more of it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from quart import Quart
from quart.signals import request_finished, request_started, request_tearing_down

from hubbub.composite.rates import Rate
from hubbub.composite.scopes import cookie_header, header
from hubbub.composite.types import Scope
from hubbub.service.chat import Actor
from hubbub.service.known import Known
from hubbub.service.sessions import is_fresh
from hubbub.transports.backend import Backend, BackendSource

EXTENSION = "hubbub_known_answers"  # app.extensions[EXTENSION] is the KnownAnswers
KNOWN_BYTES = 16 * 1024 * 1024  # some 800 pages of 50
ANSWER_BYTES = 2_048  # what an answer takes beside its body

_ASKED = "hubbub.rest.asked"  # keys of a scope: (key, edition), before anything is read for it
_KEPT = "hubbub.rest.kept"  # (actor, rate), once the operation says that its answer may be kept


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 as it was sent, to whom, and what they are counted by."""

    actor: Actor
    rate: Rate
    headers: list[tuple[bytes, bytes]]
    body: bytes


class KnownAnswers:
    """Of one application; each by path, query and credentials, so that nobody is given what was for somebody else."""

    def __init__(self, backend: BackendSource) -> None:
        self._backend = backend

    def find(self, scope: Scope) -> Answer | None:
        """The answer that this request would get; counted against its rate, as any."""
        if scope["method"] != "GET" or (backend := self._running()) is None:
            return None
        token = header(scope, b"authorization")
        # Bytes or text, so that one is never taken for the other; an empty token is no reason to look at the cookie.
        key = (scope["path"], scope["query_string"], cookie_header(scope) if token is None else token)
        answer = self._known.find(key)
        if answer is None:
            scope[_ASKED] = key, self._known.edition
            return None
        if not is_fresh(backend.chat, answer.actor):
            return None
        # Who is over the rate goes on to be told so.
        over = backend.limiter.take(answer.rate, answer.actor.user.id) is not None
        return None if over else answer

    def keep(self, app: Quart, scope: Scope, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Keep an answer that was sent, where its operation allows it and nobody wants to see every request."""
        asked, kept = scope.get(_ASKED), scope.get(_KEPT)
        if asked is None or kept is None or _is_watched(app):
            return
        (key, edition), (actor, rate) = asked, kept
        self._known.keep(key, Answer(actor, rate, headers, body), edition)

    def _running(self) -> Backend | None:
        with suppress(Exception):  # before the start, for one; whoever handles the request meets it, and answers it
            return self._backend()
        return None

    @cached_property
    def _known(self) -> Known[Answer]:
        return Known(self._backend().chat.store.edition, room=KNOWN_BYTES, size=_size)


def may_be_kept(scope: Scope, actor: Actor, rate: Rate) -> None:
    """Say that the answer to this request comes from the store, its address and the actor alone."""
    scope[_KEPT] = actor, rate


def _size(answer: Answer) -> int:
    return ANSWER_BYTES + len(answer.body)


def _is_watched(app: Quart) -> bool:
    """Whether the application has functions of somebody's that are to see every request."""
    by_blueprint = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    signals = (request_started, request_finished, request_tearing_down)
    return (
        any(functions for table in (*by_blueprint, app.url_value_preprocessors) for functions in table.values())
        or bool(app.teardown_appcontext_funcs)
        or any(signal.receivers for signal in signals)
    )
