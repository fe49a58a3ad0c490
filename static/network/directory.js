/**
 * Fetches the people whose names are needed and not known: those who came after the list was loaded, or were beyond it.
 */

/** @import {State} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Api} from "./api.js" */

/** People asked for at a time, so that a page of strangers is not a burst of requests. */
const AT_ONCE = 4;

export class Directory {
  #store;
  #api;
  /** @type {Set<string>} */
  #asked = new Set();
  /** @type {string[]} */
  #waiting = [];
  #running = 0;

  /**
   * @param {Store} store
   * @param {Api} api
   */
  constructor(store, api) {
    this.#store = store;
    this.#api = api;
    store.addEventListener("change", (event) => this.#look(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {State} before */
  #look(before) {
    const state = this.#store.state;
    if (!state.loaded) return;
    for (const id of mentioned(state, before)) {
      if (state.users.has(id) || this.#asked.has(id)) continue;
      this.#asked.add(id);
      this.#waiting.push(id);
    }
    while (this.#running < AT_ONCE && this.#waiting.length > 0) this.#fetch(this.#waiting.shift() ?? "");
  }

  /** @param {string} id */
  async #fetch(id) {
    this.#running++;
    try {
      const user = await this.#api.user(id);
      this.#store.update((state) => ({ ...state, users: new Map(state.users).set(id, user) }));
    } catch {
      this.#asked.delete(id);
    } finally {
      this.#running--;
    }
  }
}

/**
 * Who is named in what has changed.
 *
 * @param {State} state
 * @param {State} before
 */
function* mentioned(state, before) {
  if (state.rooms !== before.rooms) for (const room of state.rooms.values()) yield* room.user_ids;
  if (state.members !== before.members) for (const members of state.members.values()) yield* members.keys();
  if (state.typing !== before.typing) for (const users of state.typing.values()) yield* users.keys();
  for (const [room_id, timeline] of state.timelines) {
    if (timeline === before.timelines.get(room_id)) continue;
    for (const message of timeline.messages) {
      yield message.author_id;
      for (const reaction of message.reactions) yield* reaction.user_ids;
    }
  }
}
