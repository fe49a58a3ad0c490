/**
 * Everything anew: what the server says at the beginning, and after a cursor that is gone.  Pure.
 */

import { settled } from "./pending.js";
import { withRooms } from "./rooms.js";

/** @import {RoomForMe, State, User} from "./types.js" */

/**
 * Messages, members and quotes are let go; they are loaded again where somebody looks.
 *
 * @param {State} state
 * @param {{me: User, rooms: RoomForMe[], users: User[]}} snapshot
 * @returns {State}
 */
export function withSnapshot(state, { me, rooms, users }) {
  const known = new Map(state.users);
  for (const user of [...users, me]) known.set(user.id, user);
  const fresh = { ...state, me, users: known, loaded: true, timelines: new Map(), members: new Map(), quotes: new Map() };
  return settled(withRooms(fresh, rooms));
}
