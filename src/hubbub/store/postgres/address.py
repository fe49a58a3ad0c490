"""Where a PostgreSQL database is, as somebody set it; known without the driver."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class PostgresAddress:
    """A connection URI of libpq; it may hold a password, so it is shown without.

    Source: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
    """

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """Scheme, host and database."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def __str__(self) -> str:
        return self.name
