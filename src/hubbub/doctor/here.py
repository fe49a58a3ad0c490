"""The checks of the machine and the settings that a server would start with; nothing is made or changed."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from cryptography import x509

from hubbub.composite import h2_fence, hypercorn_http2
from hubbub.composite.serving import DESCRIPTORS
from hubbub.composite.sockets import engineio_fence, socketio_fence
from hubbub.doctor.finding import Finding, failure, ok, warning
from hubbub.doctor.postgres import look_at_server
from hubbub.settings import Settings
from hubbub.store.integrity import select_problems
from hubbub.store.migrate import migrations

KNOWN_VERSIONS = {  # {library: the versions that its fence knows}
    "hypercorn": hypercorn_http2.KNOWN_VERSIONS,
    "h2": h2_fence.KNOWN_VERSIONS,
    "python-engineio": engineio_fence.KNOWN_VERSIONS,
    "python-socketio": socketio_fence.KNOWN_VERSIONS,
}
ENOUGH_DESCRIPTORS = 4_096  # as many as a team needs, with its browsers' streams

SETTINGS = "settings"
FOLDER = "data folder"
DATABASE = "database"
CERTIFICATE = "certificate"
CONNECTIONS = "connections"


def examine_here(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is found."""
    for name in settings.unknown:
        yield warning(
            SETTINGS, f"{name} is not a setting of this version. Look for the right name in docs/settings.md."
        )
    yield look_at_folder(settings.data_dir)
    if isinstance(settings.database, Path):
        yield look_at_database(settings.database)
    else:
        yield look_at_server(settings.database)
    yield look_at_certificate(settings.data_dir / "tls" / "cert.pem", now)
    yield count_descriptors(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    for library, known in KNOWN_VERSIONS.items():
        yield compare_version(library, version(library), known)


def look_at_folder(folder: Path) -> Finding:
    """Whether the server can write there, or make it."""
    place = folder
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        return failure(FOLDER, f"{place} is no folder. Move it away, or set HUBBUB_DATA_DIR to another one.")
    if not os.access(place, os.W_OK | os.X_OK):
        return failure(FOLDER, f"{place} cannot be written. Give it to the user that runs the server.")
    return ok(FOLDER, f"{folder} can be written" if place == folder else f"{folder} will be made")


def look_at_database(path: Path) -> Finding:
    """Whether SQLite can read all of it, and whether this version can."""
    if not path.exists():
        return ok(DATABASE, f"{path} will be made")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            problems = select_problems(connection)
    except sqlite3.Error as error:
        return failure(DATABASE, f"{path} cannot be read: {error}. Keep a copy of it and its -wal, restore a backup.")
    newest = migrations()[-1][0]
    if schema > newest:
        return failure(DATABASE, f"{path} was written by a newer version. Run that one, or restore an older backup.")
    if problems:
        return failure(
            DATABASE, f"{path} is damaged ({problems[0]}). Keep a copy of it and its -wal, restore a backup."
        )
    return ok(DATABASE, f"{path} is sound")


def look_at_certificate(path: Path, now: datetime) -> Finding:
    """That of the local authority, which the server renews; another one comes by `--certfile`."""
    if not path.exists():
        return ok(CERTIFICATE, f"{path} will be made")
    try:
        until = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        return failure(CERTIFICATE, f"{path} cannot be read: {error}. Remove it; a new one is made at the next start.")
    if until - now < timedelta(0):
        return warning(CERTIFICATE, f"{path} ended on {until:%d %B %Y}. Restart the server, which renews it.")
    return ok(CERTIFICATE, f"{path} is valid until {until:%d %B %Y}")


def count_descriptors(most: int) -> Finding:
    """How many connections the system lets a process have; `hubbub serve` takes as many."""
    if most == resource.RLIM_INFINITY or most >= DESCRIPTORS:
        return ok(CONNECTIONS, f"{DESCRIPTORS:,} at once")
    text = f"{most:,} at once at the most, files included"
    if most >= ENOUGH_DESCRIPTORS:
        return ok(CONNECTIONS, text)
    return warning(
        CONNECTIONS, f"{text}. Raise it: `LimitNOFILE={DESCRIPTORS}` in the unit of systemd, or `ulimit -Hn`."
    )


def compare_version(library: str, found: str, known: frozenset[str]) -> Finding:
    """Whether the library is one whose inside we know."""
    if found in known:
        return ok(library, found)
    return warning(
        library,
        f"{found} is not one that this version knows ({', '.join(sorted(known))}): the server goes by its public way, "
        "with fewer bounds. Install requirements/run.txt.",
    )
