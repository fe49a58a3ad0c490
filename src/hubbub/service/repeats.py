"""Idempotency: a request that comes again under its key gets its first answer again.

The first answer is written in the transaction of the change itself, so there is one of both or none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from hubbub.contract.errors import ErrorCode, HubbubError
from hubbub.domain.ids import fingerprint
from hubbub.store.answers import insert_answer, select_answer
from hubbub.store.transaction import Transaction

A = TypeVar("A", bound=BaseModel)


def answer_once(
    transaction: Transaction, scope: str, key: str | None, request: BaseModel, kind: type[A], work: Callable[[], A]
) -> A:
    """The answer of `work`, or the one given earlier under the same scope and key; no key, no memory.

    Raises:
        HubbubError: `conflict` when the key was used for another request.
    """
    if key is None:
        return work()
    asked = fingerprint(request.model_dump_json())
    earlier = select_answer(transaction.connection, scope, key)
    if earlier is not None:
        check_same_request(earlier.fingerprint, asked)
        return kind.model_validate_json(earlier.answer)
    answer = work()
    insert_answer(
        transaction.connection,
        scope=scope,
        key=key,
        fingerprint=asked,
        answer=answer.model_dump_json(),
        now=transaction.now,
    )
    return answer


def check_same_request(earlier: str, asked: str) -> None:
    """Refuse another request under a key that was used before."""
    if earlier != asked:
        raise HubbubError(
            ErrorCode.CONFLICT,
            "This idempotency key was used for another request. Use a new key for each new request.",
        )
