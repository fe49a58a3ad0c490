/**
 * Remembers the ids and the cursor that answers and events brought, and writes them where one is asked for and nobody
 * has written anything, so that trying one thing after the other needs no copying.
 */

/** How deep an answer is searched, and how much of a list. */
const DEPTH = 4;
const ITEMS = 20;

/** Which id an object has, by a field that only its kind has. */
const KINDS = { author_id: "message_id", visibility: "room_id", username: "user_id", user_agent: "session_id" };

export class Seen {
  #root;
  /** @type {Map<string, string>} */
  #known = new Map();
  /** What was written by this and not by a person: {field: its text}. @type {WeakMap<Element, string>} */
  #written = new WeakMap();

  /** @param {ParentNode} root */
  constructor(root) {
    this.#root = root;
  }

  /** @param {unknown} answer */
  note(answer) {
    this.#search(answer, DEPTH);
    for (const field of this.#root.querySelectorAll("input[name], textarea[name]")) {
      this.fill(/** @type {HTMLInputElement | HTMLTextAreaElement} */ (field));
    }
  }

  /**
   * Writes what is known into a field that holds nothing of anybody's; a text of JSON has its empty ids filled in.
   *
   * @param {HTMLInputElement | HTMLTextAreaElement} field
   */
  fill(field) {
    if (field.value !== field.defaultValue && field.value !== this.#written.get(field)) return;
    const text = field instanceof HTMLTextAreaElement ? this.#filled(field) : this.#idFor(field);
    if (text === field.value) return;
    field.value = text;
    this.#written.set(field, text);
  }

  /** @param {HTMLInputElement} field */
  #idFor(field) {
    return field.required ? (this.#known.get(field.name) ?? field.value) : field.value;
  }

  /** @param {HTMLTextAreaElement} field */
  #filled(field) {
    return field.defaultValue.replaceAll(/"(\w+)": (\[\s*)?""/g, (all, name, list = "") => {
      const value = this.#known.get(name.replace("user_ids", "user_id"));
      return value === undefined ? all : `"${name}": ${list}${JSON.stringify(value)}`;
    });
  }

  /**
   * @param {unknown} value
   * @param {number} depth
   */
  #search(value, depth) {
    if (typeof value !== "object" || value === null || depth === 0) return;
    const parts = Array.isArray(value) ? value.slice(0, ITEMS).reverse() : Object.values(value);
    for (const part of parts) this.#search(part, depth - 1);
    if (!Array.isArray(value)) this.#learn(/** @type {Record<string, unknown>} */ (value));
  }

  /** @param {Record<string, unknown>} object */
  #learn(object) {
    for (const [field, name] of Object.entries(KINDS)) {
      if (field in object && typeof object["id"] === "string") this.#known.set(name, object["id"]);
    }
    if (typeof object["room_id"] === "string") this.#known.set("room_id", object["room_id"]);
    if (typeof object["cursor"] === "string") this.#known.set("since", object["cursor"]);
  }
}
