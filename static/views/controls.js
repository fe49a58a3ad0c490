/**
 * The small parts that many views are made of: buttons, pictures of people, notices.
 */

import { initialsOf } from "../state/names.js";
import { attribute, h, text } from "./dom.js";
import { icon } from "./icons.js";

/** @import {RoomForMe} from "../state/types.js" */
/** @import {IconName} from "./icons.js" */

/**
 * A button that is an icon; its label is read and shown as a hint.
 *
 * @param {IconName} name
 * @param {string} label
 * @param {(event: MouseEvent) => void} press
 * @param {string} kind  More class names.
 */
export function iconButton(name, label, press, kind = "") {
  const attributes = { type: "button", class: `icon-button ${kind}`, "aria-label": label, title: label };
  return h("button", { ...attributes, on: { click: press } }, icon(name));
}

/**
 * @param {string} label
 * @param {() => void} press
 * @param {"primary" | "plain" | "danger" | "link"} kind
 */
export function button(label, press, kind = "plain") {
  return h("button", { type: "button", class: `button button--${kind}`, on: { click: press } }, label);
}

/** A person's initials, and a dot when they are here. */
export class Avatar {
  #letters = h("span", { class: "avatar__letters", "aria-hidden": "true" });
  #presence = h("span", { class: "visually-hidden" });
  node = h("span", { class: "avatar" }, this.#letters, this.#presence);

  /**
   * @param {string} name
   * @param {boolean | null} online  Null where it is not shown.
   */
  update(name, online = null) {
    text(this.#letters, initialsOf(name));
    attribute(this.node, "data-presence", online === null ? null : online ? "online" : "offline");
    text(this.#presence, online === null ? "" : online ? "online" : "offline");
  }
}

/**
 * What stands before a room's name.
 *
 * @param {RoomForMe} room
 * @returns {IconName | "person"}
 */
export function markOf(room) {
  if (room.direct) return room.user_ids.length > 2 ? "people" : "person";
  return room.visibility === "private" ? "lock" : "hash";
}

/** @param {RoomForMe} room */
export function roomIcon(room) {
  const mark = markOf(room);
  return icon(mark === "person" ? "people" : mark);
}

/**
 * What went wrong, and the way on beside it.
 *
 * @param {string} detail
 * @param {...HTMLButtonElement} ways
 */
export function notice(detail, ...ways) {
  return h("div", { class: "notice", role: "alert" }, icon("warning"), h("span", { class: "notice__text" }, detail), ...ways);
}

/**
 * A place with nothing in it yet, and what to do next.
 *
 * @param {string} title
 * @param {string} detail
 * @param {...HTMLElement} ways
 */
export function emptyPlace(title, detail, ...ways) {
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", {}, detail), h("div", { class: "empty__ways" }, ...ways));
}

/**
 * The shape of a list that is loading.
 *
 * @param {"message" | "line"} shape
 * @param {number} count
 */
export function skeleton(shape, count) {
  const rows = Array.from({ length: count }, () => h("div", { class: `skeleton skeleton--${shape}` }, h("i"), h("b"), h("b")));
  return h("div", { class: "skeletons", role: "status", "aria-label": "Loading" }, ...rows);
}

/** Whether the reader asked for little motion. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
