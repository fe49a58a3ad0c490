/** What stands in a timeline: days, groups, the unread line, what is on its way. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../../static/state/rows.js";
import { at, message } from "./world.js";

/** @import {Message, Pending} from "../../../static/state/types.js" */

/**
 * @param {Message[]} messages
 * @param {{pending?: Pending[], unreadAfter?: string | null}} more
 */
const rows = (messages, { pending = [], unreadAfter = null } = {}) => rowsOf({ messages, pending, me: "ada", unreadAfter });

/** @param {ReturnType<typeof rows>} list */
const outline = (list) =>
  list.map((row) => (row.kind === "message" ? `${row.message.author_id}${row.head ? " head" : ""}${row.pending ? " pending" : ""}` : row.kind));

/**
 * @param {string} client_id
 * @returns {Pending}
 */
const waiting = (client_id) => ({
  client_id,
  room_id: "r1",
  body: "soon",
  reply_to: null,
  written_at: at(3),
  status: "queued",
  failure: null,
});

test("one person within five minutes is one group", () => {
  const list = rows([
    message({ id: "m1", created_at: at(0) }),
    message({ id: "m2", created_at: at(4) }),
    message({ id: "m3", created_at: at(5) }),
    message({ id: "m4", author_id: "cy", created_at: at(5) }),
    message({ id: "m5", created_at: at(6) }),
  ]);
  assert.deepEqual(outline(list), ["day", "bo head", "bo", "bo head", "cy head", "bo head"]);
});

test("days are separated, and a new day begins a new group", () => {
  const evening = new Date(2024, 2, 4, 23, 59).toISOString();
  const night = new Date(2024, 2, 5, 0, 1).toISOString();
  const list = rows([message({ id: "m1", created_at: evening }), message({ id: "m2", created_at: night })]);
  assert.deepEqual(outline(list), ["day", "bo head", "day", "bo head"]);
});

test("the unread line stands behind what was read, and never at the end", () => {
  const messages = [message({ id: "m1", created_at: at(0) }), message({ id: "m2", created_at: at(1) })];
  assert.deepEqual(outline(rows(messages, { unreadAfter: "m1" })), ["day", "bo head", "unread", "bo head"]);
  assert.deepEqual(outline(rows(messages, { unreadAfter: "m2" })), ["day", "bo head", "bo"]);
  assert.deepEqual(outline(rows(messages, { unreadAfter: "" })), ["day", "unread", "bo head", "bo"]);
});

test("what I write stands at the end until the log gives it its place, in one and the same row", () => {
  const messages = [message({ id: "m1", created_at: at(0) })];
  const before = rows(messages, { pending: [waiting("c1"), waiting("c2")] });
  assert.deepEqual(outline(before), ["day", "bo head", "ada head pending", "ada pending"]);

  const logged = message({ id: "m2", author_id: "ada", client_id: "c1", created_at: at(3) });
  const after = rows([...messages, logged], { pending: [waiting("c1"), waiting("c2")] });
  assert.deepEqual(outline(after), ["day", "bo head", "ada head", "ada pending"]);
  assert.deepEqual(after.map(({ key }) => key), before.map(({ key }) => key));
});

test("somebody else's client id is no key of mine", () => {
  const list = rows([message({ id: "m1", client_id: "c1" })], { pending: [waiting("c1")] });
  assert.deepEqual(outline(list), ["day", "bo head", "ada head pending"]);
  assert.equal(new Set(list.map(({ key }) => key)).size, list.length);
});
