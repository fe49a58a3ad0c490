"""The `hubbub` command."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TypeVar

import click
from pydantic import BaseModel

from hubbub.application import create_app, make_folders, mesh_folder
from hubbub.composite.mesh.directory import MeshError
from hubbub.composite.mesh.mesh import visit
from hubbub.composite.serving import ServeConfig, serve, serve_workers
from hubbub.composite.static_tree import StaticFilesError
from hubbub.contract.errors import HubbubError
from hubbub.contract.limits import INVITE_USES, PASSWORD_MIN_CHARS
from hubbub.contract.models import RegisterUser
from hubbub.contract_files import Format, contract_text
from hubbub.doctor.finding import Finding, Level
from hubbub.doctor.here import examine_here
from hubbub.doctor.live import WAIT_SECONDS
from hubbub.doctor.site import examine_site
from hubbub.doctor.wire import Site
from hubbub.live.bus import News
from hubbub.local_authority import ensure_certificate
from hubbub.logs import configure_logs
from hubbub.service.accounts import make_invite, register_user
from hubbub.service.chat import Chat
from hubbub.service.export import export_chat
from hubbub.service.passwords import Passwords
from hubbub.service.sessions import issue_token
from hubbub.settings import Settings, SettingsError, database_at
from hubbub.store.backup import Progress, back_up
from hubbub.store.carrying import Carried
from hubbub.store.contents import Contents
from hubbub.store.database import Store
from hubbub.store.errors import StoreError
from hubbub.store.postgres.address import PostgresAddress
from hubbub.store.postgres.driver import driver
from hubbub.store.restore import rename_log, restore
from hubbub.system_clock import SystemClock
from hubbub.transports.validation import parse

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

HTTPS_ADDRESS = "127.0.0.1:8443"
HTTP_ADDRESS = "127.0.0.1:8000"
APPLICATION = "hubbub.application:create_app()"  # what each worker makes for itself
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
WORKERS = 64  # more processes than a machine for this has cores


@click.group()
def main() -> None:
    """Hubbub: self-hosted team chat and real-time API. Settings are HUBBUB_* variables; see docs/settings.md."""


@main.command()
@click.option("--bind", default=HTTPS_ADDRESS, show_default=True, help="Where HTTPS is served.")
@click.option("--insecure-bind", default=HTTP_ADDRESS, show_default=True, help="Where HTTP is served; empty: nowhere.")
@click.option("--quic-bind", default="", help="Where HTTP/3 is served, by UDP; needs aioquic. Empty: nowhere.")
@click.option("--certfile", type=click.Path(exists=True, dir_okay=False), help="A certificate of your own (PEM).")
@click.option("--keyfile", type=click.Path(exists=True, dir_okay=False), help="Its private key (PEM).")
@click.option("--workers", type=click.IntRange(1, WORKERS), default=1, show_default=True, help="How many processes.")
def serve_command(
    bind: str, insecure_bind: str, quic_bind: str, certfile: str | None, keyfile: str | None, workers: int
) -> None:
    """Serve the chat until SIGTERM or Ctrl-C."""
    settings = _settings()
    configure_logs(settings.log_level, settings.log_format)
    if (certfile is None) != (keyfile is None):
        raise click.UsageError("--certfile and --keyfile come together.")
    if quic_bind and workers > 1:
        raise click.UsageError("--quic-bind needs --workers 1: datagrams would reach any of several.")
    if certfile is None or keyfile is None:
        try:
            local = ensure_certificate(settings.data_dir / "tls", now=SystemClock().now())
        except OSError as error:
            raise click.ClickException(f"The data folder {settings.data_dir} cannot be used: {error}.") from None
        certfile, keyfile = str(local.certificate), str(local.key)
    config = ServeConfig(
        bind=(bind,),
        insecure_bind=(insecure_bind,) if insecure_bind else (),
        quic_bind=(quic_bind,) if quic_bind else (),
        certfile=certfile,
        keyfile=keyfile,
    )
    try:
        app = create_app(settings)
    except StaticFilesError as error:
        raise click.ClickException(f"{error} Run `make setup` in the checkout.") from None
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    sys.exit(serve(app, config) if workers == 1 else serve_workers(APPLICATION, config, workers))


serve_command.name = "serve"


@main.command()
@click.argument("username")
@click.option("--display-name", help="How others see them.")
@click.password_option(help=f"At least {PASSWORD_MIN_CHARS} characters; asked for when not given.")
def user(username: str, display_name: str | None, password: str) -> None:
    """Make an account, whatever registration says; the first one owns the server."""
    request = _parsed(RegisterUser, username=username, password=password, display_name=display_name)

    async def work(chat: Chat) -> str:
        answer = await register_user(chat, request, user_agent="hubbub user", key=None)
        return f"{answer.user.username} is {answer.user.role}. id: {answer.user.id}"

    click.echo(_with_chat(work))


@main.command()
@click.option("--max-uses", type=click.IntRange(1, INVITE_USES), default=1, show_default=True)
@click.option("--url", default=f"https://{HTTPS_ADDRESS}", show_default=True, help="Where people reach the server.")
def invite(max_uses: int, url: str) -> None:
    """Print a link by which people can make an account."""

    async def work(chat: Chat) -> str:
        made = await chat.store.write(lambda transaction: make_invite(chat, transaction, None, max_uses))
        return f"{url.rstrip('/')}/join/{made.code}"

    click.echo(_with_chat(work))


@main.command()
@click.argument("username")
@click.option("--label", default="hubbub token", show_default=True, help="What the list of devices calls it.")
def token(username: str, label: str) -> None:
    """Print a bearer token for an account, such as a bot's; it can be revoked like any session."""

    async def work(chat: Chat) -> str:
        return (await issue_token(chat, username, label)).token

    click.echo(_with_chat(work))


