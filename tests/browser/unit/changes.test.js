/** The promise of the client: the changes of the log, applied to a stale snapshot, give the fresh one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { apply } from "../../../static/state/changes.js";
import { withMembers } from "../../../static/state/members.js";
import { withRoom, withRooms } from "../../../static/state/rooms.js";
import { Store } from "../../../static/state/store.js";
import { withTimeline } from "../../../static/state/timelines.js";
import { at, Log, member, message, room, user, world } from "./world.js";

/** @import {Change, State} from "../../../static/state/types.js" */

/**
 * @param {Change[]} changes
 * @param {State} state
 */
const applied = (changes, state) => changes.reduce((next, change) => apply(change, next), state);

/**
 * @param {State} state
 * @param {string} room_id
 */
const unread = (state, room_id = "r1") => state.rooms.get(room_id)?.membership?.unread_count;

/** @param {import("../../../static/state/types.js").Message[]} messages */
const loaded = (messages) => withTimeline(world(), "r1", { messages, before: null, after: null });

test("everything that can happen to a room ends in the fresh snapshot", () => {
  const log = new Log();
  const first = message({ id: "m1", created_at: at(1) });
  const edited = { ...first, body: "better words", edited_at: at(3) };
  const reacted = { ...edited, reactions: [{ emoji: "👍", user_ids: ["cy"] }] };
  const second = message({ id: "m2", author_id: "cy", created_at: at(5) });
  const deleted = { ...second, body: "", deleted_at: at(6) };
  const stale = withMembers(loaded([]), "r1", [member({ user_id: "ada" }), member({ user_id: "bo" })]);
  const changes = [
    log.change("message_posted", first),
    log.change("user_changed", user("bo", "Bo the Second"), null),
    log.change("message_edited", edited),
    log.change("member_joined", member({ user_id: "cy", joined_at: at(4) })),
    log.change("reaction_added", { ...reacted, emoji: "👍" }),
    log.change("message_posted", second, "r1", "cy"),
    log.change("message_deleted", deleted, "r1", "cy"),
    log.change("room_changed", { id: "r1", name: "kitchen", topic: "Tea", member_count: 3 }),
    log.change("member_changed", member({ user_id: "ada", role: "owner" })),
    log.change("read_marked", { room_id: "r1", user_id: "ada", message_id: "m1", unread_count: 1 }, "r1", "ada"),
    log.change("member_left", member({ user_id: "bo" })),
  ];

  const now = applied(changes, stale);

  assert.deepEqual(now.timelines.get("r1")?.messages, [reacted, deleted]);
  assert.deepEqual(
    now.rooms.get("r1"),
    room({
      name: "kitchen",
      topic: "Tea",
      member_count: 2,
      last_message_at: at(5),
      membership: { role: "owner", joined_at: at(0), read_message_id: "m1", unread_count: 1 },
    }),
  );
  assert.deepEqual([...(now.members.get("r1")?.keys() ?? [])], ["ada", "cy"]);
  assert.equal(now.members.get("r1")?.get("cy")?.read_message_id, "m2");
  assert.equal(now.users.get("bo")?.display_name, "Bo the Second");
  assert.equal(now.cursor, "log-11");
});

test("the state that goes in is not touched", () => {
  const stale = loaded([message({ id: "m1" })]);
  const before = structuredClone({ ...stale });

  applied([new Log().posted({ id: "m2", created_at: at(1) })], stale);

  assert.deepEqual({ ...stale }, before);
});

test("what others write is unread, what I write reads everything before it", () => {
  const log = new Log();
  const others = [log.posted({ id: "m1", created_at: at(1) }), log.posted({ id: "m2", created_at: at(2) })];
  const mine = log.posted({ id: "m3", author_id: "ada", created_at: at(3) });
  const later = log.posted({ id: "m4", created_at: at(4) });

  assert.equal(unread(applied(others, world())), 2);
  assert.equal(unread(applied([...others, mine], world())), 0);
  assert.equal(applied([...others, mine], world()).rooms.get("r1")?.membership?.read_message_id, "m3");
  assert.equal(unread(applied([...others, mine, later], world())), 1);
});

test("a read mark without a count is counted from the loaded messages", () => {
  const log = new Log();
  const messages = [1, 2, 3].map((minute) => message({ id: `m${minute}`, created_at: at(minute) }));
  const marked = log.change("read_marked", { room_id: "r1", user_id: "ada", message_id: "m2" }, "r1", "ada");

  assert.equal(unread(apply(marked, loaded(messages))), 1);
});

test("somebody else's read mark is not mine", () => {
  const state = withRooms(world(), [room({}, 3)]);
  const marked = new Log().change("read_marked", { room_id: "r1", user_id: "bo", message_id: "m9", unread_count: 0 });

  assert.equal(unread(apply(marked, state)), 3);
});

