"""The lock files pin every version, and hold nothing of the machine that wrote them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.machine import ROOT

REQUIREMENTS = ROOT / "requirements"
# The page's packages, and those of the benchmark's Node.js side.
NPM = (ROOT, ROOT / "benchmarks" / "peers" / "node")
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?:\s+#.*)?$")

_HASHED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+) --hash=sha256:[0-9a-f]{64}$")


def pins(name: str) -> dict[str, Version]:
    """{canonical name: version} of a requirements file."""
    found: dict[str, Version] = {}
    for line in (REQUIREMENTS / name).read_text().splitlines():
        if line and not line.lstrip().startswith("#"):
            match = _PIN.match(line)
            assert match, f"{name}: {line!r} is not one exact version"
            found[canonicalize_name(match["name"])] = Version(match["version"])
    return found


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for in some extras, or, without any, to run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [project["optional-dependencies"][extra] for extra in extras] or [project["dependencies"]]
    return [Requirement(text) for several in texts for text in several]


@pytest.mark.parametrize(
    "path",
    [*sorted(REQUIREMENTS.iterdir()), *(folder / "package-lock.json" for folder in NPM)],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_lock_file_names_no_place(path: Path) -> None:
    text = path.read_text()
    # npm's lock has a page to donate to with some packages; that is no place to install from.
    text = re.sub(r'"funding": \{[^}]*\}|"funding": \[[^\]]*\]', "", text)
    assert not re.search(r"https?://|file:|git\+|--(?:extra-)?index-url|--find-links|--trusted-host", text)
    assert not re.search(r"(?:^|[\s\"'=])/(?:[\w.-]+/)+", text), "an absolute path"
    assert '"resolved"' not in text


@pytest.mark.parametrize(
    ("name", "extras"), [("run.txt", ()), ("hosts.txt", ("postgres", "redis")), ("test.txt", ("dev",))]
)
def test_what_is_asked_for_is_pinned_as_declared(name: str, extras: tuple[str, ...]) -> None:
    pinned = pins(name)
    for requirement in declared(*extras):
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_tests_run_with_the_versions_that_serve() -> None:
    assert pins("run.txt").items() <= pins("hosts.txt").items() <= pins("test.txt").items()


def test_upstream_tests_are_of_the_versions_that_serve_and_hashed() -> None:
    lines = [
        line for line in (REQUIREMENTS / "upstream.txt").read_text().splitlines() if not line.startswith(("#", "--"))
    ]
    found = {match["name"]: Version(match["version"]) for line in lines if (match := _HASHED.match(line))}
    assert len(found) == len(lines) > 0
    assert found.items() <= pins("test.txt").items()


@pytest.mark.parametrize("folder", NPM, ids=lambda folder: folder.name)
def test_the_npm_lock_belongs_to_the_package(folder: Path) -> None:
    package = json.loads((folder / "package.json").read_text())
    locked = json.loads((folder / "package-lock.json").read_text())["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert locked[""].get(kind, {}) == package.get(kind, {})
        assert all(f"node_modules/{name}" in locked for name in package.get(kind, {}))
    assert all("integrity" in entry for name, entry in locked.items() if name)


@pytest.mark.parametrize("folder", NPM, ids=lambda folder: folder.name)
def test_npm_packages_are_asked_for_in_exact_versions(folder: Path) -> None:
    package = json.loads((folder / "package.json").read_text())
    asked_for = package.get("dependencies", {}) | package.get("devDependencies", {})
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked_for.values()), asked_for
