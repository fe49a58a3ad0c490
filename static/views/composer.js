/**
 * Where a message is written: a new one, an answer, or an old one anew.  Keeps a draft for each room.
 */

import { nameOf, titleOf } from "../state/names.js";
import { Problem } from "../network/problem.js";
import { iconButton, notice } from "./controls.js";
import { attribute, h, Slot, text } from "./dom.js";

/** @import {Message, RoomForMe, State} from "../state/types.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Actions} from "../actions.js" */
/** @import {TypingSignal} from "../network/signals.js" */

/** @typedef {{kind: "new"} | {kind: "reply" | "edit", message: Message}} Mode */
/** @typedef {{body: string, mode: Mode}} Draft */

/** From this many characters before the end on, the page counts down. */
const COUNT_FROM = 500;

/** @type {Draft} */
const EMPTY = { body: "", mode: { kind: "new" } };

/** Fires `written` when a message is on its way. */
export class ComposerView extends EventTarget {
  #store;
  #actions;
  #typing;
  /** @type {RoomForMe | null} */
  #room = null;
  /** @type {Mode} */
  #mode = EMPTY.mode;
  // What was being written when an old message was taken up to be edited.
  #setAside = "";
  /** @type {Map<string, Draft>} */
  #drafts = new Map();
  #label = h("label", { class: "visually-hidden", for: "composer-text" });
  #text = h("textarea", { id: "composer-text", class: "composer__text", rows: 1, dir: "auto", "aria-describedby": "composer-count" });
  #count = h("span", { class: "composer__count", id: "composer-count" });
  #send = iconButton("send", "Send", () => {}, "composer__send");
  #about = new Slot(h("div", { class: "composer__about" }));
  #problem = new Slot(h("div", { class: "composer__problem" }));
  node = h("form", { class: "composer" });

  /**
   * @param {{store: Store, actions: Actions, typing: TypingSignal}} parts
   */
  constructor({ store, actions, typing }) {
    super();
    this.#store = store;
    this.#actions = actions;
    this.#typing = typing;
    this.#send.type = "submit";
    const field = h("div", { class: "composer__field" }, this.#text, this.#count, this.#send);
    this.node.append(this.#about.node, this.#label, field, this.#problem.node);
    this.#listen();
  }

  /** @param {RoomForMe | null} room */
  show(room) {
    if (room?.id === this.#room?.id) {
      this.#room = room;
      return;
    }
    if (this.#room) this.#drafts.set(this.#room.id, { body: this.#text.value, mode: this.#mode });
    this.#typing.stopped();
    this.#room = room;
    const { body, mode } = this.#drafts.get(room?.id ?? "") ?? EMPTY;
    this.#begin(mode, body);
  }

  /** @param {State} state */
  render(state) {
    this.node.hidden = this.#room === null;
    if (this.#room === null) return;
    const title = titleOf(state, this.#room);
    text(this.#label, `Message to ${title}`);
    attribute(this.#text, "placeholder", `Message ${this.#room.direct ? title : `#${title}`}`);
    this.#showAbout(state);
    this.#measure();
  }

  focus() {
    this.#text.focus();
  }

  /** @param {Message} message */
  reply(message) {
    this.#begin({ kind: "reply", message }, this.#mode.kind === "edit" ? this.#setAside : this.#text.value);
    this.focus();
  }

  /** @param {Message} message */
  edit(message) {
    if (this.#mode.kind !== "edit") this.#setAside = this.#text.value;
    this.#begin({ kind: "edit", message }, message.body);
    this.focus();
    this.#text.setSelectionRange(message.body.length, message.body.length);
  }

  #listen() {
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => {
      this.#measure();
      this.#problem.show("");
      if (this.#room && this.#text.value && this.#mode.kind !== "edit") this.#typing.typed(this.#room.id);
    });
    this.#text.addEventListener("keydown", (event) => this.#key(event));
    this.#text.addEventListener("blur", () => this.#typing.stopped());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return; // The key belongs to the input method.
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "Escape" && this.#mode.kind !== "new") {
      event.stopPropagation();
      this.#cancel();
    } else if (event.key === "ArrowUp" && this.#text.value === "" && this.#mode.kind === "new") {
      const last = this.#lastOfMine();
      if (last) event.preventDefault();
      if (last) this.#actions.edit(last);
    }
  }

  async #submit() {
    const body = this.#text.value.trim();
    const room = this.#room;
    const mode = this.#mode;
    if (!room || body === "" || this.#left(body) < 0) return;
    this.#typing.stopped();
    try {
      if (mode.kind === "edit") await this.#actions.saveEdit(mode.message, body);
      else this.#actions.send(room.id, body, mode.kind === "reply" ? mode.message.id : null);
    } catch (error) {
      const { detail } = Problem.from(error);
      this.#problem.show(detail, () => [notice(detail)]);
      return;
    }
    if (this.#mode === mode) this.#begin(EMPTY.mode, mode.kind === "edit" ? this.#setAside : "");
    this.dispatchEvent(new Event("written"));
  }

  #cancel() {
    this.#begin(EMPTY.mode, this.#mode.kind === "edit" ? this.#setAside : this.#text.value);
  }

  /**
   * @param {Mode} mode
   * @param {string} body
   */
  #begin(mode, body) {
    this.#mode = mode;
    this.#text.value = body;
    this.#problem.show("");
    this.#showAbout(this.#store.state);
    this.#measure();
  }

  /** @param {State} state */
  #showAbout(state) {
    const mode = this.#mode;
    if (mode.kind === "new") {
      this.#about.show("");
      return;
    }
    const what = mode.kind === "edit" ? "Editing your message" : `Replying to ${nameOf(state, mode.message.author_id)}`;
    this.#about.show(`${what} ${mode.message.id}`, () => [
      h("span", { dir: "auto" }, what),
      iconButton("close", "Cancel", () => {
        this.#cancel();
        this.focus();
      }),
    ]);
  }

  /** The field grows with its text; the counter and the button follow it. */
  #measure() {
    this.#text.style.height = "auto";
    if (this.#text.scrollHeight > 0) this.#text.style.height = `${this.#text.scrollHeight}px`;
    const left = this.#left(this.#text.value);
    text(this.#count, left <= COUNT_FROM ? String(left) : "");
    attribute(this.#count, "data-over", left < 0 ? "true" : null);
    attribute(this.#text, "aria-invalid", left < 0 ? "true" : null);
    this.#send.disabled = left < 0 || this.#text.value.trim() === "";
    attribute(this.#send, "aria-label", this.#mode.kind === "edit" ? "Save" : "Send");
  }

  /**
   * Code points that may still be written; the server counts these as well.
   *
   * @param {string} body
   */
  #left(body) {
    return this.#store.state.limits.body_chars - [...body].length;
  }

  #lastOfMine() {
    const { me, timelines } = this.#store.state;
    const messages = timelines.get(this.#room?.id ?? "")?.messages ?? [];
    return messages.findLast((message) => message.author_id === me?.id && message.deleted_at === null);
  }
}