@main.command()
@click.argument("file", type=NEW_FILE)
@click.option("--replace", is_flag=True, help="Replace FILE if it is there.")
def backup(file: Path, replace: bool) -> None:
    """Copy the database into FILE, whole and verified, while the server goes on.

    FILE holds password hashes and private rooms; only you can read it.
    """
    source = _settings().database

    def work(progress: Progress) -> Contents:
        if isinstance(source, Path):
            return back_up(source, file, replace=replace, progress=progress)
        with driver():
            from hubbub.store.postgres import backup as postgres
        return postgres.back_up(source, file, replace=replace, progress=progress)

    made = _copied("Backing up", work)
    click.echo(f"{file} is whole: {_counted(made)}, bytes {made.size:,}.")


@main.command(name="restore")
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Replace what is in the database; it is kept beside the new.")
def restore_command(file: Path, replace: bool) -> None:
    """Make the database what FILE, a backup, holds; the server must not run.

    Clients go on from where they were, if that is in the backup; others are told to load everything anew.
    """
    settings = _settings()
    target = settings.database
    now = SystemClock().now()

    def work(progress: Progress) -> tuple[Contents, str | None]:
        make_folders(settings)
        if isinstance(target, Path):
            done = restore(file, target, replace=replace, now=now, progress=progress)
            return done.contents, str(done.aside) if done.aside else None
        with driver():
            from hubbub.store.postgres import restore as postgres
        put = postgres.restore(file, target, settings.data_dir, replace=replace, now=now, progress=progress)
        return put.contents, f"in the schema {put.aside}" if put.aside else None

    contents, aside = _copied("Restoring", work)
    click.echo(f"{target} is as it was: {_counted(contents)}.")
    if aside is not None:
        click.echo(f"What was there before is {aside}. Remove it when you are sure.")


@main.command(name="rename-log")
def rename_log_command() -> None:
    """Say that the database was taken back in time without `hubbub restore`; the server must not run.

    By pg_restore, point-in-time recovery or a snapshot of the disk. Clients go on from where they were, if
    that is still there; others are told to load everything anew, and take no new change for one that was lost.
    """
    target = _settings().database
    try:
        if isinstance(target, Path):
            cursor = rename_log(target)
        else:
            with driver():
                from hubbub.store.postgres import restore as postgres
            cursor = postgres.rename_log(target)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The log of {target} goes on under a new name, from {cursor}.")


@main.command()
def export() -> None:
    """Print everything that people wrote, as JSON Lines (docs/export.md), as it is at this moment."""

    async def work(chat: Chat) -> str:
        counts = await export_chat(chat, sys.stdout.buffer)
        return f"Users {counts.users:,}, rooms {counts.rooms:,}, messages {counts.messages:,}."

    try:
        click.echo(_with_chat(work), err=True)
    except BrokenPipeError:
        raise  # whoever reads has had enough: click ends quietly
    except OSError as error:
        raise click.ClickException(f"What is printed cannot be written: {error.strerror}.") from None


@main.command()
@click.option("--format", type=click.Choice([each.value for each in Format]), required=True, help="Which document.")
def contract(format: str) -> None:
    """Print what crosses the wire, for machines; docs/contract.md says what each format is for."""
    click.echo(contract_text(Format(format)), nl=False)


