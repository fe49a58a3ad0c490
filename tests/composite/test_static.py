"""Which paths are files, which are the page, and which are neither."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.composite.static import CHUNK_BYTES, StaticFiles
from hubbub.composite.static_tree import Mount, StaticFilesError
from tests.support.asgi_calls import Call, Pairs, call, http_scope, websocket_scope

SITE = Path(__file__).parent / "site"
HTML = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
BROWSER: Pairs = [HTML, ("Sec-Fetch-Mode", "navigate")]

files = StaticFiles([Mount(SITE)], not_pages=["/api", "/docs"])


async def get(path: str, headers: Pairs = (), method: str = "GET", handler: StaticFiles = files) -> Call:
    return await call(handler, http_scope(path, method, headers))


def names(handler: StaticFiles = files) -> list[str]:
    return [path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()]


async def test_the_page_refers_to_this_version() -> None:
    page = await get("/")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert "last-modified" not in page.headers
    assert f'src="{files.assets_url}main.js"'.encode() in page.body
    assert f"href={files.assets_url}main.css".encode() in page.body
    assert b"https://elsewhere.example/assets/x" in page.body
    again = await get("/", [("If-None-Match", page.headers["etag"])])
    assert (again.status, again.body) == (304, b"")


async def test_every_file_but_the_page_is_below_the_hash_for_good() -> None:
    for name in names():
        reply = await get(files.assets_url + name)
        if name == "index.html":
            assert reply.status == 404
        else:
            assert (reply.status, reply.body) == (200, (SITE / name).read_bytes())
            assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", ["/assets/main.js", "/assets/0123456789abcdef0123/main.js", "/assets/", "/assets"])
async def test_another_version_is_gone_and_nobody_keeps_that(path: str) -> None:
    reply = await get(path, BROWSER)
    assert (reply.status, reply.document["code"]) == (404, "not_found")
    assert reply.headers["cache-control"] == "no-store"


async def test_some_files_have_fixed_names_too(tmp_path: Path) -> None:
    (tmp_path / "manifest.webmanifest").write_text('{"icons": [{"src": "/assets/icon.svg"}]}')
    (tmp_path / "favicon.ico").write_bytes(b"icon")
    handler = StaticFiles([Mount(tmp_path)], page=None)
    manifest = await get("/manifest.webmanifest", handler=handler)
    assert manifest.headers["content-type"] == "application/manifest+json"
    assert f"{handler.assets_url}icon.svg".encode() in manifest.body
    icon = await get("/favicon.ico", handler=handler)
    assert (icon.body, icon.headers["cache-control"]) == (b"icon", "no-cache")
    assert (await get("/favicon.ico", [("If-None-Match", icon.headers["etag"])], handler=handler)).status == 304
    assert not handler.matches(http_scope("/robots.txt"))
    assert not handler.matches(http_scope("/", headers=BROWSER))


@pytest.mark.parametrize("path", ["/rooms", "/rooms/42", "/rooms/42/", "/käse", "/apis", "/a b"])
async def test_browsers_get_the_page_wherever_they_navigate(path: str) -> None:
    for headers in (BROWSER, [HTML]):
        assert files.matches(http_scope(path, headers=headers))
        assert (await get(path, headers)).body == (await get("/")).body
    head = await get(path, BROWSER, "HEAD")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "*",
        "http://127.0.0.1/",
        "http://127.0.0.1/rooms",
        "/api",
        "/api/v1/rooms",
        "/docs",
        "/missing.js",
        "/index.html",
        "/.env",
        "/.git/config",
        "/../etc/passwd",
        "/rooms/../x",
        "//evil.example",
        "/a//b",
        "/%2e%2e/x",
        "/a\\b",
        "/a\0",
        "/a\nb",
        "rooms",
    ],
)
async def test_these_are_nobodys_navigation(path: str) -> None:
    assert not files.matches(http_scope(path, headers=BROWSER))
    assert (await get(path, BROWSER)).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Accept", "*/*")],
        [("Accept", "application/json")],
        [("Accept", "text/html;q=0")],
        [HTML, ("Sec-Fetch-Mode", "cors")],
        [HTML, ("Sec-Fetch-Mode", "no-cors")],
    ],
)
async def test_programs_get_no_page(headers: Pairs) -> None:
    assert not files.matches(http_scope("/rooms", headers=headers))


def test_only_reading_is_a_navigation_and_websockets_are_never_ours() -> None:
    assert not files.matches(http_scope("/rooms", "POST", headers=BROWSER))
    assert not files.matches(websocket_scope("/", headers=BROWSER))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])
async def test_files_are_for_reading(method: str) -> None:
    for path in ("/", files.assets_url + "main.js", "/favicon.svg"):
        assert files.matches(http_scope(path, method))
        reply = await get(path, method=method)
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")
        assert reply.document["code"] == "method_not_allowed"


async def test_head_is_get_without_a_body() -> None:
    path = files.assets_url + "main.js"
    head, whole = await get(path, method="HEAD"), await get(path)
    assert head.headers == whole.headers
    assert head.body == b""


@pytest.mark.seed("4.2")
async def test_ranges_and_codings_reach_the_client() -> None:
    path = files.assets_url + "main.js"
    part = await get(path, [("Range", "bytes=0-5"), ("Accept-Encoding", "gzip")])
    assert (part.status, part.body) == (206, b"import")
    page = await get("/", [("Accept-Encoding", "gzip, br;q=0")])
    assert page.headers["content-encoding"] == "gzip"
    assert gzip.decompress(page.body) == (await get("/")).body


async def test_large_files_are_sent_in_pieces(tmp_path: Path) -> None:
    content = bytes(256) * (CHUNK_BYTES // 128) + b"end"
    (tmp_path / "large.png").write_bytes(content)
    handler = StaticFiles([Mount(tmp_path)], page=None)
    reply = await get(handler.assets_url + "large.png", handler=handler)
    bodies = reply.messages[1:]
    assert reply.body == content
    assert [message["more_body"] for message in bodies] == [True, True, False]
    assert max(len(message["body"]) for message in bodies) == CHUNK_BYTES


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StaticFilesError, match=r"no index\.html"):
        StaticFiles([Mount(tmp_path)])


async def test_without_reload_the_disk_is_not_touched_again(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("before")
    handler = StaticFiles([Mount(tmp_path)])
    (tmp_path / "index.html").unlink()
    assert (await get("/", handler=handler)).body == b"before"


async def test_with_reload_changes_show(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<script src='/assets/main.js'></script>")
    (tmp_path / "main.js").write_text("before")
    handler = StaticFiles([Mount(tmp_path)], reload=True)
    before, url = (await get("/", handler=handler)).body, handler.assets_url
    assert (await get("/", handler=handler)).body == before
    (tmp_path / "main.js").write_text("afterwards")
    assert (await get("/", handler=handler)).body != before
    assert handler.assets_url != url
    assert (await get(handler.assets_url + "main.js", handler=handler)).body == b"afterwards"
    assert (await get(url + "main.js", handler=handler)).status == 404


PARTS = st.sampled_from([
    "..", ".", "", "%2e%2e", "%252e%252e", "%2f", "%5c", "\\", "\0", "%00", ".env", "main.js", "part", "part.js",
    "assets", "index.html", "etc", "passwd", "~", "C:", files.assets_url.strip("/"), "site", "api", "é", "\ud800", " ",
])  # fmt: skip


@pytest.mark.seed("4.2")
@given(st.lists(PARTS, max_size=7), st.sampled_from(["/", "\\", "//", "%2f"]), st.booleans())
async def test_no_path_leads_out(parts: list[str], separator: str, decoded: bool) -> None:
    """Whatever is answered with 200 is a file of the site under its own path, or the page."""
    path = "/" + separator.join(parts)
    path = unquote(path) if decoded else path
    reply = await get(path, BROWSER)
    if reply.status == 200:
        name = path.removeprefix(files.assets_url) if path.startswith(files.assets_url) else path.lstrip("/")
        page = (await get("/")).body
        assert reply.body == page or (name in names() and reply.body == (SITE / name).read_bytes())
        assert reply.body != page or not any(bad in path for bad in ("..", "\\", "\0", "%", "/.", "//"))
    else:
        assert reply.status == 404


@given(st.text(max_size=40))
async def test_no_text_breaks_it(text: str) -> None:
    assert (await get(text, BROWSER)).status in {200, 404}
    assert (await get(files.assets_url + text)).status in {200, 404}
