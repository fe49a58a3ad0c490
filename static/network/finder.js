/**
 * Finds messages by their words, and whatever of rooms and people is needed to show them.  Knows nothing of the page.
 */

import { orNull } from "./problem.js";

/** @import {Message, RoomForMe} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Api} from "./api.js" */

/**
 * @typedef {{q: string, room_id?: string, before?: string}} Asked
 * @typedef {{message: Message, room: RoomForMe}} FoundMessage
 */

export class Finder {
  #store;
  #api;

  /**
   * @param {Store} store
   * @param {Api} api
   */
  constructor(store, api) {
    this.#store = store;
    this.#api = api;
  }

  /**
   * Newest first; `before` is where to go on, null at the end.
   *
   * @param {Asked} asked
   * @returns {Promise<{found: FoundMessage[], before: string | null}>}
   */
  async search(asked) {
    const { messages, before } = await this.#api.search(asked);
    const [rooms] = await Promise.all([this.#rooms(messages), this.#people(messages)]);
    const found = messages.flatMap((message) => {
      const room = rooms.get(message.room_id);
      return room ? [{ message, room }] : [];
    });
    return { found, before };
  }

  /**
   * Mine, and the public ones that I am not in.  One that has gone meanwhile takes its messages with it.
   *
   * @param {Message[]} messages
   */
  async #rooms(messages) {
    const rooms = new Map(this.#store.state.rooms);
    const missing = new Set(messages.map((message) => message.room_id).filter((room_id) => !rooms.has(room_id)));
    await Promise.all([...missing].map(async (room_id) => {
      const room = await orNull(this.#api.room(room_id));
      if (room) rooms.set(room_id, room);
    }));
    return rooms;
  }

  /** @param {Message[]} messages */
  async #people(messages) {
    const known = this.#store.state.users;
    const missing = new Set(messages.map((message) => message.author_id).filter((user_id) => !known.has(user_id)));
    const people = (await Promise.all([...missing].map((user_id) => orNull(this.#api.user(user_id))))).filter((user) => user !== null);
    if (people.length === 0) return;
    this.#store.update((state) => ({ ...state, users: new Map([...state.users, ...people.map((user) => /** @type {const} */ ([user.id, user]))]) }));
  }
}
