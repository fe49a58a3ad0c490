"""When two names are the same name, whatever their case or composition."""

from __future__ import annotations

import unicodedata


def username_key(username: str) -> str:
    """What usernames are compared by: `Ada`, `ADA` and full-width `Ａｄａ` are one person."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).casefold())


def direct_key(user_ids: frozenset[str]) -> str:
    """The one name of the room that these people, all of them, share for direct messages."""
    return " ".join(sorted(user_ids))
