"""Turning what pydantic found into the contract's field errors."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError

M = TypeVar("M", bound=BaseModel)

FIELD_ERRORS = 20  # as many as somebody would mend at once


def invalid_fields(error: ValidationError) -> HubbubError:
    """What is wrong, field by field."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    errors = tuple(
        FieldError(".".join(str(step) for step in each["loc"]), each["msg"]) for each in found[:FIELD_ERRORS]
    )
    places = ", ".join(dict.fromkeys(each.path or "the body" for each in errors))
    return HubbubError(ErrorCode.INVALID_FIELDS, f"Mend these fields and send it again: {places}.", errors=errors)


def parse(model: type[M], data: object) -> M:
    """`data`, as it came out of JSON, as a request.

    Raises:
        HubbubError: `invalid_fields`, with the path of each.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise invalid_fields(error) from None
