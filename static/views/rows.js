/**
 * The rows of a timeline as nodes, each kept by its key.
 */

import { dayLabelOf } from "../state/times.js";
import { arrange, h } from "./dom.js";
import { MessageView } from "./message.js";

/** @import {State} from "../state/types.js" */
/** @import {Row} from "../state/rows.js" */
/** @import {Actions} from "../actions.js" */

export class RowsView {
  #actions;
  /** @type {Map<string, {row: Row, node: HTMLElement, view: MessageView | null, seen: unknown[]}>} */
  #views = new Map();
  /** @type {WeakMap<Element, MessageView>} */
  #byNode = new WeakMap();
  // A log, but a silent one: the announcer speaks for it, once and not for every older message that is loaded.
  node = h("div", { class: "log", role: "log", "aria-live": "off", "aria-label": "Messages" });

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
  }

  /**
   * @param {State} state
   * @param {Row[]} rows
   */
  update(state, rows) {
    const views = new Map();
    for (const row of rows) {
      const known = this.#views.get(row.key);
      const seen = seenBy(state, row);
      if (known && known.seen.every((value, index) => value === seen[index])) {
        views.set(row.key, known);
      } else {
        const { node, view } = known && row.kind === "message" ? known : this.#make(row);
        if (row.kind === "message") view?.update(state, row);
        views.set(row.key, { row, node, view, seen });
      }
    }
    this.#views = views;
    arrange(this.node, [...views.values()].map((view) => view.node));
  }

  /** @param {Element | null | undefined} element  The row or something in it. */
  viewOf(element) {
    const node = element?.closest(".message");
    return node ? this.#byNode.get(node) : undefined;
  }

  /** @param {string} message_id */
  nodeOf(message_id) {
    for (const { row, node } of this.#views.values()) {
      if (row.kind === "message" && row.message.id === message_id) return node;
    }
    return null;
  }

  /** @param {Row} row */
  #make(row) {
    if (row.kind === "day") {
      return { node: h("h3", { class: "day" }, h("span", {}, dayLabelOf(row.at, new Date()))), view: null };
    }
    if (row.kind === "unread") {
      return { node: h("div", { class: "unread-line", role: "separator", "aria-label": "Unread messages" }, "New"), view: null };
    }
    const view = new MessageView(this.#actions);
    this.#byNode.set(view.node, view);
    return { node: view.node, view };
  }
}

/**
 * Everything that a row's look depends on; while all of it is the same the row is left alone.
 *
 * @param {State} state
 * @param {Row} row
 * @returns {unknown[]}
 */
function seenBy(state, row) {
  if (row.kind === "day") return [dayLabelOf(row.at, new Date())];
  if (row.kind === "unread") return [];
  const { message, pending, head } = row;
  const quoted = message.reply_to && (state.quotes.get(message.reply_to) ?? quoteIn(state, message));
  const people = message.reactions.length > 0 || quoted ? state.users : null;
  const author = state.users.get(message.author_id);
  return [message, pending?.status, pending?.failure, head, author, quoted, people, state.requests.get(`message ${message.id}`)];
}

/**
 * @param {State} state
 * @param {import("../state/types.js").Message} message
 */
function quoteIn(state, { room_id, reply_to }) {
  return state.timelines.get(room_id)?.messages.find((each) => each.id === reply_to);
}
