/** Loading messages: pages join the window, the log overtakes them, failures stay beside the place that failed. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Directory } from "../../../static/network/directory.js";
import { History } from "../../../static/network/history.js";
import { Problem } from "../../../static/network/problem.js";
import { ReadSignal, TypingSignal } from "../../../static/network/signals.js";
import { Store } from "../../../static/state/store.js";
import { at, Log, member, message, room, user, world } from "./world.js";

/** @import {Api} from "../../../static/network/api.js" */
/** @import {LiveSocket} from "../../../static/network/socket.js" */
/** @import {History as Page} from "../../../static/state/types.js" */

/** A server with ten messages in room r1, that can be made to wait or to fail. */
class Server {
  messages = Array.from({ length: 10 }, (_, index) => message({ id: `m${index}`, created_at: at(index), body: `body ${index}` }));
  /** @type {Record<string, string>[]} */
  asked = [];
  /** @type {Problem | null} */
  refusal = null;
  /** @type {() => void} */
  meanwhile = () => {};

  /** @param {string} _room @param {Record<string, string>} window @returns {Promise<Page>} */
  history = async (_room, window) => {
    this.asked.push(window);
    if (this.refusal) throw this.refusal;
    const found = this.messages.slice();
    const place = found.findIndex(({ id }) => id === (window.before ?? window.after ?? window.around));
    const [from, to] = window.before
      ? [Math.max(0, place - 3), place]
      : window.after
        ? [place + 1, place + 4]
        : window.around
          ? [place - 1, place + 2]
          : [7, 10];
    const messages = found.slice(from, to);
    this.meanwhile();
    return {
      messages,
      before: from > 0 ? (messages[0]?.id ?? null) : null,
      after: to < found.length ? (messages.at(-1)?.id ?? null) : null,
    };
  };
  /** @param {string} id */
  message = async (id) => {
    const found = this.messages.find((each) => each.id === id);
    if (!found) throw new Problem("not_found", "There is no such message.");
    return found;
  };
  members = async () => [member({ user_id: "ada" }), member({ user_id: "cy" })];
  /** @param {string} id */
  user = async (id) => {
    this.asked.push({ user: id });
    if (this.refusal) throw this.refusal;
    return user(id, id.toUpperCase());
  };
}

function setUp() {
  const store = new Store(world());
  const server = new Server();
  const api = /** @type {Api} */ (/** @type {unknown} */ (server));
  return { store, server, api, history: new History(store, api), log: new Log() };
}

/** @param {Store} store */
const ids = (store) => store.state.timelines.get("r1")?.messages.map(({ id }) => id);

test("pages are joined to the window in both directions, and a room is opened once", async () => {
  const { store, server, history } = setUp();
  await history.open("r1");
  await history.open("r1");
  assert.equal(server.asked.length, 1);
  await history.older("r1");
  assert.deepEqual(ids(store), ["m4", "m5", "m6", "m7", "m8", "m9"]);
  await history.around("r1", "m2");
  await history.newer("r1");
  assert.deepEqual(ids(store), ["m1", "m2", "m3", "m4", "m5", "m6"]);
  await history.newer("r1");
  assert.equal(store.state.timelines.get("r1")?.after, null);
  await history.newer("r1");
  assert.equal(server.asked.length, 5);
});

test("two requests for one page are one", async () => {
  const { server, history } = setUp();
  await history.open("r1");
  await Promise.all([history.older("r1"), history.older("r1")]);
  assert.equal(server.asked.length, 2);
});

test("what the log said while the page was under way is not undone by it", async () => {
  const { store, server, history, log } = setUp();
  server.meanwhile = () => {
    store.receive(log.change("message_edited", message({ id: "m8", created_at: at(8), body: "edited", edited_at: at(20) })));
    store.receive(log.posted({ id: "m10", created_at: at(10) }));
  };
  await history.open("r1");
  assert.deepEqual(ids(store), ["m7", "m8", "m9", "m10"]);
  assert.equal(store.state.timelines.get("r1")?.messages[1]?.body, "edited");
});

test("a page that failed says so until it is loaded", async () => {
  const { store, server, history } = setUp();
  server.refusal = new Problem("rate_limited", "Slow down.");
  await history.open("r1");
  assert.equal(Object(store.state.requests.get("open r1")).detail, "Slow down.");
  server.refusal = null;
  await history.latest("r1");
  assert.equal(store.state.requests.size, 0);
});

test("a page for a room that is gone meanwhile goes nowhere", async () => {
  const { store, server, history, log } = setUp();
  server.meanwhile = () => store.receive(log.change("room_deleted", { id: "r1" }));
  await history.open("r1");
  assert.equal(store.state.timelines.size, 0);
});

test("the rooms seen last stay loaded", async () => {
  const { store, history } = setUp();
  const rooms = Array.from({ length: 14 }, (_, index) => room({ id: `r${index}` }));
  store.update((state) => ({ ...state, rooms: new Map(rooms.map((each) => [each.id, each])) }));
  for (const { id } of rooms) await history.open(id);
  assert.equal(store.state.timelines.size, 12);
  assert.equal(store.state.timelines.has("r0"), false);
  assert.equal(store.state.timelines.has("r13"), true);
});

test("a quoted message is fetched once, and one that is gone is known to be", async () => {
  const { store, history } = setUp();
  await Promise.all([history.quote("m1"), history.quote("m1"), history.quote("m99")]);
  assert.equal(store.state.quotes.get("m1")?.body, "body 1");
  assert.equal(store.state.quotes.get("m99"), null);
});

test("strangers are looked up, each once", async () => {
  const { store, server, api, history } = setUp();
  new Directory(store, api);
  await history.members("r1");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(store.state.users.get("cy")?.display_name, "CY");
  assert.deepEqual(server.asked, [{ user: "cy" }]);
});

/** A socket that notes what it is told. */
function ear() {
  /** @type {unknown[]} */
  const heard = [];
  const command = async (/** @type {string} */ type, /** @type {object} */ data) => heard.push({ type, ...data });
  return { heard, socket: /** @type {LiveSocket} */ (/** @type {unknown} */ ({ command })) };
}

test("typing is told once in a while, and its end when it stops or moves elsewhere", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const { heard, socket } = ear();
  const typing = new TypingSignal(socket);
  typing.typed("r1");
  typing.typed("r1");
  typing.typed("r2");
  context.mock.timers.tick(5_000);
  typing.stopped();
  assert.deepEqual(heard, [
    { type: "set_typing", room_id: "r1", typing: true },
    { type: "set_typing", room_id: "r1", typing: false },
    { type: "set_typing", room_id: "r2", typing: true },
    { type: "set_typing", room_id: "r2", typing: false },
  ]);
});

test("only the newest read mark of each room is sent, and none when nothing is unread", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { heard, socket } = ear();
  const store = new Store(world({ rooms: new Map([["r1", room({}, 3)], ["r2", room({ id: "r2" }, 1)], ["r3", room({ id: "r3" })]]) }));
  const read = new ReadSignal(socket, store);
  read.seen("r1", "m1");
  read.seen("r1", "m2");
  read.seen("r2", "m9");
  read.seen("r3", "m10");
  context.mock.timers.tick(1_000);
  assert.deepEqual(heard, [
    { type: "mark_read", room_id: "r1", message_id: "m2" },
    { type: "mark_read", room_id: "r2", message_id: "m9" },
  ]);
});
