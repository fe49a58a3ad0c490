/**
 * A field to type in and a list to choose from: the arrow keys go through the list, Enter takes one.
 * (The combobox pattern of the ARIA Authoring Practices Guide.)
 */

import { arrange, attribute, h } from "./dom.js";

/** @import {Store} from "../state/store.js" */

/** Choices shown at once; typing narrows them down. */
const SHOWN = 50;

let pickers = 0;

/**
 * @template T
 * @typedef {object} PickerOptions
 * @property {string} label
 * @property {string} placeholder
 * @property {(typed: string) => T[]} find
 * @property {(item: T) => Node[]} show
 * @property {(item: T) => void} choose
 * @property {string} none  What to say when nothing is found.
 */

/** @template T */
export class Picker {
  #options;
  #input;
  #list;
  #none;
  /** @type {T[]} */
  #found = [];
  #active = 0;
  node;

  /** @param {PickerOptions<T>} options */
  constructor(options) {
    this.#options = options;
    const id = `picker-${++pickers}`;
    this.#list = h("ul", { class: "picker__list", role: "listbox", id, "aria-label": options.label });
    this.#none = h("p", { class: "picker__none", role: "status" });
    this.#input = h("input", {
      type: "text",
      class: "picker__input",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-expanded": "true",
      "aria-controls": id,
      "aria-autocomplete": "list",
      "aria-label": options.label,
      placeholder: options.placeholder,
    });
    this.node = h("div", { class: "picker" }, this.#input, this.#list, this.#none);
    this.#input.addEventListener("input", () => {
      this.#active = 0;
      this.#search();
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#search();
  }

  /**
   * Finds anew when rooms or people have come or gone, as long as the picker is in the page.
   *
   * @param {Store} store
   */
  follow(store) {
    const listener = (/** @type {Event} */ event) => {
      const before = /** @type {CustomEvent} */ (event).detail;
      const { members, rooms, users } = store.state;
      if (!this.node.isConnected) store.removeEventListener("change", listener);
      else if (members !== before.members || rooms !== before.rooms || users !== before.users) this.#search();
    };
    // After the dialog has been put into the page.
    setTimeout(() => store.addEventListener("change", listener));
  }

  #search() {
    this.#found = this.#options.find(this.#input.value).slice(0, SHOWN);
    this.#none.textContent = this.#found.length === 0 ? this.#options.none : "";
    const rows = this.#found.map((item, index) => {
      const row = h("li", { class: "picker__item", role: "option", id: `${this.#list.id}-${index}` }, ...this.#options.show(item));
      row.addEventListener("click", () => this.#options.choose(item));
      row.addEventListener("pointermove", () => this.#go(index));
      return row;
    });
    arrange(this.#list, rows);
    this.#go(Math.min(this.#active, Math.max(0, rows.length - 1)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const count = this.#found.length;
    const chosen = this.#found[this.#active];
    if (event.key === "ArrowDown" && count > 0) this.#go((this.#active + 1) % count);
    else if (event.key === "ArrowUp" && count > 0) this.#go((this.#active + count - 1) % count);
    else if (event.key === "Enter" && chosen && !event.isComposing) this.#options.choose(chosen);
    else return;
    event.preventDefault();
  }

  /** @param {number} index */
  #go(index) {
    this.#active = index;
    [...this.#list.children].forEach((row, place) => attribute(row, "aria-selected", String(place === index)));
    const row = this.#list.children[index];
    attribute(this.#input, "aria-activedescendant", row ? row.id : null);
    row?.scrollIntoView({ block: "nearest" });
  }
}
