"""Rooms: found, made, changed, filled, left, deleted; and direct messages."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Kitchen, OpenPage
from tests.support.people import People


async def test_an_owner_changes_fills_and_deletes_a_room(
    kitchen: Kitchen, open_chat: OpenPage, people: People
) -> None:
    newcomer = await people.register(display_name="Newcomer Nine")
    ada = await open_chat(kitchen.ada, f"{kitchen.path}/details")
    bo = await open_chat(kitchen.bo, kitchen.path)
    details = ada.page.get_by_role("complementary", name="Room details")

    await details.get_by_role("button", name="Edit").click()
    await ada.page.get_by_label("Name", exact=True).fill("pantry")
    await ada.page.get_by_role("button", name="Save").click()
    await expect(bo.page.locator(".room-head__title")).to_have_text("pantry")

    await details.get_by_role("button", name="Add people").click()
    await ada.page.get_by_role("combobox").fill(newcomer.user.username)
    await ada.page.get_by_role("option", name="Newcomer Nine").click()
    await expect(ada.page.get_by_role("option", name="Newcomer Nine")).to_have_count(0)
    await ada.page.keyboard.press("Escape")
    await expect(details.get_by_role("listitem")).to_have_count(3)
    await details.get_by_role("button", name="Remove Newcomer Nine").click()
    await expect(details.get_by_role("listitem")).to_have_count(2)

    await details.get_by_role("button", name="Delete").click()
    await ada.page.get_by_role("dialog").get_by_role("button", name="Delete room").click()
    await expect(bo.page.get_by_role("heading", name="You are not in this room")).to_be_visible()
    await expect(ada.rooms).to_have_count(0)
    assert ada.problems + bo.problems == []


async def test_a_member_leaves_and_comes_back(kitchen: Kitchen, open_chat: OpenPage) -> None:
    bo = await open_chat(kitchen.bo, f"{kitchen.path}/details")
    details = bo.page.get_by_role("complementary", name="Room details")
    await expect(details.get_by_role("button", name="Delete")).to_have_count(0)
    await details.get_by_role("button", name="Leave").click()
    await bo.page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(bo.page.get_by_role("heading", name="Welcome")).to_be_visible()
    await bo.page.goto(kitchen.path)
    await bo.page.get_by_role("button", name="Join").click()
    await expect(bo.page.locator(".room-head__title")).to_have_text("kitchen")
    await bo.write("Back again")
    await bo.sees("Back again")


async def test_direct_messages_are_a_room_of_two(kitchen: Kitchen, open_chat: OpenPage) -> None:
    ada = await open_chat(kitchen.ada, f"{kitchen.path}/details")
    bo = await open_chat(kitchen.bo, "/")
    await ada.page.get_by_role("button", name="Message Bo").click()
    await expect(ada.page.locator(".room-head__title")).to_have_text("Bo")
    await ada.write("Just between us")
    item = bo.rooms.filter(has_text="Ada")
    await expect(item).to_contain_text("1")
    await item.click()
    await bo.sees("Just between us")
    await expect(ada.page.get_by_role("paragraph").filter(has_text="Online")).to_be_visible()


async def test_jump_to_finds_rooms_and_people(kitchen: Kitchen, open_chat: OpenPage) -> None:
    attic = await kitchen.ada.create_room("attic")
    ada = await open_chat(kitchen.ada, kitchen.path)
    await ada.page.keyboard.press("Control+k")
    await ada.page.keyboard.type("ATT")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".room-head__title")).to_have_text("attic")
    assert attic.id in ada.page.url
    await ada.page.keyboard.press("Control+k")
    await ada.page.keyboard.type("nobody is called like this")
    await expect(ada.page.get_by_text("No room and nobody is called like that.")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)
    await expect(ada.composer).to_be_focused()
