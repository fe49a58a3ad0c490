"""The documentation page: everything is on it, every link leads somewhere, and it needs nobody else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from playwright.async_api import Request

from hubbub.contract.asyncapi import asyncapi_document
from hubbub.contract.errors import STATUS, ErrorCode
from hubbub.contract.models import ChangeType
from hubbub.transports.commands import COMMAND_TABLE
from hubbub.transports.rest.documentation.files import SCRIPT_PATH, STYLE_PATH, page_files
from hubbub.transports.rest.documentation.page import page
from tests.support.browser import DESKTOP, PHONE, browser_for, open_page, watch
from tests.support.server import ServerProcess

VOID = {"meta", "link", "wbr", "input"}
OWN_FILES = {STYLE_PATH, SCRIPT_PATH, "/favicon.svg", "/openapi.json", "/asyncapi.json"}
STYLE = page_files()[STYLE_PATH].content.decode()
ASYNCAPI = asyncapi_document("1.2.3")


class Reader(HTMLParser):
    """What is in a page; fails for a tag that is not closed in its place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links |= {value or "" for name, value in attrs if name in ("href", "src")}
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not self._open or self._open[-1] not in ("script", "style"), data
        self.text += data


@pytest.fixture
def read(document: dict[str, Any]) -> Reader:
    return Reader(page(document, ASYNCAPI))


def test_every_operation_is_on_it(document: dict[str, Any], read: Reader) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"operation-{operation['operationId']}" in read.ids
            assert f"{method.upper()} {path}" in read.text
            assert operation["summary"].replace("`", "") in read.text


def test_every_error_has_the_place_that_problems_point_to(read: Reader) -> None:
    for code in ErrorCode:
        assert f"error-{code.value}" in read.ids
        assert code.value in read.text
        assert str(STATUS[code]) in read.text


def test_every_object_command_and_event_is_on_it(document: dict[str, Any], read: Reader) -> None:
    for name in document["components"]["schemas"]:
        assert f"object-{name}" in read.ids
    for name in COMMAND_TABLE:
        assert f"command-{name}" in read.ids
    for name in (*COMMAND_TABLE, *get_args(ChangeType), "ready", "resync", "presence_changed", "server_restarting"):
        assert name in read.text


def test_every_link_leads_somewhere_on_this_server(read: Reader) -> None:
    assert len(set(read.ids)) == len(read.ids)
    inside = {link.removeprefix("#") for link in read.links if link.startswith("#")}
    assert inside <= set(read.ids)
    assert {link for link in read.links if not link.startswith("#")} == OWN_FILES


def test_its_script_and_style_are_files_and_it_knows_no_other_host(document: dict[str, Any], read: Reader) -> None:
    assert not {"style", "iframe", "img"} & read.tags
    assert "action" not in read.attributes
    assert not {name for name in read.attributes if name.startswith("on") or name == "style"}
    assert re.search(r"https?:|//[a-z]", page(document, ASYNCAPI)) is None
    for file in page_files().values():
        assert re.search(rb"https?:|url\(|@import [^{]|//[a-z]|/assets/", file.content) is None


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    full = colour if len(colour) == 6 else "".join(digit * 2 for digit in colour)
    channels = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_stands_out_from_its_ground_in_light_and_in_dark() -> None:
    themes = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--(\w+): #([0-9a-f]+)", theme))
        for text in ("text", "quiet", "accent"):
            for ground in ("page", "surface", "soft"):
                light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground} in {theme}"
        for text, ground in (("bad", "page"), ("bad", "surface"), ("on", "accent")):
            light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{text} on {ground} in {theme}"


def test_no_text_is_smaller_than_fourteen_pixels() -> None:
    assert min(int(size) for size in re.findall(r"(?:font:[^;]*?|font-size: )(\d+)px", STYLE)) >= 14


async def test_a_browser_shows_it_whole_under_the_servers_policy(shared_server: ServerProcess) -> None:
    asked: list[Request] = []
    async with browser_for(shared_server) as browser:
        for viewport in (DESKTOP, PHONE):
            shown = await open_page(browser, shared_server, "about:blank", viewport=viewport)
            problems = watch(shown)
            shown.on("request", lambda request: asked.append(request))
            response = await shown.goto("/docs#error-conflict")
            assert response is not None
            policy = (await response.all_headers())["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert problems == []
            assert await shown.evaluate("document.styleSheets.length") == 1
            # Nothing is wider than the window, and the place that the address names is in it.
            assert await shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert await shown.locator("#error-conflict").is_visible()
            await shown.close()
    assert asked
    assert all(request.url.startswith(shared_server.https_url) for request in asked)
