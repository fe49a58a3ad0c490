"""Folders of files, read into memory once; knows nothing of requests.

What is served is looked up in a dictionary of these files, so no request can name anything else on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import brotli

from hubbub.composite.content_types import content_type, is_packed

MAX_BYTES = 32 * 1024 * 1024  # of all files uncompressed; a client with fonts and icons has a tenth of it
MAX_FILES = 4_096  # a folder with more is a mistake, such as node_modules
HASH_CHARS = 20  # 80 bits, to tell versions apart, not to withstand anybody

# The second-best settings: a tenth larger than the best, and forty times as fast at every start.
BROTLI_QUALITY = 6
GZIP_LEVEL = 6


class StaticFilesError(Exception):
    """The folders cannot be served as they are; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder, the prefix of its files in the tree (empty or such as `vendor`), and which of its files, or all."""

    folder: Path
    prefix: str = ""
    files: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file on the disk; `path` is that in the tree, with slashes."""

    path: str
    place: Path
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file in memory. `encodings` holds the content codings that made it smaller, the best first."""

    path: str
    content: bytes
    modified: datetime | None  # whole seconds, as HTTP has them; None if the content depends on other files too
    content_type: str
    digest: str
    encodings: dict[str, bytes]  # {"br" or "gzip": content}


@dataclass(frozen=True, slots=True)
class StaticTree:
    """All files by their paths, and one hash over their paths and contents."""

    files: dict[str, StaticFile]
    hash: str


def find_files(mounts: Sequence[Mount]) -> list[FoundFile]:
    """The files of all mounts, sorted by path; links, dotfiles and special files are not among them.

    Raises:
        StaticFilesError: a folder or a file that was asked for is not there, two files have one path, or it is too
            much.
    """
    found: dict[str, FoundFile] = {}
    for mount in mounts:
        names = set(mount.files) if mount.files is not None else None
        for file in _files_of(mount):
            if names is not None and file.place.relative_to(mount.folder).as_posix() not in names:
                continue
            if file.path in found:
                raise StaticFilesError(f"{file.place} and {found[file.path].place} would both be {file.path!r}.")
            found[file.path] = file
        _check_bounds(found.values(), mount.folder)
        missing = {_joined(mount.prefix, name) for name in names or ()} - found.keys()
        if missing:
            raise StaticFilesError(f"{mount.folder} has no file for {', '.join(sorted(missing))}.")
    return sorted(found.values(), key=lambda file: file.path)


def read_tree(found: Iterable[FoundFile]) -> StaticTree:
    """Read files that were found.

    Raises:
        StaticFilesError: one of them can no longer be read.
    """
    files = {file.path: _read(file) for file in found}
    digest = hashlib.sha256()
    for path, file in sorted(files.items()):
        digest.update(f"{path}\0{file.digest}\0".encode())
    return StaticTree(files, digest.hexdigest()[:HASH_CHARS])


def static_file(path: str, content: bytes, modified: datetime | None) -> StaticFile:
    """A file with everything that is computed from its name and content."""
    digest = hashlib.sha256(content).hexdigest()[:HASH_CHARS]
    return StaticFile(path, content, modified, content_type(path), digest, dict(_encodings(path, content)))


def _files_of(mount: Mount) -> Iterator[FoundFile]:
    waiting = [mount.folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                plain = [entry for entry in entries if _is_plain(entry)]
        except OSError as error:
            raise StaticFilesError(f"{mount.folder} cannot be read: {error}.") from error
        for entry in plain:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                relative = Path(entry.path).relative_to(mount.folder).as_posix()
                yield FoundFile(_joined(mount.prefix, relative), Path(entry.path), status.st_size, status.st_mtime_ns)


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """No dotfile, and no name that another program might read as something else."""
    return not entry.name.startswith(".") and entry.name.isprintable() and "\\" not in entry.name


def _joined(prefix: str, path: str) -> str:
    return f"{prefix.strip('/')}/{path}".lstrip("/")


def _check_bounds(found: Collection[FoundFile], folder: Path) -> None:
    size = sum(file.size for file in found)
    if len(found) > MAX_FILES or size > MAX_BYTES:
        raise StaticFilesError(
            f"{folder} makes it {len(found)} files with {size} bytes. At most {MAX_FILES} files with {MAX_BYTES} "
            "bytes are kept in memory: serve fewer, or name the ones to serve."
        )


def _read(found: FoundFile) -> StaticFile:
    try:
        # The path could have become a link since it was found.
        with open(os.open(found.place, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            content = file.read(MAX_BYTES)
    except OSError as error:
        raise StaticFilesError(f"{found.place} cannot be read: {error}.") from error
    return static_file(found.path, content, datetime.fromtimestamp(found.modified_ns // 10**9, UTC))


def _encodings(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if is_packed(path):
        return
    packed = brotli.compress(content, quality=BROTLI_QUALITY)
    if len(packed) < len(content):
        yield "br", packed
    packed = gzip.compress(content, GZIP_LEVEL, mtime=0)
    if len(packed) < len(content):
        yield "gzip", packed
