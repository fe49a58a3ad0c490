/**
 * What a person can do in the chat, as the views ask for it.  Fires `reply` and `edit` (detail: the message) and `goto`
 * (detail: the ids of a message and of its room) for the views that carry these out.
 */

import { Problem } from "./network/problem.js";
import { withRoom, withoutRoom } from "./state/rooms.js";
import { hashOf } from "./state/route.js";
import { confirmDialog } from "./views/dialog.js";

/** @import {Message, RoomForMe} from "./state/types.js" */
/** @import {Store} from "./state/store.js" */
/** @import {Api} from "./network/api.js" */
/** @import {LiveSocket} from "./network/socket.js" */
/** @import {Outbox} from "./network/outbox.js" */
/** @import {History} from "./network/history.js" */

export class Actions extends EventTarget {
  #store;
  #socket;
  #outbox;
  #history;

  /**
   * @param {{store: Store, api: Api, socket: LiveSocket, outbox: Outbox, history: History}} parts
   */
  constructor({ store, api, socket, outbox, history }) {
    super();
    this.#store = store;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#history = history;
    this.api = api;
  }

  /** @param {string} room_id */
  openRoom(room_id) {
    location.hash = hashOf({ pane: "room", room_id });
  }

  /** @param {string} room_id */
  openDetails(room_id) {
    location.hash = hashOf({ pane: "details", room_id });
  }

  showRooms() {
    location.hash = hashOf({ pane: "rooms", room_id: null });
  }

  /**
   * A room that was made, joined or changed by an answer; the log says the same a moment later.
   *
   * @param {RoomForMe} room
   */
  enter(room) {
    if (!this.#store.state.rooms.has(room.id)) this.#store.update((state) => withRoom(state, room));
    this.openRoom(room.id);
  }

  /** @param {string} room_id */
  async join(room_id) {
    await this.api.addMember(room_id, "me");
    this.enter(await this.api.room(room_id));
  }

  /**
   * @param {string} user_id
   * @param {string} key
   */
  async direct(user_id, key) {
    this.enter(await this.api.openDirect([user_id], key));
  }

  /** @param {RoomForMe} room */
  leave(room) {
    const detail =
      room.visibility === "public"
        ? "You can join it again at any time."
        : "Somebody in the room has to add you before you can come back.";
    confirmDialog(`Leave ${room.name}?`, detail, "Leave", async () => {
      await this.api.removeMember(room.id, "me");
      this.#gone(room.id);
    });
  }

  /** @param {RoomForMe} room */
  deleteRoom(room) {
    const detail = "All its messages go with it, for everybody. This cannot be undone.";
    confirmDialog(`Delete ${room.name}?`, detail, "Delete room", async () => {
      await this.api.deleteRoom(room.id);
      this.#gone(room.id);
    });
  }

  /**
   * @param {string} room_id
   * @param {string} body
   * @param {string | null} reply_to
   */
  send(room_id, body, reply_to) {
    this.#outbox.add(room_id, body, reply_to);
  }

  /**
   * @param {Message} message
   * @param {string} body
   */
  async saveEdit(message, body) {
    await this.#socket.command("edit_message", { message_id: message.id, body });
  }

  /** @param {Message} message */
  remove(message) {
    confirmDialog("Delete this message?", "Its text is gone for everybody. This cannot be undone.", "Delete", async () => {
      await this.#socket.command("delete_message", { message_id: message.id });
    });
  }

  /**
   * Adds my reaction, or takes it back.
   *
   * @param {Message} message
   * @param {string} emoji
   */
  async react(message, emoji) {
    const mine = message.reactions.find((reaction) => reaction.emoji === emoji)?.user_ids ?? [];
    const type = mine.includes(this.#store.state.me?.id ?? "") ? "remove_reaction" : "add_reaction";
    this.#note(message.id, null);
    try {
      await this.#socket.command(type, { message_id: message.id, emoji });
    } catch (error) {
      this.#note(message.id, Problem.from(error));
    }
  }

  /** @param {Message} message */
  reply(message) {
    this.dispatchEvent(new CustomEvent("reply", { detail: message }));
  }

  /** @param {Message} message */
  edit(message) {
    this.dispatchEvent(new CustomEvent("edit", { detail: message }));
  }

  /** @param {string} client_id */
  retry(client_id) {
    this.#outbox.retry(client_id);
  }

  /** @param {string} client_id */
  discard(client_id) {
    this.#outbox.discard(client_id);
  }

  /**
   * @param {string} message_id
   * @param {string} room_id  One of mine.
   */
  goTo(message_id, room_id) {
    this.dispatchEvent(new CustomEvent("goto", { detail: { message_id, room_id } }));
  }

  /**
   * The message that another one answers; undefined while it is being fetched, null when it cannot be had.
   *
   * @param {Message} message
   */
  quoted({ room_id, reply_to }) {
    if (reply_to === null) return null;
    const { timelines, quotes } = this.#store.state;
    const loaded = timelines.get(room_id)?.messages.find((each) => each.id === reply_to);
    if (loaded) return loaded;
    // Later: this is asked for while the page is being drawn.
    if (!quotes.has(reply_to)) setTimeout(() => this.#history.quote(reply_to));
    return quotes.get(reply_to);
  }

  /** @param {string} room_id */
  #gone(room_id) {
    this.#store.update((state) => withoutRoom(state, room_id));
    this.showRooms();
  }

  /**
   * @param {string} message_id
   * @param {Problem | null} problem
   */
  #note(message_id, problem) {
    this.#store.update((state) => {
      const requests = new Map(state.requests);
      if (problem) requests.set(`message ${message_id}`, problem);
      else requests.delete(`message ${message_id}`);
      return { ...state, requests };
    });
  }
}
