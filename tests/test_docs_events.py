"""The examples of `docs/events.md` run as they stand."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil

from tests.support.browser import browser_for, open_page
from tests.support.deadline import DEADLINE, eventually
from tests.support.machine import ROOT, missing
from tests.support.people import PASSWORD, People, Person
from tests.support.server import ServerProcess


def examples(language: str) -> list[str]:
    text = (ROOT / "docs" / "events.md").read_text()
    return [str(found) for found in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


async def shell(command: str, server: ServerProcess, person: Person, cursor: str = "") -> asyncio.subprocess.Process:
    if shutil.which("curl") is None:
        missing("curl is not on this machine: the examples of docs/events.md are written for it.")
    environment = {**os.environ, "HUBBUB": server.http_url, "TOKEN": person.token, "CURSOR": cursor}
    return await asyncio.create_subprocess_shell(f"exec {command}", env=environment, stdout=asyncio.subprocess.PIPE)


async def test_curl_hears_events(people: People, shared_server: ServerProcess) -> None:
    ada = await people.register()
    process = await shell(examples("sh")[0], shared_server, ada)
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE):
        while b"event: ready" not in await process.stdout.readline():
            continue
        await ada.create_room("heard by curl")
        while b"heard by curl" not in await process.stdout.readline():
            continue
        process.terminate()
        await process.wait()


async def test_curl_waits_for_changes(people: People, shared_server: ServerProcess) -> None:
    ada = await people.register()
    cursor = (await ada.request("GET", "/changes")).json()["cursor"]
    process = await shell(examples("sh")[1], shared_server, ada, cursor)
    room = await ada.create_room()
    async with asyncio.timeout(DEADLINE):
        output, _ = await process.communicate()
    assert room.id in [change["room_id"] for change in json.loads(output)["changes"]]


async def test_a_page_hears_events(fresh_server: ServerProcess) -> None:
    (script,) = examples("js")
    async with People(fresh_server) as people, browser_for(fresh_server) as browser:
        ada = await people.register()
        room = await ada.create_room()
        page = await open_page(browser, fresh_server, "/healthz")
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        await page.evaluate(
            "account => fetch('/api/v1/sessions', {method: 'POST', headers: {'Content-Type': 'application/json'},"
            " body: JSON.stringify(account)})",
            {"username": ada.user.username, "password": PASSWORD},
        )
        await page.evaluate(f"() => {{ {script} window.events = events; }}")
        await eventually(lambda: any(text.startswith("listening from") for text in said), "the page to listen")
        await ada.post(room.id, "to the page")
        await eventually(lambda: "to the page" in said, "the message")
        await fresh_server.restart()
        async with People(fresh_server) as again:
            phone = await again.sign_in(ada.user.username)
            for body in ("while the page may be away", "once more"):
                await phone.post(room.id, body)
            await eventually(lambda: "once more" in said, "the page to come back")
        heard = [text for text in said if not text.startswith(("listening from", "Failed to load"))]
        assert heard == ["to the page", "while the page may be away", "once more"]
        assert sum(text.startswith("listening from") for text in said) == 2
        await page.evaluate("() => window.events.close()")
