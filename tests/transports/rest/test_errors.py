"""Every way a request can fail, as one problem document."""

from __future__ import annotations

import logging
from typing import cast

import pytest
from quart import Quart
from quart.testing.connections import WebsocketResponseError
from quart_schema import RequestSchemaValidationError
from werkzeug.exceptions import Conflict, GatewayTimeout, ImATeapot, ServiceUnavailable

from hubbub.composite.types import ASGIApp
from hubbub.contract.errors import STATUS, ErrorCode, FieldError, HubbubError
from hubbub.contract.models import Problem
from hubbub.transports.rest.errors import handle_errors
from tests.support.api import Api, Caller, Reply
from tests.support.asgi_calls import call, websocket_scope

KEYS = {"type", "title", "status", "code", "detail", "errors", "request_id"}


async def fail(error: Exception) -> Reply:
    """What an application answers that raises this."""
    app = Quart(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    handle_errors(app)

    @app.get("/")
    async def view() -> str:
        raise error

    return await Caller(app).get("//")


@pytest.mark.parametrize("code", ErrorCode)
async def test_each_code_has_its_status_and_the_one_shape(code: ErrorCode) -> None:
    reply = await fail(HubbubError(code, "What happened."))
    assert (reply.status, reply.code) == (STATUS[code], code.value)
    assert set(reply.json) == KEYS
    assert reply.json["type"] == f"/docs#error-{code.value}"
    assert reply.json["detail"] == "What happened."
    assert reply.json["errors"] == []
    assert reply.headers["cache-control"] == "no-store"
    Problem.model_validate_json(reply.body)


async def test_fields_and_the_time_to_wait_are_told() -> None:
    reply = await fail(
        HubbubError(ErrorCode.RATE_LIMITED, "Wait.", errors=(FieldError("a.0", "is wrong"),), retry_after=1.2)
    )
    assert set(reply.json) == KEYS | {"retry_after"}
    assert reply.json["errors"] == [{"path": "a.0", "message": "is wrong"}]
    assert reply.json["retry_after"] == 1.2
    assert reply.headers["retry-after"] == "2"


async def test_who_is_not_signed_in_is_told_how_to_be() -> None:
    reply = await fail(HubbubError(ErrorCode.UNAUTHENTICATED, "Sign in."))
    assert reply.headers["www-authenticate"] == 'Bearer realm="hubbub"'
    assert "www-authenticate" not in (await fail(HubbubError(ErrorCode.FORBIDDEN, "No."))).headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Conflict("Somebody was faster."), 409, "conflict"),
        (ServiceUnavailable("Come back."), 503, "server_busy"),
        # A status without a code of ours becomes the nearest one that has.
        (ImATeapot("Short and stout."), 400, "invalid_request"),
        (GatewayTimeout("Nobody is there."), 500, "internal"),
        (RequestSchemaValidationError(TypeError("not of pydantic")), 422, "invalid_fields"),
    ],
)
async def test_errors_of_the_libraries_are_answered_in_our_shape(error: Exception, status: int, code: str) -> None:
    reply = await fail(error)
    assert (reply.status, reply.code) == (status, code)
    assert set(reply.json) == KEYS


async def test_what_nobody_foresaw_is_in_the_log_and_not_in_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await fail(ZeroDivisionError("the secret of the server"))
    assert (reply.status, reply.code) == (500, "internal")
    assert b"secret" not in reply.body
    (record,) = caplog.records
    assert record.getMessage() == "GET / failed"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


# --- addresses and methods that are not there ---


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/rooms/",
        "//api/v1",
        "//api/v1/",
        "//api/v2/rooms",
        "//api/v1//rooms",
        "//docs/",
        "//docs/../openapi.json",
        "/rooms/a%2Fb",
        "/users/me/more",
        "/%ff",
        "/\u00e9",
    ],
)
async def test_an_address_that_is_none_of_ours_is_a_404(api: Api, path: str) -> None:
    ada = await api.person("ada")
    reply = await ada.get(path)
    assert (reply.status, reply.code) == (404, "not_found")
    assert reply.json["detail"]
    assert "location" not in reply.headers


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/users/me", "GET, HEAD, PATCH"),
        ("PUT", "/rooms", "GET, HEAD, POST"),
        ("GET", "/sessions/current", "DELETE"),
        ("POST", "/server", "GET, HEAD"),
        ("OPTIONS", "/rooms", "GET, HEAD, POST"),
        # Not those of a room: no room is called so.
        ("GET", "/rooms/direct", "POST"),
        ("OPTIONS", "/rooms/direct", "POST"),
        ("TRACE", "/users/me", "GET, HEAD, PATCH"),
        ("CONNECT", "/users/me", "GET, HEAD, PATCH"),
        ("BREW", "/users/me", "GET, HEAD, PATCH"),
        ("POST", "//healthz", "GET, HEAD"),
        ("POST", "//docs", "GET, HEAD"),
    ],
)
async def test_a_method_that_an_address_does_not_take_is_a_405_that_names_those_it_does(
    api: Api, method: str, path: str, allow: str
) -> None:
    ada = await api.person("ada")
    reply = await ada.call(method, path)
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.headers["allow"] == allow


async def test_head_is_get_without_a_body(api: Api) -> None:
    ada = await api.person("ada")
    whole, head = await ada.get("/users/me"), await ada.call("HEAD", "/users/me")
    assert head.status == 200
    assert {**head.headers} == {**whole.headers}
    missing = await ada.call("HEAD", "/users/nobody")
    assert missing.status == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_a_websocket_at_an_address_that_is_none_of_ours_is_refused_in_our_shape() -> None:
    app = Quart(__name__)
    handle_errors(app)
    refusal = await call(cast(ASGIApp, app), websocket_scope("/nowhere"))
    assert refusal.status == 404
    assert set(refusal.document) == KEYS


@pytest.mark.parametrize(("path", "code"), [("/api/v1/ws", "not_found"), ("/api/v1/rooms", "method_not_allowed")])
async def test_a_websocket_to_where_none_is_gets_a_problem_too(api: Api, path: str, code: str) -> None:
    with pytest.raises(WebsocketResponseError) as refused:
        async with api.app.test_client().websocket(path) as websocket:
            await websocket.receive()
    response = refused.value.response
    assert response.status_code == STATUS[ErrorCode(code)]
    assert Problem.model_validate_json(await response.get_data(as_text=True)).code == code
