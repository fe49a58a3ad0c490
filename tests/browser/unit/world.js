/**
 * Small worlds for the tests: people, rooms, messages and the changes that a server's log would hold.
 */

import { emptyState } from "../../../static/state/store.js";

/** @import {Change, Member, Message, RoomForMe, State, User} from "../../../static/state/types.js" */

export const NOON = Date.parse("2024-03-04T12:00:00.000Z");

/** @param {number} minutes  After noon. */
export function at(minutes) {
  return new Date(NOON + minutes * 60_000).toISOString();
}

/**
 * @param {string} id
 * @param {string} display_name
 * @returns {User}
 */
export function user(id, display_name = id) {
  return { id, username: id, display_name, role: "member", created_at: at(0) };
}

/**
 * @param {Partial<Message>} parts
 * @returns {Message}
 */
export function message(parts) {
  return {
    id: "m1",
    room_id: "r1",
    author_id: "bo",
    body: "words",
    client_id: null,
    reply_to: null,
    attachments: [],
    reactions: [],
    created_at: at(0),
    edited_at: null,
    deleted_at: null,
    ...parts,
  };
}

/**
 * @param {Partial<RoomForMe>} parts
 * @param {number} unread_count
 * @returns {RoomForMe}
 */
export function room(parts = {}, unread_count = 0) {
  return {
    id: "r1",
    name: "general",
    topic: "",
    visibility: "public",
    direct: false,
    member_count: 2,
    created_at: at(0),
    deleted_at: null,
    membership: { role: "member", joined_at: at(0), read_message_id: null, unread_count },
    last_message_at: null,
    user_ids: [],
    ...parts,
  };
}

/**
 * @param {Partial<Member>} parts
 * @returns {Member}
 */
export function member(parts) {
  return { room_id: "r1", user_id: "bo", role: "member", joined_at: at(0), read_message_id: null, ...parts };
}

/** A log that numbers its changes. */
export class Log {
  #next = 1;

  /**
   * @param {Change["type"]} type
   * @param {any} data
   * @param {string | null} room_id
   * @param {string} actor_id
   * @returns {Change}
   */
  change(type, data, room_id = "r1", actor_id = "bo") {
    return { cursor: `log-${this.#next++}`, type, room_id, actor_id, at: at(this.#next), data };
  }

  /** @param {Partial<Message>} parts */
  posted(parts) {
    const data = message(parts);
    return this.change("message_posted", data, data.room_id, data.author_id);
  }
}

/**
 * Me is Ada; I am in one room.
 *
 * @param {Partial<State>} parts
 * @returns {State}
 */
export function world(parts = {}) {
  return {
    ...emptyState(),
    me: user("ada", "Ada"),
    loaded: true,
    users: new Map([["ada", user("ada", "Ada")], ["bo", user("bo", "Bo")]]),
    rooms: new Map([["r1", room()]]),
    ...parts,
  };
}