@main.command()
@click.option("--from", "source", required=True, help="sqlite:///PATH: the file that the server has used.")
@click.option(
    "--to",
    "target",
    envvar="HUBBUB_DATABASE_URL",
    required=True,
    help="postgresql://…: an empty database; or HUBBUB_DATABASE_URL, which hides a password.",
)
def migrate(source: str, target: str) -> None:
    """Move a server that is stopped from SQLite to PostgreSQL: all of it, with every cursor, or nothing."""
    try:
        path, address = database_at("--from", source), database_at("--to", target)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if not isinstance(path, Path) or not isinstance(address, PostgresAddress):
        raise click.UsageError("It goes --from sqlite:///PATH --to postgresql://…, and no other way.")

    def work(progress: Progress) -> Carried:
        with driver():
            from hubbub.store.postgres.moving import move
        return move(path, address, progress)

    moved = _copied("Moving", work)
    for table, rows in moved.rows.items():
        click.echo(f"{table}: {rows:,}")
    click.echo(f"Moved to {address}, and compared: the log ends at change {moved.head:,}, and every cursor holds.")
    click.echo(
        f"Start the server with HUBBUB_DATABASE_URL set to it. {path} is as it was; keep it until you are content."
    )


@main.command()
@click.argument("url", required=False)
@click.option("--token", envvar="TOKEN", help="Somebody's, for what takes one; or TOKEN in the environment.")
@click.option("--ca", type=FILE, help="An authority to trust (PEM) in place of the system's.")
@click.option(
    "--wait",
    type=click.IntRange(1, WAIT_SECONDS),
    default=WAIT_SECONDS,
    show_default=True,
    help="Seconds of a long poll.",
)
def doctor(url: str | None, token: str | None, ca: Path | None, wait: int) -> None:
    """Say what is wrong, and what to do: with the server at URL and the proxy before it, or else with this machine.

    Each check is a line: ok, warning or failure. The exit status is 1 when there is a failure.
    """

    async def examine(site: Site) -> bool:
        return _told([_shown(finding) async for finding in examine_site(site, token, wait)])

    if url is None:
        sys.exit(_told([_shown(finding) for finding in examine_here(_settings(), SystemClock().now())]))
    try:
        site = Site.parse(url, ca)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    sys.exit(asyncio.run(examine(site)))


def _shown(finding: Finding) -> Finding:
    click.echo(finding)
    return finding


def _told(findings: list[Finding]) -> bool:
    """Whether there is a failure among them."""
    return any(finding.level is Level.FAILURE for finding in findings)


def _copied(label: str, work: Callable[[Progress], T]) -> T:
    """Run something that copies a database, with a bar where somebody watches."""
    try:
        with click.progressbar(length=100, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            return work(lambda left, total: bar.update(100 - 100 * left // max(total, 1) - bar.pos))
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}.") from None
    except StoreError as error:
        raise click.ClickException(str(error)) from None


def _counted(contents: Contents) -> str:
    return f"messages {contents.messages:,}, changes {contents.changes:,}, cursor {contents.cursor}"


def _parsed(model: type[M], **fields: object) -> M:
    try:
        return parse(model, fields)
    except HubbubError as error:
        wrong = "; ".join(f"{each.path}: {each.message}" for each in error.errors)
        raise click.ClickException(wrong) from None


def _settings() -> Settings:
    try:
        return Settings.from_environment(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _with_chat(work: Callable[[Chat], Coroutine[None, None, T]]) -> T:
    """Run something on the database, beside a running server or without one."""
    settings = _settings()

    async def run() -> T:
        make_folders(settings)
        store = await Store.open(settings.database, clock=SystemClock(), synchronous=settings.sqlite_synchronous)
        passwords = Passwords()
        try:
            done = await work(Chat(store, SystemClock(), passwords, "open"))
            await _tell_servers(settings, store.head)
            return done
        finally:
            passwords.close()
            await store.close()

    try:
        return asyncio.run(run())
    except (HubbubError, StoreError) as error:
        raise click.ClickException(str(error)) from None


async def _tell_servers(settings: Settings, head: int) -> None:
    """Have a server that runs read what was written now, not with its own next change."""
    if not isinstance(settings.database, Path):
        return  # PostgreSQL tells them
    try:
        await visit(mesh_folder(settings), News(head=head).encode())
    except MeshError as error:  # such as root's, where the server is somebody else's
        click.echo(f"It is done, but a server that runs shows it with its next change only. {error}", err=True)
