/**
 * Sends what was written, in order, each message under one `client_id` until the server has it: through lost
 * connections, lost answers and reloads.  Waiting messages are kept in the browser's storage, one entry each, so that
 * two pages of one person do not overwrite each other.  Knows nothing of the page.
 */

import { confirmed, PENDING_MESSAGES, withoutPending, withPending, withPendingStatus } from "../state/pending.js";
import { newId } from "./ids.js";
import { Problem } from "./problem.js";

/** @import {Message, Pending} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */

/** Between two attempts, in milliseconds, when the server does not say. */
const RETRY_MIN = 1_000;
const RETRY_MAX = 30_000;

export class Outbox {
  #store;
  #send;
  #storage;
  #prefix;
  #sending = false;
  #attempts = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Store} store
   * @param {(entry: Pending) => Promise<Message>} send  Rejects with a Problem.
   * @param {Storage} storage
   * @param {string} user_id
   */
  constructor(store, send, storage, user_id) {
    this.#store = store;
    this.#send = send;
    this.#storage = storage;
    this.#prefix = `hubbub.outbox.${user_id}.`;
    store.addEventListener("change", (event) => {
      const before = /** @type {CustomEvent} */ (event).detail.pending;
      if (before !== store.state.pending) this.#keep(before, store.state.pending);
    });
  }

  /** Takes up what an earlier page left, in the order of writing. */
  restore() {
    for (const entry of this.#kept()) this.#store.update((state) => withPending(state, entry));
  }

  /**
   * @param {string} room_id
   * @param {string} body
   * @param {string | null} reply_to
   * @throws {Problem} `server_busy` when too many messages wait already.
   */
  add(room_id, body, reply_to) {
    if (this.#store.state.pending.length >= PENDING_MESSAGES) {
      throw new Problem("server_busy", `${PENDING_MESSAGES} messages wait already. Go online to send them first.`);
    }
    const written_at = new Date().toISOString();
    /** @type {Pending} */
    const entry = { client_id: newId(), room_id, body, reply_to, written_at, status: "queued", failure: null };
    this.#store.update((state) => withPending(state, entry));
    this.flush();
  }

  /** @param {string} client_id */
  retry(client_id) {
    this.#store.update((state) => withPendingStatus(state, client_id, "queued"));
    this.flush();
  }

  /** @param {string} client_id */
  discard(client_id) {
    this.#store.update((state) => withoutPending(state, client_id));
  }

  /** Forgets everything, in the storage too. */
  clear() {
    this.stop();
    this.#store.update((state) => ({ ...state, pending: [] }));
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** Sends until nothing waits or the server cannot take it now. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#sending) return;
    this.#sending = true;
    for (let entry = this.#next(); entry; entry = this.#next()) {
      if (!(await this.#attempt(entry))) break;
    }
    this.#sending = false;
  }

  #next() {
    return this.#store.state.pending.find((entry) => entry.status === "queued");
  }

  /**
   * One attempt; false when the next one has to wait.
   *
   * @param {Pending} entry
   */
  async #attempt({ client_id, ...rest }) {
    this.#store.update((state) => withPendingStatus(state, client_id, "sending"));
    try {
      const message = await this.#send({ client_id, ...rest });
      this.#attempts = 0;
      this.#store.update((state) => confirmed(state, message, client_id));
      return true;
    } catch (error) {
      const problem = Problem.from(error);
      if (!problem.temporary) {
        this.#store.update((state) => withPendingStatus(state, client_id, "failed", problem));
        return true;
      }
      this.#store.update((state) => withPendingStatus(state, client_id, "queued"));
      this.#later(problem.retryAfter);
      return false;
    }
  }

  /** @param {number | null} retryAfter  In seconds. */
  #later(retryAfter) {
    const delay = retryAfter === null ? Math.min(RETRY_MAX, RETRY_MIN * 2 ** this.#attempts++) : retryAfter * 1_000;
    this.#timer = setTimeout(() => this.flush(), delay);
  }

  /**
   * @param {Pending[]} before
   * @param {Pending[]} after
   */
  #keep(before, after) {
    const waiting = after.filter((entry) => entry.status !== "sent");
    const ids = new Set(waiting.map((entry) => entry.client_id));
    const known = new Map(before.map((entry) => [entry.client_id, entry]));
    try {
      for (const { client_id } of before) if (!ids.has(client_id)) this.#storage.removeItem(this.#prefix + client_id);
      for (const entry of waiting) {
        if (known.get(entry.client_id) !== entry) this.#storage.setItem(this.#prefix + entry.client_id, JSON.stringify(entry));
      }
    } catch {
      // The storage is full or forbidden: the messages live as long as the page.
    }
  }

  /** @returns {Pending[]} */
  #kept() {
    const entries = [];
    for (let index = 0; index < this.#storage.length; index++) {
      const key = this.#storage.key(index);
      if (key?.startsWith(this.#prefix)) entries.push(JSON.parse(this.#storage.getItem(key) ?? "null"));
    }
    return entries
      .filter((entry) => entry !== null)
      .map((entry) => (entry.status === "failed" ? entry : { ...entry, status: "queued" }))
      .sort((a, b) => a.written_at.localeCompare(b.written_at))
      .slice(0, PENDING_MESSAGES);
  }
}
