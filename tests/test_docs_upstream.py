"""The pages of `docs/upstream`: each fault is there, each patch applies to what is installed, and mends it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.machine import ROOT, require

FOLDER = ROOT / "docs" / "upstream"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
SECONDS = 60.0
FOR_3_11_ONLY = frozenset({"hypercorn-shutdown"})


@dataclass(frozen=True)
class Page:
    """What a page says."""

    title: str
    script: str
    patch: str

    @property
    def library(self) -> str:
        """The package that the patch is for."""
        return self.patch.splitlines()[0].removeprefix("--- a/").partition("/")[0]


def read(path: Path) -> Page:
    text = path.read_text()
    blocks = dict(re.findall(r"```(python|diff)\n(.*?)```", text, re.DOTALL))
    return Page(text.partition("\n")[0].removeprefix("# "), blocks["python"], blocks["diff"])


def test_the_index_has_every_page_under_its_title() -> None:
    rows = re.findall(r"^\| \[(.+)\]\((.+)\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert {name: title for title, name in rows} == {page.name: read(page).title for page in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
async def test_the_fault_is_there_and_the_patch_mends_it(path: Path, tmp_path: Path) -> None:
    page = read(path)
    if path.stem in FOR_3_11_ONLY and sys.version_info >= (3, 12):
        pytest.skip("from Python 3.12 on server.wait_closed() waits for every client, with the patch and without")
    as_it_is, patched = tmp_path / "as-it-is", tmp_path / "patched"
    as_it_is.mkdir()
    await _apply(page, patched)
    faulty, mended = await asyncio.gather(_run(page.script, as_it_is), _run(page.script, patched))
    assert faulty[0] == 1, f"{path.name} describes a fault that is not there\n{faulty[1]}"
    assert mended[0] == 0, f"the patch of {path.name} does not mend it\n{mended[1]}"


async def _apply(page: Page, folder: Path) -> None:
    """A copy of the installed package, patched."""
    spec = find_spec(page.library)
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(Path(spec.origin).parent, folder / page.library)
    (folder / "patch").write_text(page.patch)
    process = await asyncio.create_subprocess_exec(
        str(require("git")), "apply", "patch", cwd=folder, env=_outside_of_repositories(folder)
    )
    assert await process.wait() == 0


async def _run(script: str, folder: Path) -> tuple[int, str]:
    """The status and the output of a script for which packages in `folder` come before those installed."""
    (folder / "script.py").write_text(script)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "script.py",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(FOLDER)))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(SECONDS):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def _outside_of_repositories(folder: Path) -> dict[str, str]:
    """`git apply` within a repository would look for the files of that, and change nothing."""
    return {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
