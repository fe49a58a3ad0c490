/**
 * Says new messages to a screen reader, politely: one at a time as they come, and only a number when many come at once.
 */

import { nameOf, titleOf } from "../state/names.js";
import { h } from "./dom.js";

/** @import {Change} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */

/** Messages within this time, in milliseconds, are said together; more than this many are only counted. */
const PAUSE = 1_000;
const SAID = 2;

/** Characters of a message that are said. */
const EXCERPT = 200;

export class Announcer {
  #store;
  /** @type {string[]} */
  #waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  node = h("div", { class: "visually-hidden", "aria-live": "polite" });

  /**
   * @param {Store} store
   * @param {() => string | null} open  The open room.
   */
  constructor(store, open) {
    this.#store = store;
    store.addEventListener("received", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail, open()));
  }

  /**
   * @param {Change} change
   * @param {string | null} open
   */
  #hear(change, open) {
    const { state } = this.#store;
    const room = state.rooms.get(change.room_id ?? "");
    if (change.type !== "message_posted" || !room || change.actor_id === state.me?.id || document.hidden) return;
    const name = nameOf(state, change.data.author_id);
    if (room.id === open) this.#say(`${name}: ${change.data.body.slice(0, EXCERPT)}`);
    else if (room.direct) this.#say(`New message from ${titleOf(state, room)}`);
  }

  /** @param {string} words */
  #say(words) {
    this.#waiting.push(words);
    this.#timer ??= setTimeout(() => this.#speak(), PAUSE);
  }

  #speak() {
    const words = this.#waiting.length > SAID ? `${this.#waiting.length} new messages` : this.#waiting.join(". ");
    this.#waiting = [];
    this.#timer = undefined;
    this.node.replaceChildren(h("p", {}, words));
  }
}
