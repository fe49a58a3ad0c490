"""What the set-up promises: a fresh clone serves after one command, and after that needs nobody's network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clone import BASE_PYTHON, NO_NETWORK, Clone, tools_without, without_network
from tests.support.deadline import wait_until
from tests.support.http2 import Http2Connection
from tests.support.machine import ROOT, missing, require
from tests.support.people import People
from tests.support.rest import rest_client
from tests.support.server import Server
from tests.support.sockets import SocketClient

pytestmark = pytest.mark.first

SCRIPTS = ROOT / "scripts"
# Asks for the page from inside the network namespace of the server, where this process is not.
_FETCH = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).status)"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    require("make")
    clone = Clone(tmp_path_factory.mktemp("fresh"))
    probe = clone.run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", "/dev/null", "pip")
    if "No matching distribution" in probe.stdout:
        missing("A fresh set-up needs a package index, and none can be reached.")
    return clone


@pytest.fixture(scope="module")
def first_log(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the first `make run` in the clone said, from nothing until it served and SIGTERM ended it."""
    with clone.make_run(tmp_path_factory.mktemp("run") / "first.log") as run:
        run.wait_until_it_serves()
        run.terminate()
        wait_until(run.has_stopped_serving, "the server to be gone")
        return run.logs()


@pytest.fixture
def installed(clone: Clone, first_log: str) -> Clone:
    """The clone after its first run."""
    return clone


def test_a_fresh_clone_serves_after_one_command_and_ends_cleanly(first_log: str) -> None:
    _assert_clean(first_log)


async def test_it_serves_on_every_protocol(installed: Clone, tmp_path: Path) -> None:
    with installed.make_run(tmp_path / "run.log") as run:
        run.wait_until_it_serves()
        await _assert_page(run.address, http2=True)
        await _assert_page(run.address, http2=False)
        async with People(run.address) as people:
            owner = await people.register()
            room = await owner.create_room()
            for tls in (True, False):
                async with await SocketClient.connect(run.address, token=owner.token, tls=tls) as client:
                    posted = await owner.post(room.id, "Hello.")
                    await client.wait_until(lambda: bool(client.named("message_posted")), "the message")
                    assert client.named("message_posted")[0]["data"]["id"] == posted.id
        async with await Http2Connection.connect(run.address) as connection:
            websocket = await connection.open_websocket("/socket.io/?EIO=4&transport=websocket")
            assert str(await websocket.receive()).startswith("0{")
            await websocket.close()


def test_a_second_start_needs_no_network(installed: Clone, tmp_path: Path) -> None:
    namespace = without_network()
    with installed.make_run(tmp_path / "second.log", wrapper=namespace, env=NO_NETWORK) as run:
        enter = ("nsenter", f"--net=/proc/{run.process.pid}/ns/net") if namespace else ()
        ask = [*enter, sys.executable, "-c", _FETCH, run.address.http_url]
        wait_until(lambda: run.alive() and _answers(ask), "the page without a network")
        run.interrupt()
        assert "pip" not in run.logs()
        _assert_clean(run.logs())


def test_another_python_is_not_silently_ignored(installed: Clone, tmp_path: Path) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\ncase "$2" in *major*|*%d.%d*) echo 3.99;; *executable*) echo "{other}";; esac\n')
    other.chmod(0o755)
    refused = installed.run("make", "setup-run", f"PYTHON={other}")
    assert refused.returncode != 0
    assert "VENV=.venv-3.99" in refused.stdout


def test_a_machine_without_node_gets_one(installed: Clone, tmp_path: Path) -> None:
    poor = {"PATH": str(tools_without(tmp_path / "bin", "node", "nodejs", "npm", "npx")), "VENV": ".venv"}
    npm = installed.run("scripts/npm", "ls", "--omit=dev", env=poor)
    assert npm.returncode == 0, npm.stdout
    assert "socket.io-client" in npm.stdout
    assert installed.run(".venv/bin/node", "--version").stdout.startswith("v")


def test_no_file_of_the_set_up_is_seen_by_git(installed: Clone) -> None:
    assert installed.run("git", "status", "--porcelain").stdout == ""


def test_a_python_is_found_and_one_too_old_is_refused(tmp_path: Path) -> None:
    find = str(SCRIPTS / "find-python")
    named = subprocess.run([find, str(BASE_PYTHON)], capture_output=True, text=True, check=True)
    assert Path(named.stdout.strip()).is_file()
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    refused = subprocess.run([find, str(old)], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "3.11" in refused.stderr


async def _assert_page(server: Server, *, http2: bool) -> None:
    async with rest_client(server, http2=http2) as client:
        page = await client.get("/")
        assert (page.status_code, page.http_version) == (200, "HTTP/2" if http2 else "HTTP/1.1")
        assert page.headers["content-type"].startswith("text/html")


def _answers(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "200"


def _assert_clean(log: str) -> None:
    assert "Traceback" not in log, log
    assert "ERROR" not in log, log