test("messages that the snapshot has counted are not counted again when they are replayed", () => {
  const log = new Log();
  const [first, second, third] = [1, 2, 3].map((minute) => log.posted({ id: `m${minute}`, created_at: at(minute) }));
  const snapshot = withRooms(world(), [room({ last_message_at: at(2) }, 2)]);

  const now = applied(/** @type {Change[]} */ ([first, second, third]), snapshot);

  assert.equal(unread(now), 3);
});

test("a replayed read mark starts the counting anew", () => {
  const log = new Log();
  const marked = log.change("read_marked", { room_id: "r1", user_id: "ada", message_id: "m0", unread_count: 0 }, "r1", "ada");
  const replayed = [marked, log.posted({ id: "m1", created_at: at(1) }), log.posted({ id: "m2", created_at: at(2) })];
  const snapshot = withRooms(world(), [room({ last_message_at: at(2) }, 2)]);

  assert.equal(unread(applied(replayed, snapshot)), 2);
});

test("a change that comes twice is applied once", () => {
  const store = new Store(loaded([]));
  const log = new Log();
  const changes = [log.posted({ id: "m1", created_at: at(1) }), log.change("member_joined", member({ user_id: "cy" }))];

  for (const change of [...changes, ...changes]) store.receive(change);

  assert.equal(unread(store.state), 1);
  assert.equal(store.state.rooms.get("r1")?.member_count, 3);
  assert.equal(store.state.timelines.get("r1")?.messages.length, 1);
});

test("an answer that is older than the log is brought up to date", () => {
  const store = new Store(loaded([]));
  const log = new Log();
  const old = message({ id: "m1", created_at: at(1) });
  const mark = store.mark();
  store.receive(log.change("message_edited", { ...old, body: "new", edited_at: at(2) }));

  const taken = store.merge(
    mark,
    (state) => withTimeline(state, "r1", { messages: [old], before: null, after: null }),
    apply,
  );

  assert.equal(taken, true);
  assert.equal(store.state.timelines.get("r1")?.messages[0]?.body, "new");
});

test("an answer is refused when more came meanwhile than is kept", () => {
  const store = new Store(world());
  const log = new Log();
  const mark = store.mark();
  for (let count = 0; count < 3_000; count++) store.receive(log.change("user_changed", user("bo"), null));

  assert.equal(store.merge(mark, (state) => state, apply), false);
});

test("a room that becomes mine is to be fetched, and is there once it was", () => {
  const joined = new Log().change("member_joined", member({ room_id: "r2", user_id: "ada" }), "r2");

  const now = apply(joined, world());
  assert.deepEqual([...now.missing], ["r2"]);

  const fetched = withRoom(now, room({ id: "r2" }));
  assert.deepEqual([...fetched.missing], []);
  assert.equal(fetched.rooms.has("r2"), true);
});

for (const [type, data] of /** @type {const} */ ([
  ["member_left", member({ user_id: "ada" })],
  ["room_deleted", { id: "r1" }],
])) {
  test(`${type}: nothing of the room is left`, () => {
    const pending = { client_id: "c", room_id: "r1", body: "", reply_to: null, written_at: at(0), status: /** @type {const} */ ("queued"), failure: null };
    const state = { ...withMembers(loaded([message({})]), "r1", [member({})]), pending: [pending] };

    const now = apply(new Log().change(type, data), state);

    assert.equal(now.rooms.size + now.timelines.size + now.members.size + now.pending.length, 0);
  });
}

test("direct messages know who is in them", () => {
  const state = world({ rooms: new Map([["r1", room({ direct: true, user_ids: ["ada", "bo"] })]]) });
  const now = apply(new Log().change("member_joined", member({ user_id: "cy" })), state);
  assert.deepEqual(now.rooms.get("r1")?.user_ids, ["ada", "bo", "cy"]);
});

test("a change of a kind that is not known yet only moves the cursor", () => {
  const state = world();
  const now = apply(new Log().change(/** @type {any} */ ("poll_opened"), { anything: true }), state);
  assert.deepEqual(now, { ...state, cursor: "log-1" });
});

test("a reaction leaves no trace of its own on the message", () => {
  const state = loaded([message({ id: "m1" })]);
  const reacted = { ...message({ id: "m1", reactions: [{ emoji: "🎉", user_ids: ["bo"] }] }), emoji: "🎉" };

  const now = apply(new Log().change("reaction_added", reacted), state);

  assert.deepEqual(now.timelines.get("r1")?.messages, [message({ id: "m1", reactions: [{ emoji: "🎉", user_ids: ["bo"] }] })]);
});

test("rooms that a fresh snapshot does not show are gone", () => {
  const state = withRooms(loaded([message({})]), [room({ id: "r2" }), room({ id: "r3", membership: null })]);
  assert.deepEqual([...state.rooms.keys()], ["r2"]);
  assert.equal(state.timelines.has("r1"), false);
});
