"""The documentation says what is so: its examples run, its settings exist, its links lead somewhere."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hubbub.settings import VARIABLES
from hubbub.transports.commands import COMMAND_TABLE
from tests.support.machine import ROOT, require
from tests.support.people import PASSWORD
from tests.support.rest import rest_client
from tests.support.server import ServerProcess
from tests.support.typescript import compile_typescript

PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SECONDS = 30.0
NAMED_FILE = r"`((?:src|tests|static|docs|examples|deploy|composite|live|service|store|domain)/[\w./]+\.\w+)`"


def example(page: str, language: str) -> str:
    found = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert len(found) == 1, f"{page} has one example in {language}"
    return str(found[0])


def run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rest_example_of_the_readme_runs(fresh_server: ServerProcess, tmp_path: Path) -> None:
    text = example("README.md", "python")
    assert len(text.splitlines()) <= 6
    code = text.replace("http://127.0.0.1:8000", fresh_server.http_url)
    assert "'body': 'Hello'" in run([sys.executable, "-W", "error", "-c", code], tmp_path)


async def test_the_socketio_example_of_the_readme_runs(fresh_server: ServerProcess, tmp_path: Path) -> None:
    text = example("README.md", "js")
    assert len(text.splitlines()) <= 6
    async with rest_client(fresh_server) as client:
        account = {"username": "ada", "password": PASSWORD}
        token = (await client.post("/api/v1/users", json=account)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        room = (await client.post("/api/v1/rooms", json={"name": "Lobby", "visibility": "public"})).json()
    script = tmp_path / "example.mjs"
    script.write_text(text.replace("http://127.0.0.1:8000", fresh_server.http_url))
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    said = run([str(require("node")), "example.mjs"], tmp_path, TOKEN=token, ROOM=room["id"]).split()
    assert {"true", "Hello"} <= set(said)


async def test_the_websocket_example_runs(fresh_server: ServerProcess, tmp_path: Path) -> None:
    text = example("docs/websocket.md", "python")
    async with rest_client(fresh_server) as client:
        account = {"username": "ada", "password": PASSWORD}
        token = (await client.post("/api/v1/users", json=account)).json()["token"]
    script = tmp_path / "example.py"
    script.write_text(text.replace("127.0.0.1:8000", fresh_server.http_url.removeprefix("http://")))
    heard = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", str(script), env={**os.environ, "TOKEN": token}, stdout=asyncio.subprocess.PIPE
    )
    assert heard.stdout is not None
    async with asyncio.timeout(SECONDS):
        first, second = await heard.stdout.readline(), await heard.stdout.readline()
    heard.terminate()
    await heard.wait()
    assert (b'"reply_to":1' in first, b'"type":"ready"' in second) == (True, True)


def test_the_typescript_example_compiles(tmp_path: Path) -> None:
    declarations = (ROOT / "docs" / "contract" / "hubbub.d.ts").read_text()
    program = example("docs/contract.md", "ts")
    assert compile_typescript(tmp_path, program=program, declarations=declarations) == ""


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert set(re.findall(r"^\| `(HUBBUB_\w+)`", page, re.MULTILINE)) == set(VARIABLES)


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "socketio.md").read_text()
    commands = page.partition("## Commands")[2].partition("## Events")[0]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", commands, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == set(COMMAND_TABLE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_file_that_the_documentation_names_is_there() -> None:
    for page in PAGES:
        for name in re.findall(NAMED_FILE, page.read_text()):
            places = (ROOT / name, ROOT / "src" / "hubbub" / name)
            assert any(place.exists() for place in places), f"{page.relative_to(ROOT)} names {name}"
