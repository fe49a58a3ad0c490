/**
 * What stands in a timeline, from top to bottom: days, the unread line, messages in groups.  Pure.
 */

/** @import {Message, Pending} from "./types.js" */

/** Messages of one person within this time, in milliseconds, are one group. */
export const GROUP_LASTS = 5 * 60_000;

/**
 * @typedef {{kind: "day", key: string, at: string}} DayRow
 * @typedef {{kind: "unread", key: string}} UnreadRow
 * @typedef {{kind: "message", key: string, head: boolean, message: Message, pending: Pending | null}} MessageRow
 * @typedef {DayRow | UnreadRow | MessageRow} Row
 */

/**
 * @param {object} timeline
 * @param {Message[]} timeline.messages  Oldest first.
 * @param {Pending[]} timeline.pending  Of this room, in the order of writing.
 * @param {string | undefined} timeline.me  My user id.
 * @param {string | null} timeline.unreadAfter  The message behind which the unread line stands; "" for the beginning.
 * @returns {Row[]}
 */
export function rowsOf({ messages, pending, me, unreadAfter }) {
  /** @type {Row[]} */
  const rows = [];
  const group = { author: "", start: 0, day: "", unread: unreadAfter === "" };
  const waiting = new Map(pending.map((entry) => [entry.client_id, entry]));
  for (const message of messages) {
    // The log has it: what is still marked as waiting has arrived.
    if (message.author_id === me && message.client_id) waiting.delete(message.client_id);
    place(rows, group, message, null, me);
    group.unread = message.id === unreadAfter;
  }
  group.unread = false;
  for (const entry of waiting.values()) place(rows, group, messageOf(entry, me ?? ""), entry, me);
  return rows;
}

/**
 * @param {Row[]} rows
 * @param {{author: string, start: number, day: string, unread: boolean}} group  `unread`: the line comes next.
 * @param {Message} message
 * @param {Pending | null} pending
 * @param {string | undefined} me
 */
function place(rows, group, message, pending, me) {
  const at = new Date(message.created_at);
  const day = dayOf(at);
  if (day !== group.day) {
    rows.push({ kind: "day", key: `day ${day}`, at: message.created_at });
    group.author = "";
  }
  if (group.unread) {
    rows.push({ kind: "unread", key: "unread" });
    group.author = "";
  }
  const head = message.author_id !== group.author || at.getTime() - group.start >= GROUP_LASTS;
  if (head) group.start = at.getTime();
  group.author = message.author_id;
  group.day = day;
  // A message keeps its row, and so its node, when it changes from waiting to sent.
  const own = message.author_id === me && message.client_id;
  rows.push({ kind: "message", key: own ? `own ${own}` : message.id, head, message, pending });
}

/**
 * @param {Pending} entry
 * @param {string} me
 * @returns {Message}
 */
function messageOf(entry, me) {
  return {
    id: entry.client_id,
    room_id: entry.room_id,
    author_id: me,
    body: entry.body,
    client_id: entry.client_id,
    reply_to: entry.reply_to,
    attachments: [],
    reactions: [],
    created_at: entry.written_at,
    edited_at: null,
    deleted_at: null,
  };
}

/**
 * The local day, as a key.
 *
 * @param {Date} at
 */
function dayOf(at) {
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
}
