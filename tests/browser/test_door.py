"""The first account, invitations, signing in and out, devices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.pages import ChatPage
from tests.support.browser import browser_for, open_page
from tests.support.people import PASSWORD
from tests.support.server import ServerProcess


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server as it is when somebody starts it for the first time: by invitation, with nobody in it."""
    server = ServerProcess(tmp_path)
    try:
        server.start()
        yield server
        server.end()
    finally:
        server.release()


async def make_account(page: Page, username: str, name: str) -> None:
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Username").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Password").press("Enter")


async def test_the_first_one_owns_the_server_and_invites_the_next(empty_server: ServerProcess) -> None:
    async with browser_for(empty_server) as browser:
        page = await open_page(browser, empty_server)
        await expect(page.get_by_text("you will own this server")).to_be_visible()
        await make_account(page, "ada", "Ada")
        await page.get_by_role("button", name="Make a room").click()
        await page.get_by_label("Name", exact=True).fill("kitchen")
        await page.get_by_role("button", name="Make the room").click()
        await expect(page.locator(".room-head__title")).to_have_text("kitchen")

        await page.get_by_role("button", name="You and your devices").click()
        await page.get_by_role("button", name="Invite people").click()
        await page.get_by_role("button", name="Make a link").click()
        link = await page.get_by_label("Invite link").input_value()

        stranger = await open_page(browser, empty_server)
        await expect(stranger.get_by_text("Ask the owner of this server for an invite link")).to_be_visible()
        await stranger.goto(link)
        await expect(stranger.get_by_text("You are invited")).to_be_visible()
        await make_account(stranger, "bo", "Bo")
        await expect(stranger.get_by_role("heading", name="Welcome")).to_be_visible()
        assert "/join/" not in stranger.url
        await stranger.locator(".room__place").get_by_role("button", name="Browse rooms").click()
        await stranger.get_by_role("option", name="kitchen").click()
        bo = ChatPage(stranger, [])
        await bo.write("Thank you for having me")
        await ChatPage(page, []).message("Thank you for having me").wait_for()

        await stranger.goto(link)
        await expect(stranger.locator(".room-head__title")).to_have_text("kitchen")


async def test_what_is_wrong_is_said_beside_the_field(empty_server: ServerProcess) -> None:
    async with browser_for(empty_server) as browser:
        page = await open_page(browser, empty_server)
        await page.get_by_role("button", name="Make my account").click()
        username = page.get_by_label("Username")
        await expect(username).to_be_focused()
        await expect(username).to_have_accessible_description(re.compile("Please fill this in"))
        await page.get_by_label("Password").fill("short")
        await page.get_by_label("Password").press("Enter")
        await expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
        await make_account(page, "ada", "Ada")
        await expect(page.get_by_role("navigation", name="Rooms")).to_be_visible()

        other = await open_page(browser, empty_server)
        await other.get_by_label("Username").fill("ada")
        await other.get_by_label("Password").fill("not the password")
        await other.get_by_role("button", name="Sign in").click()
        await expect(other.get_by_role("alert")).to_be_visible()
        await other.get_by_label("Password").fill(PASSWORD)
        await other.get_by_role("button", name="Sign in").click()
        await expect(other.locator(".me__name")).to_have_text("Ada")

        await other.get_by_role("button", name="You and your devices").click()
        devices = other.get_by_role("dialog").get_by_role("listitem")
        await expect(devices).to_have_count(2)
        await expect(devices.first).to_contain_text("This device")
        await devices.last.get_by_role("button", name=re.compile("^Sign out")).click()
        await expect(devices).to_have_count(1)
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

        await other.get_by_role("dialog").get_by_role("button", name="Sign out", exact=True).click()
        await other.get_by_role("dialog").get_by_role("button", name="Sign out", exact=True).click()
        await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
        await other.reload()
        await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
