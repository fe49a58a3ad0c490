/**
 * Holds the one state of the page and tells when it changed.  Knows neither the page nor the network.
 */

import { apply } from "./changes.js";

/** @import {Change, State} from "./types.js" */

/** Cursors remembered to recognise a change that comes twice; more than any overlap of replay and live. */
const SEEN_CURSORS = 8_192;

/** Latest changes kept, so that an answer that was under way while they came can be brought up to date. */
const RECENT_CHANGES = 1_024;

/** @returns {State} */
export function emptyState() {
  return {
    me: null,
    cursor: null,
    loaded: false,
    users: new Map(),
    rooms: new Map(),
    counted: new Map(),
    missing: new Set(),
    members: new Map(),
    timelines: new Map(),
    quotes: new Map(),
    online: new Set(),
    typing: new Map(),
    pending: [],
    requests: new Map(),
    limits: { body_chars: 8_000, commands_in_flight: 1, frame_bytes: 65_536 },
    connection: { status: "connecting", since: 0 },
  };
}

/** Fires `change` (detail: the state before) and `received` (detail: a change of the log that was new). */
export class Store extends EventTarget {
  /** @type {State} */
  #state;
  /** @type {Set<string>} */
  #seen = new Set();
  /** @type {Change[]} */
  #recent = [];
  #dropped = 0;

  constructor(state = emptyState()) {
    super();
    this.#state = state;
  }

  get state() {
    return this.#state;
  }

  /** @param {(state: State) => State} reduce */
  update(reduce) {
    const before = this.#state;
    const after = reduce(before);
    if (after === before) return;
    this.#state = after;
    this.dispatchEvent(new CustomEvent("change", { detail: before }));
  }

  /**
   * Applies a change of the log, once: the same cursor again does nothing.
   *
   * @param {Change} change
   */
  receive(change) {
    if (this.#seen.has(change.cursor)) return;
    this.#remember(change);
    this.update((state) => apply(change, state));
    this.dispatchEvent(new CustomEvent("received", { detail: change }));
  }

  /** The present place among the received changes, for `merge`. */
  mark() {
    return this.#dropped + this.#recent.length;
  }

  /**
   * Takes in an answer that was asked for at `mark`, and applies again what the log said since: the answer may be older.
   *
   * @param {number} mark
   * @param {(state: State) => State} reduce  Puts the answer into the state.
   * @param {(change: Change, state: State) => State} again  The reducer of the part that the answer concerns.
   * @returns {boolean}  False when too much came meanwhile: the answer was not taken, ask anew.
   */
  merge(mark, reduce, again) {
    if (mark < this.#dropped) return false;
    const since = this.#recent.slice(mark - this.#dropped);
    this.update((state) => since.reduce((next, change) => again(change, next), reduce(state)));
    return true;
  }

  /** @param {Change} change */
  #remember(change) {
    this.#seen.add(change.cursor);
    if (this.#seen.size > SEEN_CURSORS) {
      for (const oldest of this.#seen) {
        this.#seen.delete(oldest);
        break;
      }
    }
    this.#recent.push(change);
    if (this.#recent.length > 2 * RECENT_CHANGES) {
      this.#dropped += RECENT_CHANGES;
      this.#recent = this.#recent.slice(RECENT_CHANGES);
    }
  }
}
