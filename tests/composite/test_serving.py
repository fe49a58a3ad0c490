"""Serving in this way: values that agree, starts that fail, a real end."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from hubbub.composite.serving import DESCRIPTORS, ServeConfig, serve
from tests.support.asgi_calls import Recorder
from tests.support.certificates import make_certificates
from tests.support.machine import ROOT
from tests.support.ports import ReservedPort

TIMEOUT = 30.0  # seconds
ONLY_IN_THE_FILE = {"worker_class": "uvloop", "workers": 1}  # `serve` has no workers and always uses uvloop
ONLY_IN_THE_CLASS = {"insecure_bind", "certfile", "keyfile", "quic_bind"}  # comments in the file


def test_the_file_for_the_hypercorn_command_says_the_same() -> None:
    values = tomllib.loads((ROOT / "hypercorn.toml").read_text())
    defaults = {name: value for name, value in asdict(ServeConfig()).items() if name not in ONLY_IN_THE_CLASS}
    assert values == {**defaults, "bind": list(defaults["bind"]), **ONLY_IN_THE_FILE}


def test_hypercorn_takes_every_value() -> None:
    config = ServeConfig(bind=("127.0.0.1:1",), backlog=7, keep_alive_timeout=8.0).for_hypercorn()
    assert (config.bind, config.backlog, config.keep_alive_timeout) == (["127.0.0.1:1"], 7, 8.0)
    for name in asdict(ServeConfig()):
        assert hasattr(type(config), name), name


def test_a_port_in_use_is_one_line_and_status_1(caplog: pytest.LogCaptureFixture) -> None:
    app = Recorder()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert serve(app, ServeConfig(bind=(address,))) == 1
        (record,) = caplog.records
        assert address in record.getMessage()
        assert "Address already in use" in record.getMessage()
        assert record.exc_info is None
        assert app.scopes == []  # nothing was started for it


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000", "203.0.113.1:0"])
def test_an_address_that_cannot_be_is_one_line(caplog: pytest.LogCaptureFixture, address: str) -> None:
    assert serve(Recorder(), ServeConfig(bind=(address,))) == 1
    (record,) = caplog.records
    assert f"cannot listen on {address}" in record.getMessage()


@pytest.mark.parametrize("broken", ["certfile", "keyfile"])
def test_a_certificate_that_cannot_be_used_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    files = make_certificates(tmp_path)
    paths = {"certfile": str(files.certfile), "keyfile": str(files.keyfile), broken: str(tmp_path / "none.pem")}
    assert serve(Recorder(), ServeConfig(**paths)) == 1  # type: ignore[arg-type]  # of strings only
    (record,) = caplog.records
    assert "cannot use the certificate" in record.getMessage()


def test_it_has_as_many_descriptors_as_the_system_lets_it() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = f"import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, {hard}))"
    line = "from hubbub.composite.serving import ServeConfig, serve; serve(None, ServeConfig(bind=('no port',)))"
    ended = _run("-c", f"{few}; {line}; print(r.getrlimit(r.RLIMIT_NOFILE)[0])")
    assert int(ended.stdout) == (DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard))


def test_a_start_that_fails_is_one_line_and_status_1() -> None:
    with ReservedPort() as port:
        ended = _run("-m", "tests.composite.apps.failing", port.bind)
    assert ended.returncode == 1
    assert ended.stderr.splitlines() == ["start failed: OSError: the data folder is read-only"]


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_start_that_fails_under_the_command_shows_its_reason(workers: str) -> None:
    with ReservedPort() as port:
        line = ("-m", "hypercorn", "-w", workers, "-b", port.bind, "tests.composite.apps.failing:app")
        ended = _run(*line)
    assert "start failed: OSError: the data folder is read-only" in ended.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
