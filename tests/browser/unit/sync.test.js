/** State and log stay together: through slow snapshots, gaps, cursors that are gone, and sessions that end. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../../static/network/problem.js";
import { Sync } from "../../../static/network/sync.js";
import { emptyState, Store } from "../../../static/state/store.js";
import { at, Log, member, room, user } from "./world.js";

/** @import {Change, RoomForMe} from "../../../static/state/types.js" */
/** @import {Api} from "../../../static/network/api.js" */
/** @import {LiveSocket} from "../../../static/network/socket.js" */

const LIMITS = { body_chars: 8_000, commands_in_flight: 16, frame_bytes: 65_536 };

/** A connection that the test speaks through. */
class Line extends EventTarget {
  opened = 0;
  /** @type {object[]} */
  commands = [];
  /** @type {{changes: Change[], cursor: string, more: boolean}[]} */
  pages = [];

  open() {
    this.opened++;
  }

  close() {}

  /** @param {string} type @param {object} data */
  async command(type, data) {
    this.commands.push({ type, ...data });
    const page = this.pages.shift();
    if (!page) throw Problem.unreachable();
    return page;
  }

  /** @param {string} type @param {unknown} detail */
  say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {string} cursor @param {boolean} resumed */
  ready(cursor, resumed = false) {
    this.say("ready", { user: user("ada"), cursor, resumed, limits: LIMITS, online: ["ada"] });
  }
}

/** A server whose answers the test may hold back. */
class Server {
  /** @type {RoomForMe[]} */
  list = [room()];
  asked = 0;
  /** @type {Problem | null} */
  refusal = null;
  /** @type {Promise<void>} */
  gate = Promise.resolve();

  me = async () => user("ada");
  users = async () => [user("ada"), user("bo")];
  rooms = async () => {
    this.asked++;
    const { list, refusal } = this;
    await this.gate;
    if (refusal) throw refusal;
    return list;
  };
  /** @param {string} id */
  room = async (id) => {
    const found = this.list.find((each) => each.id === id);
    await this.gate;
    if (!found) throw new Problem("not_found", "gone");
    return found;
  };
}

