/** The outgoing queue: in order, each message under one id until the server has it, and nothing lost on the way. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../static/network/outbox.js";
import { Problem } from "../../../static/network/problem.js";
import { PENDING_MESSAGES } from "../../../static/state/pending.js";
import { Store } from "../../../static/state/store.js";
import { withTimeline } from "../../../static/state/timelines.js";
import { Log, message, world } from "./world.js";

/** @import {Pending} from "../../../static/state/types.js" */

/** What the browser's storage does, as far as the outbox goes. */
class Shelf {
  /** @type {Map<string, string>} */
  items = new Map();
  length = 0;

  /** @param {number} index */
  key(index) {
    return [...this.items.keys()][index] ?? null;
  }

  /** @param {string} key */
  getItem(key) {
    return this.items.get(key) ?? null;
  }

  /** @param {string} key @param {string} value */
  setItem(key, value) {
    this.items.set(key, value);
    this.length = this.items.size;
  }

  /** @param {string} key */
  removeItem(key) {
    this.items.delete(key);
    this.length = this.items.size;
  }

  clear() {
    this.items.clear();
  }
}

/** A server that answers as it is told, one answer for each attempt; when nothing is told, it takes the message. */
class Server {
  /** @type {Pending[]} */
  heard = [];
  /** @type {(Problem | null)[]} */
  answers = [];

  /** @param {Pending} entry */
  send = async (entry) => {
    this.heard.push(entry);
    const answer = this.answers.shift();
    if (answer) throw answer;
    return message({ id: `m-${entry.client_id}`, author_id: "ada", body: entry.body, client_id: entry.client_id });
  };
}

/** @param {Shelf} shelf */
function page(shelf = new Shelf()) {
  const store = new Store(world());
  const server = new Server();
  const outbox = new Outbox(store, server.send, /** @type {Storage} */ (/** @type {unknown} */ (shelf)), "ada");
  return { store, server, outbox, shelf };
}

/** Lets everything run that waits for nothing but its turn. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @param {Store} store */
const statuses = (store) => store.state.pending.map(({ status }) => status);

test("messages go out in the order of writing, one after the other", async () => {
  const { store, server, outbox, shelf } = page();
  for (const body of ["one", "two", "three"]) outbox.add("r1", body, null);
  await settled();
  assert.deepEqual(server.heard.map(({ body }) => body), ["one", "two", "three"]);
  assert.deepEqual(statuses(store), ["sent", "sent", "sent"]);
  assert.equal(shelf.items.size, 0);
});

test("a message leaves the queue when the log has it, whichever comes first", async () => {
  const { store, outbox } = page();
  outbox.add("r1", "hello", "m0");
  const [entry] = store.state.pending;
  assert.equal(entry?.reply_to, "m0");
  store.receive(new Log().posted({ id: "m1", author_id: "ada", client_id: entry?.client_id ?? null }));
  assert.deepEqual(store.state.pending, []);
  await settled();
  assert.deepEqual(store.state.pending, []);
});

test("an answer for a message that the loaded messages show, or that is older than they are, ends the waiting", async () => {
  const { store, outbox } = page();
  store.update((state) => withTimeline(state, "r1", { messages: [message({ created_at: "2030-01-01T00:00:00Z" })], before: null, after: null }));
  outbox.add("r1", "sent long ago", null);
  await settled();
  assert.deepEqual(store.state.pending, []);
});

test("without a connection messages wait, survive a reload, and go out once, under the same id", async () => {
  const first = page();
  first.server.answers = [Problem.unreachable()];
  first.outbox.add("r1", "one", null);
  first.outbox.add("r1", "two", null);
  await settled();
  first.outbox.stop();
  assert.deepEqual(statuses(first.store), ["queued", "queued"]);
  assert.equal(first.server.heard.length, 1);

  const second = page(first.shelf);
  second.outbox.restore();
  await second.outbox.flush();
  assert.deepEqual(second.server.heard.map(({ body }) => body), ["one", "two"]);
  assert.equal(second.server.heard[0]?.client_id, first.server.heard[0]?.client_id);
  assert.equal(first.shelf.items.size, 0);
});

test("the server's wish to wait is granted, then the same message goes out again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { server, outbox } = page();
  server.answers = [new Problem("rate_limited", "Slow down.", [], 7)];
  outbox.add("r1", "hello", null);
  await settled();
  context.mock.timers.tick(6_900);
  assert.equal(server.heard.length, 1);
  context.mock.timers.tick(200);
  await settled();
  assert.equal(server.heard.length, 2);
  assert.equal(server.heard[0]?.client_id, server.heard[1]?.client_id);
});

test("a refusal stays beside its message until it is sent again or discarded; the next ones go on", async () => {
  const { store, server, outbox, shelf } = page();
  server.answers = [new Problem("forbidden", "You may not post here.")];
  outbox.add("r1", "refused", null);
  outbox.add("r1", "fine", null);
  await settled();
  assert.deepEqual(statuses(store), ["failed", "sent"]);
  const [refused] = store.state.pending;
  assert.equal(refused?.failure?.detail, "You may not post here.");
  assert.equal(shelf.items.size, 1);

  outbox.retry(refused?.client_id ?? "");
  await settled();
  assert.deepEqual(statuses(store), ["sent", "sent"]);
  outbox.discard(refused?.client_id ?? "");
  assert.equal(store.state.pending.length, 1);
});

test("the queue has an end, and says so", async () => {
  const { server, outbox } = page();
  server.answers = [Problem.unreachable()];
  for (let count = 0; count < PENDING_MESSAGES; count++) outbox.add("r1", String(count), null);
  assert.throws(() => outbox.add("r1", "one too many", null), { code: "server_busy" });
  await settled();
  outbox.stop();
});

test("another person's waiting messages are not touched, and signing out leaves nothing behind", async () => {
  const shelf = new Shelf();
  shelf.setItem("hubbub.outbox.bo.x", "{}");
  const { store, server, outbox } = page(shelf);
  server.answers = [Problem.unreachable()];
  outbox.restore();
  assert.deepEqual(store.state.pending, []);
  outbox.add("r1", "mine", null);
  await settled();
  outbox.clear();
  assert.deepEqual([...shelf.items.keys()], ["hubbub.outbox.bo.x"]);
});

test("a storage that refuses does not stop the sending", async () => {
  const shelf = new Shelf();
  shelf.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  const { server, outbox } = page(shelf);
  outbox.add("r1", "hello", null);
  await settled();
  assert.equal(server.heard.length, 1);
});
