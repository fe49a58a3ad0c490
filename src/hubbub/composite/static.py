"""A single-page client and its files, served from memory; knows nothing of what the client does.

The page is at `/` and at every path that a browser navigates to; its files are at `/assets/<hash>/`, where the hash
is that of all of them, so they never change and import each other by relative paths.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from hubbub.composite.problem import Problem, send_problem
from hubbub.composite.scopes import header, is_under, route_path
from hubbub.composite.static_reply import StaticReply, static_reply
from hubbub.composite.static_tree import (
    FoundFile,
    Mount,
    StaticFile,
    StaticFilesError,
    find_files,
    read_tree,
    static_file,
)
from hubbub.composite.types import Receive, Scope, Send

ASSETS = "/assets"
ROOT_FILES = ("favicon.ico", "favicon.svg", "apple-touch-icon.png", "robots.txt", "manifest.webmanifest")
NOT_PAGES = ("/api", "/socket.io")
REWRITTEN_SUFFIXES = (".html", ".webmanifest")  # what refers to `/assets/` and is not itself below it

IMMUTABLE = "public, max-age=31536000, immutable"  # a year (RFC 8246)
REVALIDATED = "no-cache"

CHUNK_BYTES = 64 * 1024  # a slow reader holds one of these, not a copy of the file
METHODS = frozenset({"GET", "HEAD"})


class StaticFiles:
    """Serve the files of some folders.

    `page` is the path of the page in the tree, `None` for none. `root_files` are served under their own names as
    well, those of them that exist. `not_pages` are prefixes that never get the page. With `reload` the folders are
    looked at before each answer and read again when something changed; without it nothing is read after the start.

    Raises:
        StaticFilesError: a folder or the page is missing, or it is too much.
    """

    def __init__(
        self,
        mounts: Sequence[Mount],
        *,
        page: str | None = "index.html",
        root_files: Sequence[str] = ROOT_FILES,
        not_pages: Sequence[str] = NOT_PAGES,
        reload: bool = False,
    ) -> None:
        self._mounts = tuple(mounts)
        self._page = page
        self._root_files = tuple(root_files)
        self._not_pages = (*not_pages, ASSETS)
        self._reload = reload
        self._served = self._read(find_files(self._mounts))

    @property
    def assets_url(self) -> str:
        """Where the files are now, with a slash at the end."""
        return f"{ASSETS}/{self._served.hash}/"

    def matches(self, scope: Scope) -> bool:
        """Whether the path is one of ours, or a browser navigates to one that could be the client's."""
        if scope["type"] != "http":
            return False
        path = route_path(scope)
        return is_under(path, ASSETS) or path in self._served.fixed or self._is_navigation(scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._reload:
            await asyncio.to_thread(self._read_again)
        found = self._find(scope)
        if found is None:
            await send_problem(scope, send, Problem(404, "not_found", "There is no such file."))
        elif scope["method"] not in METHODS:
            problem = Problem(405, "method_not_allowed", "Files can be read with GET and HEAD.")
            await send_problem(scope, send, problem, headers=[(b"allow", b"GET, HEAD")])
        else:
            file, cache_control = found
            await _send(scope, send, static_reply(file, scope["method"], _asked(scope), cache_control))

    def _find(self, scope: Scope) -> tuple[StaticFile, str] | None:
        path, served = route_path(scope), self._served
        if path in served.fixed:
            return served.fixed[path], REVALIDATED
        if path.startswith(self.assets_url):
            file = served.assets.get(path.removeprefix(self.assets_url))
            return (file, IMMUTABLE) if file else None
        page = served.fixed.get("/")
        return (page, REVALIDATED) if page and self._is_navigation(scope) else None

    def _is_navigation(self, scope: Scope) -> bool:
        path = route_path(scope)
        return (
            self._page is not None
            and scope["method"] in METHODS
            and not any(is_under(path, prefix) for prefix in self._not_pages)
            and _is_client_path(path)
            and header(scope, b"sec-fetch-mode") in {None, b"navigate"}
            and _accepts_html(header(scope, b"accept"))
        )

    def _read(self, found: list[FoundFile]) -> _Served:
        return _Served(found, self._page, self._root_files)

    def _read_again(self) -> None:
        found = find_files(self._mounts)
        if found != self._served.found:
            self._served = self._read(found)


class _Served:
    """One version of everything: files by path below the hash, and by the fixed paths."""

    def __init__(self, found: list[FoundFile], page: str | None, root_files: Sequence[str]) -> None:
        tree = read_tree(found)
        if page is not None and page not in tree.files:
            raise StaticFilesError(f"There is no {page} in the folders to serve.")
        self.found = found
        self.hash = tree.hash
        self.assets = {path: file for path, file in tree.files.items() if path != page}
        self.fixed = {f"/{name}": self._rooted(tree.files[name]) for name in root_files if name in tree.files}
        if page is not None:
            self.fixed["/"] = self._rooted(tree.files[page])

    def _rooted(self, file: StaticFile) -> StaticFile:
        """The file with its references to `/assets/` led to this version; then it changes with any other file."""
        if not file.path.endswith(REWRITTEN_SUFFIXES):
            return file
        target = f"{ASSETS}/{self.hash}/".encode()
        return static_file(file.path, _REFERENCE.sub(target, file.content), modified=None)


# Where a URL begins in HTML, CSS and JSON.
_REFERENCE = re.compile(rb"(?<=[\"'=(\s,])" + ASSETS.encode() + b"/")


def _is_client_path(path: str) -> bool:
    """Whether a path could be a place in the client: plain segments, the last one without an extension."""
    segments = path.split("/")[1:]
    return (
        path.startswith("/")
        and path.isprintable()
        and not any(sign in path for sign in "\\%")
        and all(segments[:-1])
        and not any(segment.startswith(".") for segment in segments)
        and "." not in segments[-1]
    )


def _accepts_html(accept: bytes | None) -> bool:
    """Whether HTML is named; `*/*`, which scripts and programs send, does not ask for a page."""
    items = parse_accept_header((accept or b"").decode("latin-1"), Accept)
    return any(quality > 0 and item.partition(";")[0].lower() == "text/html" for item, quality in items)


def _asked(scope: Scope) -> dict[str, str]:
    names = (b"accept-encoding", b"if-modified-since", b"if-none-match", b"if-range", b"range")
    found = ((name, header(scope, name)) for name in names)
    return {name.decode(): value.decode("latin-1") for name, value in found if value is not None}


async def _send(scope: Scope, send: Send, reply: StaticReply) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    content = b"" if scope["method"] == "HEAD" else reply.content
    for begin in range(0, max(len(content), 1), CHUNK_BYTES):
        end = begin + CHUNK_BYTES
        await send({"type": "http.response.body", "body": content[begin:end], "more_body": end < len(content)})
