/**
 * The way back to the newest message, with how many of them are unread.
 */

import { h, text } from "./dom.js";
import { icon } from "./icons.js";

export class JumpButton {
  #label = h("span", {});
  node;

  /** @param {() => void} press */
  constructor(press) {
    const attributes = { type: "button", class: "jump", hidden: true, on: { click: press } };
    this.node = h("button", attributes, this.#label, icon("down"));
  }

  /** @param {number} unread */
  show(unread) {
    this.node.hidden = false;
    text(this.#label, unread > 0 ? `${unread} new` : "To the newest");
  }

  hide() {
    this.node.hidden = true;
  }
}
