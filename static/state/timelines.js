/**
 * The loaded windows on the rooms' messages.  Pure.
 *
 * A window with `after` null ends with the newest message and grows; any other shows older messages and stays as it
 * is, so that nothing moves under somebody who reads there.
 */

/** @typedef {Extract<Change, {data: Message}>} MessageChange  Also those whose data is more than the message. */
/** @import {Change, History, Message, State, Timeline} from "./types.js" */

/** Messages in one window; the other end is let go and can be loaded again. */
export const WINDOW_MESSAGES = 600;

/** Quoted messages that are remembered. */
const QUOTES = 500;

/** @type {Set<Change["type"]>} */
const MESSAGE_CHANGES = new Set([
  "message_posted",
  "message_edited",
  "message_deleted",
  "reaction_added",
  "reaction_removed",
]);

/**
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
export function changeTimelines(change, state) {
  if (!isOfMessage(change)) return state;
  // Reactions come with the emoji that was added or removed beside the message.
  const { emoji: _, ...message } = { emoji: null, ...change.data };
  let next = withoutPending(state, message);
  if (next.quotes.has(message.id)) next = withQuote(next, message.id, message);
  const timeline = next.timelines.get(message.room_id);
  if (!timeline) return next;
  const changed = change.type === "message_posted" ? appended(timeline, message) : replaced(timeline, message);
  return changed === timeline ? next : withTimeline(next, message.room_id, changed);
}

/**
 * @param {Change} change
 * @returns {change is MessageChange}
 */
function isOfMessage(change) {
  return MESSAGE_CHANGES.has(change.type);
}

/**
 * @param {State} state
 * @param {string} room_id
 * @param {Timeline} timeline
 * @returns {State}
 */
export function withTimeline(state, room_id, timeline) {
  return { ...state, timelines: new Map(state.timelines).set(room_id, timeline) };
}

/**
 * A page of older messages put before the window; what no longer fits goes from its end.
 *
 * @param {Timeline} timeline
 * @param {History} page
 * @returns {Timeline}
 */
export function withOlder(timeline, page) {
  const known = new Set(timeline.messages.map((message) => message.id));
  const all = [...page.messages.filter((message) => !known.has(message.id)), ...timeline.messages];
  const messages = all.slice(0, WINDOW_MESSAGES);
  const after = messages.length < all.length ? (messages.at(-1)?.id ?? null) : timeline.after;
  return { messages, before: page.before, after };
}

/**
 * A page of newer messages put behind the window; what no longer fits goes from its beginning.
 *
 * @param {Timeline} timeline
 * @param {History} page
 * @returns {Timeline}
 */
export function withNewer(timeline, page) {
  const known = new Set(timeline.messages.map((message) => message.id));
  const all = [...timeline.messages, ...page.messages.filter((message) => !known.has(message.id))];
  return { ...withoutOldest({ ...timeline, messages: all }), after: page.after };
}

/**
 * @param {Timeline} timeline
 * @returns {Timeline}
 */
export function withoutOldest(timeline) {
  if (timeline.messages.length <= WINDOW_MESSAGES) return timeline;
  const messages = timeline.messages.slice(-WINDOW_MESSAGES);
  return { ...timeline, messages, before: messages[0]?.id ?? null };
}

/**
 * @param {State} state
 * @param {string} room_id
 * @returns {State}
 */
export function withoutOldestIn(state, room_id) {
  const timeline = state.timelines.get(room_id);
  const rest = timeline && withoutOldest(timeline);
  return rest && rest !== timeline ? withTimeline(state, room_id, rest) : state;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {Message | null} message
 * @returns {State}
 */
export function withQuote(state, id, message) {
  const quotes = new Map(state.quotes).set(id, message);
  for (const oldest of quotes.keys()) {
    if (quotes.size <= QUOTES) break;
    quotes.delete(oldest);
  }
  return { ...state, quotes };
}

/**
 * @param {State} state
 * @param {Message} message
 * @returns {State}
 */
function withoutPending(state, message) {
  if (message.author_id !== state.me?.id || message.client_id === null) return state;
  const pending = state.pending.filter((entry) => entry.client_id !== message.client_id);
  return pending.length === state.pending.length ? state : { ...state, pending };
}

/**
 * @param {Timeline} timeline
 * @param {Message} message
 * @returns {Timeline}
 */
function appended(timeline, message) {
  if (timeline.after !== null) return timeline;
  if (timeline.messages.some((known) => known.id === message.id)) return replaced(timeline, message);
  // Twice the window: somebody reads far above while many messages come.  The rest waits on the server.
  if (timeline.messages.length >= 2 * WINDOW_MESSAGES) {
    return { ...timeline, after: timeline.messages.at(-1)?.id ?? null };
  }
  return { ...timeline, messages: [...timeline.messages, message] };
}

/**
 * @param {Timeline} timeline
 * @param {Message} message
 * @returns {Timeline}
 */
function replaced(timeline, message) {
  const index = timeline.messages.findIndex((known) => known.id === message.id);
  return index === -1 ? timeline : { ...timeline, messages: timeline.messages.with(index, message) };
}
