"""A walk over every route there is: each has a schema, a limit and its errors, and each fails in the same shape."""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from quart import Quart
from quart_schema.validation import (
    QUART_SCHEMA_QUERYSTRING_ATTRIBUTE,
    QUART_SCHEMA_REQUEST_ATTRIBUTE,
    QUART_SCHEMA_RESPONSE_ATTRIBUTE,
)
from werkzeug.routing.rules import Rule

from hubbub.composite.addresses import UNIX
from hubbub.composite.rates import Rate
from hubbub.contract.errors import STATUS, ErrorCode, HubbubError
from hubbub.contract.models import Answer, Problem, Request
from hubbub.transports.backend import GUESTS, Backend
from hubbub.transports.rest.application import PREFIX, create_rest
from hubbub.transports.rest.operation import TRAITS_ATTRIBUTE, Nothing, Traits
from hubbub.transports.rest.server import Condition
from tests.support.api import Api, Caller, Reply, open_api
from tests.support.people import People
from tests.support.rest import rest_client
from tests.support.server import ServerProcess


def nowhere() -> Backend:
    raise RuntimeError("nothing is behind this application")


APP = create_rest(nowhere, Condition(lambda: None, CollectorRegistry()))
ROUTES = [rule for rule in APP.url_map.iter_rules() if rule.rule.startswith(PREFIX)]
NAMES = [f"{rule.endpoint}" for rule in ROUTES]

every_route = pytest.mark.parametrize("rule", ROUTES, ids=NAMES)


def traits_of(rule: Rule) -> Traits:
    found = getattr(APP.view_functions[rule.endpoint], TRAITS_ATTRIBUTE)
    assert isinstance(found, Traits)
    return found


def method_of(rule: Rule) -> str:
    (method,) = (rule.methods or set()) - {"HEAD"}
    return method


def path_of(rule: Rule) -> str:
    """An address of the route, with nothing behind it."""
    return re.sub("<.*?>", "x", rule.rule)


def taken(rule: Rule) -> type[Request] | None:
    """The model of the body, if the route takes one."""
    found = getattr(APP.view_functions[rule.endpoint], QUART_SCHEMA_REQUEST_ATTRIBUTE, None)
    return None if found is None else found[0]


# --- what each route has ---


def test_there_are_routes() -> None:
    assert len(ROUTES) >= 25


