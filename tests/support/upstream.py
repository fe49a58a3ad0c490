"""A library's own tests, run against what takes the place of one of its parts here.

They come with the library's source distribution, which `scripts/upstream-tests` has unpacked, and run in a process of
their own: a plugin of pytest puts our part into the library before the tests are read.
"""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests.support.machine import ROOT, missing

FOLDER = Path(sys.prefix) / "upstream"
SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    """The names of the tests, by what became of them, and all that was printed."""

    passed: frozenset[str]
    failed: frozenset[str]
    output: str


def run_upstream(project: str, test_file: str, *, plugin: Path, report: Path, mode: str = "") -> Outcome:
    """Run one test file of the installed version of a project; without its source distribution the test is skipped.

    `plugin` is a module that pytest loads first; it finds `mode` in the environment as `UPSTREAM_MODE`.
    """
    source = FOLDER / f"{project.replace('-', '_')}-{version(project)}"
    if not (source / test_file).is_file():
        missing(f"The source distribution of {project} is not there: `make setup` fetches it.")
    line = [sys.executable, "-m", "pytest", "-p", plugin.stem, "-p", "no:hubbub", "-p", "no:cacheprovider", "-q"]
    options = ["--import-mode=importlib", "--rootdir", str(source), "-o", "asyncio_mode=auto"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function", f"--junitxml={report}"]
    done = subprocess.run(
        [*line, *options, "-c", os.devnull, test_file],
        cwd=source,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(plugin.parent), str(ROOT))), "UPSTREAM_MODE": mode},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    output = done.stdout + done.stderr
    assert report.is_file(), output
    cases = ElementTree.parse(report).getroot().iter("testcase")
    results = {case.attrib["name"]: {child.tag for child in case} for case in cases}  # {test: what went wrong}
    failed = frozenset(name for name, tags in results.items() if tags & {"failure", "error"})
    passed = frozenset(name for name, tags in results.items() if not tags & {"failure", "error", "skipped"})
    return Outcome(passed, failed, output)
