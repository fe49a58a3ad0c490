from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubbub.cli import main
from hubbub.doctor.finding import Level
from hubbub.doctor.here import (
    KNOWN_VERSIONS,
    compare_version,
    count_descriptors,
    examine_here,
    look_at_certificate,
    look_at_database,
    look_at_folder,
)
from hubbub.local_authority import LIFETIME, ensure_certificate
from hubbub.settings import Settings
from hubbub.store.database import Store
from hubbub.system_clock import SystemClock

NOW = datetime(2026, 5, 1, tzinfo=UTC)


async def test_a_machine_on_which_a_server_has_run_is_well(tmp_path: Path) -> None:
    settings = Settings.from_environment({"HUBBUB_DATA_DIR": str(tmp_path)})
    store = await Store.open(settings.database, clock=SystemClock(), synchronous="off")
    await store.close()
    ensure_certificate(tmp_path / "tls", now=NOW)
    found = list(examine_here(settings, NOW))
    assert [finding for finding in found if finding.level is Level.FAILURE] == []
    assert {"data folder", "database", "certificate", "connections", *KNOWN_VERSIONS} == {each.check for each in found}


def test_nothing_is_made(tmp_path: Path) -> None:
    shown = CliRunner(env={"HUBBUB_DATA_DIR": str(tmp_path / "var")}).invoke(main, ["doctor"])
    assert shown.exit_code == 0, shown.output
    assert "will be made" in shown.output
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_the_exit_status(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    shown = CliRunner(env={"HUBBUB_DATA_DIR": str(tmp_path / "var")}).invoke(main, ["doctor"])
    assert shown.exit_code == 1
    assert "failure data folder" in shown.output


def test_a_setting_that_is_none_is_named() -> None:
    (first, *_) = examine_here(Settings.from_environment({"HUBBUB_TRUSTED_PROXY": "127.0.0.1"}), NOW)
    assert (first.level, "HUBBUB_TRUSTED_PROXY" in first.text) == (Level.WARNING, True)


def test_a_folder_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert look_at_folder(tmp_path / "file" / "var").level is Level.FAILURE
    assert look_at_folder(tmp_path / "some" / "var").level is Level.OK


def test_a_database_that_is_none_or_damaged_or_newer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hub bub?.db"
    path.write_bytes(b"no database, but as long as the header of one" * 100)
    assert "cannot be read" in look_at_database(path).text
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (parent REFERENCES t (id), id INTEGER PRIMARY KEY)")
        assert look_at_database(path).level is Level.OK
        connection.execute("INSERT INTO t VALUES (7, 1)")
        connection.commit()
        assert "is damaged" in look_at_database(path).text
        connection.execute("PRAGMA user_version = 9999")
    assert "newer version" in look_at_database(path).text


def test_a_certificate_that_has_ended_or_is_none_is_told(tmp_path: Path) -> None:
    path = ensure_certificate(tmp_path, now=NOW).certificate
    assert look_at_certificate(path, NOW).level is Level.OK
    assert look_at_certificate(path, NOW + LIFETIME + timedelta(days=1)).level is Level.WARNING
    path.write_text("no certificate")
    assert look_at_certificate(path, NOW).level is Level.FAILURE


@pytest.mark.parametrize(
    ("most", "level"),
    [(1_024, Level.WARNING), (4_096, Level.OK), (65_536, Level.OK), (resource.RLIM_INFINITY, Level.OK)],
)
def test_how_many_connections_there_can_be(most: int, level: Level) -> None:
    assert count_descriptors(most).level is level


def test_a_version_that_nobody_has_looked_at_is_told() -> None:
    found = compare_version("hypercorn", "0.19.0", KNOWN_VERSIONS["hypercorn"])
    assert (found.level, "0.18.0" in found.text) == (Level.WARNING, True)