@every_route
def test_it_has_one_method_and_a_line_of_documentation(rule: Rule) -> None:
    assert method_of(rule) in {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert (inspect.getdoc(APP.view_functions[rule.endpoint]) or "").split("\n")[0].endswith(".")


@every_route
def test_it_has_a_schema_for_what_comes_in_and_goes_out(rule: Rule) -> None:
    view = APP.view_functions[rule.endpoint]
    (status, (answer, _)), *more = getattr(view, QUART_SCHEMA_RESPONSE_ATTRIBUTE).items()
    assert not more
    assert answer is Nothing if status == 204 else issubclass(answer, Answer)
    body = taken(rule)
    assert (body is not None) == (method_of(rule) in ("POST", "PATCH") or rule.endpoint == "rooms.mark_read")
    assert body is None or issubclass(body, Request)
    query = getattr(view, QUART_SCHEMA_QUERYSTRING_ATTRIBUTE, None)
    assert (query is not None) <= (method_of(rule) == "GET")


@every_route
def test_it_has_a_rate_limit(rule: Rule) -> None:
    assert isinstance(traits_of(rule).rate, Rate)


@every_route
def test_it_documents_the_errors_it_can_give(rule: Rule) -> None:
    errors = set(traits_of(rule).errors)
    assert {ErrorCode.INVALID_REQUEST, ErrorCode.RATE_LIMITED, ErrorCode.SERVER_BUSY, ErrorCode.INTERNAL} <= errors
    assert (ErrorCode.UNAUTHENTICATED in errors) or traits_of(rule).guest
    assert (ErrorCode.UNSUPPORTED_MEDIA_TYPE in errors) == (taken(rule) is not None)
    assert (ErrorCode.FORBIDDEN in errors) == (method_of(rule) != "GET")
    assert (ErrorCode.CONFLICT in errors) >= (method_of(rule) == "POST")
    if rule.arguments:
        assert ErrorCode.NOT_FOUND in errors


@every_route
async def test_it_lets_in_nobody_without_a_session(api: Api, rule: Rule) -> None:
    reply = await api.guest.call(method_of(rule), f"/{path_of(rule)}")
    if not traits_of(rule).guest:
        assert (reply.status, reply.code) == (401, "unauthenticated")


@every_route
async def test_it_is_limited(api: Api, rule: Rule) -> None:
    ada = await api.person("ada")
    caller = api.guest if traits_of(rule).guest else ada
    exhaust(api, traits_of(rule).rate, UNIX if traits_of(rule).guest else ada.id)
    reply = await caller.call(method_of(rule), f"/{path_of(rule)}")
    assert (reply.status, reply.code) == (429, "rate_limited")
    assert reply.json["retry_after"] > 0


def exhaust(api: Api, rate: Rate, who: str) -> None:
    """Take all that the rate gives at once; a client in memory has no address and counts as one of a Unix socket."""
    while api.world.limiter.take(rate, who) is None:
        continue


@every_route
async def test_it_fails_in_our_shape(rule: Rule, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        reply = await Caller(APP).call(method_of(rule), f"/{path_of(rule)}")
    assert (reply.status, reply.code) == (500, "internal")
    Problem.model_validate_json(reply.body)


# --- one shape for all ---

KEYS = {"type", "title", "status", "code", "detail", "errors", "request_id"}
WAITING = {ErrorCode.RATE_LIMITED, ErrorCode.SERVER_BUSY}
JSON = {"content-type": "application/json"}
TOO_LARGE = b'{"name": "' + b"x" * (2 * 1024 * 1024) + b'"}'
FOREIGN = {"origin": "https://elsewhere.example", "cookie": "hubbub_session=x"}


@dataclass(frozen=True)
class Failure:
    """A request and the code of its failure, for somebody signed in at the real server."""

    code: ErrorCode
    method: str
    path: str
    headers: dict[str, str]
    content: bytes = b""


FAILURES = [
    Failure(ErrorCode.INVALID_REQUEST, "POST", f"{PREFIX}/rooms", JSON, b"{"),
    Failure(ErrorCode.UNAUTHENTICATED, "GET", f"{PREFIX}/rooms", {"authorization": "Bearer nobody"}),
    Failure(ErrorCode.FORBIDDEN, "POST", f"{PREFIX}/rooms", {**JSON, **FOREIGN}, b"{}"),
    Failure(ErrorCode.NOT_FOUND, "GET", f"{PREFIX}/rooms/nothing", {}),
    Failure(ErrorCode.NOT_FOUND, "GET", "/nothing", {}),
    Failure(ErrorCode.NOT_FOUND, "GET", "/assets/nothing.js", {}),
    Failure(ErrorCode.METHOD_NOT_ALLOWED, "DELETE", f"{PREFIX}/rooms", {}),
    Failure(ErrorCode.METHOD_NOT_ALLOWED, "DELETE", "/healthz", {}),
    Failure(ErrorCode.METHOD_NOT_ALLOWED, "POST", "/", {}),
    Failure(ErrorCode.TOO_LARGE, "POST", f"{PREFIX}/rooms", JSON, TOO_LARGE),
    Failure(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "POST", f"{PREFIX}/rooms", {"content-type": "text/plain"}, b"{}"),
    Failure(ErrorCode.INVALID_FIELDS, "POST", f"{PREFIX}/rooms", JSON, b"{}"),
]


@pytest.mark.parametrize("http2", [True, False], ids=["h2", "h1"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: f"{failure.code.value} {failure.path[:20]}")
async def test_the_real_server_fails_in_one_shape(shared_server: ServerProcess, failure: Failure, http2: bool) -> None:
    async with People(shared_server) as people, rest_client(shared_server, http2=http2) as client:
        person = await people.register()
        headers = {"authorization": f"Bearer {person.token}", **failure.headers}
        answer = await client.request(failure.method, failure.path, headers=headers, content=failure.content)
    assert (answer.status_code, answer.json()["code"]) == (STATUS[failure.code], failure.code.value)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json()) == KEYS
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    Problem.model_validate_json(answer.content)


@pytest.mark.parametrize("http2", [True, False], ids=["h2", "h1"])
@pytest.mark.parametrize(
    ("path", "status"), [(f"{PREFIX}/users/me", 200), (f"{PREFIX}/users/nobody", 404), ("/docs", 200)]
)
async def test_the_real_server_answers_head_with_the_headers_alone(
    shared_server: ServerProcess, path: str, status: int, http2: bool
) -> None:
    async with People(shared_server) as people, rest_client(shared_server, http2=http2) as client:
        client.headers["authorization"] = f"Bearer {(await people.register()).token}"
        whole, head, after = await client.get(path), await client.head(path), await client.get(path)
    assert (whole.status_code, head.status_code, after.status_code) == (status, status, status)
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["content-type"] == whole.headers["content-type"]


def failing_with(error: HubbubError) -> Quart:
    """An application whose backend refuses everything."""

    def refuse() -> Backend:
        raise error

    return create_rest(refuse, Condition(lambda: None, CollectorRegistry()))


async def come_too_often(api: Api) -> Reply:
    exhaust(api, GUESTS, UNIX)
    return await api.guest.get("/server")


async def be_busy(_: Api) -> Reply:
    busy = HubbubError(ErrorCode.SERVER_BUSY, "Come back.", retry_after=2.5)
    return await Caller(failing_with(busy)).get("/server")


async def be_gone(_: Api) -> Reply:
    return await Caller(failing_with(HubbubError(ErrorCode.GONE, "It was here."))).get("/server")


async def be_taken(api: Api) -> Reply:
    account: dict[str, Any] = {"username": "ada", "password": "a long enough password"}
    await api.guest.post("/users", account)
    return await api.guest.post("/users", account)


async def break_down(_: Api) -> Reply:
    return await Caller(APP).get("/server")


@pytest.mark.parametrize(
    ("code", "provoke"),
    [
        (ErrorCode.RATE_LIMITED, come_too_often),
        (ErrorCode.SERVER_BUSY, be_busy),
        (ErrorCode.GONE, be_gone),
        (ErrorCode.CONFLICT, be_taken),
        (ErrorCode.INTERNAL, break_down),
    ],
)
async def test_what_a_real_server_does_not_do_on_demand_has_the_same_shape(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, code: ErrorCode, provoke: Callable[[Api], Awaitable[Reply]]
) -> None:
    with caplog.at_level(logging.CRITICAL):
        async with open_api(tmp_path) as api:
            reply = await provoke(api)
    assert (reply.status, reply.code) == (STATUS[code], code.value)
    assert set(reply.json) == KEYS | ({"retry_after"} if code in WAITING else set())
    assert ("retry-after" in reply.headers) == (code in WAITING)
    Problem.model_validate_json(reply.body)


def test_every_code_is_seen_here() -> None:
    on_demand = {failure.code for failure in FAILURES}
    provoked = {ErrorCode.RATE_LIMITED, ErrorCode.SERVER_BUSY, ErrorCode.GONE, ErrorCode.CONFLICT, ErrorCode.INTERNAL}
    assert on_demand | provoked == set(ErrorCode)
