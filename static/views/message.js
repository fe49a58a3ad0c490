/**
 * One message.  It is updated in place, so that focus, selection and the reader's eye stay where they are.
 */

import { nameOf } from "../state/names.js";
import { clockOf, fullTimeOf } from "../state/times.js";
import { Avatar, button } from "./controls.js";
import { arrange, attribute, h, text } from "./dom.js";
import { icon } from "./icons.js";
import { bodyNodes } from "./message-body.js";
import { Reactions } from "./reactions.js";

/** @import {Message, Pending, State} from "../state/types.js" */
/** @import {MessageRow} from "../state/rows.js" */
/** @import {Actions} from "../actions.js" */

/** Characters of a quoted message. */
const EXCERPT = 120;

export class MessageView {
  #actions;
  #avatar = new Avatar();
  #author = h("span", { class: "message__author", dir: "auto" });
  #time = h("time", { class: "message__time" });
  #head = h("header", { class: "message__head" }, this.#author);
  #quote = h("button", { type: "button", class: "message__quote", on: { click: () => this.#followQuote() } });
  #body = h("div", { class: "message__body", dir: "auto" });
  #status = h("div", { class: "message__status" });
  #reactions;
  #gutter = h("div", { class: "message__gutter" });
  #content = h("div", { class: "message__content" });
  #shown = "";
  /** @type {MessageRow | null} */
  row = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#reactions = new Reactions(actions);
    this.node = h("article", { class: "message", tabindex: "-1" }, this.#gutter, this.#content);
  }

  /** What has to stay in its place when things above it change. */
  get anchor() {
    return this.#body;
  }

  /**
   * @param {State} state
   * @param {MessageRow} row
   */
  update(state, row) {
    const { message, pending, head } = row;
    this.row = row;
    this.node.dataset.id = message.id;
    this.node.dataset.status = pending?.status ?? "logged";
    this.node.classList.toggle("message--head", head);
    this.#updateHead(state, message, head);
    this.#updateQuote(state, message);
    this.#updateBody(message);
    this.#updateStatus(state, message, pending);
    this.#reactions.update(state, message);
    arrange(this.#content, [
      head && this.#head,
      message.reply_to !== null && message.deleted_at === null && this.#quote,
      this.#body,
      this.#status.hasChildNodes() && this.#status,
      message.reactions.length > 0 && this.#reactions.node,
    ]);
  }

  /**
   * @param {State} state
   * @param {Message} message
   * @param {boolean} head
   */
  #updateHead(state, message, head) {
    const name = nameOf(state, message.author_id);
    text(this.#author, name);
    attribute(this.#time, "datetime", message.created_at);
    attribute(this.#time, "title", fullTimeOf(message.created_at));
    text(this.#time, clockOf(message.created_at));
    attribute(this.node, "aria-label", `${name}, ${clockOf(message.created_at)}`);
    if (head) {
      this.#avatar.update(name);
      arrange(this.#gutter, [this.#avatar.node]);
      arrange(this.#head, [this.#author, this.#time]);
    } else {
      arrange(this.#gutter, [this.#time]);
    }
  }

  /**
   * @param {State} state
   * @param {Message} message
   */
  #updateQuote(state, message) {
    if (message.reply_to === null) return;
    const quoted = this.#actions.quoted(message);
    const label = excerptOf(state, quoted);
    if (this.#quote.dataset.label === label) return;
    this.#quote.dataset.label = label;
    this.#quote.disabled = !quoted;
    arrange(this.#quote, [icon("reply"), h("span", { dir: "auto" }, label)]);
  }

  /** @param {Message} message */
  #updateBody(message) {
    const deleted = message.deleted_at !== null;
    const shown = deleted ? "deleted" : `${message.edited_at !== null} ${message.body}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.node.classList.toggle("message--deleted", deleted);
    const edited = message.edited_at !== null && h("span", { class: "message__edited" }, " (edited)");
    this.#body.replaceChildren(...(deleted ? ["This message was deleted."] : bodyNodes(message.body)), edited || "");
  }

  /**
   * @param {State} state
   * @param {Message} message
   * @param {Pending | null} pending
   */
  #updateStatus(state, message, pending) {
    const request = state.requests.get(`message ${message.id}`);
    const failure = pending?.failure ?? (request === "loading" ? undefined : request);
    const said = failure ? `${pending ? "Not sent. " : ""}${failure.detail}` : "";
    if (this.#status.dataset.said === said) return;
    this.#status.dataset.said = said;
    arrange(this.#status, [
      said && icon("warning"),
      said && h("span", { role: "alert" }, said),
      said && pending && button("Send again", () => this.#actions.retry(message.id), "link"),
      said && pending && button("Discard", () => this.#actions.discard(message.id), "link"),
    ]);
  }

  #followQuote() {
    const message = this.row?.message;
    if (message?.reply_to) this.#actions.goTo(message.reply_to, message.room_id);
  }
}

/**
 * @param {State} state
 * @param {Message | null | undefined} quoted  Undefined while it is being fetched.
 */
function excerptOf(state, quoted) {
  if (quoted === undefined) return "…";
  if (quoted === null) return "A message that is not here any more";
  if (quoted.deleted_at !== null) return `${nameOf(state, quoted.author_id)}: deleted`;
  const flat = quoted.body.replace(/`+(?:\w+\n)?|\s+/g, " ").trim();
  const characters = [...flat];
  const excerpt = characters.length > EXCERPT ? `${characters.slice(0, EXCERPT).join("")}…` : flat;
  return `${nameOf(state, quoted.author_id)}: ${excerpt}`;
}
