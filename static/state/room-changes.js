/**
 * What the log says of the rooms I am in: unread counts, read marks, names, coming and going.  Pure.
 */

import { timeOf, withoutRoom } from "./rooms.js";

/** @import {MemberChanged, MemberJoined, MemberLeft, MessagePosted, ReadMarked, RoomChanged} from "hubbub" */
/** @import {Change, RoomForMe, State} from "./types.js" */

/**
 * @template {Change["type"]} Type
 * @typedef {(change: Extract<Change, {type: Type}>, state: State) => State} Reducer
 */

/** @type {{[Type in Change["type"]]?: Reducer<Type>}} */
const REDUCERS = {
  message_posted: posted,
  read_marked: readMarked,
  room_created: (change, state) => (state.rooms.has(roomOf(change)) ? state : missing(state, roomOf(change))),
  room_changed: roomChanged,
  room_deleted: (change, state) => withoutRoom(state, roomOf(change)),
  member_joined: memberJoined,
  member_left: memberLeft,
  member_changed: memberChanged,
};

/**
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
export function changeRooms(change, state) {
  const reduce = /** @type {Reducer<any> | undefined} */ (REDUCERS[change.type]);
  return reduce ? reduce(change, state) : state;
}

/**
 * The part of `changeRooms` that may be applied again on a room that was fetched meanwhile.
 *
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
export function changeRoomAgain(change, state) {
  if (change.type === "member_joined") return state;
  if (change.type === "member_left" && change.data.user_id !== state.me?.id) return state;
  return changeRooms(change, state);
}

/**
 * @param {MessagePosted} change
 * @param {State} state
 */
function posted(change, state) {
  const message = change.data;
  const room = state.rooms.get(message.room_id);
  if (!room?.membership) return state;
  const at = timeOf(message.created_at);
  const last_message_at = at > timeOf(room.last_message_at) ? message.created_at : room.last_message_at;
  if (message.author_id === state.me?.id) {
    const membership = { ...room.membership, read_message_id: message.id, unread_count: 0 };
    return countingAnew(state, { ...room, last_message_at, membership });
  }
  if (at <= (state.counted.get(room.id) ?? 0)) return state;
  const membership = { ...room.membership, unread_count: room.membership.unread_count + 1 };
  return replaced(state, { ...room, last_message_at, membership });
}

/**
 * @param {ReadMarked} change
 * @param {State} state
 */
function readMarked(change, state) {
  const { user_id, message_id, unread_count } = change.data;
  const room = state.rooms.get(roomOf(change));
  if (user_id !== state.me?.id || !room?.membership) return state;
  const unread = unread_count ?? unreadAfter(state, room.id, message_id);
  return countingAnew(state, {
    ...room,
    membership: { ...room.membership, read_message_id: message_id, unread_count: unread },
  });
}

/**
 * How many loaded messages follow `message_id`; 0 when it is not among them, for what is marked is what was seen.
 *
 * @param {State} state
 * @param {string} room_id
 * @param {string} message_id
 */
function unreadAfter(state, room_id, message_id) {
  const messages = state.timelines.get(room_id)?.messages ?? [];
  const index = messages.findIndex((message) => message.id === message_id);
  return index === -1 ? 0 : messages.length - 1 - index;
}

/**
 * @param {RoomChanged} change
 * @param {State} state
 */
function roomChanged(change, state) {
  const room = state.rooms.get(roomOf(change));
  return room ? replaced(state, { ...room, ...change.data }) : state;
}

/**
 * @param {MemberJoined} change
 * @param {State} state
 */
function memberJoined(change, state) {
  const member = change.data;
  if (member.user_id === state.me?.id) return missing(state, member.room_id);
  const room = state.rooms.get(member.room_id);
  if (!room) return state;
  const user_ids = room.direct ? [...new Set([...room.user_ids, member.user_id])] : room.user_ids;
  return replaced(state, { ...room, user_ids, member_count: room.member_count + 1 });
}

/**
 * @param {MemberLeft} change
 * @param {State} state
 */
function memberLeft(change, state) {
  const member = change.data;
  if (member.user_id === state.me?.id) return withoutRoom(state, member.room_id);
  const room = state.rooms.get(member.room_id);
  if (!room) return state;
  const user_ids = room.user_ids.filter((id) => id !== member.user_id);
  return replaced(state, { ...room, user_ids, member_count: room.member_count - 1 });
}

/**
 * @param {MemberChanged} change
 * @param {State} state
 */
function memberChanged(change, state) {
  const room = state.rooms.get(roomOf(change));
  if (change.data.user_id !== state.me?.id || !room?.membership) return state;
  return replaced(state, { ...room, membership: { ...room.membership, role: change.data.role } });
}

/**
 * A read mark says exactly how many are unread at its place in the log, so from there on every message counts.
 *
 * @param {State} state
 * @param {RoomForMe} room
 * @returns {State}
 */
function countingAnew(state, room) {
  const counted = new Map(state.counted);
  counted.delete(room.id);
  return { ...replaced(state, room), counted };
}

/**
 * @param {State} state
 * @param {RoomForMe} room
 * @returns {State}
 */
function replaced(state, room) {
  return { ...state, rooms: new Map(state.rooms).set(room.id, room) };
}

/**
 * @param {State} state
 * @param {string} room_id
 * @returns {State}
 */
function missing(state, room_id) {
  return { ...state, missing: new Set(state.missing).add(room_id) };
}

/** @param {Change} change */
function roomOf(change) {
  return change.room_id ?? "";
}
