"""Turning what pydantic found into the contract's field errors."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hubbub.contract.errors import ErrorCode, FieldError, HubbubError

M = TypeVar("M", bound=BaseModel)

FIELD_ERRORS = 20  # as many as somebody would mend at once
PATH_CHARS = 100  # an unknown field may have a name of a megabyte, and it is said twice

# {pydantic's error type: what the field does wrong}, to be read after the name of the field.
# https://docs.pydantic.dev/latest/errors/validation_errors/ has the types and what each tells of itself.
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be a string",
    "string_unicode": "must not hold unpaired surrogates",
    "string_too_short": "needs {min_length} or more characters",
    "string_too_long": "takes at most {max_length} characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "too_short": "needs {min_length} or more items",
    "too_long": "takes at most {max_length} items",
    "literal_error": "must be {expected}",
    "model_type": "must be an object",
}


def invalid_fields(error: ValidationError) -> HubbubError:
    """What is wrong, field by field."""
    found = error.errors(include_url=False, include_input=False)
    errors = tuple(FieldError(_path(each), _message(each)) for each in found[:FIELD_ERRORS])
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


def _path(found: ErrorDetails) -> str:
    return ".".join(str(step) for step in found["loc"])[:PATH_CHARS]


def _message(found: ErrorDetails) -> str:
    words = _WORDS.get(found["type"])
    return found["msg"] if words is None else words.format_map(found.get("ctx", {}))
