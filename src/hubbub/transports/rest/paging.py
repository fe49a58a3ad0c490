"""The query strings of lists: lax about types, since all of them arrive as text, strict about names."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hubbub.contract import limits
from hubbub.contract.fields import Cursor, Id, SearchText


class ListPage(BaseModel):
    """`after` is the cursor that the page before gave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=limits.LIST_PAGE)] = limits.LIST_PAGE_DEFAULT


class HistoryQuery(BaseModel):
    """At most one of the cursors; without one, the newest messages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: Cursor | None = None
    after: Cursor | None = None
    around: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=limits.HISTORY_PAGE)] = limits.HISTORY_PAGE_DEFAULT


class SearchQuery(BaseModel):
    """All the words of `q`, in any order; `before` is the cursor that the page before gave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: SearchText
    room_id: Id | None = None
    author_id: Id | None = None
    before: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=limits.SEARCH_PAGE)] = limits.SEARCH_PAGE_DEFAULT


class ChangesQuery(BaseModel):
    """Without `since`, the cursor of now; with `wait`, the answer comes when there is a change, or so late."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Cursor | None = None
    wait: Annotated[float, Field(ge=0, le=limits.CHANGES_WAIT_SECONDS, allow_inf_nan=False)] = 0
    limit: Annotated[int, Field(ge=1, le=limits.CHANGES_PAGE)] = limits.CHANGES_PAGE_DEFAULT


class EventsQuery(BaseModel):
    """`since` is where to resume; the `Last-Event-ID` header wins over it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Cursor | None = None
