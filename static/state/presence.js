/**
 * Who is here and who is typing: what travels beside the log.  Pure; the time comes in as an argument.
 */

/** @import {State} from "./types.js" */

/** Typing is forgotten after this, in milliseconds, should the word that it ended get lost. */
const TYPING_LASTS = 8_000;

/**
 * @param {State} state
 * @param {{user_id: string, status: "online" | "offline"}} event
 * @returns {State}
 */
export function withPresence(state, { user_id, status }) {
  const online = new Set(state.online);
  if (status === "online") online.add(user_id);
  else online.delete(user_id);
  return { ...state, online };
}

/**
 * @param {State} state
 * @param {{room_id: string, user_id: string, typing: boolean}} event
 * @param {number} now  Milliseconds of the epoch.
 * @returns {State}
 */
export function withTyping(state, { room_id, user_id, typing }, now) {
  if (user_id === state.me?.id) return state;
  const users = new Map(state.typing.get(room_id));
  if (typing) users.set(user_id, now + TYPING_LASTS);
  else users.delete(user_id);
  return { ...state, typing: new Map(state.typing).set(room_id, users) };
}

/**
 * Who types in the room now.
 *
 * @param {State} state
 * @param {string} room_id
 * @param {number} now  Milliseconds of the epoch.
 * @returns {string[]}
 */
export function typingIn(state, room_id, now) {
  return [...(state.typing.get(room_id) ?? [])].filter(([, until]) => until > now).map(([user_id]) => user_id);
}
