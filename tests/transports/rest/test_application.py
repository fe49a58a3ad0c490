"""The Quart application: fresh each time, asking for its backend only when somebody comes."""

from __future__ import annotations

import logging

import pytest
from prometheus_client import CollectorRegistry

from hubbub.transports.backend import Backend
from hubbub.transports.rest.application import PREFIX, create_rest
from hubbub.transports.rest.operation import EXTENSION
from hubbub.transports.rest.server import Condition
from tests.support.api import Api, Caller, Person, create_app


def nowhere() -> Backend:
    raise RuntimeError("there is no backend yet")


async def test_an_application_needs_no_backend_before_its_first_request(caplog: pytest.LogCaptureFixture) -> None:
    guest = Caller(create_rest(nowhere, Condition(lambda: None, CollectorRegistry())))
    assert (await guest.get("//docs")).status == 200
    with caplog.at_level(logging.ERROR):
        reply = await guest.get("/server")
    assert (reply.status, reply.code) == (500, "internal")


async def test_two_applications_share_what_is_behind_them_and_nothing_else(api: Api) -> None:
    ada = await api.person("ada")
    other = create_app(api.world)
    assert other is not api.app
    assert (await Person(other, ada.signed_in).see("/users/me")) == ada.user
    assert other.extensions[EXTENSION] is not api.app.extensions[EXTENSION]


async def test_every_address_is_of_the_api_or_for_machines(api: Api) -> None:
    outside = {rule.rule for rule in api.app.url_map.iter_rules() if not rule.rule.startswith(f"{PREFIX}/")}
    documentation = {address for address in outside if address.startswith("/docs/")}
    assert outside - documentation == {"/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json", "/docs"}
    assert {address.rpartition(".")[2] for address in documentation} == {"css", "js"}


async def test_no_file_of_the_package_is_served(api: Api) -> None:
    assert api.app.static_folder is None
    for path in ("//static/application.py", "//docs/../application.py", "//application.py"):
        assert (await api.guest.get(path)).status == 404
