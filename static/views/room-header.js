/**
 * The head of the open room: its name and topic, the way back on a phone, the ways to search and to its details.
 */

import { othersIn, titleOf } from "../state/names.js";
import { iconButton, markOf, roomIcon } from "./controls.js";
import { attribute, h, Slot, text } from "./dom.js";

/** @import {RoomForMe, State} from "../state/types.js" */

export class RoomHeader {
  #mark = new Slot(h("span", { class: "room-head__mark" }));
  #title = h("h2", { class: "room-head__title", dir: "auto" });
  #topic = h("p", { class: "room-head__topic", dir: "auto" });
  #details;
  node;

  /**
   * @param {{back: () => void, search: () => void, details: () => void}} ways
   */
  constructor({ back, search, details }) {
    this.#details = iconButton("people", "Details", details);
    this.node = h(
      "header",
      { class: "room-head" },
      iconButton("back", "Back to the rooms", back, "room-head__back"),
      h("div", { class: "room-head__names" }, h("div", { class: "room-head__line" }, this.#mark.node, this.#title), this.#topic),
      iconButton("search", "Search", search),
      this.#details,
    );
  }

  focusDetails() {
    this.#details.focus();
  }

  /**
   * @param {State} state
   * @param {RoomForMe} room
   * @param {boolean} details  Whether they are shown.
   */
  render(state, room, details) {
    this.#mark.show(room.direct ? "" : markOf(room), () => [roomIcon(room)]);
    text(this.#title, titleOf(state, room));
    attribute(this.#title, "title", titleOf(state, room));
    text(this.#topic, room.direct ? presenceText(state, room) : room.topic);
    attribute(this.#topic, "title", room.topic || null);
    const label = `Details, ${room.member_count} ${room.member_count === 1 ? "person" : "people"}`;
    attribute(this.#details, "aria-label", label);
    attribute(this.#details, "title", label);
    attribute(this.#details, "aria-expanded", String(details));
  }
}

/**
 * @param {State} state
 * @param {RoomForMe} room
 */
function presenceText(state, room) {
  const others = othersIn(state, room);
  const here = others.filter((id) => state.online.has(id)).length;
  if (others.length === 1) return here === 1 ? "Online" : "Offline";
  return others.length === 0 ? "" : `${here} of ${others.length} online`;
}
