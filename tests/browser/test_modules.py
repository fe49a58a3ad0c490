"""The page's own modules: their unit tests under Node.js, and what holds for all of them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.machine import ROOT, require

STATIC = ROOT / "static"
UNIT = Path(__file__).parent / "unit"
MODULES = sorted(STATIC.rglob("*.js"))

# A module that needs more lines has more than one duty.
MODULE_LINES = 220
# One run of a file takes under a second; a machine that is busy with everything else takes longer.
UNIT_SECONDS = 60.0


@pytest.mark.parametrize("file", sorted(UNIT.glob("*.test.js")), ids=lambda file: file.name)
def test_unit(file: Path) -> None:
    run = subprocess.run(
        [require("node"), "--test", "--test-reporter=spec", file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=UNIT_SECONDS,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(STATIC)))
def test_every_module_says_its_duty_and_is_short(module: Path) -> None:
    text = module.read_text()
    assert text.startswith("/**\n")
    assert len(text.splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(STATIC)))
def test_text_goes_into_the_page_as_text_only(module: Path) -> None:
    unsafe = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML|DOMParser|\beval\(|new Function|srcdoc"
    assert re.search(unsafe, module.read_text()) is None


@pytest.mark.parametrize("layer", ["state", "network"])
def test_what_is_below_the_page_does_not_know_it(layer: str) -> None:
    for module in sorted((STATIC / layer).glob("*.js")):
        code = re.sub(r"/\*.*?\*/", "", module.read_text(), flags=re.DOTALL)
        imports = re.findall(r'^import .* from "(.+)";$', code, re.MULTILINE)
        allowed = ("./",) if layer == "state" else ("./", "../state/")
        assert all(name.startswith(allowed) for name in imports), f"{module.name} imports {imports}"
        if layer == "state":
            assert re.search(r"\b(document|window|location|localStorage|fetch)\b\s*[.(]", code) is None


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = (STATIC / "index.html").read_text()
    assert re.search(r"<style|\sstyle=|\son\w+=|javascript:", page) is None
    assert re.findall(r"<script[^>]*>(?!</script>)", page) == []
    assert re.findall(r"(?:href|src)=\"(?!/)", page) == []


def test_the_page_names_every_part_so_that_none_waits_for_another() -> None:
    page = (STATIC / "index.html").read_text()
    types_only = STATIC / "state" / "types.js"
    modules = {f"/assets/{module.relative_to(STATIC)}" for module in MODULES if module != types_only}
    named = set(re.findall(r'rel="modulepreload" href="(.+?)"', page)) | set(
        re.findall(r'<script .*src="(.+?)"', page)
    )
    assert named == modules | {"/assets/vendor/socket.io.esm.min.js"}
    styles = {f"/assets/styles/{style.name}" for style in (STATIC / "styles").iterdir()}
    assert set(re.findall(r'rel="preload" as="style" href="(.+?)"', page)) == styles
    imported = re.findall(r'@import url\("(.+?)"\)', (STATIC / "app.css").read_text())
    assert {f"/assets/{style}" for style in imported} == styles
