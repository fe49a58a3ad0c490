/** The connection returns by itself, waits when it is told to wait, and says when it is over. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveSocket } from "../../../static/network/socket.js";

/** @import {io} from "socket.io-client" */

const HELLO = { room_id: "r1", body: "Hello", client_id: "1" };

/** What socket.io-client does, as far as we use it. */
class Wire {
  connects = 0;
  connected = false;
  /** @type {Map<string, (data: any) => void>} */
  listeners = new Map();
  /** @type {(type: string, data: object) => Promise<unknown>} */
  answer = async () => ({ ok: true, data: {} });

  connect() {
    this.connects++;
    this.connected = true;
  }

  disconnect() {
    const was = this.connected;
    this.connected = false;
    if (was) this.hear("disconnect", "io client disconnect");
  }

  /** @param {string} type @param {(data: any) => void} listener */
  on(type, listener) {
    this.listeners.set(type, listener);
  }

  /** @param {string} type @param {unknown} data */
  hear(type, data) {
    this.listeners.get(type)?.(data);
  }

  timeout() {
    return { emitWithAck: (/** @type {string} */ type, /** @type {object} */ data) => this.answer(type, data) };
  }
}

/** @param {string | null} cursor */
function world(cursor = null) {
  const wire = new Wire();
  /** @type {Record<string, any>} */
  let options = {};
  const connect = (/** @type {string} */ _url, /** @type {object} */ given) => {
    options = given;
    return wire;
  };
  const socket = new LiveSocket(/** @type {typeof io} */ (/** @type {unknown} */ (connect)), () => cursor, "http://test");
  /** @type {[string, any][]} */
  const heard = [];
  for (const type of ["change", "ready", "down", "refused", "resync"]) {
    socket.addEventListener(type, (event) => heard.push([type, /** @type {CustomEvent} */ (event).detail]));
  }
  socket.open();
  return { wire, socket, heard, auth: () => new Promise((resolve) => options.auth(resolve)) };
}

test("it goes on from the cursor, when there is one", async () => {
  assert.deepEqual(await world().auth(), {});
  assert.deepEqual(await world("log-7").auth(), { cursor: "log-7" });
});

test("commands wait for nobody: before ready, or without an answer, the server is unreachable", async () => {
  const { wire, socket } = world();
  await assert.rejects(socket.command("post_message", HELLO), { code: "unreachable" });
  wire.hear("ready", {});
  assert.deepEqual(await socket.command("post_message", HELLO), {});
  wire.answer = async () => {
    throw new Error("operation has timed out");
  };
  await assert.rejects(socket.command("post_message", HELLO), { code: "unreachable" });
  wire.answer = async () => ({ ok: false, error: { code: "rate_limited", detail: "Slow down.", retry_after: 3 } });
  await assert.rejects(socket.command("post_message", HELLO), { code: "rate_limited", retryAfter: 3 });
  wire.answer = async () => "nonsense";
  await assert.rejects(socket.command("post_message", HELLO), { code: "internal" });
});

test("events of the log are changes, whatever their type", () => {
  const { wire, heard } = world();
  wire.hear("message_posted", { cursor: "log-1" });
  wire.hear("user_changed", { cursor: "log-2" });
  wire.hear("resync", { reason: "overflow" });
  assert.deepEqual(heard, [
    ["change", { cursor: "log-1" }],
    ["change", { cursor: "log-2" }],
    ["resync", { reason: "overflow" }],
  ]);
});

test("a server that restarts is left alone for as long as it says, and a little more", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire, socket } = world();
  wire.hear("ready", {});
  wire.hear("server_restarting", { retry_after_ms: 2_000 });
  assert.equal(wire.connected, false);
  assert.equal(socket.ready, false);
  context.mock.timers.tick(1_999);
  assert.equal(wire.connects, 1);
  context.mock.timers.tick(1_002);
  assert.equal(wire.connects, 2);
});

test("a connection that the server ended is opened again; the library sees to all others", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire } = world();
  wire.hear("disconnect", "transport close");
  context.mock.timers.tick(60_000);
  assert.equal(wire.connects, 1);
  wire.hear("disconnect", "io server disconnect");
  context.mock.timers.tick(1_000);
  assert.equal(wire.connects, 2);
});

test("a refusal that waiting mends is waited for, any other is told", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire, heard } = world();
  wire.hear("connect_error", Object.assign(new Error(), { data: { code: "server_busy", detail: "Full.", retry_after: 5 } }));
  context.mock.timers.tick(7_600);
  assert.equal(wire.connects, 2);
  wire.hear("connect_error", new Error("xhr poll error"));
  wire.hear("connect_error", Object.assign(new Error(), { data: { code: "unauthenticated", detail: "Sign in." } }));
  context.mock.timers.tick(60_000);
  assert.equal(wire.connects, 2);
  assert.deepEqual(heard.map(([type]) => type), ["down", "down", "down", "refused"]);
  assert.equal(heard.at(-1)?.[1].code, "unauthenticated");
});

test("a closed connection stays closed, and one that is there needs no hurry", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { wire, socket } = world();
  socket.hurry();
  assert.equal(wire.connects, 1);
  socket.close();
  socket.hurry();
  context.mock.timers.tick(60_000);
  assert.equal(wire.connects, 1);
});
