"""What every object of the contract is: strict where it comes in, complete where it goes out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """What somebody sends."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What the server says."""

    model_config = ConfigDict(frozen=True)
