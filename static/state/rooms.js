/**
 * The rooms I am in, as the server's snapshots show them.  Pure.
 *
 * A snapshot may already hold changes that are replayed on it.  Everything but counting stands that; for the unread
 * count `counted` says until which message the snapshot has counted.
 */

/** @import {RoomForMe, State} from "./types.js" */

/**
 * Everything a fresh snapshot says of the rooms.
 *
 * @param {State} state
 * @param {RoomForMe[]} rooms
 * @returns {State}
 */
export function withRooms(state, rooms) {
  const mine = rooms.filter((room) => room.membership !== null);
  const kept = new Set(mine.map((room) => room.id));
  const gone = [...state.rooms.keys()].filter((id) => !kept.has(id));
  const pending = state.pending.filter((entry) => kept.has(entry.room_id));
  const base = gone.reduce(withoutRoom, { ...state, rooms: new Map(), counted: new Map(), missing: new Set(), pending });
  return mine.reduce(withRoom, base);
}

/**
 * One room as the server shows it to me.
 *
 * @param {State} state
 * @param {RoomForMe} room
 * @returns {State}
 */
export function withRoom(state, room) {
  if (room.membership === null) return withoutRoom(state, room.id);
  const wanted = new Set(state.missing);
  wanted.delete(room.id);
  const counted = new Map(state.counted).set(room.id, timeOf(room.last_message_at));
  return { ...state, rooms: new Map(state.rooms).set(room.id, room), counted, missing: wanted };
}

/**
 * @param {State} state
 * @param {string} id
 * @returns {State}
 */
export function withoutRoom(state, id) {
  return {
    ...state,
    rooms: without(state.rooms, id),
    counted: without(state.counted, id),
    missing: new Set([...state.missing].filter((room_id) => room_id !== id)),
    members: without(state.members, id),
    timelines: without(state.timelines, id),
    typing: without(state.typing, id),
    pending: state.pending.filter((entry) => entry.room_id !== id),
  };
}

/**
 * In milliseconds of the epoch; 0 for never.
 *
 * @param {string | null} at
 */
export function timeOf(at) {
  return at === null ? 0 : Date.parse(at);
}

/**
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 */
function without(map, key) {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
