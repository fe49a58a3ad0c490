"""Everything by keyboard alone, with the focus always to be seen."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import Kitchen, OpenPage

HAS_VISIBLE_FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return false;
  const box = one.getBoundingClientRect();
  const field = one.closest('.composer__field');
  const outlined = getComputedStyle(one).outlineStyle !== 'none';
  const shadowed = field !== null && getComputedStyle(field).boxShadow !== 'none';
  return (outlined || shadowed) && box.width > 0 && box.height > 0;
}"""
NAME = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || ''"
TAB_STOPS = 60  # more than the page has in one column


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element with that name has the focus, which must be visible at every stop."""
    seen = []
    for _ in range(TAB_STOPS):
        await page.keyboard.press("Tab")
        if not await page.evaluate("() => document.activeElement !== document.body"):
            continue
        assert await page.evaluate(HAS_VISIBLE_FOCUS), f"no visible focus on {await page.evaluate(NAME)!r}"
        seen.append(await page.evaluate(NAME))
        if name in seen[-1]:
            return
    raise AssertionError(f"{name!r} cannot be reached; there were {seen}")


async def test_a_walk_through_the_page(kitchen: Kitchen, open_chat: OpenPage) -> None:
    for text in ("first", "second", "third"):
        await kitchen.bo.post(kitchen.room_id, text)
    chat = await open_chat(kitchen.ada, kitchen.path)
    page = chat.page
    await expect(chat.message("third")).to_be_visible()
    await expect(chat.composer).to_be_focused()

    await page.keyboard.press("Shift+F6")
    await expect(chat.message("third")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(chat.message("second")).to_be_focused()
    await page.keyboard.press("Home")
    await expect(chat.message("first")).to_be_focused()
    await expect(chat.message("first").locator("time")).to_have_css("opacity", "1")
    await tab_to(page, "React")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="React with 👍")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(chat.message("first").get_by_role("button", name="👍 1 by you")).to_be_visible()
    await expect(chat.message("first")).to_be_focused()
    await tab_to(page, "Reply")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Replying to Bo")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("Replying to Bo")).to_be_hidden()

    await tab_to(page, "New room")
    await page.keyboard.press("Enter")
    await page.keyboard.type("cellar")
    await page.keyboard.press("Enter")
    await expect(page.locator(".room-head__title")).to_have_text("cellar")
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator(".room-head__title")).to_have_text("kitchen")

    await tab_to(page, "Details")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("complementary")).to_be_focused()
    await tab_to(page, "Message Bo")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary")).to_be_hidden()
    await expect(page.get_by_role("button", name="Details, 2 people")).to_be_focused()


async def test_shift_enter_is_a_new_line_and_an_edit_gives_the_draft_back(
    kitchen: Kitchen, open_chat: OpenPage
) -> None:
    chat = await open_chat(kitchen.ada, kitchen.path)
    height = "() => document.querySelector('textarea').clientHeight"
    low = await chat.page.evaluate(height)
    await chat.composer.press_sequentially("one")
    await chat.composer.press("Shift+Enter")
    await chat.composer.press_sequentially("two")
    assert await chat.page.evaluate(height) > low
    await chat.composer.press("Enter")
    await chat.sees("one\ntwo")

    await chat.composer.fill("a draft")
    await chat.on_message("one", "Edit")
    await expect(chat.composer).to_have_value("one\ntwo")
    await chat.composer.press("Escape")
    await expect(chat.composer).to_have_value("a draft")
