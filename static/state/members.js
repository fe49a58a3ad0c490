/**
 * Who is in the rooms whose member list was loaded.  Pure.
 */

/** @import {ReadMark} from "hubbub" */
/** @import {Change, Member, State} from "./types.js" */

/**
 * @param {Change} change
 * @param {State} state
 * @returns {State}
 */
export function changeMembers(change, state) {
  const members = state.members.get(change.room_id ?? "");
  if (!members) return state;
  const next = changed(change, members);
  return next === members ? state : { ...state, members: new Map(state.members).set(change.room_id ?? "", next) };
}

/**
 * @param {State} state
 * @param {string} room_id
 * @param {Member[]} members
 * @returns {State}
 */
export function withMembers(state, room_id, members) {
  const byUser = new Map(members.map((member) => [member.user_id, member]));
  return { ...state, members: new Map(state.members).set(room_id, byUser) };
}

/**
 * @param {Change} change
 * @param {Map<string, Member>} members
 */
function changed(change, members) {
  switch (change.type) {
    case "member_joined":
    case "member_changed":
      return new Map(members).set(change.data.user_id, change.data);
    case "member_left":
      return without(members, change.data.user_id);
    case "read_marked":
      return hasRead(members, change.data);
    case "message_posted":
      return authorHasRead(members, change.data);
    default:
      return members;
  }
}

/**
 * @param {Map<string, Member>} members
 * @param {ReadMark} mark
 */
function hasRead(members, { user_id, message_id }) {
  const member = members.get(user_id);
  return member ? new Map(members).set(user_id, { ...member, read_message_id: message_id }) : members;
}

/**
 * Posting moves the author's own read mark.
 *
 * @param {Map<string, Member>} members
 * @param {import("./types.js").Message} message
 */
function authorHasRead(members, message) {
  const author = members.get(message.author_id);
  return author ? new Map(members).set(author.user_id, { ...author, read_message_id: message.id }) : members;
}

/**
 * @param {Map<string, Member>} members
 * @param {string} user_id
 */
function without(members, user_id) {
  const rest = new Map(members);
  rest.delete(user_id);
  return rest;
}
