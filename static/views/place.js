/**
 * What stands where the room would be while none is open: loading, a welcome, a room one is not in.
 */

import { Problem } from "../network/problem.js";
import { button, emptyPlace, notice, skeleton } from "./controls.js";
import { browseDialog } from "./dialogs/browse.js";
import { directDialog, inviteDialog } from "./dialogs/people.js";
import { createRoomDialog } from "./dialogs/room.js";
import { h, Slot } from "./dom.js";

/** @import {State} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Actions} from "../actions.js" */

export class PlaceView {
  #store;
  #actions;
  #slot = new Slot(h("div", { class: "room__place" }));
  node = this.#slot.node;

  /**
   * @param {Store} store
   * @param {Actions} actions
   */
  constructor(store, actions) {
    this.#store = store;
    this.#actions = actions;
  }

  /**
   * @param {State} state
   * @param {string | null} room_id  The room that was asked for.
   * @param {boolean} open  Whether it is there.
   */
  render(state, room_id, open) {
    if (open) this.#slot.show("");
    else if (!state.loaded) this.#slot.show("loading", () => [skeleton("message", 7)]);
    else if (room_id !== null) this.#slot.show(`absent ${room_id}`, () => [this.#absent(room_id)]);
    else if (state.rooms.size > 0) this.#slot.show("none", () => [emptyPlace("Choose a room", "The list has your rooms and direct messages.")]);
    else this.#slot.show("welcome", () => [this.#welcome(state.me?.role === "owner")]);
  }

  /** @param {boolean} owner */
  #welcome(owner) {
    const make = button("Make a room", () => createRoomDialog(this.#actions), "primary");
    if (owner) {
      const invite = button("Invite people", () => inviteDialog(this.#actions));
      return emptyPlace("Welcome to your server", "Make the first room, then send somebody an invite link.", make, invite);
    }
    const browse = button("Browse rooms", () => browseDialog(this.#actions), "primary");
    const write = button("Write to somebody", () => directDialog(this.#store, this.#actions));
    return emptyPlace("Welcome", "Find a room to join, or write to somebody.", browse, write);
  }

  /** @param {string} room_id */
  #absent(room_id) {
    const problem = new Slot(h("div", {}));
    const join = button("Join", () =>
      this.#actions.join(room_id).catch((error) => {
        const { detail } = Problem.from(error);
        problem.show(detail, () => [notice(detail)]);
      }),
    );
    const browse = button("Browse rooms", () => browseDialog(this.#actions));
    return h("div", {}, emptyPlace("You are not in this room", "It may be gone. If it is public you can join it.", join, browse), problem.node);
  }
}
