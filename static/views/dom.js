/**
 * The few things that every view needs of the document.  Text goes in as text, never as markup.
 */

/** @typedef {Record<string, any>} Attributes  `on` holds listeners, `data` the data attributes; false and null are left out. */
/** @typedef {Node | string | null | false} Child  What is empty is left out. */

/**
 * Makes an element.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} attributes
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else attribute(node, name, value);
  }
  node.append(...present(children));
  return node;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function attribute(node, name, value) {
  const text = value === true ? "" : String(value);
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/**
 * Sets the text unless it is the same already, so that nothing is announced or selected anew.
 *
 * @param {Element} node
 * @param {string} value
 */
export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

/**
 * Makes `nodes` the children of `parent`; those that stay are not touched and so keep their focus.
 *
 * @param {Element} parent
 * @param {Child[]} nodes
 */
export function arrange(parent, nodes) {
  const wanted = present(nodes).map((node) => (typeof node === "string" ? document.createTextNode(node) : node));
  const kept = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!kept.has(child)) child.remove();
  let place = parent.firstChild;
  for (const node of wanted) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

/**
 * A list whose nodes follow its items by key.
 *
 * @template T
 * @template {{node: Element, update: (item: T) => void}} V
 */
export class Keyed {
  /** @type {Map<string, V>} */
  #views = new Map();
  #parent;
  #key;
  #make;

  /**
   * @param {Element} parent
   * @param {(item: T) => string} key
   * @param {(item: T) => V} make
   */
  constructor(parent, key, make) {
    this.#parent = parent;
    this.#key = key;
    this.#make = make;
  }

  /** @param {T[]} items */
  update(items) {
    /** @type {Map<string, V>} */
    const views = new Map();
    for (const item of items) {
      const key = this.#key(item);
      const view = this.#views.get(key) ?? this.#make(item);
      view.update(item);
      views.set(key, view);
    }
    this.#views = views;
    arrange(this.#parent, [...views.values()].map((view) => view.node));
  }

  /** @param {string} key */
  get(key) {
    return this.#views.get(key);
  }
}

/** A place whose content is made anew only when it is to show something else. */
export class Slot {
  #shown = "";

  /** @param {Element} node */
  constructor(node) {
    this.node = node;
  }

  /**
   * @param {string} what  Names the content; empty for none.
   * @param {() => Child[]} make
   */
  show(what, make = () => []) {
    if (what === this.#shown) return;
    this.#shown = what;
    arrange(this.node, what === "" ? [] : make());
  }
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return /** @type {(Node | string)[]} */ (children.filter(Boolean));
}
