/** Windows on the messages: they grow at the ends, never in the middle, and never without bound. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { apply } from "../../../static/state/changes.js";
import { WINDOW_MESSAGES, withNewer, withOlder, withoutOldest, withQuote, withTimeline } from "../../../static/state/timelines.js";
import { at, Log, message, world } from "./world.js";

/** @import {Timeline} from "../../../static/state/types.js" */

/**
 * @param {number} from
 * @param {number} to  Not included.
 */
const range = (from, to) => Array.from({ length: to - from }, (_, index) => message({ id: `m${from + index}`, created_at: at(from + index) }));

/** @param {Timeline | undefined} timeline */
const ids = (timeline) => timeline?.messages.map(({ id }) => id);

test("older messages go before the window, each once", () => {
  const window = { messages: range(3, 6), before: "m3", after: null };
  const joined = withOlder(window, { messages: range(0, 4), before: null, after: "m3" });
  assert.deepEqual(joined, { messages: range(0, 6), before: null, after: null });
});

test("newer messages go behind the window, each once", () => {
  const window = { messages: range(0, 3), before: null, after: "m2" };
  const joined = withNewer(window, { messages: range(2, 6), before: "m2", after: null });
  assert.deepEqual(joined, { messages: range(0, 6), before: null, after: null });
});

test("a window lets go of the end that the reader moves away from", () => {
  const full = { messages: range(100, 100 + WINDOW_MESSAGES), before: "m100", after: null };

  const older = withOlder(full, { messages: range(50, 100), before: "m50", after: "m100" });
  assert.equal(older.messages.length, WINDOW_MESSAGES);
  assert.equal(older.messages[0]?.id, "m50");
  assert.equal(older.after, older.messages.at(-1)?.id);

  const detached = { ...full, after: `m${99 + WINDOW_MESSAGES}` };
  const newer = withNewer(detached, { messages: range(100 + WINDOW_MESSAGES, 150 + WINDOW_MESSAGES), before: null, after: null });
  assert.equal(newer.messages.length, WINDOW_MESSAGES);
  assert.equal(newer.before, newer.messages[0]?.id);
  assert.equal(newer.after, null);
});

test("a window that does not end with the newest stays as it is", () => {
  const state = withTimeline(world(), "r1", { messages: range(0, 3), before: null, after: "m2" });
  const now = apply(new Log().posted({ id: "m9", created_at: at(9) }), state);
  assert.deepEqual(ids(now.timelines.get("r1")), ["m0", "m1", "m2"]);
});

test("while somebody reads far above, new messages stop being kept", () => {
  const messages = range(0, 2 * WINDOW_MESSAGES);
  const state = withTimeline(world(), "r1", { messages, before: null, after: null });

  const now = apply(new Log().posted({ id: "new", created_at: at(9_999) }), state).timelines.get("r1");

  assert.equal(now?.messages.length, messages.length);
  assert.equal(now?.after, messages.at(-1)?.id);
});

test("at the end the beginning may go, and can be loaded again", () => {
  const timeline = withoutOldest({ messages: range(0, WINDOW_MESSAGES + 10), before: null, after: null });
  assert.equal(timeline.messages[0]?.id, "m10");
  assert.equal(timeline.before, "m10");
  assert.equal(withoutOldest(timeline), timeline);
});

test("a quoted message follows the log, and few of them are remembered", () => {
  let state = withQuote(world(), "m1", message({ id: "m1" }));
  state = apply(new Log().change("message_edited", message({ id: "m1", body: "new" })), state);
  assert.equal(state.quotes.get("m1")?.body, "new");

  for (let count = 0; count < 600; count++) state = withQuote(state, `q${count}`, null);
  assert.equal(state.quotes.size, 500);
  assert.equal(state.quotes.has("m1"), false);
});