function world() {
  const store = new Store(emptyState());
  const line = new Line();
  const server = new Server();
  const sync = new Sync(
    store,
    /** @type {Api} */ (/** @type {unknown} */ (server)),
    /** @type {LiveSocket} */ (/** @type {unknown} */ (line)),
  );
  /** @type {string[]} */
  const heard = [];
  for (const type of ["started", "ready", "ended", "failed"]) sync.addEventListener(type, () => heard.push(type));
  sync.start();
  return { store, line, server, sync, heard, log: new Log() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** @returns {{opened: Promise<void>, open: () => void}} */
function gate() {
  let open = () => {};
  const opened = /** @type {Promise<void>} */ (new Promise((resolve) => (open = () => resolve(undefined))));
  return { opened, open };
}

/** @param {Store} store */
const unread = (store) => store.state.rooms.get("r1")?.membership?.unread_count;

test("the cursor comes first, changes wait for the snapshot, and none is lost or counted twice", async () => {
  const { store, line, server, heard, log } = world();
  const { opened, open } = gate();
  server.gate = opened;
  server.list = [room({ last_message_at: at(1) }, 1)];
  line.ready("log-0");
  line.say("change", log.posted({ id: "m1", created_at: at(1) }));
  line.say("change", log.posted({ id: "m2", created_at: at(2) }));
  await settled();
  assert.equal(store.state.cursor, "log-0");
  assert.equal(store.state.loaded, false);

  open();
  await settled();
  assert.equal(unread(store), 2);
  assert.equal(store.state.cursor, "log-2");
  assert.deepEqual(heard, ["ready", "started"]);
});

test("a connection that breaks while the snapshot loads goes on from the first cursor", async () => {
  const { store, line, server, log } = world();
  const { opened, open } = gate();
  server.gate = opened;
  line.ready("log-0");
  const first = log.posted({ id: "m1", created_at: at(1) });
  line.say("change", first);
  line.say("change", first);
  line.say("change", log.posted({ id: "m2", created_at: at(2) }));
  line.ready("log-2", true);
  open();
  await settled();
  assert.equal(server.asked, 1);
  assert.equal(unread(store), 2);
});

test("changes that were left out are fetched, and what comes meanwhile waits behind them", async () => {
  const { store, line, log } = world();
  line.ready("log-0");
  await settled();
  const missed = [1, 2, 3].map((minute) => log.posted({ id: `m${minute}`, created_at: at(minute) }));
  const [first, second, third] = /** @type {[Change, Change, Change]} */ (missed);
  line.pages = [
    { changes: [first], cursor: first.cursor, more: true },
    { changes: [second, third], cursor: third.cursor, more: false },
  ];
  line.say("resync", { reason: "overflow", cursor: second.cursor });
  line.say("change", third);
  line.say("change", log.posted({ id: "m4", created_at: at(4) }));
  await settled();
  assert.equal(unread(store), 4);
  assert.equal(store.state.cursor, "log-4");
  assert.deepEqual(line.commands.map((command) => Object(command).since), ["log-0", "log-1"]);
});

test("a gap that cannot be fetched, or a cursor that is gone, means a new snapshot", async () => {
  const { store, line, server } = world();
  line.ready("log-0");
  await settled();
  line.say("resync", { reason: "overflow", cursor: "log-9" });
  await settled();
  assert.equal(store.state.cursor, null);
  line.ready("log-9");
  await settled();
  line.say("resync", { reason: "cursor_gone", cursor: "new-1" });
  line.ready("new-1");
  await settled();
  assert.equal(server.asked, 3);
  assert.equal(store.state.cursor, "new-1");
});

test("a snapshot that fails is tried again; a session that is over ends everything", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { line, server, heard, store } = world();
  server.refusal = new Problem("server_busy", "Busy.", [], 2);
  line.ready("log-0");
  await settled();
  assert.deepEqual(heard, ["ready", "failed"]);
  server.refusal = null;
  context.mock.timers.tick(2_000);
  await settled();
  assert.equal(store.state.loaded, true);

  line.say("refused", new Problem("unauthenticated", "Sign in again."));
  assert.equal(heard.at(-1), "ended");
});

test("a room that becomes mine is fetched, with what was said in it meanwhile", async () => {
  const { store, line, server, log } = world();
  line.ready("log-0");
  await settled();
  const { opened, open } = gate();
  server.list = [room({ id: "r2" })];
  server.gate = opened;
  line.say("change", log.change("member_joined", member({ room_id: "r2", user_id: "ada" }), "r2"));
  line.say("change", log.posted({ id: "m1", room_id: "r2", created_at: at(1) }));
  open();
  await settled();
  assert.equal(store.state.rooms.get("r2")?.membership?.unread_count, 1);
});

test("who came or went while the snapshot was made is asked for again", async () => {
  const { store, line, server, log } = world();
  const { opened, open } = gate();
  server.gate = opened;
  server.list = [room({ member_count: 3 })];
  line.ready("log-0");
  line.say("change", log.change("member_joined", member({ user_id: "cy" })));
  open();
  await settled();
  await settled();
  assert.equal(store.state.rooms.get("r1")?.member_count, 3);
});

test("a new connection forgets who typed and who was here, and what failed may be asked for again", async () => {
  const { store, line } = world();
  line.ready("log-0");
  await settled();
  line.say("presence_changed", { user_id: "bo", status: "online" });
  line.say("typing_changed", { room_id: "r1", user_id: "bo", typing: true });
  store.update((state) => ({ ...state, requests: new Map([["older r1", Problem.unreachable()]]) }));
  assert.equal(store.state.online.has("bo"), true);
  line.ready("log-0", true);
  assert.deepEqual([...store.state.online], ["ada"]);
  assert.equal(store.state.typing.size + store.state.requests.size, 0);
});
