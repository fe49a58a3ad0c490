/**
 * The reducer of the log: `apply(changes, stale snapshot)` is the fresh snapshot.  Pure.
 *
 * Each slice of the state has its own reducer in its own module; all of them see every change.
 */

import { changeMembers } from "./members.js";
import { changeRooms } from "./room-changes.js";
import { changeTimelines } from "./timelines.js";

/** @import {Change, State} from "./types.js" */

/**
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
export function apply(change, state) {
  // The order matters once: leaving a room drops what the other slices know of it.
  const next = changeRooms(change, changeMembers(change, changeTimelines(change, changeUsers(change, state))));
  return { ...next, cursor: change.cursor };
}

/**
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
function changeUsers(change, state) {
  if (change.type !== "user_changed") return state;
  const users = new Map(state.users).set(change.data.id, change.data);
  const me = state.me?.id === change.data.id ? change.data : state.me;
  return { ...state, users, me };
}
