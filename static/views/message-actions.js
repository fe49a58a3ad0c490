/**
 * What can be done with a message: one bar that goes to the message under the pointer or with the focus.
 */

import { iconButton } from "./controls.js";
import { arrange, attribute, h } from "./dom.js";
import { QUICK_EMOJI } from "./reactions.js";

/** @import {State} from "../state/types.js" */
/** @import {Actions} from "../actions.js" */
/** @import {MessageView} from "./message.js" */
/** @import {RowsView} from "./rows.js" */

export class MessageActions {
  #actions;
  /** @type {MessageView | null} */
  #view = null;
  #react = iconButton("smile", "React", () => this.#toggleEmoji());
  #reply = iconButton("reply", "Reply", () => this.#with((message) => this.#actions.reply(message)));
  #edit = iconButton("edit", "Edit", () => this.#with((message) => this.#actions.edit(message)));
  #delete = iconButton("trash", "Delete", () => this.#with((message) => this.#actions.remove(message)));
  #emoji = h("div", { class: "message-actions__emoji", role: "group", "aria-label": "Reactions" });
  node = h("div", { class: "message-actions", role: "toolbar", "aria-label": "Message" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    for (const emoji of QUICK_EMOJI) this.#emoji.append(this.#emojiButton(emoji));
    this.#emoji.hidden = true;
    attribute(this.#react, "aria-expanded", "false");
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#emoji.hidden) return;
      event.stopPropagation();
      this.#toggleEmoji();
      this.#react.focus();
    });
  }

  /**
   * Goes with the pointer and the focus through the messages.
   *
   * @param {RowsView} rows
   * @param {() => State} state
   */
  follow(rows, state) {
    const log = rows.node;
    const goTo = (/** @type {Event} */ event) => {
      const view = event.target instanceof Element && rows.viewOf(event.target);
      if (view) this.#goTo(state(), view);
    };
    log.addEventListener("pointerover", goTo);
    log.addEventListener("focusin", goTo);
    log.addEventListener("pointerleave", () => {
      if (!log.contains(document.activeElement)) this.leave();
    });
    log.addEventListener("focusout", (event) => {
      if (!(event.relatedTarget instanceof Node && log.contains(event.relatedTarget))) this.leave();
    });
  }

  leave() {
    this.#view = null;
    this.#emoji.hidden = true;
    attribute(this.#react, "aria-expanded", "false");
    this.node.remove();
  }

  /**
   * @param {State} state
   * @param {MessageView} view
   */
  #goTo(state, view) {
    const message = view.row?.message;
    if (this.#view === view || !message) return;
    if (this.node.contains(document.activeElement)) return; // Somebody is using it.
    this.leave();
    if (view.row?.pending || message.deleted_at !== null) return;
    const mine = message.author_id === state.me?.id;
    const owner = state.rooms.get(message.room_id)?.membership?.role === "owner" || state.me?.role === "owner";
    arrange(this.node, [
      this.#react,
      this.#reply,
      mine && this.#edit,
      (mine || owner) && this.#delete,
      this.#emoji,
    ]);
    this.#view = view;
    view.node.append(this.node);
  }

  /** @param {string} emoji */
  #emojiButton(emoji) {
    const press = () => {
      this.#with((message) => this.#actions.react(message, emoji));
      this.#toggleEmoji();
      this.#view?.node.focus();
    };
    return h("button", { type: "button", class: "icon-button", "aria-label": `React with ${emoji}`, on: { click: press } }, emoji);
  }

  #toggleEmoji() {
    this.#emoji.hidden = !this.#emoji.hidden;
    attribute(this.#react, "aria-expanded", String(!this.#emoji.hidden));
    const first = this.#emoji.firstElementChild;
    if (!this.#emoji.hidden && first instanceof HTMLElement) first.focus();
  }

  /** @param {(message: import("../state/types.js").Message) => void} work */
  #with(work) {
    if (this.#view?.row) work(this.#view.row.message);
  }
}
