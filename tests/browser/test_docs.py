"""The documentation page tries what it describes: requests and a WebSocket, by token and by cookie."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import Kitchen
from tests.browser.looks import keeps_the_rules
from tests.support.browser import DESKTOP, PHONE, open_page, watch
from tests.support.people import PASSWORD
from tests.support.server import ServerProcess


async def opened(browser: Browser, server: ServerProcess, token: str | None = None) -> tuple[Page, list[str]]:
    """The page as somebody with a token tries it, and what goes wrong on it."""
    page = await open_page(browser, server, "/docs")
    if token is not None:
        await page.get_by_label("Token").fill(token)
    return page, watch(page)


async def tried(page: Page, operation: str) -> Locator:
    """The form of an operation, sent."""
    article = page.locator(f"#operation-{operation}")
    await article.get_by_text("Try it").click()
    await article.get_by_role("button", name="Send").click()
    await expect(article.locator(".status")).to_be_visible()
    return article


async def test_a_request_is_made_and_its_answer_shown(
    browser: Browser, shared_server: ServerProcess, kitchen: Kitchen
) -> None:
    page, problems = await opened(browser, shared_server, kitchen.ada.token)
    me = await tried(page, "get_me")
    await expect(me.locator(".status")).to_contain_text("200")
    await expect(me.locator(".answer > pre")).to_contain_text(kitchen.ada.user.username)
    await me.get_by_text("Headers").click()
    await expect(me.locator(".answer details pre")).to_contain_text("content-type: application/json")

    made = await tried(page, "create_room")
    await expect(made.locator(".status")).to_contain_text("201")
    # The room that was just made is the one that a message is posted to.
    posted = await tried(page, "post_message")
    await expect(posted.locator(".status")).to_contain_text("201")
    await expect(posted.locator(".answer > pre")).to_contain_text('"body": "Hello"')
    assert problems == []


async def test_a_refusal_is_shown_as_it_came(browser: Browser, shared_server: ServerProcess) -> None:
    page, _ = await opened(browser, shared_server, "nobody's")
    me = await tried(page, "get_me")
    await expect(me.locator(".status.bad")).to_contain_text("401")
    await expect(me.locator(".answer > pre")).to_contain_text('"code": "unauthenticated"')


async def test_a_stream_is_shown_until_it_is_stopped(
    browser: Browser, shared_server: ServerProcess, kitchen: Kitchen
) -> None:
    page, problems = await opened(browser, shared_server, kitchen.ada.token)
    stream = await tried(page, "stream_events")
    await expect(stream.locator(".answer > pre")).to_contain_text("event: ready")
    await kitchen.bo.post(kitchen.room_id, "While you watch")
    await expect(stream.locator(".answer > pre")).to_contain_text("While you watch")
    await stream.get_by_role("button", name="Stop").click()
    await expect(stream.locator(".status.bad")).to_have_text("Stopped.")
    await expect(stream.get_by_role("button", name="Stop")).to_be_hidden()
    assert problems == [f"request: {shared_server.https_url}/api/v1/events net::ERR_ABORTED"]


async def test_a_command_is_sent_and_answers_and_events_arrive(
    browser: Browser, shared_server: ServerProcess, kitchen: Kitchen
) -> None:
    page, problems = await opened(browser, shared_server, kitchen.ada.token)
    console = page.locator("#try-socket")
    await console.get_by_role("button", name="Connect", exact=True).click()
    await expect(console.get_by_text("Connected as Ada.")).to_be_visible()
    await kitchen.bo.post(kitchen.room_id, "From elsewhere")
    await expect(console.locator("[data-kind=event]").last).to_contain_text("From elsewhere")

    await page.locator("[data-command=post_message]").click()
    suggested = {"room_id": kitchen.room_id, "body": "Hello", "client_id": "try-1"}
    await expect(console.get_by_label("Data")).to_have_value(json.dumps(suggested, indent=2))
    await console.get_by_role("button", name="Send").click()
    await expect(console.locator("[data-kind=answer]").last).to_contain_text('"body": "Hello"')
    # The next one is another message.
    await console.get_by_role("button", name="Send").click()
    await expect(console.locator("[data-kind=answer]")).to_have_count(3)

    await console.get_by_label("Data").fill("no JSON")
    await console.get_by_role("button", name="Send").click()
    await expect(console.locator("[data-kind=not-sent]")).to_be_visible()
    await console.get_by_label("Data").fill('{"room_id": "nowhere"}')
    await console.get_by_role("button", name="Send").click()
    await expect(console.locator("[data-kind=refused]")).to_contain_text("invalid_fields")
    assert kitchen.ada.token not in await console.inner_text()

    await console.get_by_role("button", name="Disconnect").click()
    await expect(console.get_by_text("Closed: 1005.")).to_be_visible()
    await expect(console.get_by_role("button", name="Send")).to_be_disabled()
    assert problems == []


async def test_without_a_token_it_is_done_by_whoever_is_signed_in(
    browser: Browser, shared_server: ServerProcess, kitchen: Kitchen
) -> None:
    page, problems = await opened(browser, shared_server)
    account = {"username": kitchen.bo.user.username, "password": PASSWORD}
    await page.locator("#operation-sign_in").get_by_text("Try it").click()
    await page.locator("#operation-sign_in textarea").fill(json.dumps(account))
    await page.locator("#operation-sign_in").get_by_role("button", name="Send").click()
    await expect(page.locator("#operation-sign_in .status")).to_contain_text("201")
    await expect((await tried(page, "create_room")).locator(".status")).to_contain_text("201")
    console = page.locator("#try-socket")
    await console.get_by_role("button", name="Connect", exact=True).click()
    await expect(console.get_by_text("Connected as Bo.")).to_be_visible()
    assert problems == []


@pytest.mark.parametrize(("size", "scheme"), [("wide", "dark"), ("narrow", "light")])
async def test_its_forms_keep_the_rules_of_every_screen(
    browser: Browser, shared_server: ServerProcess, kitchen: Kitchen, size: str, scheme: Literal["light", "dark"]
) -> None:
    viewport = {"wide": DESKTOP, "narrow": PHONE}[size]
    page = await open_page(browser, shared_server, "/docs", viewport=viewport, colour_scheme=scheme)
    await page.get_by_label("Token").fill(kitchen.ada.token)
    await tried(page, "list_rooms")
    await page.locator("#try-socket").get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_text("Connected as Ada.")).to_be_visible()
    await keeps_the_rules(page, "#trying, #operation-list_rooms, #sockets, #socket-events")
