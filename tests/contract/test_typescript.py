"""The TypeScript declarations: they compile, strictly, and a program can be written with them."""

from __future__ import annotations

import re

import pytest

from hubbub.contract.commands import COMMANDS
from hubbub.contract.events import CHANGES, EVENTS
from hubbub.contract_files import Format, contract_text
from tests.support.typescript import compile_typescript

PROGRAM = """\
import { io, type Socket } from "socket.io-client";
import type { Change, ClientEvents, CommandFrame, EventFrame, Operations, ServerEvents } from "./hubbub.js";

const socket: Socket<ServerEvents, ClientEvents> = io("http://127.0.0.1:8000", { auth: { token: "…" } });
socket.on("message_posted", ({ cursor, data }) => console.log(cursor.length, data.body.length));
socket.on("ready", async ({ user }) => {
  const room: Operations["create_room"]["body"] = { name: user.display_name, visibility: "public" };
  const made = await socket.emitWithAck("create_room", room);
  if (made.ok) socket.emit("leave_room", { room_id: made.data.id }, (answer) => answer.ok || answer.error.code);
  else console.log(made.error.retry_after?.toFixed(1));
});

export function text(change: Change): string {
  return change.type === "reaction_added" ? change.data.emoji : change.type === "room_changed" ? change.data.name : "";
}
export const frame: CommandFrame = { id: 1, type: "set_typing", data: { room_id: "1", typing: true } };
export const online = (event: EventFrame) => event.type === "presence_changed" && event.data.status === "online";
"""

MISTAKES = {
    'socket.emit("post_mesage", { room_id: "1" }, () => 0);': "post_mesage",
    'socket.emit("join_room", { room: "1" }, () => 0);': "room",
    'socket.on("typing_changed", ({ status }) => status);': "status",
    'socket.on("user_changed", ({ data }) => data.body);': "body",
    'export const wrong: Operations["post_message"]["method"] = "PUT";': "PUT",
}
FIRST_MISTAKE = len(PROGRAM.splitlines()) + 1  # line


@pytest.fixture(scope="module")
def declarations() -> str:
    return contract_text(Format.TYPESCRIPT)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, declarations: str) -> str:
    """What the compiler says of the program with the mistakes below it."""
    program = PROGRAM + "\n".join(MISTAKES)
    return compile_typescript(tmp_path_factory.mktemp("typed"), program=program, declarations=declarations)


def test_the_compiler_finds_the_mistakes(said: str) -> None:
    for line, word in enumerate(MISTAKES.values(), FIRST_MISTAKE):
        assert re.search(rf"program\.ts\({line},.*{word}", said), f"{word} in line {line}: {said}"


def test_it_finds_nothing_else_in_a_typed_program_or_in_the_declarations(said: str) -> None:
    found = re.findall(r"^(\S+)\((\d+),\d+\): error", said, re.MULTILINE)
    assert len(found) == said.count("error TS")  # each has its place
    assert {file for file, _ in found} == {"program.ts"}
    assert min(int(line) for _, line in found) >= FIRST_MISTAKE


def test_every_command_and_event_has_its_line(declarations: str) -> None:
    for name in (*COMMANDS, *EVENTS):
        assert re.search(rf"^  {name}: ", declarations, re.MULTILINE), name


def test_a_change_is_one_of_its_types(declarations: str) -> None:
    found = re.search(r"^export type Change =(.*?);", declarations, re.MULTILINE | re.DOTALL)
    assert found is not None
    assert found[1].count("|") == len(CHANGES)
