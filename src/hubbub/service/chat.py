"""What every use case works with, and who it works for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from hubbub.contract.models import User
from hubbub.domain.clock import Clock
from hubbub.domain.ids import ID_RANDOM_BYTES, TOKEN_RANDOM_BYTES, make_id, make_token
from hubbub.service.known import Known
from hubbub.service.passwords import Passwords
from hubbub.service.recent import Recent
from hubbub.store.database import Store
from hubbub.store.sessions import SessionRow

KNOWN_SESSIONS = 4_096  # about 8 MB; of those who ask between two commits


@dataclass(frozen=True)
class Actor:
    """Somebody who is signed in, by one of their sessions.

    `recalled`: that they were, when they were last looked up; whoever acts for them has `sessions.are_current` say
    whether they still are, in the transaction that acts.
    """

    user: User
    session_id: str
    expires_at: datetime
    recalled: bool = False


@dataclass(frozen=True)
class Chat:
    """The parts that use cases share; one a process."""

    store: Store
    clock: Clock
    passwords: Passwords
    registration: Literal["invite", "open", "closed"]

    @cached_property
    def known_sessions(self) -> Known[SessionRow | None]:
        """By the hash of the token."""
        return Known(self.store.edition, room=KNOWN_SESSIONS, size=lambda _row: 1)

    @cached_property
    def recent_actors(self) -> Recent[Actor]:
        """By the hash of the token; what was so may not be so any more."""
        return Recent(KNOWN_SESSIONS)

    def new_id(self) -> str:
        """A fresh id for anything that has one."""
        return make_id(self.clock.now(), secrets.token_bytes(ID_RANDOM_BYTES))


def new_token() -> str:
    """A fresh bearer token or invite code."""
    return make_token(secrets.token_bytes(TOKEN_RANDOM_BYTES))


@dataclass(frozen=True)
class SessionEnded:
    """A notice after commit: whatever is connected by these sessions has to go."""

    user_id: str
    session_ids: frozenset[str]


@dataclass(frozen=True)
class SessionProlonged:
    """A notice after commit: this session was used, and ends later than was known."""

    user_id: str
    session_id: str
    expires_at: datetime
