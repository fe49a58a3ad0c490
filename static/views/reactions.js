/**
 * The reactions under a message: how many, and whether mine is among them.
 */

import { listed, nameOf } from "../state/names.js";
import { attribute, h, Keyed, text } from "./dom.js";

/** @import {Message, Reaction, State} from "../state/types.js" */
/** @import {Actions} from "../actions.js" */

export const QUICK_EMOJI = ["👍", "❤️", "😄", "🎉", "👀", "✅"];

export class Reactions {
  node = h("div", { class: "reactions", role: "group", "aria-label": "Reactions" });
  #keyed;
  /** @type {State | null} */
  #state = null;
  /** @type {Message | null} */
  #message = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#keyed = new Keyed(this.node, (/** @type {Reaction} */ reaction) => reaction.emoji, (reaction) =>
      this.#make(reaction.emoji, actions),
    );
  }

  /**
   * @param {State} state
   * @param {Message} message
   */
  update(state, message) {
    this.#state = state;
    this.#message = message;
    this.node.hidden = message.reactions.length === 0;
    this.#keyed.update(message.reactions);
  }

  /**
   * @param {string} emoji
   * @param {Actions} actions
   */
  #make(emoji, actions) {
    const count = h("span", { class: "reaction__count" });
    const press = () => this.#message && actions.react(this.#message, emoji);
    const people = h("span", { class: "visually-hidden" });
    const node = h("button", { type: "button", class: "reaction", on: { click: press } });
    node.append(h("span", { class: "reaction__emoji" }, emoji), " ", count, people);
    return {
      node,
      /** @param {Reaction} reaction */
      update: ({ user_ids }) => {
        const state = /** @type {State} */ (this.#state);
        const mine = user_ids.includes(state.me?.id ?? "");
        const who = listed(user_ids.map((id) => (id === state.me?.id ? "you" : nameOf(state, id))));
        text(count, String(user_ids.length));
        attribute(node, "aria-pressed", String(mine));
        text(people, ` by ${who}`);
        attribute(node, "title", who);
      },
    };
  }
}
