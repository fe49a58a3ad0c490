"""Every way a request can fail, as one problem document."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

from pydantic import ValidationError
from quart import Quart, Response, has_request_context, request, websocket
from quart_schema import RequestSchemaValidationError
from werkzeug.exceptions import HTTPException

from hubbub.composite.problem import Problem, problem_document, retry_after_header
from hubbub.composite.request_id import request_id_of
from hubbub.composite.types import Scope
from hubbub.contract.errors import STATUS, ErrorCode, HubbubError
from hubbub.transports.validation import invalid_fields

log = logging.getLogger(__name__)

_CODES = {status: code for code, status in STATUS.items()}
_DETAILS = {
    ErrorCode.NOT_FOUND: "There is nothing at this address. See /docs for what there is.",
    ErrorCode.METHOD_NOT_ALLOWED: "This address does not take this method. The Allow header names those it takes.",
    ErrorCode.INVALID_REQUEST: "The request cannot be understood. See /docs for what this address takes.",
}


def handle_errors(app: Quart) -> None:
    """Answer each error of an application with its problem document."""
    app.register_error_handler(HubbubError, _hubbub_error)
    app.register_error_handler(RequestSchemaValidationError, _schema_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unforeseen)


async def _hubbub_error(error: HubbubError) -> Response:
    return _problem(error)


async def _schema_error(error: RequestSchemaValidationError) -> Response:
    cause = error.validation_error
    if isinstance(cause, ValidationError):
        return _problem(invalid_fields(cause))
    return _problem(HubbubError(ErrorCode.INVALID_FIELDS, "The request does not have the documented shape."))


async def _http_error(error: HTTPException) -> Response:
    code = _CODES.get(error.code or 500)
    if code is None:
        code = ErrorCode.INVALID_REQUEST if (error.code or 500) < 500 else ErrorCode.INTERNAL
    response = _problem(HubbubError(code, _DETAILS.get(code) or error.description or error.name))
    allow: Any = getattr(error, "valid_methods", None)
    if allow:
        response.headers["Allow"] = ", ".join(sorted(allow))
    return response


async def _unforeseen(error: Exception) -> Response:
    scope = _scope()
    log.error("%s %s failed", scope.get("method", "WEBSOCKET"), scope["path"], exc_info=error)
    return _problem(HubbubError(ErrorCode.INTERNAL, "The server failed at this. The log has it under the request id."))


def _scope() -> Scope:
    """Of a request, or of a websocket: Quart answers one to an address that is not there as well."""
    return cast(Scope, (request if has_request_context() else websocket).scope)


def _problem(error: HubbubError) -> Response:
    problem = Problem(
        status=error.status,
        code=error.code,
        detail=error.detail,
        errors=tuple((each.path, each.message) for each in error.errors),
        retry_after=error.retry_after,
    )
    response = Response(
        json.dumps(problem_document(problem, request_id_of(_scope()))),
        status=error.status,
        content_type="application/problem+json",
    )
    response.headers["Cache-Control"] = "no-store"
    if error.retry_after is not None:
        response.headers["Retry-After"] = retry_after_header(error.retry_after).decode()
    if error.code is ErrorCode.UNAUTHENTICATED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="hubbub"'  # RFC 9110, 15.5.2
    return response
