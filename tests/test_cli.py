"""The `hubbub` command, as somebody types it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubbub.cli import main
from hubbub.contract_files import Format, contract_text
from tests.support.machine import require
from tests.support.people import PASSWORD, People
from tests.support.postgres import PostgresServer
from tests.support.rest import rest_client
from tests.support.rows import rows_in
from tests.support.server import running_server
from tests.support.sockets import SocketClient
from tests.support.workers import worker_pids

SECONDS = 30.0


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"HUBBUB_DATA_DIR": str(folder), **more}


@pytest.mark.parametrize(
    "command",
    ["serve", "user", "token", "invite", "backup", "restore", "rename-log", "export", "contract", "doctor", "migrate"],
)
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(main, [command, "--help"])
    assert shown.exit_code == 0
    assert shown.output.startswith(f"Usage: main {command}")


def test_the_first_account_made_by_hand_owns_the_server(tmp_path: Path) -> None:
    runner = CliRunner(env=environment(tmp_path))
    first = runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    second = runner.invoke(main, ["user", "bob", "--password", PASSWORD])
    assert first.output.startswith("ada is owner.")
    assert second.output.startswith("bob is member.")
    again = runner.invoke(main, ["user", "ADA", "--password", PASSWORD])
    assert again.exit_code == 1
    assert "taken" in again.output


def test_a_token_made_by_hand_signs_in_and_needs_an_account(tmp_path: Path) -> None:
    runner = CliRunner(env=environment(tmp_path))
    runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    made = runner.invoke(main, ["token", "Ada", "--label", "bot"])
    assert (made.exit_code, len(made.output.strip())) == (0, 43)
    unknown = runner.invoke(main, ["token", "bob"])
    assert unknown.exit_code == 1
    assert "hubbub user" in unknown.output


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [("HUBBUB_REGISTRATION", "perhaps", "HUBBUB_REGISTRATION"), ("HUBBUB_BUS_URL", "x", "HUBBUB_BUS_URL")],
)
def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path, variable: str, value: str, told: str) -> None:
    shown = CliRunner(env=environment(tmp_path, **{variable: value})).invoke(main, ["invite"])
    assert shown.exit_code == 1
    assert told in shown.output
    assert "Traceback" not in shown.output


def test_a_short_password_is_told_in_one_line(tmp_path: Path) -> None:
    shown = CliRunner(env=environment(tmp_path)).invoke(main, ["user", "ada", "--password", "short"])
    assert shown.exit_code == 1
    assert "password" in shown.output
    assert "Traceback" not in shown.output


def test_a_start_that_fails_says_why_and_ends_with_a_status(tmp_path: Path) -> None:
    (tmp_path / "hubbub.db").write_bytes(b"no database at all" * 200)
    done = subprocess.run(
        [str(require("hubbub")), "serve", "--bind", "127.0.0.1:0", "--insecure-bind", ""],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode != 0
    assert "hubbub.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_certificate_and_key_come_together(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.touch()
    shown = CliRunner(env=environment(tmp_path)).invoke(main, ["serve", "--certfile", str(certificate)])
    assert shown.exit_code == 2
    assert "come together" in shown.output


def test_http3_is_for_one_worker(tmp_path: Path) -> None:
    shown = CliRunner(env=environment(tmp_path)).invoke(
        main, ["serve", "--quic-bind", "127.0.0.1:0", "--workers", "2"]
    )
    assert shown.exit_code == 2
    assert "--workers 1" in shown.output


@pytest.mark.parametrize(
    ("engine", "aside"), [("sqlite", "hubbub.db.replaced-20"), ("postgresql", "in the schema replaced_20")]
)
def test_what_was_backed_up_comes_back_and_what_is_in_the_way_is_told(
    engine: str, aside: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    more = {}
    if engine == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        more = {"HUBBUB_DATABASE_URL": server.make_database().url}
    runner = CliRunner(env=environment(tmp_path / "var", **more))
    file = tmp_path / "backup.db"
    runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    made = runner.invoke(main, ["backup", str(file)])
    assert (made.exit_code, "messages 0, changes 1, cursor " in made.stdout) == (0, True), made.output
    runner.invoke(main, ["user", "bob", "--password", PASSWORD])
    for command in ("backup", "restore"):
        refused = runner.invoke(main, [command, str(file)])
        assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    done = runner.invoke(main, ["restore", "--replace", str(file)])
    assert (done.exit_code, aside in done.stdout) == (0, True), done.output
    said = runner.invoke(main, ["user", "bob", "--password", PASSWORD])
    assert said.output.startswith("bob is member.")


def test_a_backup_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    runner = CliRunner(env=environment(tmp_path))
    nothing = runner.invoke(main, ["backup", str(tmp_path / "backup.db")])
    assert (nothing.exit_code, "hubbub.db cannot be opened" in nothing.stderr) == (1, True)
    runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    nowhere = runner.invoke(main, ["backup", str(tmp_path / "nowhere" / "backup.db")])
    assert (nowhere.exit_code, "nowhere" in nowhere.stderr) == (1, True)
    assert "Traceback" not in nothing.output + nowhere.output


@pytest.mark.parametrize("command", ["backup", "restore", "rename-log"])
def test_a_database_that_is_away_is_told_in_one_line_without_its_password(tmp_path: Path, command: str) -> None:
    file = tmp_path / "backup.db"
    if command == "restore":
        file.touch()
    url = "postgresql://ada:secret@127.0.0.1:9/hubbub"  # 9: discard, RFC 863
    arguments = [command] if command == "rename-log" else [command, str(file)]
    refused = CliRunner(env=environment(tmp_path, HUBBUB_DATABASE_URL=url)).invoke(main, arguments)
    assert (refused.exit_code, "127.0.0.1:9/hubbub cannot be reached" in refused.stderr) == (1, True)
    assert "secret" not in refused.output
    assert "Traceback" not in refused.output


def test_what_is_exported_is_json_and_what_is_said_beside_it_is_not_in_it(tmp_path: Path) -> None:
    runner = CliRunner(env=environment(tmp_path))
    runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    shown = runner.invoke(main, ["export"])
    assert [json.loads(line)["type"] for line in shown.stdout.splitlines()] == ["export", "user", "end"]
    assert shown.stderr == "Users 1, rooms 0, messages 0.\n"


@pytest.mark.parametrize(
    ("whither", "told"), [("| head -n 1", ""), ("> /dev/full", "Error: What is printed cannot be written: No space")]
)
def test_an_export_that_nobody_takes_ends_without_a_traceback(whither: str, told: str, tmp_path: Path) -> None:
    runner = CliRunner(env=environment(tmp_path))
    runner.invoke(main, ["user", "ada", "--password", PASSWORD])
    done = subprocess.run(
        f"'{require('hubbub')}' export {whither}",
        shell=True,
        env={**os.environ, **environment(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert told in done.stderr


@pytest.mark.parametrize("format", Format)
def test_the_contract_is_printed_as_it_is(format: Format) -> None:
    shown = CliRunner().invoke(main, ["contract", "--format", format.value])
    assert (shown.exit_code, shown.stdout) == (0, contract_text(format))


async def test_an_invite_made_beside_a_running_server_admits(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, rest_client(server) as client:
        await client.post("/api/v1/users", json={"username": "ada", "password": PASSWORD})
        shown = await asyncio.to_thread(
            subprocess.run,
            [str(require("hubbub")), "invite", "--url", "https://chat.test"],
            env=environment(server.data_dir),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
        assert shown.stdout.startswith("https://chat.test/join/")
        code = shown.stdout.strip().rpartition("/")[2]
        account = {"username": "bob", "password": PASSWORD, "invite": code}
        assert (await client.post("/api/v1/users", json=account)).status_code == 201
    assert code not in rows_in(server.data_dir / "hubbub.db")


async def test_what_a_command_writes_is_heard_at_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, People(server) as people:
        ada = await people.register("ada")
        async with await SocketClient.connect(server, token=ada.token) as socket:
            await asyncio.to_thread(
                subprocess.run,
                [str(require("hubbub")), "user", "bob", "--password", PASSWORD],
                env=environment(server.data_dir),
                capture_output=True,
                timeout=SECONDS,
                check=True,
            )
            await socket.wait_for("user_changed", lambda change: change["data"]["username"] == "bob")


def test_what_was_done_is_said_where_no_server_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "hubbub.workers").symlink_to(tmp_path / "elsewhere")
    shown = CliRunner(env=environment(tmp_path)).invoke(main, ["user", "ada", "--password", PASSWORD])
    assert (shown.exit_code, shown.stdout.startswith("ada is owner.")) == (0, True)
    assert "with its next change only. The folder" in shown.stderr


def test_a_data_folder_that_cannot_be_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shown = CliRunner(env=environment(tmp_path / "file" / "var")).invoke(main, ["serve"])
    assert shown.exit_code == 1
    assert "data folder" in shown.output
    assert "Traceback" not in shown.output


async def test_several_workers_serve_and_end_in_order(tmp_path: Path) -> None:
    async with running_server(tmp_path, arguments=("--workers", "2")) as server, rest_client(server) as client:
        assert (await client.get("/readyz")).status_code == 200
        assert len(worker_pids(server)) == 2


def test_workers_that_cannot_start_end_with_a_status(tmp_path: Path) -> None:
    (tmp_path / "hubbub.db").write_bytes(b"no database at all" * 200)
    done = subprocess.run(
        [str(require("hubbub")), "serve", "--workers", "2", "--bind", "127.0.0.1:0", "--insecure-bind", ""],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "hubbub.db" in done.stderr
    assert "workers have ended and nobody asked them to" in done.stderr.splitlines()[-1]
