/**
 * Forms that say beside each field what is wrong with it, and never send the same thing twice as two things.
 */

import { newId } from "../network/ids.js";
import { Problem } from "../network/problem.js";
import { arrange, attribute, h, text } from "./dom.js";
import { notice } from "./controls.js";

/**
 * @typedef {object} FieldOptions
 * @property {string} name  As in the request and in the paths of the server's errors.
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [type]
 * @property {string} [value]
 * @property {boolean} [optional]
 * @property {Record<string, string | number | boolean>} [attributes]
 */

let fields = 0;

/** A labelled input with its hint and its error. */
export class Field {
  #error;
  #described;

  /** @param {FieldOptions} options */
  constructor({ name, label, hint = "", type = "text", value = "", optional = false, attributes = {} }) {
    const id = `field-${++fields}`;
    this.name = name;
    this.optional = optional;
    this.#described = hint ? `${id}-hint` : null;
    this.#error = h("p", { class: "field__error", id: `${id}-error` });
    this.input = h("input", { id, name, type, value, required: !optional, ...attributes });
    attribute(this.input, "aria-describedby", this.#described);
    this.node = h(
      "div",
      { class: "field" },
      h("label", { for: id }, label, optional ? h("span", { class: "field__optional" }, " optional") : null),
      this.input,
      hint ? h("p", { class: "field__hint", id: `${id}-hint` }, hint) : null,
      this.#error,
    );
  }

  /** @param {string} message  Empty when all is well. */
  complain(message) {
    text(this.#error, message);
    attribute(this.input, "aria-invalid", message ? "true" : null);
    const described = message ? [this.#described, this.#error.id].filter(Boolean).join(" ") : this.#described;
    attribute(this.input, "aria-describedby", described);
  }
}

/**
 * @typedef {object} FormOptions
 * @property {Field[]} fields
 * @property {Node[]} [more]  Between the fields and the button.
 * @property {string} action  What the button says.
 * @property {(values: Record<string, string>, key: string) => Promise<void>} submit  Rejects with a Problem.
 * @property {"primary" | "danger"} [kind]
 */

/** @param {FormOptions} options */
export function form({ fields, more = [], action, submit, kind = "primary" }) {
  const problem = h("div", { class: "form__problem" });
  const send = h("button", { type: "submit", class: `button button--${kind}` }, action);
  const node = h("form", { class: "form", novalidate: true }, ...fields.map((field) => field.node), ...more, problem, send);
  const keys = new Attempts();

  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled || !complete(fields)) return;
    const values = Object.fromEntries([...new FormData(node)].map(([name, value]) => [name, String(value)]));
    arrange(problem, []);
    send.disabled = true;
    try {
      await submit(values, keys.keyOf(values));
    } catch (error) {
      arrange(problem, complain(fields, Problem.from(error)));
    } finally {
      send.disabled = false;
    }
  });
  return node;
}

/** One key for each different thing that is sent, the same for each attempt at it. */
class Attempts {
  #content = "";
  #key = "";

  /** @param {object} values */
  keyOf(values) {
    const content = JSON.stringify(values);
    if (content !== this.#content) this.#key = newId();
    this.#content = content;
    return this.#key;
  }
}

/**
 * Checks the fields in the browser and goes to the first that is wrong.
 *
 * @param {Field[]} fields
 */
function complete(fields) {
  for (const field of fields) {
    const blank = !field.optional && field.input.value.trim() === "";
    field.complain(blank ? "Please fill this in." : field.input.validationMessage);
  }
  const wrong = fields.find((field) => field.input.getAttribute("aria-invalid"));
  wrong?.input.focus();
  return wrong === undefined;
}

/**
 * Puts each error beside its field; what belongs to none is returned as a notice.
 *
 * @param {Field[]} fields
 * @param {Problem} problem
 */
function complain(fields, problem) {
  let placed = 0;
  for (const field of fields) {
    const error = problem.errors.find(({ path }) => path.split(".").at(-1) === field.name);
    if (!error) continue;
    field.complain(problem.errors.length === 1 ? problem.detail : sentence(error.message));
    if (placed++ === 0) field.input.focus();
  }
  return placed > 0 ? [] : [notice(problem.detail)];
}

/** @param {string} message */
function sentence(message) {
  const start = message.charAt(0).toLocaleUpperCase() + message.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
