"""The files beside the page: there, of their type, and safe to put other people's words into."""

from __future__ import annotations

import re

import pytest

from hubbub.transports.rest.documentation.files import SCRIPT_PATH, STYLE_PATH, page_files

FILES = page_files()
SCRIPTS = {path: file.content.decode() for path, file in FILES.items() if path.endswith(".js")}


def test_the_look_and_the_scripts_are_there() -> None:
    assert {STYLE_PATH, SCRIPT_PATH} <= set(FILES)
    assert FILES[STYLE_PATH].content_type == "text/css; charset=utf-8"
    assert FILES[SCRIPT_PATH].content_type == "text/javascript; charset=utf-8"
    assert len({file.tag for file in FILES.values()}) == len(FILES)


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_imports_what_is_served_beside_it(path: str) -> None:
    code = re.sub(r"/\*.*?\*/", "", SCRIPTS[path], flags=re.DOTALL)
    imports = re.findall(r'^import .* from "(.+)";$', code, re.MULTILINE)
    assert {f"/docs/{name.removeprefix('./')}" for name in imports} <= set(SCRIPTS)


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_script_says_its_duty_and_puts_text_into_the_page_as_text_only(path: str) -> None:
    assert SCRIPTS[path].startswith("/**\n")
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|DOMParser|\beval\(|new Function|srcdoc"
    assert re.search(unsafe, SCRIPTS[path]) is None
