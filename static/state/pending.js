/**
 * My messages on their way: what was written and is not in the log yet.  Pure.
 */

/** @import {Failure, Message, Pending, State} from "./types.js" */

/** Messages that may wait; more would be a backlog that nobody wrote by hand. */
export const PENDING_MESSAGES = 100;

/**
 * @param {State} state
 * @param {Pending} entry
 * @returns {State}
 */
export function withPending(state, entry) {
  if (state.pending.some((known) => known.client_id === entry.client_id)) return state;
  return { ...state, pending: [...state.pending, entry] };
}

/**
 * @param {State} state
 * @param {string} client_id
 * @param {Pending["status"]} status
 * @param {Failure | null} failure
 * @returns {State}
 */
export function withPendingStatus(state, client_id, status, failure = null) {
  const pending = state.pending.map((entry) => (entry.client_id === client_id ? { ...entry, status, failure } : entry));
  return { ...state, pending };
}

/**
 * @param {State} state
 * @param {string} client_id
 * @returns {State}
 */
export function withoutPending(state, client_id) {
  const pending = state.pending.filter((entry) => entry.client_id !== client_id);
  return pending.length === state.pending.length ? state : { ...state, pending };
}

/**
 * The server has the message.  It stays where it stands until the log gives it its place among the others, unless the
 * log has already done so: a message that was sent twice may be older than what is loaded.
 *
 * @param {State} state
 * @param {Message} message
 * @param {string} client_id
 * @returns {State}
 */
export function confirmed(state, message, client_id) {
  const messages = state.timelines.get(message.room_id)?.messages ?? [];
  const oldest = messages[0];
  const older = oldest !== undefined && Date.parse(message.created_at) < Date.parse(oldest.created_at);
  if (older || messages.some((known) => known.id === message.id)) return withoutPending(state, client_id);
  return withPendingStatus(state, client_id, "sent");
}

/**
 * After a snapshot nothing waits for the log any more, and what the loaded messages show has arrived.
 *
 * @param {State} state
 * @returns {State}
 */
export function settled(state) {
  const arrived = new Set();
  for (const { messages } of state.timelines.values()) {
    for (const message of messages) if (message.author_id === state.me?.id) arrived.add(message.client_id);
  }
  const pending = state.pending.filter((entry) => !arrived.has(entry.client_id));
  return pending.length === state.pending.length ? state : { ...state, pending };
}
