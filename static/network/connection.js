/**
 * Says in the state how the connection is, and brings it back early when the browser or the reader returns.
 */

/** @import {ConnectionStatus} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {LiveSocket} from "./socket.js" */
/** @import {Sync} from "./sync.js" */

/** A short break is not worth a word, a long one is called offline; milliseconds. */
const QUIET = 1_500;
const OFFLINE = 12_000;

export class Connection {
  #store;
  #downSince = 0;
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];

  /**
   * @param {Store} store
   * @param {LiveSocket} socket
   * @param {Sync} sync
   */
  constructor(store, socket, sync) {
    this.#store = store;
    sync.addEventListener("ready", () => this.#up());
    sync.addEventListener("failed", () => this.#down());
    socket.addEventListener("down", () => this.#down());
    window.addEventListener("offline", () => this.#down());
    window.addEventListener("online", () => socket.hurry());
    document.addEventListener("visibilitychange", () => !document.hidden && socket.hurry());
  }

  #up() {
    this.#clear();
    this.#downSince = 0;
    this.#say("connected");
  }

  #down() {
    if (this.#downSince === 0) this.#downSince = Date.now();
    this.#clear();
    if (!navigator.onLine) {
      this.#say("offline");
      return;
    }
    const lasted = Date.now() - this.#downSince;
    this.#timers = [
      setTimeout(() => this.#say("reconnecting"), Math.max(0, QUIET - lasted)),
      setTimeout(() => this.#say("offline"), Math.max(0, OFFLINE - lasted)),
    ];
  }

  #clear() {
    this.#timers.forEach(clearTimeout);
  }

  /** @param {ConnectionStatus} status */
  #say(status) {
    if (status === "reconnecting" && this.#store.state.connection.status === "offline") return;
    const since = this.#downSince || Date.now();
    this.#store.update((state) => ({ ...state, connection: { status, since } }));
  }
}
