/**
 * The two small things a page tells on its own: that somebody is typing, and how far somebody has read.
 */

/** @import {LiveSocket} from "./socket.js" */
/** @import {Store} from "../state/store.js" */

/** “Typing” is repeated at most this often, and ends after this pause; milliseconds. */
const TYPING_REPEAT = 4_000;
const TYPING_PAUSE = 5_000;

/** Read marks are sent at most this often, in milliseconds. */
const READ_REPEAT = 600;

export class TypingSignal {
  #socket;
  /** @type {string | null} */
  #room = null;
  #sentAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {LiveSocket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /** @param {string} room_id */
  typed(room_id) {
    if (this.#room !== null && this.#room !== room_id) this.stopped();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.stopped(), TYPING_PAUSE);
    if (this.#room === room_id && Date.now() - this.#sentAt < TYPING_REPEAT) return;
    this.#room = room_id;
    this.#sentAt = Date.now();
    this.#tell(room_id, true);
  }

  stopped() {
    clearTimeout(this.#pause);
    if (this.#room !== null) this.#tell(this.#room, false);
    this.#room = null;
  }

  /**
   * @param {string} room_id
   * @param {boolean} typing
   */
  #tell(room_id, typing) {
    // Nobody needs to know that a hint got lost.
    this.#socket.command("set_typing", { room_id, typing }).catch(() => {});
  }
}

export class ReadSignal {
  #socket;
  #store;
  /** @type {Map<string, string>} Per room the newest message that was seen and is not told yet. */
  #seen = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {LiveSocket} socket
   * @param {Store} store
   */
  constructor(socket, store) {
    this.#socket = socket;
    this.#store = store;
  }

  /**
   * The reader sees the newest message of the room.
   *
   * @param {string} room_id
   * @param {string} message_id
   */
  seen(room_id, message_id) {
    const membership = this.#store.state.rooms.get(room_id)?.membership;
    if (!membership || membership.unread_count === 0 || membership.read_message_id === message_id) return;
    this.#seen.set(room_id, message_id);
    this.#timer ??= setTimeout(() => this.#tell(), READ_REPEAT);
  }

  async #tell() {
    const marks = [...this.#seen];
    this.#seen.clear();
    // Lost marks are set again: the room stays unread, and the reader still sees its newest message.
    const tell = (/** @type {[string, string]} */ [room_id, message_id]) => this.#socket.command("mark_read", { room_id, message_id }).catch(() => {});
    await Promise.all(marks.map(tell));
    this.#timer = undefined;
  }
}
