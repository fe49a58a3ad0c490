"""What keeps the house easy to walk through: each file has its tests, none is long, nothing is left for later."""

from __future__ import annotations

import re

import pytest

from tests.support.machine import ROOT
from tests.support.source import SRC, Module, modules

# A file that needs more lines has more than one duty.
FILE_LINES = 450
# Written in two halves, so that this file is not an offence itself.
_LEFT_FOR_LATER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|NotImplemented" r"Error")

# Where such a word is part of a promise.  Each with its reason.
SAID_ON_PURPOSE = {
    "hubbub.composite.stateless.server": "asgiref's base raises it where a subclass must override, and so does ours",
    "composite.stateless.test_server": "asserts that",
}

# Modules whose tests have another name than theirs: {module: the test file, from the top}.  Each with its reason.
TESTED_ELSEWHERE: dict[str, str] = {}

ALL = modules()


def file_of_tests(module: Module) -> str:
    """`src/hubbub/store/log.py` is tested by `tests/store/test_log.py`."""
    place = module.path.relative_to(SRC / "hubbub") if module.name.startswith("hubbub") else module.path.name
    folder, _, name = str(place).rpartition("/")
    return "/".join(part for part in ("tests", folder, f"test_{name}") if part)


@pytest.mark.parametrize("module", [m for m in ALL if m.has_behaviour()], ids=lambda module: module.name)
def test_every_module_has_its_test_file(module: Module) -> None:
    expected = TESTED_ELSEWHERE.get(module.name, file_of_tests(module))
    assert (ROOT / expected).is_file(), f"{module.name} has no {expected}"


def test_the_exceptions_are_of_modules_that_exist() -> None:
    assert set(TESTED_ELSEWHERE) <= {module.name for module in ALL}
    assert set(SAID_ON_PURPOSE) <= {module.name for module in (*ALL, *modules(ROOT / "tests"))}


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_every_module_says_its_duty(module: Module) -> None:
    assert module.docstring()


@pytest.mark.parametrize("module", [*ALL, *modules(ROOT / "tests")], ids=lambda module: module.name)
def test_no_file_is_long_or_left_for_later(module: Module) -> None:
    assert len(module.text.splitlines()) <= FILE_LINES
    found = _LEFT_FOR_LATER.search(module.text)
    assert found is None or module.name in SAID_ON_PURPOSE, f"{module.path.relative_to(ROOT)} holds {found.group()!r}"
