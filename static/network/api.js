/**
 * The REST API as functions.  Knows neither the state nor the page; every refusal is a `Problem`.
 */

import { newId } from "./ids.js";
import { Problem } from "./problem.js";

/** @import {ChangeMe, ChangeRoom, CreateRoom, Found, Operations, RegisterUser, SignedIn, SignIn} from "hubbub" */
/** @import {History, Invite, Member, Message, RoomForMe, ServerInfo, Sessions, User} from "../state/types.js" */

const BASE = "/api/v1";

/** Pages of a list that are loaded at once; a longer list is for searching and not for showing. */
const LIST_PAGES = 10;
const LIST_PAGE = 200;

/**
 * @param {string} method
 * @param {string} path  Below `/api/v1`.
 * @param {{body?: object, key?: string}} options  `key`: the same for each attempt at one and the same thing.
 * @returns {Promise<any>}
 */
async function request(method, path, { body, key } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (method === "POST") headers["idempotency-key"] = key ?? newId();
  const response = await fetch(BASE + path, { method, headers, body: body ? JSON.stringify(body) : null }).catch(() => {
    throw Problem.unreachable();
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (!response.ok || answer === null) throw Problem.from(answer);
  return answer;
}

/**
 * All of a list, page by page.
 *
 * @param {string} path
 * @param {string} name  The field of the answer that holds the items.
 */
async function all(path, name) {
  const items = [];
  let after = null;
  for (let page = 0; page < LIST_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(LIST_PAGE), ...(after === null ? {} : { after }) });
    const answer = await request("GET", `${path}?${query}`);
    items.push(...answer[name]);
    after = answer.after;
    if (after === null) break;
  }
  return items;
}

const id = encodeURIComponent;

export const api = {
  /** @returns {Promise<ServerInfo>} */
  server: () => request("GET", "/server"),

  /**
   * @param {RegisterUser} account
   * @param {string} key
   * @returns {Promise<SignedIn>}
   */
  signUp: (account, key) => request("POST", "/users", { body: account, key }),
  /**
   * @param {SignIn} credentials
   * @param {string} key
   * @returns {Promise<SignedIn>}
   */
  signIn: (credentials, key) => request("POST", "/sessions", { body: credentials, key }),
  signOut: () => request("DELETE", "/sessions/current"),
  /** @returns {Promise<Sessions>} */
  sessions: () => request("GET", "/sessions"),
  /** @param {string} session_id */
  revoke: (session_id) => request("DELETE", `/sessions/${id(session_id)}`),

  /** @returns {Promise<User>} */
  me: () => request("GET", "/users/me"),
  /**
   * @param {ChangeMe} change
   * @returns {Promise<User>}
   */
  changeMe: (change) => request("PATCH", "/users/me", { body: change }),
  /** @returns {Promise<User[]>} */
  users: () => all("/users", "users"),
  /**
   * @param {string} user_id
   * @returns {Promise<User>}
   */
  user: (user_id) => request("GET", `/users/${id(user_id)}`),
  /**
   * @param {number} max_uses
   * @param {string} key
   * @returns {Promise<Invite>}
   */
  invite: (max_uses, key) => request("POST", "/invites", { body: { max_uses }, key }),

  /** @returns {Promise<RoomForMe[]>} */
  rooms: () => all("/rooms", "rooms"),
  /**
   * @param {string} room_id
   * @returns {Promise<RoomForMe>}
   */
  room: (room_id) => request("GET", `/rooms/${id(room_id)}`),
  /**
   * @param {CreateRoom} room
   * @param {string} key
   * @returns {Promise<RoomForMe>}
   */
  createRoom: (room, key) => request("POST", "/rooms", { body: room, key }),
  /**
   * @param {string[]} user_ids
   * @param {string} key
   * @returns {Promise<RoomForMe>}
   */
  openDirect: (user_ids, key) => request("POST", "/rooms/direct", { body: { user_ids }, key }),
  /**
   * @param {string} room_id
   * @param {ChangeRoom} change
   * @returns {Promise<RoomForMe>}
   */
  changeRoom: (room_id, change) => request("PATCH", `/rooms/${id(room_id)}`, { body: change }),
  /** @param {string} room_id */
  deleteRoom: (room_id) => request("DELETE", `/rooms/${id(room_id)}`),
  /**
   * @param {string} room_id
   * @returns {Promise<Member[]>}
   */
  members: (room_id) => all(`/rooms/${id(room_id)}/members`, "members"),
  /**
   * @param {string} room_id
   * @param {string} user_id  `me` for oneself.
   */
  addMember: (room_id, user_id) => request("PUT", `/rooms/${id(room_id)}/members/${id(user_id)}`),
  /**
   * @param {string} room_id
   * @param {string} user_id  `me` for oneself.
   */
  removeMember: (room_id, user_id) => request("DELETE", `/rooms/${id(room_id)}/members/${id(user_id)}`),

  /**
   * @param {string} room_id
   * @param {Omit<Operations["list_messages"]["query"], "limit"> & {limit?: string}} window
   * @returns {Promise<History>}
   */
  history: (room_id, window) => request("GET", `/rooms/${id(room_id)}/messages?${new URLSearchParams(window)}`),
  /**
   * @param {Omit<Operations["search"]["query"], "limit">} asked
   * @returns {Promise<Found>}
   */
  search: (asked) => request("GET", `/search?${new URLSearchParams(asked)}`),
  /**
   * @param {string} message_id
   * @returns {Promise<Message>}
   */
  message: (message_id) => request("GET", `/messages/${id(message_id)}`),
};

/** @typedef {typeof api} Api */
