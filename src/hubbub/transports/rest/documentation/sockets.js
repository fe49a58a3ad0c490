/**
 * A native WebSocket to try commands on: what is sent, what is answered and what happens stands in one list.
 */

import { pretty } from "./show.js";

/** @import {CommandFrame, EventFrame, AnswerFrame} from "hubbub" */
/** @import {Seen} from "./seen.js" */

/** Frames that are shown; older ones go. */
const FRAMES = 200;

export class Sockets {
  #form;
  #token;
  #seen;
  /** @type {WebSocket | null} */
  #socket = null;
  #id = 0;
  #parts;

  /**
   * @param {HTMLFormElement} form
   * @param {() => string} token
   * @param {Seen} seen
   */
  constructor(form, token, seen) {
    this.#form = form;
    this.#token = token;
    this.#seen = seen;
    this.#parts = {
      connect: this.#part("[data-connect]"),
      disconnect: this.#part("[data-disconnect]"),
      state: this.#part("[data-state]"),
      send: /** @type {HTMLButtonElement} */ (this.#part("[type=submit]")),
      command: /** @type {HTMLSelectElement} */ (this.#part("select")),
      data: /** @type {HTMLTextAreaElement} */ (this.#part("textarea")),
      frames: this.#part(".frames"),
    };
    this.#parts.connect.addEventListener("click", () => this.#connect());
    this.#parts.disconnect.addEventListener("click", () => this.#socket?.close());
    this.#part("[data-clear]").addEventListener("click", () => this.#parts.frames.replaceChildren());
    this.#parts.command.addEventListener("change", () => this.#suggest());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#command();
    });
    this.#suggest();
  }

  /** @param {string} command */
  choose(command) {
    this.#parts.command.value = command;
    this.#suggest();
  }

  #connect() {
    const address = new URL(this.#form.dataset["socket"] ?? "", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(address));
    this.#state("Connecting…", true);
    socket.addEventListener("open", () => {
      const token = this.#token();
      if (token) this.#send({ id: ++this.#id, type: "authenticate", data: { token } });
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", ({ code, reason }) => {
      this.#parts.send.disabled = true;
      this.#state(`Closed: ${[code, reason].filter(Boolean).join(" ")}.`, false);
    });
  }

  #command() {
    const { command, data } = this.#parts;
    try {
      const frame = { id: ++this.#id, type: command.value, data: JSON.parse(data.value) };
      this.#send(/** @type {CommandFrame} */ (frame));
    } catch (error) {
      this.#show("not sent", `${error}`);
      return;
    }
    // Posted again under the same id it would be the same message.
    data.value = data.value.replace(/"try-[^"]*"/, `"try-${crypto.randomUUID().slice(0, 8)}"`);
  }

  /** @param {CommandFrame} frame */
  #send(frame) {
    this.#socket?.send(JSON.stringify(frame));
    // The list may be seen by others; a token is for nobody.
    const shown = "token" in frame.data ? { ...frame, data: { ...frame.data, token: "…" } } : frame;
    this.#show("sent", JSON.stringify(shown));
  }

  /** @param {string} text */
  #hear(text) {
    /** @type {EventFrame | AnswerFrame} */
    const frame = JSON.parse(text);
    if ("reply_to" in frame) this.#show(frame.ok ? "answer" : "refused", text);
    else this.#show("event", text);
    if ("type" in frame && frame.type === "ready") {
      this.#parts.send.disabled = false;
      this.#state(`Connected as ${frame.data.user.display_name}.`, true);
    }
    this.#seen.note("data" in frame ? frame.data : null);
  }

  #suggest() {
    const { command, data } = this.#parts;
    data.defaultValue = command.selectedOptions[0]?.dataset["example"] ?? "{}";
    data.value = data.defaultValue;
    data.rows = Math.min(12, Math.max(4, data.value.split("\n").length));
    this.#seen.fill(data);
  }

  /**
   * @param {string} text
   * @param {boolean} open
   */
  #state(text, open) {
    this.#parts.state.textContent = text;
    this.#parts.connect.hidden = open;
    this.#parts.disconnect.hidden = !open;
  }

  /**
   * @param {string} kind
   * @param {string} text
   */
  #show(kind, text) {
    const { frames } = this.#parts;
    const item = document.createElement("li");
    item.dataset["kind"] = kind.replace(" ", "-");
    const title = document.createElement("b");
    title.textContent = kind;
    const body = document.createElement("pre");
    body.textContent = pretty(text);
    item.append(title, body);
    frames.append(item);
    if (frames.childElementCount > FRAMES) frames.firstElementChild?.remove();
    frames.scrollTop = frames.scrollHeight;
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  #part(selector) {
    const found = this.#form.querySelector(selector);
    if (!(found instanceof HTMLElement)) throw new Error(`the form has no ${selector}`);
    return found;
  }
}
