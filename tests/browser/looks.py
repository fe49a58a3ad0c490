"""The rules that every screen is held to, and a picture of it for people."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.support.browser import screenshot
from tests.support.machine import ROOT, missing

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TEXT_PIXELS = 14.0

SMALLEST_TEXT = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let smallest = Infinity;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.data.trim() && node.parentElement.checkVisibility()) {
      smallest = Math.min(smallest, parseFloat(getComputedStyle(node.parentElement).fontSize));
    }
  }
  return smallest;
}"""
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(each => each.checkVisibility() && !each.closest('pre, .visually-hidden, .skip'))
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.className || each.tagName)"""


async def check(page: Page, name: str) -> None:
    """Take the picture, then hold the screen to the rules."""
    # What moves for a moment is measured when it stands.
    await page.evaluate(
        "() => Promise.allSettled(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1)"
        ".map(animation => animation.finished))"
    )
    await screenshot(page, name)
    await keeps_the_rules(page)


async def keeps_the_rules(page: Page, within: str = "html") -> None:
    """Hold a screen, or the parts of it that a selector names, to the rules."""
    if not AXE.is_file():
        missing("axe-core is not installed: `make setup` does that.")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    options = {"runOnly": RULES, "resultTypes": ["violations"]}  # of what passes, one node says enough
    found: dict[str, Any] = await page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
    complaints = [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in found["violations"]]
    assert complaints == []
    assert await page.evaluate(SMALLEST_TEXT) >= TEXT_PIXELS
    assert await page.evaluate(TOO_WIDE) == []
